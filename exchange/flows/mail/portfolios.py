"""What mails add when something that does not hold any more is in a portfolio: where it can be taken off."""

from __future__ import annotations

from exchange.flows.mail.words import Link
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel


async def in_portfolios(ports: Ports, parcel: Parcel, id: str) -> tuple[str | Link, ...]:
    """Of whoever the mail goes to; nothing where no portfolio of theirs shows it."""
    known = await ports.store.address(parcel.recipient)
    found = await ports.store.portfolios(known.person) if known and known.verified_at else []
    links = [
        Link(
            f"Take it off “{one.portfolio.headline}”",
            f"{ports.base_url}/account/portfolios/{one.id}#item-{item.key}",
        )
        for one in found
        for item in one.portfolio.items
        if item.id == id and not item.hidden
    ]
    if not links:
        return ()
    return ("It stands in a portfolio of yours, where readers see that it does not hold.", *links)
