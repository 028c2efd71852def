"""What belongs to a person, for when they take it along, are erased, or become one with another account.

Two accounts become one in one transaction, which ends what does not stand after it, each with its bit and
its entry in the log, and which finds that nothing else is left to end: no word of somebody about themselves,
no two about the same thing, no vouch above the budget. What was signed in between makes it begin again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.core.vouches import End, Given, joined
from exchange.flows.endorsements.endings import ending, over
from exchange.flows.endorsements.logged import take_back_leaf
from exchange.flows.endorsements.records import Endorsement, Joining, Request
from exchange.flows.mail.post import EndorsementMail, VouchMail, endorsement_mails
from exchange.flows.people.records import Person
from exchange.flows.ports import Ports
from exchange.flows.records import Leaf, Parcel
from exchange.flows.vouches.budget import in_use_by
from exchange.flows.vouches.records import Vouch

SAME = "Who endorsed it and whom it is about are one account now."
TWICE = "Two accounts of its endorser are one now, and another endorsement of theirs stands."
ABOVE = "Two accounts of its giver are one now, with one budget, and it was above that."
RECEIVED = "Two accounts that its giver gave the same are one now, and the first one stands."

WHY: dict[End, str] = {"self": SAME, "twice": TWICE, "received": RECEIVED, "above": ABOVE}


@dataclass(frozen=True, slots=True)
class Ends:
    """What does not stand any more once two accounts are one, and why."""

    thing: Endorsement | Vouch
    reason: str


async def ids_of(ports: Ports, person: str) -> list[str]:
    """Every endorsement and vouch by or about somebody, and the credentials of their keys."""
    found = [one.id for one in await ports.store.endorsements_by(person)]
    found += [one.id for one in await ports.store.endorsements_for(person)]
    found += [one.id for one in await ports.store.vouches_by(person)]
    found += [one.id for one in await ports.store.vouches_for(person)]
    for key in await ports.store.endorser_keys(person):
        found += await ports.store.key_credentials(key.did)
    return list(dict.fromkeys(found))


async def signed_of(ports: Ports, person: str) -> dict[str, bytes]:
    """What somebody said and what was said of them, as it was signed, by names of files."""
    files: dict[str, bytes] = {}
    for way, found in (
        ("given", await ports.store.endorsements_by(person)),
        ("received", await ports.store.endorsements_for(person)),
    ):
        files |= {f"endorsements/{way}-{one.id}.jwt": one.signed for one in found if one.signed}
    for way, vouches in (
        ("given", await ports.store.vouches_by(person)),
        ("received", await ports.store.vouches_for(person)),
    ):
        files |= {f"vouches/{way}-{one.id}.jwt": one.signed for one in vouches if one.signed}
    return files


async def ends_of_merging(ports: Ports, source: str, target: str) -> list[Ends]:
    """Two accounts are about to be one: what one said of the other is not a peer's word; of two that they
    said about the same thing one stands, that of `target`; of two vouches that somebody gave them for the
    same the first one stands; and they have one budget of vouches, so that those above it end, the newest
    first."""
    given: dict[str, Vouch] = {}
    for who in (source, target):
        given |= {one.id: one for one in await ports.store.vouches_by(who)}
        given |= {one.id: one for one in await ports.store.vouches_for(who)}
    most = await _most_in_use(ports, source, target)
    ends = joined([one.given() for one in given.values()], source, target, most, ports.now())
    vouches = [Ends(given[id], WHY[end]) for id, end in ends.items()]
    return [*await _said_twice(ports, source, target), *vouches]


async def joining(ports: Ports, source: str, target: str) -> tuple[Joining, list[Parcel]]:
    """What the transaction that makes them one ends, with mails to whom that was said of; and where others
    said it, to these and to who the two are from then on."""
    now, ends, told = ports.now(), [], []
    for one in await ends_of_merging(ports, source, target):
        thing, is_vouch = one.thing, isinstance(one.thing, Vouch)
        ends.append((over if is_vouch else ending)(ports, thing.id, one.reason, now))
        mail: EndorsementMail | VouchMail = "vouch-withdrawn" if is_vouch else "endorsement-withdrawn"
        if one.reason == RECEIVED:
            mail = "vouch-ended"
        for person in await _told_of(ports, one, source, target):
            told += await endorsement_mails(ports, mail, person, thing.id)
    most = await _most_in_use(ports, source, target)

    def is_one(given: Sequence[Given]) -> bool:
        return not joined(given, target, target, most, now)

    return Joining(tuple(ends), is_one, await _taken_back(ports, source, target, now)), told


async def _told_of(ports: Ports, end: Ends, source: str, target: str) -> list[Person]:
    """Who hears that it is over: whom it is about, unless they hid it, never got it, or agreed to this just
    now; and who gave it where that is somebody else, whose place is free again."""
    thing, both = end.thing, (source, target)
    by_others = isinstance(thing, Vouch) and thing.giver not in both
    who = [thing.giver] if isinstance(thing, Vouch) and by_others else []
    if thing.shown != "hidden" and not thing.unasked and (by_others or thing.holder not in both):
        who.append(target if thing.holder in both else thing.holder)
    found = [await ports.store.person(one) for one in who]
    return [one for one in found if one is not None]


async def _taken_back(
    ports: Ports, source: str, target: str, now: datetime
) -> tuple[tuple[Request, Leaf], ...]:
    """What one asked the other for: nobody asks themselves."""
    both = (source, target)
    open_ones = [one for who in both for one in await ports.store.requests_to(who) if one.holder in both]
    return tuple(
        (one, take_back_leaf(replace(one, holder=target), now, ports.new_salt())) for one in open_ones
    )


async def _most_in_use(ports: Ports, source: str, target: str) -> int:
    """How many vouches they may have in use as one: the budget; or what one of them has, if that is more, for
    a budget that became smaller took nothing back either."""
    used = [len(await in_use_by(ports, one)) for one in (source, target)]
    return max(ports.vouches, *used)


async def _said_twice(ports: Ports, source: str, target: str) -> list[Ends]:
    """Of endorsements."""
    theirs = await ports.store.endorsements_by(source)
    own = await ports.store.endorsements_by(target)
    twice = {(one.kind, one.subject) for one in own if one.state == "signed"}
    found = []
    for one in [*theirs, *own]:
        same = one.holder in (source, target)
        if one.state == "signed" and (same or (one in theirs and (one.kind, one.subject) in twice)):
            found.append(Ends(one, SAME if same else TWICE))
    return found
