"""What single callers ask for at the same time is one effect where it can be, and each gets their answer."""

from __future__ import annotations

import asyncio

import pytest

from exchange.errors import AlreadyDoneError, ConflictError, NotFoundError
from exchange.flows.ports import Store
from exchange.flows.records import Intent, Once
from tests.adapters.database import samples

pytestmark = pytest.mark.anyio


async def test_one_that_cannot_be_done_takes_nobody_with_it(known: Store) -> None:
    ids = ["a", "b", "c", "b", "d"]
    drafts = [samples.draft(id, samples.BOTH) for id in ids]
    became = await asyncio.gather(
        *(known.intend(draft, samples.list_id) for draft in drafts),
        known.intend(samples.draft("e", of="nobody"), samples.list_id),
        return_exceptions=True,
    )
    there = [one.id for one in became if isinstance(one, Intent)]
    assert sorted(there) == ["a", "b", "c", "d"]
    refused = [one for one in became if isinstance(one, ConflictError)]
    assert sorted(one.code for one in refused) == ["conflict", "id_taken"]
    slots = [slot for one in became if isinstance(one, Intent) for slot in one.slots]
    assert len(set(slots)) == 8
    assert await known.log_size() == 4
    assert await known.badge("e") is None


async def test_a_key_that_several_bring_at_once_is_used_once(known: Store) -> None:
    drafts = [samples.draft(id, once=Once("key", "aa", samples.START, id)) for id in "abc"]
    became = await asyncio.gather(
        *(known.intend(draft, samples.list_id) for draft in drafts), return_exceptions=True
    )
    (kept,) = [one.id for one in became if isinstance(one, Intent)]
    assert [one.answer for one in became if isinstance(one, AlreadyDoneError)] == [kept, kept]
    assert [id for id in "abc" if await known.badge(id)] == [kept]
    assert await known.log_size() == 1


async def test_each_publication_has_its_own_answer(known: Store) -> None:
    for id in "abc":
        await samples.intended(known, id)
    await known.publish("b", b"before")
    said = await asyncio.gather(
        known.publish("a", b"1"),
        known.publish("b", b"2"),
        known.publish("c", b"3"),
        known.publish("c", b"3"),
        known.publish("nobody", b"4"),
        return_exceptions=True,
    )
    assert [type(one) for one in said] == [type(None), ConflictError, type(None), type(None), NotFoundError]
    badges = [await known.badge(id) for id in "abc"]
    assert [badge and badge.signed for badge in badges] == [b"1", b"before", b"3"]


async def test_who_is_cancelled_takes_nobody_with_them(known: Store) -> None:
    tasks = [
        asyncio.ensure_future(known.intend(samples.draft(str(n), samples.BOTH), samples.list_id))
        for n in range(8)
    ]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in done[1::2]] == [Intent] * 4
    assert [one.id for one in done[1::2] if isinstance(one, Intent)] == ["1", "3", "5", "7"]
    assert await known.log_size() in range(4, 9)
