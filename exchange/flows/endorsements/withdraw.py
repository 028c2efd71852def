"""Withdraw: who said it takes it back. Its bit is set like that of any badge; where it was shown, that it was
withdrawn is seen, and when, but not why: no reason is demanded, and none is published; it is in the log, for
the two whom it concerns."""

from __future__ import annotations

from exchange.core.plain_text import plain
from exchange.errors import ConflictError, InputError, NotFoundError
from exchange.flows.endorsements.endings import ending, publish
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer, speaking_key
from exchange.flows.mail.post import endorsement_mails
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel

MAX_REASON = 500


async def given(ports: Ports, id: str) -> Endorsement:
    """One that who acts has signed. NotFoundError("unknown_endorsement"), ForbiddenError."""
    check_person(ports)
    found = await ports.store.endorsement(id)
    if found is None or found.endorser != ports.who.person or found.state == "drafted":
        raise NotFoundError("unknown_endorsement", f"There is no endorsement {id!r:.80} of yours.")
    return found


async def withdraw(ports: Ports, id: str, reason: str = "") -> Endorsement:
    """Take it back for good. ConflictError("endorsement_over"), InputError("reason_too_long"), as `given`;
    UnavailableError."""
    found = await given(ports, id)
    reason = plain(reason, MAX_REASON + 1)
    if len(reason) > MAX_REASON:
        raise InputError("reason_too_long", f"A reason has at most {MAX_REASON} characters.", "reason")
    await check_writable(ports)
    await check_clock(ports)
    # What cannot be published now is not done now: an answer means that everybody can see it.
    await speaking_key(ports, await issuer(ports, "exchange"))
    gone = ending(ports, id, reason, ports.now())
    told: list[Parcel] = []
    holder = await ports.store.person(found.holder) if found.holder else None
    if holder is not None and found.shown != "hidden" and not found.unasked:
        told = await endorsement_mails(ports, "endorsement-withdrawn", holder, id)
    if found.state != "signed" or not await ports.store.withdraw_endorsement(gone, told):
        raise ConflictError("endorsement_over", "It was withdrawn or replaced before; nothing was changed.")
    ports.bell.ring()
    await publish(ports, [id])
    return await given(ports, id)
