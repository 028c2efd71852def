"""Show: what a page needs to know about one badge, gathered once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.core import bake
from exchange.core.verdict.secured import read_secured
from exchange.core.verdict.verdict import Verdict
from exchange.errors import NotFoundError
from exchange.flows.badges.status import find_badge
from exchange.flows.badges.verify import verify
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.issuers.issuers import achievement_document, did_document, issuer, issuer_profile
from exchange.flows.log.log import entry_of
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Badge, Issuer, StatusChange

__all__ = [
    "BadgeView",
    "Shelf",
    "achievement",
    "achievement_document",
    "badge",
    "baked_png",
    "baked_svg",
    "did_document",
    "issuer_profile",
    "newest",
    "shelf",
    "shelves",
]


@dataclass(frozen=True, slots=True)
class BadgeView:
    """A badge with its live verdict. `credential` is as signed; show it only if the verdict does.
    `entry` is the number of its award in the log, None if it is older than the log."""

    badge: Badge
    credential: Mapping[str, Any]
    issuer: Issuer
    achievement: Achievement
    verdict: Verdict
    history: list[StatusChange]
    entry: int | None


async def badge(ports: Ports, key: str) -> BadgeView:
    """Everything about one badge, verified just now. NotFoundError("unknown_badge")."""
    row = await find_badge(ports, key)
    signed = row.signed or b""
    return BadgeView(
        badge=row,
        credential=read_secured(signed).document,
        issuer=await issuer(ports, row.issuer),
        achievement=await achievement(ports, row.issuer, row.achievement, row.version),
        verdict=await verify(ports, signed),
        history=await ports.store.history(row.id),
        entry=await entry_of(ports, row.id),
    )


async def achievement(ports: Ports, slug: str, name: str, version: int) -> Achievement:
    """One frozen version. NotFoundError("unknown_achievement")."""
    found = await ports.store.achievement(slug, name, version)
    if found is None:
        raise NotFoundError(
            "unknown_achievement", f"There is no badge {slug}/{name} in version {version} here."
        )
    return found


@dataclass(frozen=True, slots=True)
class Shelf:
    """An issuer and the newest version of each badge it awards, those of a kind side by side, by tags."""

    issuer: Issuer
    achievements: list[Achievement]


async def shelves(ports: Ports) -> list[Shelf]:
    """Everything that can be earned here, by issuer; the exchange itself only vouches for keys."""
    return [await shelf(ports, row.slug) for row in await ports.store.issuers() if row.slug != EXCHANGE]


async def shelf(ports: Ports, slug: str) -> Shelf:
    """What one issuer has. NotFoundError("unknown_issuer")."""
    row = await issuer(ports, slug)
    found = await ports.store.achievements(slug)
    return Shelf(row, sorted(found, key=lambda one: (one.document.get("tag", []), one.slug)))


async def newest(ports: Ports, slug: str, name: str) -> Achievement:
    """The newest version of an achievement, retired or not. NotFoundError("unknown_achievement")."""
    found = await ports.store.achievement(slug, name)
    if found is None:
        raise NotFoundError("unknown_achievement", f"There is no badge {slug}/{name} here.")
    return found


async def baked_png(ports: Ports, key: str) -> bytes:
    """The badge's picture with the signed credential inside (OB 3.0 §5.3.1)."""
    row = await find_badge(ports, key)
    picture = (await achievement(ports, row.issuer, row.achievement, row.version)).image
    return await asyncio.to_thread(bake.bake_png, picture, (row.signed or b"").decode())


async def baked_svg(ports: Ports, key: str) -> bytes:
    """The same as SVG (OB 3.0 §5.3.2)."""
    row = await find_badge(ports, key)
    picture = (await achievement(ports, row.issuer, row.achievement, row.version)).svg
    return await asyncio.to_thread(bake.bake_svg, picture, (row.signed or b"").decode())
