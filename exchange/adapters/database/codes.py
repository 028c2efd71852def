"""Claim codes in the database. Who gets a place is settled by the statement that counts it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from exchange.adapters.database import log_writes
from exchange.adapters.database.effects import Many, Rows, Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.errors import ConflictError
from exchange.flows.claims.records import Code, CodeUse, UseState, why_not
from exchange.flows.records import Leaf

COLUMNS = "id, issuer, achievement, title, word, quota, taken, approval, expires_at, created_at, closed_at"
CODE = f"SELECT {COLUMNS} FROM code "  # noqa: S608
PUT_CODE = f"INSERT INTO code ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
PUT_SINGLE = "INSERT INTO single_code (hash, code) VALUES (?, ?)"
OF_SINGLE = "(SELECT code FROM single_code WHERE hash = ?)"
NAMED = CODE + f"WHERE word = ? OR id = {OF_SINGLE}"
BEFORE = " AND (created_at, id) < (SELECT created_at, id FROM code WHERE id = ?)"
CLOSE = "UPDATE code SET closed_at = ? WHERE id = ? AND closed_at IS NULL RETURNING id"
PLACE = """
    UPDATE code SET taken = taken + 1
    WHERE id = ? AND taken < quota AND closed_at IS NULL AND expires_at > ? RETURNING taken"""
GIVE_BACK = "UPDATE code SET taken = taken - 1 WHERE id = ?"

USE = "SELECT id, code, person, state, at, badge FROM code_use "
PUT_USE = """
    INSERT INTO code_use (id, code, person, state, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (code, person) DO NOTHING RETURNING id"""
SPEND = "UPDATE single_code SET used_at = ? WHERE hash = ? AND code = ? AND used_at IS NULL RETURNING hash"
USE_BEFORE = " AND (at, id) < (SELECT at, id FROM code_use WHERE id = ?)"
OPEN = USE + "WHERE state = 'granted' AND at < ? ORDER BY at, id LIMIT ?"
SETTLE = "UPDATE code_use SET state = ?, badge = ? WHERE id = ? AND state = ? RETURNING code"


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Codes:
    """The part of the store that implements `exchange.flows.orders.ports.CodeStore`."""

    async def put_code(self: _Database, code: Code, singles: Sequence[str], leaf: Leaf) -> None:
        await self.engine.write(partial(_put, code, singles, leaf))

    async def code(self: _Database, id: str) -> Code | None:
        return _one(await self._read(CODE + "WHERE id = ?", id))

    async def code_named(self: _Database, word: str, hash: str) -> Code | None:
        return _one(await self._read(NAMED, word, hash))

    async def codes(self: _Database, issuer: str, limit: int = 50, before: str | None = None) -> list[Code]:
        where, args = ("WHERE issuer = ?" + BEFORE, [before]) if before else ("WHERE issuer = ?", [])
        newest = " ORDER BY created_at DESC, id DESC LIMIT ?"
        return [Code(*row) for row in await self._read(CODE + where + newest, issuer, *args, limit)]

    async def close_code(self: _Database, id: str, at: datetime, leaf: Leaf) -> bool:
        return await self.engine.write(partial(log_writes.logged, Statement(CLOSE, (at, id)), leaf))

    async def use_code(self: _Database, use: CodeUse, single: str = "") -> CodeUse:
        return await self.engine.write(partial(_use, use, single))

    async def code_use(self: _Database, id: str) -> CodeUse | None:
        rows = await self._read(USE + "WHERE id = ?", id)
        return CodeUse(*rows[0]) if rows else None

    async def use_of(self: _Database, code: str, person: str) -> CodeUse | None:
        rows = await self._read(USE + "WHERE code = ? AND person = ?", code, person)
        return CodeUse(*rows[0]) if rows else None

    async def code_uses(
        self: _Database,
        code: str,
        state: UseState | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> list[CodeUse]:
        where, args = "WHERE code = ?", [code]
        if state is not None:
            where, args = where + " AND state = ?", [*args, state]
        if before is not None:
            where, args = where + USE_BEFORE, [*args, before]
        rows = await self._read(USE + where + " ORDER BY at DESC, id DESC LIMIT ?", *args, limit)
        return [CodeUse(*row) for row in rows]

    async def open_uses(self: _Database, older_than: datetime, limit: int) -> list[CodeUse]:
        return [CodeUse(*row) for row in await self._read(OPEN, older_than, limit)]

    async def settle_use(
        self: _Database,
        id: str,
        before: UseState,
        after: UseState,
        badge: str | None = None,
        leaf: Leaf | None = None,
    ) -> bool:
        return await self.engine.write(partial(_settle, id, before, after, badge, leaf))


def _one(rows: Rows) -> Code | None:
    return Code(*rows[0]) if rows else None


def _put(code: Code, singles: Sequence[str], leaf: Leaf) -> Work[None]:
    row = (
        *(code.id, code.issuer, code.achievement, code.title, code.word, code.quota, code.taken),
        *(code.approval, code.expires_at, code.created_at, code.closed_at),
    )
    yield Statement(PUT_CODE, row)
    if singles:
        yield Many(PUT_SINGLE, [(hash, code.id) for hash in singles])
    yield from log_writes.append([leaf])


def _use(use: CodeUse, single: str) -> Work[CodeUse]:
    if not (yield Statement(PUT_USE, (use.id, use.code, use.person, use.state, use.at))):
        rows = yield Statement(USE + "WHERE code = ? AND person = ?", (use.code, use.person))
        return CodeUse(*rows[0])
    if single and not (yield Statement(SPEND, (use.at, single, use.code))):
        raise ConflictError("code_spent", "This code was used before. Each of these is for one person.")
    if not (yield Statement(PLACE, (use.code, use.at))):
        raise why_not(Code(*(yield Statement(CODE + "WHERE id = ?", (use.code,)))[0]), use.at)
    return use


def _settle(id: str, before: UseState, after: UseState, badge: str | None, leaf: Leaf | None) -> Work[bool]:
    rows = yield Statement(SETTLE, (after, badge, id, before))
    if not rows:
        return False
    if after == "refused":
        yield Statement(GIVE_BACK, (rows[0][0],))
    yield from log_writes.append([leaf] if leaf else [])
    return True
