"""How soon everybody can see that a badge was revoked or suspended, and how long a list is believed.

Promise P8. One node changes badges; another one, a real service, is asked for the list over HTTP by two
strangers: one asks each time, one keeps what it got for as long as the answer's Cache-Control allows. The
time is taken from the acknowledgement until the stranger sees the bit. Each list that is served must have
half of its 24 hours left, which a simulated clock shows over two days as well.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import re
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx

from exchange.core.dates import parse_date
from exchange.core.status import bitstring
from exchange.core.strict_json import parse
from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.award_many import award_many
from exchange.flows.issuers.sync import sync
from exchange.flows.ports import Ports
from exchange.settings import ROOT, VARIABLES
from tests.faults import broken
from tests.faults.audit import entries_of
from tests.faults.cluster import cluster
from tests.faults.house import BASE, TEAM, House, in_folder
from tests.simulator import World

LONG, SHORT = 1000, 12
BOUND = 5.0
"""Seconds after the acknowledgement."""
LIFE, HALF = timedelta(hours=24), timedelta(hours=12)
SERVE = (
    "import sys; from exchange.cli import main; from tests.faults import broken; "
    "[broken.break_it(name) for name in sys.argv[1:]]; sys.argv[1:] = ['serve']; sys.exit(main())"
)
Bit = tuple[str, int]
"""The path of a list, and an index in it."""


@dataclass
class Stranger:
    """Somebody who asks for lists again and again, with an honest cache or with none."""

    client: httpx.AsyncClient
    caching: bool
    kept: dict[str, httpx.Response] = field(default_factory=dict)
    until: dict[str, float] = field(default_factory=dict)
    bits: dict[str, bytes] = field(default_factory=dict)
    seen: dict[Bit, float] = field(default_factory=dict)
    longest: timedelta = timedelta(0)
    least_left: timedelta = LIFE
    asked: int = 0

    async def look(self, wanted: set[Bit]) -> None:
        """Ask once for each list, and note when one of the wanted bits is seen for the first time."""
        for path in {path for path, _ in wanted}:
            await self._ask(path)
        now = time.monotonic()
        for path, index in wanted - self.seen.keys():
            if bitstring.bit(self.bits[path], index):
                self.seen[path, index] = now

    async def _ask(self, path: str) -> None:
        kept = self.kept.get(path)
        if self.caching and time.monotonic() < self.until.get(path, 0.0):
            return
        conditional = {"if-none-match": kept.headers["etag"]} if kept and self.caching else {}
        sent = time.monotonic()
        answer = await self.client.get(path, headers=conditional)
        self.asked += 1
        allowed = re.search(r"max-age=([0-9]+)", answer.headers["cache-control"])
        self.until[path] = sent + int(allowed[1]) if allowed else 0.0
        if answer.status_code != 304:
            self.kept[path] = answer.raise_for_status()
            self._read(path, answer.content)

    def _read(self, path: str, body: bytes) -> None:
        said = parse(body)
        self.bits[path] = bitstring.decode(said["credentialSubject"]["encodedList"])
        longest, left = life_of(body, datetime.now(UTC))
        self.longest, self.least_left = max(self.longest, longest), min(self.least_left, left)


@dataclass
class Figures:
    changes: int = 0
    late: dict[str, list[float]] = field(default_factory=dict)
    longest: timedelta = timedelta(0)
    least_left: timedelta = LIFE
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = [
            f"{name}: p50 {at(late, 0.5):.3f} s, p99 {at(late, 0.99):.3f} s, max {max(late):.3f} s"
            for name, late in self.late.items()
        ]
        return (
            f"{self.changes} revocations and suspensions; from the acknowledgement to the bit, "
            f"{'; '.join(said)}; lists live {self.longest} and had {self.least_left} left at least; "
            f"{len(self.problems)} problems{self.problems[:3] or ''}"
        )


def at(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def life_of(signed: bytes, now: datetime) -> tuple[timedelta, timedelta]:
    """How long a list is valid in all, and from now on."""
    said = parse(signed)
    until = parse_date(said["validUntil"])
    return until - parse_date(said["validFrom"]), until - now


@asynccontextmanager
async def serving(house: House, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """A service of that exchange, as a process of its own, and a client of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {key: value for key, value in os.environ.items() if key not in VARIABLES} | {
        "EXCHANGE_HOME": str(house.home),
        "EXCHANGE_DATABASE_URL": house.url,
        "EXCHANGE_URL": BASE,
        "EXCHANGE_PORT": str(port),
    }
    command = [sys.executable, "-c", SERVE, *([name] if name else [])]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stdout=pipe)
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), 60)  # its first words: it is listening
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
    finally:
        process.kill()
        await process.communicate()


