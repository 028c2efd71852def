"""Kept: what a link shows, as this node judged it last, for as long as nothing of it moved.

One read by the secret's hash tells whether that is so (`embeds/hub.py`), and it is the same read for what is
switched off, over, erased or never was there.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.errors import NotFoundError
from exchange.flows.embeds.portfolio_value import PortfolioValue
from exchange.flows.portfolios.records import Link, Publication, Shared
from exchange.flows.portfolios.show import not_shared
from exchange.flows.ports import Ports


@dataclass(frozen=True, slots=True)
class KeptShown:
    """The value, what the secret found, and the keys of the badges, endorsements and vouches in it."""

    value: PortfolioValue
    found: Shared
    keys: tuple[str, ...]

    @property
    def link(self) -> Link | Publication:
        """What the secret, or the public name, is of."""
        return self.found.link


async def kept_by_secret(ports: Ports, secret: str) -> KeptShown:
    """What a secret shows. NotFoundError("not_shared") as `show.find_shared`."""
    try:
        known = await ports.hub.current(ports, f"portfolios/{secret}")
    except NotFoundError:
        raise not_shared() from None
    if not isinstance(known.value, PortfolioValue) or known.opened is None:
        raise not_shared()
    return KeptShown(known.value, known.opened, known.badges)
