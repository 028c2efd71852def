"""Known: whose name somebody may read where a pseudonym stands, or the address of a badge.

A profile's key is in every endorsement of its person, and so with everybody. Its name is for whom that
person has asked for an endorsement, for who shares a team or an issuer with them, and for whose endorsement
they have shown. Everybody else gets the answer that they would get if there were no such profile. Of a
badge, which has an address that its holder gives away, others may say what they saw; but they are not told
whose it is.
"""

from __future__ import annotations

from exchange.flows.endorsements.asked import is_mine
from exchange.flows.endorsements.profiles import unknown_profile
from exchange.flows.endorsements.subjects import Subject
from exchange.flows.ports import Ports


async def knows(ports: Ports, person: str) -> bool:
    """Whether who acts may read what that account is called."""
    me = ports.who.person
    if not me:
        return False
    if me == person:
        return True
    teams = [{one.team for one in await ports.store.memberships(one)} for one in (me, person)]
    issuers = [set(await ports.store.roles_of(one)) for one in (me, person)]
    if teams[0] & teams[1] or issuers[0] & issuers[1]:
        return True
    if any(one.holder == person and one.shown == "shown" for one in await ports.store.endorsements_by(me)):
        return True
    for request in await ports.store.requests_by(person):
        if await is_mine(ports, request):
            return True
    return False


async def check_known(ports: Ports, found: Subject) -> None:
    """NotFoundError("unknown_profile") for the profile of somebody whom who acts does not know."""
    if found.kind == "profile" and (found.holder is None or not await knows(ports, found.holder.id)):
        raise unknown_profile(found.key)
