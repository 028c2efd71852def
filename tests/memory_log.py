"""The part of `MemoryStore` about the log."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exchange.core.log import merkle
from exchange.core.log.entry import build_entry, commit
from exchange.core.log.fsck import completed_at
from exchange.core.strict_json import dump
from exchange.errors import ConflictError
from exchange.flows.log.log import about_of
from exchange.flows.portfolios.records import Logged
from exchange.flows.records import Leaf, LogRecord, LogRow, SignedCheckpoint

if TYPE_CHECKING:
    from tests.memory_store import MemoryStore


@dataclass
class MemoryLog:
    """As in `MemoryStore`, nothing awaits inside a method. `made_up`: whether leaves may be of no flow's."""

    made_up: bool = False
    _log: list[tuple[LogRecord, tuple[str, ...]]] = field(default_factory=list)
    _nodes: dict[merkle.Node, bytes] = field(default_factory=dict)
    _checkpoints: dict[int, SignedCheckpoint] = field(default_factory=dict)

    async def append(self, leaf: Leaf) -> int:
        return self._append(leaf)

    def _append(self, leaf: Leaf | None) -> int:
        if leaf is None:
            return -1
        known = _nouns(about_of(leaf.kind, leaf.content, []) or ())
        assert self.made_up or _nouns(leaf.about) == known, leaf
        entry = build_entry(leaf.kind, leaf.at, commit(leaf.content, leaf.salt))
        position = len(self._log)
        self._nodes |= merkle.append(position, [merkle.leaf_hash(entry)], self._nodes)
        self._log.append((LogRecord(position, entry, copy.deepcopy(leaf.content), leaf.salt), leaf.about))
        return position

    async def put_checkpoint(self, made: SignedCheckpoint) -> bytes:
        kept = self._checkpoints.setdefault(made.size, made)
        if kept.root != made.root:
            raise ConflictError("log_forked", f"another root is already signed for size {made.size}")
        return kept.note

    async def checkpoint(self) -> SignedCheckpoint | None:
        return self._checkpoints[max(self._checkpoints)] if self._checkpoints else None

    async def checkpoints(self, after: int, limit: int) -> list[SignedCheckpoint]:
        return [self._checkpoints[size] for size in sorted(self._checkpoints) if size > after][:limit]

    async def log_size(self) -> int:
        return len(self._log)

    async def log_frontier(self) -> bytes:
        return b"".join(self._nodes[node] for node in merkle.root_needs(len(self._log)))

    async def log_record(self, position: int) -> LogRecord | None:
        return self._log[position][0] if 0 <= position < len(self._log) else None

    async def log_records(self, start: int, limit: int) -> list[LogRecord]:
        return [record for record, _ in self._log[start : start + limit]]

    async def log_about(self, about: str) -> list[LogRecord]:
        return [record for record, names in self._log if about in names]

    async def log_nodes(self, wanted: Sequence[merkle.Node]) -> dict[merkle.Node, bytes]:
        return {node: self._nodes[node] for node in wanted if node in self._nodes}

    async def log_nodes_between(self, start: int, end: int) -> dict[merkle.Node, bytes]:
        return {node: made for node, made in self._nodes.items() if start < completed_at(node)[0] <= end}

    async def log_strays(self, size: int) -> list[merkle.Node]:
        return sorted(node for node in self._nodes if completed_at(node)[0] > size)

    async def log_state(self) -> tuple[int, bytes] | None:
        return len(self._log), await self.log_frontier()

    async def log_count(self) -> int:
        return len(self._log)

    async def log_rows(self, after: int, limit: int) -> list[LogRow]:
        return [_row(record) for record, _ in self._log if record.position > after][:limit]

    async def log_rows_about(self, names: Sequence[str]) -> list[tuple[str, LogRow]]:
        return [
            (name, _row(record)) for name in sorted(names) for record, about in self._log if name in about
        ]

    async def log_abouts(self, positions: Sequence[int]) -> list[tuple[int, bytes]]:
        return [
            (record.position, name.encode())
            for record, about in self._log
            for name in sorted(about)
            if record.position in positions
        ]

    async def logged_since(self: MemoryStore, position: int, limit: int) -> list[Logged]:
        found = []
        for record, about in self._log[position:]:
            for name in about:
                one = self._endorsements.get(name.removeprefix("badge:"))
                found.append(Logged(record.position, name, record.entry, one.holder if one else ""))
        return found[:limit]

    async def log_stray_abouts(self, limit: int) -> list[tuple[int, bytes]]:
        return []


def _row(record: LogRecord) -> LogRow:
    content = None if record.content is None else dump(record.content)
    return LogRow(record.position, record.entry, content, record.salt)


def _nouns(about: Sequence[str]) -> list[str]:
    """What fsck goes by to tell under which names an entry is found: each kind has to be known there."""
    return [name.partition(":")[0] for name in about]
