"""Power cuts: an ext4 on a loop file is copied while its writers are stopped, and the copy is mounted.

Promise P1. The copy has what was written to the device, and nothing that only the page cache of the file
system had: what a machine finds that comes back after a cut, its journal to be replayed. (The loop's own
cache stands for a device that keeps what it was handed; one that lies about its flushes is not simulated.)
A copy may have been taken while the kernel wrote, so it is taken until two in a row are equal.

The mounts live in a namespace of their own and end with its last process, which is `python -m
tests.faults.power inside ROUNDS BROKEN`.
"""

from __future__ import annotations

import asyncio
import contextlib
import filecmp
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from exchange.flows.instance.sweep import sweep
from tests.faults.audit import Auditor, check_public
from tests.faults.crew import Crew, crew
from tests.faults.house import House, in_folder, soon, store_of

LONG, SHORT = 50, 2
WRITERS, CLIENTS = 2, 3
MEGABYTES = 96
ROOT = Path(__file__).parents[2]


@dataclass
class Figures:
    rounds: int = 0
    acknowledged: int = 0
    finished: int = 0
    slowest_ready: float = 0.0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} power cuts, {self.acknowledged} acknowledged effects; {self.finished} left "
            f"unsigned and finished; ready in {self.slowest_ready:.2f} s at most; "
            f"{len(self.problems)} problems{self.problems[:3] or ''}"
        )


def missing() -> str:
    """Why it cannot run here, if it cannot."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        return "simulating a power cut takes root and mkfs.ext4"
    with tempfile.TemporaryDirectory(prefix="power-") as folder:
        made = subprocess.run(
            [*_IN_NAMESPACE, "sh", "-c", _TRIAL, folder], check=False, capture_output=True, text=True
        )
    return "" if made.returncode == 0 else f"no loop file can be mounted here: {made.stderr:.100}"


_IN_NAMESPACE = ("unshare", "-m", "--propagation", "private")
_TRIAL = 'cd "$0" && truncate -s 8M a && mkfs.ext4 -q a && mkdir m && mount -o loop a m'


def run(rounds: int, broken: str = "") -> Figures:
    command = [*_IN_NAMESPACE, sys.executable, "-m", "tests.faults.power", "inside", str(rounds), broken]
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=1800)
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


async def inside(rounds: int, broken: str, seed: int = 1) -> Figures:
    chance, figures, auditor = random.Random(seed), Figures(), Auditor()
    # On a disk: in a memory file system the loop's file would be memory too, which does for a device as well.
    with tempfile.TemporaryDirectory(prefix="power-") as name:
        folder = Path(name)
        image = folder / "disk"
        format_disk(image)
        with mounted(image, folder / "live") as live:
            house = await in_folder(live).furnish()
            os.sync()
            with crew() as writers:
                writers.hire(house, WRITERS, CLIENTS, broken)
                writers.listen(20.0, WRITERS)
                for _ in range(rounds):
                    figures.rounds += 1
                    cut(writers, image, folder / "copy", chance)
                    await after(folder, writers, figures, auditor)
                    if figures.problems or disk_is_full(live):
                        break
                    for one in writers.workers:
                        one.go_on()
            figures.acknowledged = writers.ledger.effects
    return figures


def format_disk(image: Path) -> None:
    with image.open("wb") as file:
        file.truncate(MEGABYTES << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)


def cut(writers: Crew, image: Path, copy: Path, chance: random.Random) -> None:
    """Stop the writers, sometimes right after an acknowledgement, and copy what the device has."""
    writers.listen(5.0, 1 + chance.randrange(60))
    for one in writers.workers:
        one.pause()
    writers.listen(0.01)
    second = copy.with_suffix(".again")
    _copy(image, copy)
    while True:
        _copy(image, second)
        if filecmp.cmp(copy, second, shallow=False):
            break
        second.replace(copy)
    second.unlink()


def _copy(image: Path, copy: Path) -> None:
    filecmp.clear_cache()
    subprocess.run(["cp", "--sparse=always", "--reflink=never", image, copy], check=True)


async def after(folder: Path, writers: Crew, figures: Figures, auditor: Auditor) -> None:
    """What a machine finds that comes back. Each copy is a future of its own: what is repaired there is not
    remembered."""
    with mounted(folder / "copy", folder / "back") as back:
        house: House = in_folder(back)
        start = time.perf_counter()
        try:
            async with house.open(now=soon) as ports:
                future = Auditor(dict(auditor.signed), dict(auditor.unsigned), set(auditor.messages))
                opened = time.perf_counter() - start
                figures.problems += await auditor.audit(store_of(ports), writers.ledger)
                start = time.perf_counter()
                figures.finished += await sweep(ports)
                figures.slowest_ready = max(figures.slowest_ready, opened + time.perf_counter() - start)
                figures.problems += await future.audit(store_of(ports), writers.ledger)
                figures.problems += await check_public(ports, writers.ledger)
        except Exception as error:
            figures.problems.append(f"it does not come back: {error!r:.200}")
    (folder / "copy").unlink()


def disk_is_full(live: Path) -> bool:
    space = os.statvfs(live)
    return space.f_bavail < space.f_blocks * 0.1


@contextlib.contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop,noatime", image, at], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


async def main(rounds: int | None) -> list[str]:
    if reason := missing():
        return [reason]
    lines = [str(await asyncio.to_thread(run, rounds or LONG))]
    for name in ("synchronous-normal", "synchronous-off"):
        figures = await asyncio.to_thread(run, 10, name)
        lines.append(f"  broken, {name}: caught in round {figures.rounds}: {figures.problems[:1]}")
    return lines


if __name__ == "__main__":
    seen = asyncio.run(inside(int(sys.argv[2]), "".join(sys.argv[3:4])))
    print(json.dumps(asdict(seen)))
