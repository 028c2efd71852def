"""Remove: forget a badge that was brought, with its bytes. It stays what it is, where it was issued."""

from __future__ import annotations

from exchange.flows.imported.listed import unknown
from exchange.flows.imported.look import keeper
from exchange.flows.instance.standing import check_writable
from exchange.flows.ports import Ports


async def remove(ports: Ports, id: str, person: str = "") -> None:
    """Remove one of who acts (the shell names a `person`). NotFoundError("unknown_imported"), ForbiddenError,
    UnavailableError."""
    me = await keeper(ports, person)
    await check_writable(ports)
    if not await ports.store.remove_imported(id, me):
        raise unknown(id)
