"""Sync: bring the catalogues of `issuers/` (badges as code) into the exchange.

`compare` says what would happen, `carry_out` does what was said, `sync` is both. The rules:

1. A version never changes once it is on record, whether anything was awarded from it or not: its address is
   public, cached for good, and an endorsement may pin it. A changed file makes the next version, which links
   the one before it by `related`; what was awarded keeps the version it was awarded from.
2. A badge whose file is gone is retired. It stays on record, what was awarded stays as valid as it was, and
   nothing more is awarded. When the file is back, it can be awarded again.
3. Issuers that the folder does not name are left alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from exchange.core import urls
from exchange.core.catalogues.catalogue import Catalogue, CatalogueBadge, achievement_document
from exchange.core.catalogues.difference import Difference, differences
from exchange.core.catalogues.picture import Look, Picture
from exchange.core.credentials.achievement import Related
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer, issuer_id, put_issuer
from exchange.flows.log.log import achievement_leaf
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement

Act = Literal["create", "update", "retire", "return", "keep"]
CHANGES: tuple[Act, ...] = ("update", "retire", "return")
"""What alters something that is on record, so that a person should have agreed."""


@dataclass(frozen=True, slots=True)
class IssuerStep:
    """What happens to an issuer: its words or its id change, or it is new."""

    act: Act
    issuer: str
    profile: dict[str, Any]
    differences: tuple[Difference, ...] = ()

    @property
    def name(self) -> str:
        return self.issuer


@dataclass(frozen=True, slots=True)
class BadgeStep:
    """What happens to a badge: `known` is its newest version on record, `badge` what its file says now."""

    act: Act
    issuer: str
    known: Achievement | None
    badge: CatalogueBadge | None
    differences: tuple[Difference, ...] = ()

    @property
    def version(self) -> int:
        """The number of the newest version when the step is done."""
        return (self.known.version if self.known else 0) + (self.act in ("create", "update"))

    @property
    def name(self) -> str:
        slug = self.badge.slug if self.badge else self.known.slug if self.known else ""
        return f"{self.issuer}/{slug}@{self.version}"


Step = IssuerStep | BadgeStep


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync does, in order: each issuer before its badges."""

    steps: tuple[Step, ...]

    def of(self, *acts: Act) -> Plan:
        """Only these steps."""
        return Plan(tuple(step for step in self.steps if step.act in acts))

    def issuers(self, act: Act) -> list[str]:
        return [step.name for step in self.steps if isinstance(step, IssuerStep) and step.act == act]

    def badges(self, act: Act) -> list[str]:
        """The badges, as `issuer/badge@version`."""
        return [step.name for step in self.steps if isinstance(step, BadgeStep) and step.act == act]


async def sync(ports: Ports, catalogues: Sequence[Catalogue]) -> Plan:
    """Make the exchange say what the catalogues say; what was done."""
    plan = await compare(ports, catalogues)
    await carry_out(ports, plan)
    return plan


async def compare(ports: Ports, catalogues: Iterable[Catalogue]) -> Plan:
    """What a sync would do. Nothing is written."""
    steps: list[Step] = []
    for catalogue in catalogues:
        steps.append(await _compare_issuer(ports, catalogue))
        known = {one.slug: one for one in await ports.store.achievements(catalogue.slug, retired=True)}
        for badge in catalogue.badges:
            steps.append(_compare_badge(ports, catalogue.slug, known.pop(badge.slug, None), badge))
        steps += [
            BadgeStep("retire", catalogue.slug, one, None) for one in known.values() if one.retired_at is None
        ]
    return Plan(tuple(steps))


