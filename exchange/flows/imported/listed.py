"""Listed: the badges that somebody brought, as they stand now; one with its bytes; and many for a
portfolio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.errors import NotFoundError
from exchange.flows.imported.look import keeper
from exchange.flows.imported.records import Imported, ImportedNow, at_moment
from exchange.flows.ports import Ports


@dataclass(frozen=True, slots=True)
class File:
    """The very bytes that were brought, and a name for them."""

    data: bytes
    media_type: str
    name: str


async def mine(ports: Ports, person: str = "") -> list[Imported]:
    """Those of who acts (the shell names a `person`), the newest first. ForbiddenError."""
    return await ports.store.imported_by(await keeper(ports, person))


async def one_mine(ports: Ports, id: str, person: str = "") -> Imported:
    """One of theirs. NotFoundError("unknown_imported") for others' as for none; ForbiddenError."""
    me = await keeper(ports, person)
    found = await ports.store.imported([id])
    if not found or found[0].person != me:
        raise unknown(id)
    return found[0]


async def my_file(ports: Ports, id: str, person: str = "") -> File:
    """The bytes of one of theirs. As `one_mine`."""
    await one_mine(ports, id, person)
    return await file(ports, id)


async def my_picture(ports: Ports, id: str, person: str = "") -> bytes:
    """The picture of one of theirs. As `one_mine`, and NotFoundError("no_picture")."""
    await one_mine(ports, id, person)
    return await picture(ports, id)


# --- for who shows them to others, and has judged who may see them ----------------------------------------


async def states(ports: Ports, ids: Sequence[str]) -> dict[str, ImportedNow]:
    """How these stand now, by their ids, in one read; what is gone is not among them. Whose each is stands in
    it: who shows somebody's compares that."""
    now = ports.now()
    return {row.id: at_moment(row, now) for row in await ports.store.imported(ids)}


async def file(ports: Ports, id: str) -> File:
    """The very bytes. NotFoundError("unknown_imported")."""
    found, data = await ports.store.imported([id]), await ports.store.imported_bytes(id)
    if not found or data is None:
        raise unknown(id)
    media_type = found[0].media_type
    return File(data, media_type, f"badge-{id}.{_ENDINGS.get(media_type, 'bin')}")


async def picture(ports: Ports, id: str) -> bytes:
    """A PNG, as we redrew it. NotFoundError("no_picture")."""
    kept = await ports.store.imported_picture(id)
    if kept is None:
        raise NotFoundError("no_picture", "It came without a picture.")
    return kept


_ENDINGS = {
    "image/png": "png",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
    "application/vc": "json",
    "application/json": "json",
    "application/vc+jwt": "jwt",
    "application/jwt": "jwt",
}


def unknown(id: str) -> NotFoundError:
    """Nobody is told whether it is somebody else's."""
    return NotFoundError("unknown_imported", f"You have brought no badge {id!r:.60}.")
