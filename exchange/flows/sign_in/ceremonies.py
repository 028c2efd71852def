"""Ceremonies: what a browser begins and ends, once: at a provider, or with a passkey.

The browser keeps a secret in a cookie, the store its hash. Whatever else a ceremony needs to be hard to guess
(a challenge, a state, a verifier) is derived from that secret, so whoever reads the store can end none, and
whoever sees one of them knows none of the others.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from exchange.core.keys.multibase import base64url_encode
from exchange.errors import InputError
from exchange.flows.people.records import Ceremony, Ticket
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import begin_quotas, check_limit
from exchange.flows.sign_in.secrets import hash_of

LIFE = timedelta(minutes=10)


async def begin(ports: Ports, kind: Ceremony, network: str, person: str | None = None) -> str:
    """The secret of a new ceremony, good for ten minutes; `person`: only they can end it. TooManyError."""
    await check_limit(ports, begin_quotas(network))
    secret, now = ports.new_secret(), ports.now()
    await ports.store.put_ticket(Ticket(hash_of(secret), kind, now + LIFE, person=person), now)
    return secret


async def end(ports: Ports, kind: Ceremony, secret: str, person: str | None = None) -> None:
    """Spend it. InputError("ceremony_over"): it is another's, too old, or was spent before."""
    ticket = await ports.store.take_ticket(hash_of(secret))
    if ticket is None or (ticket.kind, ticket.person) != (kind, person) or ticket.expires_at <= ports.now():
        raise InputError("ceremony_over", "This was not begun in this browser, or it is over. Begin again.")


def derived(secret: str, what: str) -> str:
    """43 characters that nobody knows without the secret, others for each `what`."""
    return base64url_encode(hashlib.sha256(f"{what} {secret}".encode("utf-8", "surrogatepass")).digest())
