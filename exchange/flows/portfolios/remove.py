"""Remove: a portfolio with all its links, which show nothing from then on."""

from __future__ import annotations

from exchange.errors import NotFoundError
from exchange.flows.instance.standing import check_writable
from exchange.flows.portfolios.mine import find
from exchange.flows.portfolios.records import Kept
from exchange.flows.ports import Ports


async def remove(ports: Ports, id: str) -> Kept:
    """NotFoundError("unknown_portfolio"), ForbiddenError, UnavailableError."""
    kept = await find(ports, id)
    await check_writable(ports)
    if not await ports.store.remove_portfolio(id):
        raise NotFoundError("unknown_portfolio", f"There is no portfolio {id!r:.80} of yours.")
    return kept
