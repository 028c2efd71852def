"""What belongs to a person, for when they take it along, are erased, or become one with another account."""

from __future__ import annotations

from exchange.flows.endorsements.endings import ending, over, publish
from exchange.flows.ports import Ports
from exchange.flows.vouches.records import Vouch

SAME = "Who endorsed it and whom it is about are one account now."
TWICE = "Two accounts of its endorser are one now, and another endorsement of theirs stands."


async def ids_of(ports: Ports, person: str) -> list[str]:
    """Every endorsement and vouch by or about somebody, and the credentials of their keys."""
    found = [one.id for one in await ports.store.endorsements_by(person)]
    found += [one.id for one in await ports.store.endorsements_for(person)]
    found += [one.id for one in await ports.store.vouches_by(person)]
    found += [one.id for one in await ports.store.vouches_for(person)]
    for key in await ports.store.endorser_keys(person):
        found += await ports.store.awarded_to(key.did)
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


async def end_before_merging(ports: Ports, source: str, target: str) -> None:
    """Two accounts are about to be one: what one said of the other is not a peer's word, and of two that they
    said about the same thing one stands. Each is withdrawn, with its entry in the log."""
    theirs = await ports.store.endorsements_by(source)
    own = await ports.store.endorsements_by(target)
    twice = {(one.kind, one.subject) for one in own if one.state == "signed"}
    now, gone = ports.now(), []
    for one in [*theirs, *own]:
        same = one.holder in (source, target)
        if one.state != "signed" or not (same or (one in theirs and (one.kind, one.subject) in twice)):
            continue
        if await ports.store.withdraw_endorsement(ending(ports, one.id, SAME if same else TWICE, now)):
            gone.append(one.id)
    gone += await _end_vouches(ports, source, target)
    await publish(ports, gone)


async def end_after_merging(ports: Ports, person: str) -> None:
    """They have just become one: what one account signed about the other in that very moment ends too."""
    now = ports.now()
    gone: list[str] = []
    said = [one for one in await ports.store.endorsements_by(person) if one.holder == person]
    for id in [one.id for one in said if one.state == "signed"]:
        if await ports.store.withdraw_endorsement(ending(ports, id, SAME, now)):
            gone.append(id)
    vouches = [one for one in await ports.store.vouches_by(person) if one.holder == person]
    for id in [one.id for one in vouches if one.state == "signed"]:
        if await ports.store.withdraw_vouch(over(ports, id, SAME, now)):
            gone.append(id)
    await publish(ports, gone)


async def _end_vouches(ports: Ports, source: str, target: str) -> list[str]:
    """The same of vouches."""
    theirs, own = await ports.store.vouches_by(source), await ports.store.vouches_by(target)
    now, gone = ports.now(), []

    def stands(one: Vouch) -> bool:
        return one.state == "signed" and not one.is_set and now < one.until

    def what(one: Vouch) -> tuple[str, str, str]:
        return one.holder, one.issuer, one.achievement

    twice = {what(one) for one in own if stands(one)}
    for one in filter(stands, [*theirs, *own]):
        same = one.holder in (source, target)
        if not (same or (one in theirs and what(one) in twice)):
            continue
        made = over(ports, one.id, SAME if same else TWICE, now)
        if await ports.store.withdraw_vouch(made):
            gone.append(one.id)
    return gone
