"""Pictures of people: given by themselves, kept as we redrew them, seen by them and who looks after people.

Nobody else gets to see one. What shows a picture to more people asks its person first, and says so here:
a portfolio shows it to who has its link, where its holder ticked that (`flows/portfolios/portrait.py`).
"""

from __future__ import annotations

import asyncio

from exchange.errors import InputError, NotFoundError
from exchange.flows.people.people import find
from exchange.flows.people.records import Person
from exchange.flows.people.rights import check_self
from exchange.flows.ports import Ports

MEDIA_TYPE = "image/jpeg"
"""Of every picture that is kept."""


async def picture(ports: Ports, person: str) -> bytes:
    """The picture of somebody, as `find` finds them. NotFoundError: unknown_person, no_picture.
    ForbiddenError, before anything is told."""
    known = await _own(ports, person)
    kept = await ports.store.picture(known.id)
    if kept is None:
        raise NotFoundError("no_picture", f"{known.name} has no picture.")
    return kept


async def put(ports: Ports, person: str, data: bytes) -> Person:
    """Keep a PNG, JPEG or WebP as their picture, redrawn, instead of the one they had.

    InputError: picture_missing, and those of `Draw.portrait`. NotFoundError("unknown_person"),
    ForbiddenError.
    """
    known = await _own(ports, person)
    if not data:
        raise InputError("picture_missing", "Choose a picture: a PNG, JPEG or WebP file.", "picture")
    return await _put(ports, known, await asyncio.to_thread(ports.draw.portrait, data))


async def remove(ports: Ports, person: str) -> Person:
    """Show the first letters of their name instead. NotFoundError: unknown_person, no_picture.
    ForbiddenError."""
    known = await _own(ports, person)
    if not known.picture:
        raise NotFoundError("no_picture", f"{known.name} has no picture.")
    return await _put(ports, known, None)


async def _own(ports: Ports, person: str) -> Person:
    if person != ports.who.person:
        check_self(ports, "")  # who may not look after people is not told who is there
    known = await find(ports, person)
    check_self(ports, known.id)
    return known


async def _put(ports: Ports, known: Person, picture: bytes | None) -> Person:
    if not await ports.store.put_picture(known.id, picture):
        name = known.id
        raise NotFoundError("unknown_person", f"There is nobody {name!r:.120} here.")
    return await ports.store.person(known.id) or known
