"""What every `Store` answers to many in one transaction: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from exchange.errors import AlreadyDoneError, ConflictError, NotFoundError
from exchange.flows.ports import Store
from exchange.flows.records import Intent, Once
from tests.adapters.conftest import LIST_SIZE
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


def _once(key: str = "key-1", digest: str = "aa", answer: str = "badge-1") -> Once:
    return Once(key, digest, minutes(0), answer)


async def test_many_are_put_on_record_over_the_end_of_a_list(known: Store) -> None:
    await samples.intended(known, "first")
    size = await known.log_size()
    drafts = [samples.draft(f"b{n}", samples.BOTH) for n in range(LIST_SIZE + 7)]
    became = await known.intend_many(drafts, samples.list_id)
    slots = [slot for intent in became if isinstance(intent, Intent) for slot in intent.slots]
    assert len(set(slots)) == 2 * len(drafts)
    for purpose in samples.BOTH:
        taken = Counter(slot.list_id for slot in slots if slot.purpose == purpose)
        assert list(taken.values()) == [LIST_SIZE // 2 - 1, LIST_SIZE // 2, 8]
    badges = [await known.badge(f"b{n}") for n in range(len(drafts))]
    assert [badge.slots for badge in badges if badge] == [i.slots for i in became if isinstance(i, Intent)]
    records = await known.log_records(size, 1000)
    assert [record.content for record in records] == [{"badge": f"badge:b{n}"} for n in range(len(drafts))]
    await known.publish_many([(f"b{n}", b"%d" % n) for n in range(len(drafts))])
    signed = {badge.id: badge.signed for badge in await known.badges(limit=1000)}
    assert signed == {f"b{n}": b"%d" % n for n in range(len(drafts))}


async def test_of_many_those_whose_key_was_used_leave_nothing(known: Store) -> None:
    await known.intend(samples.draft("old", samples.BOTH, once=_once("used", answer="old")), samples.list_id)
    size = await known.log_size()
    keys = [("new", "aa"), ("used", "aa"), ("new", "aa"), ("used", "bb"), ("new", "bb"), (None, "aa")]
    drafts = [
        samples.draft(f"b{n}", samples.BOTH, once=_once(key, digest, f"b{n}") if key else None)
        for n, (key, digest) in enumerate(keys)
    ]
    became = await known.intend_many(drafts, samples.list_id)
    said = [
        one.id if isinstance(one, Intent) else one.answer if isinstance(one, AlreadyDoneError) else one.code
        for one in became
    ]
    reused = "idempotency_key_reused"
    assert said == ["b0", "old", "b0", reused, reused, "b5"]
    assert [await known.badge(f"b{n}") is not None for n in range(6)] == [True, *[False] * 4, True]
    assert await known.log_size() == size + 2


async def test_many_are_all_on_record_or_none(known: Store) -> None:
    slots = await samples.intended(known, "taken")
    before = [await known.status_list(slot.list_id) for slot in slots]
    size = await known.log_size()
    for ids in (("a", "taken", "b"), ("a", "b", "a")):
        drafts = [samples.draft(id, samples.BOTH, once=_once(id + str(n))) for n, id in enumerate(ids)]
        with pytest.raises(ConflictError):
            await known.intend_many(drafts, samples.list_id)
    assert [await known.badge(id) for id in ("a", "b")] == [None, None]
    assert [await known.status_list(slot.list_id) for slot in slots] == before
    assert await known.log_size() == size
    assert await known.intend_many([], samples.list_id) == []
    await known.intend(samples.draft("a", once=_once("a0")), samples.list_id)  # its key is still free


async def test_many_are_published_all_or_none_and_again_with_the_same_bytes(known: Store) -> None:
    await known.intend_many([samples.draft(id) for id in "abc"], samples.list_id)
    await known.publish("a", b"a")
    with pytest.raises(ConflictError) as other:
        await known.publish_many([("b", b"b"), ("a", b"other")])
    assert other.value.code == "already_signed"
    with pytest.raises(NotFoundError):
        await known.publish_many([("b", b"b"), ("nobody", b"n")])
    found = [await known.badge(id) for id in "abc"]
    assert [badge.signed for badge in found if badge] == [b"a", None, None]
    await known.publish_many([("c", b"c"), ("b", b"b"), ("a", b"a")])
    await known.publish_many([])
    found = [await known.badge(id) for id in "abc"]
    assert [badge.signed for badge in found if badge] == [b"a", b"b", b"c"]


async def test_chunks_at_once_share_lists_but_never_an_index(known: Store) -> None:
    async def chunk(name: int) -> None:
        drafts = [samples.draft(f"{name}-{n}", samples.BOTH) for n in range(30)]
        await known.intend_many(drafts, samples.list_id)
        await known.publish_many([(f"{name}-{n}", b"x") for n in range(30)])

    await asyncio.gather(*(chunk(name) for name in range(6)))
    badges = await known.badges(limit=1000)
    assert len(badges) == 180
    assert len({slot for badge in badges for slot in badge.slots}) == 360
    assert await known.log_size() == 180
