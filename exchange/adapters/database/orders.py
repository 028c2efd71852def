"""Orders that take a while: batches with their rows, and awards that wait for a second person.

A batch is leased like a parcel of the outbox (`outbox.py`), so that of all nodes one carries it out; that a
node which was thought dead goes on nevertheless does no harm, since each award has its key in `once`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import orjson

from exchange.adapters.database.effects import Many, Rows, Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.core.roster import Fault
from exchange.errors import ConflictError
from exchange.flows.orders.records import Batch, BatchRow, BatchState, Held, HeldState, Holding, RowState

COLUMNS = """
    id, issuer, achievement, version, proof, mail, made_by, state, digest, reason, created_at, changed_at"""
BATCH = f"SELECT {COLUMNS} FROM batch WHERE id = ?"  # noqa: S608
BATCHES = f"SELECT {COLUMNS} FROM batch {{where}} ORDER BY created_at DESC, id DESC LIMIT ?"  # noqa: S608
BEFORE = "(created_at, id) < (SELECT created_at, id FROM batch WHERE id = ?)"
PUT_BATCH = f"INSERT INTO batch ({COLUMNS}, lease, due_at) VALUES ({', '.join('?' * 12)}, '', ?)"  # noqa: S608
PUT_ROW = """
    INSERT INTO batch_row (batch, number, given, recipient, state, faults, badge)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
ROWS = """
    SELECT number, given, recipient, state, faults, badge FROM batch_row
    WHERE batch = ? AND number > ? {states} ORDER BY number LIMIT ?"""
COUNTS = "SELECT batch, state, count(*) FROM batch_row WHERE batch IN ({ids}) GROUP BY batch, state"
BEGIN = """
    UPDATE batch SET state = 'running', reason = '', made_by = ?, changed_at = ?, due_at = ?
    WHERE id = ? AND state = 'draft' AND digest = ? RETURNING id"""
ORDER = """
    UPDATE batch_row SET ordered = (SELECT issuer || '/' || achievement FROM batch WHERE id = ?)
    WHERE batch = ? AND state = 'ready'"""
AWARDED_SINCE = """
    SELECT b.id FROM batch_row r JOIN batch o ON o.id = r.batch
    JOIN badge b ON b.issuer = o.issuer AND b.achievement = o.achievement
                AND lower(b.recipient) = lower(r.recipient)
    WHERE r.batch = ? AND r.state = 'ready' AND b.intended_at > ? AND b.state NOT IN ('revoked', 'erased')
    AND (b.valid_until IS NULL OR b.valid_until > ?) LIMIT 1"""
NOBODYS = "SELECT number, faults FROM batch_row WHERE batch = ? AND recipient = '' AND given <> '[]'"
EMPTY = "UPDATE batch_row SET given = '[]', faults = ? WHERE batch = ? AND number = ?"
SKIP_WRONG = "UPDATE batch_row SET state = 'skipped' WHERE batch = ? AND state = 'wrong'"
MOVE = """
    UPDATE batch SET state = ?, reason = ?, changed_at = ?, due_at = ?, lease = '',
                     made_by = coalesce(CAST(? AS TEXT), made_by)
    WHERE id = ? AND state = ? RETURNING id"""
FORGET_ROWS = "DELETE FROM batch_row WHERE batch IN (SELECT id FROM batch WHERE {which})"
FORGET = "DELETE FROM batch WHERE {which}"
DUE = "SELECT id FROM batch WHERE state = 'running' AND due_at <= ? ORDER BY due_at, id LIMIT 1"
LEASE = """
    UPDATE batch SET lease = ?, due_at = ?
    WHERE id = ? AND state = 'running' AND due_at <= ? RETURNING id"""
KEEP = """
    UPDATE batch SET due_at = ?, reason = ?
    WHERE id = ? AND state = 'running' AND lease = ? RETURNING id"""
NOTE = "UPDATE batch_row SET state = ?, faults = ?, badge = ?, ordered = NULL WHERE batch = ? AND number = ?"
HOLDERS = """
    SELECT recipient, id, signed FROM badge b
    WHERE issuer = ? AND achievement = ? AND signed IS NOT NULL AND erased IS NULL
    AND lower(recipient) IN ({names})
    AND NOT EXISTS (SELECT 1 FROM status_slot s
                    WHERE s.badge = b.id AND s.purpose = 'revocation' AND s.is_set)"""
