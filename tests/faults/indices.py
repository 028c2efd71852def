"""Status indices: given out by many processes that are killed, never twice, in no order, changing no bit.

Promise P9. Each transaction makes `BATCH` reservations, each by the very effect that an award runs; an award
makes two in one transaction. What a process was given is what it was answered, and says over its pipe.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import random
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from exchange.adapters.database import DatabaseStore
from exchange.adapters.database import slots as status_slots
from exchange.adapters.database.effects import Work
from exchange.adapters.database.store import LIST_SIZE
from exchange.flows.records import Purpose, StatusSlot
from tests.faults.audit import Ledger, read
from tests.faults.broken import NEXT_INDEX, take_given
from tests.faults.crew import crew
from tests.faults.house import House, in_folder, store_of

LONG, SHORT = 1_000_000, 6_000
PROCESSES, BATCH = 8, 100
KILLS = 40
ORDER = 4.5
"""Standard deviations: in the 64 tests of a long run, chance alone shows as much once in 2,000."""


@dataclass
class Figures:
    given: int = 0
    on_record: int = 0
    lists: int = 0
    kills: int = 0
    worst: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        worst = ", ".join(f"{name} {value:.1f} σ" for name, value in self.worst.items())
        return (
            f"{self.given} indices given by {PROCESSES} processes with {self.kills} kills, {self.on_record} "
            f"on record in {self.lists} lists; order at worst: {worst}; {len(self.problems)} problems"
            f"{self.problems[:3] or ''}"
        )


@dataclass
class Given(Ledger):
    """What was answered: `given LIST INDEX …`."""

    slots: list[tuple[str, int]] = field(default_factory=list)

    def hear(self, line: str) -> None:
        if line.startswith("given"):
            for pair in line.split()[1:]:
                name, _, index = pair.partition(":")
                self.slots.append((name, int(index)))


def batch(
    purpose: Purpose, chance: random.Random, list_size: int, outside: Sequence[int]
) -> Work[list[StatusSlot]]:
    """Reservations as an award makes them; `outside`: the broken way, by indices read before."""
    slots: list[StatusSlot] = []
    for count in [BATCH // 2, *[1] * (BATCH - BATCH // 2)]:  # many at once, and one by one
        if outside:
            chosen = range(outside[0] + len(slots), outside[0] + len(slots) + count)
            new = yield from take_given("team", "", purpose, chosen, _new_id, list_size)
        else:
            new = yield from status_slots.reserve("team", "", purpose, count, chance, _new_id, list_size)
        yield from status_slots.put([(slot, None) for slot in new])  # type: ignore[misc]
        slots += new
    return slots


def _new_id() -> str:
    return str(uuid.uuid4())


def give(connection: Any, house: House, broken: bool) -> None:
    """The child: reserve for ever, and tell every index that was answered."""

    async def live() -> None:
        chance = random.SystemRandom()
        async with house.open() as ports:
            store = store_of(ports)
            for purpose in itertools.cycle(("revocation", "suspension")):
                await reserve(store, purpose, chance)  # type: ignore[arg-type]

    async def reserve(store: DatabaseStore, purpose: Purpose, chance: random.Random) -> None:
        outside = [row[0] for row in await read(store, NEXT_INDEX, purpose)] if broken else []
        effect = partial(batch, purpose, chance, house.list_size, outside)
        slots: list[StatusSlot] = await store.engine.write(effect)
        for start in range(0, len(slots), 50):  # a line below PIPE_BUF is written whole
            line = " ".join(f"{slot.list_id}:{slot.index}" for slot in slots[start : start + 50])
            os.write(connection.fileno(), f"given {line}\n".encode())

    asyncio.run(live())


async def run(wanted: int, folder: Path, broken: bool = False, seed: int = 1) -> Figures:
    chance, figures, given = random.Random(seed), Figures(), Given()
    house = await in_folder(folder, LIST_SIZE if wanted > 100_000 else 2048).furnish(
        *(("DROP INDEX status_slot_index",) if broken else ())
    )
    step = max(wanted // KILLS, 2 * BATCH)
    with crew(given) as workers:
        for _ in range(PROCESSES):
            workers.start(give, house, broken)
        goal = chance.randrange(step)
        while len(given.slots) < wanted:
            if not workers.listen(20.0, 20):
                figures.problems.append("nobody gives indices any more")
                break
            if len(given.slots) >= goal:  # one dies in the middle of its work, and another takes its place
                goal += step
                chance.choice([one for one in workers.workers if not one.over]).kill()
                workers.start(give, house, broken)
                figures.kills += 1
    figures.given = len(given.slots)
    if len(set(given.slots)) != len(given.slots):
        figures.problems.append(f"{len(given.slots) - len(set(given.slots))} indices were answered twice")
    await look(house, given, figures)
    return figures


async def look(house: House, given: Given, figures: Figures) -> None:
    async with house.open() as ports:
        store = store_of(ports)
        order: dict[str, list[int]] = defaultdict(list)
        for list_id, index in await read(store, "SELECT list_id, list_index FROM status_slot ORDER BY id"):
            order[list_id].append(index)
        figures.lists, figures.on_record = len(order), sum(map(len, order.values()))
        kept = {(name, index) for name, indices in order.items() for index in indices}
        if len(kept) != figures.on_record:
            figures.problems.append(f"{figures.on_record - len(kept)} indices are on record twice")
        if lost := set(given.slots) - kept:
            figures.problems.append(f"{len(lost)} indices were answered, but are not on record")
        touched = "SELECT id FROM status_list WHERE version <> 1 OR size <> ? OR reserved * 2 > size"
        for (list_id,) in await read(store, touched, house.list_size):
            figures.problems.append(f"issuing changed the list {list_id}, or overfilled it")
        if any([await store.set_bits(name) for name in order]):
            figures.problems.append("issuing set a bit")
    for list_id, indices in order.items():
        if len(indices) >= 200:
            for name, sigmas in signs_of_order(indices, house.list_size).items():
                figures.worst[name] = max(figures.worst.get(name, 0.0), abs(sigmas))
                if abs(sigmas) > ORDER:
                    figures.problems.append(f"the list {list_id} shows an order: {name} {sigmas:.1f} σ")


def signs_of_order(values: Sequence[int], size: int) -> dict[str, float]:
    """How far the order of drawing is from chance, in standard deviations.

    Correlation of each index with the next; number of runs above and below the middle; the mean; and steps
    to a near neighbour (within 1 % of the list), which a counter or a cursor would show.
    """
    n, middle = len(values), (size - 1) / 2
    centred = [value - middle for value in values]
    variance = sum(value * value for value in centred) / n
    correlation = sum(a * b for a, b in itertools.pairwise(centred)) / (n - 1) / variance
    above = [value > 0 for value in centred]
    ups = sum(above)
    runs = 1 + sum(a != b for a, b in itertools.pairwise(above))
    expected = 1 + 2 * ups * (n - ups) / n
    spread = math.sqrt(max(1e-9, (expected - 1) * (expected - 2) / (n - 1)))
    near = max(1, size // 100)
    close = sum(abs(a - b) <= near for a, b in itertools.pairwise(values))
    share = 2 * near / size
    return {
        "correlation": correlation * math.sqrt(n),
        "runs": (runs - expected) / spread,
        "mean": sum(centred) / n / (size / math.sqrt(12 * n)),
        "neighbours": (close - n * share) / math.sqrt(n * share * (1 - share)),
    }


async def main(rounds: int | None) -> list[str]:
    lines = []
    for broken in (False, True):
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            figures = await run(SHORT if broken else rounds or LONG, Path(folder), broken)
            lines.append(
                f"  broken, index-outside: caught: {figures.problems[:2]}" if broken else str(figures)
            )
    return lines
