"""A small exchange to be hurt: one issuer, one badge, real keys, real flows, a real database."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.database.store import LIST_SIZE
from exchange.adapters.ids import new_id, new_salt
from exchange.adapters.keys import KeyRing, LocalKeys
from exchange.adapters.keys.sealing import Sealing
from exchange.adapters.sign_in.passkeys import WebAuthnPasskeys
from exchange.adapters.witness import CheckpointFile
from exchange.app import _drift_from_now
from exchange.core.catalogues.catalogue import Catalogue
from exchange.flows.issuers.sync import sync
from exchange.flows.people.records import SHELL
from exchange.flows.ports import Keys, Mailer, Ports
from tests.simulator import MemoryCourier, MemoryMailer, MemoryWeb, PlainDraw
from tests.team import LEAD

BASE = "http://localhost:8000"
TEAM = Catalogue("team", {"type": ["Profile"], "name": "Team"}, (LEAD,))


@dataclass(frozen=True)
class House:
    """Where an exchange lives: its database and the folder of its keys."""

    url: str
    home: Path
    list_size: int = LIST_SIZE

    async def furnish(self, *changes: str) -> House:
        """Make tables, keys and something to award; `changes` is SQL that breaks it on purpose."""
        async with self.open() as ports:
            await sync(ports, [TEAM])
            for sql in changes:
                await store_of(ports).engine.run_ddl(sql)
        return self

    @asynccontextmanager
    async def open(
        self,
        keys: Callable[[Keys], Keys] = lambda keys: keys,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        mailer: Mailer = MemoryMailer(),  # noqa: B008  # nobody delivers, where none is given
    ) -> AsyncIterator[Ports]:
        """Its ports. `keys` may put a double around the custody of the keys."""
        store = await open_store(self.url, list_size=self.list_size)
        try:
            yield Ports(
                store=store,
                keys=keys(KeyRing({"file": LocalKeys(self.home)})),
                witness=CheckpointFile(self.home),
                web=MemoryWeb(),
                now=now,
                new_id=new_id,
                new_salt=new_salt,
                new_secret=lambda: secrets.token_urlsafe(32),
                new_key=secrets.token_bytes,
                draw=PlainDraw(),
                mailer=mailer,
                sealer=Sealing(LocalKeys(self.home)),
                courier=MemoryCourier(),
                exact=None,
                rare=None,
                open_badges_2=None,
                passkeys=WebAuthnPasskeys(BASE),
                base_url=BASE,
                bases=(BASE,),
                public=False,
                drift=_drift_from_now(store.ahead()),
                who=SHELL,
            )
        finally:
            await store.close()


def in_folder(folder: Path, list_size: int = LIST_SIZE) -> House:
    """An exchange on SQLite with everything it has in one folder."""
    return House(f"sqlite://{folder.resolve()}/exchange.sqlite3", folder / "home", list_size)


def store_of(ports: Ports) -> DatabaseStore:
    assert isinstance(ports.store, DatabaseStore)
    return ports.store


def soon() -> datetime:
    """Now, for a sweep that is not to wait for its grace."""
    return datetime.now(UTC) + timedelta(seconds=31)
