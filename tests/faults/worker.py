"""A process that uses an exchange until it is killed, and says over a pipe what was acknowledged to it.

    python -m tests.faults.worker URL HOME TASKS [BROKEN]

Each line is written in one go after the flow has returned, so whatever the reader has was acknowledged:

    ready PID | award KEY SHA256 | suspend KEY | reinstate KEY | revoke KEY | checkpoint SIZE ROOT
    signs MESSAGE UNSIGNED    before a key is used: digests of the message, and of what becomes the document
    error CODE                a flow was refused; `read` after it, if the badges could still be read
"""

from __future__ import annotations

import asyncio
import faulthandler
import itertools
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from exchange.core.log.checkpoint import peek_checkpoint
from exchange.core.proofs import Prepared
from exchange.errors import ExchangeError, UnavailableError
from exchange.flows import sign
from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.award_many import award_many
from exchange.flows.log import log
from exchange.flows.ports import Keys, Ports
from tests.faults import broken
from tests.faults.house import House

Report = Callable[[str], None]


@dataclass
class ReportingKeys:
    """Says what it is about to sign before it does."""

    keys: Keys
    report: Report
    prepared: dict[bytes, str] = field(default_factory=dict)

    async def create(self, issuer: str) -> tuple[str, str]:
        return await self.keys.create(issuer)

    async def find(self, uri: str) -> tuple[str, str]:
        return await self.keys.find(uri)

    async def ready(self, uri: str) -> None:
        await self.keys.ready(uri)

    async def sign(self, uri: str, message: bytes) -> bytes:
        self._tell(message)
        return await self.keys.sign(uri, message)

    async def sign_many(self, uri: str, messages: Sequence[bytes]) -> list[bytes]:
        for message in messages:
            self._tell(message)
        return await self.keys.sign_many(uri, messages)

    def _tell(self, message: bytes) -> None:
        if not message.startswith(b"localhost:8000/log\n"):  # a checkpoint: its pre-image is the log
            self.report(f"signs {digest(message)} {self.prepared.get(message, '-')}")

    def watch_prepare(self) -> None:
        """Remember of which document a message is, for status lists have no row with it."""
        prepare = sign.prepare

        def watched(
            document: Any, proof: str, issuer: Any, key: Any, now: datetime, *known: Any, **more: Any
        ) -> Prepared:
            made = prepare(document, proof, issuer, key, now, *known, **more)
            self.prepared[made.message] = digest(made.unsigned)
            return made

        sign.prepare = watched


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


async def use(house: House, report: Report, tasks: int, name: str = "") -> None:
    """Award, suspend, reinstate, revoke for ever; `tasks` clients at once."""
    if name:
        broken.break_it(name)
    doubles: list[ReportingKeys] = []

    def watched(keys: Keys) -> Keys:
        doubles.append(ReportingKeys(keys, report))
        return doubles[0]

    async with house.open(watched) as ports:
        doubles[0].watch_prepare()
        report(f"ready {os.getpid()}")
        async with asyncio.TaskGroup() as group:
            for client in range(tasks):
                group.create_task(serve_client(ports, report, client))


async def serve_client(ports: Ports, report: Report, client: int) -> None:
    for turn in itertools.count(client):
        try:
            await one_badge(ports, report, turn)
        except UnavailableError as error:
            report(f"error {error.code}")
            await asyncio.sleep(0.02)
            try:
                await ports.store.badges(limit=3)
                report("read")
            except ExchangeError:
                pass
        except Exception as error:
            report(f"bug {type(error).__name__}: {error!s:.200}".replace("\n", " "))
            raise


async def one_badge(ports: Ports, report: Report, turn: int) -> None:
    proof = sign.PROOFS[turn % 3]
    made = await award(ports, Order("team", "lead", f"mailto:person{turn}@example.org", proof=proof))
    report(f"award {made.key} {digest(made.signed)}")
    if turn % 4 == 1:
        await status.suspend(ports, made.key, "under review")
        report(f"suspend {made.key}")
        await status.reinstate(ports, made.key, "review done")
        report(f"reinstate {made.key}")
    if turn % 4 == 2:
        await status.revoke(ports, made.key, "the wrong person")
        report(f"revoke {made.key}")
    if turn % 8 == 5:
        for key, signed in await some_badges(ports, turn):
            report(f"award {key} {digest(signed)}")
    if turn % 16 == 3:
        note = peek_checkpoint(await log.checkpoint(ports))
        report(f"checkpoint {note.size} {note.root.hex()}")


async def some_badges(ports: Ports, turn: int) -> list[tuple[str, bytes]]:
    """A few at once, in two chunks; (key, signed bytes) of each."""
    orders = [
        Order("team", "lead", f"mailto:one{n}of{turn}@example.org", proof=sign.PROOFS[n % 3])
        for n in range(5)
    ]
    keys = [made.key async for chunk in award_many(ports, orders, chunk=3) for made in chunk]
    found = [await ports.store.published(key) for key in keys]
    return [(one.id, one.signed) for one in found if one is not None]


def reporter(descriptor: int) -> Report:
    return lambda line: _write(descriptor, line.encode() + b"\n")


def _write(descriptor: int, line: bytes) -> None:
    os.write(descriptor, line)  # less than PIPE_BUF: whole or not at all


def main(connection: Any, house: House, tasks: int, name: str) -> None:
    """As a child of `crew.Crew`."""
    asyncio.run(use(house, reporter(connection.fileno()), tasks, name))


def sleep_under_libfaketime() -> None:
    """Python sleeps until a moment of the steady clock; libfaketime refuses that where it leaves it alone."""
    time.sleep = lambda seconds: select.select([], [], [], seconds)  # type: ignore[assignment]


if __name__ == "__main__":
    faulthandler.register(signal.SIGUSR1)  # for who wants to know where one hangs
    if "FAKETIME_TIMESTAMP_FILE" in os.environ:
        sleep_under_libfaketime()
    asyncio.run(
        use(House(sys.argv[1], Path(sys.argv[2])), reporter(1), int(sys.argv[3]), "".join(sys.argv[4:5]))
    )
