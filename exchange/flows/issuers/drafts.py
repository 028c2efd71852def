"""Drafts: what may become the next version of an achievement, saved as often as its makers like.

A draft is the table of a badge's file (`schemas/badge-catalogue.json`), so that desk and files say the same
in the same words. It may be incomplete; `view` says what it still lacks. Nobody sees it but who may design at
its issuer, so it is in no log: its effect is the version that `publish` makes of it.
"""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from exchange.core.catalogues.catalogue import CatalogueBadge, build_badge, check_badge, check_slug
from exchange.core.catalogues.catalogue_text import badge_table
from exchange.core.catalogues.design import Design
from exchange.core.catalogues.picture import Given, Picture, read_image_table
from exchange.core.verdict.finding import Finding
from exchange.errors import AlreadyDoneError, ConflictError, InputError, NotFoundError
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer
from exchange.flows.issuers.records import AchievementDraft
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Once

MAX_SOURCE = 200_000
"""Characters of a draft: all that its form allows at its longest would not be read by anybody."""
MEMBERS = (
    *("name", "description", "criteria", "image", "achievement_type", "tags", "valid_days"),
    *("evidence_required", "alignments", "results"),
)

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft, what its table says, everything that must be put right before it can be published, and the
    newest version on record that it follows."""

    draft: AchievementDraft
    table: Table
    faults: tuple[Finding, ...]
    known: Achievement | None


@dataclass(frozen=True, slots=True)
class Template:
    """An achievement to begin from: of which family, under which name there."""

    family: str
    badge: CatalogueBadge

    @property
    def name(self) -> str:
        return f"{self.family}/{self.badge.slug}"


async def templates(ports: Ports) -> list[Template]:
    """Every badge of the families that are shipped."""
    shipped = await asyncio.to_thread(ports.templates)
    return [Template(catalogue.slug, badge) for catalogue in shipped for badge in catalogue.badges]


async def drafts(ports: Ports, slug: str) -> list[AchievementDraft]:
    """Those of one issuer. NotFoundError("unknown_issuer"), ForbiddenError."""
    await issuer(ports, slug)
    check(ports, "design", slug)
    return await ports.store.drafts(slug)


async def view(ports: Ports, slug: str, name: str) -> DraftView:
    """One draft. NotFoundError("unknown_draft"), ForbiddenError."""
    draft = await find_draft(ports, slug, name)
    table = json.loads(draft.source)
    faults = tuple(await asyncio.to_thread(_faults, ports, draft, table))
    return DraftView(draft, table, faults, await ports.store.achievement(slug, name))


async def begin(
    ports: Ports, slug: str, name: str = "", title: str = "", start: str = "", once: Once | None = None
) -> AchievementDraft:
    """A draft called `name` (in addresses; by default made of `title`), with what `start` says in it.

    `start`: `ISSUER/BADGE` of an achievement on record, or else of a template; by default the newest version
    of what has that name here. InputError "slug_malformed", "title_missing"; NotFoundError "unknown_issuer",
    "unknown_achievement"; ConflictError "draft_exists", "slug_taken".
    """
    await issuer(ports, slug)
    check(ports, "design", slug)
    await check_writable(ports)
    name = name or slug_of(title)
    if not name:
        raise InputError("title_missing", "Give the badge a name, or say what to begin from.", "title")
    for fault in check_slug(name, "badge"):
        raise InputError(fault.code, fault.message, "slug")
    known = await ports.store.achievement(slug, name)
    if known is not None and (start or title):
        said = f"{slug} has a badge {name} already. Change that one, or choose another name."
        raise ConflictError("slug_taken", said)
    table, image, svg = await _start(ports, start or (f"{slug}/{name}" if known else ""))
    table |= {"name": title} if title else {}
    draft = AchievementDraft(slug, name, _text(table), image, svg, 1, ports.now())
    try:
        await ports.store.put_draft(draft, once and replace(once, answer=f"{slug}/{name}"))
    except AlreadyDoneError as done:
        return await find_draft(ports, *done.answer.split("/"))
    return draft


async def save(
    ports: Ports, slug: str, name: str, changes: Mapping[str, Any], revision: int | None = None
) -> AchievementDraft:
    """Put `changes` into the draft's table; None takes a member out. `revision`: the one that was seen.

    A picture that was given stays for as long as `image` names it. InputError "unknown_member",
    "draft_too_large"; ConflictError("draft_changed"); NotFoundError("unknown_draft").
    """
    draft = await find_draft(ports, slug, name)
    check_members(changes)
    table = {**json.loads(draft.source), **changes}
    table = {member: table[member] for member in MEMBERS if table.get(member) is not None}
    given = isinstance(table.get("image"), dict) and "file" in table["image"]
    image, svg = (draft.image, draft.svg) if given else (b"", b"")
    return await _save(ports, draft, table, image, svg, revision)


async def give_picture(
    ports: Ports,
    slug: str,
    name: str,
    raster: bytes,
    svg: bytes | None,
    alt: str,
    revision: int | None = None,
) -> AchievementDraft:
    """Let the draft show a picture that was made elsewhere: a PNG, JPEG or WebP, and perhaps an SVG.

    InputError, its `at` being `file`, `svg` or `alt`, for a picture that cannot be made safe; as `save`.
    """
    draft = await find_draft(ports, slug, name)
    image = {"file": f"{name}.png", **({"svg": f"{name}.svg"} if svg else {}), "alt": alt}
    Given(**image)
    table = json.loads(draft.source)
    made = await asyncio.to_thread(ports.draw.given, str(table.get("name", name)), alt, raster, svg)
    drawing = made.svg if made.svg_digest else b""
    return await _save(ports, draft, {**table, "image": image}, made.png, drawing, revision)


async def discard(ports: Ports, slug: str, name: str) -> None:
    """Let a draft go, for good. NotFoundError("unknown_draft")."""
    await find_draft(ports, slug, name)
    await check_writable(ports)
    await ports.store.remove_draft(slug, name)


async def find_draft(ports: Ports, slug: str, name: str) -> AchievementDraft:
    """NotFoundError "unknown_issuer", "unknown_draft"; ForbiddenError."""
    await issuer(ports, slug)
    check(ports, "design", slug)
    found = await ports.store.draft(slug, name)
    if found is None:
        raise NotFoundError("unknown_draft", f"{slug} has no draft {name!r:.80}. Begin one first.")
    return found


def badge_of(ports: Ports, draft: AchievementDraft) -> CatalogueBadge:
    """The badge that a draft describes, its picture made safe once more. InputError for its first fault."""
    table = json.loads(draft.source)
    for fault in _faults(ports, draft, table):
        raise InputError("draft_incomplete", f"This cannot be published yet. {fault.message}", fault.at)
    return build_badge(draft.slug, table, _picture(ports, draft, table))


def slug_of(title: str) -> str:
    """ "Öl & Wasser" → `ol-wasser`: a name as it can stand in an address; `""` for nothing of that kind."""
    plain = unicodedata.normalize("NFKD", title.replace("ß", "ss").casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return "-".join(words)[:64].strip("-")


def check_members(table: Mapping[str, Any]) -> None:
    """InputError("unknown_member") for what no badge's file has."""
    for member in table:
        if member not in MEMBERS:
            said = f"{member!r:.60} is not a member of a badge; it has {', '.join(MEMBERS)}."
            raise InputError("unknown_member", said, f"/{member}")


