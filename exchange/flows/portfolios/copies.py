"""Copies: what may be signed of what a link shows, and the room that there is for it.

Only its holder has one made, so that no stranger's request makes a signature. It is given out while the link
shows just what it was made of, each item as it stood then: whatever is hidden, revoked or over since then
ends it, and its holder may have another made.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.core.bake import MAX_TEXT
from exchange.core.credentials.presentation import MOST_CREDENTIALS
from exchange.core.portfolio.shown import Shown
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.portfolios.documents import copy_of, good_copies, print_of
from exchange.flows.portfolios.mine import one
from exchange.flows.portfolios.records import Copy, CopyKind, Kept, Link
from exchange.flows.portfolios.show import show
from exchange.flows.ports import Ports

MOST = 40
"""How many somebody has; each has a megabyte at most."""
ROOM = MAX_TEXT - 10_000
"""Bytes before it is signed, so that it can still be verified."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A link of who acts, and what it shows now."""

    kept: Kept
    link: Link
    shown: Shown
    name: str

    @property
    def print(self) -> str:
        return print_of(self.kept, self.shown)


async def seen(ports: Ports, id: str, link: str) -> Seen:
    """What a link of theirs shows. NotFoundError: "unknown_link", and as `find`; ConflictError("link_off");
    ForbiddenError."""
    found = await one(ports, id)
    mine = find_link(found.links, link)
    if not mine.stands(ports.now()):
        raise ConflictError("link_off", "This link shows nothing any more. Make another.")
    person = await ports.store.person(found.kept.person)
    name = person.name if person else ""
    shown, _ = await show(ports, found.kept, name, mine.items)
    return Seen(found.kept, mine, shown, name)


def find_link(links: tuple[Link, ...], id: str) -> Link:
    """NotFoundError("unknown_link")."""
    for link in links:
        if link.id == id:
            return link
    raise NotFoundError("unknown_link", f"There is no link {id!r:.80} of this portfolio.")


async def check_room(ports: Ports, found: Seen, kind: CopyKind, size: int) -> None:
    """ConflictError: "copies_too_many", and as `check_size`."""
    check_size(size)
    kept = [one.id for one in await ports.store.portfolios(found.kept.person)]
    links = [one.id for one in await ports.store.portfolio_links(kept) if one.off_at is None]
    there = [one for one in await ports.store.portfolio_copies(links) if one.signed]
    if len(there) >= MOST and not any((one.link, one.kind) == (found.link.id, kind) for one in there):
        said = f"You have {MOST} of these. Switch a link off that you do not need: its copies go with it."
        raise ConflictError("copies_too_many", said)


def check_size(size: int, count: int = 0) -> None:
    """ConflictError("copy_too_large") for so many bytes, or so many credentials."""
    if count > MOST_CREDENTIALS:
        most = MOST_CREDENTIALS
        said = f"It would hold {count} credentials, and {most} can be read. Make a link that shows fewer."
        raise ConflictError("copy_too_large", said)
    if size > ROOM:
        said = f"It would have {size} bytes, and {ROOM} can be read. Make a link that shows fewer items."
        raise ConflictError("copy_too_large", said)


def gone() -> ConflictError:
    """Of a link that was switched off while it was made."""
    return ConflictError("link_off", "The link was switched off meanwhile, and nothing was kept.")


@dataclass(frozen=True, slots=True)
class Told:
    """A copy, and whether it is given out as things stand now."""

    copy: Copy
    good: bool


async def copies(ports: Ports, found: Seen) -> list[Told]:
    """What was signed of a link of who acts."""
    there = [one for one in await ports.store.portfolio_copies([found.link.id]) if one.signed]
    good = await good_copies(ports, found.kept, found.link, found.shown) if there else {}
    return [Told(one, one.kind in good) for one in there]


async def my_copy(ports: Ports, id: str, link: str, kind: CopyKind) -> bytes:
    """One of theirs, as it was signed. As `seen`, and NotFoundError("no_copy")."""
    found = await seen(ports, id, link)
    body = await copy_of(ports, found.kept, found.link, found.shown, kind)
    if body is None:
        raise no_copy()
    return body


def no_copy() -> NotFoundError:
    """What is said where there is none, or none of what is shown now."""
    return NotFoundError("no_copy", "Its holder has made none of what this link shows now.")
