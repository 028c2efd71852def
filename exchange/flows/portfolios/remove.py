"""Remove: a portfolio with all its links and its public page, which show nothing from then on."""

from __future__ import annotations

from exchange.errors import NotFoundError
from exchange.flows.portfolios.publish import unpublish
from exchange.flows.portfolios.records import Kept
from exchange.flows.ports import Ports


async def remove(ports: Ports, id: str) -> Kept:
    """NotFoundError("unknown_portfolio"), ForbiddenError, UnavailableError."""
    kept = await unpublish(ports, id)
    if not await ports.store.remove_portfolio(id):
        raise NotFoundError("unknown_portfolio", f"There is no portfolio {id!r:.80} of yours.")
    return kept
