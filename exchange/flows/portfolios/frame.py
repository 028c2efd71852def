"""Frame: which other sites may show what a link shows in a frame. Who has the link can read it all the same:
this says where it may stand, not who may know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exchange.core.portfolio.framing import check_origins
from exchange.errors import ConflictError
from exchange.flows.instance.standing import check_writable
from exchange.flows.portfolios.mine import link_of
from exchange.flows.portfolios.records import Link
from exchange.flows.ports import Ports


async def frame(ports: Ports, id: str, link: str, sites: Sequence[str] | None) -> Link:
    """Let these sites frame it and no others; None for any site, `()` for none.

    InputError: origin_malformed, origins_too_many; ConflictError("link_off"), NotFoundError("unknown_link"),
    and as `find`; UnavailableError.
    """
    found = await link_of(ports, id, link)
    await check_writable(ports)
    origins = None if sites is None else check_origins(sites)
    if not await ports.store.frame_portfolio_link(link, origins):
        raise ConflictError("link_off", "This link is switched off, and shows nothing anywhere.")
    return replace(found, origins=origins)
