"""A flush that fails: strace lets one fdatasync of the writing thread return EIO, as a dying disk does.

Lesson 10. After such a failure the kernel may call the lost pages clean, so the next flush would seem to
succeed. What was acknowledged stays, nothing is acknowledged or signed any more, reading goes on.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from exchange.flows.instance.sweep import sweep
from tests.faults.audit import Auditor, Ledger
from tests.faults.house import House, in_folder, soon, store_of

LONG, SHORT = 30, 2
ERRORS = 6
REFUSED = {"database_unavailable", "read_only"}
"""What was under way when the flush failed, and whatever comes after it."""
ROOT = Path(__file__).parents[2]


def missing() -> str:
    """Why it cannot run here, if it cannot."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True)
    return "" if tried.returncode == 0 else f"strace cannot trace here: {tried.stderr.decode():.100}"


@dataclass
class Figures:
    rounds: int = 0
    acknowledged: int = 0
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} failed flushes after {self.acknowledged} acknowledged effects: "
            f"{self.refused} refused after it, {len(self.problems)} problems{self.problems[:3] or ''}"
        )


async def run(rounds: int, folder: Path, broken: str = "", seed: int = 1) -> Figures:
    chance, figures = random.Random(seed), Figures()
    for number in range(rounds):
        figures.rounds += 1
        house = await in_folder(folder / str(number)).furnish()
        told = await one_failure(house, 3 + chance.randrange(20), broken)
        figures.acknowledged += told.before.effects
        figures.refused += sum(told.after.errors.values())
        figures.problems += told.problems()
        figures.problems += await reopened(house, told)
        if figures.problems:
            break
    return figures


@dataclass
class Told:
    """What a worker said before its first refusal, and from then on."""

    before: Ledger = field(default_factory=Ledger)
    after: Ledger = field(default_factory=Ledger)
    reads: int = 0

    def hear(self, line: str) -> None:
        refused = line.startswith("error") or self.after.errors
        (self.after if refused else self.before).hear(line)
        self.reads += line == "read"

    def problems(self) -> list[str]:
        found = [*self.before.problems, *self.after.problems]
        if self.after.effects or self.after.checkpoints:
            found.append(f"{self.after.effects} effects were acknowledged after a failed flush")
        if self.after.signs:
            found.append(f"{len(self.after.signs)} signatures were made after a failed flush")
        if set(self.after.errors) - REFUSED:
            found.append(f"the failure was called {dict(self.after.errors)}")
        if self.reads < ERRORS - 1:
            found.append("the record could not be read after a failed flush")
        return found


async def one_failure(house: House, nth: int, broken: str = "") -> Told:
    """A worker with one client, whose `nth` flush fails, until it was refused several times."""
    inject = f"inject=fdatasync,fsync:error=EIO:when={nth}"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", inject]
    worker = [sys.executable, "-m", "tests.faults.worker", house.url, str(house.home), "1", broken]
    return told_by([*command, *worker])


def told_by(command: list[str], errors: int = ERRORS) -> Told:
    """What a worker says until it was refused so often, or went on as if nothing had happened."""
    told, pid = Told(), 0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told.hear(line.strip())
            if line.startswith("ready"):
                pid = int(line.split()[1])
            if pid and (told.reads >= errors or told.after.effects > 3):
                os.kill(pid, signal.SIGKILL)
                pid = 0
    return told


async def reopened(house: House, told: Told) -> list[str]:
    """A new process finds everything that was acknowledged, and can go on."""
    auditor = Auditor()
    whole = Ledger(told.before.awards | told.after.awards, told.before.changes + told.after.changes)
    whole.signs = told.before.signs | told.after.signs
    async with house.open(now=soon) as ports:
        problems = await auditor.audit(store_of(ports), whole)
        await sweep(ports)
        return problems + await auditor.audit(store_of(ports), whole)


async def main(rounds: int | None) -> list[str]:
    if reason := missing():
        return [reason]
    lines = []
    for name in ("", "write-after-failed-flush"):
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            figures = await run(3 if name else rounds or LONG, Path(folder), name)
            lines.append(f"  broken, {name}: caught: {figures.problems[:1]}" if name else str(figures))
    return lines
