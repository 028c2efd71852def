"""Endorsing: what a browser signs stands for everybody, until who signed it takes it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core.log.entry import read_entry
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import revoke, suspend
from exchange.flows.badges.verify import verify
from exchange.flows.endorsements import keys
from exchange.flows.endorsements.endorse import endorse
from exchange.flows.endorsements.listed import of_badge, received
from exchange.flows.endorsements.show import hide, show
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.instance.sweep import sweep
from exchange.flows.log.fsck import fsck
from tests.endorsing import BrowserKey, EndorsingTown, Peer
from tests.simulator import run


@pytest.fixture
def town() -> EndorsingTown:
    return EndorsingTown()


@pytest.fixture
def ana(town: EndorsingTown) -> Peer:
    return town.peer("Ana Holder")


@pytest.fixture
def ben(town: EndorsingTown) -> Peer:
    ben = town.peer("Ben Peer")
    ben.make_key()
    return ben


def refused(flow: object) -> str:
    with pytest.raises(ExchangeError) as error:
        run(flow)  # type: ignore[arg-type]
    return error.value.code


def outcome(town: EndorsingTown, signed: bytes | None) -> tuple[str, set[str]]:
    verdict = run(verify(town.ports, signed or b""))
    return verdict.outcome, set(verdict.codes)


def entries(town: EndorsingTown, id: str) -> list[str]:
    return [read_entry(one.entry).kind for one in run(town.ports.store.log_about(f"badge:{id}"))]


def is_sound(town: EndorsingTown) -> bool:
    found = run(fsck(town.ports))
    assert found.findings == []
    return found.sound


def test_what_a_peer_signs_stands_is_shown_by_its_holder_and_taken_back(
    town: EndorsingTown, ana: Peer, ben: Peer
) -> None:
    badge = town.award()
    made = ben.endorse(badge.key, skills=("Incident management",))
    assert (made.state, made.shown, made.custody) == ("signed", "waiting", "holder")
    assert outcome(town, made.signed) == ("valid", outcome(town, made.signed)[1])
    document = read_secured(made.signed or b"").document
    assert ben.key
    assert document["issuer"]["id"] == ben.key.did
    assert ben.person.id not in str(document)
    assert run(of_badge(town.ports, badge.key)) == []
    run(show(ana.ports, made.id))
    (line,) = run(of_badge(town.ports, badge.key))
    assert (line.name, line.state, line.own_key) == ("Ben Peer", "active", True)
    run(hide(ana.ports, made.id))
    assert run(of_badge(town.ports, badge.key)) == []
    run(show(ana.ports, made.id))
    run(withdraw(ben.ports, made.id))
    (line,) = run(of_badge(town.ports, badge.key))
    assert (line.state, line.ended_at) == ("withdrawn", town.world.now)
    assert outcome(town, made.signed)[0] == "invalid"
    assert "revoked" in outcome(town, made.signed)[1]
    assert outcome(town, badge.signed)[0] == "valid"
    assert entries(town, made.id) == ["endorse", "show", "hide", "show", "withdraw"]
    assert refused(withdraw(ben.ports, made.id)) == "endorsement_over"
    assert is_sound(town)


def test_a_newer_one_takes_the_place_of_the_older(town: EndorsingTown, ana: Peer, ben: Peer) -> None:
    badge = town.award()
    first = ben.endorse(badge.key, "First words.")
    run(show(ana.ports, first.id))
    second = ben.endorse(badge.key, "Better words.")
    assert second.supersedes == first.id
    assert outcome(town, first.signed)[0] == "invalid"
    assert outcome(town, second.signed)[0] == "valid"
    said = read_secured(second.signed or b"").document["credentialSubject"]
    assert said["supersedes"] == f"{town.world.base_url}/endorsements/{first.id}"
    assert run(of_badge(town.ports, badge.key)) == []  # its holder has not said yes to the new words
    run(show(ana.ports, second.id))
    assert [line.said.line for line in run(of_badge(town.ports, badge.key))] == ["Better words."]
    assert is_sound(town)


def test_a_draft_that_is_signed_twice_is_one_endorsement(town: EndorsingTown, ana: Peer, ben: Peer) -> None:
    draft = ben.draft(town.award().key)
    size = run(town.ports.store.log_size())
    made = ben.sign(draft)
    grown = run(town.ports.store.log_size())
    assert grown > size
    assert ben.sign(draft) == made
    assert run(town.ports.store.endorsements_by(ben.person.id)) == [made]
    assert [entry for entry in entries(town, made.id) if entry == "endorse"] == ["endorse"]


def test_nobody_endorses_themselves_or_signs_anothers_draft(
    town: EndorsingTown, ana: Peer, ben: Peer
) -> None:
    badge = town.award()
    ana.make_key()
    with pytest.raises(ExchangeError) as error:
        ana.draft(badge.key)
    assert error.value.code == "own_badge"
    draft = ben.draft(badge.key)
    assert refused(endorse(ana.ports, draft.id, "x")) == "unknown_draft"
    assert refused(show(ben.ports, draft.id)) == "unknown_endorsement"
    made = ben.sign(draft)
    assert refused(show(ben.ports, made.id)) == "unknown_endorsement"
    assert refused(withdraw(ana.ports, made.id)) == "unknown_endorsement"


def test_a_signature_of_another_key_is_not_recorded(town: EndorsingTown, ana: Peer, ben: Peer) -> None:
    draft = ben.draft(town.award().key)
    size = run(town.ports.store.log_size())
    for signature, code in {
        "": "signature_missing",
        "AAAA": "signature_invalid",
        BrowserKey().sign(draft.unsigned): "signature_invalid",
    }.items():
        assert refused(endorse(ben.ports, draft.id, signature)) == code
    assert run(town.ports.store.endorsements_by(ben.person.id)) == []
    assert run(town.ports.store.log_size()) == size


@pytest.mark.parametrize("act", ["revoke", "suspend"])
def test_what_is_revoked_meanwhile_cannot_be_signed(
    town: EndorsingTown, ana: Peer, ben: Peer, act: str
) -> None:
    badge = town.award()
    draft = ben.draft(badge.key)
    run((revoke if act == "revoke" else suspend)(town.ports, badge.key, "Because"))
    with pytest.raises(ExchangeError) as error:
        ben.sign(draft)
    assert error.value.code == f"badge_{'revoked' if act == 'revoke' else 'suspended'}"
    assert run(town.ports.store.endorsements_by(ben.person.id)) == []


def test_where_a_browser_keeps_no_key_the_exchange_records_it_and_says_so(
    town: EndorsingTown, ana: Peer
) -> None:
    cam = town.peer("Cam Peer")
    badge = town.award()
    made = cam.endorse(badge.key)
    assert made.custody == "exchange"
    codes = outcome(town, made.signed)
    assert codes[0] == "valid"
    assert "recorded_by_exchange" in codes[1]
    run(show(ana.ports, made.id))
    (line,) = run(of_badge(town.ports, badge.key))
    assert not line.own_key
    assert cam.endorse(badge.key, "Again.").did == made.did


def test_drafts_are_forgotten_after_a_day_and_their_place_is_never_given_again(
    town: EndorsingTown, ana: Peer, ben: Peer
) -> None:
    draft = ben.draft(town.award().key)
    town.world.later(hours=23)
    run(sweep(town.ports))
    assert run(town.ports.store.endorsement(draft.id)) is not None
    town.world.later(hours=2)
    run(sweep(town.ports))
    assert run(town.ports.store.endorsement(draft.id)) is None
    assert draft.slot.index in town.world.store._lists[draft.slot.list_id].taken
    assert is_sound(town)


def test_another_device_has_another_key_and_a_retired_one_signs_nothing_more(
    town: EndorsingTown, ana: Peer, ben: Peer
) -> None:
    first, second = town.award(), town.award()
    made = ben.endorse(first.key)
    phone = ben.elsewhere()
    phone.make_key("Firefox, Android")
    draft = ben.draft(second.key)
    run(keys.retire(phone.ports, made.did))
    with pytest.raises(ExchangeError) as error:
        ben.sign(draft)
    assert error.value.code == "key_retired"
    assert outcome(town, made.signed)[0] == "valid"
    assert phone.endorse(second.key).did != made.did
    assert refused(keys.retire(phone.ports, made.did)) == "key_retired_already"
    assert is_sound(town)


def test_a_key_that_others_may_have_takes_along_what_was_signed_since(
    town: EndorsingTown, ana: Peer, ben: Peer
) -> None:
    old = ben.endorse(town.award().key)
    town.world.later(days=2)
    new = ben.endorse(town.award().key)
    since = town.world.now - timedelta(days=1)
    town.world.later(days=1)
    run(keys.retire(ben.ports, old.did, since))
    assert run(town.ports.store.endorsement(new.id)).state == "withdrawn"  # type: ignore[union-attr]
    assert run(town.ports.store.endorsement(old.id)).state == "signed"  # type: ignore[union-attr]
    assert outcome(town, new.signed)[0] == "invalid"
    (credential,) = run(town.ports.store.awarded_to(old.did))
    assert entries(town, credential) == ["endorse", "withdraw"]
    assert is_sound(town)


def test_a_new_key_takes_somebody_who_has_just_come_in(town: EndorsingTown, ben: Peer) -> None:
    town.world.later(minutes=11)
    assert refused(keys.begin(ben.ports, "")) == "confirmation_needed"
    assert not run(keys.may_add(ben.ports))
    assert run(keys.may_add(ben.elsewhere().ports))


def test_a_key_is_of_one_account_for_good_and_proves_that_it_is_there(
    town: EndorsingTown, ana: Peer, ben: Peer
) -> None:
    assert ben.key is not None
    for did, signer, code in [
        (ben.key.did, ben.key, "key_taken"),
        (BrowserKey().did, ben.key, "signature_invalid"),
        ("did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH", ben.key, "key_malformed"),
    ]:
        secret, challenge = run(keys.begin(ana.ports, ""))
        signature = signer.sign(challenge.encode())
        assert refused(keys.add(ana.ports, secret, did, signature, "")) == code
        assert refused(keys.add(ana.ports, secret, did, signature, "")) == "ceremony_over"
    assert run(keys.keys(ana.ports)) == []


def test_an_endorsement_of_a_renewed_badge_is_of_an_earlier_version(
    town: EndorsingTown, ana: Peer, ben: Peer
) -> None:
    badge = town.award()
    made = ben.endorse(badge.key)
    run(show(ana.ports, made.id))
    order = Order("school", "incident-lead", "mailto:ana@example.org", renews=badge.key)
    newer = run(award(town.ports, order))
    (line,) = run(of_badge(town.ports, newer.key))
    assert (line.endorsement.id, line.earlier) == (made.id, True)
    assert not run(of_badge(town.ports, badge.key))[0].earlier


def test_who_has_no_account_cannot_be_endorsed(town: EndorsingTown, ben: Peer) -> None:
    badge = town.award("mailto:nobody@example.org")
    with pytest.raises(ExchangeError) as error:
        ben.draft(badge.key)
    assert error.value.code == "holder_unknown"
    assert "accept it by the link in its mail" in error.value.message  # says what to do


def test_a_name_that_changed_is_vouched_for_anew(town: EndorsingTown, ana: Peer, ben: Peer) -> None:
    first = ben.endorse(town.award().key)
    second = ben.endorse(town.award().key, name="Ben Maria Peer")
    lines = run(received(ana.ports)).waiting
    assert {line.name for line in lines} == {"Ben Peer", "Ben Maria Peer"}
    assert first.did == second.did
    assert outcome(town, first.signed)[0] == outcome(town, second.signed)[0] == "valid"
    assert is_sound(town)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"line": ""}, "line_missing"),
        ({"line": "x" * 141}, "line_too_long"),
        ({"text": "x" * 601}, "text_too_long"),
        ({"relationship": "friend"}, "relationship_unknown"),
        ({"skills": ("Juggling",)}, "skill_unknown"),
        ({"team": "red"}, "team_unknown"),
        ({"evidence": ("ftp://x",)}, "evidence_malformed"),
        ({"name": "x\u202ey"}, "name_malformed"),
    ],
)
def test_what_cannot_be_said_is_refused_before_anything_is_drafted(
    town: EndorsingTown, ana: Peer, ben: Peer, order: dict[str, object], code: str
) -> None:
    badge = town.award()
    with pytest.raises(ExchangeError) as error:
        ben.draft(badge.key, **{"line": "Fine.", **order})  # type: ignore[arg-type]
    assert error.value.code == code
    assert town.world.store._endorsements == {}
