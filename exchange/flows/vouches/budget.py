"""Budget: how many vouches somebody has in use, which everybody may know who sees one of them."""

from __future__ import annotations

from exchange.core.vouches import Given, in_use
from exchange.flows.ports import Ports


async def in_use_by(ports: Ports, person: str) -> tuple[Given, ...]:
    """Those that take a place just now, those that end first before the others."""
    given = [one.given() for one in await ports.store.vouches_by(person)]
    return in_use(given, person, ports.now())
