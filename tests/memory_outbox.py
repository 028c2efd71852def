"""The outbox in memory: the same answers as the database, held to them by the same contract tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.errors import ConflictError
from exchange.flows.records import Badge, Delivery, Parcel


@dataclass
class Row:
    delivery: Delivery
    number: int
    lease: str = ""
    sent_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.sent_at is None and self.delivery.failed_at is None

    def change(self, **changes: object) -> None:
        self.delivery = replace(self.delivery, **changes)  # type: ignore[arg-type]

    def erase(self, *names: str) -> None:
        self.change(parcel=replace(self.delivery.parcel, **dict.fromkeys(names, "")))  # type: ignore[arg-type]


@dataclass
class MemoryOutbox:
    """Nothing awaits inside a method, so each is one transaction."""

    _badges: dict[str, Badge] = field(default_factory=dict)
    _outbox: list[Row] = field(default_factory=list)
    _outbox_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def post(self, parcels: Sequence[Parcel]) -> None:
        self._post(parcels)

    def _post(self, parcels: Sequence[Parcel]) -> None:
        known = {row.delivery.parcel.id for row in self._outbox}
        ids = [parcel.id for parcel in parcels]
        if known & set(ids) or len(set(ids)) < len(ids):
            raise ConflictError("conflict", "a parcel of that id is on record")
        if any(one.after_badge not in {None, *self._badges} for one in parcels):
            raise ConflictError("conflict", "there is no such badge")
        self._outbox += [
            Row(Delivery(parcel, parcel.posted_at), next(self._outbox_numbers)) for parcel in parcels
        ]

    def _drop(self, subject: str) -> None:
        self._outbox = [row for row in self._outbox if not row.open or row.delivery.parcel.subject != subject]

    async def lease_parcel(
        self, channel: str, lease: str, now: datetime, until: datetime, avoid: Sequence[str] = ()
    ) -> Delivery | None:
        heads: dict[str, Row] = {}
        for row in self._outbox:
            if row.open:
                heads.setdefault(row.delivery.parcel.subject, row)
        due = [
            row
            for row in self._outbox
            if heads.get(row.delivery.parcel.subject) is row
            and row.delivery.parcel.channel == channel
            and row.delivery.due_at <= now
            and row.delivery.parcel.destination not in avoid
            and self._is_told(row.delivery.parcel)
        ]
        if not due:
            return None
        first = min(due, key=lambda row: (row.delivery.parcel.expires_at is None, row.delivery.due_at))
        first.lease = lease
        first.change(due_at=until, attempts=first.delivery.attempts + 1)
        return first.delivery

    def _is_told(self, parcel: Parcel) -> bool:
        badge = self._badges.get(parcel.after_badge or "")
        return parcel.after_badge is None or (badge is not None and badge.signed is not None)

    def _of(self, parcel: str) -> list[Row]:
        return [row for row in self._outbox if row.delivery.parcel.id == parcel]

    async def mark_sent(self, parcel: str, at: datetime) -> None:
        for row in self._of(parcel):
            if row.sent_at is None:
                row.sent_at = at
                mail = row.delivery.parcel.channel == "mail"
                row.erase("destination", *(("recipient", "payload") if mail else ()))
                row.change(reason="")

    async def put_back(self, parcel: str, lease: str, due_at: datetime, reason: str) -> bool:
        return self._end(parcel, lease, due_at=due_at, reason=reason)

    async def give_up(self, parcel: str, lease: str, at: datetime, reason: str) -> bool:
        done = self._end(parcel, lease, failed_at=at, reason=reason)
        for row in self._of(parcel) if done else ():
            if row.delivery.parcel.expires_at is not None:
                row.erase("payload")
        return done

    def _end(self, parcel: str, lease: str, **changes: object) -> bool:
        mine = [row for row in self._of(parcel) if row.open and row.lease == lease]
        for row in mine:
            row.lease = ""
            row.change(**changes)
        return bool(mine)

    async def undelivered(self, limit: int, channel: str = "mail") -> list[Delivery]:
        rows = [row for row in self._outbox if row.delivery.parcel.channel == channel]
        failed = [row.delivery for row in rows if row.sent_at is None and row.delivery.failed_at]
        failed.sort(key=lambda one: one.failed_at or one.due_at)
        return [*failed, *(row.delivery for row in rows if row.open)][:limit]

    async def delivered(self, subject: str, limit: int = 100) -> list[datetime]:
        rows = [row for row in reversed(self._outbox) if row.delivery.parcel.subject == subject]
        return [row.sent_at for row in rows if row.sent_at is not None][:limit]

    async def count_undelivered(self, channel: str = "mail") -> tuple[int, int]:
        rows = [row for row in self._outbox if row.delivery.parcel.channel == channel]
        left = [row for row in rows if row.sent_at is None]
        waiting = sum(row.open for row in left)
        return waiting, len(left) - waiting

    async def retry_parcels(self, now: datetime, parcel: str | None = None) -> int:
        left = [row for row in self._outbox if row.sent_at is None and row.lease == ""]
        tried = [row for row in left if row.delivery.attempts and row.delivery.parcel.payload]
        again = [row for row in tried if parcel in (None, row.delivery.parcel.id)]
        for row in again:
            row.change(failed_at=None, due_at=now, attempts=0)
        return len(again)

    async def forget_parcels(self, before: datetime) -> None:
        over = [row.sent_at or row.delivery.failed_at for row in self._outbox]
        kept = zip(self._outbox, over, strict=True)
        self._outbox = [row for row, at in kept if at is None or at >= before]
