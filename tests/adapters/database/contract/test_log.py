"""What every `Store` answers about the log: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.core.log import merkle
from exchange.core.log.entry import open_entry
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.ports import Store
from exchange.flows.records import HELD, SignedCheckpoint
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


async def test_every_effect_leaves_its_leaf_and_the_tree_above_it(known: Store) -> None:
    await samples.published(known)
    assert await samples.set_status(known, samples.change())
    assert not await samples.set_status(known, samples.change())  # no effect, no leaf
    for n in range(7):
        assert await known.append(samples.leaf("document:list")) == 2 + n
    size = await known.log_size()
    records = await known.log_records(0, 100)
    assert [record.position for record in records] == list(range(9)) == list(range(size))
    for record in records:
        assert record.content is not None
        assert record.salt is not None
        assert open_entry(record.entry, record.content, record.salt).kind == "award"
    naive: dict[merkle.Node, bytes] = {}
    for record in records:
        naive |= merkle.append(record.position, [merkle.leaf_hash(record.entry)], naive)
    assert await known.log_nodes_between(0, size) == naive
    assert await known.log_nodes([(1, 0), (0, 99)]) == {(1, 0): naive[1, 0]}
    assert await known.log_frontier() == b"".join(naive[node] for node in merkle.root_needs(size))
    halves = {**await known.log_nodes_between(0, 4), **await known.log_nodes_between(4, size)}
    assert halves == naive
    assert await known.log_strays(size) == []
    assert set(await known.log_strays(size - 1)) == {(0, 8)}


async def test_entries_are_found_by_what_they_are_about(known: Store) -> None:
    await samples.published(known)
    await samples.published(known, "badge-2")
    await samples.set_status(known, samples.change())
    assert [record.position for record in await known.log_about("badge:badge-1")] == [0, 2]
    assert [record.position for record in await known.log_about("of:samples")] == [0, 1, 2]
    assert await known.log_about("badge:unknown") == []
    assert await known.log_record(1) == (await known.log_records(1, 1))[0]
    assert await known.log_record(3) is None


async def test_one_root_is_signed_for_a_size(any_store: Store) -> None:
    assert await any_store.checkpoint() is None
    first = SignedCheckpoint(3, bytes(32), b"note")
    assert await any_store.put_checkpoint(first) == b"note"
    again = replace(first, note=b"signed once more")
    assert await any_store.put_checkpoint(again) == b"note"
    with pytest.raises(ConflictError) as forked:
        await any_store.put_checkpoint(replace(first, root=bytes(31) + b"x"))
    assert forked.value.code == "log_forked"
    second = SignedCheckpoint(5, bytes(32), b"more")
    await any_store.put_checkpoint(second)
    assert await any_store.checkpoint() == second
    assert await any_store.checkpoints(0, 10) == [first, second]
    assert await any_store.checkpoints(3, 10) == [second]


async def test_what_is_settled_stays(any_store: Store) -> None:
    assert await any_store.settle_meta("log_key", "first") == "first"
    assert await any_store.settle_meta("log_key", "second") == "first"


async def test_issuers_keys_and_achievements_leave_their_leaves_and_what_is_refused_leaves_none(
    any_store: Store,
) -> None:
    assert await any_store.put_issuer(samples.issuer(), samples.leaf("issuer:team"))
    assert not await any_store.put_issuer(
        replace(samples.issuer(), updated_at=minutes(1)), samples.leaf("issuer:team")
    )
    assert await any_store.issuer("team") == samples.issuer()
    await any_store.put_key(samples.key(), samples.leaf("key:1"))
    with pytest.raises(ConflictError):
        await any_store.put_key(samples.key("other"), samples.leaf("key:2"))
    await any_store.put_key(samples.key(state="verify-only"), samples.leaf("key:1"))
    await any_store.put_achievement(samples.achievement(), samples.leaf("achievement:1"))
    with pytest.raises(ConflictError):
        await any_store.put_achievement(samples.achievement(), samples.leaf("achievement:1"))
    await any_store.mark_achievement(samples.achievement(), samples.leaf("achievement:1"))
    with pytest.raises(NotFoundError):
        await any_store.mark_achievement(samples.achievement(version=9), samples.leaf("achievement:9"))
    about = {name: await any_store.log_about(name) for name in ("issuer:team", "key:1", "achievement:1")}
    positions = {name: [record.position for record in records] for name, records in about.items()}
    assert positions == {"issuer:team": [0], "key:1": [1, 2], "achievement:1": [3, 4]}
    assert await any_store.log_size() == await any_store.log_count() == 5


async def test_who_checks_the_log_reads_its_rows_as_they_are(known: Store) -> None:
    await samples.published(known)
    await samples.published(known, "badge-2")
    await samples.set_status(known, samples.change())
    records = await known.log_records(0, 10)
    rows = await known.log_rows(-(2**63), 2)
    assert [row.position for row in rows] == [0, 1]
    assert [(row.entry, row.salt) for row in rows] == [(one.entry, one.salt) for one in records[:2]]
    assert [row.content for row in rows] == [b'{"badge":"badge:badge-1"}', b'{"badge":"badge:badge-2"}']
    assert [row.position for row in await known.log_rows(1, 10)] == [2]
    named = await known.log_rows_about(["badge:badge-2", "badge:badge-1", "badge:none"])
    assert [(name, row.position) for name, row in named] == [
        ("badge:badge-1", 0),
        ("badge:badge-1", 2),
        ("badge:badge-2", 1),
    ]
    sample = b"of:samples"
    assert await known.log_abouts([1, 2, 9]) == [
        (1, b"badge:badge-2"),
        (1, sample),
        (2, b"badge:badge-1"),
        (2, sample),
    ]
    assert await known.log_stray_abouts(10) == []
    assert await known.log_state() == (3, await known.log_frontier())


async def test_every_badge_and_every_change_is_read_in_pages(known: Store) -> None:
    for id in ("c", "a", "b"):
        await samples.intended(known, id)
    await known.publish("a", b"signed")
    await samples.set_status(known, samples.change(badge="c"))
    await samples.set_status(known, samples.change(badge="a", purpose="suspension"))
    assert [badge.id for badge in await known.every_badge("", 2)] == ["a", "b"]
    assert await known.every_badge("b", 2) == [await known.badge("c")]
    assert await known.known_badges(["a", "z", "c"]) == {"a", "c"}
    assert await known.histories(["c", "a", "b"]) == [*await known.history("a"), *await known.history("c")]
    assert await known.histories([]) == []


async def test_a_hold_is_taken_off_together_with_everything_that_belongs_to_it(known: Store) -> None:
    await known.put_key(samples.key())
    (first,) = await samples.intended(known, purposes=("revocation",))
    await known.put_meta(HELD, "held")
    size = await known.log_size()
    with pytest.raises(ConflictError) as refused:
        await known.release("another", samples.leaf(), {"log_key": "new"})
    assert refused.value.code == "hold_changed"
    assert (await known.meta(HELD), await known.meta("log_key")) == ("held", None)
    assert await known.log_size() == size
    await known.release("held", samples.leaf("restore"), {"log_key": "new"})
    assert (await known.meta(HELD), await known.meta("log_key")) == ("", "new")
    assert [record.position for record in await known.log_about("restore")] == [size]
    (second,) = await samples.intended(known, "badge-2", purposes=("revocation",))
    assert second.list_id != first.list_id
    with pytest.raises(ConflictError):
        await known.release("held", samples.leaf(), {})
