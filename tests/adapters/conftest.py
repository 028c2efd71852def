"""Databases for tests: `store` on SQLite and PostgreSQL, `any_store` on these and in memory."""

from __future__ import annotations

import random
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import asyncpg  # type: ignore[import-untyped]
import pytest

from exchange.adapters.database import DatabaseStore, open_store
from exchange.flows.ports import Store
from tests.adapters.postgres_server import NotHereError, postgres_server
from tests.memory_store import MemoryStore

LIST_SIZE = 64  # small, so that tests fill lists
POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server, one for each worker of xdist."""
    server = postgres_server()
    try:
        url = server.__enter__()
    except NotHereError as reason:
        pytest.skip(str(reason))
    yield url
    server.__exit__(None, None, None)


@pytest.fixture
async def postgres_url(postgres: str, anyio_backend: str) -> AsyncIterator[str]:
    """An empty schema of its own, by its URL."""
    async with empty_schema(postgres) as url:
        yield url


@asynccontextmanager
async def empty_schema(postgres: str) -> AsyncIterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"CREATE SCHEMA {name}")
    yield postgres + ("&" if "?" in postgres else "?") + urlencode({"search_path": name})
    await connection.execute("SET client_min_messages = error")
    await connection.execute(f"DROP SCHEMA {name} CASCADE")
    await connection.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'exchange.sqlite3'}"


@pytest.fixture(params=["sqlite", POSTGRES])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["memory", "sqlite", POSTGRES])
def any_url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "memory" else str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def store(database_url: str, anyio_backend: str) -> AsyncIterator[DatabaseStore]:
    async with _opened(database_url) as opened:
        yield opened


@pytest.fixture
async def any_store(any_url: str | None, anyio_backend: str) -> AsyncIterator[Store]:
    if any_url is None:
        yield MemoryStore(list_size=LIST_SIZE)
    else:
        async with _opened(any_url) as opened:
            yield opened


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[DatabaseStore]:
    store = await open_store(url, chance=random.Random(1), list_size=LIST_SIZE)
    yield store
    await store.close()
