"""What `exchange log fsck` reads: rows as they are stored, a page at a time, whatever was done to them.

Text is read as its bytes: of a changed one nobody knows whether it is text at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from exchange.adapters.database.effects import Rows
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.log_reads import raw
from exchange.flows.records import LogRow, StatusChange

_BYTES = {"sqlite": "CAST({} AS BLOB)", "postgres": "convert_to({}, 'UTF8')"}
_MOST = 500
"""Arguments of one query."""


class Reads(Protocol):
    async def _read(self, sql: str, *args: Any) -> Rows: ...


class _Reader(Reads, Protocol):
    engine: EffectEngine


class LogAudit:
    """The part of the store that reads what others wrote as if nobody could be trusted."""

    async def log_state(self: _Reader) -> tuple[int, bytes] | None:
        rows = await self._read("SELECT size, frontier FROM log_state WHERE id = 0")
        return (rows[0][0], raw(rows[0][1])) if rows else None

    async def log_count(self: _Reader) -> int:
        rows = await self._read("SELECT count(*) FROM log_entry")
        return int(rows[0][0])

    async def log_rows(self: _Reader, after: int, limit: int) -> list[LogRow]:
        sql = f"SELECT {_columns(self)} FROM log_entry e WHERE position > ? ORDER BY position LIMIT ?"  # noqa: S608
        return [_row(row) for row in await self._read(sql, after, limit)]

    async def log_rows_about(self: _Reader, names: Sequence[str]) -> list[tuple[str, LogRow]]:
        sql = f"""
            SELECT a.about, {_columns(self)} FROM log_about a JOIN log_entry e ON e.position = a.position
            WHERE a.about IN ({{}}) ORDER BY a.about, e.position"""  # noqa: S608 - names of ours
        return [(row[0], _row(tuple(row)[1:])) for row in await each(self, sql, names)]

    async def log_abouts(self: _Reader, positions: Sequence[int]) -> list[tuple[int, bytes]]:
        about = _BYTES[self.engine.engine_type].format("about")
        sql = f"SELECT position, {about} FROM log_about WHERE position IN ({{}}) ORDER BY position, about"  # noqa: S608
        return [(position, raw(name)) for position, name in await each(self, sql, positions)]

    async def log_stray_abouts(self: _Reader, limit: int) -> list[tuple[int, bytes]]:
        about = _BYTES[self.engine.engine_type].format("a.about")
        sql = f"""
            SELECT a.position, {about} FROM log_about a LEFT JOIN log_entry e ON e.position = a.position
            WHERE e.position IS NULL ORDER BY a.position, a.about LIMIT ?"""  # noqa: S608 - names of ours
        return [(position, raw(name)) for position, name in await self._read(sql, limit)]

    async def known_badges(self: _Reader, ids: Sequence[str]) -> set[str]:
        return {row[0] for row in await each(self, "SELECT id FROM badge WHERE id IN ({})", ids)}

    async def histories(self: _Reader, badge_ids: Sequence[str]) -> list[StatusChange]:
        sql = """
            SELECT badge, purpose, is_set, reason, at FROM status_change WHERE badge IN ({})
            ORDER BY badge, id"""
        return [StatusChange(*row) for row in await each(self, sql, badge_ids)]


async def each(reader: Reads, sql: str, values: Sequence[Any]) -> list[Any]:
    """The rows for all of the values, however many."""
    found: list[Any] = []
    for start in range(0, len(values), _MOST):
        some = values[start : start + _MOST]
        found += await reader._read(sql.format(", ".join("?" * len(some))), *some)
    return found


def _columns(reader: _Reader) -> str:
    return f"e.position, e.entry, {_BYTES[reader.engine.engine_type].format('e.content')}, e.salt"


def _row(row: Sequence[Any]) -> LogRow:
    position, entry, content, salt = row
    return LogRow(
        position, raw(entry), None if content is None else raw(content), None if salt is None else raw(salt)
    )
