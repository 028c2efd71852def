"""Vouches in the database: who gives what to whom, never more at a time than the budget.

To give one, a transaction first counts up the row of its giver, and of whom it is for: whoever else would
give at the same moment waits for its end, and then sees what it did. So what is in use is counted, and
judged, when nobody can change it, on SQLite's one writer and on PostgreSQL alike; rows are taken in one order
by everybody. Nothing counts places: a vouch that is over is in use no more, without anything that would have
to notice it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from exchange.adapters.database import log_writes, outbox, writes
from exchange.adapters.database import slots as status_slots
from exchange.adapters.database.effects import Compute, Rows, Statement, Work, only
from exchange.adapters.database.engine import EffectEngine
from exchange.core.vouches import check_budget
from exchange.errors import NotFoundError, UnavailableError
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.records import Leaf, Parcel, StatusSlot
from exchange.flows.vouches.records import Ended, SealedVouch, Vouch, VouchDraft

COLUMNS = (
    "v.id, v.giver, v.holder, v.kind, v.issuer, v.achievement, v.version, v.family, v.relationship, v.did, "
    "v.custody, v.state, v.supersedes, v.unsigned, v.list_id, v.list_index, v.drafted_at, v.until, "
    "v.signed_at, v.ended_at"
)
BIT = "LEFT JOIN status_slot s ON s.badge = v.id AND s.purpose = 'revocation' "
VOUCH = f"""
    SELECT {COLUMNS}, COALESCE(s.is_set, FALSE), b.signed
    FROM vouch v LEFT JOIN badge b ON b.id = v.id {BIT}"""  # noqa: S608
SIGNED = "v.state <> 'drafted' "
PUT = f"""
    INSERT INTO vouch ({COLUMNS.replace("v.", "")})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""  # noqa: S608
PUT_SLOT = """
    INSERT INTO status_slot (list_id, purpose, list_index, badge, is_set)
    VALUES (?, 'revocation', ?, NULL, ?)"""
