"""Publish: a portfolio for everybody, at the handle of its holder, until they take it back.

Nothing is public unless its holder says so, here. Who has one portfolio public has it at `/@handle`; several
are listed there, each at `/@handle/slug`. Search engines are asked to leave it out unless its holder wants
them to list it, which is another question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.core.handles import LONGEST, SHORTEST, is_handle
from exchange.core.portfolio.framing import check_origins
from exchange.errors import ConflictError, InputError
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.drafts import slug_of
from exchange.flows.people.logged import publish_leaf
from exchange.flows.portfolios.mine import find, public_of
from exchange.flows.portfolios.records import Kept, Publication
from exchange.flows.ports import Ports

SLUG = 60
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Publish:
    """Its name in the address, `""` for the one that it has or what its headline makes; whether search
    engines may list it; and which sites may show it in a frame, None for any."""

    slug: str = ""
    search: bool = False
    origins: Sequence[str] | None = None


async def publish(ports: Ports, id: str, wish: Publish) -> Publication:
    """Show it to everybody, or change how. What says nothing new changes nothing.

    ConflictError: handle_needed for whose account has no handle, or one of before there were pages under it;
    slug_taken by another portfolio of theirs; "conflict". InputError: slug_malformed, and as `check_origins`;
    as `find`; UnavailableError.
    """
    kept = await find(ports, id)
    await check_writable(ports)
    handle = await _handle(ports, kept)
    every = await ports.store.publications(kept.person)
    before = next((one for one in every if one.portfolio == id), None)
    others = {one.slug for one in every if one.portfolio != id}
    slug = wish.slug.strip().lower() or (before.slug if before else _free(kept, others))
    if len(slug) > SLUG or not _SLUG.fullmatch(slug):
        said = f"Its name has up to {SLUG} letters a to z, digits and hyphens, and no hyphen at its ends."
        raise InputError("slug_malformed", said, "/slug")
    if slug in others:
        raise ConflictError(
            "slug_taken", f"Another portfolio of yours is at {slug}. Choose another name.", "slug"
        )
    origins = None if wish.origins is None else check_origins(wish.origins)
    after = Publication(id, kept.person, handle, slug, wish.search, ports.now(), origins)
    if before is not None and _says(before) == _says(after):
        return before
    await ports.store.put_publication(after, publish_leaf(after, after.published_at, ports.new_salt()))
    return after


async def unpublish(ports: Ports, id: str) -> Kept:
    """Show it to nobody any more but by links. Said twice, it is private. As `find`; UnavailableError."""
    kept = await find(ports, id)
    await check_writable(ports)
    one = await public_of(ports, kept)
    if one is not None:
        await ports.store.end_publication(id, publish_leaf(one, ports.now(), ports.new_salt(), on=False))
    return kept


async def _handle(ports: Ports, kept: Kept) -> str:
    person = await ports.store.person(kept.person)
    handle = person.handle if person else None
    if handle is None or not is_handle(handle):
        said = (
            f"Choose a handle first, of {SHORTEST} to {LONGEST} letters: it is the address of what is public."
        )
        raise ConflictError("handle_needed", said, "handle")
    return handle


def _free(kept: Kept, taken: set[str]) -> str:
    """What its headline makes, with a number where another has that."""
    name = slug_of(kept.portfolio.headline)[: SLUG - 4].strip("-") or "portfolio"
    return next(slug for n in range(1, 100) if (slug := name if n == 1 else f"{name}-{n}") not in taken)


def _says(one: Publication) -> tuple[object, ...]:
    return one.slug, one.search, one.origins
