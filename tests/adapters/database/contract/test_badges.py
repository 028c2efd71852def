"""What every `Store` answers about badges and their indices: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from exchange.errors import ConflictError, InputError, NotFoundError
from exchange.flows.ports import Store
from exchange.flows.records import Draft, Published, StatusSlot
from tests.adapters.conftest import LIST_SIZE
from tests.adapters.database import samples
from tests.adapters.database.samples import NOT_JSON, minutes

pytestmark = pytest.mark.anyio


async def _slot(store: Store, url_id: Callable[[], str] = samples.list_id) -> StatusSlot:
    """The one status entry of one more badge."""
    draft = samples.draft(samples.new_id(), ("revocation",))
    return (await store.intend(draft, url_id)).slots[0]


async def test_a_list_speaks_for_one_id_and_is_closed_when_that_changes(known: Store) -> None:
    before = await _slot(known)
    await known.put_issuer(replace(samples.issuer(), profile={"name": "B"}))
    assert (await _slot(known)).list_id == before.list_id
    await known.put_issuer(samples.issuer(did="did:key:z6New"))
    after = await _slot(known)
    rows = [await known.status_list(slot.list_id) for slot in (before, after)]
    assert [row.did for row in rows if row] == ["did:key:z6Mk", "did:key:z6New"]
    assert await known.status_lists("team") == sorted([before.list_id, after.list_id])
    assert await known.status_lists("nobody") == []


async def test_no_index_is_given_twice_and_a_new_list_begins_at_half(known: Store) -> None:
    slots = [await _slot(known) for _ in range(LIST_SIZE + 1)]
    assert len(set(slots)) == LIST_SIZE + 1
    lists = list(dict.fromkeys(slot.list_id for slot in slots))
    assert [sum(slot.list_id == id for slot in slots) for id in lists] == [LIST_SIZE // 2, LIST_SIZE // 2, 1]
    assert all(0 <= slot.index < LIST_SIZE for slot in slots)
    indices = [slot.index for slot in slots[: LIST_SIZE // 2]]
    assert indices != sorted(indices)


async def test_lists_are_apart_by_issuer_and_purpose_and_begin_unset(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    slots = [*await samples.intended(known, "a"), *await samples.intended(known, "b", of="peer")]
    assert len({slot.list_id for slot in slots}) == 4
    row = await known.status_list(slots[1].list_id)
    assert row is not None
    assert (row.issuer, row.purpose, row.size) == ("team", "suspension", LIST_SIZE)
    assert (row.version, row.signed_version, row.signed, row.signed_at) == (1, 0, None, None)
    assert list(await known.set_bits(slots[1].list_id)) == []
    assert await known.status_list("unknown") is None
    assert list(await known.set_bits("unknown")) == []


async def test_a_list_id_that_is_taken_is_refused_and_nothing_is_left(known: Store) -> None:
    with pytest.raises(ConflictError) as taken:
        await known.intend(samples.draft(purposes=samples.BOTH), lambda: "same")
    assert taken.value.code == "id_taken"
    assert await known.badge("badge-1") is None
    assert await known.status_list("same") is None
    assert await known.log_size() == 0


async def test_a_new_id_is_asked_for_only_when_a_list_begins(known: Store) -> None:
    asked: list[str] = []

    def url_id() -> str:
        asked.append(samples.list_id())
        return asked[-1]

    for _ in range(LIST_SIZE // 2):
        await _slot(known, url_id)
    assert len(asked) == 1


async def test_signed_bytes_come_back_as_they_went_in(known: Store) -> None:
    slots = await samples.intended(known)
    intended = await known.badge("badge-1")
    assert intended is not None
    assert (intended.unsigned, intended.message, intended.signed) == (NOT_JSON, bytes(64), None)
    assert intended.slots == slots
    assert await known.published("badge-1") is None
    await known.publish("badge-1", NOT_JSON[::-1])
    assert await known.badge("badge-1") == replace(intended, signed=NOT_JSON[::-1])
    seen = await known.published("badge-1")
    assert seen == Published("badge-1", "team", "welder", 1, "eddsa-rdfc-2022", NOT_JSON[::-1])


async def test_a_message_that_is_the_unsigned_bytes_comes_back_whole(known: Store) -> None:
    same = replace(samples.intent(), message=NOT_JSON)
    await known.intend(Draft("team", "", (), lambda slots: (same, samples.leaf())), samples.list_id)
    badge = await known.badge("badge-1")
    assert badge is not None
    assert (badge.message, badge.unsigned) == (NOT_JSON, NOT_JSON)


async def test_a_badge_without_slots_is_one_badge(known: Store) -> None:
    endorsement = replace(samples.intent(), kind="endorsement")
    await known.intend(Draft("team", "", (), lambda slots: (endorsement, samples.leaf())), samples.list_id)
    found = await known.badge("badge-1")
    assert found is not None
    assert (found.kind, found.slots) == ("endorsement", ())
    assert await known.badge("badge-2") is None


async def test_an_id_that_is_taken_changes_nothing(known: Store) -> None:
    before = await samples.published(known)
    size, bits = await known.log_size(), await known.status_list(before.slots[0].list_id)
    with pytest.raises(ConflictError) as taken:
        await samples.intended(known, at=minutes(1))
    assert taken.value.code == "id_taken"
    assert await known.badge("badge-1") == before
    assert (await known.log_size(), await known.status_list(before.slots[0].list_id)) == (size, bits)


async def test_a_draft_that_cannot_be_written_leaves_nothing(known: Store) -> None:
    ids = iter(("one", "two"))

    def write(slots: tuple[StatusSlot, ...]) -> NoReturn:
        assert len(slots) == 2
        raise InputError("unfit", "no")

    with pytest.raises(InputError) as refused:
        await known.intend(Draft("team", samples.BASE, samples.BOTH, write), lambda: next(ids))
    assert refused.value.code == "unfit"
    assert await known.status_list("one") is None
    assert await known.log_size() == 0
    with pytest.raises(ConflictError):
        await samples.intended(known, purposes=("revocation", "revocation"))
    assert await known.badge("badge-1") is None


async def test_publishing_again_needs_the_same_bytes(known: Store) -> None:
    await samples.intended(known, purposes=())
    await known.publish("badge-1", b"once")
    await known.publish("badge-1", b"once")
    with pytest.raises(ConflictError) as other:
        await known.publish("badge-1", b"twice")
    assert other.value.code == "already_signed"
    with pytest.raises(NotFoundError) as unknown:
        await known.publish("badge-2", b"once")
    assert unknown.value.code == "unknown_badge"
    found = await known.badge("badge-1")
    assert found is not None
    assert found.signed == b"once"


async def test_pages_are_newest_first_and_miss_nobody_at_the_same_instant(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    for n in range(7):
        await samples.published(known, f"badge-{n}", minutes(n // 3), of="peer" if n == 2 else "team")
    await samples.intended(known, "unsigned", at=minutes(9))
    everything = [badge.id for badge in await known.badges()]
    assert everything == [f"badge-{n}" for n in (6, 5, 4, 3, 2, 1, 0)]
    paged: list[str] = []
    for length in (2, 2, 2, 0):
        page = await known.badges("team", 2, paged[-1] if paged else None)
        assert [len(badge.slots) for badge in page] == [2] * length
        paged += [badge.id for badge in page]
    assert paged == [id for id in everything if id != "badge-2"]
    assert await known.badges(before="unknown") == []
    assert await known.badges("nobody") == []


async def test_what_a_crash_left_is_found_oldest_first(known: Store) -> None:
    await samples.published(known, "done", minutes(0))
    for id, at in (("young", 3), ("b", 2), ("a", 1)):
        slots = await samples.intended(known, id, at=minutes(at))
    left = await known.unfinished(minutes(3))
    assert [badge.id for badge in left] == ["a", "b"]
    assert left[0].slots == slots


async def test_many_at_once_share_lists_but_never_an_index(known: Store) -> None:
    async def award() -> None:
        id = samples.new_id()
        await samples.intended(known, id)
        await known.publish(id, id.encode())

    await asyncio.gather(*(award() for _ in range(100)))
    badges = await known.badges(limit=1000)
    assert len(badges) == 100
    assert len({slot for badge in badges for slot in badge.slots}) == 200
    assert all(badge.signed == badge.id.encode() for badge in badges)
