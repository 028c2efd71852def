"""As many effects as entries of the log, kind by kind, after kills and after more load than can be carried.

Promise P13, by counting in SQL. First `kill` runs, whose auditor compares each effect with its entry as well.
Then a service gets four times the requests it can answer, at a steady rate whatever comes of them, and is
killed in the midst of that.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from exchange.adapters.database import DatabaseStore
from exchange.core.log.entry import read_entry
from exchange.flows.people import people, roles
from exchange.flows.sign_in import tokens
from tests.faults import kill
from tests.faults.audit import STATUS, read
from tests.faults.broken import ACCOMPLICES
from tests.faults.house import House, in_folder, store_of
from tests.faults.public import serving

LONG, SHORT = 40, 3
LOAD_SECONDS, SHORT_LOAD = 20.0, 3.0
TIMES = 4
CLIENTS = 8
MEASURED = 2.0
MOST_AT_ONCE = 400
ANSWERS = {0, 200, 201, 409, 429, 503}
"""What may come of a request: 0 is none, as after the kill; 409 is a badge that is revoked already."""
CHANGES = "SELECT count(*) FROM status_change"
KINDS = {
    "award": "SELECT count(*) FROM badge WHERE kind = 'badge'",
    **{
        verb: f"{CHANGES} WHERE purpose = '{purpose}' AND is_set = {'TRUE' if on else 'FALSE'}"
        for (purpose, on), verb in STATUS.items()
    },
}
"""How many effects of each kind are on record."""


@dataclass
class Figures:
    capacity: float = 0.0
    answers: Counter[int] = field(default_factory=Counter)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counted = ", ".join(f"{kind} {effects} = {logged}" for kind, (effects, logged) in self.counts.items())
        load = ", ".join(f"{count} × {status or 'none'}" for status, count in sorted(self.answers.items()))
        return (
            f"{self.capacity:.0f} requests/s carried, {TIMES} times as many sent: {load}; " if load else ""
        ) + f"effects = entries: {counted}; {len(self.problems)} problems{self.problems[:3] or ''}"


async def count(store: DatabaseStore, figures: Figures) -> None:
    """Effects and entries of each kind."""
    entries = await read(store, "SELECT entry FROM log_entry")
    kinds = Counter(read_entry(bytes(row[0])).kind for row in entries)
    for kind, sql in KINDS.items():
        effects, logged = int((await read(store, sql))[0][0]), kinds[kind]
        figures.counts[kind] = effects, logged
        if effects != logged:
            figures.problems.append(f"{effects} × {kind} on record, {logged} in the log")


async def after_kills(rounds: int, folder: Path, fault: str = "") -> Figures:
    killed = await kill.run(rounds, folder, fault)
    figures = Figures(problems=list(killed.problems))
    async with in_folder(folder).open() as ports:
        await count(store_of(ports), figures)
    return figures


@dataclass
class Client:
    """Awards and changes badges over HTTP, and keeps what was acknowledged."""

    web: httpx.AsyncClient
    headers: dict[str, str]
    answers: Counter[int]
    made: list[str] = field(default_factory=list)
    turns: itertools.count[int] = field(default_factory=itertools.count)
    acknowledged: Counter[str] = field(default_factory=Counter)

    async def one(self) -> None:
        """A request: two awards, then a suspension and a revocation of badges that are there."""
        turn = next(self.turns)
        verb = ("award", "award", "suspend", "revoke")[turn % 4] if len(self.made) > 8 else "award"
        body: dict[str, object] = {"reason": "load", "mail": False}
        path = f"/api/badges/{self.made.pop(0)}/{verb}" if verb != "award" else "/api/award"
        if verb == "award":
            body = {"issuer": "team", "badge": "lead", "to": f"p{turn}@example.org", "mail": False}
        try:
            answer = await self.web.post(
                path, json=body, headers=self.headers | {"idempotency-key": f"k{turn}"}
            )
        except httpx.HTTPError:
            self.answers[0] += 1
            return
        self.answers[answer.status_code] += 1
        if answer.is_success:
            self.acknowledged[verb] += 1
            if verb == "award":
                self.made.append(answer.json()["id"].rpartition("/")[2])


async def token_for(house: House) -> dict[str, str]:
    """Somebody who may award, and the header by which a program acts for them."""
    async with house.open() as ports:
        ana = await people.add(ports, "Ana", "ana@example.org")
        await roles.grant(ports, "team", ana.id, "issuer")
        _, secret = await tokens.add(ports, ana.id, "load", ["award"])
    return {"authorization": f"Bearer {secret}"}


async def overloaded(seconds: float, folder: Path, fault: str = "") -> Figures:
    """Measure what it carries, send four times that, kill it in the midst, count."""
    figures, house = Figures(), in_folder(folder)
    await house.furnish(*ACCOMPLICES.get(fault, ()))
    headers = await token_for(house)
    async with serving(house, fault) as web:
        many = httpx.AsyncClient(
            base_url=web.base_url, timeout=30, limits=httpx.Limits(max_connections=MOST_AT_ONCE)
        )
        client = Client(many, headers, figures.answers)
        figures.capacity = await measure(client)
        figures.answers.clear()
        under_way = await send(client, figures.capacity * TIMES, seconds)
    await asyncio.gather(*under_way, return_exceptions=True)
    await many.aclose()
    async with house.open() as ports:
        await count(store_of(ports), figures)
    for verb, said in client.acknowledged.items():
        if said > figures.counts[verb][0]:
            figures.problems.append(f"{said} × {verb} acknowledged, {figures.counts[verb][0]} on record")
    if strange := set(figures.answers) - ANSWERS:
        figures.problems.append(f"it answered {sorted(strange)}")
    return figures


async def measure(client: Client) -> float:
    """Requests a second that are answered while nobody sends more than that."""

    async def until(end: float) -> None:
        while time.monotonic() < end:
            await client.one()

    start = time.monotonic()
    await asyncio.gather(*(until(start + MEASURED) for _ in range(CLIENTS)))
    return client.acknowledged.total() / (time.monotonic() - start)


async def send(client: Client, rate: float, seconds: float) -> set[asyncio.Task[None]]:
    """So many requests a second, whatever becomes of them; those that are under way at the end."""
    tasks, start, sent = set[asyncio.Task[None]](), time.monotonic(), 0
    while (passed := time.monotonic() - start) < seconds:
        while sent < passed * rate:
            tasks.add(asyncio.create_task(client.one()))
            sent += 1
        await asyncio.sleep(0.005)
        tasks = {task for task in tasks if not task.done()}
    return tasks


async def main(rounds: int | None) -> list[str]:
    lines = []
    for fault in ("", "log-gathered"):
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            killed = await after_kills(rounds or LONG, Path(folder), fault)
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            loaded = await overloaded(SHORT_LOAD if fault else LOAD_SECONDS, Path(folder), fault)
        for what, figures in (("kills", killed), ("overload", loaded)):
            caught = f"caught: {figures.problems[:1]}" if figures.problems else "NOT CAUGHT"
            lines.append(f"  broken, {fault}, {what}: {caught}" if fault else f"{what}: {figures}")
    return lines
