"""SQLite: reads directly on their own connection, writes through the one writer."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from piccolo.engine.sqlite import SQLiteEngine, convert_datetime_in

from exchange.adapters.database.effects import Effect, Rows, Statement, T
from exchange.adapters.database.engine import SNAPSHOT_ROWS, EffectEngine
from exchange.adapters.database.failures import DAMAGED_SAID, is_damage, translated, unrepresentable
from exchange.adapters.database.fault import little_room
from exchange.adapters.database.writer import LASTING, Writer
from exchange.errors import UnavailableError

BUSY_SECONDS = 10.0
PIECE = 1 << 20
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
OLDEST = (3, 35, 0)  # RETURNING
# What each connection must say of itself. WAL + FULL lost none of 24,953 acknowledged commits in simulated
# power cuts, WAL + NORMAL lost some in 11 of 12 rounds (TRUST.md, lesson 4).
SETTINGS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "fullfsync": 1,
    "foreign_keys": 1,
    "busy_timeout": int(BUSY_SECONDS * 1000),
    # A chunk of a bulk award changes some 1,500 pages. With its 2 MB of cache SQLite writes some twice, and
    # with its 1,000 pages of log every commit is followed by copying them back.
    "cache_size": -16_384,
    "wal_autocheckpoint": 4_000,
    "secure_delete": 1,
}

# Many rows of an effect have one moment, and writing one takes longer than keeping a short column.
sqlite3.register_adapter(datetime, lru_cache(maxsize=64)(convert_datetime_in))


class SQLite(EffectEngine, SQLiteEngine):
    """One file. Several processes may share it: the writers take turns, readers never wait."""

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path))
        self.facts = {"engine": "sqlite", "version": sqlite3.sqlite_version, "path": str(path)}
        self._reader: sqlite3.Connection
        self._writer: Writer

    async def start(self) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise UnavailableError(
                "database_unavailable", f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed"
            )
        try:
            connections = await asyncio.to_thread(_open, Path(self.path))
        except (sqlite3.Error, OSError) as error:
            message = f"the database {self.path} cannot be opened: {error}"
            if is_damage(error):
                message = f"{DAMAGED_SAID} ({self.path})"
            if getattr(error, "errno", None) == errno.EIO:
                message = f"{LASTING} ({self.path})"
            raise UnavailableError("database_unavailable", message) from error
        self._writer, self._reader = Writer(connections[0]), connections[1]
        self.facts |= {"journal_mode": "wal", "synchronous": "full", "foreign_keys": "on"}

    async def close(self) -> None:
        if hasattr(self, "_writer"):
            await asyncio.to_thread(self._writer.close)
            self._reader.close()

    def fault(self) -> str | None:
        return self._writer.fault.said or little_room(Path(self.path).parent)

    async def read(self, statement: Statement) -> Rows:
        # On the event loop: a read takes some 20 µs, a hop to a thread and back three times that.
        try:
            return self._reader.execute(*statement).fetchall()
        except Exception as error:
            if unrepresentable(error):
                return []
            raise translated(error) from error

    async def survey(self, statement: Statement) -> Rows:
        try:
            return await asyncio.to_thread(_survey, Path(self.path), statement)
        except Exception as error:
            if unrepresentable(error):
                return []
            raise translated(error) from error

    async def snapshot(self, tables: Sequence[str]) -> AsyncIterator[tuple[str, Rows]]:
        connection = await asyncio.to_thread(_connect, Path(self.path))
        try:
            connection.execute("BEGIN")  # in WAL mode: from the first read on, all reads are of one moment
            for table in tables:
                cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608
                while rows := cursor.fetchmany(SNAPSHOT_ROWS):
                    yield table, rows
        except sqlite3.Error as error:
            raise translated(error) from error
        finally:
            connection.close()

    async def write(self, effect: Effect[T]) -> T:
        return await self._writer.submit(effect)

    async def scrub(self) -> bool:
        return await asyncio.to_thread(_scrub, Path(self.path))


def _survey(path: Path, statement: Statement) -> Rows:
    connection = _connect(path)
    try:
        return connection.execute(*statement).fetchall()
    finally:
        connection.close()


def _open(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """The connection that writes and the one that reads. The file is for this user alone: it names people."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    writer = _connect(path)
    try:
        _write_log_anew(writer, path)
        reader = _connect(path)
        reader.execute("PRAGMA query_only=ON")
    except BaseException:
        writer.close()
        raise
    return writer, reader


def _write_log_anew(connection: sqlite3.Connection, path: Path) -> None:
    """Write the bytes of SQLite's log (`-wal`) over themselves and flush them, before anything is added.

    A process whose flush failed may have left pages there that the kernel shows to everybody and calls
    clean, though the disk has not got them: who appends to them loses at the next power cut what was
    acknowledged. Written once more they are dirty, and flushed for good, or this fails. The lock of whoever
    writes is held, so nobody appends meanwhile; the database's own file is made from the log again where its
    flush had failed.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        with suppress(FileNotFoundError), open(f"{path}-wal", "r+b", buffering=0) as log:
            at = 0
            while piece := os.pread(log.fileno(), PIECE, at):
                at += os.pwrite(log.fileno(), piece, at)
            os.fsync(log.fileno())
    except OSError as error:
        if error.errno not in FULL:  # it takes nothing more from anybody, and badges can still be shown
            raise
    finally:
        connection.execute("ROLLBACK")


def _scrub(path: Path) -> bool:
    """`secure_delete` writes over what is deleted, but copies of rows that were moved to other pages before
    stay in the gaps: VACUUM writes all pages anew. Then the log of what was written is emptied too."""
    try:
        connection = _connect(path)
        try:
            connection.execute("VACUUM")
            ((busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return not busy
        finally:
            connection.close()
    except sqlite3.Error:
        return False


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        detect_types=sqlite3.PARSE_DECLTYPES,
        cached_statements=256,
    )
    try:
        connection.row_factory = sqlite3.Row
        for name, wanted in SETTINGS.items():
            _set(connection, name, wanted)
    except BaseException:
        connection.close()
        raise
    return connection


def _set(connection: sqlite3.Connection, name: str, wanted: str | int) -> None:
    """Set a PRAGMA and read it back: SQLite ignores what it does not know or cannot do, without a word."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(f"PRAGMA {name}={wanted}")
            break
        except sqlite3.OperationalError:  # the change to WAL ignores busy_timeout
            if time.monotonic() > give_up:
                raise
            time.sleep(0.005)
    (found,) = connection.execute(f"PRAGMA {name}").fetchone()
    if found != wanted:
        message = f"SQLite does not keep {name}={wanted} here, but {found}: acknowledged badges could be lost"
        raise UnavailableError("database_not_durable", message)