OWN_SLOT = "UPDATE status_slot SET badge = ? WHERE list_id = ? AND list_index = ? AND badge IS NULL"
FORGET = "DELETE FROM vouch WHERE state = 'drafted' AND drafted_at < ?"
WHOSE = "SELECT giver, holder FROM vouch WHERE id = ? AND state = 'drafted'"
DRAFTED = "SELECT state, giver, holder, kind, did, list_id, list_index FROM vouch WHERE id = ?"
ITS_KEY = "SELECT retired_at FROM endorser_key WHERE did = ?"
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
    UPDATE vouch SET state = 'signed', signed_at = ?, supersedes = ?, unsigned = ?
    WHERE id = ? AND state = 'drafted'"""
END = "UPDATE vouch SET state = ?, ended_at = ? WHERE id = ? AND state = 'signed'"


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

    async def withdraw_vouch(self: _Database, ended: Ended, parcels: Sequence[Parcel] = ()) -> bool:
        return await self.engine.write(partial(_withdraw, ended, parcels))

    async def vouch(self: _Database, id: str) -> Vouch | None:
        rows = await self._read(f"{VOUCH}WHERE v.id = ?", id)
        return _vouch(rows[0]) if rows else None

    async def vouches_by(self: _Database, person: str) -> list[Vouch]:
        where = f"WHERE v.giver = ? AND {SIGNED}ORDER BY v.signed_at DESC, v.id DESC"
        return [_vouch(row) for row in await self._read(VOUCH + where, person)]

    async def vouches_for(self: _Database, person: str) -> list[Vouch]:
        where = f"WHERE v.holder = ? AND {SIGNED}ORDER BY v.signed_at DESC, v.id DESC"
        return [_vouch(row) for row in await self._read(VOUCH + where, person)]

    async def vouches_between(self: _Database, one: str, other: str) -> list[Vouch]:
        return [_vouch(row) for row in await self._read(VOUCH + BETWEEN, one, other, other, one)]


def _vouch(row: Any) -> Vouch:
    *said, unsigned, list_id, index, drafted_at, until, signed_at, ended_at, is_set, signed = row
    slot = StatusSlot(list_id, "revocation", index)
    times = [drafted_at, until, signed_at, ended_at, bool(is_set)]
    values: list[Any] = [*said, bytes(unsigned), slot, *times, None if signed is None else bytes(signed)]
    return Vouch(*values)


def _prepare(
    draft: VouchDraft, chance: random.Random, url_id: Callable[[], str], list_size: int
) -> Work[Vouch]:
    reserved = status_slots.reserve(EXCHANGE, draft.base, "revocation", 1, chance, url_id, list_size)
    (slot,) = yield from reserved
    made: Vouch = yield Compute(partial(draft.write, slot))
    about = (made.id, made.giver, made.holder, made.kind, made.issuer, made.achievement, made.version)
    said = (made.family, made.relationship, made.did, made.custody, made.state, made.supersedes)
    times = (made.drafted_at, made.until, made.signed_at, made.ended_at)
    yield Statement(PUT, (*about, *said, made.unsigned, slot.list_id, slot.index, *times))
    yield Statement(PUT_SLOT, (slot.list_id, slot.index, False))
    return made


def _give(sealed: SealedVouch) -> Work[bool]:
    for giver, holder in (yield Statement(WHOSE, (sealed.id,))):
        for person in sorted({giver, holder}):
            yield Statement(TAKE_TURN, (person,))
    rows = yield Statement(DRAFTED, (sealed.id,))  # now, when nobody else can give it
    if not rows:
        raise NotFoundError("unknown_draft", f"There is no draft {sealed.id} any more.")
    state, giver, holder, kind, did, list_id, index = rows[0]
    if state != "drafted":
        return False
    for (retired_at,) in (yield Statement(ITS_KEY, (did,))):
        if retired_at is not None:
            raise UnavailableError("key_retired", "The key that signed this was retired just now.")
    before = yield Statement(VOUCH + BETWEEN, (giver, holder, holder, giver))
    merged = sealed.judge([_vouch(row).given() for row in before])
    leaves = (yield from _end(sealed.end(merged), "superseded")) if merged else []
    if kind != "thanks":
        ends = [row[0] for row in (yield Statement(IN_USE, (giver, sealed.at)))]
        check_budget(len(ends), sealed.budget, ends[0] if ends else None)
    yield Statement(SEAL, (sealed.at, merged, b"", sealed.id))
    yield from _put_signed(sealed, list_id, index)
    yield from outbox.post(sealed.parcels)
    yield from log_writes.append([*leaves, sealed.leaf])
    return True


def _put_signed(sealed: SealedVouch, list_id: str, index: int) -> Work[None]:
    """Its bytes, as a row that status, log and backups know."""
    one = sealed.intent
    said = (one.id, one.kind, one.issuer, one.achievement, one.version, one.recipient, one.proof, one.key_id)
    last = (one.unsigned, b"", one.intended_at, one.claim, one.remind_at, one.valid_until, one.renews)
    yield Statement(writes.INTEND, (*said, *last))
    yield Statement(writes.PUBLISH, (sealed.signed, one.id))
    yield Statement(OWN_SLOT, (one.id, list_id, index))


def _end(ended: Ended, state: str) -> Work[list[Leaf]]:
    """Set a bit; the leaf of it, none for one that is set already."""
    change = ended.change
    lists = yield Statement(writes.SET_BIT, (change.on, change.badge, change.purpose, change.on))
    if not lists:
        return []
    yield Statement(writes.COUNT_UP, (lists[0][0],))
    yield Statement(writes.MARK, (writes.state_after(change.purpose, change.on), change.badge))
    yield Statement(writes.REMEMBER, (change.badge, change.purpose, change.on, change.reason, change.at))
    yield Statement(END, (state, change.at, change.badge))
    return [ended.leaf]


def _withdraw(ended: Ended, parcels: Sequence[Parcel]) -> Work[bool]:
    leaves = yield from _end(ended, "withdrawn")
    if not leaves:
        return False
    yield from outbox.post(parcels)
    yield from log_writes.append(leaves)
    return True
