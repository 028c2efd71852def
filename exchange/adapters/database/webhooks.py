"""Webhooks, and the part of the outbox that is theirs: their log."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, Protocol

from exchange.adapters.database import log_writes
from exchange.adapters.database.effects import Rows, Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.flows.records import Leaf
from exchange.flows.webhooks.records import Told, Webhook

HOOKS = "SELECT id, issuer, url, events, secret, created_at FROM webhook WHERE "
PUT = "INSERT INTO webhook (id, issuer, url, events, secret, created_at) VALUES (?, ?, ?, ?, ?, ?)"
REMOVE = "DELETE FROM webhook WHERE id = ? RETURNING id"
FORGET = "DELETE FROM outbox WHERE recipient = ? AND channel = 'webhook'"
TOLD = """
    SELECT id, payload, posted_at, due_at, attempts, reason, sent_at, failed_at FROM outbox
    WHERE recipient = ? AND channel = 'webhook' {before} ORDER BY id DESC LIMIT ?"""


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Webhooks:
    """The part of the store that implements `exchange.flows.webhooks.ports.WebhookStore`."""

    async def webhook(self: _Database, id: str) -> Webhook | None:
        rows = await self._read(HOOKS + "id = ?", id)
        return _hook(rows[0]) if rows else None

    async def webhooks(self: _Database, issuer: str) -> list[Webhook]:
        rows = await self._read(HOOKS + "issuer = ? ORDER BY created_at, id", issuer)
        return [_hook(row) for row in rows]

    async def put_webhook(self: _Database, hook: Webhook, leaf: Leaf) -> None:
        await self.engine.write(partial(_put, hook, leaf))

    async def remove_webhook(self: _Database, id: str, at: datetime, leaf: Leaf) -> bool:
        return await self.engine.write(partial(_remove, id, leaf))

    async def told(self: _Database, hook: str, limit: int, before: int | None = None) -> list[Told]:
        args = (hook, limit) if before is None else (hook, before, limit)
        rows = await self._read(TOLD.format(before="" if before is None else "AND id < ?"), *args)
        return [Told(*row) for row in rows]


def _hook(row: Any) -> Webhook:
    id, issuer, url, events, secret, created_at = row
    return Webhook(id, issuer, url, tuple(events.split()), bytes(secret), created_at)


def _put(hook: Webhook, leaf: Leaf) -> Work[None]:
    row = (hook.id, hook.issuer, hook.url, " ".join(hook.events), hook.secret, hook.created_at)
    yield Statement(PUT, row)
    yield from log_writes.append([leaf])


def _remove(id: str, leaf: Leaf) -> Work[bool]:
    if not (yield Statement(REMOVE, (id,))):
        return False
    yield Statement(FORGET, (id,))
    yield from log_writes.append([leaf])
    return True
