"""Recipients: who has an account can be picked and named by their handle; badges go to their address."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from exchange.core.plain_text import plain
from exchange.core.roster import handle_of, is_handle
from exchange.errors import ForbiddenError
from exchange.flows.people.records import Person
from exchange.flows.people.rights import may
from exchange.flows.ports import Ports

MOST = 20
"""People that a search finds at most."""
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Pick:
    """Somebody who can get a badge: `to` names them in an order, and is no address of theirs."""

    person: Person
    to: str
    address: str


async def pick(ports: Ports, search: str) -> list[Pick]:
    """Who has an account, an address, and `search` in their name, handle or address: at most `MOST`.

    Nobody is found by less than two letters. ForbiddenError unless who acts may award somewhere.
    """
    if ports.who.method != "shell" and not any(may(ports.who, "award", slug) for slug in ports.who.roles):
        raise ForbiddenError("not_permitted", "Who looks for recipients has to be an issuer somewhere.")
    wanted = plain(search).strip().removeprefix("@")
    if len(wanted) < 2:
        return []
    found = []
    for person in await ports.store.people(MOST, None, wanted):
        address = await _address(ports, person)
        if address is not None:
            found.append(Pick(person, person.handle or person.id, address))
    return found


async def picked(ports: Ports, to: str) -> Pick | None:
    """Whom a handle, or the id of an account, means; None if nobody who can get a badge."""
    name = handle_of(to)
    if not is_handle(to):
        return None
    # By id first: a handle may look like the id of somebody else.
    person = await ports.store.person(name) or await ports.store.person_called(name)
    address = await _address(ports, person) if person else None
    return Pick(person, to, address) if person and address else None


async def address_of(ports: Ports, to: str) -> str:
    """`mailto:` and the address of whom a handle means; anything else as it is."""
    found = await picked(ports, to)
    return f"mailto:{found.address}" if found else to


async def addresses_of(ports: Ports, names: Iterable[str]) -> dict[str, str]:
    """The same for many: identifiers by handles in small letters, without those that mean nobody."""
    wanted, found = sorted({handle_of(name) for name in names if is_handle(name)}), {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for name, one in zip(
            some, await asyncio.gather(*(picked(ports, name) for name in some)), strict=True
        ):
            if one is not None:
                found[name] = f"mailto:{one.address}"
    return found


async def _address(ports: Ports, person: Person) -> str | None:
    """Where their mail goes."""
    if person.state != "active":
        return None
    rows = [row for row in await ports.store.addresses(person.id) if not row.former]
    return rows[0].address if rows else None
