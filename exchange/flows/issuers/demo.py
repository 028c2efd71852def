"""The demo: real badges for sample holders, in every state a reader can meet."""

from __future__ import annotations

from dataclasses import replace

from exchange.core import urls
from exchange.errors import ConflictError, UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import revoke, suspend
from exchange.flows.ports import Ports
from exchange.flows.records import OPERATOR
from exchange.flows.sign_in.sign_in import make_link

_LOADED = "demo"

_ORDERS = {
    "valid": Order(
        "atlas",
        "incident-lead",
        "mailto:ana.lima@example.org",
        evidence=("https://example.org/reviews/october-outage",),
        narrative="Led the October outage from the first alert to the review, and shared the credit.",
    ),
    "also valid": Order(
        "campus",
        "peer-teacher",
        "mailto:ben.osei@example.org",
        evidence=("https://example.org/notes/queues-for-everybody",),
        narrative="Taught queues to twelve people in three evenings, and stayed for the questions.",
        proof="jwt",
    ),
    "suspended": Order(
        "atlas",
        "first-responder",
        "mailto:chloe.martin@example.org",
        evidence=("https://example.org/drills/september",),
        proof="eddsa-jcs-2022",
    ),
    "revoked": Order(
        "atlas",
        "review-facilitator",
        "mailto:dario.rossi@example.org",
        evidence=("https://example.org/reviews/july",),
    ),
}


async def load(ports: Ports) -> None:
    """Award the sample badges, once, and tell nobody by mail; a second start finds them there."""
    if await ports.store.meta(_LOADED) is not None:
        return
    made = {state: await award(ports, replace(order, mail=False)) for state, order in _ORDERS.items()}
    await suspend(ports, made["suspended"].id, "The drill's report is being checked.", mail=False)
    await revoke(ports, made["revoked"].id, "Issued to the wrong person.", mail=False)
    await ports.store.put_meta(_LOADED, made["valid"].key)


async def _way_in(ports: Ports, demo: bool) -> str:
    """A link for who becomes the first operator; later ones are printed for the demo only."""
    try:
        if not demo and await ports.store.meta(OPERATOR) is not None:
            return f"{'  sign in':<16}{ports.base_url}/sign-in"
        return f"{'  sign in once':<16}{await make_link(ports)}"
    except (UnavailableError, ConflictError) as error:  # a full disk: what is there can be read all the same
        return f"{'  sign in once':<16}not just now: {error.message}"


async def welcome(ports: Ports, *, demo: bool = True) -> str:
    """What to look at first, and the operator's way in, as lines for a terminal."""
    base = ports.base_url
    lines = [f"The exchange is at {base}/"]
    key = await ports.store.meta(_LOADED)
    if key is not None:
        lines.append(f"  a badge       {urls.badge(base, key)}")
    lines += [
        f"  verify one    {base}/verify",
        await _way_in(ports, demo),
        "Stop it with Ctrl-C; its data stay where they are.",
    ]
    return "\n".join(lines)
