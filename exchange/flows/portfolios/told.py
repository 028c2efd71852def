"""Told: portfolios and their links as programs get them, over HTTP and from a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from exchange.core import urls
from exchange.core.dates import format_date
from exchange.flows.portfolios.choices import Choice
from exchange.flows.portfolios.mine import Mine
from exchange.flows.portfolios.records import Copy, Kept, Link, Publication
from exchange.flows.ports import Ports


def mine(ports: Ports, one: Mine) -> dict[str, Any]:
    """As its holder keeps it, with its links, and how it is public, null while it is not."""
    public = publication(ports, one.public) if one.public else None
    return {**portfolio(ports, one.kept, one.links), "public": public}


def portfolio(ports: Ports, kept: Kept, links: Sequence[Link] | None = None) -> dict[str, Any]:
    """As its holder keeps it."""
    said = msgspec.to_builtins(kept.portfolio)
    about = {
        "id": kept.id,
        "revision": kept.revision,
        "madeAt": format_date(kept.made_at),
        "changedAt": format_date(kept.changed_at),
        **said,
    }
    return about if links is None else {**about, "links": [link(ports, one) for one in links]}


def link(ports: Ports, one: Link) -> dict[str, Any]:
    """A link without its secret, which nobody has but who was given it."""
    return {
        "id": one.id,
        "label": one.label,
        "items": None if one.items is None else list(one.items),
        "receipt": one.receipt,
        "on": one.stands(ports.now()),
        "madeAt": format_date(one.made_at),
        "expiresAt": format_date(one.expires_at) if one.expires_at else None,
        "offAt": format_date(one.off_at) if one.off_at else None,
        "opened": one.opened,
        "openedAt": format_date(one.opened_at) if one.opened_at else None,
        "origins": None if one.origins is None else list(one.origins),
    }


def publication(ports: Ports, one: Publication) -> dict[str, Any]:
    """How one is public, and where."""
    return {
        "url": urls.shared(ports.base_url, one.name),
        "slug": one.slug,
        "search": one.search,
        "origins": None if one.origins is None else list(one.origins),
        "publishedAt": format_date(one.published_at),
    }


def copy(one: Copy) -> dict[str, Any]:
    """What was signed of what a link shows, without its bytes."""
    return {
        "link": one.link,
        "kind": one.kind,
        "madeAt": format_date(one.made_at),
        "until": format_date(one.until),
    }


def choice(one: Choice) -> dict[str, Any]:
    """What may be put in."""
    return {
        "kind": one.kind,
        "id": one.id,
        "name": one.name,
        "by": one.by,
        "at": format_date(one.at),
        "about": one.about,
        "evidence": [{"id": id, **msgspec.to_builtins(proof)} for id, proof in one.evidence],
    }
