"""Vouches in the database: who gives what to whom, never more at a time than the budget.

To give one, a transaction first counts up the row of its giver, and of whom it is for, as does one that makes
two accounts one: whoever else would give at the same moment waits for its end, and then sees what it did. So
what is in use is counted, and judged, when nobody can change it, on SQLite's one writer and on PostgreSQL
alike; rows are taken in one order by everybody. Nothing counts places: a vouch that is over is in use no
more, without anything that would have to notice it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from exchange.adapters.database import log_writes, outbox, peers, speaking
from exchange.adapters.database.effects import Compute, Rows, Statement, Work, only
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.log_audit import each
from exchange.core.vouches import check_budget
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.records import Ending, Leaf, Parcel, StatusSlot
from exchange.flows.vouches.records import SealedVouch, Shown, Vouch, VouchDraft

COLUMNS = (
    "v.id, v.giver, v.holder, v.kind, v.issuer, v.achievement, v.version, v.family, v.relationship, v.did, "
    "v.custody, v.state, v.supersedes, v.unsigned, v.list_id, v.list_index, v.drafted_at, v.until, "
    "v.signed_at, v.ended_at, v.shown"
)
BIT = "LEFT JOIN status_slot s ON s.badge = v.id AND s.purpose = 'revocation' "
VOUCH = f"""
    SELECT {COLUMNS}, COALESCE(s.is_set, FALSE), b.signed, {peers.SUSPENDED.format(p="p")}, v.unasked
    FROM vouch v LEFT JOIN badge b ON b.id = v.id LEFT JOIN person p ON p.id = v.giver {BIT}"""  # noqa: S608
SIGNED = "v.state <> 'drafted' "
BY = VOUCH + f"WHERE v.giver = ? AND {SIGNED}ORDER BY v.signed_at DESC, v.id DESC"
FOR = VOUCH + f"WHERE v.holder = ? AND {SIGNED}ORDER BY v.signed_at DESC, v.id DESC"
THESE = VOUCH + f"WHERE v.id IN ({{}}) AND {SIGNED}"
PUT = f"""
    INSERT INTO vouch ({COLUMNS.replace("v.", "")})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""  # noqa: S608
FORGET = "DELETE FROM vouch WHERE state = 'drafted' AND drafted_at < ?"
WHOSE = "SELECT giver, holder, did FROM vouch WHERE id = ? AND state = 'drafted'"
DRAFTED = "SELECT state, giver, holder, kind, list_id, list_index FROM vouch WHERE id = ?"
TAKE_TURN = """
    INSERT INTO vouch_turn (person, turns) VALUES (?, 1)
    ON CONFLICT (person) DO UPDATE SET turns = vouch_turn.turns + 1"""
IN_USE = f"""
    SELECT v.until FROM vouch v {BIT}
    WHERE v.giver = ? AND v.state = 'signed' AND v.kind <> 'thanks' AND v.until > ?
    AND COALESCE(s.is_set, FALSE) = FALSE ORDER BY v.until"""  # noqa: S608
BETWEEN = f"""
    WHERE ((v.giver = ? AND v.holder = ?) OR (v.giver = ? AND v.holder = ?)) AND {SIGNED}
    ORDER BY v.signed_at, v.id"""
SEAL = """
    UPDATE vouch SET state = 'signed', signed_at = ?, supersedes = ?, unsigned = ?, unasked = ?
    WHERE id = ? AND state = 'drafted'"""
SETTLE = """
    UPDATE vouch SET shown = ?, unasked = FALSE
    WHERE id = ? AND (shown <> ? OR unasked) AND state <> 'drafted' RETURNING id"""


