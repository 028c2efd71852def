"""Issuers endorse each other and each other's badges: signed with their own key, pinned, withdrawable."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from benchmarks import samples
from exchange.core import strict_json
from exchange.core.credentials.endorsement import read_endorsement
from exchange.core.digests import digest_sri
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError, UnavailableError
from exchange.flows.badges.show import achievement, achievement_document
from exchange.flows.badges.status import revoke as revoke_badge
from exchange.flows.badges.verify import Options, verify
from exchange.flows.endorsements import as_issuer as flow
from exchange.flows.endorsements import backings, trust
from exchange.flows.endorsements.as_issuer import Words
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.keys import revoke_key, rotate, stop
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.records import Address, Grant, Person, Principal
from exchange.flows.ports import Ports
from exchange.flows.recipients.records import Wanted
from exchange.flows.records import Letter, Once
from tests.core.signers import Issuer
from tests.flows.two_issuers import active, awarded, bare, outside, web, world
from tests.simulator import World, run
from tests.team import LEAD, SEEN, TEAM

__all__ = ["bare", "web", "world"]
ATLAS = Issuer("atlas")
LINE = "As good as our own."


def endorse(
    world: World, subject: str = "team/lead", line: str = LINE, issuer: str = "other", **more: Any
) -> Endorsement:
    return run(flow.endorse(world.ports, issuer, Words(subject, line, **more)))


def outcome(world: World, one: Endorsement) -> str:
    return run(verify(world.ports, one.signed or b"", Options(expect="endorsement"))).outcome


def as_role(world: World, role: str, issuer: str = "other") -> Ports:
    return replace(world.ports, who=Principal("ana", "session", roles={issuer: role}))  # type: ignore[dict-item]


def clean(world: World) -> None:
    assert run(fsck(world.ports)).findings == []


def shown(world: World, version: int = 1) -> list[backings.Backing]:
    return run(backings.of_achievement(world.ports, "team", "lead", version))


def newer_version(world: World) -> None:
    changed = replace(LEAD, description="Leads better.", source='{"criteria":"Seen thrice."}')
    run(sync(world.ports, [replace(TEAM, badges=(changed, SEEN))]))


def sent(world: World) -> list[Letter]:
    """What was mailed since this was asked last."""
    run(deliver_due(world.ports, "mail", carry))
    letters, world.mailer.letters = world.mailer.letters, []
    return letters


def owned(world: World, issuer: str = "team", address: str = "olga@example.org") -> None:
    """Somebody owns it, and reads mail."""
    mine = Address(address, "olga", world.now, True)
    run(world.store.put_person(Person("olga", "Olga", world.now), [mine]))
    grant = Grant(issuer, "owner", "olga")
    run(world.store.put_grant(grant, role_leaf(grant, world.now, world.ports.new_salt())))


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"])
def test_a_badge_is_endorsed_by_the_issuers_own_key_and_pinned(world: World, proof: str) -> None:
    made = endorse(world, text="Because it **is**.", proof=proof)
    assert outcome(world, made) == outside(world, made.signed or b"").outcome == "valid"
    found = run(verify(world.ports, made.signed or b""))
    assert "related_same" in found.codes
    said = read_endorsement(read_secured(made.signed or b"").document)
    one = run(achievement(world.ports, "team", "lead", 1))
    issuer = run(world.store.issuer("other"))
    assert issuer is not None
    assert said.issuer.id == issuer.did
    assert made.did == f"{issuer.did}#{active(world, 'other').multikey}"
    assert said.credential_subject.id == one.document["id"]
    assert said.credential_subject.endorsement_comment == f"{LINE}\n\nBecause it **is**."
    (seen,) = said.related_resource
    assert seen.digest_sri == digest_sri(strict_json.dump(achievement_document(one)))
    kept = run(world.store.status_list(made.slot.list_id))
    assert kept is not None
    assert kept.issuer == "other"
    (found,) = shown(world)
    assert (found.line, found.text, found.stands, found.earlier) == (LINE, "Because it **is**.", True, False)
    assert run(backings.of_issuer(world.ports, "team")) == []
    assert [one.endorsement.id for one in run(backings.given(world.ports, "other"))] == [made.id]
    assert [one.endorsement.id for one in run(backings.received(world.ports, "team"))] == [made.id]
    assert run(backings.given(world.ports, "team")) == run(backings.received(world.ports, "other")) == []
    assert len(list(run(world.store.log_about(f"badge:{made.id}")))) == 1
    clean(world)


def test_an_issuer_is_endorsed_by_its_id(world: World) -> None:
    made = endorse(world, "team")
    team = run(world.store.issuer("team"))
    (one,) = run(backings.of_issuer(world.ports, "team"))
    assert team is not None
    assert (one.endorsement.id, one.subject_id) == (made.id, team.did)
    assert outcome(world, made) == "valid"
    assert shown(world) == []


def test_of_an_issuer_that_has_another_id_by_now_it_is_told_as_earlier_and_said_anew(bare: World) -> None:
    made = endorse(bare, "team")
    run(rotate(bare.ports, "team"))
    (one,) = run(backings.of_issuer(bare.ports, "team"))
    assert (one.endorsement.id, one.stands, one.earlier) == (made.id, True, True)
    again = endorse(bare, "team")
    assert again.supersedes == made.id
    (one,) = run(backings.of_issuer(bare.ports, "team"))
    assert (one.endorsement.id, one.stands, one.earlier) == (again.id, True, False)


def test_the_same_again_is_one_and_other_words_replace_it(web: World) -> None:
    first = endorse(web)
    size = run(web.store.log_size())
    assert endorse(web, "team/lead@1") == first
    assert run(web.store.log_size()) == size
    newer = endorse(web, line="Better than our own.")
    assert newer.supersedes == first.id
    assert [outcome(web, one) for one in (first, newer)] == ["invalid", "valid"]
    (found,) = shown(web)
    assert found.endorsement.id == newer.id
    gone = run(backings.one(web.ports, run(backings.find(web.ports, first.id))))
    assert gone is not None
    assert gone.state == "superseded"
    clean(web)


def test_a_form_sent_twice_is_one_and_a_key_used_for_something_else_is_refused(web: World) -> None:
    once = Once("ana:form:1", "digest", web.now)
    words = Words("team/lead", LINE)
    first = run(flow.endorse(web.ports, "other", words, once))
    kept = web.store.kept()
    assert run(flow.endorse(web.ports, "other", words, once)) == first
    assert web.store.kept() == kept
    with pytest.raises(ExchangeError) as error:
        run(flow.endorse(web.ports, "other", words, replace(once, digest="another")))
    assert error.value.code == "idempotency_key_reused"


def test_many_at_once_leave_one_that_stands(web: World) -> None:
    async def many() -> list[Endorsement]:
        words = [Words("team/lead", f"{LINE} {n % 2}") for n in range(6)]
        return await asyncio.gather(*(flow.endorse(web.ports, "other", one) for one in words))

    run(many())
    rows = run(web.store.endorsements_of("achievement", ["team/lead@1"]))
    assert [one.state for one in rows].count("signed") == 1
    assert len(shown(web)) == 1
    clean(web)


def test_it_is_withdrawn_for_good_and_stays_as_a_tombstone(web: World) -> None:
    made, kept = endorse(web, "team"), endorse(web, "other", issuer="team")
    gone = run(flow.withdraw(web.ports, made.id))
    assert (gone.state, outcome(web, gone), outcome(web, kept)) == ("withdrawn", "invalid", "valid")
    (tombstone,) = run(backings.of_issuer(web.ports, "team"))
    assert (tombstone.stands, tombstone.state) == (False, "withdrawn")
    with pytest.raises(ExchangeError, match="withdrawn or replaced") as error:
        run(flow.withdraw(web.ports, made.id, "Again."))
    assert error.value.code == "endorsement_over"
    assert outcome(web, endorse(web, "team")) == "valid"
    clean(web)


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
        endorse(web, subject, line, issuer)
    assert error.value.code == code
    assert web.store.kept() == before


def test_an_unknown_form_of_proof_is_refused(web: World) -> None:
    with pytest.raises(ExchangeError) as error:
        endorse(web, proof="rsa")
    assert error.value.code == "unknown_proof"


@pytest.mark.parametrize(
    ("role", "issuer", "may"),
    [
        ("viewer", "other", set()),
        ("issuer", "other", set()),
        ("editor", "other", {"endorse", "withdraw"}),
        ("owner", "other", {"endorse", "withdraw"}),
        ("editor", "team", set()),
        ("owner", "team", {"show", "hide"}),
    ],
)
def test_it_takes_a_role_at_the_issuer_that_signs_and_another_at_the_one_that_is_endorsed(
    web: World, role: str, issuer: str, may: set[str]
) -> None:
    made, ports = endorse(web, "team"), as_role(web, role, issuer)
    acts = {
        "endorse": lambda: flow.endorse(ports, "other", Words("team/lead", LINE)),
        "show": lambda: flow.show(ports, made.id),
        "hide": lambda: flow.hide(ports, made.id),
        "withdraw": lambda: flow.withdraw(ports, made.id, "Because."),
    }
    for name, act in acts.items():
        if name in may:
            run(act())
            continue
        size = run(web.store.log_size())
        with pytest.raises(ExchangeError) as error:
            run(act())
        assert error.value.code == "not_permitted"
        assert run(web.store.log_size()) == size


def test_each_issuer_settles_only_its_own(web: World) -> None:
    made = endorse(web)
    for act in (flow.show, flow.hide):
        with pytest.raises(ExchangeError) as error:
            run(act(web.ports, made.id, "other"))
        assert error.value.code == "unknown_endorsement"
    with pytest.raises(ExchangeError) as error:
        run(flow.withdraw(web.ports, made.id, by="team"))
    assert error.value.code == "unknown_endorsement"


def test_hidden_it_stays_hidden_whatever_is_said_next_until_it_is_shown(web: World) -> None:
    made = endorse(web)
    run(flow.hide(web.ports, made.id))
    assert shown(web) == []
    assert outcome(web, made) == "valid"
    (mine,) = run(backings.given(web.ports, "other"))
    assert (mine.stands, mine.hidden) == (True, True)
    newer = endorse(web, line="Even better.")
    run(flow.withdraw(web.ports, newer.id))
    newest = endorse(web, line="Best.")
    assert shown(web) == []
    (theirs, *_) = run(backings.received(web.ports, "team"))
    assert (theirs.endorsement.id, theirs.hidden) == (newest.id, True)
    run(flow.show(web.ports, newest.id))
    assert [one.endorsement.id for one in shown(web) if one.stands] == [newest.id]
    clean(web)


def test_what_it_said_of_an_earlier_version_is_told_as_that(web: World) -> None:
    made = endorse(web)
    newer_version(web)
    for version in (1, 2):
        assert [(one.endorsement.id, one.earlier) for one in shown(web, version)] == [(made.id, True)]
    assert outcome(web, made) == "valid"
    again = endorse(web, line="Still.")
    assert again.subject == "team/lead@2"
    assert [(one.endorsement.id, one.earlier) for one in shown(web, 2)] == [(again.id, False)]
    assert [(one.endorsement.id, one.earlier) for one in shown(web, 1)] == [(made.id, True)]
    assert outcome(web, made) == "valid"


def test_nothing_is_signed_while_signing_is_stopped(web: World) -> None:
    run(stop(web.ports, "other", "A laptop was lost."))
    with pytest.raises(ExchangeError) as error:
        endorse(web, "team")
    assert error.value.code == "signing_stopped"
    assert run(backings.of_issuer(web.ports, "team")) == []


def test_what_a_crash_left_unsigned_is_on_record_and_signed_by_the_sweep(
    web: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object) -> bytes:
        raise UnavailableError("key_unavailable", "The vault is away.")

    first = endorse(web)
    with monkeypatch.context() as patch:
        patch.setattr(web.ports.keys, "sign", broken)
        with pytest.raises(UnavailableError, match="on record"):
            endorse(web, line="Newer.")
        (made, _) = run(web.store.endorsements_by_issuer("other"))
        assert (made.signed, made.state, made.supersedes) == (None, "signed", first.id)
        assert shown(web) == []
    web.now += timedelta(minutes=10)
    run(sweep(web.ports))
    (found,) = shown(web)
    assert (found.endorsement.id, found.line) == (made.id, "Newer.")
    assert outcome(web, found.endorsement) == "valid"
    clean(web)


def test_what_a_lost_key_signed_does_not_count_and_is_said_anew(web: World) -> None:
    made = endorse(web)
    run(revoke_key(web.ports, active(web, "other").id, "It was lost."))
    (found,) = shown(web)
    assert (found.state, found.stands) == ("key_revoked", False)
    assert outcome(web, made) != "valid"
    again = endorse(web)
    assert (again.supersedes, outcome(web, again)) == (made.id, "valid")
    assert [one.stands for one in shown(web)] == [True]


def test_it_is_no_award_and_no_peers_word(web: World) -> None:
    badge = awarded(web, issuer="team")
    made, _ = endorse(web, "other", issuer="team"), endorse(web)
    matching = run(web.store.recipients(Wanted("team"), web.now, 99))
    assert [one.badge for one in matching] == [badge.key]
    assert run(web.store.matches("team", [badge.key, made.id], web.now))[0].badge == badge.key
    assert len(run(web.store.badges("team"))) == 1
    assert run(web.store.signed_by(active(web))) == (1, [badge.key])
    assert run(trust.of_badge(web.ports, badge.key)).lines == run(trust.of_badge(web.ports, badge.key)).lines
    facts = run(web.store.kept_facts([made.id]))
    assert facts == {}
    with pytest.raises(ExchangeError) as error:
        run(revoke_badge(web.ports, made.id, "It is no badge."))
    assert error.value.code == "unknown_badge"


def test_the_owners_of_what_is_endorsed_hear_of_it_and_of_its_end(web: World) -> None:
    owned(web)
    made = endorse(web, text="<b>Really.</b>")
    letters = sent(web)
    assert [letter.to for letter in letters] == ["olga@example.org"]
    assert "Other" in letters[0].subject or "endorsed" in letters[0].subject
    assert LINE in letters[0].text
    assert "/desk/issuers/team/endorsements" in letters[0].text
    run(flow.withdraw(web.ports, made.id, "Because of a secret."))
    (over,) = sent(web)
    assert "withdrawn" in over.subject
    assert "secret" not in over.text
    quiet = endorse(web, "team")
    sent(web)
    run(flow.hide(web.ports, quiet.id))
    run(flow.withdraw(web.ports, quiet.id))
    assert sent(web) == []


def test_embedded_in_a_badge_it_is_listed_with_its_own_verdict_and_never_breaks_it(web: World) -> None:
    one = run(achievement(web.ports, "team", "lead", 1))
    good, bad = endorse(web, proof="jwt"), endorse(web, "team", "Of something else.", proof="jwt")
    for signed, expected in ((good, "valid"), (bad, "invalid")):
        verdict = run(verify(web.ports, with_embedded(one.document, signed)))
        assert verdict.outcome == "valid", verdict.findings
        assert [each.outcome for each in verdict.endorsements] == [expected]
    run(flow.withdraw(web.ports, good.id))
    verdict = run(verify(web.ports, with_embedded(one.document, good)))
    assert (verdict.outcome, [each.outcome for each in verdict.endorsements]) == ("valid", ["invalid"])


def with_embedded(achievement: Mapping[str, Any], one: Endorsement) -> bytes:
    """A badge of somebody elsewhere that carries it in its achievement."""
    document = samples.badge(ATLAS.did)
    del document["credentialStatus"]
    document["credentialSubject"].pop("result", None)
    token = (one.signed or b"").decode()
    document["credentialSubject"]["achievement"] = {**achievement, "endorsementJwt": [token]}
    return ATLAS.sign(document, "jwt")


@pytest.mark.parametrize(
    ("roles", "code"),
    [
        ({"other": "owner"}, ""),
        ({"other": "owner", "team": "viewer"}, ""),
        ({"other": "owner", "team": "issuer"}, "speaks_for_both"),
        ({"other": "owner", "team": "editor"}, "speaks_for_both"),
        ({"other": "owner", "team": "owner"}, "speaks_for_both"),
    ],
    ids=["no role there", "reads there", "awards there", "designs there", "owns both"],
)
def test_nobody_endorses_for_one_issuer_what_they_answer_for_at_another(
    world: World, roles: Mapping[str, Any], code: str
) -> None:
    ports = replace(world.ports, who=Principal("ana", "session", roles=roles))
    size = run(world.ports.store.log_size())
    for subject in ("team", "team/lead"):
        if not code:
            assert run(flow.endorse(ports, "other", Words(subject, LINE))).state == "signed"
            continue
        with pytest.raises(ExchangeError) as caught:
            run(flow.endorse(ports, "other", Words(subject, LINE)))
        assert (caught.value.code, caught.value.at, caught.value.status) == (code, "subject", 409)
        assert run(world.ports.store.log_size()) == size
