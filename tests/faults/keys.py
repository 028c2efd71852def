"""Keys stay in, old badges stay good, and a stop is a stop.

Promise P7, in three parts. Badges signed before and between five rotations are verified. Processes that award
without end are stopped, an issuer at a time or all of them: what is signed after that, and how late. And a
service is used in every way that signs, while everything that it writes, says and holds open is searched for
private bytes in the shapes that `tests/private_bytes.py` lists.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from exchange.flows.badges.award import Order
from exchange.flows.badges.award_many import award_many
from exchange.flows.badges.verify import verify
from exchange.flows.issuers import keys
from exchange.flows.ports import Ports
from exchange.flows.sign import PROOFS
from tests.faults.cluster import cluster
from tests.faults.crew import Crew, crew
from tests.faults.house import House, in_folder, store_of
from tests.private_bytes import Search, shapes
from tests.private_round import a_round, seeds

LONG, SHORT = 1000, 24
ROTATIONS = 5
STOPS, FEW_STOPS = 10, 2
WRITERS, CLIENTS = 3, 2
BOUND = 60.0
WATCHED = 2.0
"""Seconds that are looked at after a stop; what has been read before it takes far less to finish."""


@dataclass
class Stops:
    """What stops came to. `latest`: the last use of a key after the stop's acknowledgement, in seconds."""

    count: int = 0
    latest: float = 0.0
    refused: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.count} stops of {WRITERS} processes that award: {self.refused} awards refused, the last "
            f"use of a key {self.latest * 1000:.0f} ms after the acknowledgement; "
            f"{len(self.problems)} problems{self.problems[:3] or ''}"
        )


async def rotate(badges: int, folder: Path) -> tuple[int, list[str]]:
    """How many badges were verified after all rotations, and those that are not valid."""
    house, each = await in_folder(folder).furnish(), -(-badges // (ROTATIONS + 1))
    async with house.open() as ports:
        for turn in range(ROTATIONS + 1):
            if turn:
                await keys.rotate(ports, "team")
            orders = [
                Order("team", "lead", f"mailto:p{turn}.{n}@example.org", proof=PROOFS[n % 3], mail=False)
                for n in range(min(each, badges - turn * each))
            ]
            async for _ in award_many(ports, orders):
                pass
        states = [key.state for key in await ports.store.keys("team")]
        bad = [] if states == ["verify-only"] * ROTATIONS + ["active"] else [f"the keys are {states}"]
        count = 0
        async for key, signed in _signed(ports):
            count += 1
            if (outcome := (await verify(ports, signed)).outcome) != "valid":
                bad.append(f"badge {key} is {outcome}")
        return count, bad


async def _signed(ports: Ports):  # type: ignore[no-untyped-def]
    after = ""
    while page := await store_of(ports).every_badge(after, 200):
        after = page[-1].id
        for badge in page:
            yield badge.id, badge.signed


async def stop(times: int, house: House, fault: str = "") -> Stops:
    """Stop everybody, or the issuer, while processes award; look; resume."""
    await house.furnish()
    stops = Stops()
    async with house.open() as ports:
        with crew() as workers:
            last = _note_uses(workers)
            workers.hire(house, WRITERS, CLIENTS, fault)
            workers.listen(30.0, WRITERS + 10)
            for turn in range(times):
                slug = ("team", None)[turn % 2]
                await keys.stop(ports, slug, "A drill")
                acknowledged, refused = time.monotonic(), workers.ledger.errors["signing_stopped"]
                workers.listen(WATCHED)
                used = max(0.0, last[0] - acknowledged)
                stops.count, stops.latest = stops.count + 1, max(stops.latest, used)
                stops.refused += workers.ledger.errors["signing_stopped"] - refused
                if used > min(BOUND, WATCHED / 2):
                    stops.problems.append(f"a key was used {used:.1f} s after the stop, and still is")
                    break
                await keys.resume(ports, slug)
                before, give_up = len(workers.ledger.awards), time.monotonic() + 10.0
                while len(workers.ledger.awards) == before and time.monotonic() < give_up:
                    workers.listen(0.1)
                if len(workers.ledger.awards) == before:
                    stops.problems.append("nobody awards after the stop was lifted")
    if not stops.refused:
        stops.problems.append("nobody was refused")
    return stops


def _note_uses(workers: Crew) -> list[float]:
    """When a worker last said that it was about to use a key."""
    last, hear = [0.0], workers.ledger.hear

    def noting(line: str) -> None:
        hear(line)
        if line.startswith("signs"):
            last[0] = time.monotonic()

    workers.ledger.hear = noting  # type: ignore[method-assign]
    return last


def search(folder: Path, planted: bool = False) -> tuple[int, int, int, list[str]]:
    """Places, bytes, keys; and where private bytes were found. `planted`: in one of them there are some."""
    done = a_round(folder)
    secret = seeds(done.home)
    places = {place: content for place, content in done.places.items() if place != "home kek"}
    if planted:
        places["log"] += next(iter(secret.values())).hex().encode()
    return len(places), sum(map(len, places.values())), len(secret), Search(secret).found(places)


async def main(rounds: int | None) -> list[str]:
    lines = []
    with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
        count, bad = await rotate(rounds or LONG, Path(folder))
        lines.append(
            f"{count} badges verified after {ROTATIONS} rotations: {len(bad)} not valid{bad[:3] or ''}"
        )
    with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
        lines.append(f"SQLite: {await stop(STOPS, in_folder(Path(folder)))}")
    with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
        problems = (await stop(FEW_STOPS, in_folder(Path(folder)), "stop-unread")).problems
        lines.append("  broken, stop-unread: " + (f"caught: {problems[:1]}" if problems else "NOT CAUGHT"))
    with tempfile.TemporaryDirectory(prefix="faults-") as home, cluster() as server:
        lines.append(f"PostgreSQL: {await stop(STOPS, House(server.url, Path(home)))}")
    for planted in (False, True):
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            places, size, keys_there, found = await asyncio.to_thread(search, Path(folder), planted)
        said = (
            f"{keys_there} secrets in {sum(1 for _ in shapes(bytes(32)))} shapes, {places} places of "
            f"{size:,} bytes: found {len(found)} times{found[:3] or ''}"
        )
        lines.append(f"  planted in the log of the service: {said}" if planted else said)
    return lines
