"""What the log's readers ask of the database: entries, nodes, checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import orjson

from exchange.adapters.database.effects import Rows
from exchange.core.log.merkle import Node
from exchange.errors import UnavailableError
from exchange.flows.records import LogRecord, SignedCheckpoint

RECORD = "SELECT position, entry, content, salt FROM log_entry "
NODES = "SELECT level, idx, hash FROM log_node "
CHECKPOINT = "SELECT size, root, note FROM log_checkpoint "
ABOUT = "WHERE position IN (SELECT position FROM log_about WHERE about = ?) ORDER BY position"
NODE = "(level = ? AND idx = ?)"
SPAN = "(level = ? AND idx >= ? AND idx < ?)"
STRAYS = """
    SELECT level, idx FROM log_node
    WHERE level NOT BETWEEN 0 AND 62 OR idx < 0 OR idx >= (CAST(? AS BIGINT) >> level) ORDER BY level, idx"""
MOST_NODES = 200
"""Nodes asked for in one query."""


class _Reader(Protocol):
    async def _read(self, sql: str, *args: Any) -> Rows: ...


class LogReads:
    """The half of the store that reads the log; `_read` is the store's."""

    async def log_size(self: _Reader) -> int:
        rows = await self._read("SELECT size FROM log_state WHERE id = 0")
        return int(rows[0][0])

    async def log_frontier(self: _Reader) -> bytes:
        rows = await self._read("SELECT frontier FROM log_state WHERE id = 0")
        return bytes(rows[0][0])

    async def log_record(self: _Reader, position: int) -> LogRecord | None:
        rows = await self._read(RECORD + "WHERE position = ?", position)
        return _record(rows[0]) if rows else None

    async def log_records(self: _Reader, start: int, limit: int) -> list[LogRecord]:
        sql = RECORD + "WHERE position >= ? ORDER BY position LIMIT ?"
        return [_record(row) for row in await self._read(sql, start, limit)]

    async def log_about(self: _Reader, about: str) -> list[LogRecord]:
        return [_record(row) for row in await self._read(RECORD + ABOUT, about)]

    async def log_nodes(self: _Reader, wanted: Sequence[Node]) -> dict[Node, bytes]:
        found: dict[Node, bytes] = {}
        for start in range(0, len(wanted), MOST_NODES):
            some = wanted[start : start + MOST_NODES]
            where = " OR ".join([NODE] * len(some))
            rows = await self._read(NODES + "WHERE " + where, *(part for node in some for part in node))
            found |= _nodes(rows)
        return found

    async def log_nodes_between(self: _Reader, start: int, end: int) -> dict[Node, bytes]:
        spans = [(level, start >> level, end >> level) for level in range(end.bit_length())]
        where = " OR ".join([SPAN] * len(spans))
        rows = await self._read(NODES + "WHERE " + where, *(part for span in spans for part in span))
        return _nodes(rows)

    async def log_strays(self: _Reader, size: int) -> list[Node]:
        rows = await self._read(STRAYS, size)
        return [(level, index) for level, index in rows]

    async def checkpoint(self: _Reader) -> SignedCheckpoint | None:
        rows = await self._read(CHECKPOINT + "ORDER BY size DESC LIMIT 1")
        return _checkpoint(rows[0]) if rows else None

    async def checkpoints(self: _Reader, after: int, limit: int) -> list[SignedCheckpoint]:
        rows = await self._read(CHECKPOINT + "WHERE size > ? ORDER BY size LIMIT ?", after, limit)
        return [_checkpoint(row) for row in rows]


def _nodes(rows: Rows) -> dict[Node, bytes]:
    return {(level, index): raw(hashed) for level, index, hashed in rows}


def _record(row: Any) -> LogRecord:
    position, entry, content, salt = row
    try:
        said = None if content is None else orjson.loads(content)
    except orjson.JSONDecodeError:
        message = f"what entry {position} of the log commits to was changed; run `exchange log fsck`"
        raise UnavailableError("log_damaged", message) from None
    return LogRecord(position, bytes(entry), said, None if salt is None else bytes(salt))


def _checkpoint(row: Any) -> SignedCheckpoint:
    size, root, note = row
    return SignedCheckpoint(size, raw(root), raw(note))


def raw(value: Any) -> bytes:
    """What a column holds, whatever was put into it."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return str(value).encode("utf-8", "surrogatepass")
