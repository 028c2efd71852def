"""What embeds need of the database; each method is one look at it, however much is embedded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from exchange.flows.portfolios.records import Logged, Mark

Marks = Mapping[str, int]
"""The version of each status list that something depends on: while none moves, no bit of it did."""


class EmbedStore(Protocol):
    """How to learn that something changed without reading what it is."""

    async def badge_marks(self, badges: Sequence[str]) -> dict[str, dict[str, int]]:
        """The lists that each of these badges is in; of what is unsigned or erased, nothing."""

    async def shared_marks(self, names: Sequence[str]) -> dict[str, Mark]:
        """What the values behind these links hang on, whatever became of the links, by the hashes of their
        secrets, and under public names while something is shown there; of what never was, nothing."""

    async def shared_mark(self, name: str) -> Mark | None:
        """The same of one, in one read."""

    async def logged_since(self, position: int, limit: int) -> list[Logged]:
        """What the entries of the log from `position` on are about; the first ones."""

    async def list_versions(self, lists: Sequence[str]) -> dict[str, int]:
        """The versions of these lists, those that are there."""
