"""What every `Store` answers about endorsements: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from exchange.errors import ConflictError, ForbiddenError, NotFoundError, UnavailableError
from exchange.flows.endorsements.records import (
    EXCHANGE,
    Asking,
    Endorsement,
    EndorsementDraft,
    EndorserKey,
    Profile,
    Request,
    Sealed,
)
from exchange.flows.people.records import Erasure, Person
from exchange.flows.ports import Store
from exchange.flows.records import Draft, Ending, Intent, Leaf, Parcel, Purpose, StatusChange, StatusSlot
from tests.adapters.database import samples
from tests.adapters.database.people_samples import ANA, BEN, address, leaf
from tests.adapters.database.samples import BASE, START, list_id, minutes

pytestmark = pytest.mark.anyio

KEY = EndorserKey("did:key:zDn1", BEN.id, "holder", "", "Chrome", "credential-1", START)
REQUEST = Request(
    *("ask-1", ANA.id, "badge", "badge-1", ("Incident command",), "Do you remember?", "cam@example.org", ""),
    *("asked", START, minutes(100), minutes(10)),
)
MAIL = Parcel("mail-1", "mail", "request:ask-1", "example.org", "cam@example.org", "{}", START)


def drafted(id: str = "e-1", did: str = KEY.did, at: datetime = START, **fields: object) -> EndorsementDraft:
    def write(slot: StatusSlot) -> Endorsement:
        made = Endorsement(
            *(id, BEN.id, "", ANA.id, "badge", "badge-1", "", did, "holder", "drafted", "waiting", ""),
            *(b"unsigned \x00", slot, at),
        )
        return replace(made, **fields)  # type: ignore[arg-type]

    return EndorsementDraft(BASE, write)


def sealed(id: str = "e-1", at: datetime = START, parcels: tuple[Parcel, ...] = ()) -> Sealed:
    intent = Intent(
        *(id, "endorsement", EXCHANGE, "badge", 0, "https://x/profiles/ana", "jwt", KEY.did),
        *(b"unsigned \x00", b"", (), at),
    )

    def supersede(earlier: str) -> tuple[StatusChange, Leaf]:
        return ending(earlier, at).change, leaf(f"badge:{earlier}")

    return Sealed(id, intent, b"signed \x00", leaf(f"badge:{id}"), supersede, at, "ask-1", parcels)


def ending(id: str, at: datetime = START) -> Ending:
    return Ending(StatusChange(id, "revocation", True, "", at), leaf(f"badge:{id}"))


async def endorsed(store: Store, id: str = "e-1", at: datetime = START) -> Endorsement:
    await store.prepare_endorsement(drafted(id, at=at), list_id)
    assert await store.endorse(sealed(id, at))
    found = await store.endorsement(id)
    assert found is not None
    return found


async def block(store: Store, address: str, holder: str, id: str = "blocked") -> None:
    """Who has that address answers a request with it."""
    asked = replace(REQUEST, id=id, address=address, holder=holder)
    await store.ask_for_endorsements(Asking([asked], [leaf(f"request:{id}")], []))
    size = await store.log_size()
    assert await store.settle_request(id, "declined", START, [leaf(), leaf()], block=True)
    assert not await store.settle_request(id, "declined", START, [leaf(), leaf()], block=True)
    assert await store.log_size() == size + 2


async def test_a_draft_has_its_bytes_and_a_place_and_leaves_no_entry(peers: Store) -> None:
    size = await peers.log_size()
    made = await peers.prepare_endorsement(drafted(), list_id)
    assert await peers.endorsement("e-1") == made
    assert made.unsigned == b"unsigned \x00"
    assert await peers.endorsements_by(BEN.id) == []
    assert await peers.log_size() == size
    await peers.forget_drafts(minutes(0))
    assert await peers.endorsement("e-1") == made
    await peers.forget_drafts(minutes(1))
    assert await peers.endorsement("e-1") is None


async def test_what_is_signed_is_a_badge_row_with_its_place_and_one_entry(peers: Store) -> None:
    draft = await peers.prepare_endorsement(drafted(), list_id)
    size = await peers.log_size()
    done = await asyncio.gather(*(peers.endorse(sealed(parcels=(MAIL,))) for _ in range(5)))
    assert sorted(done) == [False] * 4 + [True]
    made = await peers.endorsement("e-1")
    assert made == replace(draft, state="signed", unsigned=b"", signed=b"signed \x00", signed_at=START)
    row = await peers.badge("e-1")
    assert row is not None
    assert (row.kind, row.signed, row.slots) == ("endorsement", b"signed \x00", (draft.slot,))
    assert await peers.log_size() == size + 1
    assert await peers.published("e-1") is None  # it is no badge
    assert await peers.badges() == []
    assert [await peers.endorsements_by(BEN.id), await peers.endorsements_for(ANA.id)] == [[made], [made]]
    assert await peers.endorsements_of("badge", ["badge-1", "other"]) == [made]
    assert (
        await peers.endorsements_of("issuer", ["badge-1"]) == await peers.endorsements_of("badge", []) == []
    )
    assert await peers.every_endorsement("", 9) == [made]
    assert await peers.every_endorsement("e-1", 9) == []
    assert sum(await peers.count_undelivered()) == 1
    with pytest.raises(NotFoundError):
        await peers.endorse(sealed("nothing"))


async def test_of_two_about_the_same_thing_the_newer_stands(peers: Store) -> None:
    await endorsed(peers)
    size = await peers.log_size()
    newer = await endorsed(peers, "e-2", minutes(1))
    older = await peers.endorsement("e-1")
    assert older is not None
    assert (older.state, older.ended_at, newer.supersedes) == ("superseded", minutes(1), "e-1")
    assert await peers.log_size() == size + 2
    assert list(await peers.set_bits(older.slot.list_id)) == [older.slot.index]
    assert [one.id for one in await peers.endorsements_by(BEN.id)] == ["e-2", "e-1"]


async def test_it_is_withdrawn_once(peers: Store) -> None:
    made = await endorsed(peers)
    size = await peers.log_size()
    done = await asyncio.gather(*(peers.withdraw_endorsement(ending("e-1", minutes(2))) for _ in range(5)))
    assert sorted(done) == [False] * 4 + [True]
    gone = await peers.endorsement("e-1")
    assert gone is not None
    assert (gone.state, gone.ended_at) == ("withdrawn", minutes(2))
    assert list(await peers.set_bits(made.slot.list_id)) == [made.slot.index]
    assert [one.on for one in await peers.history("e-1")] == [True]
    assert await peers.log_size() == size + 1


async def test_it_is_shown_and_hidden(peers: Store) -> None:
    await peers.prepare_endorsement(drafted("draft"), list_id)
    assert not await peers.settle_endorsement("draft", "shown", START, leaf("badge:draft"))
    made = await endorsed(peers)
    assert await peers.settle_endorsement("e-1", "shown", minutes(1), leaf("badge:e-1"))
    size = await peers.log_size()
    assert not await peers.settle_endorsement("e-1", "shown", minutes(2), leaf("badge:e-1"))
    assert await peers.log_size() == size
    assert await peers.endorsement("e-1") == replace(made, shown="shown", settled_at=minutes(1))


async def test_a_key_is_of_one_account_and_is_retired_once(peers: Store) -> None:
    await peers.put_endorser_key(KEY, leaf("endorser_key:1"), [MAIL])
    with pytest.raises(ConflictError):
        await peers.put_endorser_key(replace(KEY, person=ANA.id), leaf("endorser_key:1"))
    assert await peers.endorser_key(KEY.did) == KEY
    assert await peers.endorser_keys(BEN.id) == [KEY]
    assert await peers.endorser_keys(ANA.id) == []
    renamed = replace(KEY, credential="credential-2")
    assert await peers.renew_endorser_key(renamed, "credential-1", leaf("endorser_key:1"))
    assert not await peers.renew_endorser_key(renamed, "credential-1", leaf("endorser_key:1"))
    await endorsed(peers)
    await peers.prepare_endorsement(drafted("e-9", subject="badge-2"), list_id)
    assert [one.id for one in await peers.endorsements_with(KEY.did, START)] == ["e-1"]
    assert await peers.endorsements_with(KEY.did, minutes(1)) == []
    gone = replace(renamed, retired_at=minutes(5))
    assert await peers.retire_endorser_key(gone, leaf("endorser_key:1"))
    assert not await peers.retire_endorser_key(gone, leaf("endorser_key:1"))
    with pytest.raises(UnavailableError):
        await peers.endorse(sealed("e-9"))
    size = await peers.log_size()
    lost = replace(gone, retired_from=minutes(0))
    with pytest.raises(ConflictError):  # `e-1` stands, and would go on doing so
        await peers.retire_endorser_key(lost, leaf("endorser_key:1"))
    assert await peers.endorser_key(KEY.did) == gone
    assert await peers.log_size() == size
    assert await peers.retire_endorser_key(lost, leaf("endorser_key:1"), [ending("e-1", minutes(6))])
    assert not await peers.retire_endorser_key(lost, leaf("endorser_key:1"), [ending("e-1")])
    assert await peers.endorser_key(KEY.did) == lost
    assert await peers.log_size() == size + 2
    found = await peers.endorsement("e-1")
    assert found is not None
    assert found.state == "withdrawn"


async def test_somebody_has_one_pseudonym(peers: Store) -> None:
    made = [Profile(f"p-{n}", ANA.id, START) for n in range(5)]
    (first, *_) = found = await asyncio.gather(*(peers.settle_profile(one) for one in made))
    assert set(found) == {first}
    assert await peers.profile(first.id) == first
    assert await peers.profile("p-9") is None
    assert (await peers.settle_profile(Profile("p-8", BEN.id, START))).person == BEN.id


async def test_what_nobody_wanted_says_so_until_it_is_settled(peers: Store) -> None:
    await peers.prepare_endorsement(drafted(), samples.list_id)
    assert await peers.endorse(replace(sealed(), unasked=True))
    (one,) = await peers.endorsements_for(ANA.id)
    assert (one.shown, one.unasked) == ("waiting", True)
    assert await peers.settle_endorsement("e-1", "hidden", START, leaf("badge:e-1"))
    (one,) = await peers.endorsements_for(ANA.id)
    assert (one.shown, one.unasked) == ("hidden", False)


async def test_two_that_are_one_have_it_together(peers: Store) -> None:
    cam = Person("cam", "Cam", START)
    await peers.put_person(cam, [address("cam")])
    await peers.put_endorser_key(KEY, leaf("endorser_key:1"))
    await peers.settle_profile(Profile("p-1", BEN.id, START))
    made = await endorsed(peers)
    await peers.prepare_endorsement(drafted("e-2", subject="badge-2"), list_id)
    await peers.ask_for_endorsements(Asking([replace(REQUEST, person=BEN.id)], [leaf("request:a")], []))
    await block(peers, "x@example.org", BEN.id)
    await peers.merge(BEN.id, cam, [], [])
    assert await peers.endorser_keys(cam.id) == [replace(KEY, person=cam.id)]
    profile = await peers.profile("p-1")
    assert profile == Profile("p-1", cam.id, START)
    assert await peers.endorsements_by(cam.id) == [replace(made, endorser=cam.id)]
    assert await peers.endorsement("e-2") is None
    assert [one.id for one in await peers.requests_to(cam.id)] == ["ask-1"]
    assert await peers.is_blocked("x@example.org", cam.id)


async def test_who_is_erased_leaves_no_endorsement_and_the_bits_stay(peers: Store) -> None:
    await peers.put_endorser_key(KEY, leaf("endorser_key:1"))
    await peers.settle_profile(Profile("p-1", BEN.id, START))
    made = await endorsed(peers)
    await peers.withdraw_endorsement(ending("e-1"))
    await peers.ask_for_endorsements(Asking([REQUEST], [leaf("request:a")], []))
    await block(peers, "ana@example.org", BEN.id)
    await peers.erase(Erasure("one", (ANA.id,), ()))
    assert await peers.endorsement("e-1") is None
    assert await peers.request("ask-1") is None
    assert not await peers.is_blocked("ana@example.org", BEN.id)
    assert await peers.endorser_key(KEY.did) == KEY
    await peers.erase(Erasure("two", (BEN.id,), ("e-1",)))
    assert await peers.endorser_key(KEY.did) is None
    assert await peers.profile("p-1") is None
    row = await peers.badge("e-1")
    assert row is not None
    assert (row.signed, row.recipient) == (None, "")
    assert list(await peers.set_bits(made.slot.list_id)) == [made.slot.index]


async def test_what_somebody_said_reads_suspended_with_them_and_they_sign_nothing(peers: Store) -> None:
    made = await endorsed(peers)
    await peers.put_endorser_key(KEY, leaf())
    await peers.prepare_endorsement(drafted("e-2", subject="badge-2"), list_id)
    slot = made.slot
    assert slot.purpose == "revocation"
    halted = replace(BEN, halted="Swaps favours.")
    on = Ending(StatusChange("e-1", "revocation", True, "", START), leaf("badge:e-1"))
    nothing = Ending(StatusChange("e-1", "suspension", True, "", START), leaf("badge:e-1"))
    size = await peers.log_size()
    await peers.change_person(halted, leaf(), was=BEN, bits=[nothing, on], parcels=[MAIL])
    assert await peers.person(BEN.id) == halted
    assert await peers.log_size() == size + 2  # a bit that is not there is passed over
    assert sum(await peers.count_undelivered()) == 1
    found = await peers.endorsement("e-1")
    assert found is not None
    assert found.suspended
    assert [one.suspended for one in await peers.endorsements_by(BEN.id)] == [True]
    size = await peers.log_size()
    with pytest.raises(ForbiddenError):
        await peers.endorse(sealed("e-2"))
    with pytest.raises(ConflictError):  # read before
        await peers.change_person(replace(BEN, state="suspended"), leaf(), was=BEN)
    assert await peers.log_size() == size
    assert await peers.set_bits(slot.list_id) == [slot.index]
    await peers.change_person(replace(BEN, name="Benjamin"))  # what they say of themselves frees nobody
    assert (await peers.person(BEN.id)) == replace(halted, name="Benjamin")
    await peers.change_person(BEN, leaf(), was=halted)
    assert await peers.endorse(sealed("e-2"))
    assert [one.suspended for one in await peers.endorsements_by(BEN.id)] == [False, False]


# --- the credentials of keys ---


def credential(id: str, did: str = KEY.did) -> Draft:
    def write(slots: tuple[StatusSlot, ...]) -> tuple[Intent, Leaf]:
        made = replace(
            samples.intent(id, slots, of=EXCHANGE), kind="endorsement", achievement="key", recipient=did
        )
        return made, leaf(f"badge:{id}")

    return Draft(EXCHANGE, samples.BASE, samples.BOTH, write, speaks=did)


def bit(id: str, purpose: Purpose, on: bool = True) -> Ending:
    return Ending(StatusChange(id, purpose, on, "", START), leaf(f"badge:{id}"))


async def credentials_that(store: Store, purpose: Purpose, did: str = KEY.did) -> dict[str, bool]:
    found = {}
    for id in await store.key_credentials(did):
        changes = [change.on for change in await store.history(id) if change.purpose == purpose]
        found[id] = bool(changes and changes[-1])
    return found


async def test_who_is_suspended_has_no_credential_that_does_not_say_so(peers: Store) -> None:
    """Whoever gets one at the same moment is too late, or makes who suspends look again."""
    await peers.put_endorser_key(KEY, leaf("endorser_key:1"))
    await peers.intend(credential("c-0"), samples.list_id)
    with pytest.raises(ConflictError) as caught:
        await peers.change_person(replace(BEN, halted="Why."), leaf(), was=BEN)
    assert caught.value.code == "conflict"
    assert await peers.person(BEN.id) == BEN

    async def renew(n: int) -> bool:
        try:
            await peers.intend(credential(f"c-{n}"), samples.list_id)
        except ForbiddenError:
            return False
        return True

    async def halt(on: bool) -> None:
        was, now = (BEN, replace(BEN, halted="Why.")) if on else (replace(BEN, halted="Why."), BEN)
        while True:
            bits = [bit(id, "suspension", on) for id in await peers.key_credentials(KEY.did)]
            try:
                return await peers.change_person(now, leaf(), was=was, bits=bits)
            except ConflictError:
                continue

    _, *made = await asyncio.gather(halt(True), *map(renew, range(1, 9)))
    stands = await credentials_that(peers, "suspension")
    assert len(stands) == 1 + made.count(True)
    assert set(stands.values()) == {True}
    assert not await renew(9)
    assert await peers.badge("c-9") is None
    await halt(False)
    assert set((await credentials_that(peers, "suspension")).values()) == {False}
    assert await renew(9)


async def test_a_lost_key_has_no_credential_that_stands(peers: Store) -> None:
    await peers.put_endorser_key(KEY, leaf("endorser_key:1"))
    await peers.intend(credential("c-0"), samples.list_id)
    lost = replace(KEY, retired_at=minutes(9), retired_from=minutes(5))
    with pytest.raises(ConflictError) as caught:
        await peers.retire_endorser_key(lost, leaf())
    assert caught.value.code == "conflict"

    async def renew(n: int) -> bool:
        try:
            await peers.intend(credential(f"c-{n}"), samples.list_id)
        except UnavailableError:
            return False
        return True

    async def retire() -> None:
        while True:
            ends = [bit(id, "revocation") for id in await peers.key_credentials(KEY.did)]
            try:
                assert await peers.retire_endorser_key(lost, leaf(), ends)
            except ConflictError:
                continue
            return

    _, *made = await asyncio.gather(retire(), *map(renew, range(1, 9)))
    stands = await credentials_that(peers, "revocation")
    assert len(stands) == 1 + made.count(True)
    assert set(stands.values()) == {True}
    assert not await renew(9)


async def test_what_is_awarded_to_a_did_is_no_credential_of_its_key(peers: Store) -> None:
    await peers.put_endorser_key(KEY, leaf("endorser_key:1"))

    def write(slots: tuple[StatusSlot, ...]) -> tuple[Intent, Leaf]:
        return replace(samples.intent("b", slots), recipient=KEY.did), leaf("badge:b")

    await peers.intend(Draft("team", samples.BASE, samples.BOTH, write), samples.list_id)
    assert await peers.key_credentials(KEY.did) == []
    await peers.change_person(replace(BEN, halted="Why."), leaf(), was=BEN)
    assert await peers.history("b") == []
