"""What holders say to their badges, in the database, and when they are asked again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from exchange.adapters.database import log_writes, outbox
from exchange.adapters.database.effects import Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.records import Claim, Leaf, Parcel, Reminder

SPEND = "DELETE FROM ticket WHERE hash = ? RETURNING hash"
SPEND_ALL = "DELETE FROM ticket WHERE badge = ?"
SETTLE = """
    UPDATE badge SET claim = ?, claimed_at = ?, remind_at = NULL
    WHERE id = ? AND claim <> ? AND erased IS NULL RETURNING id"""
THERE = "SELECT id FROM badge WHERE id = ? AND erased IS NULL"
REMIND = """
    UPDATE badge SET reminded = ?, remind_at = ?
    WHERE id = ? AND reminded = ? AND remind_at IS NOT NULL AND claim = 'offered' RETURNING id"""


class _Database(Protocol):
    engine: EffectEngine


class Claims:
    """The part of the store about claims that writes."""

    async def settle_claim(
        self: _Database,
        badge: str,
        claim: Claim,
        at: datetime,
        leaf: Leaf,
        ticket: str = "",
        parcels: Sequence[Parcel] = (),
    ) -> bool:
        return await self.engine.write(partial(_settle, badge, claim, at, leaf, ticket, parcels))

    async def remind(self: _Database, reminders: Sequence[Reminder]) -> None:
        await self.engine.write(partial(_remind, reminders))


def _settle(
    badge: str, claim: Claim, at: datetime, leaf: Leaf, ticket: str, parcels: Sequence[Parcel]
) -> Work[bool]:
    if ticket and not (yield Statement(SPEND, (ticket,))):
        raise ConflictError("ticket_spent", "This link was used before.")
    if not (yield Statement(SETTLE, (claim, at, badge, claim))):
        if not (yield Statement(THERE, (badge,))):
            raise NotFoundError("unknown_badge", f"there is no badge {badge}")
        return False
    yield Statement(SPEND_ALL, (badge,))
    yield from outbox.post(parcels)
    yield from log_writes.append([leaf])
    return True


def _remind(reminders: Sequence[Reminder]) -> Work[None]:
    for one in sorted(reminders, key=lambda one: one.badge):  # locks in one order
        count = one.reminded + (one.parcel is not None)
        if (yield Statement(REMIND, (count, one.next_at, one.badge, one.reminded))) and one.parcel:
            yield from outbox.post([one.parcel])
