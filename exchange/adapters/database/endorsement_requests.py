"""Who was asked for an endorsement, in the database, and who wants to be asked no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import orjson

from exchange.adapters.database import log_writes, outbox
from exchange.adapters.database.effects import Many, Rows, Statement, Work, only
from exchange.adapters.database.engine import EffectEngine
from exchange.flows.endorsements.records import Asked, Asking, Repeat, Request
from exchange.flows.records import Leaf, Parcel

COLUMNS = (
    "id, holder, kind, subject, skills, note, address, person, state, asked_at, expires_at, remind_at, "
    "reminded, ended_at, reply"
)
REQUEST = f"SELECT {COLUMNS} FROM endorsement_request "  # noqa: S608
PUT = f"""
    INSERT INTO endorsement_request ({COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""  # noqa: S608
TO = """
    WHERE state = 'asked' AND (person = ? OR address IN (
        SELECT address FROM address WHERE person = ? AND verified_at IS NOT NULL AND NOT former))
    ORDER BY asked_at DESC, id DESC"""
SETTLE = """
    UPDATE endorsement_request SET state = ?, ended_at = ?, reply = ?, remind_at = NULL
    WHERE id = ? AND state = 'asked' RETURNING address, holder"""
RENEW = """
    UPDATE endorsement_request SET expires_at = ?, remind_at = ?, reminded = ?
    WHERE id = ? AND state = 'asked' RETURNING id"""
DUE = "WHERE remind_at <= ? ORDER BY remind_at, id LIMIT ?"
REPEAT = """
    UPDATE endorsement_request SET reminded = ?, remind_at = ?
    WHERE id = ? AND reminded = ? AND remind_at IS NOT NULL AND state = 'asked' RETURNING id"""
SPEND = "DELETE FROM ticket WHERE badge = ?"
FORGET = "DELETE FROM endorsement_request WHERE asked_at < ?"
BLOCK = """
    INSERT INTO blocked_sender (address, holder, at) VALUES (?, ?, ?)
    ON CONFLICT (address, holder) DO NOTHING"""
BLOCKED = "SELECT 1 FROM blocked_sender WHERE address = ? AND holder = ?"


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class EndorsementRequests:
    """The part of the store that implements the rest of `flows.endorsements.ports.EndorsementStore`."""

    async def ask_for_endorsements(self: _Database, asking: Asking) -> None:
        await self.engine.write(partial(_ask, asking))

    async def request(self: _Database, id: str) -> Request | None:
        rows = await self._read(REQUEST + "WHERE id = ?", id)
        return _request(rows[0]) if rows else None

    async def requests_by(self: _Database, holder: str) -> list[Request]:
        rows = await self._read(REQUEST + "WHERE holder = ? ORDER BY asked_at DESC, id DESC", holder)
        return [_request(row) for row in rows]

    async def requests_to(self: _Database, person: str) -> list[Request]:
        return [_request(row) for row in await self._read(REQUEST + TO, person, person)]

    async def settle_request(
        self: _Database,
        id: str,
        state: Asked,
        at: datetime,
        leaves: Sequence[Leaf],
        parcels: Sequence[Parcel] = (),
        reply: str = "",
        *,
        block: bool = False,
    ) -> bool:
        return await self.engine.write(partial(_settle, id, state, at, leaves, parcels, reply, block))

    async def renew_request(self: _Database, request: Request, parcel: Parcel) -> bool:
        return await self.engine.write(partial(_renew, request, parcel))

    async def due_requests(self: _Database, now: datetime, limit: int) -> list[Request]:
        return [_request(row) for row in await self._read(REQUEST + DUE, now, limit)]

    async def repeat_requests(self: _Database, repeats: Sequence[Repeat]) -> None:
        await self.engine.write(partial(_repeat, repeats))

    async def forget_requests(self: _Database, before: datetime) -> None:
        await self.engine.write(partial(only, Statement(FORGET, (before,))))

    async def is_blocked(self: _Database, address: str, holder: str) -> bool:
        return bool(await self._read(BLOCKED, address, holder))


def _request(row: Any) -> Request:
    id, holder, kind, subject, skills, *rest = row
    return Request(id, holder, kind, subject, tuple(orjson.loads(skills)), *rest)


def _ask(asking: Asking) -> Work[None]:
    yield Many(
        PUT,
        [
            (
                *(one.id, one.holder, one.kind, one.subject, orjson.dumps(one.skills).decode(), one.note),
                *(one.address, one.person, one.state, one.asked_at, one.expires_at, one.remind_at),
                *(one.reminded, one.ended_at, one.reply),
            )
            for one in asking.requests
        ],
    )
    yield from outbox.post(asking.parcels)
    yield from log_writes.append(asking.leaves)


def _settle(
    id: str,
    state: Asked,
    at: datetime,
    leaves: Sequence[Leaf],
    parcels: Sequence[Parcel],
    reply: str,
    block: bool,
) -> Work[bool]:
    rows = yield Statement(SETTLE, (state, at, reply, id))
    if not rows:
        return False
    if block:
        address, holder = rows[0]
        yield Statement(BLOCK, (address, holder, at))
    yield Statement(SPEND, (id,))
    yield from outbox.drop(f"request:{id}")
    yield from outbox.post(parcels)
    yield from log_writes.append(leaves)
    return True


def _renew(request: Request, parcel: Parcel) -> Work[bool]:
    row = (request.expires_at, request.remind_at, request.reminded, request.id)
    if not (yield Statement(RENEW, row)):
        return False
    yield from outbox.post([parcel])
    return True


def _repeat(repeats: Sequence[Repeat]) -> Work[None]:
    for one in sorted(repeats, key=lambda one: one.request):  # locks in one order
        count = one.reminded + (one.parcel is not None)
        if (yield Statement(REPEAT, (count, one.next_at, one.request, one.reminded))) and one.parcel:
            yield from outbox.post([one.parcel])
