"""Expiry: the people of an issuer are told once a day, in one mail, which badges end in 30, 7 and 1 days.

How far an issuer's badges were looked at is on record, and moved on in the transaction that posts the mails:
of any number of nodes one does it, and a day on which nothing ran is made up for by the next. The mail has
counts and a link, and names nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from exchange.flows.mail.post import expiry_mail
from exchange.flows.people.records import Grant
from exchange.flows.ports import Ports

DAYS = (30, 7, 1)
_EVERY = timedelta(days=1)


async def tell_of_expiry(ports: Ports) -> int:
    """Post what is due today; how many mails."""
    posted = 0
    for row in await ports.store.issuers():
        posted += await _tell(ports, row.slug)
    return posted


async def _tell(ports: Ports, issuer: str) -> int:
    name, now = f"expiry:{issuer}", ports.now()
    known = await ports.store.meta(name)
    last = datetime.fromisoformat(known) if known else now - _EVERY
    if known and now.date() <= last.date():
        return 0
    counts = await _ending(ports, issuer, last, now)
    parcels = []
    if any(counts.values()):
        addresses = await _people(ports, issuer)
        parcels = [expiry_mail(ports, address, issuer, counts, now) for address in addresses]
    if not await ports.store.post_after(name, known, now.isoformat(), parcels):
        return 0  # another node was faster
    if parcels:
        ports.bell.ring()
    return len(parcels)


async def _ending(ports: Ports, issuer: str, last: datetime, now: datetime) -> dict[int, int]:
    """How many badges have come to each step since the last look; of several to the nearest to their end."""
    counts, nearer = {}, now
    for days in sorted(DAYS):
        start, end = last + timedelta(days=days), now + timedelta(days=days)
        counts[days] = await ports.store.count_ending(issuer, max(start, nearer), end)
        nearer = end
    return counts


async def _people(ports: Ports, issuer: str) -> list[str]:
    """The addresses of those who may award its badges: each once, where mail to it was read before."""
    found: dict[str, None] = {}
    for grant in await ports.store.grants(issuer):
        if grant.role != "viewer":
            for person in await _holders(ports, grant):
                row = await ports.store.person(person)
                addresses = await ports.store.addresses(person) if row and row.state == "active" else []
                good = (one.address for one in addresses if one.is_primary and one.verified_at)
                found |= dict.fromkeys(good)
    return list(found)


async def _holders(ports: Ports, grant: Grant) -> list[str]:
    return [one.person for one in await ports.store.members(grant.team)] if grant.team else [grant.person]
