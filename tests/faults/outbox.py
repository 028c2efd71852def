"""The outbox: processes that deliver are killed, while the mail server behaves as badly as it can.

Promise P12. Nothing is lost, the order of a subject is kept, a repeat has the id of the first, and a server
that hangs delays others by less than a second. The server is a real one, in a process of its own.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from exchange.adapters.mail import Smtp
from exchange.flows.mail.deliver import Pace, Postman, deliver_for_ever
from exchange.flows.mail.mails import carry
from exchange.flows.ports import Ports
from exchange.flows.records import Delivery, Parcel
from tests.adapters.smtp_server import Mailbox, smtp_server
from tests.faults.crew import Crew, crew
from tests.faults.house import House, in_folder
from tests.faults.worker import Report, reporter

LONG, SHORT = (5_000, 50), (160, 4)
"""Parcels, and kills."""

PROCESSES = 3
PATIENCE = 1200.0
KINDS = ("ok", "ok", "ok", "ok", "drop", "busy", "hang", "slow", "gone", "ok")
PER_SUBJECT = 8
PACE = Pace(
    at_once=16,
    seconds=1.2,
    lease=timedelta(seconds=4),
    first_wait=timedelta(seconds=0.05),
    longest_wait=timedelta(seconds=1),
    attempts=100,
    look_seconds=0.1,
)
HELD_UP, OTHERS = 200, 100


@dataclass
class Post:
    """What the server reports, and what must come of it. A ledger for `crew`."""

    port: int = 0
    got: list[tuple[int, str]] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)

    def hear(self, line: str) -> None:
        match line.split():
            case ["port", port]:
                self.port = int(port)
            case ["got", number, id]:
                self.got.append((int(number), id))
            case ["refused", number]:
                self.refused.add(int(number))


@dataclass
class Figures:
    parcels: int = 0
    kills: int = 0
    repeats: int = 0
    given_up: int = 0
    slowest: float = 0.0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.parcels} deliveries, {self.kills} kills, {self.repeats} repeats, {self.given_up} refused "
            f"and given up; {len(self.problems)} problems{self.problems[:3] or ''}"
        )


# --- a server that behaves badly ---


class Evil(Mailbox):
    """How it treats a mail is said by the domain it is for; what it has taken, it reports."""

    def __init__(self, report: Report, *, for_ever: bool = False) -> None:
        super().__init__()
        self.report, self.for_ever = report, for_ever
        self.tries: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        text = bytes(envelope.content or b"").decode()
        id, number = (re.findall(part, text)[0] for part in (r"(?i)message-id: <(.+?)@", r"/sign-in#(\d+)"))
        kind = re.findall(r"@([a-z]+)", envelope.rcpt_tos[0])[0]
        self.tries[number] += 1
        if kind == "gone":
            self.report(f"refused {number}")
            return "550 5.1.1 No such mailbox"
        if kind == "busy" and self.tries[number] <= 2:
            return "451 4.3.0 Come again"
        if kind == "hang" and (self.for_ever or self.tries[number] == 1):
            return await self._say(server, "hang")
        if kind == "slow":
            await asyncio.sleep(0.2)
        self.report(f"got {number} {id}")
        return await self._say(server, "drop") if kind == "drop" and self.tries[number] == 1 else "250 OK"


def receive(connection: Any, for_ever: bool) -> None:
    """As a child of `crew.Crew`."""
    report = reporter(connection.fileno())

    async def serve() -> None:
        async with smtp_server(Evil(report, for_ever=for_ever)) as box:
            report(f"port {box.port}")
            await asyncio.sleep(3600)

    asyncio.run(serve())


# --- processes that deliver ---


def deliver(connection: Any, house: House, port: int, broken: str) -> None:
    """As a child of `crew.Crew`."""
    logging.disable()  # what is given up is looked up on record
    if broken:
        BROKEN[broken]()

    async def work() -> None:
        async with house.open(mailer=mailer(port)) as ports:
            await deliver_for_ever(ports, "mail", carry, PACE)

    asyncio.run(work())


def mailer(port: int) -> Smtp:
    return Smtp(f"smtp://127.0.0.1:{port}", "badges@acme.internal")


def _mark_first() -> None:
    """Broken on purpose: what is on its way counts as delivered."""
    honest = Postman._attempt

    async def hasty(self: Postman, delivery: Delivery) -> None:
        await self._ports.store.mark_sent(delivery.parcel.id, self._ports.now())
        await honest(self, delivery)

    Postman._attempt = hasty  # type: ignore[method-assign]


def _forget_ids() -> None:
    """Broken on purpose: a repeat goes out under an id of its own."""
    honest = Postman._problem

    async def forgetful(self: Postman, delivery: Delivery) -> tuple[str | None, bool]:
        if delivery.attempts > 1:
            delivery = replace(delivery, parcel=replace(delivery.parcel, id=str(uuid.uuid4())))
        return await honest(self, delivery)

    Postman._problem = forgetful  # type: ignore[method-assign]


BROKEN = {"sent-before-sending": _mark_first, "new-id-on-repeat": _forget_ids}


# --- what is posted, and what must come of it ---


def parcel(number: int, kind: str = "") -> Parcel:
    """The mail says its number where the secret of a sign-in would be."""
    subject = number // PER_SUBJECT
    domain = f"{kind or KINDS[subject % len(KINDS)]}{subject % 40}.internal"
    said = (
        f'{{"mail":"sign-in","language":"en","secret":"{number}","code":"","until":"2026-11-21T09:30:00Z"}}'
    )
    at = datetime.now(UTC)
    return Parcel(str(uuid.uuid4()), "mail", f"s{subject}", domain, f"p{number}@{domain}", said, at)


async def run(size: tuple[int, int], folder: Path, broken: str = "", seed: int = 1) -> Figures:
    """Deliver so many parcels under so many kills, and compare what was posted, received and noted."""
    count, kills = size
    figures, heard, chance = Figures(count), Post(), random.Random(seed)
    house = await in_folder(folder).furnish()
    posted = [parcel(number) for number in range(count)]
    async with house.open() as ports:
        # Interleaved, so that many subjects are under way at once; each in its own order.
        in_turn = sorted(range(count), key=lambda n: (n % PER_SUBJECT, n))
        await ports.store.post([posted[n] for n in in_turn])
    with crew(heard) as server, crew(heard) as processes:  # type: ignore[arg-type]
        server.start(receive, False)
        server.listen(20.0, 1)
        async with house.open() as ports:
            await _deliver_all(ports, processes, server, house, broken, kills, chance, figures)
            noted = await ports.store.undelivered(count)
        server.listen(0.5)
    _compare(posted, heard, noted, figures)
    return figures


async def _deliver_all(
    ports: Ports,
    processes: Crew,
    server: Crew,
    house: House,
    broken: str,
    kills: int,
    chance: random.Random,
    figures: Figures,
) -> None:
    """Until nothing waits. A process is killed each time that a share of the parcels was received."""
    heard: Any = server.ledger
    for _ in range(PROCESSES):
        processes.start(deliver, house, heard.port, broken)
    step, give_up = max(1, figures.parcels * 8 // 10 // (kills + 1)), time.monotonic() + PATIENCE
    while (await ports.store.count_undelivered())[0]:
        server.listen(0.2, step)
        if figures.kills < kills and len(heard.got) >= (figures.kills + 1) * step:
            one = chance.choice(processes.workers)
            one.kill()
            one.process.join()
            one.pipe.close()
            processes.workers.remove(one)
            processes.start(deliver, house, heard.port, broken)
            figures.kills += 1
        if time.monotonic() > give_up:
            figures.problems.append(f"after {PATIENCE:.0f} s there is still something to deliver")
            return


def _compare(posted: list[Parcel], heard: Post, noted: list[Delivery], figures: Figures) -> None:
    ids: dict[int, set[str]] = defaultdict(set)
    order: dict[int, list[int]] = defaultdict(list)
    for number, id in heard.got:
        ids[number].add(id)
        order[number // PER_SUBJECT].append(number)
    given_up = {one.parcel.id: one.reason for one in noted if one.failed_at is not None}
    figures.repeats, figures.given_up = len(heard.got) - len(ids), len(given_up)
    for number, one in enumerate(posted):
        if one.destination.startswith("gone"):
            if number not in heard.refused or "550" not in given_up.get(one.id, ""):
                figures.problems.append(f"parcel {number} was refused, and that is not on record")
        elif number not in ids:
            figures.problems.append(f"parcel {number} is lost")
        elif ids[number] != {one.id}:
            figures.problems.append(
                f"parcel {number} came under {len(ids[number])} ids, or under another one"
            )
        elif one.id in given_up:
            figures.problems.append(f"parcel {number} was given up: {given_up[one.id]}")
    figures.problems += [f"subject {s} came as {seen}" for s, seen in order.items() if seen != sorted(seen)]


# --- a server that hangs ---


async def held_up(folder: Path, hung: int = HELD_UP, others: int = OTHERS) -> Figures:
    """The slowest delivery of others while a destination with many parcels hangs."""
    figures, heard, done = Figures(others), Post(), {}
    house = await in_folder(folder).furnish()

    async def timed(ports: Ports, one: Parcel) -> None:
        await carry(ports, one)
        done[one.id] = time.perf_counter()

    with crew(heard) as server:  # type: ignore[arg-type]
        server.start(receive, True)
        server.listen(20.0, 1)
        async with house.open(mailer=mailer(heard.port)) as ports, _delivering(ports, timed):
            hangs = {"destination": "hang.internal", "recipient": "ann@hang.internal"}
            await ports.store.post([replace(parcel(n), **hangs) for n in range(hung)])  # type: ignore[arg-type]
            ports.bell.ring()
            await asyncio.sleep(0.5)
            for number in range(others):
                one = parcel(1_000_000 + number * PER_SUBJECT, "ok")
                start = time.perf_counter()
                await ports.store.post([one])
                ports.bell.ring()
                while one.id not in done and time.perf_counter() < start + 5:  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
                figures.slowest = max(figures.slowest, done.get(one.id, time.perf_counter()) - start)
            if (await ports.store.count_undelivered())[0] < hung:
                figures.problems.append("the destination that should hang took something")
    if figures.slowest >= 1:
        figures.problems.append(f"a delivery was held up for {figures.slowest:.1f} s")
    return figures


@asynccontextmanager
async def _delivering(ports: Ports, how: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(deliver_for_ever(ports, "mail", how))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def main(rounds: int | None) -> list[str]:
    """`rounds` are kills; a hundred parcels to each."""
    lines = []
    for name in ("", *BROKEN):
        size = SHORT if name else (rounds * 100, rounds) if rounds else LONG
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            figures = await run(size, Path(folder), name)
        lines.append(f"  broken, {name}: caught: {figures.problems[:1]}" if name else str(figures))
    with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
        figures = await held_up(Path(folder))
    slowest = f"{figures.slowest * 1000:.0f} ms"
    lines.append(f"{OTHERS} deliveries beside a server that hangs on {HELD_UP}: {slowest} at most")
    return [*lines, *figures.problems]
