"""Count: that a link was opened, where its holder asked for that, and its reader is told."""

from __future__ import annotations

import logging

from exchange.errors import ExchangeError
from exchange.flows.instance.standing import check_writable
from exchange.flows.portfolios.records import Link, Publication
from exchange.flows.ports import Ports


async def count_opening(ports: Ports, link: Link | Publication) -> None:
    """Nobody is kept from reading because it could not be counted."""
    if isinstance(link, Publication) or not link.receipt:
        return
    try:
        await check_writable(ports)
        await ports.store.count_opening(link.id, ports.now())
    except ExchangeError as error:
        logging.getLogger("exchange").warning("an opening was not counted: %s", error.code)
