"""What somebody said of others reads "suspended" while they are, wherever it is read, and as before after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.core.verdict.verdict import Verdict
from exchange.errors import ConflictError, ForbiddenError, InputError, UnavailableError
from exchange.flows.badges.verify import verify
from exchange.flows.endorsements import keys
from exchange.flows.endorsements.ask import Wish, ask
from exchange.flows.endorsements.asked import remind
from exchange.flows.endorsements.listed import of_badge
from exchange.flows.endorsements.records import EndorserKey
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.log.fsck import fsck
from exchange.flows.people.erase import erase
from exchange.flows.people.people import change, find, reinstate_profile, suspend, suspend_profile
from exchange.flows.vouches.listed import of_badge as vouch_of
from tests.flows.endorsements.company import Company
from tests.flows.endorsements.test_together import merge
from tests.simulator import run
from tests.vouching import VouchingTown

REASON = "Swaps endorsements for favours."


def codes(town: Company, signed: bytes | None) -> frozenset[str]:
    return _verdict(town, signed).codes


def _verdict(town: Company, signed: bytes | None) -> Verdict:
    return run(verify(town.ports, signed or b""))


def said(town: Company) -> dict[str, int]:
    return {line.code: len(line.credentials) for line in town.summary().lines}


def test_it_reads_suspended_to_everybody_and_as_before_when_that_ends() -> None:
    town = Company()
    theirs, other = [town.shown(peer.endorse(town.badge)) for peer in (town.ben, town.cleo)]
    recorded = town.shown(town.dora.endorse(town.badge))
    before = town.summary(), codes(town, theirs.signed)
    run(suspend_profile(town.ports, town.ben.person.id, REASON))
    assert [line.state for line in run(of_badge(town.ports, town.badge))] == ["suspended", "active", "active"]
    verdict = _verdict(town, theirs.signed)
    assert (verdict.outcome, "endorser_suspended" in verdict.codes) == ("indeterminate", True)
    for one in (other, recorded):
        assert _verdict(town, one.signed).outcome == "valid"
    assert (said(town)["suspended"], said(town)["endorsers"]) == (1, 2)
    assert run(fsck(town.ports)).findings == []
    run(reinstate_profile(town.ports, town.ben.person.id))
    assert (town.summary(), codes(town, theirs.signed)) == before
    assert [line.state for line in run(of_badge(town.ports, town.badge))] == ["active"] * 3
    assert run(fsck(town.ports)).findings == []


def test_who_only_left_is_believed_as_before_but_says_nothing_new() -> None:
    """Their account is suspended, as that of everybody who leaves."""
    town = Company()
    theirs = town.shown(town.ben.endorse(town.badge))
    draft = town.ben.draft(town.badge, "Once more.")
    before = town.summary(), codes(town, theirs.signed)
    run(suspend(town.ports, town.ben.person.id))
    assert (town.summary(), codes(town, theirs.signed)) == before
    assert [line.state for line in run(of_badge(town.ports, town.badge))] == ["active"]
    with pytest.raises(ForbiddenError):
        town.ben.sign(draft)
    assert [line.state for line in run(of_badge(town.ports, town.badge))] == ["active"]
    assert run(fsck(town.ports)).findings == []


def test_a_key_that_was_lost_before_does_not_speak_either() -> None:
    town = Company()
    theirs = town.shown(town.ben.endorse(town.badge))
    town.world.now += timedelta(days=1)
    run(keys.retire(town.ben.ports, theirs.did, town.world.now))
    assert _verdict(town, theirs.signed).outcome == "valid"  # on record before it was lost
    run(suspend_profile(town.ports, town.ben.person.id, REASON))
    assert "endorser_suspended" in codes(town, theirs.signed)
    assert run(fsck(town.ports)).findings == []


def test_who_is_suspended_asks_endorses_and_vouches_no_more_but_may_withdraw() -> None:
    town = Company()
    badge = town.award("mailto:ben@example.org").key
    town.shown(town.ben.endorse(town.badge))
    draft = town.ben.draft(town.badge, "Once more.")
    run(ask(town.ben.ports, Wish(badge, ["cleo@example.org"])))
    run(suspend_profile(town.ports, town.ben.person.id, REASON))
    tries: dict[str, Callable[[], object]] = {
        "ask": lambda: run(ask(town.ben.ports, Wish(badge, ["dora@example.org"]))),
        "write": lambda: town.ben.draft(town.badge),
        "sign": lambda: town.ben.sign(draft),
        "key": town.ben.make_key,
        "recorded": lambda: town.ben.elsewhere().draft(town.badge),
    }
    kept = town.world.store.kept()
    for name, tried in tries.items():
        with pytest.raises(ForbiddenError, match=REASON) as caught:
            tried()
        assert caught.value.code == "profile_suspended", name
    assert {name for name, value in town.world.store.kept().items() if value != kept[name]} <= {"_sessions"}
    town.world.now += timedelta(days=4)
    assert run(remind(town.ports)) == 0  # whom they had asked is not asked again
    mine = run(town.ports.store.endorsements_by(town.ben.person.id))
    run(withdraw(town.ben.ports, mine[0].id))
    assert [line.state for line in run(of_badge(town.ports, town.badge))] == ["withdrawn"]


def test_they_are_told_with_the_reason_and_only_its_digest_stays_when_they_are_erased() -> None:
    town = Company()
    town.shown(town.ben.endorse(town.badge))
    run(suspend_profile(town.ports, town.ben.person.id, REASON))
    person = run(town.ports.store.person(town.ben.person.id))
    assert person is not None
    assert (person.halted, person.state) == (REASON, "active")
    (mail,) = [one for one in town.world.store._outbox if "profile-suspended" in one.delivery.parcel.payload]
    assert (mail.delivery.parcel.recipient, REASON in mail.delivery.parcel.payload) == (
        "ben@example.org",
        True,
    )
    assert REASON in repr(town.world.store._log)
    run(erase(town.ports, town.ben.person.id, "ben@example.org"))
    assert REASON not in repr(town.world.store.kept())
    assert run(fsck(town.ports)).findings == []


def test_what_is_so_already_and_what_is_not_said_is_refused() -> None:
    town = Company()
    with pytest.raises(InputError) as caught:
        run(suspend_profile(town.ports, town.ben.person.id, " \u202e "[:1]))
    assert caught.value.code == "reason_missing"
    with pytest.raises(ConflictError) as conflict:
        run(reinstate_profile(town.ports, town.ben.person.id))
    assert conflict.value.code == "already_active"
    run(suspend_profile(town.ports, town.ben.person.id, REASON))
    size = run(town.ports.store.log_size())
    with pytest.raises(ConflictError) as conflict:
        run(suspend_profile(town.ports, town.ben.person.id, "Another."))
    assert conflict.value.code == "already_suspended"
    assert run(town.ports.store.log_size()) == size


def test_nobody_gets_rid_of_it_by_becoming_part_of_another_account() -> None:
    town = Company()
    run(suspend_profile(town.ports, town.ben.person.id, REASON))
    for proved, target, address in (
        (town.ben, town.cleo, "ben@example.org"),
        (town.cleo, town.ben, "cleo@example.org"),
    ):
        who = replace(target.ports.who, confirmed_at=town.world.now)
        with pytest.raises(ForbiddenError):
            merge(town, proved, replace(target, ports=replace(target.ports, who=who)), address)
    assert run(town.ports.store.person(town.ben.person.id)) is not None


def test_who_merely_signed_in_does_not_suspend_before_they_confirm_it() -> None:
    town = Company()
    olga = replace(town.dora.ports.who, operator=True, confirmed_at=town.world.now)
    town.world.now += timedelta(minutes=11)
    with pytest.raises(ForbiddenError) as caught:
        run(suspend_profile(replace(town.ports, who=olga), town.ben.person.id, REASON))
    assert caught.value.code == "confirmation_needed"
    confirmed = replace(olga, confirmed_at=town.world.now)
    run(suspend_profile(replace(town.ports, who=confirmed), town.ben.person.id, REASON))


def renewed_when(town: Company, name: str) -> None:
    """Ben, who is called something else by now, writes again, just before the store does `name`: so that his
    key gets another credential in that very moment."""
    store = town.world.store
    done, key = getattr(store, name), key_of(town)

    async def do(*args: Any, **more: Any) -> Any:
        setattr(store, name, done)
        await keys.credential(town.ben.ports, key, await find(town.ports, town.ben.person.id))
        return await done(*args, **more)

    setattr(store, name, do)


def key_of(town: Company) -> EndorserKey:
    (key,) = run(town.ports.store.endorser_keys(town.ben.person.id))
    return key


def said_by(town: Company, purpose: str) -> list[bool]:
    """What the credentials of his key say of that, the oldest first."""
    rows = [run(town.ports.store.badge(id)) for id in run(town.ports.store.key_credentials(key_of(town).did))]
    slots = [slot for row in rows if row for slot in row.slots if slot.purpose == purpose]
    return [slot.index in run(town.ports.store.set_bits(slot.list_id)) for slot in slots]


def test_a_key_whose_credential_is_renewed_in_the_moment_of_suspension_is_not_missed() -> None:
    town = Company()
    town.shown(town.ben.endorse(town.badge))
    run(change(town.ports, town.ben.person.id, name="Ben Other"))
    renewed_when(town, "change_person")
    run(suspend_profile(town.ports, town.ben.person.id, REASON))
    assert said_by(town, "suspension") == [True, True]
    with pytest.raises(ForbiddenError):
        run(keys.credential(town.ben.ports, key_of(town), replace(town.ben.person, name="Ben Third")))
    assert len(said_by(town, "suspension")) == 2
    run(reinstate_profile(town.ports, town.ben.person.id))
    assert said_by(town, "suspension") == [False, False]
    assert run(fsck(town.ports)).findings == []


def test_a_key_whose_credential_is_renewed_in_the_moment_it_is_lost_is_not_missed() -> None:
    town = Company()
    town.shown(town.ben.endorse(town.badge))
    run(change(town.ports, town.ben.person.id, name="Ben Other"))
    renewed_when(town, "retire_endorser_key")
    run(keys.retire(town.ben.ports, key_of(town).did, town.world.now))
    assert said_by(town, "revocation") == [True, True]
    with pytest.raises((UnavailableError, ConflictError)):
        run(keys.credential(town.ben.ports, key_of(town), replace(town.ben.person, name="Ben Third")))
    assert len(said_by(town, "revocation")) == 2
    assert run(fsck(town.ports)).findings == []


def test_what_was_awarded_to_who_has_a_key_is_no_credential_of_it() -> None:
    """A badge may name its holder by their DID: whoever awarded it takes it back, and nobody else."""
    town = Company()
    town.shown(town.ben.endorse(town.badge))
    badge = run(town.ports.store.badge(town.award(key_of(town).did).key))
    assert badge is not None
    run(suspend_profile(town.ports, town.ben.person.id, REASON))
    run(keys.retire(town.ben.ports, key_of(town).did, town.world.now - timedelta(days=1)))
    assert run(town.ports.store.history(badge.id)) == []
    assert _verdict(town, badge.signed).outcome == "valid"


def test_a_vouch_reads_suspended_too() -> None:
    town = VouchingTown()
    given = town.give(town.ana, town.ben)
    draft = town.draft(town.ana, town.cleo, "security")
    run(suspend_profile(town.ports, town.ana.person.id, REASON))
    view = run(vouch_of(town.ports, given.id))
    assert view is not None
    assert (view.line.state, view.in_use) == ("suspended", 1)
    assert "endorser_suspended" in run(verify(town.ports, given.signed or b"")).codes
    for tried in (lambda: town.draft(town.ana, town.ben, "security"), lambda: town.sign(town.ana, draft)):
        with pytest.raises(ForbiddenError):
            tried()
    run(reinstate_profile(town.ports, town.ana.person.id))
    view = run(vouch_of(town.ports, given.id))
    assert view is not None
    assert view.line.state == "active"
    assert run(verify(town.ports, given.signed or b"")).outcome == "valid"
