"""Batches and held awards: the same answers of memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.core.roster import Fault
from exchange.errors import ConflictError
from exchange.flows.orders.records import Batch, BatchRow, Held, Holding
from exchange.flows.people.records import Address, Erasure, Person
from exchange.flows.ports import Store
from exchange.flows.records import Draft
from tests.adapters.database import samples
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio

BATCH = Batch(
    *("batch-1", "team", "welder", 3, "jwt", False, "ann", "draft", "digest", "", START, minutes(1))
)
WRONG = (Fault("evidence_malformed", "evidence", "“ż” is none"), Fault("duplicate", "to", "Row 2"))
ROWS = [
    BatchRow(
        *(2, "Ana@e.org", ("https://e.org/ż", "https://e.org/2"), "Led\n“it”", "mailto:Ana@e.org", "ready"),
        until="2027-06-30",
    ),
    BatchRow(3, "x", (), "", "", "wrong", WRONG),
    BatchRow(7, "ben@e.org", (), "", "mailto:ben@e.org", "ready"),
    BatchRow(9, "eve@e.org", (), "", "mailto:eve@e.org", "skipped"),
]
HELD = Held("held-1", "team", "welder", "mailto:Ana@e.org", '{"a": 1}', "ann", START)


@pytest.fixture
async def known(any_store: Store) -> Store:
    await any_store.put_issuer(samples.issuer())
    await any_store.put_issuer(samples.issuer("other"))
    return any_store


@pytest.fixture
async def drafted(known: Store) -> Store:
    await known.put_batch(BATCH, ROWS)
    return known


async def states(store: Store) -> list[str]:
    return [row.state for row in await store.batch_rows("batch-1")]


async def test_a_batch_comes_back_as_it_was_put_and_is_replaced_while_it_is_a_draft(drafted: Store) -> None:
    assert await drafted.batch("batch-1") == BATCH
    assert await drafted.batch_rows("batch-1") == ROWS
    changed = replace(BATCH, digest="other", mail=True, changed_at=minutes(2))
    await drafted.put_batch(changed, ROWS[:1])
    assert (await drafted.batch("batch-1"), await drafted.batch_rows("batch-1")) == (changed, ROWS[:1])
    assert await drafted.batch("nothing") is None
    assert await drafted.batch_rows("nothing") == []


async def test_rows_are_paged_by_number_and_chosen_by_state(drafted: Store) -> None:
    assert await drafted.batch_rows("batch-1", after=2, limit=2) == ROWS[1:3]
    assert await drafted.batch_rows("batch-1", states=("wrong", "skipped")) == [ROWS[1], ROWS[3]]
    counts = await drafted.batch_counts(["batch-1", "nothing"])
    assert counts == {"batch-1": {"ready": 2, "wrong": 1, "skipped": 1}, "nothing": {}}
    assert await drafted.batch_counts([]) == {}


async def test_batches_are_listed_newest_first_by_issuer(drafted: Store) -> None:
    second = replace(BATCH, id="batch-2", created_at=minutes(5))
    third = replace(BATCH, id="batch-3", issuer="other", created_at=minutes(9))
    for one in (second, third):
        await drafted.put_batch(one, [])
    assert await drafted.batches(None, 9) == [third, second, BATCH]
    assert await drafted.batches(["team"], 9) == [second, BATCH]
    assert await drafted.batches(["team", "other"], 1, "batch-3") == [second]
    assert await drafted.batches([], 9) == []


async def test_a_draft_begins_by_its_digest_only_and_once(drafted: Store) -> None:
    assert not await drafted.begin_batch("batch-1", "guess", "eve", minutes(3), START)
    assert await drafted.batch("batch-1") == BATCH
    assert await states(drafted) == ["ready", "wrong", "ready", "skipped"]
    assert await drafted.begin_batch("batch-1", "digest", "eve", minutes(3), START)
    assert not await drafted.begin_batch("batch-1", "digest", "eve", minutes(4), START)
    begun = replace(BATCH, state="running", made_by="eve", changed_at=minutes(3))
    assert await drafted.batch("batch-1") == begun
    assert await states(drafted) == ["ready", "skipped", "ready", "skipped"]
    bare = tuple(replace(fault, message="") for fault in WRONG)
    assert (await drafted.batch_rows("batch-1"))[1] == BatchRow(3, "", (), "", "", "skipped", bare)
    with pytest.raises(ConflictError) as refused:
        await drafted.put_batch(BATCH, [])
    assert refused.value.code == "batch_begun"
    assert not await drafted.discard_batch("batch-1")
    assert await drafted.batch("batch-1") == begun


async def test_only_a_draft_is_discarded(drafted: Store) -> None:
    assert await drafted.discard_batch("batch-1")
    assert not await drafted.discard_batch("batch-1")
    assert (await drafted.batch("batch-1"), await drafted.batch_rows("batch-1")) == (None, [])


async def test_of_many_nodes_one_has_the_lease_until_it_is_over(drafted: Store) -> None:
    assert await drafted.lease_batch("one", minutes(3), minutes(4)) is None
    await drafted.begin_batch("batch-1", "digest", "ann", minutes(2), START)
    leased = await asyncio.gather(
        *(drafted.lease_batch(f"node-{n}", minutes(3), minutes(4)) for n in range(5))
    )
    assert [one.id for one in leased if one] == ["batch-1"]
    winner = f"node-{[one is not None for one in leased].index(True)}"
    assert await drafted.keep_lease("batch-1", winner, minutes(6), "the disk is full")
    assert not await drafted.keep_lease("batch-1", "node-9", minutes(9))
    assert await drafted.lease_batch("late", minutes(5), minutes(7)) is None
    found = await drafted.lease_batch("late", minutes(6), minutes(7))
    assert found
    assert found.reason == "the disk is full"
    assert not await drafted.keep_lease("batch-1", winner, minutes(9))


async def test_who_waits_longest_is_leased_first(drafted: Store) -> None:
    await drafted.put_batch(replace(BATCH, id="batch-2", achievement="rider"), ROWS)
    for id in ("batch-2", "batch-1"):
        await drafted.begin_batch(id, "digest", "ann", minutes(2 if id == "batch-2" else 3), START)
    order = []
    for moment in (4, 5, 6):
        found = await drafted.lease_batch("node", minutes(moment), minutes(99))
        assert found
        order.append(found.id)
        await drafted.keep_lease(found.id, "node", minutes(moment))
    assert order == ["batch-2", "batch-1", "batch-2"]


async def test_what_is_paused_is_nobodys(drafted: Store) -> None:
    await drafted.begin_batch("batch-1", "digest", "ann", minutes(2), START)
    await drafted.lease_batch("node", minutes(3), minutes(9))
    assert await drafted.move_batch("batch-1", "running", "paused", minutes(4), "lunch")
    assert not await drafted.move_batch("batch-1", "running", "paused", minutes(5), "again")
    found = await drafted.batch("batch-1")
    assert found
    assert (found.state, found.reason, found.changed_at) == ("paused", "lunch", minutes(4))
    assert not await drafted.keep_lease("batch-1", "node", minutes(20))
    assert await drafted.lease_batch("other", minutes(50), minutes(60)) is None
    assert await drafted.move_batch("batch-1", "paused", "running", minutes(51))
    assert await drafted.lease_batch("other", minutes(51), minutes(60))


async def test_what_came_of_rows_is_kept_and_what_was_erased_stays_away(drafted: Store) -> None:
    await drafted.begin_batch("batch-1", "digest", "ann", minutes(2), START)
    await drafted.erase(Erasure("e", (), (), orders=("batch/batch-1/7", "held/none")))
    failed = Fault("key_gone", "", "No key")
    noted = [replace(ROWS[0], state="awarded", badge="badge-1"), replace(ROWS[2], state="awarded", badge="b")]
    await drafted.note_rows(
        "batch-1", [*noted, replace(ROWS[3], state="failed", faults=(failed,))], minutes(8)
    )
    rows = await drafted.batch_rows("batch-1")
    assert [(row.number, row.state, row.badge) for row in rows] == [
        (2, "awarded", "badge-1"),
        (3, "skipped", ""),
        (9, "failed", ""),
    ]
    assert rows[2].faults == (failed,)
    found = await drafted.batch("batch-1")
    assert found
    assert found.changed_at == minutes(8)


async def test_who_holds_a_badge_is_found_until_it_is_revoked(known: Store) -> None:
    await samples.published(known)
    asked = ["mailto:ADA@example.org", "mailto:nobody@example.org"]
    assert await known.holders("team", "welder", asked) == [
        Holding("mailto:ada@example.org", "badge-1", b"signed")
    ]
    assert await known.holders("team", "rider", asked) == []
    assert await known.holders("other", "welder", asked) == []
    assert await known.holders("team", "welder", []) == []
    await samples.set_status(known, samples.change(purpose="suspension"))
    assert len(await known.holders("team", "welder", asked)) == 1
    await samples.set_status(known, samples.change())
    assert await known.holders("team", "welder", asked) == []


async def test_who_is_about_to_get_a_badge_is_found_too(drafted: Store) -> None:
    asked = ("team", "welder", ["mailto:ana@e.org", "mailto:eve@e.org"])
    assert await drafted.holders(*asked) == []
    await drafted.begin_batch("batch-1", "digest", "ann", minutes(2), START)
    ordered = [Holding("mailto:Ana@e.org", "", b"")]
    assert await drafted.holders(*asked) == ordered
    await drafted.move_batch("batch-1", "running", "paused", minutes(3), by="eve")
    assert await drafted.holders(*asked) == ordered
    assert await drafted.holders("team", "rider", asked[2]) == []
    found = await drafted.batch("batch-1")
    assert found
    assert found.made_by == "eve"
    await drafted.move_batch("batch-1", "paused", "done", minutes(4))
    assert await drafted.holders(*asked) == []


async def test_of_many_batches_for_the_same_people_one_begins(known: Store) -> None:
    """However close they are: whoever came second is told, and nothing of theirs was begun."""
    upper = [replace(row, recipient=row.recipient.upper().replace("MAILTO", "mailto")) for row in ROWS]
    ids = [f"batch-{n}" for n in range(12)]
    for n, id in enumerate(ids):
        await known.put_batch(replace(BATCH, id=id), (upper if n % 2 else ROWS)[:: -1 if n % 3 else 1])
    begun = await asyncio.gather(*(begin(known, id) for id in ids))
    assert sorted(begun) == ["begun"] + ["conflict"] * 11
    running = [one.id for one in await known.batches(None, 99) if one.state == "running"]
    assert running == [ids[begun.index("begun")]]
    left = [id for id in ids if id not in running]
    assert [row.state for row in await known.batch_rows(left[0])] == ["ready", "wrong", "ready", "skipped"]
    for about in ({"issuer": "other"}, {"achievement": "rider"}):
        await known.put_batch(replace(BATCH, id=str(about), **about), ROWS)  # type: ignore[arg-type]
        assert await begin(known, str(about)) == "begun"
    one = replace(ROWS[3], state="ready")
    await known.put_batch(replace(BATCH, id="others"), [one])
    assert await begin(known, "others") == "begun"
    failed = [replace(row, state="failed") for row in ROWS]
    await known.note_rows(running[0], failed, minutes(4))
    assert await begin(known, left[0]) == "begun"


async def begin(store: Store, id: str) -> str:
    try:
        return "begun" if await store.begin_batch(id, "digest", "ann", minutes(3), minutes(2)) else "no"
    except ConflictError as error:
        return error.code


@pytest.mark.parametrize(
    ("at", "until", "begins"),
    [
        pytest.param(2.5, None, False, id="since it was judged"),
        pytest.param(2.5, 99, False, id="and for a while"),
        pytest.param(1, None, True, id="before, so that it was judged by that"),
        pytest.param(2.5, 2.9, True, id="but it is over"),
    ],
)
async def test_who_was_awarded_the_badge_meanwhile_keeps_a_batch_from_beginning(
    known: Store, at: float, until: float | None, begins: bool
) -> None:
    end = None if until is None else minutes(until)
    row = replace(samples.intent(at=minutes(at)), recipient="mailto:ana@e.org", valid_until=end)
    write = lambda slots: (replace(row, slots=slots), samples.leaf("badge:badge-1", minutes(at)))  # noqa: E731
    await known.intend(Draft("team", samples.BASE, samples.BOTH, write), samples.list_id)
    await known.put_batch(BATCH, ROWS)
    assert await begin(known, BATCH.id) == ("begun" if begins else "conflict")
    await known.publish("badge-1", b"signed")
    await samples.set_status(known, samples.change())
    assert await begin(known, BATCH.id) == ("no" if begins else "begun")


async def test_where_badges_stand_in_the_log(known: Store) -> None:
    for id in ("badge-1", "badge-2"):
        await samples.published(known, id)
    await samples.set_status(known, samples.change())
    assert await known.award_positions(["badge-2", "badge-1", "none"]) == {"badge-1": 0, "badge-2": 1}


async def test_a_held_award_is_decided_once(known: Store) -> None:
    await known.put_held(HELD)
    await known.put_held(replace(HELD, recipient="mailto:other@e.org"))
    assert await known.held("held-1") == HELD
    assert await known.decide_held("held-1", "approved", "eve", minutes(2))
    assert not await known.decide_held("held-1", "refused", "bob", minutes(3), "No")
    await known.note_held("held-1", "badge-1")
    decided = replace(HELD, state="approved", decided_by="eve", decided_at=minutes(2), badge="badge-1")
    assert await known.held("held-1") == decided
    other = replace(HELD, id="held-2", issuer="other", asked_at=minutes(9))
    await known.put_held(other)
    assert await known.helds(None, 9) == [other, decided]
    assert await known.helds(["team"], 9) == [decided]
    assert await known.helds([], 9) == []


async def test_what_is_over_is_forgotten_and_what_runs_is_not(drafted: Store) -> None:
    for state in ("running", "paused", "done"):
        await drafted.put_batch(replace(BATCH, id=state, achievement=state), ROWS)
        await drafted.begin_batch(state, "digest", "ann", minutes(1), START)
        if state != "running":
            await drafted.move_batch(state, "running", state, minutes(1))  # type: ignore[arg-type]
    await drafted.put_held(HELD)
    await drafted.forget_orders(START, START)
    assert len(await drafted.batches(None, 9)) == 4
    await drafted.forget_orders(minutes(2), START)
    assert {one.id for one in await drafted.batches(None, 9)} == {"running", "paused", "done"}
    await drafted.forget_orders(minutes(2), minutes(2))
    assert [one.id for one in await drafted.batches(None, 9)] == ["running"]
    assert await drafted.batch_rows("done") == []
    assert await drafted.helds(None, 9) == []


async def test_what_was_ordered_for_somebody_is_found_and_erased(drafted: Store) -> None:
    await drafted.put_held(HELD)
    names = await drafted.orders_for("mailto:ana@E.org")
    assert names == ["batch/batch-1/2", "held/held-1"]
    assert await drafted.orders_for("") == []
    await drafted.erase(Erasure("e", (), (), orders=tuple(names)))
    assert await drafted.orders_for("mailto:ana@E.org") == []
    assert await drafted.batch_rows("batch-1") == ROWS[1:]
    assert await drafted.held("held-1") is None


async def test_erasing_an_account_or_a_badge_erases_its_orders(drafted: Store) -> None:
    await drafted.put_held(replace(HELD, badge="badge-1"))
    await drafted.put_person(Person("ben", "Ben", START), [Address("ben@e.org", "ben", START)])
    await samples.published(drafted)
    await drafted.note_rows("batch-1", [replace(ROWS[3], badge="badge-1")], START)
    await drafted.erase(Erasure("e", ("ben",), ("badge-1",)))
    assert [row.number for row in await drafted.batch_rows("batch-1")] == [2, 3]
    assert await drafted.held("held-1") is None


async def test_what_one_account_ordered_another_did_when_they_are_one(drafted: Store) -> None:
    for id in ("ann", "zoe"):
        await drafted.put_person(Person(id, id, START))
    await drafted.put_held(replace(HELD, state="refused", decided_by="ann", decided_at=START))
    await drafted.merge("ann", Person("zoe", "Zoe", START), [], [])
    found, held = await drafted.batch("batch-1"), await drafted.held("held-1")
    assert found
    assert held
    assert (found.made_by, held.asked_by, held.decided_by) == ("zoe", "zoe", "zoe")
