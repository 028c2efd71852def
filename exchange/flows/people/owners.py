"""Owners: who answers for an issuer, and where a mail reaches them."""

from __future__ import annotations

from exchange.flows.ports import Ports
from exchange.flows.records import OPERATOR


async def owners_of(ports: Ports, issuer: str) -> list[str]:
    """Addresses of who owns it, also through a team; without any, of who was the first operator."""
    people: dict[str, None] = {}
    for grant in await ports.store.grants():
        if (grant.issuer, grant.role) == (issuer, "owner"):
            members = await ports.store.members(grant.team) if grant.team else []
            people |= dict.fromkeys([one.person for one in members] or [grant.person])
    found = [address for person in people if (address := await _mail_to(ports, person))]
    if not found and (operator := await ports.store.meta(OPERATOR)):
        found = [address for address in [await _mail_to(ports, operator)] if address]
    return list(dict.fromkeys(found))


async def _mail_to(ports: Ports, person: str) -> str:
    known = await ports.store.person(person)
    if known is None or known.state != "active":
        return ""
    return next((one.address for one in await ports.store.addresses(person) if one.is_primary), "")
