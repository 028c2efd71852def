"""Databases for tests: `store` on SQLite and PostgreSQL, `any_store` on these and in memory.

These two begin with a copy of a database that has all its tables: to make the tables takes PostgreSQL longer
than most tests last. The URLs are those of empty databases.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

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


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "exchange.sqlite3"
    asyncio.run(_make_tables(f"sqlite://{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_with_tables(postgres: str) -> Iterator[str]:
    """The name of a database that nobody is connected to."""
    name = f"template_{uuid.uuid4().hex}"
    asyncio.run(_order(postgres, f"CREATE DATABASE {name}"))
    asyncio.run(_make_tables(_beside(postgres, name)))
    yield name
    asyncio.run(_order(postgres, f"DROP DATABASE {name}"))


@pytest.fixture
def sqlite_copy_url(sqlite_with_tables: Path, sqlite_url: str) -> str:
    shutil.copyfile(sqlite_with_tables, sqlite_url.removeprefix("sqlite://"))
    return sqlite_url


@pytest.fixture
async def postgres_copy_url(
    postgres: str, postgres_with_tables: str, anyio_backend: str
) -> AsyncIterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    await _order(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_with_tables} STRATEGY file_copy")
    yield _beside(postgres, name)
    await _order(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", POSTGRES])
def copy_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_copy_url"))


@pytest.fixture(params=["memory", "sqlite", POSTGRES])
def any_url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "memory" else str(request.getfixturevalue(f"{request.param}_copy_url"))


@pytest.fixture
async def store(copy_url: str, anyio_backend: str) -> AsyncIterator[DatabaseStore]:
    async with _opened(copy_url) as opened:
        yield opened


@pytest.fixture
async def any_store(any_url: str | None, anyio_backend: str) -> AsyncIterator[Store]:
    if any_url is None:
        yield MemoryStore(list_size=LIST_SIZE, made_up=True)
    else:
        async with _opened(any_url) as opened:
            yield opened


def _beside(postgres: str, database: str) -> str:
    return urlsplit(postgres)._replace(path=f"/{database}").geturl()


async def _order(postgres: str, sql: str) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute(sql)
    await connection.close()


async def _make_tables(url: str) -> None:
    await (await open_store(url)).close()


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[DatabaseStore]:
    store = await open_store(url, chance=random.Random(1), list_size=LIST_SIZE)
    yield store
    await store.close()
