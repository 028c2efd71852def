"""Batches and held awards in memory: the same answers as the database, by the same contract tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.core.roster import folded
from exchange.errors import ConflictError
from exchange.flows.orders.records import Batch, BatchRow, BatchState, Held, HeldState, Holding, RowState
from exchange.flows.records import Badge


@dataclass
class _Batch:
    batch: Batch
    rows: dict[int, BatchRow]
    due_at: datetime
    lease: str = ""


def _is_over(one: Held) -> bool:
    return one.state == "refused" or one.badge is not None


@dataclass
class MemoryOrders:
    """Nothing awaits inside a method, so each is one transaction."""

    _badges: dict[str, Badge] = field(default_factory=dict)
    _batches: dict[str, _Batch] = field(default_factory=dict)
    _held: dict[str, Held] = field(default_factory=dict)

    async def put_batch(self, batch: Batch, rows: Sequence[BatchRow]) -> None:
        known = self._batches.get(batch.id)
        if known and known.batch.state != "draft":
            raise ConflictError("batch_begun", batch.id)
        self._batches[batch.id] = _Batch(batch, {row.number: row for row in rows}, batch.changed_at)

    async def batch(self, id: str) -> Batch | None:
        return self._batches[id].batch if id in self._batches else None

    async def batches(
        self, issuers: Sequence[str] | None, limit: int, before: str | None = None
    ) -> list[Batch]:
        def age(one: Batch) -> tuple[datetime, str]:
            return one.created_at, one.id

        found = [
            one.batch for one in self._batches.values() if issuers is None or one.batch.issuer in issuers
        ]
        if before is not None:
            last = self._batches.get(before)
            found = [one for one in found if last is not None and age(one) < age(last.batch)]
        return sorted(found, key=age, reverse=True)[:limit]

    async def batch_rows(
        self, id: str, after: int = 0, limit: int = 20_000, states: Sequence[RowState] = ()
    ) -> list[BatchRow]:
        rows = self._batches[id].rows if id in self._batches else {}
        found = [rows[number] for number in sorted(rows) if number > after]
        return [row for row in found if not states or row.state in states][:limit]

    async def batch_counts(self, ids: Sequence[str]) -> Mapping[str, Mapping[RowState, int]]:
        rows = {id: self._batches[id].rows.values() if id in self._batches else () for id in ids}
        return {id: dict(Counter(row.state for row in some)) for id, some in rows.items()}

    async def begin_batch(self, id: str, digest: str, by: str, at: datetime, since: datetime) -> bool:
        one = self._batches.get(id)
        if one is None or (one.batch.state, one.batch.digest) != ("draft", digest):
            return False
        about = (one.batch.issuer, one.batch.achievement)
        wanted = {folded(row.recipient) for row in one.rows.values() if row.state == "ready"}
        ordered = {
            folded(row.recipient)
            for other in self._batches.values()
            for row in other.rows.values()
            if other.batch.state in ("running", "paused") and row.state == "ready"
            if (other.batch.issuer, other.batch.achievement) == about
        }
        awarded = {
            folded(badge.recipient)
            for badge in self._badges.values()
            if (badge.issuer, badge.achievement) == about and badge.intended_at > since
            if not self._is_revoked(badge) and (badge.valid_until is None or badge.valid_until > at)
        }
        if wanted & (ordered | awarded):
            raise ConflictError("conflict", id)
        one.batch, one.due_at = replace(one.batch, state="running", reason="", made_by=by, changed_at=at), at
        for number, row in one.rows.items():
            skipped = replace(row, state="skipped") if row.state == "wrong" else row
            if not row.recipient:
                faults = tuple(replace(fault, message="") for fault in row.faults)
                skipped = replace(skipped, to="", evidence=(), narrative="", faults=faults)
            one.rows[number] = skipped
        return True

    async def move_batch(
        self,
        id: str,
        before: BatchState,
        after: BatchState,
        at: datetime,
        reason: str = "",
        by: str | None = None,
    ) -> bool:
        one = self._batches.get(id)
        if one is None or one.batch.state != before:
            return False
        one.batch, one.due_at = replace(one.batch, state=after, reason=reason, changed_at=at), at
        one.lease = ""
        if by is not None:
            one.batch = replace(one.batch, made_by=by)
        return True

    async def discard_batch(self, id: str) -> bool:
        if id not in self._batches or self._batches[id].batch.state != "draft":
            return False
        del self._batches[id]
        return True

    async def lease_batch(self, lease: str, now: datetime, until: datetime) -> Batch | None:
        due = [one for one in self._batches.values() if one.batch.state == "running" and one.due_at <= now]
        if not due:
            return None
        first = min(due, key=lambda one: (one.due_at, one.batch.id))
        first.lease, first.due_at = lease, until
        return first.batch

    async def keep_lease(self, id: str, lease: str, until: datetime, reason: str = "") -> bool:
        one = self._batches.get(id)
        if one is None or (one.batch.state, one.lease) != ("running", lease):
            return False
        one.batch, one.due_at = replace(one.batch, reason=reason), until
        return True

    async def note_rows(self, id: str, rows: Sequence[BatchRow], at: datetime) -> None:
        one = self._batches.get(id)
        if one is None:
            return
        for row in rows:
            if row.number in one.rows:
                noted = replace(one.rows[row.number], state=row.state, faults=row.faults, badge=row.badge)
                one.rows[row.number] = noted
        one.batch = replace(one.batch, changed_at=at)

    async def holders(self, issuer: str, achievement: str, recipients: Sequence[str]) -> list[Holding]:
        wanted = {recipient.lower() for recipient in recipients}
        return [
            Holding(badge.recipient, badge.id, badge.signed)
            for badge in self._badges.values()
            if badge.signed
            and (badge.issuer, badge.achievement) == (issuer, achievement)
            and badge.recipient.lower() in wanted
            and not self._is_revoked(badge)
        ] + [
            Holding(row.recipient, "", b"")
            for one in self._batches.values()
            if (one.batch.issuer, one.batch.achievement) == (issuer, achievement)
            and one.batch.state in ("running", "paused")
            for row in one.rows.values()
            if row.state == "ready" and row.recipient.lower() in wanted
        ]

    def _is_revoked(self, badge: Badge) -> bool:
        raise NotImplementedError

    def _awarded_at(self, badge: str) -> int | None:
        raise NotImplementedError

    async def award_positions(self, badges: Sequence[str]) -> Mapping[str, int]:
        found = {badge: self._awarded_at(badge) for badge in badges}
        return {badge: position for badge, position in found.items() if position is not None}

    async def put_held(self, held: Held) -> None:
        self._held.setdefault(held.id, held)

    async def held(self, id: str) -> Held | None:
        return self._held.get(id)

    async def helds(self, issuers: Sequence[str] | None, limit: int) -> list[Held]:
        mine = [one for one in self._held.values() if issuers is None or one.issuer in issuers]
        return sorted(mine, key=lambda one: (_is_over(one), one.asked_at, one.id))[:limit]

    async def decide_held(self, id: str, state: HeldState, by: str, at: datetime, reason: str = "") -> bool:
        if id not in self._held or self._held[id].state != "waiting":
            return False
        decided = replace(self._held[id], state=state, decided_by=by, decided_at=at, reason=reason)
        self._held[id] = decided
        return True

    async def note_held(self, id: str, badge: str) -> None:
        if id in self._held:
            self._held[id] = replace(self._held[id], badge=badge)

    async def forget_orders(self, drafts: datetime, others: datetime) -> None:
        def old(one: Batch) -> bool:
            before = {"draft": drafts, "running": None}.get(one.state, others)
            return before is not None and one.changed_at < before

        self._batches = {id: one for id, one in self._batches.items() if not old(one.batch)}
        self._held = {id: one for id, one in self._held.items() if (one.decided_at or one.asked_at) >= others}

    async def orders_for(self, recipient: str) -> list[str]:
        name = recipient.lower()
        rows = [
            f"batch/{id}/{row.number}"
            for id in sorted(self._batches)
            for row in await self.batch_rows(id)
            if row.recipient and row.recipient.lower() == name
        ]
        return rows + [f"held/{id}" for id in sorted(self._held) if self._held[id].recipient.lower() == name]

    def _erase_orders(self, names: Sequence[str], addresses: set[str], badges: Sequence[str]) -> None:
        recipients = {f"mailto:{address}".lower() for address in addresses}

        def gone(name: str, recipient: str, badge: str | None) -> bool:
            return name in names or recipient.lower() in recipients or badge in badges

        for id, one in self._batches.items():
            one.rows = {
                number: row
                for number, row in one.rows.items()
                if not gone(f"batch/{id}/{number}", row.recipient, row.badge)
            }
        self._held = {
            id: one for id, one in self._held.items() if not gone(f"held/{id}", one.recipient, one.badge)
        }

    def _merge_orders(self, source: str, target: str) -> None:
        for one in self._batches.values():
            if one.batch.made_by == source:
                one.batch = replace(one.batch, made_by=target)
        for id, held in self._held.items():
            asked = target if held.asked_by == source else held.asked_by
            decided = target if held.decided_by == source else held.decided_by
            self._held[id] = replace(held, asked_by=asked, decided_by=decided)
