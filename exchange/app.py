"""The composition root: settings -> adapters -> flows -> edge. The one place where adapters and edge meet."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from litestar import Litestar

from exchange.adapters.database import open_store
from exchange.adapters.fetch import GuardedFetch
from exchange.adapters.images import Pillow
from exchange.adapters.keys import LocalKeys
from exchange.adapters.worker import KillableWorker
from exchange.edge.application import build_litestar
from exchange.flows.ports import Ports
from exchange.settings import Settings


@asynccontextmanager
async def open_ports(settings: Settings) -> AsyncIterator[Ports]:
    """The world as `settings` say, open until the block ends."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = await open_store(settings.database_url)
    worker = KillableWorker()
    try:
        yield Ports(
            store=store,
            keys=LocalKeys(settings.home),
            fetch=GuardedFetch(ports=settings.fetch_ports),
            now=lambda: datetime.now(UTC),
            new_id=lambda: str(uuid.uuid4()),
            new_salt=lambda: secrets.token_urlsafe(16),
            draw=Pillow(),
            exact=worker.exact,
            rare=worker.rare,
            base_url=settings.base_url,
            public=settings.public,
        )
    finally:
        worker.close()
        await store.close()


def create_app(ports: Ports, settings: Settings) -> Litestar:
    """The web application over open ports."""
    return build_litestar(ports)
