"""A database as plain rows, out of either engine and into either: what a backup holds.

Rows go out of one snapshot, while the service goes on writing, and come in as one effect: all of them and
the tables they stand in, or nothing. Both engines give and take the same Python values, so a backup made on
SQLite can be restored on PostgreSQL, and the other way round.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from exchange.adapters.database.effects import Rows, Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.hold import PUT
from exchange.adapters.database.migrations import migrate, steps
from exchange.adapters.database.sqlite import SQLite
from exchange.adapters.database.store import open_engine
from exchange.errors import ConflictError, InputError
from exchange.flows.records import HELD

LEFT_OUT = frozenset(
    {
        *("ticket", "session", "token", "portfolio_link", "portfolio_copy", "publication", "rate"),
        *("batch", "batch_row", "held"),
    }
)
"""Sessions, one-time links, tokens, links of portfolios with what was signed for them, and what was public of
them: a restored database lets nobody in who was in before, since who was shut out after the backup was made
is not known to it. Counts of tries are of yesterday. And orders that were under way: they may have been
carried out since, and nobody is to get a badge twice."""

TABLES_THERE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema",
}
COUNT_ON = """
    SELECT setval(pg_get_serial_sequence(?, 'id'), coalesce((SELECT max(id) FROM {table}), 1),
                  EXISTS (SELECT 1 FROM {table}))"""
ROWS_AT_ONCE = 50

Line = bytes
"""A row in a backup: a JSON array, bytes as `{"bytes": base64}`, times as `{"time": RFC 3339}`."""


def tables() -> list[str]:
    """Every table that is copied, in the order the steps make them: none refers to one after it."""
    made = re.findall(r"^CREATE TABLE (\w+)", "\n".join(steps().values()), re.MULTILINE)
    return [name for name in made if name not in LEFT_OUT]


async def read_rows(engine: EffectEngine) -> AsyncIterator[tuple[str, list[str], list[Line]]]:
    """Some rows at a time, as (table, names of its columns, lines), all of one moment."""
    async for table, rows in engine.snapshot(tables()):
        yield table, list(rows[0].keys()), [orjson.dumps([_plain(value) for value in row]) for row in rows]


async def write_rows(
    url: str,
    applied: Collection[str],
    rows: Callable[[str], tuple[Sequence[str], Iterable[Line]]],
    hold: str,
) -> None:
    """Fill an empty database with the rows of each table and hold it read-only, all in one transaction.

    `applied` are the steps the copied database had; `rows(table)` its columns and rows, and may be asked
    again. ConflictError("database_not_empty"), InputError("backup_damaged"), UnavailableError.
    """
    engine = open_engine(url)
    new = _files(engine) if not any(path.exists() for path in _files(engine)) else []
    try:
        await engine.start()
        await engine.write(partial(_fill, engine.engine_type, applied, rows, hold))
    except BaseException:
        await engine.close()
        for path in new:  # a file without tables would be taken for a database
            path.unlink(missing_ok=True)
        raise
    await engine.close()


async def check_empty(url: str) -> None:
    """ConflictError("database_not_empty"). Where there is no file yet, none is made."""
    engine = open_engine(url)
    if (files := _files(engine)) and not files[0].exists():
        return
    try:
        await engine.start()
        _refuse(await engine.read(Statement(TABLES_THERE[engine.engine_type])))
    finally:
        await engine.close()


def _files(engine: EffectEngine) -> list[Path]:
    """Those of a SQLite database, the database itself first."""
    if not isinstance(engine, SQLite):
        return []
    return [Path(f"{engine.path}{end}") for end in ("", "-wal", "-shm")]


def _refuse(there: Rows) -> None:
    if there:
        raise ConflictError(
            "database_not_empty",
            f"The database is not empty: it has {len(there)} tables. A backup is restored into an empty one: "
            "give another EXCHANGE_HOME or EXCHANGE_DATABASE_URL, or move the old database away.",
        )


def _fill(
    engine_type: str,
    applied: Collection[str],
    rows: Callable[[str], tuple[Sequence[str], Iterable[Line]]],
    hold: str,
) -> Work[None]:
    _refuse((yield Statement(TABLES_THERE[engine_type])))
    yield from migrate(engine_type, applied)
    names = tables()
    for table in reversed(names):
        yield Statement(f"DELETE FROM {table}")  # noqa: S608  # what a step itself had put there
    for table in names:
        columns, lines = rows(table)
        yield from _insert(engine_type, table, columns, iter(lines))
    yield Statement(PUT, (HELD, hold))


def _insert(engine_type: str, table: str, columns: Sequence[str], lines: Iterator[Line]) -> Work[None]:
    if not all(re.fullmatch(r"[a-z_]{1,60}", name) for name in columns):
        raise InputError("backup_damaged", f"The backup has columns of {table} that no table has.")
    given = "OVERRIDING SYSTEM VALUE " if engine_type == "postgres" and "id" in columns else ""
    marks = f"({', '.join('?' * len(columns))})"
    into = f"INSERT INTO {table} ({', '.join(columns)}) {given}VALUES "
    while some := [_row(line, len(columns)) for line in islice(lines, ROWS_AT_ONCE)]:
        values = [value for row in some for value in row]
        yield Statement(into + ", ".join([marks] * len(some)), values)
    if given and (yield Statement("SELECT pg_get_serial_sequence(?, 'id')", (table,)))[0][0]:
        yield Statement(COUNT_ON.format(table=table), (table,))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(value).decode()}
    return {"time": value.isoformat()} if isinstance(value, datetime) else value


def _row(line: Line, width: int) -> list[Any]:
    try:
        row = [_value(one) for one in orjson.loads(line)]
    except (ValueError, TypeError, KeyError):
        row = []
    if len(row) != width:
        raise InputError("backup_damaged", "The backup has a row that cannot be read.")
    return row


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    return (
        base64.b64decode(plain["bytes"], validate=True)
        if "bytes" in plain
        else datetime.fromisoformat(plain["time"])
    )
