"""Brought: a badge from elsewhere in a portfolio, as the last look at it found it, and its file."""

from __future__ import annotations

from msgspec.structs import replace

from exchange.core import urls
from exchange.core.plain_text import as_named, plain
from exchange.core.portfolio.portfolio import Item as Choice
from exchange.core.portfolio.portfolio import chosen
from exchange.core.portfolio.shown import Item, Skill, State
from exchange.flows.imported import listed
from exchange.flows.imported.records import ImportedNow
from exchange.flows.portfolios.records import Shared
from exchange.flows.ports import Ports


def brought(choice: Choice, now: ImportedNow, key: str) -> Item:
    """As a reader sees it. What is valid by an issuer that nobody here knows says so, and is never plainly
    valid; of what does not stand, no word."""
    said = now.outline
    state: State = "issuer_unknown" if now.state == "valid" and not now.known else now.state
    home = f"{urls.shared('', key)}/brought/{choice.id}" if key else f"/account/imported/{choice.id}"
    item = Item(
        key=choice.key,
        kind="imported",
        state=state,
        since=now.since,
        name=as_named(said.name, 300),
        issuer=as_named(said.issuer, 200),
        domain=said.domain,
        credential=f"{home}/file",
        picture=f"{home}/picture" if now.picture else "",
        at=said.starts,
        starts=said.starts,
        ends=said.ends,
        looked_at=now.checked_at,
    )
    if item.tombstone:
        return item
    return replace(
        item,
        description=plain(said.description, 500),
        skills=tuple(Skill(as_named(one.name, 200), one.id) for one in said.skills),
        evidence=tuple(one for n, one in enumerate(said.evidence) if str(n) in choice.evidence),
    )


async def file_of(ports: Ports, found: Shared, id: str) -> listed.File:
    """The very bytes of one that the link shows. NotFoundError("unknown_imported")."""
    await _check_shown(ports, found, id)
    return await listed.file(ports, id)


async def picture_of(ports: Ports, found: Shared, id: str) -> bytes:
    """Its picture. NotFoundError: as `file_of`, "no_picture"."""
    await _check_shown(ports, found, id)
    return await listed.picture(ports, id)


async def _check_shown(ports: Ports, found: Shared, id: str) -> None:
    kept = found.kept
    there = {one.id for one in chosen(kept.portfolio, found.link.items) if one.kind == "imported"}
    known = await listed.states(ports, [id] if id in there else [])
    if id not in known or known[id].person != kept.person:
        raise listed.unknown(id)
