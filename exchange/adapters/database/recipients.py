"""Who has which badge, out of an index that has all that is asked for; and jobs that change many of them.

A badge's row has some 20 KB, most of it in pages of their own, and what was added to the table later lies
behind them. So filters look at the index alone (`badge_newest_of_issuer`), and at rows only for what a page
shows. Revoked and suspended badges are few, and in a small index of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from exchange.adapters.database import log_writes, outbox, writes
from exchange.adapters.database.effects import Many, Rows, Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.flows.claims.records import OFFERED_FOR
from exchange.flows.recipients.ports import Effects
from exchange.flows.recipients.records import (
    SOON,
    Job,
    Mail,
    Match,
    Recipient,
    Wanted,
    status_of,
)
from exchange.flows.records import Once

LAST = chr(0x10FFFF)
"""Greater than whatever an identifier goes on with."""

BEGINS = {
    "sqlite": "lower(recipient) >= ? AND lower(recipient) < ?",
    "postgres": "lower(recipient) ~>=~ ? AND lower(recipient) ~<~ ?",
}
UNSIGNED = "SELECT id FROM badge WHERE signed IS NULL AND erased IS NULL"
SIGNED = f"id NOT IN ({UNSIGNED})"  # few rows, in an index of their own
AWARDED = "achievement <> ''"  # what an issuer endorses is a row too; in an index, as `achievement` is
STATES = {
    "": "state <> 'erased'",
    "valid": f"state = '' AND (valid_until IS NULL OR valid_until > ?) AND {SIGNED}",
    "expiring": f"state = '' AND valid_until > ? AND valid_until <= ? AND {SIGNED}",
    "expired": f"state = '' AND valid_until <= ? AND {SIGNED}",
    "suspended": f"state = 'suspended' AND state <> '' AND {SIGNED}",
    "revoked": "state = 'revoked' AND state <> ''",
    "unsigned": f"id IN ({UNSIGNED}) AND state <> 'revoked'",
}
CLAIMS = {
    "accepted": "claim = 'accepted'",
    "declined": "claim = 'declined'",
    "offered": "claim = 'offered' AND intended_at > ?",
    "expired": "claim = 'offered' AND intended_at <= ?",
}
ROWS = """
    SELECT b.id, b.issuer, b.achievement, b.version, b.recipient, b.intended_at, p.valid_until, p.state,
           b.signed IS NOT NULL, o.id, o.sent_at, o.failed_at, o.reason, b.renews, n.id, b.claim
    FROM ({page}) p JOIN badge b ON b.id = p.id
    LEFT JOIN outbox o ON o.id = (SELECT max(id) FROM outbox WHERE subject = 'badge:' || b.id)
    LEFT JOIN badge n ON n.renews = b.id AND n.renews <> ''
    ORDER BY b.intended_at DESC, b.id DESC"""
NEWEST_FIRST = " ORDER BY intended_at DESC, id DESC"
PAGE = f"SELECT id, state, valid_until FROM badge WHERE {{where}}{NEWEST_FIRST} LIMIT ?"  # noqa: S608
# As `status_of` has it. No moment comes back: to make a Python object of each takes longer than all the rest.
MATCHES = f"""
    SELECT id, achievement,
           CASE WHEN state = 'revoked' THEN 'revoked' WHEN NOT {SIGNED} THEN 'unsigned'
                WHEN state = 'suspended' THEN 'suspended' WHEN valid_until <= ? THEN 'expired'
                WHEN valid_until <= ? THEN 'expiring' ELSE 'valid' END
    FROM badge WHERE """  # noqa: S608
AFTER = " AND (intended_at, id) < (SELECT intended_at, id FROM badge WHERE id = ?)"
ENDING = f"""
    SELECT count(*) FROM badge
    WHERE issuer = ? AND {AWARDED} AND state = '' AND valid_until > ? AND valid_until <= ? AND {SIGNED}"""  # noqa: S608
RENEWALS = "SELECT renews, id FROM badge WHERE renews <> '' AND renews IN "
JOBS = """
    SELECT id, issuer, act, reason, mail, total, begun_at, done, passed, ended_at FROM change_job {where}"""
PUT_JOB = """
    INSERT INTO change_job (id, issuer, act, reason, mail, total, done, passed, begun_at)
    VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)"""
PUT_CHUNK = "INSERT INTO change_chunk (job, badges) VALUES (?, ?)"
CHUNK_LEFT = "SELECT id, badges FROM change_chunk WHERE job = ? AND done_at IS NULL ORDER BY id LIMIT 1"
TAKE_CHUNK = """
    UPDATE change_chunk SET done_at = ?, badges = '' WHERE id = ? AND job = ? AND done_at IS NULL
    RETURNING id"""
COUNT = "UPDATE change_job SET done = done + ?, passed = passed + ? WHERE id = ?"
END = """
    UPDATE change_job SET ended_at = ?, reason = '' WHERE id = ? AND ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM change_chunk WHERE job = ? AND done_at IS NULL)"""
REVOKED = "SELECT badge FROM status_slot WHERE purpose = 'revocation' AND is_set AND badge IN "
SET_BITS = """
    UPDATE status_slot SET is_set = ? WHERE purpose = ? AND is_set <> ? AND badge IN {}
    RETURNING badge, list_id"""


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Recipients:
    """The part of the store that implements `exchange.flows.recipients.ports.RecipientStore`."""

    async def recipients(
        self: _Database, wanted: Wanted, now: datetime, limit: int, before: str | None = None
    ) -> list[Recipient]:
        where, args = _where(self.engine.engine_type, wanted, now)
        if before is not None:
            where += AFTER
            args.append(before)
        page = ROWS.format(page=PAGE.format(where=where))
        rows = await self.engine.survey(Statement(page, (*args, limit)))
        return [_recipient(row, now) for row in rows]

    async def matching(
        self: _Database, wanted: Wanted, now: datetime, limit: int, before: str | None = None
    ) -> list[Match]:
        where, args = _where(self.engine.engine_type, wanted, now)
        if before is not None:
            where += AFTER
            args.append(before)
        page = Statement(f"{MATCHES}{where}{NEWEST_FIRST} LIMIT ?", (now, now + SOON, *args, limit))
        return [Match(*row) for row in await self.engine.survey(page)]

    async def matches(self: _Database, issuer: str, badges: Sequence[str], now: datetime) -> list[Match]:
        found: list[Match] = []
        for some in _some(badges):
            which = f"id IN {_places(some)} AND issuer = ? AND {AWARDED} AND state <> 'erased'{NEWEST_FIRST}"
            rows = await self._read(MATCHES + which, now, now + SOON, *some, issuer)
            found += [Match(*row) for row in rows]
        return found

    async def count_ending(self: _Database, issuer: str, start: datetime, end: datetime) -> int:
        ((count,),) = await self.engine.survey(Statement(ENDING, (issuer, start, end)))
        return int(count)

    async def renewals(self: _Database, badges: Sequence[str]) -> dict[str, str]:
        pairs = [await self._read(RENEWALS + _places(some), *some) for some in _some(badges)]
        return {old: new for rows in pairs for old, new in rows}

    async def begin_job(
        self: _Database, job: Job, chunks: Sequence[Sequence[str]], once: Once | None = None
    ) -> None:
        await self.engine.write(partial(_begin_job, job, chunks, once))

    async def job(self: _Database, id: str) -> Job | None:
        rows = await self._read(JOBS.format(where="WHERE id = ?"), id)
        return Job(*rows[0]) if rows else None

    async def jobs_left(self: _Database) -> list[Job]:
        rows = await self._read(JOBS.format(where="WHERE ended_at IS NULL ORDER BY begun_at, id"))
        return [Job(*row) for row in rows]

    async def chunk_left(self: _Database, job: str) -> tuple[int, list[str]] | None:
        rows = await self._read(CHUNK_LEFT, job)
        return (rows[0][0], rows[0][1].split()) if rows else None

    async def change_many(
        self: _Database, job: str, chunk: int, effects: Effects, at: datetime
    ) -> dict[str, list[str]]:
        return await self.engine.write(partial(_change_many, job, chunk, effects, at))

    async def end_chunk(self: _Database, job: str, chunk: int, done: int, passed: int, at: datetime) -> bool:
        return await self.engine.write(partial(_end_chunk, job, chunk, done, passed, at))


def _where(engine_type: str, wanted: Wanted, now: datetime) -> tuple[str, list[Any]]:
    where, args = f"issuer = ? AND {AWARDED} AND {STATES[wanted.status]}", list[Any]([wanted.issuer])
    times: dict[str, list[Any]] = {"valid": [now], "expiring": [now, now + SOON], "expired": [now]}
    args += times.get(wanted.status, [])
    if wanted.claim:
        where += f" AND {CLAIMS[wanted.claim]}"
        args += [now - OFFERED_FOR] if wanted.claim in ("offered", "expired") else []
    if wanted.achievement:
        where += " AND achievement = ?"
        args.append(wanted.achievement)
    if wanted.since is not None:
        where += " AND intended_at >= ?"
        args.append(wanted.since)
    if wanted.until is not None:
        where += " AND intended_at < ?"
        args.append(wanted.until)
    if wanted.to:
        # The plus keeps SQLite from walking through all badges of the issuer instead.
        where = where.replace("issuer = ?", "+issuer = ?") if engine_type == "sqlite" else where
        where += f" AND {BEGINS[engine_type]}"
        args += [wanted.to.lower(), wanted.to.lower() + LAST]
    return where, args


def _recipient(row: Any, now: datetime) -> Recipient:
    badge, issuer, achievement, version, to, at, until, state, signed, parcel, sent, failed, why, *rest = row
    renews, renewed_by, claim = rest
    status = status_of(state, bool(signed), until, now)
    mail: Mail = "" if parcel is None else "delivered" if sent else "given_up" if failed else "waiting"
    named = (badge, issuer, achievement, version, to, at, until, status)
    return Recipient(*named, mail, why or "", renews, renewed_by or "", claim)


def _places(values: Sequence[str]) -> str:
    return f"({', '.join('?' * len(values))})"


def _some(values: Sequence[str]) -> list[Sequence[str]]:
    size = writes.AT_A_TIME
    return [values[start : start + size] for start in range(0, len(values), size)]


def _begin_job(job: Job, chunks: Sequence[Sequence[str]], once: Once | None) -> Work[None]:
    if once is not None:
        yield from writes.remember_once(once)
    row = (job.id, job.issuer, job.act, job.reason, job.mail, job.total, job.begun_at)
    yield Statement(PUT_JOB, row)
    yield Many(PUT_CHUNK, [(job.id, " ".join(chunk)) for chunk in chunks])


def _change_many(job: str, chunk: int, effects: Effects, at: datetime) -> Work[dict[str, list[str]]]:
    if not (yield Statement(TAKE_CHUNK, (at, chunk, job))):
        return {}
    changed: dict[str, str] = {}
    for badges in _some(sorted(effects)):  # two who change the same wait for each other in one order
        first, _, _ = effects[badges[0]]
        gone = {row[0] for row in (yield Statement(REVOKED + _places(badges), badges))}
        left = [badge for badge in badges if badge not in gone]
        if left:
            args = (first.on, first.purpose, first.on, *left)
            changed |= dict((yield Statement(SET_BITS.format(_places(left)), args)))
    lists: dict[str, list[str]] = {}
    for badge, list_id in changed.items():
        lists.setdefault(list_id, []).append(badge)
    for list_id in sorted(lists):
        yield Statement(writes.COUNT_UP, (list_id,))
    kept = [effects[badge] for badge in effects if badge in changed]
    yield Many(writes.MARK, [(writes.state_after(one.purpose, one.on), one.badge) for one, _, _ in kept])
    rows = [(one.badge, one.purpose, one.on, one.reason, one.at) for one, _, _ in kept]
    yield Many(writes.REMEMBER, rows)
    yield from outbox.post([parcel for _, _, parcels in kept for parcel in parcels])
    yield Statement(COUNT, (len(kept), len(effects) - len(kept), job))
    yield Statement(END, (at, job, job))
    yield from log_writes.append([leaf for _, leaf, _ in kept])
    return lists


def _end_chunk(job: str, chunk: int, done: int, passed: int, at: datetime) -> Work[bool]:
    if not (yield Statement(TAKE_CHUNK, (at, chunk, job))):
        return False
    yield Statement(COUNT, (done, passed, job))
    yield Statement(END, (at, job, job))
    return True
