"""What embeds need of the database; each method is one look at it, however much is embedded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from exchange.flows.portfolios.records import Mark

Marks = Mapping[str, int]
"""The version of each status list that something depends on: while none moves, no bit of it did."""


class EmbedStore(Protocol):
    """How to learn that something changed without reading what it is."""

    async def badge_marks(self, badges: Sequence[str]) -> dict[str, dict[str, int]]:
        """The lists that each of these badges is in; of what is unsigned or erased, nothing."""

    async def link_marks(self, names: Sequence[str]) -> dict[str, int]:
        """What is shown by these links, by the hashes of their secrets, and under these public names, as
        `Shared.mark` says it, of those that are on."""

    async def shared_mark(self, name: str) -> Mark | None:
        """What the value behind a link hangs on, whatever became of the link; one read by its hash, or by a
        public name, of which it is None while nothing is shown."""

    async def logged_since(self, position: int, limit: int) -> list[tuple[int, str]]:
        """What the entries of the log from `position` on are about, each with where it is; the first ones."""

    async def list_versions(self, lists: Sequence[str]) -> dict[str, int]:
        """The versions of these lists, those that are there."""
