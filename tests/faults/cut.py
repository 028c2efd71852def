"""A node cut off from PostgreSQL in the middle of a transaction: nothing comes through, nothing is closed.

The caller gets an error within a bounded time, the pool serves again as soon as the way is open, nothing is
half done, and the others are not kept from the log's one row by the transaction that nobody will end.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from exchange.adapters.database import postgres
from exchange.errors import UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.instance.sweep import sweep
from exchange.flows.ports import Ports
from tests.faults.audit import Auditor, Ledger
from tests.faults.cluster import cluster
from tests.faults.house import House, soon, store_of
from tests.faults.worker import digest

LONG, SHORT = 12, 1
SOCKET = ".s.PGSQL.5432"
CLIENTS = 4


@dataclass
class Figures:
    cuts: int = 0
    acknowledged: int = 0
    refused: int = 0
    slowest_refusal: float = 0.0
    slowest_other: float = 0.0
    slowest_recovery: float = 0.0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.cuts} cuts, {self.acknowledged} acknowledged effects, {self.refused} refused; the "
            f"cut-off node is told in {self.slowest_refusal:.1f} s at most, another node waits "
            f"{self.slowest_other:.1f} s at most, and it works again {self.slowest_recovery:.1f} s after "
            f"the way is open; "
            f"{len(self.problems)} problems{self.problems[:3] or ''}"
        )


class Way:
    """A proxy between a node and the server that can stop forwarding without closing anything."""

    def __init__(self, server: Path) -> None:
        self.server = server
        self.open = asyncio.Event()
        self.open.set()
        self.tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def at(self, folder: Path) -> AsyncIterator[Way]:
        listening = await asyncio.start_unix_server(self._serve, str(folder / SOCKET))
        try:
            yield self
        finally:
            listening.close()
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs = await asyncio.open_unix_connection(str(self.server / SOCKET))
        except OSError:
            writer.close()
            return
        for source, target in ((reader, theirs[1]), (theirs[0], writer)):
            task = asyncio.ensure_future(self._forward(source, target))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                await self.open.wait()
                target.write(data)
                await target.drain()
        await self.open.wait()
        target.close()


async def one_award(ports: Ports, ledger: Ledger, turn: int) -> float:
    """Seconds until it was acknowledged or refused."""
    start = time.perf_counter()
    try:
        made = await award(ports, Order("team", "lead", f"mailto:person{turn}@example.org", proof="jwt"))
        ledger.hear(f"award {made.key} {digest(made.signed)}")
    except UnavailableError as error:
        ledger.hear(f"error {error.code}")
    return time.perf_counter() - start


async def run(rounds: int, bound: float, seed: int = 1) -> Figures:
    """`bound`: seconds after which every caller must have an answer."""
    chance, figures, ledger = random.Random(seed), Figures(), Ledger()
    with (
        tempfile.TemporaryDirectory(prefix="cut-", dir="/tmp") as name,
        tempfile.TemporaryDirectory(prefix="faults-") as home,
        cluster() as server,
    ):
        near = await House(server.url, Path(home)).furnish()
        far = replace(near, url=f"postgresql://postgres@/postgres?host={name}")
        async with (
            Way(server.directory).at(Path(name)) as way,
            near.open(now=soon) as other,
            far.open() as node,
        ):
            for _ in range(rounds):
                figures.cuts += 1
                await one_cut(way, node, replace(other, now=node.now), ledger, figures, chance, bound)
                if figures.problems:
                    break
            await sweep(other)
            figures.problems += await Auditor().audit(store_of(other), ledger)
        figures.acknowledged, figures.refused = ledger.effects, sum(ledger.errors.values())
    return figures


async def one_cut(
    way: Way, node: Ports, other: Ports, ledger: Ledger, figures: Figures, chance: random.Random, bound: float
) -> None:
    turn = chance.randrange(1_000_000)
    busy = [asyncio.ensure_future(busily(node, ledger, turn + n)) for n in range(CLIENTS)]
    await asyncio.sleep(0.2 + chance.random() * 0.2)
    way.open.clear()
    before = sum(ledger.errors.values())
    others = asyncio.ensure_future(one_award(other, ledger, turn))
    told, late = await asyncio.wait(busy, timeout=bound)
    if late:
        figures.problems.append(f"{len(late)} callers had no answer after {bound:.0f} s")
    figures.slowest_refusal = max([figures.slowest_refusal, *(task.result() for task in told)])
    figures.slowest_other = max(figures.slowest_other, await others)
    if sum(ledger.errors.values()) - before < CLIENTS:
        figures.problems.append("the way was cut, and somebody was not refused")
    held = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    if (await store_of(other)._read(held))[0][0]:
        figures.problems.append("a transaction of the cut-off node is still open")
    way.open.set()
    for task in late:
        task.cancel()
    start, acknowledged = time.perf_counter(), ledger.effects
    while ledger.effects < acknowledged + 2 * CLIENTS:
        await asyncio.gather(*(one_award(node, ledger, turn + n) for n in range(CLIENTS)))
        if time.perf_counter() - start > bound:
            figures.problems.append("the node does not come back")
            break
    figures.slowest_recovery = max(figures.slowest_recovery, time.perf_counter() - start)


async def busily(ports: Ports, ledger: Ledger, turn: int) -> float:
    """Award until it is refused; how long that took to be said."""
    while True:
        refused = sum(ledger.errors.values())
        seconds = await one_award(ports, ledger, turn)
        if sum(ledger.errors.values()) > refused:
            return seconds


BOUND = postgres.WAIT_SECONDS + 40


async def main(rounds: int | None) -> list[str]:
    lines = [str(await run(rounds or LONG, BOUND))]
    postgres.SETTINGS.pop("idle_in_transaction_session_timeout")
    postgres.SETTINGS.pop("lock_timeout")
    figures = await run(1, BOUND)
    lines.append(f"  broken, the server waits for ever: caught: {figures.problems[:2]}")
    return lines