ORDERED = """
    SELECT r.recipient FROM batch_row r JOIN batch b ON b.id = r.batch
    WHERE b.issuer = ? AND b.achievement = ? AND b.state IN ('running', 'paused') AND r.state = 'ready'
    AND r.recipient <> '' AND lower(r.recipient) IN ({names})"""
POSITIONS = "SELECT about, min(position) FROM log_about WHERE about IN ({names}) GROUP BY about"
HELD_COLUMNS = """
    id, issuer, achievement, recipient, given, asked_by, asked_at, state, decided_by, decided_at, reason,
    badge"""
PUT_HELD = f"INSERT INTO held ({HELD_COLUMNS}) VALUES ({', '.join('?' * 12)}) ON CONFLICT (id) DO NOTHING"  # noqa: S608
HELD = f"SELECT {HELD_COLUMNS} FROM held WHERE id = ?"  # noqa: S608
HELDS = f"""
    SELECT {HELD_COLUMNS} FROM held {{where}}
    ORDER BY CASE WHEN state = 'refused' OR badge IS NOT NULL THEN 1 ELSE 0 END, asked_at, id LIMIT ?"""  # noqa: S608
DECIDE = """
    UPDATE held SET state = ?, decided_by = ?, decided_at = ?, reason = ?
    WHERE id = ? AND state = 'waiting' RETURNING id"""
NOTE_HELD = "UPDATE held SET badge = ? WHERE id = ?"
OF_RECIPIENT = ("lower(recipient) = lower(?)", "recipient <> ''")
AT_A_TIME = 500


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...
    async def _change(self, sql: str, *args: Any) -> Rows: ...


