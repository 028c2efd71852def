"""Hold: an award that a second person has to approve. Nothing is signed before, and never by who asked alone.

Whoever may award at the issuer may approve or refuse, but not what they asked for themselves. To approve is
to award, once (the key of that is the held award's id): if it fails on the way, it is approved and unsigned,
and approving it again goes on. What was decided, or waited for nobody, is forgotten after 30 days.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from exchange.core.plain_text import plain
from exchange.core.strict_json import dump, parse
from exchange.errors import ConflictError, ForbiddenError, InputError, NotFoundError, ReusedKeyError
from exchange.flows.badges.award import Awarded, Order, award, awarded, check_order, find_achievement
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer
from exchange.flows.orders.pick import address_of
from exchange.flows.orders.records import Held
from exchange.flows.people.rights import Verb, check, may
from exchange.flows.ports import Ports
from exchange.flows.records import Once

MOST = 200
"""Held awards that are listed."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held award, the badge as people call it, who asked, and what who looks at it may do."""

    held: Held
    order: Order
    name: str
    asked_by: str
    may_decide: bool
    own: bool


async def hold(ports: Ports, order: Order, once: Once | None = None) -> Held:
    """Keep an order until somebody else approves it; `once` per key. As `award`, but nothing is signed.

    ReusedKeyError("idempotency_key_reused").
    """
    await issuer(ports, order.issuer)
    check(ports, "award", order.issuer)
    achievement = await find_achievement(ports, order)
    order = replace(order, to=await address_of(ports, order.to), version=achievement.version)
    recipient = check_order(order, achievement, ports.now())
    await check_writable(ports)
    id = ports.new_id() if once is None else hashlib.sha256(once.key.encode()).hexdigest()[:32]
    given = dump(_written(order)).decode()
    about = (id, order.issuer, order.achievement, recipient, given)
    await ports.store.put_held(Held(*about, ports.who.person, ports.now()))
    kept = await find_held(ports, id, "award")
    if (kept.id, kept.issuer, kept.achievement, kept.recipient, kept.given) != about:
        message = "This Idempotency-Key was used for another request."
        raise ReusedKeyError("idempotency_key_reused", message, "Idempotency-Key")
    return kept


async def approve(ports: Ports, id: str) -> tuple[Held, Awarded]:
    """Award it. ForbiddenError: own_order, not_permitted. ConflictError("already_refused"). NotFoundError
    ("unknown_held"), and as `award`."""
    held = await _to_be_decided(ports, id)
    if held.badge is not None:
        return held, await awarded(ports, held.badge)
    await check_writable(ports)
    if held.state == "waiting":
        await ports.store.decide_held(id, "approved", ports.who.person, ports.now())
        held = await _to_be_decided(ports, id)  # somebody may have been faster
    digest = hashlib.sha256(held.given.encode()).hexdigest()
    done = await award(ports, order_of(held), Once(f"held:{id}", digest, ports.now()))
    await ports.store.note_held(id, done.key)
    return await find_held(ports, id, "award"), done


async def refuse(ports: Ports, id: str, reason: str) -> Held:
    """Let nothing come of it. InputError("reason_missing"); ConflictError: already_refused, already_approved.
    As `approve`."""
    held = await _to_be_decided(ports, id)
    if not reason.strip() or len(reason) > 500:
        raise InputError("reason_missing", "Say why, in at most 500 characters.", "reason")
    await check_writable(ports)
    reason = plain(reason, 500)
    decided = await ports.store.decide_held(id, "refused", ports.who.person, ports.now(), reason)
    if not decided:
        raise ConflictError("already_approved", "It was approved already; nothing was changed.")
    return replace(held, state="refused", decided_by=ports.who.person, reason=reason)


async def held(ports: Ports) -> list[Waiting]:
    """What was held at the issuers where who acts may read, what waits first."""
    readable = None if may(ports.who, "read") else [s for s in ports.who.roles if may(ports.who, "read", s)]
    return [await _waiting(ports, one) for one in await ports.store.helds(readable, MOST)]


async def find_held(ports: Ports, id: str, verb: Verb) -> Held:
    """NotFoundError("unknown_held"); ForbiddenError unless who acts may do that at its issuer."""
    found = await ports.store.held(id)
    if found is None:
        raise NotFoundError(
            "unknown_held", f"Nothing is held under {id!r:.60}; after 30 days it is forgotten."
        )
    check(ports, verb, found.issuer)
    return found


def order_of(held: Held) -> Order:
    """What was ordered."""
    said: dict[str, Any] = parse(held.given.encode())
    until = said.get("until")
    return Order(
        *(held.issuer, held.achievement, held.recipient, tuple(said["evidence"]), said["narrative"]),
        valid_until=datetime.fromisoformat(until) if until else None,
        proof=said["proof"],
        mail=said["mail"],
        version=said["version"],
    )


def _written(order: Order) -> dict[str, Any]:
    return {
        "evidence": list(order.evidence),
        "narrative": order.narrative,
        **({"until": order.valid_until.isoformat()} if order.valid_until else {}),
        "proof": order.proof,
        "mail": order.mail,
        "version": order.version,
    }


async def _to_be_decided(ports: Ports, id: str) -> Held:
    held = await find_held(ports, id, "award")
    if held.asked_by == ports.who.person:
        raise ForbiddenError(
            "own_order", "You asked for this award: somebody else has to approve or refuse it."
        )
    if held.state == "refused":
        raise ConflictError("already_refused", f"It was refused already: {held.reason}")
    return held


async def _waiting(ports: Ports, held: Held) -> Waiting:
    achievement = await ports.store.achievement(held.issuer, held.achievement, order_of(held).version)
    name = achievement.document.get("name", held.achievement) if achievement else held.achievement
    person = await ports.store.person(held.asked_by) if held.asked_by else None
    own = held.asked_by == ports.who.person
    open_ = held.state == "waiting" or (held.state == "approved" and held.badge is None)
    return Waiting(
        held,
        order_of(held),
        str(name),
        person.name if person else "",
        open_ and not own and may(ports.who, "award", held.issuer),
        own,
    )
