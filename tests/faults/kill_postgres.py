"""SIGKILL of a whole PostgreSQL cluster under nodes that live on.

Promise P1. The nodes are told that the database is gone, and go on by themselves when it is back. Each kill
is followed by a start of the server; the nodes are stopped for a moment while the record is looked at.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path

from exchange.flows.instance.sweep import sweep
from tests.faults.audit import Auditor
from tests.faults.broken import ACCOMPLICES
from tests.faults.cluster import Cluster, cluster
from tests.faults.crew import Crew, crew
from tests.faults.house import House, soon, store_of
from tests.faults.kill import READY_SECONDS, Figures, reopen

LONG, SHORT = 100, 3
NODES, CLIENTS = 3, 3


async def run(rounds: int, server: Cluster, home: Path, broken: str = "", seed: int = 1) -> Figures:
    chance, figures, auditor = random.Random(seed), Figures(), Auditor()
    house = await House(server.url, home).furnish(*ACCOMPLICES.get(broken, ()))
    with crew(figures.ledger) as nodes:
        nodes.hire(house, NODES, CLIENTS, broken)
        nodes.listen(30.0, NODES)
        for _ in range(rounds):
            figures.rounds += 1
            before, give_up = figures.ledger.effects, time.monotonic() + 30
            while figures.ledger.effects < before + NODES * CLIENTS:
                nodes.listen(1.0, 5)
                if time.monotonic() > give_up:
                    figures.problems.append("the nodes are not at work again after 30 s")
                    return figures
            nodes.listen(0.1 + chance.random() * 0.4)
            nodes.listen(5.0, 1)  # sometimes at once: what was just acknowledged had better be there
            nodes.listen(chance.choice([0.0, chance.random() * 0.02]))
            server.kill()
            nodes.listen(chance.random() * 0.2)
            server.start()
            await look(house, nodes, figures, auditor)
            if figures.problems:
                return figures
    await reopen(house, figures, auditor)
    return figures


async def look(house: House, nodes: Crew, figures: Figures, auditor: Auditor) -> None:
    """Open, as a new node does; look, before anything is repaired, while the others are stopped."""
    start = time.perf_counter()
    async with house.open(now=soon) as ports:
        figures.slowest_ready = max(figures.slowest_ready, time.perf_counter() - start)
        for one in nodes.workers:
            one.pause()
        nodes.listen(0.05)  # what was on its way is committed by now, and heard
        figures.problems += await auditor.audit(store_of(ports), figures.ledger)
        for one in nodes.workers:
            one.go_on()
        if figures.rounds % 5 == 0:
            figures.finished += await sweep(ports)
    if figures.slowest_ready > READY_SECONDS:
        figures.problems.append(f"ready only after {figures.slowest_ready:.1f} s")


async def main(rounds: int | None) -> list[str]:
    lines = []
    for name in ("", "acknowledge-early", "index-outside", "log-outside", "mail-outside"):
        with tempfile.TemporaryDirectory(prefix="faults-") as home, cluster() as server:
            figures = await run(20 if name else rounds or LONG, server, Path(home), name)
            lines.append(figures.caught(name) if name else f"{figures}; errors {dict(figures.ledger.errors)}")
        await asyncio.sleep(0)
    return lines
