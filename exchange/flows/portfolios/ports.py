"""The part of `Store` about portfolios; as there, every method is one transaction. What somebody shows to
whom is theirs, so nothing of it is logged but what they show to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from exchange.core.portfolio.framing import Origins
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.portfolios.records import Copy, Kept, Link, Publication, Shared
from exchange.flows.records import Leaf, Once, Signed
from exchange.flows.vouches.records import Vouch


class PortfolioStore(Protocol):
    """Portfolios, their links, and everything that they show, each read in one go however much it is."""

    async def put_portfolio(self, kept: Kept, once: Once | None = None) -> None:
        """Insert. AlreadyDoneError, ReusedKeyError; ConflictError("conflict") for a known id."""

    async def change_portfolio(self, kept: Kept, was: int) -> bool:
        """Keep what it says now, and its revision; False when `was` is not its revision any more."""

    async def remove_portfolio(self, id: str) -> bool:
        """With its links; False when it is not there."""

    async def portfolio(self, id: str) -> Kept | None: ...
    async def portfolios(self, person: str) -> list[Kept]:
        """The oldest first."""

    async def put_portfolio_link(self, link: Link) -> None:
        """Insert. ConflictError("conflict") where there is no such portfolio."""

    async def end_portfolio_link(self, id: str, at: datetime) -> bool:
        """Switch it off for good, and forget its copies; False when it is off already."""

    async def frame_portfolio_link(self, id: str, origins: Origins) -> bool:
        """Let these sites frame it, and no others; False when it is off."""

    async def portfolio_links(self, portfolios: Sequence[str]) -> list[Link]:
        """The newest first."""

    async def shared(self, hash: str) -> Shared | None:
        """What lies behind a secret, whatever became of it, in one read."""

    async def put_publication(self, one: Publication, leaf: Leaf) -> None:
        """Make it public as that says, or change how, with the leaf. ConflictError("conflict") where there is
        no such portfolio, or another of the same holder has that slug."""

    async def end_publication(self, portfolio: str, leaf: Leaf) -> bool:
        """Not any more, with the leaf; False, and no leaf, when it is not public."""

    async def publications(self, person: str) -> list[Publication]:
        """What somebody has made public, the oldest first."""

    async def at_handle(self, handle: str) -> list[Shared]:
        """What everybody sees of whoever has that handle and is let in, the same in one read; nothing alike
        for who has nothing to show and for who is not there."""

    async def count_opening(self, link: str, at: datetime) -> None:
        """Count it, where its holder asked for that and the link is on."""

    async def put_portfolio_copy(
        self, copy: Copy, unsigned: bytes, signed: bytes | None = None, leaf: Leaf | None = None
    ) -> bool:
        """Keep it, in place of the one of its kind that the link has, with its leaf; one that is not signed
        yet takes only the place of another such. False, and nothing, where the link is not on."""

    async def seal_portfolio_copy(self, id: str, signed: bytes) -> bool:
        """Put the signed bytes in, in place of the one that was there; False where another took its place."""

    async def forget_portfolio_copies(self, now: datetime, unsigned: datetime) -> None:
        """Those that are over by `now`, and those that were made by `unsigned` and never signed."""

    async def portfolio_copies(self, links: Sequence[str]) -> list[Copy]:
        """What there is of these links."""

    async def portfolio_copy_bytes(self, id: str) -> bytes | None:
        """The signed bytes."""

    async def these_badges(self, ids: Sequence[str]) -> list[Signed]:
        """The signed ones among them, whatever their kind, in any order."""

    async def these_endorsements(self, ids: Sequence[str]) -> list[Endorsement]:
        """Those among them that are more than drafts, in any order."""

    async def these_vouches(self, ids: Sequence[str]) -> list[Vouch]:
        """Those among them that are more than drafts, in any order."""
