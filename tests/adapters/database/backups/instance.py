"""An exchange on a real database, to be backed up and put back."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exchange.adapters.backup import open_backup, write_backup
from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.database.effects import Statement
from exchange.adapters.keys import KeyRing, LocalKeys
from exchange.adapters.witness import CheckpointFile
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.badges.verify import verify
from exchange.flows.instance.backup import signed_checkpoint
from exchange.flows.instance.standing import Hold
from exchange.flows.ports import Ports
from exchange.flows.records import Once
from tests.simulator import START, World

ORDER = Order("team", "lead", "mailto:ana@example.org")


@dataclass
class Instance:
    """An exchange on a real database, with a home of its own; its chance is the same in every one."""

    home: Path
    store: DatabaseStore
    ports: Ports

    async def award(self, once: Once | None = None) -> Awarded:
        return await award(self.ports, ORDER, once)

    async def outcome(self, badge: Awarded) -> str:
        return (await verify(self.ports, badge.signed)).outcome

    async def backup(self, path: Path) -> bytes:
        note, _ = await signed_checkpoint(self.ports)
        await write_backup(self.store, self.home, note, path, START)
        return note

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.store.engine.read(Statement(sql))]


@asynccontextmanager
async def opened(
    url: str, home: Path, world: World, chance: random.Random | None = None
) -> AsyncIterator[Instance]:
    store = await open_store(url, chance=chance or random.Random(1))
    try:
        home.mkdir(mode=0o700, exist_ok=True)  # noqa: ASYNC240
        ports = replace(
            world.ports, store=store, keys=KeyRing({"file": LocalKeys(home)}), witness=CheckpointFile(home)
        )
        yield Instance(home, store, ports)
    finally:
        await store.close()


async def put_back(path: Path, url: str, home: Path, kek_of: Path) -> None:
    with open_backup(path) as backup:
        await backup.restore(url, home, Hold("restored").to_text())
    (home / "kek").write_bytes((kek_of / "kek").read_bytes())
    (home / "kek").chmod(0o600)
