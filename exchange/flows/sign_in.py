"""Sign in: the operator of this exchange, by a link that works once.

The link is printed where the service was started. Its secret stands in the fragment, so no server log and no
mail scanner that opens links ever sees or spends it; the store keeps only hashes.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from exchange.errors import InputError
from exchange.flows.ports import Ports
from exchange.flows.records import Ticket

LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(hours=12)


async def make_link(ports: Ports) -> str:
    """A new one-time link to sign in with, good for a day."""
    secret = ports.new_secret()
    now = ports.now()
    await ports.store.put_ticket(Ticket(_hash(secret), "link", now + LINK_LIFE), now)
    return f"{ports.base_url}/sign-in#{secret}"


async def redeem(ports: Ports, secret: str) -> str:
    """Spend a link's secret; the secret of the session it opens. InputError("link_spent") otherwise."""
    now = ports.now()
    ticket = await ports.store.ticket(_hash(secret))
    if ticket is not None and ticket.kind == "link":
        ticket = await ports.store.take_ticket(ticket.hash)
        if ticket is not None and now < ticket.expires_at:
            session = ports.new_secret()
            await ports.store.put_ticket(Ticket(_hash(session), "session", now + SESSION_LIFE), now)
            return session
    raise InputError(
        "link_spent",
        "This link was used before, or it is older than a day. Start the service again for a new one.",
    )


async def is_signed_in(ports: Ports, session: str | None) -> bool:
    """Whether `session` is the secret of a session that is still good."""
    ticket = await ports.store.ticket(_hash(session)) if session else None
    return ticket is not None and ticket.kind == "session" and ports.now() < ticket.expires_at


async def sign_out(ports: Ports, session: str) -> None:
    """End a session; nothing happens when there is none."""
    ticket = await ports.store.ticket(_hash(session))
    if ticket is not None and ticket.kind == "session":
        await ports.store.take_ticket(ticket.hash)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
