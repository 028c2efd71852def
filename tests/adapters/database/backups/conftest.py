"""The exchange that backups are made of, and the database they are restored into."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.flows.issuers.sync import sync
from tests.adapters.conftest import POSTGRES, empty_schema
from tests.adapters.database.backups.instance import Instance, opened
from tests.simulator import World
from tests.team import TEAM


@pytest.fixture(params=["sqlite", POSTGRES])
async def target_url(
    request: pytest.FixtureRequest, tmp_path: Path, anyio_backend: str
) -> AsyncIterator[str]:
    """An empty database to restore into, beside `database_url`."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'target' / 'exchange.sqlite3'}"
        return
    async with empty_schema(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def source(database_url: str, tmp_path: Path, world: World) -> AsyncIterator[Instance]:
    async with opened(database_url, tmp_path / "source", world) as instance:
        await sync(instance.ports, [TEAM])
        yield instance
