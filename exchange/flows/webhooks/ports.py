"""What webhooks need from the world; as in `flows/ports.py`, every method of the store is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from exchange.flows.records import Leaf
from exchange.flows.webhooks.records import Told, Webhook


class WebhookStore(Protocol):
    """Webhooks, and what of the outbox is theirs."""

    async def webhook(self, id: str) -> Webhook | None: ...
    async def webhooks(self, issuer: str) -> list[Webhook]:
        """The oldest first."""

    async def put_webhook(self, hook: Webhook, leaf: Leaf) -> None:
        """Insert it, with the leaf. ConflictError("conflict") without its issuer."""

    async def remove_webhook(self, id: str, at: datetime, leaf: Leaf) -> bool:
        """Take it away with its log and all that waits for it, with the leaf; False when it is not there."""

    async def told(self, hook: str, limit: int, before: int | None = None) -> list[Told]:
        """The log of a webhook, newest first, after line `before`."""


class Sealer(Protocol):
    """Keeps small secrets safe in a database that others may come to read."""

    async def seal(self, about: str, secret: bytes) -> bytes:
        """The secret, to be opened only by the same `about`. UnavailableError, of the keys."""

    async def unseal(self, about: str, sealed: bytes) -> bytes:
        """UnavailableError, "seal_broken" among others."""

    async def derive(self, about: str) -> bytes:
        """32 bytes that are the same for the same `about`, and that nobody without the key can tell."""


class Courier(Protocol):
    """Hands a message to a server that somebody named: only where the guarded fetch would go."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of what took it; no redirect is followed. RefusedError where it must not go,
        UnavailableError when nobody answers."""
