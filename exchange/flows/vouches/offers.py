"""Offers: what people may give in their own name. The catalogues on record say it (`core/vouches.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from exchange.core.credentials.nouns import plain
from exchange.core.plain_text import one_line
from exchange.core.vouches import Offer, offer_of
from exchange.errors import NotFoundError
from exchange.flows.badges.show import shelves
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement


@dataclass(frozen=True, slots=True)
class Offered:
    """An achievement that people give: its newest version, and what it is in here. `key` names it, whatever
    its version."""

    achievement: Achievement
    offer: Offer

    @property
    def key(self) -> str:
        return self.offer.achievement

    @property
    def name(self) -> str:
        return name_of(self.achievement)

    @property
    def description(self) -> str:
        return one_line(self.achievement.document.get("description"), 300)


ORDER: Mapping[str, int] = {"peer": 0, "sponsor": 1, "thanks": 2}


def name_of(one: Achievement) -> str:
    """What it is called, on one line."""
    return one_line(plain(one.document.get("name")), 300)  # type: ignore[arg-type]


async def offers(ports: Ports) -> list[Offered]:
    """Peers' vouches first, then sponsors', then thanks; none where no catalogue has any."""
    found = [offered for shelf in await shelves(ports) for one in shelf.achievements if (offered := of(one))]
    return sorted(found, key=lambda one: (ORDER[one.offer.kind], one.name))


def of(one: Achievement) -> Offered | None:
    """None for a badge that only issuers award."""
    offer = offer_of(one.document)
    return Offered(one, replace(offer, achievement=f"{one.issuer}/{one.slug}")) if offer else None


async def offered(ports: Ports, key: str) -> Offered:
    """By `issuer/slug`. NotFoundError("unknown_offer")."""
    issuer, _, slug = key.partition("/")
    one = await ports.store.achievement(issuer, slug)
    found = of(one) if one and one.retired_at is None else None
    if found is None:
        raise NotFoundError("unknown_offer", f"{key!r:.120} is nothing that people give here.")
    return found
