"""Badges from elsewhere in the database: one person's own, each in the bytes it was brought in.

Who brings one takes the row of their account first, which waits for whoever else brings one to it, or erases
it: so nobody keeps more than they may, and nothing is brought to an account that is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import msgspec

from exchange.adapters.database.effects import Rows, Statement, Work, only
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.log_audit import Reads, each
from exchange.core.portfolio.imported import Look, Outline
from exchange.core.verdict.finding import Finding
from exchange.errors import NotFoundError
from exchange.flows.imported.records import Brought, Imported, check_room

COLUMNS = (
    "id, person, digest, media_type, size, source, has_picture, added_at, outline, recipient, issuer_known, "
    "state, since, findings, stands, checked_at, tried_at, trouble, next_at"
)
IMPORTED = f"SELECT {COLUMNS} FROM imported_badge "  # noqa: S608  # columns of ours
KEEPER = "UPDATE person SET state = state WHERE id = ? AND state = 'active' RETURNING id"
KEPT = "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM imported_badge WHERE person = ?"
PUT = f"""
    INSERT INTO imported_badge ({COLUMNS}, picture, content, document)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""  # noqa: S608
LEASE = f"""
    UPDATE imported_badge SET next_at = ?
    WHERE next_at <= ? AND id IN (
        SELECT id FROM imported_badge WHERE next_at <= ? ORDER BY next_at, id LIMIT ?)
    RETURNING {COLUMNS}"""  # noqa: S608
PUT_LOOK = """
    UPDATE imported_badge
    SET outline = ?, recipient = ?, issuer_known = ?, state = ?, since = ?, findings = ?, stands = ?,
        checked_at = ?, tried_at = ?, trouble = ?, next_at = ?, document = COALESCE(?, document)
    WHERE id = ? AND tried_at <= ?"""
SIZES = "SELECT id, LENGTH(document) FROM imported_badge WHERE id IN ({}) AND document IS NOT NULL"
DOCUMENTS = "SELECT id, document FROM imported_badge WHERE id IN ({}) AND document IS NOT NULL"
FORGET_COPIES = "DELETE FROM portfolio_copy WHERE holds LIKE ?"
REMOVE = "DELETE FROM imported_badge WHERE id = ? AND person = ? RETURNING id"
MOVE = """
    UPDATE imported_badge SET person = ? WHERE person = ? AND NOT EXISTS (
        SELECT 1 FROM imported_badge o WHERE o.person = ? AND o.digest = imported_badge.digest)"""

_outlines = msgspec.json.Decoder(Outline)
_findings = msgspec.json.Decoder(tuple[Finding, ...])


class _Database(Reads, Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class ImportedBadges:
    """The part of the store that implements `exchange.flows.imported.ports.ImportedStore`."""

    async def bring_imported(self: _Database, brought: Brought, most: int, most_bytes: int) -> Imported:
        return await self.engine.write(partial(_bring, brought, most, most_bytes))

    async def imported(self: _Database, ids: Sequence[str]) -> list[Imported]:
        return [_row(row) for row in await each(self, IMPORTED + "WHERE id IN ({})", ids)]

    async def imported_by(self: _Database, person: str) -> list[Imported]:
        where = "WHERE person = ? ORDER BY added_at DESC, id DESC"
        return [_row(row) for row in await self._read(IMPORTED + where, person)]

    async def imported_bytes(self: _Database, id: str) -> bytes | None:
        rows = await self._read("SELECT content FROM imported_badge WHERE id = ?", id)
        return bytes(rows[0][0]) if rows else None

    async def imported_picture(self: _Database, id: str) -> bytes | None:
        rows = await self._read("SELECT picture FROM imported_badge WHERE id = ? AND has_picture", id)
        return bytes(rows[0][0]) if rows else None

    async def lease_imported(self: _Database, now: datetime, until: datetime, limit: int) -> list[Imported]:
        lease = Statement(LEASE, (until, now, now, limit))
        rows = await self.engine.write(partial(only, lease))
        return sorted((_row(row) for row in rows), key=lambda one: one.id)

    async def imported_sizes(self: _Database, ids: Sequence[str]) -> dict[str, int]:
        return dict(await each(self, SIZES, ids))

    async def imported_documents(self: _Database, ids: Sequence[str]) -> dict[str, bytes]:
        return {id: bytes(document) for id, document in await each(self, DOCUMENTS, ids)}

    async def put_look(self: _Database, id: str, look: Look, document: bytes | None = None) -> None:
        put = Statement(PUT_LOOK, (*_values(look), document, id, look.tried_at))
        await self.engine.write(partial(only, put))

    async def remove_imported(self: _Database, id: str, person: str) -> bool:
        return await self.engine.write(partial(_remove, id, person))


def _bring(brought: Brought, most: int, most_bytes: int) -> Work[Imported]:
    row = brought.row
    if not (yield Statement(KEEPER, (row.person,))):
        raise NotFoundError("unknown_person", f"There is nobody with the id {row.person} here.")
    there = yield Statement(IMPORTED + "WHERE person = ? AND digest = ?", (row.person, row.digest))
    if there:
        return _row(there[0])
    ((count, size),) = yield Statement(KEPT, (row.person,))
    check_room(count + 1, size + row.size, most, most_bytes)
    head = (row.id, row.person, row.digest, row.media_type, row.size, row.source, row.picture, row.added_at)
    yield Statement(PUT, (*head, *_values(row.look), brought.picture, brought.content, brought.document))
    return row


def _remove(id: str, person: str) -> Work[bool]:
    gone = bool((yield Statement(REMOVE, (id, person))))
    if gone:
        yield Statement(FORGET_COPIES, (f"%{id}%",))
    return gone


def merge(source: str, target: str) -> Work[None]:
    """Of the same bytes that both have, those of the account that stays."""
    yield Statement(MOVE, (target, source, target))
    yield Statement("DELETE FROM imported_badge WHERE person = ?", (source,))


def _values(look: Look) -> tuple[Any, ...]:
    return (
        msgspec.json.encode(look.outline).decode(),
        look.recipient,
        look.known,
        look.state,
        look.since,
        msgspec.json.encode(look.findings).decode(),
        look.stands,
        look.checked_at,
        look.tried_at,
        look.trouble,
        look.next_at,
    )


def _row(row: Any) -> Imported:
    id, person, digest, media_type, size, source, picture, added_at, outline, recipient, known, *rest = row
    state, since, findings, stands, checked_at, tried_at, trouble, next_at = rest
    look = Look(
        outline=_outlines.decode(outline),
        recipient=recipient,
        known=bool(known),
        state=state,
        since=since,
        findings=_findings.decode(findings),
        stands=bool(stands),
        checked_at=checked_at,
        tried_at=tried_at,
        trouble=trouble,
        next_at=next_at,
    )
    return Imported(id, person, digest, media_type, size, source, bool(picture), added_at, look)
