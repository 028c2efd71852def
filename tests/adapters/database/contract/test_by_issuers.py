"""What every `Store` answers about endorsements by issuers: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from exchange.errors import AlreadyDoneError, ConflictError, ReusedKeyError, UnavailableError
from exchange.flows.endorsements.records import ByIssuer, Endorsement, Kind
from exchange.flows.ports import Store
from exchange.flows.recipients.records import Wanted
from exchange.flows.records import Draft, Ending, Intent, Once, Parcel, StatusChange, StatusSlot
from tests.adapters.database import samples
from tests.adapters.database.people_samples import leaf
from tests.adapters.database.samples import BASE, START, list_id, minutes

pytestmark = pytest.mark.anyio

MAIL = Parcel("mail-1", "mail", "badge:e-1", "example.org", "olga@example.org", "{}", START, "e-1")


@pytest.fixture
async def two(known: Store) -> Store:
    """A store that knows two issuers, the key of the first, and a badge it signed."""
    await known.put_issuer(samples.issuer("other"), leaf())
    await known.put_key(samples.key(), leaf())
    await known.intend(samples.draft("badge-1"), list_id)
    await known.publish("badge-1", b"signed")
    return known


def said(
    id: str = "e-1",
    at: datetime = START,
    ends: str = "",
    subject: tuple[Kind, str] = ("issuer", "other"),
    once: Once | None = None,
    parcels: tuple[Parcel, ...] = (),
) -> ByIssuer:
    def write(slots: tuple[StatusSlot, ...]) -> tuple[Intent, object]:
        intent = replace(samples.intent(id, slots, at), kind="endorsement", achievement="", version=0)
        return replace(intent, recipient="did:web:other"), leaf(f"badge:{id}")

    def row(intent: Intent) -> Endorsement:
        return Endorsement(
            *(id, "", "team", "", *subject, "", "did:web:team#z6Mk", "exchange", "signed", "shown", ends),
            *(b"", intent.slots[0], at, at),
        )

    draft = Draft("team", BASE, ("revocation",), write, once, parcels)  # type: ignore[arg-type]
    return ByIssuer(draft, subject, row, ending(ends, at) if ends else None)


def ending(id: str, at: datetime = START) -> Ending:
    return Ending(StatusChange(id, "revocation", True, "", at), leaf(f"badge:{id}"))


async def endorsed(store: Store, id: str = "e-1", at: datetime = START, ends: str = "") -> Endorsement:
    await store.endorse_as_issuer(said(id, at, ends), list_id)
    await store.publish(id, b"signed \x00")
    found = await store.endorsement(id)
    assert found is not None
    return found


async def test_it_is_on_record_with_its_place_and_its_entry_before_it_is_signed(two: Store) -> None:
    size = await two.log_size()
    intent = await two.endorse_as_issuer(said(parcels=(MAIL,)), list_id)
    row = await two.badge("e-1")
    assert row is not None
    assert (row.kind, row.signed, row.slots, row.key_id) == ("endorsement", None, intent.slots, "key-1")
    made = await two.endorsement("e-1")
    assert made is not None
    assert (made.state, made.shown, made.signed, made.slot) == ("signed", "shown", None, intent.slots[0])
    assert [one.id for one in await two.unfinished(minutes(1))] == ["e-1"]
    assert await two.log_size() == size + 1
    assert sum(await two.count_undelivered()) == 1
    await two.publish("e-1", b"signed \x00")
    assert await two.endorsement("e-1") == replace(made, signed=b"signed \x00")
    assert await two.endorsements_by_issuer("team") == [replace(made, signed=b"signed \x00")]
    assert await two.endorsements_by_issuer("other") == await two.endorsements_by_issuer("") == []
    assert await two.endorsements_of("issuer", ["other"]) == await two.endorsements_by_issuer("team")
    assert await two.every_endorsement("", 9) == await two.endorsements_by_issuer("team")
    kept = await two.status_list(intent.slots[0].list_id)
    assert kept is not None
    assert kept.issuer == "team"


async def test_it_is_no_award(two: Store) -> None:
    await endorsed(two)
    assert [one.badge for one in await two.recipients(Wanted("team"), START, 9)] == ["badge-1"]
    assert [one.badge for one in await two.matching(Wanted("team"), START, 9)] == ["badge-1"]
    assert [one.badge for one in await two.matches("team", ["badge-1", "e-1"], START)] == ["badge-1"]
    assert await two.signed_by(samples.key()) == (1, ["badge-1"])
    assert [one.id for one in await two.badges("team")] == ["badge-1"]
    assert await two.published("e-1") is None
    assert await two.kept_facts(["e-1"]) == {}
    await two.withdraw_endorsement(ending("e-1"))
    for status in ("revoked", "valid", "unsigned", "suspended"):
        found = await two.recipients(Wanted("team", status=status), START, 9)  # type: ignore[arg-type]
        assert "e-1" not in [one.badge for one in found]


async def test_a_newer_one_ends_the_one_that_stood(two: Store) -> None:
    first = await endorsed(two)
    size = await two.log_size()
    newer = await endorsed(two, "e-2", minutes(1), "e-1")
    older = await two.endorsement("e-1")
    assert older == replace(first, state="superseded", ended_at=minutes(1))
    assert (newer.supersedes, newer.state) == ("e-1", "signed")
    assert list(await two.set_bits(first.slot.list_id)) == [first.slot.index]
    assert await two.log_size() == size + 2
    assert [one.id for one in await two.endorsements_by_issuer("team")] == ["e-2", "e-1"]


@pytest.mark.parametrize("ends", ["", "e-9", "e-1"])
async def test_what_knows_of_another_one_than_stands_leaves_nothing(two: Store, ends: str) -> None:
    await endorsed(two)
    if ends == "e-1":
        await two.withdraw_endorsement(ending("e-1"))
    size = await two.log_size()
    with pytest.raises(ConflictError) as error:
        await two.endorse_as_issuer(
            said("e-2", minutes(1), ends, parcels=(replace(MAIL, id="m-2"),)), list_id
        )
    assert error.value.code == "conflict"
    assert await two.badge("e-2") is None
    assert await two.endorsement("e-2") is None
    assert await two.log_size() == size
    assert sum(await two.count_undelivered()) == 0


async def test_of_many_at_once_one_stands(two: Store) -> None:
    size = await two.log_size()
    done = await asyncio.gather(
        *(two.endorse_as_issuer(said(f"e-{n}"), list_id) for n in range(5)), return_exceptions=True
    )
    refused = [one for one in done if isinstance(one, ConflictError)]
    assert [one.code for one in refused] == ["conflict"] * 4
    assert len(await two.endorsements_by_issuer("team")) == 1
    assert await two.log_size() == size + 1


async def test_a_key_that_came_before_does_nothing_again(two: Store) -> None:
    once = Once("ana:form:1", "digest", START, "e-1")
    await two.endorse_as_issuer(said(once=once), list_id)
    size = await two.log_size()
    with pytest.raises(AlreadyDoneError) as done:
        await two.endorse_as_issuer(said("e-2", ends="e-1", once=once), list_id)
    assert done.value.answer == "e-1"
    with pytest.raises(ReusedKeyError):
        await two.endorse_as_issuer(said("e-2", once=replace(once, digest="another")), list_id)
    assert [one.id for one in await two.endorsements_by_issuer("team")] == ["e-1"]
    assert await two.log_size() == size


async def test_nothing_is_put_on_record_for_a_retired_key(two: Store) -> None:
    await two.put_key(samples.key("key-2", "pending"), leaf())
    await two.revoke_key("key-1", START, None, "lost", leaf())
    size = await two.log_size()
    with pytest.raises(UnavailableError):
        await two.endorse_as_issuer(said(), list_id)
    assert await two.endorsement("e-1") is None
    assert await two.log_size() == size


async def test_it_is_hidden_and_withdrawn_like_any_other(two: Store) -> None:
    made = await endorsed(two)
    assert await two.settle_endorsement("e-1", "hidden", minutes(1), leaf("badge:e-1"))
    assert not await two.settle_endorsement("e-1", "hidden", minutes(2), leaf("badge:e-1"))
    assert await two.withdraw_endorsement(ending("e-1", minutes(3)))
    assert not await two.withdraw_endorsement(ending("e-1", minutes(4)))
    over = replace(made, shown="hidden", settled_at=minutes(1), state="withdrawn", ended_at=minutes(3))
    assert await two.endorsement("e-1") == over
    assert list(await two.set_bits(made.slot.list_id)) == [made.slot.index]
    assert (await endorsed(two, "e-2", minutes(5))).supersedes == ""