class _Database(Protocol):
    engine: EffectEngine
    _chance: random.Random
    _list_size: int

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Vouches:
    """The part of the store that implements `exchange.flows.vouches.ports.VouchStore`."""

    async def prepare_vouch(self: _Database, draft: VouchDraft, url_id: Callable[[], str]) -> Vouch:
        return await self.engine.write(partial(_prepare, draft, self._chance, url_id, self._list_size))

    async def forget_vouch_drafts(self: _Database, before: datetime) -> None:
        await self.engine.write(partial(only, Statement(FORGET, (before,))))

    async def give_vouch(self: _Database, sealed: SealedVouch) -> bool:
        return await self.engine.write(partial(_give, sealed))

    async def withdraw_vouch(self: _Database, ending: Ending, parcels: Sequence[Parcel] = ()) -> bool:
        return await self.engine.write(partial(_withdraw, ending, parcels))

    async def settle_vouch(self: _Database, id: str, shown: Shown, leaf: Leaf) -> bool:
        change = Statement(SETTLE, (shown, id, shown))
        return await self.engine.write(partial(log_writes.logged, change, leaf))

    async def every_vouch(self: _Database, after: str, limit: int) -> list[Vouch]:
        where = f"WHERE v.id > ? AND {SIGNED}ORDER BY v.id LIMIT ?"
        return [vouch_of(row) for row in await self._read(VOUCH + where, after, limit)]

    async def vouch(self: _Database, id: str) -> Vouch | None:
        rows = await self._read(f"{VOUCH}WHERE v.id = ?", id)
        return vouch_of(rows[0]) if rows else None

    async def these_vouches(self: _Database, ids: Sequence[str]) -> list[Vouch]:
        return [vouch_of(row) for row in await each(self, THESE, ids)]

    async def vouches_by(self: _Database, person: str) -> list[Vouch]:
        return [vouch_of(row) for row in await self._read(BY, person)]

    async def vouches_for(self: _Database, person: str) -> list[Vouch]:
        return [vouch_of(row) for row in await self._read(FOR, person)]

    async def vouches_between(self: _Database, one: str, other: str) -> list[Vouch]:
        return [vouch_of(row) for row in await self._read(VOUCH + BETWEEN, one, other, other, one)]


def vouch_of(row: Any) -> Vouch:
    *said, unsigned, list_id, index, drafted_at, until, signed_at, ended_at = row[:-5]
    shown, is_set, signed, suspended, unasked = row[-5:]
    slot = StatusSlot(list_id, "revocation", index)
    times = [drafted_at, until, signed_at, ended_at, shown, bool(is_set)]
    values: list[Any] = [*said, bytes(unsigned), slot, *times, None if signed is None else bytes(signed)]
    values += [bool(suspended), bool(unasked)]
    return Vouch(*values)


def _prepare(
    draft: VouchDraft, chance: random.Random, url_id: Callable[[], str], list_size: int
) -> Work[Vouch]:
    slot = yield from peers.reserve(draft.base, chance, url_id, list_size)
    made: Vouch = yield Compute(partial(draft.write, slot))
    about = (made.id, made.giver, made.holder, made.kind, made.issuer, made.achievement, made.version)
    said = (made.family, made.relationship, made.did, made.custody, made.state, made.supersedes)
    times = (made.drafted_at, made.until, made.signed_at, made.ended_at, made.shown)
    yield Statement(PUT, (*about, *said, made.unsigned, slot.list_id, slot.index, *times))
    yield from peers.keep_slot(slot)
    return made


def _give(sealed: SealedVouch) -> Work[bool]:
    for giver, holder, did in (yield Statement(WHOSE, (sealed.id,))):
        yield from take_turns({giver, holder})
        yield from speaking.check_key(did)
    rows = yield Statement(DRAFTED, (sealed.id,))  # now, when nobody else can give it, or become another
    if not rows:
        raise NotFoundError("unknown_draft", f"There is no draft {sealed.id} any more.")
    state, giver, holder, kind, list_id, index = rows[0]
    if state != "drafted":
        return False
    peers.check_other(giver, holder)
    if (giver, holder) != sealed.between:  # who is judged, and whose turn it is, is another by now
        raise ConflictError("conflict", "One of the two has just become one with another account. Try again.")
    before = yield Statement(VOUCH + BETWEEN, (giver, holder, holder, giver))
    merged = sealed.judge([vouch_of(row).given() for row in before])
    leaves = (yield from peers.end(sealed.end(merged), "superseded")) if merged else []
    if kind != "thanks":
        ends = [row[0] for row in (yield Statement(IN_USE, (giver, sealed.at)))]
        check_budget(len(ends), sealed.budget, ends[0] if ends else None)
    yield Statement(SEAL, (sealed.at, merged, b"", sealed.unasked, sealed.id))
    yield from peers.put_signed(sealed.intent, sealed.signed, list_id, index)
    yield from outbox.post(sealed.parcels)
    yield from log_writes.append([*leaves, sealed.leaf])
    return True


def take_turns(people: set[str]) -> Work[None]:
    """Whoever gives one of these something waits for the end of this, or is waited for here."""
    for person in sorted(people):
        yield Statement(TAKE_TURN, (person,))


def _withdraw(ending: Ending, parcels: Sequence[Parcel]) -> Work[bool]:
    leaves = yield from peers.end(ending, "withdrawn")
    if not leaves:
        return False
    yield from outbox.post(parcels)
    yield from log_writes.append(leaves)
    return True
