"""Carrying out: each row of a batch is awarded once, whatever happens in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.core.roster import Row
from exchange.errors import ConflictError
from exchange.flows.instance.standing import Hold
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.keys import resume as resume_signing
from exchange.flows.issuers.keys import stop
from exchange.flows.orders import batches
from exchange.flows.orders.carry_out import carry_out_due, carry_out_for_ever, carry_out_turn
from exchange.flows.people import people
from exchange.flows.people.records import Principal
from exchange.flows.records import HELD
from tests.flows.orders.company import LEAD, PACE, a_new_version, confirmed, recipients, states
from tests.simulator import World, run


def test_a_pause_holds_from_the_next_chunk_on_until_it_is_resumed(world: World) -> None:
    batch = confirmed(world, "ana", "ben", "eve", "dan", "zoe")

    async def go() -> None:
        noted = world.store.note_rows

        async def note_and_pause(*args: Any) -> None:
            await noted(*args)
            await batches.pause(world.ports, batch.id)

        world.store.note_rows = note_and_pause  # type: ignore[method-assign]
        assert await carry_out_due(world.ports, PACE) == 1
        world.store.note_rows = noted  # type: ignore[method-assign]
        assert await carry_out_due(world.ports, PACE) == 0

    run(go())
    assert states(world, batch) == ["awarded"] * 2 + ["ready"] * 3
    with pytest.raises(ConflictError, match="nothing to pause"):
        run(batches.pause(world.ports, batch.id))
    run(batches.resume(world.ports, batch.id))
    with pytest.raises(ConflictError, match="nothing to resume"):
        run(batches.resume(world.ports, batch.id))
    run(carry_out_due(world.ports, PACE))
    assert states(world, batch) == ["awarded"] * 5
    assert len(world.store._badges) == 5


@pytest.mark.parametrize("method", ["intend_many", "publish_many", "note_rows", "keep_lease"])
def test_a_crash_anywhere_leaves_nobody_out_and_gives_nobody_two(world: World, method: str) -> None:
    """A process that dies right before, or right after, a transaction; another goes on when its lease is
    over."""
    batch = confirmed(world, "ana", "ben", "eve")
    whole = getattr(world.store, method)

    async def dies(*args: Any, **others: Any) -> Any:
        setattr(world.store, method, whole)
        if method != "keep_lease":
            await whole(*args, **others)
        world.store.lease_batch = _nothing  # type: ignore[method-assign]
        world.store.keep_lease = _nothing  # type: ignore[method-assign]
        raise KeyboardInterrupt

    lease, keep = world.store.lease_batch, world.store.keep_lease
    setattr(world.store, method, dies)
    with pytest.raises(KeyboardInterrupt):
        run(carry_out_due(world.ports, PACE))
    world.store.lease_batch, world.store.keep_lease = lease, keep  # type: ignore[method-assign]
    assert run(carry_out_due(world.ports, PACE)) == 0  # it is still leased
    world.later(seconds=40)
    run(sweep(world.ports))
    assert run(carry_out_due(world.ports, PACE)) == 1
    assert states(world, batch) == ["awarded"] * 3
    assert recipients(world) == ["mailto:ana@e.org", "mailto:ben@e.org", "mailto:eve@e.org"]
    assert len(world.store._badges) == 3


async def _nothing(*args: Any, **others: Any) -> None:
    return None


def test_two_nodes_at_once_award_each_once(world: World) -> None:
    names = [f"p{n}" for n in range(9)]
    batch = confirmed(world, *names)
    reckless = replace(PACE, lease=timedelta(seconds=-1))  # both believe that the other is dead

    async def go() -> None:
        await asyncio.gather(*(carry_out_turn(world.ports, f"node-{n}", reckless) for n in range(3)))
        await carry_out_due(world.ports, PACE)

    run(go())
    assert states(world, batch) == ["awarded"] * 9
    assert len(world.store._badges) == 9


def test_a_service_that_ends_leaves_the_batch_to_the_next_at_once(world: World) -> None:
    batch = confirmed(world, "ana", "ben", "eve")

    async def go() -> None:
        begun, noted = asyncio.Event(), world.store.note_rows

        async def note(*args: Any) -> None:
            await noted(*args)
            begun.set()

        world.store.note_rows = note  # type: ignore[method-assign]
        task = asyncio.create_task(carry_out_for_ever(world.ports, PACE))
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await carry_out_due(world.ports, PACE)

    run(go())
    assert states(world, batch) == ["awarded"] * 3
    assert len(world.store._badges) == 3


def test_while_signing_is_stopped_it_waits_says_why_and_goes_on_by_itself(world: World) -> None:
    batch = confirmed(world, "ana")
    run(stop(world.ports, "team", "An audit"))
    run(carry_out_turn(world.ports, "node", PACE))
    found = run(batches.progress(world.ports, batch.id)).batch
    assert (found.state, "An audit" in found.reason, world.store._badges) == ("running", True, {})
    run(resume_signing(world.ports, "team"))
    assert not run(carry_out_turn(world.ports, "node", PACE))
    world.later(seconds=20)
    run(carry_out_due(world.ports, PACE))
    assert states(world, batch) == ["awarded"]
    assert run(batches.progress(world.ports, batch.id)).batch.reason == ""


def test_a_read_only_exchange_carries_out_nothing(world: World) -> None:
    batch = confirmed(world, "ana")
    world.store._meta[HELD] = Hold("restored").to_text()
    assert run(carry_out_due(world.ports, PACE)) == 0
    assert states(world, batch) == ["ready"]


def test_it_is_carried_out_in_the_right_of_who_confirmed_it(world: World) -> None:
    ana = run(people.add(world.ports, "Ana", "ana@e.org"))
    hers = replace(world.ports, who=Principal(ana.id, "link", roles={"team": "issuer"}))
    batch = run(batches.draft(hers, LEAD, [Row(1, "ben@e.org")]))
    run(batches.confirm(hers, batch.id, batch.digest))
    run(carry_out_due(world.ports, PACE))  # on record she has no role any more
    found = run(batches.progress(world.ports, batch.id)).batch
    assert (found.state, world.store._badges) == ("paused", {})
    assert "Who may can resume it" in found.reason
    run(batches.resume(world.ports, batch.id))
    run(carry_out_due(world.ports, PACE))
    assert states(world, batch) == ["awarded"]


def test_the_version_that_was_seen_is_the_one_that_is_awarded(world: World) -> None:
    confirmed(world, "ana")
    a_new_version(world)
    run(carry_out_due(world.ports, PACE))
    assert [badge.version for badge in world.store._badges.values()] == [1]


def test_two_batches_take_turns(world: World) -> None:
    confirmed(world, "a1", "a2", "a3")
    world.later(seconds=1)
    confirmed(world, "b1", "b2", "b3")
    brief, noted, order = replace(PACE, chunk=1, turn=timedelta(0)), world.store.note_rows, []

    async def note(id: str, rows: Any, at: Any) -> None:
        await noted(id, rows, at)
        order.extend(row.to[:2] for row in rows)
        world.later(seconds=1)

    world.store.note_rows = note  # type: ignore[method-assign]
    run(carry_out_due(world.ports, brief))
    assert order == ["a1", "b1", "a2", "b2", "a3", "b3"]