@contextmanager
def node(name: str) -> Iterator[None]:
    """What breaks the service breaks this process too, and no longer than it has to."""
    with patch.object(status, "published_list", status.published_list):
        if name:
            broken.break_it(name)
        yield


async def change(ports: Ports, count: int, acknowledged: dict[Bit, float], chance: random.Random) -> None:
    """Revoke or suspend that many badges, and say when that was acknowledged."""
    orders = [Order("team", "lead", f"mailto:person{n}@example.org") for n in range(count)]
    keys = [made.key async for chunk in award_many(ports, orders) for made in chunk]
    for key in keys:
        badge = await ports.store.badge(key)
        assert badge is not None
        purpose = chance.choice(["revocation", "suspension"])
        act = status.revoke if purpose == "revocation" else status.suspend
        await act(ports, key, "polled for")
        now = time.monotonic()
        (slot,) = (slot for slot in badge.slots if slot.purpose == purpose)
        acknowledged[f"/status/{slot.list_id}", slot.index] = now
        await asyncio.sleep(chance.random() * 0.05)


async def watch(strangers: list[Stranger], acknowledged: dict[Bit, float], work: asyncio.Task[None]) -> str:
    """Poll until everybody has seen everything; what was waited for in vain."""
    while True:
        done = work.done()
        await asyncio.gather(*(one.look(set(acknowledged)) for one in strangers))
        missing = [since for one in strangers for bit, since in acknowledged.items() if bit not in one.seen]
        if missing and time.monotonic() - min(missing) > BOUND:
            return f"{len(missing)} bits are not seen, one {BOUND:.0f} s after its acknowledgement"
        if done and not missing:
            return ""
        await asyncio.sleep(0.02)


async def run(count: int, house: House, name: str = "", seed: int = 1) -> Figures:
    figures, acknowledged = Figures(), dict[Bit, float]()
    await house.furnish()
    with node(name):
        async with serving(house, name) as client, house.open() as ports:
            strangers = {
                "asked each time": Stranger(client, caching=False),
                "through an honest cache": Stranger(client, caching=True),
            }
            work = asyncio.create_task(change(ports, count, acknowledged, random.Random(seed)))
            vain = await watch([*strangers.values()], acknowledged, work)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            figures.problems += [vain] if vain else await compare(ports, [*strangers.values()])
    figures.changes = len(acknowledged)
    for called, one in strangers.items():
        figures.late[called] = [max(0.0, one.seen[bit] - acknowledged[bit]) for bit in one.seen]
        figures.longest = max(figures.longest, one.longest)
        figures.least_left = min(figures.least_left, one.least_left)
        if not vain and at(figures.late[called], 0.99) > BOUND:
            figures.problems.append(f"{called}, a bit is seen only {max(figures.late[called]):.1f} s after")
    if figures.longest > LIFE or figures.least_left < HALF:
        figures.problems.append("a list lives for more than a day, or had less than half of that left")
    return figures


async def compare(ports: Ports, strangers: list[Stranger]) -> list[str]:
    """In the end each stranger has seen the bits on record, and no others."""
    wrong = []
    for one in strangers:
        for path, bits in one.bits.items():
            on_record = await ports.store.set_bits(path.rpartition("/")[2])
            if {n for n in range(len(bits) * 8) if bitstring.bit(bits, n)} != set(on_record):
                wrong.append(f"{path} does not show what is on record")
    return wrong


async def live(name: str = "") -> tuple[timedelta, timedelta]:
    """The longest life of a list, and the least that one had left, over two days of a simulated clock."""
    world = World()
    await sync(world.ports, [TEAM])
    made = await award(world.ports, Order("team", "lead", "mailto:ana@example.org"))
    lists = {urlsplit(url).path.rpartition("/")[2] for url, _ in entries_of(made.signed)}
    lives = []
    with node(name):
        for _ in itertools.repeat(None, 97):
            lives += [life_of(await status.published_list(world.ports, one), world.now) for one in lists]
            world.later(minutes=30)
    return max(longest for longest, _ in lives), min(left for _, left in lives)


async def main(rounds: int | None) -> list[str]:
    lines = []
    for name in ("", "publish-late"):
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            figures = await run(SHORT if name else rounds or LONG, in_folder(Path(folder)), name)
            lines.append(
                f"  broken, {name}: caught: {figures.problems[:1]}"
                if name
                else f"SQLite, two processes: {figures}"
            )
    with tempfile.TemporaryDirectory(prefix="faults-") as home, cluster() as server:
        lines.append(f"PostgreSQL, two nodes: {await run(rounds or LONG, House(server.url, Path(home)))}")
    longest, left = await live()
    return [*lines, f"two simulated days: lists live {longest} and had {left} left at least"]
