"""A team whose badge is awarded to many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from exchange.core.roster import Row
from exchange.flows.badges.award import Order
from exchange.flows.issuers.sync import sync
from exchange.flows.orders import batches
from exchange.flows.orders.carry_out import Pace
from exchange.flows.orders.records import Batch
from tests.simulator import World, run
from tests.team import TEAM

PACE = Pace(chunk=2, breath=0)
LEAD = Order("team", "lead", "")


def drafted(world: World, *names: str, **order: Any) -> Batch:
    rows = [Row(n, name if "@" in name or not name else f"{name}@e.org") for n, name in enumerate(names, 1)]
    return run(batches.draft(world.ports, replace(LEAD, **order), rows))


def confirmed(world: World, *names: str, **order: Any) -> Batch:
    batch = drafted(world, *names, **order)
    return run(batches.confirm(world.ports, batch.id, batch.digest))


def states(world: World, batch: Batch) -> list[str]:
    return [row.state for row in run(batches.rows(world.ports, batch.id))]


def recipients(world: World) -> list[str]:
    return sorted(badge.recipient for badge in world.store._badges.values() if badge.signed)


def a_new_version(world: World) -> None:
    other = tuple(replace(one, name="Other", source='{"name":"Other"}') for one in TEAM.badges)
    run(sync(world.ports, [replace(TEAM, badges=other)]))
