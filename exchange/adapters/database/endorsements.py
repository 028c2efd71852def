"""Endorsements in the database: drafts that wait for a signature, and what came of them.

An endorsement that is signed is a row of `badge`, so status lists, the log, backups and erasing know it as
they know badges; `endorsement` says whose it is, of what, and whether its holder shows it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from exchange.adapters.database import log_writes, outbox, peers, speaking, trust, writes
from exchange.adapters.database.effects import Compute, Rows, Statement, Work, only
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.log_audit import each
from exchange.errors import ConflictError, ExchangeError, NotFoundError
from exchange.flows.endorsements.records import (
    ByIssuer,
    Endorsement,
    EndorsementDraft,
    EndorserKey,
    Kind,
    Profile,
    Sealed,
    Shown,
)
from exchange.flows.records import Ending, Intent, Leaf, Parcel, StatusSlot

PROFILE = "SELECT id, person, made_at FROM profile "
FIRST_PROFILE = PROFILE + "WHERE person = ? ORDER BY made_at, id LIMIT 1"
TAKE_TURNS = "UPDATE person SET state = state WHERE id = ?"
PUT_PROFILE = """
    INSERT INTO profile (id, person, made_at)
    SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM profile WHERE person = ?)"""
KEY_COLUMNS = "did, person, custody, uri, label, credential, created_at, retired_at, retired_from"
KEY = f"SELECT {KEY_COLUMNS} FROM endorser_key "  # noqa: S608
PUT_KEY = f"""
    INSERT INTO endorser_key ({KEY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING did"""  # noqa: S608
RETIRE_KEY = """
    UPDATE endorser_key SET retired_at = ?, retired_from = ?
    WHERE did = ? AND (retired_at IS NULL OR (retired_from IS NULL AND ?)) RETURNING did"""
RENEW_KEY = """
    UPDATE endorser_key SET credential = ?
    WHERE did = ? AND credential = ? AND retired_at IS NULL RETURNING did"""

COLUMNS = (
    "e.id, e.endorser, e.issuer, e.holder, e.kind, e.subject, e.request, e.did, e.custody, e.state, e.shown, "
    "e.supersedes, e.unsigned, e.list_id, e.list_index, e.drafted_at, e.signed_at, e.ended_at, e.settled_at"
)
ENDORSEMENT = f"""
    SELECT {COLUMNS}, b.signed, {peers.SUSPENDED.format(p="p")}, e.barred, e.unasked
    FROM endorsement e LEFT JOIN badge b ON b.id = e.id LEFT JOIN person p ON p.id = e.endorser """  # noqa: S608
SIGNED = "e.state <> 'drafted' "
THESE = ENDORSEMENT + f"WHERE e.id IN ({{}}) AND {SIGNED}"
PUT = f"""
    INSERT INTO endorsement ({COLUMNS.replace("e.", "")})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""  # noqa: S608
FORGET = "DELETE FROM endorsement WHERE state = 'drafted' AND drafted_at < ?"
STANDS = """
    SELECT id FROM endorsement
    WHERE endorser = ? AND issuer = ? AND kind = ? AND subject = ? AND state = 'signed'"""
BEGIN = """
    UPDATE endorsement SET signed_at = ? WHERE id = ? AND state = 'drafted'
    RETURNING list_id, list_index, did, holder, endorser, issuer, kind, subject"""
THERE = "SELECT id FROM endorsement WHERE id = ?"
SEAL = """
    UPDATE endorsement SET state = 'signed', supersedes = ?, unsigned = ?, unasked = ?, barred = COALESCE((
        SELECT o.barred FROM endorsement o
        WHERE o.endorser = ? AND o.issuer = ? AND o.kind = ? AND o.subject = ? AND o.barred <> '' LIMIT 1
    ), '') WHERE id = ?"""
SETTLE = """
    UPDATE endorsement SET shown = ?, settled_at = ?, unasked = FALSE
    WHERE id = ? AND shown <> ? AND state <> 'drafted' RETURNING id"""
SPEND = "DELETE FROM ticket WHERE badge = ?"
ANSWER = """
    UPDATE endorsement_request SET state = 'answered', ended_at = ?, remind_at = NULL
    WHERE id = ? AND state = 'asked'"""


class _Database(Protocol):
    engine: EffectEngine
    _chance: random.Random
    _list_size: int

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Endorsements:
    """The part of the store that implements `exchange.flows.endorsements.ports.EndorsementStore`, but for
    requests."""

    async def profile(self: _Database, id: str) -> Profile | None:
        rows = await self._read(PROFILE + "WHERE id = ?", id)
        return Profile(*rows[0]) if rows else None

    async def settle_profile(self: _Database, profile: Profile) -> Profile:
        rows = await self._read(FIRST_PROFILE, profile.person)
        return Profile(*rows[0]) if rows else await self.engine.write(partial(_settle_profile, profile))

    async def endorser_key(self: _Database, did: str) -> EndorserKey | None:
        rows = await self._read(KEY + "WHERE did = ?", did)
        return EndorserKey(*rows[0]) if rows else None

    async def endorser_keys(self: _Database, person: str) -> list[EndorserKey]:
        rows = await self._read(KEY + "WHERE person = ? ORDER BY created_at, did", person)
        return [EndorserKey(*row) for row in rows]

    async def key_credentials(self: _Database, did: str) -> list[str]:
        return [row[0] for row in await self._read(speaking.CREDENTIALS, did)]

    async def put_endorser_key(
        self: _Database, key: EndorserKey, leaf: Leaf, parcels: Sequence[Parcel] = ()
    ) -> None:
        await self.engine.write(partial(_put_key, key, leaf, parcels))

    async def renew_endorser_key(self: _Database, key: EndorserKey, was: str, leaf: Leaf) -> bool:
        change = Statement(RENEW_KEY, (key.credential, key.did, was))
        return await self.engine.write(partial(log_writes.logged, change, leaf))

    async def retire_endorser_key(
        self: _Database,
        key: EndorserKey,
        leaf: Leaf,
        endings: Sequence[Ending] = (),
        parcels: Sequence[Parcel] = (),
    ) -> bool:
        return await self.engine.write(partial(_retire_key, key, leaf, endings, parcels))

    async def prepare_endorsement(
        self: _Database, draft: EndorsementDraft, url_id: Callable[[], str]
    ) -> Endorsement:
        return await self.engine.write(partial(_prepare, draft, self._chance, url_id, self._list_size))

    async def forget_drafts(self: _Database, before: datetime) -> None:
        await self.engine.write(partial(only, Statement(FORGET, (before,))))

    async def endorse(self: _Database, sealed: Sealed) -> bool:
        return await self.engine.write(partial(_endorse, sealed))

    async def endorsement(self: _Database, id: str) -> Endorsement | None:
        rows = await self._read(ENDORSEMENT + "WHERE e.id = ?", id)
        return _endorsement(rows[0]) if rows else None

    async def these_endorsements(self: _Database, ids: Sequence[str]) -> list[Endorsement]:
        return [_endorsement(row) for row in await each(self, THESE, ids)]

    async def endorsements_of(self: _Database, kind: Kind, subjects: Sequence[str]) -> list[Endorsement]:
        if not subjects:
            return []
        marks = ", ".join("?" * len(subjects))
        where = f"WHERE e.kind = ? AND e.subject IN ({marks}) AND {SIGNED} ORDER BY e.signed_at, e.id"
        return [_endorsement(row) for row in await self._read(ENDORSEMENT + where, kind, *subjects)]

    async def endorsements_by(self: _Database, person: str) -> list[Endorsement]:
        where = f"WHERE e.endorser = ? AND {SIGNED} ORDER BY e.signed_at DESC, e.id DESC"
        return [_endorsement(row) for row in await self._read(ENDORSEMENT + where, person)]

    async def endorse_as_issuer(self: _Database, said: ByIssuer, url_id: Callable[[], str]) -> Intent:
        return await self.engine.write(
            partial(_endorse_as_issuer, said, self._chance, url_id, self._list_size)
        )

    async def endorsements_by_issuer(self: _Database, issuer: str) -> list[Endorsement]:
        where = f"WHERE e.issuer = ? AND e.issuer <> '' AND {SIGNED} ORDER BY e.signed_at DESC, e.id DESC"
        return [_endorsement(row) for row in await self._read(ENDORSEMENT + where, issuer)]

    async def endorsements_for(self: _Database, holder: str) -> list[Endorsement]:
        where = f"WHERE e.holder = ? AND {SIGNED} ORDER BY e.signed_at DESC, e.id DESC"
        return [_endorsement(row) for row in await self._read(ENDORSEMENT + where, holder)]

    async def endorsements_with(self: _Database, did: str, since: datetime) -> list[Endorsement]:
        where = "WHERE e.did = ? AND e.signed_at >= ? AND e.state = 'signed' ORDER BY e.signed_at, e.id"
        return [_endorsement(row) for row in await self._read(ENDORSEMENT + where, did, since)]

    async def every_endorsement(self: _Database, after: str, limit: int) -> list[Endorsement]:
        where = f"WHERE e.id > ? AND {SIGNED} ORDER BY e.id LIMIT ?"
        return [_endorsement(row) for row in await self._read(ENDORSEMENT + where, after, limit)]

    async def settle_endorsement(self: _Database, id: str, shown: Shown, at: datetime, leaf: Leaf) -> bool:
        change = Statement(SETTLE, (shown, at, id, shown))
        return await self.engine.write(partial(log_writes.logged, change, leaf))

    async def withdraw_endorsement(self: _Database, ending: Ending, parcels: Sequence[Parcel] = ()) -> bool:
        return await self.engine.write(partial(_withdraw, ending, parcels))


def _endorsement(row: Any) -> Endorsement:
    *row, suspended, barred, unasked = row
    *said, unsigned, list_id, index, drafted_at, signed_at, ended_at, settled_at, signed = row
    fields: list[Any] = [*said, bytes(unsigned), StatusSlot(list_id, "revocation", index)]
    fields += [drafted_at, signed_at, ended_at, settled_at, bytes(signed) if signed is not None else None]
    fields += [bool(suspended), barred, bool(unasked)]
    return Endorsement(*fields)


def _settle_profile(profile: Profile) -> Work[Profile]:
    yield Statement(TAKE_TURNS, (profile.person,))
    yield Statement(PUT_PROFILE, (profile.id, profile.person, profile.made_at, profile.person))
    rows = yield Statement(FIRST_PROFILE, (profile.person,))
    return Profile(*rows[0])


def _put_key(key: EndorserKey, leaf: Leaf, parcels: Sequence[Parcel]) -> Work[None]:
    if not (yield Statement(speaking.ITS_PERSON, (key.person,))):  # also one that is becoming another
        raise NotFoundError("unknown_person", f"There is nobody with the id {key.person} here.")
    about = (key.did, key.person, key.custody, key.uri, key.label, key.credential)
    if not (yield Statement(PUT_KEY, (*about, key.created_at, key.retired_at, key.retired_from))):
        raise ConflictError("key_taken", "This key is known already: it is of one account for good.")
    yield from outbox.post(parcels)
    yield from log_writes.append([leaf])


def _retire_key(
    key: EndorserKey, leaf: Leaf, endings: Sequence[Ending], parcels: Sequence[Parcel]
) -> Work[bool]:
    lost = key.retired_from is not None
    if not (yield Statement(RETIRE_KEY, (key.retired_at, key.retired_from, key.did, lost))):
        return False
    if key.retired_from is not None:
        standing = yield from peers.standing_with(key.did, key.retired_from)
        if standing - {one.change.badge for one in endings}:
            raise ConflictError("conflict", "Something was signed with this key just now.")
    leaves = [leaf]
    for one in sorted(endings, key=lambda one: one.change.badge):
        leaves += yield from peers.end(one, "withdrawn")
    yield from outbox.post(parcels)
    yield from log_writes.append(leaves)
    return True


def _withdraw(ending: Ending, parcels: Sequence[Parcel]) -> Work[bool]:
    leaves = yield from peers.end(ending, "withdrawn")
    if not leaves:
        return False
    yield from outbox.post(parcels)
    yield from log_writes.append(leaves)
    return True


def _prepare(
    draft: EndorsementDraft, chance: random.Random, url_id: Callable[[], str], list_size: int
) -> Work[Endorsement]:
    slot = yield from peers.reserve(draft.base, chance, url_id, list_size)
    made: Endorsement = yield Compute(partial(draft.write, slot))
    yield from _put(made)
    yield from peers.keep_slot(slot)
    return made


def _put(made: Endorsement) -> Work[None]:
    slot = made.slot
    yield Statement(
        PUT,
        (
            *(made.id, made.endorser, made.issuer, made.holder, made.kind, made.subject, made.request),
            *(made.did, made.custody, made.state, made.shown, made.supersedes, made.unsigned),
            *(slot.list_id, slot.index, made.drafted_at, made.signed_at, made.ended_at, made.settled_at),
        ),
    )


def _endorse_as_issuer(
    said: ByIssuer, chance: random.Random, url_id: Callable[[], str], list_size: int
) -> Work[Intent]:
    if said.draft.once is not None:
        yield from writes.check_once(said.draft.once)
    stand = [row[0] for row in (yield Statement(STANDS, ("", said.draft.issuer, *said.subject)))]
    if stand != ([said.ends.change.badge] if said.ends else []):
        raise ConflictError("conflict", "Another endorsement of the same was made just now.")
    leaves = (yield from peers.end(said.ends, "superseded")) if said.ends else []
    (became,) = yield from writes.intend_many([said.draft], chance, url_id, list_size)
    if isinstance(became, ExchangeError):
        raise became
    made: Endorsement = yield Compute(partial(said.row, became))
    yield from _put(made)  # of any number at once, one stands: an index sees to it
    yield from log_writes.append(leaves)
    return became


def _endorse(sealed: Sealed) -> Work[bool]:
    rows = yield Statement(BEGIN, (sealed.at, sealed.id))  # of any number at once, one goes on
    if not rows:
        if not (yield Statement(THERE, (sealed.id,))):
            raise NotFoundError("unknown_draft", f"There is no draft {sealed.id} any more.")
        return False
    list_id, index, did, holder, *whose = rows[0]
    yield from speaking.check_key(did)
    peers.check_other(whose[0], holder)
    leaves, before = [], ""
    for (earlier,) in (yield Statement(STANDS, whose)):
        change, leaf = sealed.supersede(earlier)
        leaves += yield from peers.end(Ending(change, leaf), "superseded")
        before = earlier
    yield from peers.put_signed(sealed.intent, sealed.signed, list_id, index)
    yield Statement(SEAL, (before, b"", sealed.unasked, *whose, sealed.id))
    if sealed.fact is not None:
        yield from trust.put(sealed.id, sealed.fact)
    if sealed.request:
        yield Statement(ANSWER, (sealed.at, sealed.request))
        yield Statement(SPEND, (sealed.request,))
    yield from outbox.post(sealed.parcels)
    yield from log_writes.append([*leaves, sealed.leaf])
    return True
