"""Sync: bring the catalogues of `issuers/` (badges as code) into the exchange.

`compare` says what would happen, `carry_out` does what was said, `sync` is both. The rules:

1. A version never changes once it is on record, whether anything was awarded from it or not: its address is
   public, cached for good, and an endorsement may pin it. A changed file makes the next version, which links
   the one before it by `related`; what was awarded keeps the version it was awarded from.
2. A badge whose file is gone is retired. It stays on record, what was awarded stays as valid as it was, and
   nothing more is awarded. When the file is back, it can be awarded again.
3. Issuers that the folder does not name are left alone.
4. What the desk wrote last, the files do not undo unless that is asked for (`over_desk`). Once they say the
   same, because it was exported to them, they are what is followed again.
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
from exchange.flows.issuers.issuers import issuer, issuer_id, put_issuer, shown
from exchange.flows.log.log import achievement_leaf
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Origin

Act = Literal["create", "update", "retire", "return", "keep", "leave"]
CHANGES: tuple[Act, ...] = ("update", "retire", "return")
"""What alters something that is on record, so that a person should have agreed."""


@dataclass(frozen=True, slots=True)
class IssuerStep:
    """What happens to an issuer: its words or its id change, or it is new."""

    act: Act
    issuer: str
    profile: dict[str, Any]
    differences: tuple[Difference, ...] = ()
    origin: Origin = "files"
    image: Picture | None = None

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


async def sync(ports: Ports, catalogues: Sequence[Catalogue], *, over_desk: bool = False) -> Plan:
    """Make the exchange say what the catalogues say; what was done."""
    plan = await compare(ports, catalogues, over_desk=over_desk)
    await carry_out(ports, plan)
    return plan


async def compare(ports: Ports, catalogues: Iterable[Catalogue], *, over_desk: bool = False) -> Plan:
    """What a sync would do. Nothing is written."""
    steps: list[Step] = []
    for catalogue in catalogues:
        steps.append(await _compare_issuer(ports, catalogue, over_desk))
        known = {one.slug: one for one in await ports.store.achievements(catalogue.slug, retired=True)}
        found = [
            compare_badge(ports, catalogue.slug, known.pop(badge.slug, None), badge)
            for badge in catalogue.badges
        ]
        found += [
            BadgeStep("retire", catalogue.slug, one, None) for one in known.values() if one.retired_at is None
        ]
        steps += [step if over_desk else _left(step) for step in found]
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
        if step.act == "leave":
            continue
        if isinstance(step, IssuerStep):
            await _put_issuer(ports, step)
        elif step.act in ("create", "update"):
            made = await version(ports, step)
            leaf = achievement_leaf(made, made.created_at, ports.new_salt())
            await ports.store.put_achievement(made, leaf)
        elif step.known is not None:
            await mark(ports, step, step.known)


async def _compare_issuer(ports: Ports, catalogue: Catalogue, over_desk: bool) -> IssuerStep:
    slug, profile = catalogue.slug, dict(catalogue.profile)
    if catalogue.image is not None:
        profile["image"] = shown(ports, slug, catalogue.image)
    known = await ports.store.issuer(slug)
    if known is None:
        return IssuerStep("create", slug, profile, image=catalogue.image)
    ours = known.origin == "desk" and not over_desk and known.profile != profile
    profile = dict(known.profile) if ours else profile
    active = next((key for key in await ports.store.keys(slug) if key.state == "active"), None)
    found = [] if active else [Difference("key", None, "a new one")]
    did = issuer_id(ports, active) if active else known.did
    found += differences({"id": known.did, **known.profile}, {"id": did, **profile})
    if ours and not found:
        return IssuerStep("leave", slug, profile, origin="desk")
    origin: Origin = "desk" if ours else "files"
    image = None if ours else catalogue.image
    return IssuerStep("update" if found else "keep", slug, profile, tuple(found), origin, image)


async def _put_issuer(ports: Ports, step: IssuerStep) -> None:
    """The picture goes on record when its issuer is there, before anybody is told of it."""
    if step.image is not None and await ports.store.issuer(step.issuer) is None:
        bare = {name: value for name, value in step.profile.items() if name != "image"}
        await put_issuer(ports, step.issuer, bare)
    if step.image is not None:
        await ports.store.put_issuer_picture(step.issuer, step.image.png_digest, step.image.png)
    await put_issuer(ports, step.issuer, step.profile, step.origin)


def _left(step: BadgeStep) -> BadgeStep:
    """The step, or none of it where the desk had the last word."""
    if step.known is None or step.known.origin == "files" or step.act == "keep":
        return step
    return replace(step, act="leave")


def compare_badge(ports: Ports, slug: str, known: Achievement | None, badge: CatalogueBadge) -> BadgeStep:
    """What it takes for the newest version to say what `badge` says."""
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


async def version(ports: Ports, step: BadgeStep, origin: Origin = "files") -> Achievement:
    """The version that a step makes, with its picture. Nothing is written."""
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
        origin=origin,
    )


def _pictures(ports: Ports, look: Look) -> tuple[bytes, bytes]:
    """The PNG and the SVG."""
    if isinstance(look, Picture):
        return look.png, look.svg
    return ports.draw.png(look), ports.draw.svg(look)


async def mark(ports: Ports, step: BadgeStep, known: Achievement, origin: Origin = "files") -> None:
    """Retire a version, take that back, note who speaks for it now, or add the source that an older program
    did not keep."""
    retired_at = ports.now() if step.act == "retire" else None
    source = step.badge.source if step.badge else known.source
    if (known.source, known.retired_at, known.origin) != (source, retired_at, origin):
        marked = replace(known, source=source, retired_at=retired_at, origin=origin)
        await ports.store.mark_achievement(marked, achievement_leaf(marked, ports.now(), ports.new_salt()))
