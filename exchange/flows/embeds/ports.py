"""What embeds need of the database; each method is one look at it, however much is embedded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from exchange.flows.portfolios.records import Logged, Mark

Marks = Mapping[str, int]
"""The version of each status list that something depends on: while none moves, no bit of it did."""


@dataclass(frozen=True, slots=True)
class BadgeMarks:
    """The `lists` that each of some badges is in; of what is unsigned or erased, nothing. From `logged` on
    nothing was in the log yet; 0 where nothing was found."""

    lists: Mapping[str, Marks]
    logged: int

    @property
    def versions(self) -> Marks:
        """Of all these lists together."""
        return {id: version for one in self.lists.values() for id, version in one.items()}


class EmbedStore(Protocol):
    """How to learn that something changed without reading what it is."""

    async def badge_marks(self, badges: Sequence[str]) -> BadgeMarks: ...

    async def shared_marks(self, names: Sequence[str]) -> dict[str, Mark]:
        """What the values behind these links hang on, whatever became of the links, by the hashes of their
        secrets, and under public names while something is shown there; of what never was, nothing."""

    async def shared_mark(self, name: str) -> Mark | None:
        """The same of one, in one read."""

    async def logged_since(self, position: int, limit: int) -> list[Logged]:
        """What the entries of the log from `position` on are about; the first ones."""

    async def list_versions(self, lists: Sequence[str]) -> dict[str, int]:
        """The versions of these lists, those that are there."""
