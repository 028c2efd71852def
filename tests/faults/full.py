"""A disk without room: a small tmpfs in a mount namespace of its own, or a limit on the size of files.

Lesson 10. What was acknowledged stays, what has no room is refused and nothing is signed for it, reading goes
on, and so does writing as soon as there is room. `python -m tests.faults.full inside HOW FOLDER [BROKEN]` is
the process that meets it; the other one starts it and reads the figures.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from exchange.adapters.database import fault
from exchange.flows.instance.sweep import sweep
from tests.faults import worker
from tests.faults.audit import Auditor, Ledger, check_public
from tests.faults.house import House, in_folder, soon, store_of

LONG, SHORT = 20, 1
ROOT = Path(__file__).parents[2]
SPACE = 3 << 20
REFUSALS = 6
REFUSED = {"database_unavailable", "read_only", "file_unwritable", "key_storage"}
"""Files beside the database have no room either."""

How = Literal["tmpfs", "limit"]


@dataclass
class Figures:
    rounds: int = 0
    acknowledged: int = 0
    refused: int = 0
    after: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} full disks after {self.acknowledged} acknowledged effects: {self.refused} "
            f"refused, {self.after} acknowledged when there was room again, {len(self.problems)} problems"
            f"{self.problems[:3] or ''}"
        )


def missing(how: How) -> str:
    """Why it cannot run here, if it cannot."""
    if how == "limit":
        return ""
    try:
        tried = subprocess.run([*_MOUNTED, "true", "/mnt"], check=False, capture_output=True, text=True)
    except OSError as error:
        return f"no unshare here: {error}"
    return "" if tried.returncode == 0 else f"no tmpfs can be mounted here: {tried.stderr:.100}"


# The mount ends with the namespace, however the process ends.
_MOUNTED = [
    *("unshare", "-m", "--propagation", "private", "sh", "-c"),
    f'mount -t tmpfs -o size={SPACE} faults "$1" && exec "$0" "$@"',
]


def run(rounds: int, how: How, broken: str = "", seed: int = 1) -> Figures:
    figures = Figures()
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            python = [sys.executable, "-m", "tests.faults.full"]
            arguments = ["inside", how, folder, str(seed + number), broken]
            if how == "tmpfs":  # the shell mounts it at its first argument
                script = 'folder=$1; shift; exec "$0" -m tests.faults.full "$@"'
                command = [*_MOUNTED[:-1], _MOUNTED[-1].replace('exec "$0" "$@"', script)]
                command += [sys.executable, folder, *arguments]
            else:
                command = [*python, *arguments]
            done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True, timeout=120)
        seen = Figures(**json.loads(done.stdout.splitlines()[-1]))
        figures.rounds += 1
        figures.acknowledged += seen.acknowledged
        figures.refused += seen.refused
        figures.after += seen.after
        figures.problems += seen.problems
        if figures.problems:
            break
    return figures


async def inside(how: How, folder: Path, seed: int, broken: str) -> Figures:
    house = await in_folder(folder).furnish()
    room = random.Random(seed).randrange(400_000, 900_000)
    ballast = folder / "ballast"
    if seed % 2:  # as if others had filled the disk between the look at its room and the write
        fault.ROOM = 0
    if how == "tmpfs":
        space = os.statvfs(folder)
        ballast.write_bytes(bytes(space.f_bavail * space.f_frsize - room))
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    ledger = Ledger()
    reads = await used(house, ledger, broken, lambda: sum(ledger.errors.values()) >= REFUSALS)
    figures = Figures(1, ledger.effects, sum(ledger.errors.values()))
    if set(ledger.errors) - REFUSED or reads < REFUSALS - 2:
        figures.problems.append(f"it was called {dict(ledger.errors)}, and {reads} reads went on")
    ballast.unlink(missing_ok=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    auditor = Auditor()
    async with house.open(now=soon) as ports:
        figures.problems += await auditor.audit(store_of(ports), ledger)
        await sweep(ports)
    if not broken:
        goal = ledger.effects + 10
        await used(house, ledger, "", lambda: ledger.effects >= goal)
        figures.after = ledger.effects - figures.acknowledged
    async with house.open(now=soon) as ports:
        figures.problems += await auditor.audit(store_of(ports), ledger)
        figures.problems += await check_public(ports, ledger)
    return figures


async def used(house: House, ledger: Ledger, broken: str, enough: object) -> int:
    """Use the exchange from this process until it is enough; how often reading went on after a refusal."""
    reads = 0
    done = asyncio.Event()

    def hear(line: str) -> None:
        nonlocal reads
        ledger.hear(line)
        reads += line == "read"
        if callable(enough) and enough():
            done.set()

    using = asyncio.ensure_future(worker.use(house, hear, 1, broken))
    ended = asyncio.ensure_future(done.wait())
    await asyncio.wait({using, ended}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    for task in (using, ended):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    return reads


async def main(rounds: int | None) -> list[str]:
    lines = []
    for how in ("tmpfs", "limit"):
        reason = missing(how)
        lines.append(reason or f"{how}: {await asyncio.to_thread(run, rounds or LONG, how)}")
    figures = await asyncio.to_thread(run, 20, "limit", "acknowledge-early")
    lines.append(f"  broken, acknowledge-early: caught in round {figures.rounds}: {figures.problems[:1]}")
    return lines


if __name__ == "__main__":
    _, _, kind, place, number, *name = sys.argv
    seen = asyncio.run(inside(kind, Path(place), int(number), "".join(name)))  # type: ignore[arg-type]
    print(json.dumps(asdict(seen)))
