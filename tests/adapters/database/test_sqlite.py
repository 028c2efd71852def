"""The SQLite engine: durable settings read back, a file of one's own, and no process that hangs."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.adapters.database import migrations, open_store, sqlite
from exchange.adapters.database.effects import Statement
from exchange.errors import ExchangeError, InputError, UnavailableError
from tests.adapters.database import samples

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]


async def test_every_connection_keeps_what_makes_it_durable(sqlite_url: str) -> None:
    store = await open_store(sqlite_url)
    engine = store.engine
    assert isinstance(engine, sqlite.SQLite)
    for connection in (engine._reader, engine._writer._connection):
        found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in sqlite.SETTINGS}
        assert found == sqlite.SETTINGS
        assert (found["journal_mode"], found["synchronous"], found["foreign_keys"]) == ("wal", 2, 1)
    facts = store.facts()
    assert facts.pop("schema") == max(migrations.steps())
    assert facts == {
        "engine": "sqlite",
        "version": sqlite3.sqlite_version,
        "path": sqlite_url.removeprefix("sqlite://"),
        "journal_mode": "wal",
        "synchronous": "full",
        "foreign_keys": "on",
    }
    await store.close()


def test_a_setting_that_sqlite_does_not_keep_is_an_error() -> None:
    connection = sqlite3.connect(":memory:")  # cannot have a write-ahead log, and SQLite does not mention it
    with pytest.raises(UnavailableError) as refused:
        sqlite._set(connection, "journal_mode", "wal")
    connection.close()
    assert refused.value.code == "database_not_durable"


async def test_the_file_is_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "a%b.sqlite3"
    store = await open_store(f"sqlite://{tmp_path}/new%20folder/a%25b.sqlite3")
    await store.put_issuer(samples.issuer())
    for name in (path, Path(f"{path}-wal")):
        assert stat.S_IMODE(name.stat().st_mode) == 0o600
    await store.close()


@pytest.mark.parametrize(
    "url", ["", "exchange.sqlite3", "sqlite://", "sqlite:///", "sqlite://host/x.sqlite3", "mysql://host/x"]
)
async def test_a_url_of_no_known_database_is_refused(url: str) -> None:
    with pytest.raises(InputError) as refused:
        await open_store(url)
    assert refused.value.code == "database_url"


async def test_what_is_no_database_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Ada, " * 100)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    for name in ("letter", "folder", "file/below"):
        with pytest.raises(UnavailableError) as refused:
            await open_store(f"sqlite://{tmp_path}/{name}")
        assert refused.value.code == "database_unavailable"
        assert name in refused.value.message
    assert (tmp_path / "letter").read_text() == "Dear Ada, " * 100


async def test_the_reading_connection_cannot_write(sqlite_url: str) -> None:
    store = await open_store(sqlite_url)
    await store.put_meta("a", "b")
    with pytest.raises(ExchangeError):
        await store.engine.read(Statement("DELETE FROM meta"))
    assert await store.meta("a") == "b"
    await store.close()


def test_a_process_that_forgets_to_close_still_ends(sqlite_url: str) -> None:
    script = f"""
import asyncio
from exchange.adapters.database import open_store

async def main():
    store = await open_store({sqlite_url!r})
    await store.put_meta("kept", "yes")
    for n in range(100):
        asyncio.ensure_future(store.put_meta(str(n), "asked for, never awaited"))
    await asyncio.sleep(0)

asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        check=False,
        cwd=ROOT,
        capture_output=True,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite://"))
    assert connection.execute("SELECT value FROM meta WHERE name = 'kept'").fetchone() == ("yes",)
    connection.close()
