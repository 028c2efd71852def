"""Webhooks in memory: the same answers as the database, held to them by the same contract tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from exchange.errors import ConflictError
from exchange.flows.records import Leaf
from exchange.flows.webhooks.records import Told, Webhook
from tests.memory_outbox import MemoryOutbox, Row

if TYPE_CHECKING:
    from tests.memory_store import MemoryStore


@dataclass
class MemoryWebhooks(MemoryOutbox):
    """Nothing awaits inside a method, so each is one transaction."""

    _hooks: dict[str, Webhook] = field(default_factory=dict)

    async def webhook(self, id: str) -> Webhook | None:
        return self._hooks.get(id)

    async def webhooks(self, issuer: str) -> list[Webhook]:
        mine = (hook for hook in self._hooks.values() if hook.issuer == issuer)
        return sorted(mine, key=lambda hook: (hook.created_at, hook.id))

    async def put_webhook(self: MemoryStore, hook: Webhook, leaf: Leaf) -> None:
        self._needs(hook.issuer)
        if hook.id in self._hooks:
            raise ConflictError("conflict", "that webhook is on record")
        self._hooks[hook.id] = hook
        self._append(leaf)

    async def remove_webhook(self: MemoryStore, id: str, at: datetime, leaf: Leaf) -> bool:
        if self._hooks.pop(id, None) is None:
            return False
        for row in self._told(id):
            self._outbox.remove(row)
        self._append(leaf)
        return True

    async def told(self, hook: str, limit: int, before: int | None = None) -> list[Told]:
        lines = [
            Told(
                row.number,
                row.delivery.parcel.payload,
                row.delivery.parcel.posted_at,
                row.delivery.due_at,
                row.delivery.attempts,
                row.delivery.reason,
                row.sent_at,
                row.delivery.failed_at,
            )
            for row in reversed(self._told(hook))
        ]
        return [line for line in lines if before is None or line.number < before][:limit]

    def _told(self, hook: str) -> list[Row]:
        return [
            row
            for row in self._outbox
            if (row.delivery.parcel.recipient, row.delivery.parcel.channel) == (hook, "webhook")
        ]
