"""What belongs to a person, for when they take it along, are erased, or become one with another account."""

from __future__ import annotations

from exchange.flows.endorsements.endings import ending, publish
from exchange.flows.ports import Ports

SAME = "Who endorsed it and whom it is about are one account now."
TWICE = "Two accounts of its endorser are one now, and another endorsement of theirs stands."


async def ids_of(ports: Ports, person: str) -> list[str]:
    """Every endorsement by or about somebody, and the credentials of their keys."""
    found = [one.id for one in await ports.store.endorsements_by(person)]
    found += [one.id for one in await ports.store.endorsements_for(person)]
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
    await publish(ports, gone)