class Orders:
    """The part of the store that implements `exchange.flows.orders.ports.OrderStore`."""

    async def put_batch(self: _Database, batch: Batch, rows: Sequence[BatchRow]) -> None:
        """As the port says. ConflictError("batch_begun")."""
        await self.engine.write(partial(_put_batch, batch, [_row(batch.id, row) for row in rows]))

    async def batch(self: _Database, id: str) -> Batch | None:
        rows = await self._read(BATCH, id)
        return _batch(rows[0]) if rows else None

    async def batches(
        self: _Database, issuers: Sequence[str] | None, limit: int, before: str | None = None
    ) -> list[Batch]:
        where, args = _of_issuers(issuers)
        if before is not None:
            where, args = [*where, BEFORE], [*args, before]
        sql = BATCHES.format(where=f"WHERE {' AND '.join(where)}" if where else "")
        return [_batch(row) for row in await self._read(sql, *args, limit)]

    async def batch_rows(
        self: _Database, id: str, after: int = 0, limit: int = 20_000, states: Sequence[RowState] = ()
    ) -> list[BatchRow]:
        which = f"AND state IN ({', '.join('?' * len(states))})" if states else ""
        found = await self._read(ROWS.format(states=which), id, after, *states, limit)
        return [_batch_row(row) for row in found]

    async def batch_counts(self: _Database, ids: Sequence[str]) -> Mapping[str, Mapping[RowState, int]]:
        found: dict[str, dict[RowState, int]] = {id: {} for id in ids}
        for some, marks in _in(ids):
            for id, state, count in await self._read(COUNTS.format(ids=marks), *some):
                found[id][state] = count
        return found

    async def begin_batch(
        self: _Database, id: str, digest: str, by: str, at: datetime, since: datetime
    ) -> bool:
        return await self.engine.write(partial(_begin, id, digest, by, at, since))

    async def move_batch(
        self: _Database,
        id: str,
        before: BatchState,
        after: BatchState,
        at: datetime,
        reason: str = "",
        by: str | None = None,
    ) -> bool:
        return bool(await self._change(MOVE, after, reason, at, at, by, id, before))

    async def discard_batch(self: _Database, id: str) -> bool:
        return await self.engine.write(partial(_discard, id))

    async def lease_batch(self: _Database, lease: str, now: datetime, until: datetime) -> Batch | None:
        while due := await self._read(DUE, now):
            if await self._change(LEASE, lease, until, due[0][0], now):
                rows = await self._read(BATCH, due[0][0])
                return _batch(rows[0]) if rows else None
        return None

    async def keep_lease(self: _Database, id: str, lease: str, until: datetime, reason: str = "") -> bool:
        return bool(await self._change(KEEP, until, reason, id, lease))

    async def note_rows(self: _Database, id: str, rows: Sequence[BatchRow], at: datetime) -> None:
        await self.engine.write(partial(_note, id, rows, at))

    async def holders(
        self: _Database, issuer: str, achievement: str, recipients: Sequence[str]
    ) -> list[Holding]:
        found = []
        for some, marks in _in([recipient.lower() for recipient in recipients]):
            rows = await self._read(HOLDERS.format(names=marks), issuer, achievement, *some)
            found += [Holding(recipient, id, bytes(signed)) for recipient, id, signed in rows]
            rows = await self._read(ORDERED.format(names=marks), issuer, achievement, *some)
            found += [Holding(row[0], "", b"") for row in rows]
        return found

    async def award_positions(self: _Database, badges: Sequence[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for some, marks in _in([f"badge:{badge}" for badge in badges]):
            rows = await self._read(POSITIONS.format(names=marks), *some)
            found |= {about.removeprefix("badge:"): position for about, position in rows}
        return found

    async def put_held(self: _Database, held: Held) -> None:
        asked = (held.issuer, held.achievement, held.recipient, held.given, held.asked_by, held.asked_at)
        decided = (held.state, held.decided_by, held.decided_at, held.reason, held.badge)
        await self._change(PUT_HELD, held.id, *asked, *decided)

    async def held(self: _Database, id: str) -> Held | None:
        rows = await self._read(HELD, id)
        return Held(*rows[0]) if rows else None

    async def helds(self: _Database, issuers: Sequence[str] | None, limit: int) -> list[Held]:
        where, args = _of_issuers(issuers)
        sql = HELDS.format(where=f"WHERE {where[0]}" if where else "")
        return [Held(*row) for row in await self._read(sql, *args, limit)]

    async def decide_held(
        self: _Database, id: str, state: HeldState, by: str, at: datetime, reason: str = ""
    ) -> bool:
        return bool(await self._change(DECIDE, state, by, at, reason, id))

    async def note_held(self: _Database, id: str, badge: str) -> None:
        await self._change(NOTE_HELD, badge, id)

    async def forget_orders(self: _Database, drafts: datetime, others: datetime) -> None:
        await self.engine.write(partial(_forget, drafts, others))

    async def orders_for(self: _Database, recipient: str) -> list[str]:
        where = " AND ".join(OF_RECIPIENT)
        rows = await self._read(
            f"SELECT batch, number FROM batch_row WHERE {where} ORDER BY batch, number",  # noqa: S608
            recipient,
        )
        held = await self._read(f"SELECT id FROM held WHERE {where} ORDER BY id", recipient)  # noqa: S608
        return [*(f"batch/{batch}/{number}" for batch, number in rows), *(f"held/{row[0]}" for row in held)]


def erase(names: Sequence[str]) -> Work[None]:
    """Forget these orders, as `orders_for` names them."""
    for name in names:
        kind, _, id = name.partition("/")
        if kind == "held":
            yield Statement("DELETE FROM held WHERE id = ?", (id,))
        else:
            batch, _, number = id.partition("/")
            yield Statement("DELETE FROM batch_row WHERE batch = ? AND number = ?", (batch, int(number)))


def erase_for(address: str) -> Work[None]:
    """Forget what was ordered for an address."""
    for table in ("batch_row", "held"):
        where = " AND ".join(OF_RECIPIENT)
        yield Statement(f"DELETE FROM {table} WHERE {where}", (f"mailto:{address}",))  # noqa: S608


def erase_badge(badge: str) -> Work[None]:
    """Forget the order that a badge came of."""
    yield Statement("DELETE FROM batch_row WHERE badge = ?", (badge,))
    yield Statement("DELETE FROM held WHERE badge = ?", (badge,))


def merge(source: str, target: str) -> Work[None]:
    """What one account ordered, another did."""
    yield Statement("UPDATE batch SET made_by = ? WHERE made_by = ?", (target, source))
    for column in ("asked_by", "decided_by"):
        yield Statement(f"UPDATE held SET {column} = ? WHERE {column} = ?", (target, source))  # noqa: S608


def _put_batch(batch: Batch, rows: Sequence[tuple[Any, ...]]) -> Work[None]:
    known = yield Statement("SELECT state FROM batch WHERE id = ?", (batch.id,))
    if known and known[0][0] != "draft":
        raise ConflictError("batch_begun", f"The batch {batch.id} was begun; its rows stay as they are.")
    yield from _discard(batch.id)
    about = (batch.id, batch.issuer, batch.achievement, batch.version, batch.proof, batch.mail)
    how = (batch.made_by, batch.state, batch.digest, batch.reason, batch.created_at, batch.changed_at)
    yield Statement(PUT_BATCH, (*about, *how, batch.changed_at))
    yield Many(PUT_ROW, rows)


def _discard(id: str) -> Work[bool]:
    which = "id = ? AND state = 'draft'"
    yield Statement(FORGET_ROWS.format(which=which), (id,))
    return bool((yield Statement(FORGET.format(which=which) + " RETURNING id", (id,))))


def _begin(id: str, digest: str, by: str, at: datetime, since: datetime) -> Work[bool]:
    """The rows are marked first: what a unique index lets through is ordered nowhere else, and whoever took
    such a mark away has awarded the badge in a transaction before that, so the next statement sees it."""
    if not (yield Statement(BEGIN, (by, at, at, id, digest))):
        return False
    yield Statement(ORDER, (id, id))
    if (yield Statement(AWARDED_SINCE, (id, since, at))):
        raise ConflictError("conflict", f"somebody of batch {id} was awarded the badge meanwhile")
    yield Statement(SKIP_WRONG, (id,))
    # Of what names nobody who could be found again, to be erased, only its number and fault stay.
    nobodys = yield Statement(NOBODYS, (id,))
    yield Many(EMPTY, [(_without_words(faults), id, number) for number, faults in nobodys])
    return True


def _without_words(faults: str) -> str:
    """The words may quote what was typed."""
    return orjson.dumps([[code, at, ""] for code, at, _ in orjson.loads(faults)]).decode()


def _note(id: str, rows: Sequence[BatchRow], at: datetime) -> Work[None]:
    yield Many(NOTE, [(row.state, _faults(row), row.badge or None, id, row.number) for row in rows])
    yield Statement("UPDATE batch SET changed_at = ? WHERE id = ?", (at, id))


def _forget(drafts: datetime, others: datetime) -> Work[None]:
    for which, before in (
        ("state = 'draft' AND changed_at < ?", drafts),
        ("state IN ('paused', 'done') AND changed_at < ?", others),
    ):
        yield Statement(FORGET_ROWS.format(which=which), (before,))
        yield Statement(FORGET.format(which=which), (before,))
    yield Statement("DELETE FROM held WHERE coalesce(decided_at, asked_at) < ?", (others,))


def _of_issuers(issuers: Sequence[str] | None) -> tuple[list[str], list[Any]]:
    if issuers is None:
        return [], []
    return [f"issuer IN ({', '.join('?' * len(issuers)) or 'NULL'})"], [*issuers]


def _in(values: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """Some hundred values at a time, with the marks of an IN list."""
    for start in range(0, len(values), AT_A_TIME):
        some = values[start : start + AT_A_TIME]
        yield some, ", ".join("?" * len(some))


def _batch(row: Any) -> Batch:
    fields: list[Any] = list(row)
    fields[5] = bool(fields[5])
    return Batch(*fields)


def _row(batch: str, row: BatchRow) -> tuple[Any, ...]:
    given = orjson.dumps([row.to, row.evidence, row.narrative, row.until]).decode()
    return (batch, row.number, given, row.recipient, row.state, _faults(row), row.badge or None)


def _faults(row: BatchRow) -> str:
    return orjson.dumps([[fault.code, fault.at, fault.message] for fault in row.faults]).decode()


def _batch_row(row: Any) -> BatchRow:
    number, given, recipient, state, faults, badge = row
    to, evidence, narrative, *more = orjson.loads(given) or ("", (), "")
    told = tuple(Fault(*one) for one in orjson.loads(faults))
    return BatchRow(number, to, tuple(evidence), narrative, recipient, state, told, badge or "", *more)
