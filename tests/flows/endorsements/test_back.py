"""Issuers endorse each other's badges: signed with their own key, pinned, withdrawable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.core import strict_json
from exchange.core.credentials.endorsement import read_endorsement
from exchange.core.digests import digest_sri
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError
from exchange.flows.badges.show import achievement, achievement_document
from exchange.flows.badges.verify import Options, verify
from exchange.flows.endorsements import back as flow
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.issuers.keys import stop
from exchange.flows.log.fsck import fsck
from exchange.flows.people.records import Principal
from exchange.flows.ports import Ports
from tests.flows.two_issuers import bare, web, world
from tests.simulator import World, run

__all__ = ["bare", "web", "world"]
LINE = "As good as our own."


def outcome(world: World, one: Endorsement) -> str:
    return run(verify(world.ports, one.signed or b"", Options(expect="endorsement"))).outcome


def as_role(world: World, role: str, issuer: str = "other") -> Ports:
    return replace(world.ports, who=Principal("ana", "session", roles={issuer: role}))  # type: ignore[dict-item]


def test_a_badge_is_endorsed_by_the_issuers_own_key_and_pinned(world: World) -> None:
    made = run(flow.back(world.ports, "other", "team/lead", LINE, "Because it **is**."))
    assert outcome(world, made) == "valid"
    said = read_endorsement(read_secured(made.signed or b"").document)
    one = run(achievement(world.ports, "team", "lead", 1))
    issuer = run(world.store.issuer("other"))
    assert issuer is not None
    assert said.issuer.id == made.did == issuer.did
    assert said.credential_subject.id == one.document["id"]
    assert said.credential_subject.endorsement_comment == f"{LINE}\n\nBecause it **is**."
    (seen,) = said.related_resource
    assert seen.digest_sri == digest_sri(strict_json.dump(achievement_document(one)))
    kept = run(world.store.status_list(made.slot.list_id))
    assert kept is not None
    assert kept.issuer == "other"
    (shown,) = run(flow.of_achievement(world.ports, "team", "lead", 1))
    assert (shown.line, shown.text, shown.stands, shown.earlier) == (LINE, "Because it **is**.", True, False)
    assert run(flow.of_issuer(world.ports, "team")) == []
    assert [one.endorsement.id for one in run(flow.by_issuer(world.ports, "other"))] == [made.id]
    assert run(flow.by_issuer(world.ports, "team")) == []
    entry = list(run(world.store.log_about(f"badge:{made.id}")))
    assert len(entry) == 1
    assert run(fsck(world.ports)).findings == []


def test_an_issuer_is_endorsed_by_its_id(world: World) -> None:
    made = run(flow.back(world.ports, "other", "team", LINE))
    team = run(world.store.issuer("team"))
    (one,) = run(flow.of_issuer(world.ports, "team"))
    assert team is not None
    assert (one.endorsement.id, one.subject_id) == (made.id, team.did)
    assert outcome(world, made) == "valid"


def test_the_same_again_is_one_and_other_words_replace_it(web: World) -> None:
    first = run(flow.back(web.ports, "other", "team/lead", LINE))
    size = run(web.store.log_size())
    assert run(flow.back(web.ports, "other", "team/lead@1", LINE)) == first
    assert run(web.store.log_size()) == size
    newer = run(flow.back(web.ports, "other", "team/lead", "Better than our own."))
    assert newer.supersedes == first.id
    assert [outcome(web, one) for one in (first, newer)] == ["invalid", "valid"]
    (shown,) = run(flow.of_achievement(web.ports, "team", "lead", 1))
    assert shown.endorsement.id == newer.id
    assert run(fsck(web.ports)).findings == []


def test_it_is_withdrawn_for_good_and_stays_as_a_tombstone(web: World) -> None:
    made = run(flow.back(web.ports, "other", "team", LINE))
    kept = run(flow.back(web.ports, "team", "other", LINE))
    gone = run(flow.withdraw(web.ports, made.id, "They changed."))
    assert (gone.state, outcome(web, gone), outcome(web, kept)) == ("withdrawn", "invalid", "valid")
    (tombstone,) = run(flow.of_issuer(web.ports, "team"))
    assert not tombstone.stands
    with pytest.raises(ExchangeError, match="withdrawn or replaced") as error:
        run(flow.withdraw(web.ports, made.id, "Again."))
    assert error.value.code == "endorsement_over"
    assert outcome(web, run(flow.back(web.ports, "other", "team", LINE))) == "valid"
    assert run(fsck(web.ports)).findings == []


@pytest.mark.parametrize(
    ("issuer", "subject", "line", "code"),
    [
        ("team", "team", LINE, "own_subject"),
        ("team", "team/lead", LINE, "own_subject"),
        ("team", "https://badges.example.org/issuers/team", LINE, "own_subject"),
        ("other", "https://badges.example.org/achievements/team/lead/2", LINE, "unknown_achievement"),
        ("other", "team/lead@2", LINE, "unknown_achievement"),
        ("other", "team/lead@x", LINE, "subject_malformed"),
        ("other", "team/", LINE, "subject_malformed"),
        ("other", "", LINE, "subject_malformed"),
        ("other", "exchange", LINE, "subject_malformed"),
        ("other", "https://else.example/issuers/team", LINE, "subject_malformed"),
        ("other", "nobody", LINE, "unknown_issuer"),
        ("nobody", "team", LINE, "unknown_issuer"),
        ("other", "team", " ", "line_missing"),
        ("other", "team", "x" * 141, "line_too_long"),
        ("other", "team", "two\nlines", "line_broken"),
    ],
)
def test_what_is_refused_leaves_nothing(web: World, issuer: str, subject: str, line: str, code: str) -> None:
    before = web.store.kept()
    with pytest.raises(ExchangeError) as error:
        run(flow.back(web.ports, issuer, subject, line))
    assert error.value.code == code
    assert web.store.kept() == before


@pytest.mark.parametrize(
    ("role", "issuer", "backs", "withdraws"),
    [
        ("viewer", "other", False, False),
        ("issuer", "other", False, True),
        ("editor", "other", True, True),
        ("owner", "team", False, False),
    ],
)
def test_it_takes_a_role_at_the_issuer_that_signs(
    web: World, role: str, issuer: str, backs: bool, withdraws: bool
) -> None:
    made, ports = run(flow.back(web.ports, "other", "team", LINE)), as_role(web, role, issuer)
    for may, act in [
        (backs, lambda: flow.back(ports, "other", "team/lead", LINE)),
        (withdraws, lambda: flow.withdraw(ports, made.id, "Because.")),
    ]:
        if may:
            run(act())
            continue
        size = run(web.store.log_size())
        with pytest.raises(ExchangeError) as error:
            run(act())
        assert error.value.code == "not_permitted"
        assert run(web.store.log_size()) == size


def test_nothing_is_signed_while_signing_is_stopped(web: World) -> None:
    run(stop(web.ports, "other", "A laptop was lost."))
    with pytest.raises(ExchangeError) as error:
        run(flow.back(web.ports, "other", "team", LINE))
    assert error.value.code == "signing_stopped"
    assert run(flow.of_issuer(web.ports, "team")) == []
