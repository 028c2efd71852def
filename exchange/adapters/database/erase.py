"""Erasing people: their rows, and then the bytes that deleted rows leave in a database's files.

By ids alone, so that the same can be done again to an older copy of the database, from a list that names
nobody. What stays of a badge is its id, its place in the status lists and the digest of what was signed: who
holds the badge can show it, and its issuer can still revoke it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from typing import Any, Protocol

from exchange.adapters.database import log_writes, orders, trust
from exchange.adapters.database.effects import Rows, Statement, Work, only
from exchange.adapters.database.engine import EffectEngine
from exchange.flows.people.records import Erasure
from exchange.flows.records import Leaf

UNCLEAN = "unclean"
"""On record from an erasure on until its bytes are out of the database's files, however often that fails."""

OF_ACCOUNT = (
    *("code_use", "session", "token", "ticket", "passkey", "identity", "member", "role", "address"),
    *("profile", "endorser_key", "portfolio", "imported_badge"),
)
THEIRS = "(SELECT id FROM endorsement WHERE endorser = ? OR holder = ?)"
OF_ENDORSEMENTS = (
    f"DELETE FROM endorsed_skill WHERE endorsement IN {THEIRS}",  # noqa: S608
    f"DELETE FROM endorsement_fact WHERE id IN {THEIRS}",  # noqa: S608
    "DELETE FROM endorsement WHERE endorser = ? OR holder = ?",
    "DELETE FROM vouch WHERE giver = ? OR holder = ?",
    "DELETE FROM vouch_turn WHERE person = ? OR person = ?",
    "DELETE FROM endorsement_request WHERE holder = ? OR person = ?",
    "DELETE FROM blocked_sender WHERE holder = ? OR holder = ?",
    "UPDATE endorsement_report SET reporter = '', note = '' WHERE reporter = ? OR reporter = ?",
)
EMPTY_PERSON = """
    UPDATE person SET handle = NULL, name = '', picture = NULL, picture_digest = '', language = '',
                      operator = ?, state = 'erased', halted = ''
    WHERE id = ?"""
EMPTY_BADGE = """
    UPDATE badge SET recipient = '', unsigned = ?, message = ?, signed = NULL, erased = ?, state = 'erased',
                     claim = '', claimed_at = NULL, remind_at = NULL, reminded = 0
    WHERE id = ? AND erased IS NULL"""
ENTRIES = "IN (SELECT position FROM log_about WHERE about = ?)"
EMPTY_ENTRIES = f"UPDATE log_entry SET content = NULL, salt = NULL WHERE position {ENTRIES}"  # noqa: S608
OF_BADGE = (
    EMPTY_ENTRIES,
    "DELETE FROM outbox WHERE subject = ?",
)
RETIRE_HANDLE = """
    INSERT INTO handle_mark (mark, person) VALUES (?, ?) ON CONFLICT (mark) DO UPDATE SET person = ''"""
AWARDED_TO = "SELECT id FROM badge WHERE lower(recipient) = lower(?) ORDER BY id"
MARK = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
UNMARK = "DELETE FROM meta WHERE name = ? AND value = ?"


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...
    async def meta(self, name: str) -> str | None: ...


class Erasures:
    """The part of the store that forgets people for good."""

    async def awarded_to(self: _Database, recipient: str) -> list[str]:
        return [row[0] for row in await self._read(AWARDED_TO, recipient)]

    async def erase(self: _Database, erasure: Erasure, leaves: Sequence[Leaf] = ()) -> None:
        await self.engine.write(partial(_erase, erasure, leaves))

    async def scrub(self: _Database) -> bool:
        mark = await self.meta(UNCLEAN)
        if mark is None:
            return True
        if not await self.engine.scrub():
            return False
        # Somebody who was erased meanwhile has set another mark, which stays.
        await self.engine.write(partial(only, Statement(UNMARK, (UNCLEAN, mark))))
        return True


def _erase(erasure: Erasure, leaves: Sequence[Leaf]) -> Work[None]:
    addresses: set[str] = set()
    for id in erasure.badges:
        addresses |= yield from _erase_badge(id)
    for id in erasure.accounts:
        rows = yield Statement("SELECT address FROM address WHERE person = ?", (id,))
        addresses |= {row[0] for row in rows}
        for table in OF_ACCOUNT:
            yield Statement(f"DELETE FROM {table} WHERE person = ?", (id,))  # noqa: S608  # names of ours
        for sql in OF_ENDORSEMENTS:
            yield Statement(sql, (id, id))
        yield Statement("UPDATE handle_mark SET person = '' WHERE person = ?", (id,))
        yield Statement(EMPTY_PERSON, (False, id))
        yield Statement(EMPTY_ENTRIES, (f"suspension:{id}",))  # an operator's words about them
        # Keys that they used, and those of requests about them: a digest of a name can be guessed.
        yield Statement("DELETE FROM once WHERE key LIKE ? OR answer LIKE ?", (f"{id}:%", f"%{id}%"))
    for address in sorted(addresses):
        for table in ("ticket", "endorsement_request", "blocked_sender"):
            yield Statement(f"DELETE FROM {table} WHERE address = ?", (address,))  # noqa: S608  # names of ours
        yield Statement("DELETE FROM outbox WHERE lower(recipient) = lower(?)", (address,))
        yield from orders.erase_for(address)
    yield from orders.erase(erasure.orders)
    for mark in erasure.handles:
        yield Statement(RETIRE_HANDLE, (mark, ""))
    for key in erasure.counts:
        yield Statement("DELETE FROM rate WHERE id = ?", (key,))
    yield Statement(MARK, (UNCLEAN, erasure.id))
    yield from log_writes.append(leaves)


def _erase_badge(id: str) -> Work[set[str]]:
    """The address that it went to, if it is still on record."""
    rows = yield Statement("SELECT recipient, unsigned FROM badge WHERE id = ? AND erased IS NULL", (id,))
    for _, unsigned in rows:
        yield Statement(EMPTY_BADGE, (b"", b"", sha256(bytes(unsigned)).hexdigest(), id))
    for sql in OF_BADGE:
        yield Statement(sql, (f"badge:{id}",))
    yield from trust.forget([id])
    yield Statement("DELETE FROM endorsement WHERE id = ?", (id,))
    yield Statement("DELETE FROM vouch WHERE id = ?", (id,))
    for report, *_ in (yield Statement("SELECT id FROM endorsement_report WHERE subject = ?", (id,))):
        yield Statement(EMPTY_ENTRIES, (f"report:{report}",))
    yield Statement("DELETE FROM endorsement_report WHERE subject = ?", (id,))
    yield Statement("DELETE FROM portfolio_copy WHERE holds LIKE ?", (f"%{id}%",))
    yield Statement("DELETE FROM ticket WHERE badge = ?", (id,))
    yield Statement("UPDATE status_change SET reason = '' WHERE badge = ?", (id,))
    yield Statement("DELETE FROM once WHERE answer LIKE ?", (f"%{id}%",))
    yield from orders.erase_badge(id)
    return {recipient.removeprefix("mailto:") for recipient, _ in rows}
