"""Failing after every step: no signature exists whose bytes were not on record before.

Promise P2. A process awards, suspends and revokes, and dies by its own SIGKILL before the n-th statement of
its database or around the n-th use of a key; a trigger refuses the n-th kind of row; a key fails. After
each: orphans are listed, can be revoked by their key, and a sweep finishes them with the same bytes.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchange.adapters.database.sqlite import SQLite
from exchange.errors import ExchangeError
from exchange.flows import sign
from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.instance.sweep import sweep
from exchange.flows.ports import Keys, Ports
from tests.faults import broken
from tests.faults.audit import Auditor, Ledger, check_public
from tests.faults.crew import crew
from tests.faults.house import House, in_folder, soon, store_of
from tests.faults.worker import Report, ReportingKeys, reporter, some_badges

LONG, SHORT = 100, 1
STEPS = (
    *(("INSERT", "status_slot"), ("UPDATE", "status_slot"), ("INSERT", "badge"), ("UPDATE", "badge")),
    *(("INSERT", "status_list"), ("UPDATE", "status_list"), ("INSERT", "status_change")),
    *(
        ("INSERT", "outbox"),
        ("INSERT", "log_entry"),
        ("INSERT", "log_about"),
        ("INSERT", "log_node"),
        ("UPDATE", "log_state"),
    ),
)
TRIGGER = {
    "sqlite": ("CREATE TRIGGER fault AFTER {} ON {} BEGIN SELECT RAISE(ABORT, 'fault'); END",),
    "postgres": (
        "CREATE OR REPLACE FUNCTION fault() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'fault' "
        "USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER fault AFTER {} ON {} FOR EACH ROW EXECUTE FUNCTION fault()",
    ),
}
REMOVE = {"sqlite": "DROP TRIGGER fault", "postgres": "DROP TRIGGER fault ON {}"}


@dataclass
class Figures:
    points: int = 0
    signatures: int = 0
    orphans: int = 0
    revoked: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.points} failures, {self.signatures} signatures, {self.orphans} orphans listed and "
            f"finished, {self.revoked} of them revoked first; {len(self.problems)} problems"
            f"{self.problems[:3] or ''}"
        )


async def scenario(ports: Ports, report: Report, turn: int) -> None:
    """One badge through all of its life, and a few at once."""
    proof = sign.PROOFS[turn % 3]
    made = await award(ports, Order("team", "lead", f"mailto:person{turn}@example.org", proof=proof))
    await status.suspend(ports, made.key, "under review")
    await status.revoke(ports, made.key, "the wrong person")
    await some_badges(ports, turn)
    report("read")


# --- SIGKILL at every statement, and around every signature ---


class MortalKeys:
    """Dies before or after its n-th signature: `point` is 2 n, or 2 n + 1."""

    def __init__(self, keys: Keys, point: int) -> None:
        self.keys, self.left = keys, point

    async def create(self, issuer: str) -> tuple[str, str]:
        return await self.keys.create(issuer)

    async def find(self, uri: str) -> tuple[str, str]:
        return await self.keys.find(uri)

    async def ready(self, uri: str) -> None:
        await self.keys.ready(uri)

    async def sign(self, uri: str, message: bytes) -> bytes:
        self.tick()
        signature = await self.keys.sign(uri, message)
        self.tick()
        return signature

    async def sign_many(self, uri: str, messages: Sequence[bytes]) -> list[bytes]:
        return [await self.sign(uri, message) for message in messages]

    def tick(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


def die(connection: Any, house: House, where: str, point: int, name: str) -> None:
    """The child: `where` is `statement` or `key`. Says `read` when it got through alive."""
    report = reporter(connection.fileno())
    if name:
        broken.break_it(name)

    async def live() -> None:
        def around(keys: Keys) -> Keys:
            mortal = MortalKeys(keys, point if where == "key" else 1_000_000)
            watched = ReportingKeys(mortal, report)
            watched.watch_prepare()
            return watched

        async with house.open(around) as ports:
            if where == "statement":
                engine = store_of(ports).engine
                assert isinstance(engine, SQLite)
                mortal = MortalKeys(ports.keys, point)
                engine._writer._connection.set_trace_callback(lambda _: mortal.tick())
            await scenario(ports, report, point)

    asyncio.run(live())


async def kill_everywhere(house: House, figures: Figures, auditor: Auditor, name: str = "") -> None:
    for where in ("statement", "key"):
        for point in itertools.count():
            ledger = Ledger()
            heard = []
            ledger.hear = lambda line, hear=ledger.hear, heard=heard: (heard.append(line), hear(line))  # type: ignore
            with crew(ledger) as one:
                one.start(die, house, where, point, name)
                one.listen(30.0)
            figures.points += 1
            await repair(house, figures, auditor, ledger, revoke=point % 2 == 0)
            if figures.problems:
                figures.problems[0] += f" (killed at {where} {point})"
                return
            if "read" in heard:
                break


async def repair(house: House, figures: Figures, auditor: Auditor, ledger: Ledger, revoke: bool) -> None:
    """Look before and after; every orphan is listed, some are revoked while they are unsigned."""
    async with house.open(now=soon) as ports:
        store = store_of(ports)
        figures.problems += await auditor.audit(store, ledger)
        figures.signatures += len(ledger.signs)
        orphans = await store.unfinished(soon())
        figures.orphans += len(orphans)
        for orphan in orphans if revoke else ():
            await status.revoke(ports, orphan.id, "left by a crash")
            figures.revoked += 1
        await sweep(ports)
        for orphan in orphans:
            found = await store.badge(orphan.id)
            if found is None or found.signed is None or found.unsigned != orphan.unsigned:
                figures.problems.append(f"the orphan {orphan.id} was not finished as it was recorded")
        figures.problems += await auditor.audit(store, ledger)
        if figures.points % 20 == 0:
            figures.problems += await check_public(ports, ledger)


# --- the database refuses a row, or a key fails ---


class FailingKeys:
    """Custody that fails before or after it has signed, or signs wrongly."""

    def __init__(self, keys: Keys, how: str = "") -> None:
        self.keys, self.how = keys, how

    async def create(self, issuer: str) -> tuple[str, str]:
        return await self.keys.create(issuer)

    async def find(self, uri: str) -> tuple[str, str]:
        return await self.keys.find(uri)

    async def ready(self, uri: str) -> None:
        await self.keys.ready(uri)

    async def sign(self, uri: str, message: bytes) -> bytes:
        if self.how == "before":
            raise ConnectionError("the key's keeper does not answer")
        signature = await self.keys.sign(uri, message)
        if self.how == "after":
            raise ConnectionError("the key's keeper fell silent")
        return bytes(64) if self.how == "wrongly" else signature

    async def sign_many(self, uri: str, messages: Sequence[bytes]) -> list[bytes]:
        return [await self.sign(uri, message) for message in messages]


async def fail_everywhere(house: House, figures: Figures, auditor: Auditor) -> None:
    """Each step of an effect is refused once by a trigger; keys fail in each way."""
    failing: list[FailingKeys] = []

    def around(keys: Keys) -> Keys:
        failing.append(FailingKeys(keys))
        return failing[-1]

    ledger = Ledger()
    async with house.open(lambda keys: ReportingKeys(around(keys), ledger.hear)) as ports:
        assert isinstance(ports.keys, ReportingKeys)
        honest = sign.prepare
        ports.keys.watch_prepare()
        engine = store_of(ports).engine
        kind = engine.engine_type
        for turn, (event, table) in enumerate(STEPS):
            await scenario(ports, ledger.hear, turn)
            for sql in TRIGGER[kind]:
                await engine.run_ddl(sql.format(event, table))
            figures.problems += await refused(ports, ledger, turn, f"{event} {table}")
            await engine.run_ddl(REMOVE[kind].format(table))
            figures.points += 1
        for turn, how in enumerate(("before", "after", "wrongly")):
            failing[-1].how = how
            figures.problems += await refused(ports, ledger, turn, f"a key that fails {how}")
            failing[-1].how = ""
            figures.points += 1
        sign.prepare = honest
    await repair(house, figures, auditor, ledger, revoke=True)


async def refused(ports: Ports, ledger: Ledger, turn: int, what: str) -> list[str]:
    """A list that opens is rare: `INSERT status_list` may not be met, everything else must be."""
    try:
        await scenario(ports, ledger.hear, turn)
    except (ExchangeError, ConnectionError):
        return []
    return [] if what == "INSERT status_list" else [f"{what} was refused, and nobody noticed"]


async def run(rounds: int, folder: Path, name: str = "") -> Figures:
    figures = Figures()
    for number in range(rounds):
        auditor = Auditor()
        house = await in_folder(folder / str(number)).furnish()
        await kill_everywhere(house, figures, auditor, name)
        if not name and not figures.problems:
            await fail_everywhere(house, figures, auditor)
        if figures.problems:
            break
    return figures


async def main(rounds: int | None) -> list[str]:
    lines = []
    for name in ("", "sign-in-transaction", "log-outside"):
        with tempfile.TemporaryDirectory(prefix="faults-", dir=".") as folder:
            figures = await run(1 if name else rounds or LONG, Path(folder), name)
            lines.append(f"  broken, {name}: caught: {figures.problems[:1]}" if name else str(figures))
    return lines