async def _start(ports: Ports, start: str) -> tuple[Table, bytes, bytes]:
    """The table to begin with, and its picture if that was given."""
    if not start:
        return {}, b"", b""
    family, _, name = start.partition("/")
    known = await ports.store.achievement(family, name)
    if known is not None and known.source:
        source = json.loads(known.source)
        drawing = known.svg if "svg_digest" in source["image"] else b""
        image = known.image if "png_digest" in source["image"] else b""
        return badge_table(name, source), image, drawing
    for one in await templates(ports):
        if one.name == start:
            source, look = json.loads(one.badge.source), one.badge.look
            if not isinstance(look, Picture):
                return badge_table(name, source), b"", b""
            return badge_table(name, source), look.png, look.svg if look.svg_digest else b""
    raise NotFoundError("unknown_achievement", f"There is no badge {start!r:.120} here to begin from.")


async def _save(
    ports: Ports, draft: AchievementDraft, table: Table, image: bytes, svg: bytes, revision: int | None
) -> AchievementDraft:
    await check_writable(ports)
    source = _text(table)
    if (source, image, svg) == (draft.source, draft.image, draft.svg):
        return draft
    if revision is not None and revision != draft.revision:
        said = "Somebody else saved this draft in the meantime. Look at what it says now, then save again."
        raise ConflictError("draft_changed", said)
    saved = replace(
        draft, source=source, image=image, svg=svg, revision=draft.revision + 1, updated_at=ports.now()
    )
    await ports.store.put_draft(saved)
    return saved


def _text(table: Table) -> str:
    text = json.dumps(table, ensure_ascii=False, sort_keys=True)
    if len(text) > MAX_SOURCE:
        said = f"The draft has {len(text)} characters; at most {MAX_SOURCE} are kept."
        raise InputError("draft_too_large", said)
    return text


def _faults(ports: Ports, draft: AchievementDraft, table: Table) -> list[Finding]:
    found = check_badge(draft.slug, table)
    if any(fault.at.startswith("/image") for fault in found) or "image" not in table:
        return found
    look = read_image_table(table["image"])
    if isinstance(look, Design):
        found += [
            Finding(one.code, "error", one.message, f"/image/{one.at}") for one in ports.draw.uncovered(look)
        ]
    elif not draft.image:
        said = "The picture that is named was not given yet."
        found.append(Finding("picture_missing", "error", said, "/image/file"))
    return found


def _picture(ports: Ports, draft: AchievementDraft, table: Table) -> Picture | None:
    if not draft.image:
        return None
    return ports.draw.given(table["name"], table["image"]["alt"], draft.image, draft.svg or None)
