"""Sync: bring the catalogues of `issuers/` (badges as code) into the exchange.

A version of an achievement never changes once it is there; a changed file makes the next version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.core import urls
from exchange.core.catalogue import Catalogue, CatalogueBadge, achievement_document
from exchange.flows.issuers import put_issuer
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Issuer


@dataclass(slots=True)
class SyncReport:
    """What sync did, as names `issuer/badge@version`."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


async def sync(ports: Ports, catalogues: Sequence[Catalogue]) -> SyncReport:
    """Make every issuer and achievement of the catalogues known here, each with its key and picture."""
    report = SyncReport()
    for catalogue in catalogues:
        issuer = await put_issuer(ports, catalogue.slug, dict(catalogue.profile))
        for badge in catalogue.badges:
            await _put_badge(ports, issuer, badge, report)
    return report


async def _put_badge(ports: Ports, issuer: Issuer, badge: CatalogueBadge, report: SyncReport) -> None:
    known = await ports.store.achievement(issuer.slug, badge.slug)
    if known is not None and known.digest == badge.digest:
        report.unchanged.append(f"{issuer.slug}/{badge.slug}@{known.version}")
        return
    version = known.version + 1 if known else 1
    place = (ports.base_url, issuer.slug, badge.slug, version)
    document = achievement_document(
        badge, urls.achievement(*place), urls.achievement_image(*place), issuer.did
    )
    achievement = Achievement(
        issuer=issuer.slug,
        slug=badge.slug,
        version=version,
        document=document,
        digest=badge.digest,
        image=await asyncio.to_thread(ports.draw.png, badge.design),
        svg=await asyncio.to_thread(ports.draw.svg, badge.design),
        alt=badge.design.alt,
        valid_days=badge.valid_days,
        evidence_required=badge.evidence_required,
        created_at=ports.now(),
        source="",
    )
    await ports.store.put_achievement(achievement)
    (report.updated if known else report.created).append(f"{issuer.slug}/{badge.slug}@{version}")
