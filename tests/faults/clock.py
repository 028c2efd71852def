"""A wrong clock: libfaketime sets it back before a start, or moves it while a process runs.

Promise P8. Off by more than a minute against the log's newest entry or a database server's clock, or moved by
more than that since the start: nothing is signed, changed or acknowledged, and the reason is said. Within a
minute all goes on.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from exchange.flows.instance.sweep import sweep
from tests.faults.audit import Auditor, Ledger
from tests.faults.cluster import cluster
from tests.faults.house import House, in_folder, soon, store_of

LONG, SHORT = 20, 1
ROOT = Path(__file__).parents[2]
REFUSALS, MOST = 3, 12
SILENT_SECONDS = 60.0
TRIES = 3
"""libfaketime does not start in a process whose number was that of one that was killed under it."""


@dataclass
class Figures:
    jumps: int = 0
    acknowledged: int = 0
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.jumps} clocks off by more than a minute: {self.refused} flows refused, "
            f"{len(self.problems)} problems{self.problems[:3] or ''}; "
            f"{self.acknowledged} effects with right ones"
        )


def missing() -> str:
    return "" if shutil.which("faketime") else "faketime is not installed"


@dataclass
class Clock:
    """The clock of a worker, as libfaketime reads it from a file."""

    file: Path

    def set(self, seconds: int) -> None:
        moved = self.file.with_suffix(".new")
        moved.write_text(f"{seconds:+d}\n")
        moved.replace(self.file)

    def environment(self) -> dict[str, str]:
        ask = ["faketime", "-m", "-f", "+0", "printenv", "LD_PRELOAD"]
        for _ in range(TRIES):
            preload = subprocess.run(ask, check=False, capture_output=True, text=True).stdout.strip()
            if preload:
                break
        return os.environ | {
            "LD_PRELOAD": preload,
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def use(house: House, clock: Clock, before: int, after: int | None = None, broken: str = "") -> Ledger:
    """A worker that starts with its clock off by `before` seconds, moved to `after` once it awards.

    What it says from its first refusal after the move on, until it was refused or has signed a few times.
    """
    for _ in range(TRIES):
        ledger = _use(house, clock, before, after, broken)
        if ledger.lines or ledger.problems:
            break
    return ledger


def _use(house: House, clock: Clock, before: int, after: int | None, broken: str) -> Ledger:
    clock.set(before)
    ledger, moved = Ledger(), False
    command = [sys.executable, "-m", "tests.faults.worker", house.url, str(house.home), "1", broken]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=clock.environment()
    ) as process:
        assert process.stdout is not None
        silent = threading.Timer(SILENT_SECONDS, process.kill)
        silent.start()
        for line in process.stdout:
            ledger.hear(line.strip())
            if after is not None and not moved and ledger.effects >= 2:
                clock.set(after)
                moved, ledger = True, Ledger(ledger.awards)
            if moved and after is not None and ledger.errors["clock_wrong"]:
                after, ledger = None, Ledger(ledger.awards)  # what was begun at the right time may have ended
            if sum(ledger.errors.values()) >= REFUSALS or (
                (after is None or moved) and len(ledger.signs) >= MOST
            ):
                process.kill()
        if not silent.is_alive():
            ledger.problems.append(f"a worker was silent for {SILENT_SECONDS:.0f} s")
        silent.cancel()
    for left in ("faketime_shm_", "sem.faketime_sem_"):  # it was killed, so libfaketime could not
        Path("/dev/shm", f"{left}{process.pid}").unlink(missing_ok=True)
    return ledger


async def run(rounds: int, folder: Path, broken: str = "", seed: int = 1) -> Figures:
    chance, figures = random.Random(seed), Figures()
    for number in range(rounds):
        house = await in_folder(folder / str(number)).furnish()
        clock = Clock(folder / f"clock-{number}")
        right = use(house, clock, 0)
        off = chance.choice([90, 3600, chance.randrange(70, 40 * 24 * 3600)])
        wrong = []
        for what, at, moved in (
            (f"{off} s back at the start", -off, None),
            (f"{off} s ahead while it ran", 0, off),
            (f"{off} s back while it ran", 0, -off),
        ):
            wrong.append(ledger := use(house, clock, at, moved, broken))
            figures.jumps += 1
            figures.refused += sum(ledger.errors.values())
            if ledger.problems or ledger.signs or set(ledger.errors) != {"clock_wrong"}:
                problem = f"{what}: {len(ledger.signs)} signatures, refused {dict(ledger.errors)}"
                figures.problems += [problem, *ledger.problems]
                return figures
        near = use(house, clock, chance.choice([-45, 30]))
        for ledger in (right, near):
            figures.acknowledged += ledger.effects
            if ledger.errors or not ledger.effects:
                figures.problems.append(f"a clock that is right within a minute: {dict(ledger.errors)}")
        figures.problems += await intact(house, right, near, *wrong)
        if figures.problems:
            break
    return figures


async def run_ahead(rounds: int, house: House, folder: Path, broken: str = "", seed: int = 1) -> Figures:
    """On PostgreSQL: clocks that were ahead of the server's, or behind it, before the process started."""
    chance, figures, clock = random.Random(seed), Figures(), Clock(folder / "clock")
    await house.furnish()
    ledgers = []
    for _ in range(rounds):
        off = chance.choice([90, 3600, chance.randrange(70, 40 * 24 * 3600)])
        for seconds in (off, -off):
            ledgers.append(ledger := use(house, clock, seconds, broken=broken))
            figures.jumps += 1
            figures.refused += sum(ledger.errors.values())
            if ledger.problems or ledger.signs or not ledger.errors["clock_wrong"]:
                problem = f"{seconds} s at the start: {len(ledger.signs)} signatures, {dict(ledger.errors)}"
                figures.problems += [problem, *ledger.problems]
                return figures
        ledgers.append(near := use(house, clock, chance.choice([-30, 30])))
        figures.acknowledged += near.effects
        if near.errors["clock_wrong"] or not near.effects:  # a slow machine's server may cut one off
            figures.problems.append(f"a clock that is right within a minute: {dict(near.errors)}")
    figures.problems += await intact(house, *ledgers)
    return figures


async def intact(house: House, *ledgers: Ledger) -> list[str]:
    whole = Ledger()
    for ledger in ledgers:
        whole.awards |= ledger.awards
        whole.signs |= ledger.signs
    async with house.open(now=soon) as ports:
        await sweep(ports)
        return await Auditor().audit(store_of(ports), whole)


async def main(rounds: int | None) -> list[str]:
    if reason := missing():
        return [reason]
    lines = []
    for name in ("", "believe-any-clock"):
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            figures = await run(1 if name else rounds or LONG, Path(folder), name)
            lines.append(f"  broken, {name}: caught: {figures.problems[:1]}" if name else str(figures))
        with tempfile.TemporaryDirectory(prefix="faults-") as folder, cluster() as server:
            house = House(server.url, Path(folder))
            figures = await run_ahead(1 if name else rounds or LONG, house, Path(folder), name)
            caught = f"  broken, {name}: caught: {figures.problems[:1]}"
            lines.append(caught if name else f"against a server's clock: {figures}")
    return lines
