"""Imported by the process that workers are forked from: a badge's life, once, so that none of them has to
compile contexts and schemas before it can be hurt."""

from __future__ import annotations

import asyncio

from exchange.flows.issuers.sync import sync
from tests.faults.house import TEAM
from tests.faults.orphans import scenario
from tests.simulator import World


async def _warm() -> None:
    ports = World().ports
    await sync(ports, [TEAM])
    for turn in range(3):
        await scenario(ports, lambda _: None, turn)


asyncio.run(_warm())
