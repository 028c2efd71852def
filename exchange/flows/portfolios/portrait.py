"""Portrait: the picture of a holder, for who has a link to a portfolio in which they chose to show it.

It is the one of their account, as we redrew it. Switched off in the portfolio, taken away from the account,
or the link gone: there is none.
"""

from __future__ import annotations

from exchange.core.portfolio.shown import Shown
from exchange.errors import NotFoundError
from exchange.flows.portfolios.show import find_shared, not_shared
from exchange.flows.ports import Ports


async def portrait_of(ports: Ports, secret: str) -> bytes:
    """The picture. NotFoundError("not_shared"), also where none is shown."""
    found = await find_shared(ports, secret)
    kept = await ports.store.picture(found.kept.person) if found.kept.portfolio.portrait else None
    if kept is None:
        raise not_shared()
    return kept


async def portrait_in(ports: Ports, shown: Shown) -> bytes:
    """The picture that stands in what a link shows; `b""` for none, or none any more."""
    if not shown.portrait:
        return b""
    try:
        return await portrait_of(ports, shown.key)
    except NotFoundError:
        return b""
