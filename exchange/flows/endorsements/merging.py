"""Merging: what will not stand any more once two accounts are one, in words, for who is asked whether they
want that."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.flows.endorsements.listed import name_of
from exchange.flows.endorsements.together import ends_of_merging
from exchange.flows.ports import Ports
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.vouches.offers import name_of as achievement_name
from exchange.flows.vouches.records import Vouch


@dataclass(frozen=True, slots=True)
class Ended:
    """What it is about, whom that is about (`""` where it says so itself), and why it ends."""

    name: str
    holder: str
    reason: str


async def merging(ports: Ports, secret: str) -> list[Ended]:
    """What would not stand any more if that link's `verify_address` made two accounts one: to be read before
    somebody agrees. None for a link that does not."""
    ticket = await ports.store.ticket(hash_of(secret))
    other = await ports.store.address(ticket.address or "") if ticket and ticket.kind == "address" else None
    if ticket is None or other is None or ticket.person != ports.who.person or other.person == ticket.person:
        return []
    return await told_of_merging(ports, other.person, ticket.person)


async def told_of_merging(ports: Ports, source: str, target: str) -> list[Ended]:
    """The same of two accounts."""
    found = []
    for one in await ends_of_merging(ports, source, target):
        thing = one.thing
        holder = await ports.store.person(thing.holder) if thing.holder else None
        if isinstance(thing, Vouch):
            made_of = await ports.store.achievement(thing.issuer, thing.achievement, thing.version)
            name = achievement_name(made_of) if made_of else thing.achievement
        else:
            name = await name_of(ports, thing)
        about = holder.name if holder and holder.name != name else ""
        found.append(Ended(name, about, one.reason))
    return found
