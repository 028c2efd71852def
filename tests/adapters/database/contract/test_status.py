"""What every `Store` answers about revoking and suspending: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.errors import ConflictError, NotFoundError
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


async def test_revoking_sets_the_bit_the_version_and_the_history_at_once(known: Store) -> None:
    revocation, suspension = (await samples.published(known)).slots
    assert await samples.set_status(known, samples.change())
    assert list(await known.set_bits(revocation.list_id)) == [revocation.index]
    assert list(await known.set_bits(suspension.list_id)) == []
    assert await known.history("badge-1") == [samples.change()]
    changed, other = await known.status_list(revocation.list_id), await known.status_list(suspension.list_id)
    assert changed is not None
    assert other is not None
    assert (changed.version, other.version) == (2, 1)


async def test_a_bit_that_already_is_so_changes_nothing(known: Store) -> None:
    slots = (await samples.published(known)).slots
    assert await samples.set_status(known, samples.change())
    assert not await samples.set_status(known, replace(samples.change(), reason="again"))
    assert not await samples.set_status(known, samples.change(False, "suspension"))
    rows = [await known.status_list(slot.list_id) for slot in slots]
    assert [row.version for row in rows if row] == [2, 1]
    assert await known.history("badge-1") == [samples.change()]


async def test_a_revocation_is_final_but_a_suspension_is_not(known: Store) -> None:
    revocation, suspension = (await samples.published(known)).slots
    assert not await samples.set_status(known, samples.change(False))  # there is nothing to clear yet
    steps = [samples.change(on, "suspension") for on in (True, False, True)]
    assert [await samples.set_status(known, step) for step in steps] == [True, True, True]
    assert list(await known.set_bits(suspension.list_id)) == [suspension.index]
    assert await samples.set_status(known, samples.change())
    for change in (samples.change(False), samples.change(False, "suspension")):
        with pytest.raises(ConflictError) as final:
            await samples.set_status(known, change)
        assert final.value.code == "revocation_is_final"
    assert list(await known.set_bits(revocation.list_id)) == [revocation.index]
    assert list(await known.set_bits(suspension.list_id)) == [suspension.index]
    assert await known.history("badge-1") == [*steps, samples.change()]


async def test_the_status_of_an_unknown_badge_cannot_be_set(known: Store) -> None:
    await samples.intended(known, purposes=())  # on record, but without slots
    for id in ("badge-1", "badge-2"):
        with pytest.raises(NotFoundError) as unknown:
            await samples.set_status(known, samples.change(badge=id))
        assert unknown.value.code == "unknown_badge"
        assert await known.history(id) == []


async def test_an_older_signed_list_does_not_replace_a_newer(known: Store) -> None:
    list_id = (await samples.published(known)).slots[0].list_id
    await samples.set_status(known, samples.change())
    await known.put_signed_list(list_id, 2, b"two", minutes(2))
    await known.put_signed_list(list_id, 1, b"one, late", minutes(3))
    await known.put_signed_list(list_id, 2, b"two, overtaken", minutes(1))
    row = await known.status_list(list_id)
    assert row is not None
    assert (row.version, row.signed_version, row.signed, row.signed_at) == (2, 2, b"two", minutes(2))
    await known.put_signed_list(list_id, 2, b"two, again", minutes(4))
    row = await known.status_list(list_id)
    assert row is not None
    assert (row.version, row.signed, row.signed_at) == (2, b"two, again", minutes(4))
    with pytest.raises(NotFoundError) as unknown:
        await known.put_signed_list("unknown", 1, b"", minutes(0))
    assert unknown.value.code == "unknown_status_list"


async def test_of_many_who_set_one_bit_one_has_set_it(known: Store) -> None:
    slot = (await samples.published(known)).slots[0]
    done = await asyncio.gather(*(samples.set_status(known, samples.change()) for _ in range(20)))
    assert sum(done) == 1
    row = await known.status_list(slot.list_id)
    assert row is not None
    assert row.version == 2
    assert len(await known.history("badge-1")) == 1
