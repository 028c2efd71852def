"""Who has which badge, in memory: the same answers as the database, by the same contract tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from exchange.errors import ConflictError
from exchange.flows.claims.claim import claim_at
from exchange.flows.recipients.ports import Effects
from exchange.flows.recipients.records import Job, Match, Recipient, Wanted, status_of
from exchange.flows.records import Badge, Once
from tests.memory_outbox import MemoryOutbox

if TYPE_CHECKING:
    from tests.memory_store import MemoryStore


@dataclass
class Chunk:
    number: int
    job: str
    badges: list[str]
    done: bool = False


@dataclass
class MemoryRecipients(MemoryOutbox):
    """Nothing awaits inside a method, so each is one transaction."""

    _jobs: dict[str, Job] = field(default_factory=dict)
    _chunks: list[Chunk] = field(default_factory=list)
    _chunk_numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def recipients(
        self: MemoryStore, wanted: Wanted, now: datetime, limit: int, before: str | None = None
    ) -> list[Recipient]:
        found = self._wanted(wanted, now)
        if before is not None:
            last = self._badges.get(before)
            found = [one for one in found if last is not None and _age(one) < _age(last)]
        return [self._recipient(one, now) for one in found[:limit]]

    async def matching(
        self: MemoryStore, wanted: Wanted, now: datetime, limit: int, before: str | None = None
    ) -> list[Match]:
        found = self._wanted(wanted, now)
        if before is not None:
            found = [one for one in found if _age(one) < _age(self._badges[before])]
        return [self._match(one, now) for one in found[:limit]]

    async def count_ending(self: MemoryStore, issuer: str, start: datetime, end: datetime) -> int:
        mine = self._wanted(Wanted(issuer, status="valid"), start)
        return sum(one.valid_until is not None and start < one.valid_until <= end for one in mine)

    async def matches(self: MemoryStore, issuer: str, badges: Sequence[str], now: datetime) -> list[Match]:
        mine = [one for one in self._wanted(Wanted(issuer), now) if one.id in badges]
        return [self._match(one, now) for one in mine]

    async def renewals(self: MemoryStore, badges: Sequence[str]) -> dict[str, str]:
        return {one.renews: one.id for one in self._badges.values() if one.renews in badges}

    def _wanted(self: MemoryStore, wanted: Wanted, now: datetime) -> list[Badge]:
        def fits(one: Badge) -> bool:
            status = self._status(one, now)
            return (
                one.issuer == wanted.issuer
                and one.kind == "badge"
                and one.id not in self._erased
                and wanted.achievement in ("", one.achievement)
                and (wanted.status in ("", status) or (wanted.status == "valid" and status == "expiring"))
                and (not wanted.claim or claim_at(one.claim, one.intended_at, now) == wanted.claim)
                and one.recipient.lower().startswith(wanted.to.lower())
                and (wanted.since is None or one.intended_at >= wanted.since)
                and (wanted.until is None or one.intended_at < wanted.until)
            )

        return sorted((one for one in self._badges.values() if fits(one)), key=_age, reverse=True)

    def _status(self: MemoryStore, badge: Badge, now: datetime) -> str:
        bits = {one.purpose: one.on for one in self._changes if one.badge == badge.id}
        state = "revoked" if bits.get("revocation") else "suspended" if bits.get("suspension") else ""
        return status_of(state, badge.signed is not None, badge.valid_until, now)

    def _match(self: MemoryStore, badge: Badge, now: datetime) -> Match:
        return Match(badge.id, badge.achievement, self._status(badge, now))  # type: ignore[arg-type]

    def _recipient(self: MemoryStore, badge: Badge, now: datetime) -> Recipient:
        rows = [row for row in self._outbox if row.delivery.parcel.subject == f"badge:{badge.id}"]
        mail, problem = "", ""
        if rows:
            last = rows[-1]
            mail = "waiting" if last.open else "delivered" if last.sent_at else "given_up"
            problem = "" if last.sent_at else last.delivery.reason
        new = next((one.id for one in self._badges.values() if one.renews == badge.id), "")
        return Recipient(
            badge.id,
            badge.issuer,
            badge.achievement,
            badge.version,
            badge.recipient,
            badge.intended_at,
            badge.valid_until,
            self._status(badge, now),  # type: ignore[arg-type]
            mail,  # type: ignore[arg-type]
            problem,
            badge.renews,
            new,
            badge.claim,
        )

    async def begin_job(
        self: MemoryStore, job: Job, chunks: Sequence[Sequence[str]], once: Once | None = None
    ) -> None:
        if once:
            self._check_once(once)
        self._needs(job.issuer)
        if job.id in self._jobs:
            raise ConflictError("conflict", "that job is on record")
        if once:
            self._once[once.key] = once
        self._jobs[job.id] = job
        self._chunks += [Chunk(next(self._chunk_numbers), job.id, list(chunk)) for chunk in chunks]

    async def job(self, id: str) -> Job | None:
        return self._jobs.get(id)

    async def jobs_left(self) -> list[Job]:
        left = [job for job in self._jobs.values() if job.ended_at is None]
        return sorted(left, key=lambda job: (job.begun_at, job.id))

    async def chunk_left(self, job: str) -> tuple[int, list[str]] | None:
        left = [chunk for chunk in self._chunks if chunk.job == job and not chunk.done]
        return (left[0].number, list(left[0].badges)) if left else None

    async def change_many(
        self: MemoryStore, job: str, chunk: int, effects: Effects, at: datetime
    ) -> dict[str, list[str]]:
        if not self._take(job, chunk):
            return {}
        lists: dict[str, list[str]] = {}
        for badge, (change, leaf, parcels) in effects.items():
            slots = {slot.purpose: slot for slot in self._badges[badge].slots}
            bits = {name: slot.index in self._lists[slot.list_id].bits for name, slot in slots.items()}
            if bits["revocation"] or bits[change.purpose] == change.on:
                continue
            await self.set_status(change, leaf, None, parcels)
            lists.setdefault(slots[change.purpose].list_id, []).append(badge)
        done = sum(map(len, lists.values()))
        self._count(job, done, len(effects) - done, at)
        return lists

    async def end_chunk(self, job: str, chunk: int, done: int, passed: int, at: datetime) -> bool:
        if not self._take(job, chunk):
            return False
        self._count(job, done, passed, at)
        return True

    def _take(self, job: str, number: int) -> bool:
        for chunk in self._chunks:
            if (chunk.job, chunk.number, chunk.done) == (job, number, False):
                chunk.done = True
                return True
        return False

    def _count(self, id: str, done: int, passed: int, at: datetime) -> None:
        job = self._jobs[id]
        job = replace(job, done=job.done + done, passed=job.passed + passed)
        if all(chunk.done for chunk in self._chunks if chunk.job == id):
            job = replace(job, reason="", ended_at=at)
        self._jobs[id] = job


def _age(badge: Badge) -> tuple[datetime, str]:
    return badge.intended_at, badge.id
