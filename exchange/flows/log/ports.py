"""The part of `Store` that holds the log; as there, every method is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from exchange.core.log.merkle import Node
from exchange.flows.records import Leaf, LogRecord, LogRow, SignedCheckpoint


class LogStore(Protocol):
    """The log: its entries, the nodes of its tree, and what was signed for it."""

    async def append(self, leaf: Leaf) -> int:
        """Append a leaf to the log by itself; its position."""

    async def put_checkpoint(self, made: SignedCheckpoint) -> bytes:
        """Keep a signed checkpoint; the note that stands for its size. ConflictError("log_forked")."""

    async def checkpoint(self) -> SignedCheckpoint | None:
        """The one of the greatest size."""

    async def checkpoints(self, after: int, limit: int) -> list[SignedCheckpoint]:
        """By size, those greater than `after`."""

    async def log_size(self) -> int: ...
    async def log_frontier(self) -> bytes:
        """The hashes of `merkle.root_needs` of the log's size, one after the other."""

    async def log_record(self, position: int) -> LogRecord | None: ...
    async def log_records(self, start: int, limit: int) -> list[LogRecord]:
        """By position, from `start` on."""

    async def log_about(self, about: str) -> list[LogRecord]:
        """Those of which a leaf's `about` says so, by position."""

    async def log_nodes(self, wanted: Sequence[Node]) -> dict[Node, bytes]:
        """Those of the nodes that are there."""

    async def log_nodes_between(self, start: int, end: int) -> dict[Node, bytes]:
        """The nodes that were completed while the log grew from `start` entries to `end`."""

    async def log_strays(self, size: int) -> list[Node]:
        """Nodes that no log of that size has."""

    # For who checks it all: what is stored, whatever was done to it, a page at a time.

    async def log_state(self) -> tuple[int, bytes] | None:
        """The size and the frontier as they are stored; None when the row is gone."""

    async def log_count(self) -> int:
        """How many entries are stored."""

    async def log_rows(self, after: int, limit: int) -> list[LogRow]:
        """By position, those greater than `after`."""

    async def log_rows_about(self, names: Sequence[str]) -> list[tuple[str, LogRow]]:
        """Under each of the names the rows that say so, by position."""

    async def log_abouts(self, positions: Sequence[int]) -> list[tuple[int, bytes]]:
        """Under which names these entries are found."""

    async def log_stray_abouts(self, limit: int) -> list[tuple[int, bytes]]:
        """Names of entries that are not there."""
