"""SIGKILL: processes that write to one SQLite file are killed at random moments, one while others go on.

Promise P1. After each kill: open, audit what is on record before anything is repaired, sweep, audit again.
"""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from exchange.flows.instance.sweep import sweep
from tests.faults.audit import Auditor, Ledger, check_public
from tests.faults.broken import ACCOMPLICES
from tests.faults.crew import crew
from tests.faults.house import House, in_folder, soon, store_of

LONG, SHORT = 200, 8
WRITERS, CLIENTS = 3, 3
READY_SECONDS = 5.0


@dataclass
class Figures:
    """What was seen."""

    rounds: int = 0
    ledger: Ledger = field(default_factory=Ledger)
    finished: int = 0
    slowest_ready: float = 0.0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds of SIGKILL, {self.ledger.effects} acknowledged effects, "
            f"{len(self.ledger.signs)} signatures, {len(self.ledger.checkpoints)} checkpoints; "
            f"{self.finished} left unsigned and finished; ready in {self.slowest_ready:.2f} s at most; "
            f"{len(self.problems)} problems{''.join(f'; {problem}' for problem in self.problems[:5])}"
        )

    def caught(self, name: str) -> str:
        """What came of a broken variant."""
        if not self.problems:
            return f"  broken, {name}: NOT CAUGHT in {self.rounds} rounds"
        return f"  broken, {name}: caught in round {self.rounds}: {self.problems[0]}"


async def run(rounds: int, folder: Path, broken: str = "", seed: int = 1) -> Figures:
    """`broken` names a fault of `broken.py`; then the run ends when it is caught."""
    chance, figures, auditor = random.Random(seed), Figures(), Auditor()
    house = await in_folder(folder).furnish(*ACCOMPLICES.get(broken, ()))
    for _ in range(rounds):
        figures.rounds += 1
        with crew(figures.ledger) as workers:
            workers.hire(house, WRITERS, CLIENTS, broken)
            workers.listen(20.0, WRITERS + chance.randrange(60))
            patience = chance.choice([0.0, 0.1])  # at once: what was just acknowledged had better be there
            workers.listen(5.0, 1)
            for one in chance.sample(workers.workers, WRITERS):
                one.kill()
                workers.listen(chance.random() * patience)
        await reopen(house, figures, auditor)
        if figures.problems:
            break
    return figures


async def reopen(house: House, figures: Figures, auditor: Auditor) -> None:
    """Open as a start of the service does, repair, and look."""
    start = time.perf_counter()
    async with house.open(now=soon) as ports:
        opened = time.perf_counter() - start
        store = store_of(ports)
        figures.problems += await auditor.audit(store, figures.ledger)
        start = time.perf_counter()
        figures.finished += await sweep(ports)
        figures.slowest_ready = max(figures.slowest_ready, opened + time.perf_counter() - start)
        if left := await store.unfinished(soon()):
            figures.problems.append(f"{len(left)} badges are still unsigned after the sweep")
        figures.problems += await auditor.audit(store, figures.ledger)
        figures.problems += await check_public(ports, figures.ledger)
    if figures.slowest_ready > READY_SECONDS:
        figures.problems.append(f"ready only after {figures.slowest_ready:.1f} s")


async def main(rounds: int | None) -> list[str]:
    lines = []
    with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
        lines.append(str(await run(rounds or LONG, Path(folder))))
    for name in ("acknowledge-early", "index-outside", "log-outside", "mail-outside"):
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            lines.append((await run(40, Path(folder), name)).caught(name))
    return lines
