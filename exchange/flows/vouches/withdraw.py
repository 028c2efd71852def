"""Withdraw: who gave it takes it back. Its bit is set like that of any badge, and its place is free at once.
Nobody asks for a reason, so none is kept."""

from __future__ import annotations

from exchange.errors import ConflictError, NotFoundError
from exchange.flows.endorsements.endings import over, publish
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer, speaking_key
from exchange.flows.mail.post import endorsement_mails
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports
from exchange.flows.vouches.give import notices_for
from exchange.flows.vouches.offers import name_of
from exchange.flows.vouches.records import Vouch

WITHDRAWN = "Withdrawn by who gave it."


async def given(ports: Ports, id: str) -> Vouch:
    """One that who acts has signed. NotFoundError("unknown_vouch"), ForbiddenError."""
    check_person(ports)
    found = await ports.store.vouch(id)
    if found is None or found.giver != ports.who.person or found.state == "drafted":
        raise NotFoundError("unknown_vouch", f"There is no vouch {id!r:.80} of yours.")
    return found


async def withdraw(ports: Ports, id: str) -> Vouch:
    """Take it back for good. ConflictError("vouch_over"), as `given`; UnavailableError."""
    found = await given(ports, id)
    await check_writable(ports)
    await check_clock(ports)
    # What cannot be published now is not done now: an answer means that everybody can see it.
    await speaking_key(ports, await issuer(ports, "exchange"))
    made = over(ports, id, WITHDRAWN, ports.now())
    holder = await ports.store.person(found.holder)
    told = (
        await endorsement_mails(ports, "vouch-withdrawn", holder, id)
        if holder and found.shown == "shown" and not found.unasked
        else []
    )
    made_of = await ports.store.achievement(found.issuer, found.achievement, found.version)
    name = name_of(made_of) if made_of else found.achievement
    told += await notices_for(ports, found, "vouch-taken-back", name)
    stands = found.state == "signed" and not found.is_set
    if not stands or not await ports.store.withdraw_vouch(made, told):
        raise ConflictError("vouch_over", "It was withdrawn or replaced before; nothing was changed.")
    ports.bell.ring()
    await publish(ports, [id])
    return await given(ports, id)