async def carry_out(ports: Ports, plan: Plan) -> None:
    """Do exactly what was planned; each step is on record before the next one.

    ConflictError("version_exists") when another sync was faster; the steps before it are done.
    UnavailableError("read_only"), ForbiddenError.
    """
    new = set(plan.issuers("create"))
    for slug in {step.issuer for step in plan.steps}:
        check(ports, "issuers" if slug in new else "sync", slug)
    await check_writable(ports)
    for step in plan.steps:
        if isinstance(step, IssuerStep):
            if step.act != "keep":
                await put_issuer(ports, step.issuer, step.profile)
        elif step.act in ("create", "update"):
            made = await _version(ports, step)
            leaf = achievement_leaf(made, made.created_at, ports.new_salt())
            await ports.store.put_achievement(made, leaf)
        elif step.known is not None:
            await _mark(ports, step, step.known)


async def _compare_issuer(ports: Ports, catalogue: Catalogue) -> IssuerStep:
    slug, profile = catalogue.slug, dict(catalogue.profile)
    known = await ports.store.issuer(slug)
    if known is None:
        return IssuerStep("create", slug, profile)
    active = next((key for key in await ports.store.keys(slug) if key.state == "active"), None)
    found = [] if active else [Difference("key", None, "a new one")]
    did = issuer_id(ports, active) if active else known.did
    found += differences({"id": known.did, **known.profile}, {"id": did, **profile})
    return IssuerStep("update" if found else "keep", slug, profile, tuple(found))


def _compare_badge(ports: Ports, slug: str, known: Achievement | None, badge: CatalogueBadge) -> BadgeStep:
    if known is None:
        return BadgeStep("create", slug, None, badge)
    found = tuple(_changed(ports, known, badge))
    if found or known.digest != badge.digest:
        return BadgeStep("update", slug, known, badge, found)
    return BadgeStep("keep" if known.retired_at is None else "return", slug, known, badge)


def _changed(ports: Ports, known: Achievement, badge: CatalogueBadge) -> Iterator[Difference]:
    """What the next version would say otherwise. Of a version without a source only the address is known."""
    here, there = f"{ports.base_url}/", str(known.document["id"])
    if ports.public and not there.startswith(here):  # it was made before the exchange had this address
        yield Difference(
            "id", there, urls.achievement(ports.base_url, known.issuer, known.slug, known.version + 1)
        )
    if known.source and known.digest != badge.digest:
        yield from differences(json.loads(known.source), json.loads(badge.source))


async def _version(ports: Ports, step: BadgeStep) -> Achievement:
    badge, known = step.badge, step.known
    assert badge is not None  # noqa: S101  # for mypy: only a retired badge has no file
    place = (ports.base_url, step.issuer, badge.slug, step.version)
    before = Related(id=str(known.document["id"]), version=str(known.version)) if known else None
    creator = (await issuer(ports, step.issuer)).did
    png, svg = await asyncio.to_thread(_pictures, ports, badge.look)
    return Achievement(
        issuer=step.issuer,
        slug=badge.slug,
        version=step.version,
        document=achievement_document(
            badge, urls.achievement(*place), urls.achievement_image(*place), creator, step.version, before
        ),
        digest=badge.digest,
        image=png,
        svg=svg,
        alt=badge.look.alt,
        valid_days=badge.valid_days,
        evidence_required=badge.evidence_required,
        created_at=ports.now(),
        source=badge.source,
    )


def _pictures(ports: Ports, look: Look) -> tuple[bytes, bytes]:
    """The PNG and the SVG."""
    if isinstance(look, Picture):
        return look.png, look.svg
    return ports.draw.png(look), ports.draw.svg(look)


async def _mark(ports: Ports, step: BadgeStep, known: Achievement) -> None:
    """Retire a version, take that back, or add the source that an older program did not keep."""
    retired_at = ports.now() if step.act == "retire" else None
    source = step.badge.source if step.badge else known.source
    if (known.source, known.retired_at) != (source, retired_at):
        marked = replace(known, source=source, retired_at=retired_at)
        await ports.store.mark_achievement(marked, achievement_leaf(marked, ports.now(), ports.new_salt()))
