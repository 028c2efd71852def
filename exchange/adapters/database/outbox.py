"""The outbox: what is to be delivered, on record with what it tells of, and leased by who delivers it.

A lease is taken by compare-and-set: one UPDATE that names what it expects. So any number of nodes can ask,
and of a parcel that two of them saw, PostgreSQL lets the second look again after the first has committed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from exchange.adapters.database.effects import Many, Rows, Statement, T, Work, only
from exchange.adapters.database.engine import EffectEngine
from exchange.flows.records import Delivery, Parcel

POST = """
    INSERT INTO outbox (parcel, channel, subject, destination, recipient, payload, posted_at, after_badge,
                        expires_at, due_at, attempts, lease, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '')"""
OPEN = "sent_at IS NULL AND failed_at IS NULL"
COLUMNS = """
    parcel, channel, subject, destination, recipient, payload, posted_at, after_badge, expires_at,
    due_at, attempts, reason, failed_at"""
DUE = f"""
    SELECT id FROM outbox o WHERE channel = ? AND {OPEN} AND due_at <= ? {{avoid}}
    AND (after_badge IS NULL
         OR EXISTS (SELECT 1 FROM badge b WHERE b.id = o.after_badge AND b.signed IS NOT NULL))
    AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.subject = o.subject AND e.id < o.id
                    AND e.sent_at IS NULL AND e.failed_at IS NULL)
    {{which}} ORDER BY due_at, id LIMIT 1"""  # noqa: S608
URGENT = "AND expires_at IS NOT NULL"  # few rows, in an index of their own
LEASE = f"""
    UPDATE outbox SET due_at = ?, lease = ?, attempts = attempts + 1
    WHERE id = ? AND {OPEN} AND due_at <= ? RETURNING {COLUMNS}"""  # noqa: S608
SENT = """
    UPDATE outbox SET sent_at = ?, failed_at = NULL, destination = '', reason = '',
                      recipient = CASE WHEN channel = 'mail' THEN '' ELSE recipient END,
                      payload = CASE WHEN channel = 'mail' THEN '' ELSE payload END
    WHERE parcel = ? AND sent_at IS NULL"""
MINE = f"WHERE parcel = ? AND lease = ? AND {OPEN} RETURNING id"
PUT_BACK = f"UPDATE outbox SET due_at = ?, reason = ?, lease = '' {MINE}"  # noqa: S608
GIVE_UP = f"""
    UPDATE outbox SET failed_at = ?, reason = ?, lease = '',
                      payload = CASE WHEN expires_at IS NULL THEN payload ELSE '' END {MINE}"""  # noqa: S608
GIVEN_UP = (
    f"SELECT {COLUMNS} FROM outbox WHERE failed_at IS NOT NULL AND channel = ? ORDER BY failed_at, id LIMIT ?"  # noqa: S608
)
WAITING = f"SELECT {COLUMNS} FROM outbox WHERE {OPEN} AND channel = ? ORDER BY id LIMIT ?"  # noqa: S608
DELIVERED = "SELECT sent_at FROM outbox WHERE subject = ? AND sent_at IS NOT NULL ORDER BY id DESC LIMIT ?"
COUNTS = f"""
    SELECT (SELECT count(*) FROM outbox WHERE {OPEN} AND channel = ?), count(*) FROM outbox
    WHERE failed_at IS NOT NULL AND channel = ?"""  # noqa: S608
RETRY = """
    UPDATE outbox SET failed_at = NULL, due_at = ?, attempts = 0
    WHERE sent_at IS NULL AND lease = '' AND attempts > 0 AND payload <> '' {one} RETURNING id"""
BEGIN = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING name"
MOVE = "UPDATE meta SET value = ? WHERE name = ? AND value = ? RETURNING name"
DROP = f"DELETE FROM outbox WHERE subject = ? AND {OPEN}"  # noqa: S608
FORGET = ("DELETE FROM outbox WHERE sent_at < ?", "DELETE FROM outbox WHERE failed_at < ?")


def post(parcels: Sequence[Parcel]) -> Work[None]:
    """Put parcels on record in their order, as a part of what they tell of."""
    if parcels:
        yield Many(POST, [_row(parcel) for parcel in parcels])


def drop(subject: str) -> Work[None]:
    """Send nothing more of what waits under that subject. Who is just sending one finishes."""
    yield Statement(DROP, (subject,))


def told(effect: Callable[[], Work[T]], parcels: Sequence[Parcel]) -> Work[T]:
    """The effect, and the parcels that tell of it unless it changed nothing."""
    changed = yield from effect()
    if changed:
        yield from post(parcels)
    return changed


def _row(one: Parcel) -> tuple[Any, ...]:
    where = (one.id, one.channel, one.subject, one.destination, one.recipient)
    return (*where, one.payload, one.posted_at, one.after_badge, one.expires_at, one.posted_at)


def lease_parcel(
    channel: str, lease: str, now: datetime, until: datetime, avoid: Sequence[str]
) -> Work[Delivery | None]:
    unless = f"AND destination NOT IN ({', '.join('?' * len(avoid))})" if avoid else ""
    for which in (URGENT, ""):
        while due := (yield Statement(DUE.format(avoid=unless, which=which), (channel, now, *avoid))):
            if leased := (yield Statement(LEASE, (until, lease, due[0][0], now))):
                return _delivery(leased[0])
    return None


def _post_after(name: str, was: str | None, now: str, parcels: Sequence[Parcel]) -> Work[bool]:
    moved = yield Statement(BEGIN, (name, now)) if was is None else Statement(MOVE, (now, name, was))
    if not moved:
        return False
    yield from post(parcels)
    return True


def forget(before: datetime) -> Work[None]:
    for sql in FORGET:
        yield Statement(sql, (before,))


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...
    async def _change(self, sql: str, *args: Any) -> Rows: ...


class Outbox:
    """The part of the store that implements `exchange.flows.mail.ports.Outbox`."""

    async def post(self: _Database, parcels: Sequence[Parcel]) -> None:
        await self.engine.write(partial(post, parcels))

    async def post_after(
        self: _Database, name: str, was: str | None, now: str, parcels: Sequence[Parcel]
    ) -> bool:
        return await self.engine.write(partial(_post_after, name, was, now, parcels))

    async def lease_parcel(
        self: _Database, channel: str, lease: str, now: datetime, until: datetime, avoid: Sequence[str] = ()
    ) -> Delivery | None:
        return await self.engine.write(partial(lease_parcel, channel, lease, now, until, avoid))

    async def mark_sent(self: _Database, parcel: str, at: datetime) -> None:
        await self._change(SENT, at, parcel)

    async def put_back(self: _Database, parcel: str, lease: str, due_at: datetime, reason: str) -> bool:
        return bool(await self._change(PUT_BACK, due_at, reason, parcel, lease))

    async def give_up(self: _Database, parcel: str, lease: str, at: datetime, reason: str) -> bool:
        return bool(await self._change(GIVE_UP, at, reason, parcel, lease))

    async def undelivered(self: _Database, limit: int, channel: str = "mail") -> list[Delivery]:
        rows = list(await self._read(GIVEN_UP, channel, limit))
        rows += await self._read(WAITING, channel, limit - len(rows))
        return [_delivery(row) for row in rows]

    async def delivered(self: _Database, subject: str, limit: int = 100) -> list[datetime]:
        return [row[0] for row in await self._read(DELIVERED, subject, limit)]

    async def count_undelivered(self: _Database, channel: str = "mail") -> tuple[int, int]:
        waiting, given_up = (await self._read(COUNTS, channel, channel))[0]
        return waiting, given_up

    async def retry_parcels(self: _Database, now: datetime, parcel: str | None = None) -> int:
        one = () if parcel is None else (parcel,)
        return len(await self._change(RETRY.format(one="AND parcel = ?" if one else ""), now, *one))

    async def forget_parcels(self: _Database, before: datetime) -> None:
        await self.engine.write(partial(forget, before))

    async def _change(self: _Database, sql: str, *args: Any) -> Rows:
        return await self.engine.write(partial(only, Statement(sql, args)))


def _delivery(row: Any) -> Delivery:
    return Delivery(Parcel(*row[:9]), *row[9:])
