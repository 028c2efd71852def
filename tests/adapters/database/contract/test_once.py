"""What every `Store` answers to a key that was used: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from exchange.errors import AlreadyDoneError, ConflictError, ReusedKeyError
from exchange.flows.ports import Store
from exchange.flows.records import Once
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


def _once(key: str = "key-1", digest: str = "aa", answer: str = "badge-1") -> Once:
    return Once(key, digest, minutes(0), answer)


async def test_a_key_that_was_used_does_nothing_more(known: Store) -> None:
    await known.intend(samples.draft("badge-1", samples.BOTH, once=_once()), samples.list_id)
    size = await known.log_size()
    with pytest.raises(AlreadyDoneError) as done:
        await known.intend(samples.draft("badge-2", once=_once(answer="badge-2")), samples.list_id)
    assert done.value.answer == "badge-1"
    with pytest.raises(ReusedKeyError):
        await known.intend(samples.draft("badge-3", once=_once(digest="bb")), samples.list_id)
    with pytest.raises(AlreadyDoneError):
        await samples.set_status(known, samples.change(), _once())
    assert await known.badge("badge-2") is None
    assert await known.history("badge-1") == []
    assert await known.log_size() == size


async def test_a_key_is_kept_only_with_its_effect(known: Store) -> None:
    await samples.published(known)
    with pytest.raises(ConflictError):
        await known.intend(samples.draft("badge-1", once=_once()), samples.list_id)
    await samples.set_status(known, samples.change())
    assert not await samples.set_status(known, samples.change(), _once())
    await known.intend(samples.draft("badge-2", once=_once()), samples.list_id)  # the key is still free


async def test_of_many_with_one_key_one_has_an_effect(known: Store) -> None:
    async def award(n: int) -> str:
        try:
            await known.intend(
                samples.draft(f"b{n}", samples.BOTH, once=_once(answer=f"b{n}")), samples.list_id
            )
        except AlreadyDoneError as done:
            return done.answer
        return f"b{n}"

    answers = await asyncio.gather(*(award(n) for n in range(30)))
    assert len(set(answers)) == 1
    assert await known.log_size() == 1


async def test_keys_are_forgotten_in_time(known: Store) -> None:
    await known.intend(samples.draft("badge-1", once=_once()), samples.list_id)
    await known.forget_once(minutes(0))
    with pytest.raises(AlreadyDoneError):
        await known.intend(samples.draft("badge-2", once=_once()), samples.list_id)
    await known.forget_once(minutes(1))
    await known.intend(samples.draft("badge-2", once=_once()), samples.list_id)
