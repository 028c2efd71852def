"""The `Store` of the flows on a database.

Reads are SQL, since building a Piccolo query costs 150 µs and running it on SQLite 20; rare writes are
plain Piccolo. What belongs together in one transaction is in `writes.py`.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from piccolo.columns import Column
from piccolo.table import Table

from exchange.adapters.database import hold, key_writes, log_writes, tables, writes
from exchange.adapters.database.achievements import Achievements
from exchange.adapters.database.claims import Claims
from exchange.adapters.database.codes import Codes
from exchange.adapters.database.effects import Rows, Statement, Work, compiled, only
from exchange.adapters.database.embeds import Embedded
from exchange.adapters.database.endorsement_requests import EndorsementRequests
from exchange.adapters.database.endorsements import Endorsements
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.erase import Erasures
from exchange.adapters.database.imported import ImportedBadges
from exchange.adapters.database.log_audit import LogAudit
from exchange.adapters.database.log_reads import LogReads
from exchange.adapters.database.migrations import migrate
from exchange.adapters.database.orders import Orders
from exchange.adapters.database.outbox import Outbox
from exchange.adapters.database.people import People
from exchange.adapters.database.people_access import Access
from exchange.adapters.database.portfolios import Portfolios
from exchange.adapters.database.postgres import Postgres
from exchange.adapters.database.recipients import Recipients
from exchange.adapters.database.reports import Reports
from exchange.adapters.database.sqlite import SQLite
from exchange.adapters.database.teams import Teams
from exchange.adapters.database.together import Together
from exchange.adapters.database.trust import Trust
from exchange.adapters.database.vouches import Vouches
from exchange.adapters.database.webhooks import Webhooks
from exchange.errors import ExchangeError, InputError
from exchange.flows.records import (
    Badge,
    Draft,
    Intent,
    Issuer,
    Leaf,
    Once,
    Parcel,
    Published,
    RotationLeaves,
    SignedCheckpoint,
    SigningKey,
    SigningStop,
    StatusChange,
    StatusList,
    StatusSlot,
)

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LIST_SIZE = 131_072  # entries: the least that Bitstring Status List v1.0 section 4 allows

ISSUERS = "SELECT slug, did, profile, updated_at, origin FROM issuer"
KEYS = """
    SELECT id, issuer, multikey, uri, state, created_at, activated_at, revoked_at, revoked_position,
           revoked_reason
    FROM signing_key {where} ORDER BY created_at, id"""
SIGNED_BY = """
    FROM badge WHERE issuer = ? AND key_id = ? AND signed IS NOT NULL AND intended_at > ?
    AND kind = 'badge'"""
NEWEST_SIGNED_BY = "SELECT id" + SIGNED_BY + " ORDER BY intended_at DESC, id DESC LIMIT ?"
STOPS = "SELECT issuer, reason, at FROM signing_stop ORDER BY issuer"
BADGES = """
    SELECT b.id, b.kind, b.issuer, b.achievement, b.version, b.recipient, b.proof, b.key_id, b.unsigned,
           b.message, b.signed, b.intended_at, b.claim, b.claimed_at, b.remind_at, b.reminded, b.valid_until,
           b.renews, s.list_id, s.purpose, s.list_index
    FROM {badges} b LEFT JOIN status_slot s ON s.badge = b.id """
BADGE = BADGES.format(badges="badge") + "WHERE b.id = ? ORDER BY s.purpose"
PUBLISHED = """
    SELECT id, issuer, achievement, version, proof, signed FROM badge
    WHERE id = ? AND signed IS NOT NULL AND kind = 'badge'"""
BADGES_TO = (
    BADGES.format(badges="badge")
    + """WHERE lower(b.recipient) = lower(?) AND b.signed IS NOT NULL
         ORDER BY b.intended_at, b.id, s.purpose"""
)
UNFINISHED = (
    BADGES.format(badges="badge")
    + "WHERE b.signed IS NULL AND b.erased IS NULL AND b.intended_at < ? "
    + "ORDER BY b.intended_at, b.id, s.purpose"
)
DUE = "(SELECT * FROM badge WHERE remind_at <= ? AND signed IS NOT NULL ORDER BY remind_at LIMIT ?)"
DUE_REMINDERS = BADGES.format(badges=DUE) + "ORDER BY b.remind_at, b.id, s.purpose"
PAGE = """
    (SELECT * FROM badge WHERE signed IS NOT NULL AND kind = 'badge' {where}
     ORDER BY intended_at DESC, id DESC LIMIT ?)"""
EVERY_BADGE = "(SELECT * FROM badge WHERE id > ? ORDER BY id LIMIT ?)"
OF_ISSUER = " AND issuer = ?"
BEFORE = " AND (intended_at, id) < (SELECT intended_at, id FROM badge WHERE id = ?)"
STATUS_LIST = """
    SELECT id, issuer, purpose, size, version, signed_version, signed, signed_at, did, base
    FROM status_list WHERE id = ?"""
STATUS_LISTS = "SELECT id FROM status_list WHERE issuer = ? ORDER BY id"
SET_BITS = "SELECT list_index FROM status_slot WHERE list_id = ? AND is_set"
HISTORY = "SELECT badge, purpose, is_set, reason, at FROM status_change WHERE badge = ? ORDER BY id"
META = "SELECT value FROM meta WHERE name = ?"


async def open_store(
    url: str, *, chance: random.Random | None = None, list_size: int = LIST_SIZE
) -> DatabaseStore:
    """Connect, check that what is acknowledged will last, bring the tables up to date.

    `sqlite:///absolute/path.sqlite3` or `postgresql://user@host/name`. Raises InputError("database_url") for
    another URL, UnavailableError when the database cannot be used, would lose what it acknowledged, or was
    changed by a newer program.
    """
    engine = open_engine(url)
    try:
        await engine.start()
        engine.facts["schema"] = await engine.write(partial(migrate, engine.engine_type))
    except BaseException:
        await engine.close()
        raise
    return DatabaseStore(engine, chance=chance or secrets.SystemRandom(), list_size=list_size)


def open_engine(url: str) -> EffectEngine:
    """The engine of that URL, not started. InputError("database_url")."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and not parts.netloc and parts.path.strip("/"):
        return SQLite(Path("/" + unquote(parts.path).lstrip("/")))
    if parts.scheme in ("postgresql", "postgres"):
        return Postgres(url)
    raise InputError(
        "database_url",
        "the database URL must be sqlite:///absolute/path.sqlite3 or postgresql://user@host/name",
    )


class DatabaseStore(
    Achievements,
    LogReads,
    LogAudit,
    Orders,
    Outbox,
    People,
    Teams,
    Access,
    Claims,
    Codes,
    Embedded,
    Endorsements,
    EndorsementRequests,
    Trust,
    Vouches,
    Portfolios,
    ImportedBadges,
    Reports,
    Erasures,
    Recipients,
    Webhooks,
):
    """Implements `exchange.flows.ports.Store`; every method is one transaction.

    Every method raises UnavailableError("database_unavailable") when the database does not answer, and
    ConflictError("conflict") where a row is named that is not there.
    """

    def __init__(self, engine: EffectEngine, *, chance: random.Random, list_size: int = LIST_SIZE) -> None:
        self.engine = engine
        self._chance = chance
        self._list_size = list_size
        self._intending = Together(engine, self._intend_all)
        self._publishing = Together(engine, writes.publish_each)
        tables.bind(engine)

    def facts(self) -> dict[str, str]:
        """As the port says; and its path, and the newest migration."""
        return dict(self.engine.facts)

    def fault(self) -> str | None:
        """As the port says."""
        return self.engine.fault()

    def ahead(self) -> timedelta:
        """How far this machine's clock was ahead of the database's when it was opened."""
        return self.engine.ahead

    async def close(self) -> None:
        await self.engine.close()

    # --- issuers, keys ---

    async def issuer(self, slug: str) -> Issuer | None:
        rows = await self._read(ISSUERS + " WHERE slug = ?", slug)
        return _issuer(rows[0]) if rows else None

    async def issuers(self) -> list[Issuer]:
        rows = await self._read(ISSUERS)
        return sorted((_issuer(row) for row in rows), key=lambda issuer: issuer.slug)

    # Where the port demands leaves, rows of tests about something else may do without.

    async def put_issuer(self, issuer: Issuer, leaf: Leaf | None = None) -> bool:
        return await self.engine.write(partial(key_writes.put_issuer, issuer, _text(issuer.profile), leaf))

    async def keys(self, issuer: str | None = None) -> list[SigningKey]:
        if issuer is None:
            rows = await self._read(KEYS.format(where=""))
        else:
            rows = await self._read(KEYS.format(where="WHERE issuer = ?"), issuer)
        return [SigningKey(*row) for row in rows]

    async def put_key(self, key: SigningKey, leaf: Leaf | None = None) -> None:
        await self.engine.write(partial(key_writes.put_key, key, leaf))

    async def rotate(
        self, key_id: str, issuer: Issuer, at: datetime, leaves: RotationLeaves | None = None
    ) -> None:
        profile = _text(issuer.profile)
        await self.engine.write(partial(key_writes.rotate, key_id, issuer, profile, at, leaves))

    async def revoke_key(
        self, key_id: str, at: datetime, position: int | None, reason: str, leaf: Leaf | None = None
    ) -> bool:
        return await self.engine.write(partial(key_writes.revoke_key, key_id, at, position, reason, leaf))

    async def signed_by(
        self, key: SigningKey, after: datetime | None = None, limit: int = 100
    ) -> tuple[int, list[str]]:
        args = (key.issuer, key.id, after or LONG_AGO)
        (count,) = (await self._read("SELECT count(*)" + SIGNED_BY, *args))[0]
        return count, [row[0] for row in await self._read(NEWEST_SIGNED_BY, *args, limit)]

    async def stops(self) -> list[SigningStop]:
        return [SigningStop(*row) for row in await self._read(STOPS)]

    async def put_stop(self, stop: SigningStop, leaf: Leaf | None = None) -> None:
        await self.engine.write(partial(key_writes.put_stop, stop, leaf))

    async def remove_stop(self, issuer: str, leaf: Leaf | None = None) -> bool:
        return await self.engine.write(partial(key_writes.remove_stop, issuer, leaf))

    async def confirm_clock(self, at: datetime, leaf: Leaf) -> int:
        return await self.engine.write(partial(key_writes.confirm_clock, at, leaf))

    # --- badges ---

    async def intend(self, draft: Draft, url_id: Callable[[], str]) -> Intent:
        """As the port says; `url_id` is called only when a new list is begun."""
        return await self._intending.do((draft, url_id))

    async def intend_many(
        self, drafts: Sequence[Draft], url_id: Callable[[], str]
    ) -> list[Intent | ExchangeError]:
        asked = [(draft, url_id) for draft in drafts]
        return await self.engine.write(partial(self._intend_all, asked)) if asked else []

    def _intend_all(
        self, asked: Sequence[tuple[Draft, Callable[[], str]]]
    ) -> Work[list[Intent | ExchangeError]]:
        (_, url_id), *_ = asked
        drafts = [draft for draft, _ in asked]
        return writes.intend_many(drafts, self._chance, url_id, self._list_size)

    async def publish(self, badge_id: str, signed: bytes) -> None:
        await self._publishing.do((badge_id, signed))

    async def publish_many(self, signed: Sequence[tuple[str, bytes]]) -> None:
        await self.engine.write(partial(writes.publish_many, signed))

    async def badge(self, badge_id: str) -> Badge | None:
        badges = _badges(await self._read(BADGE, badge_id))
        return badges[0] if badges else None

    async def published(self, badge_id: str) -> Published | None:
        rows = await self._read(PUBLISHED, badge_id)
        return Published(*rows[0]) if rows else None

    async def badges(
        self, issuer: str | None = None, limit: int = 50, before: str | None = None
    ) -> list[Badge]:
        where = ""
        args: list[object] = []
        if issuer is not None:
            where += OF_ISSUER
            args.append(issuer)
        if before is not None:
            where += BEFORE
            args.append(before)
        page = BADGES.format(badges=PAGE.format(where=where))
        newest_first = " ORDER BY b.intended_at DESC, b.id DESC, s.purpose"
        return _badges(await self._read(page + newest_first, *args, limit))

    async def badges_to(self, recipient: str) -> list[Badge]:
        return _badges(await self._read(BADGES_TO, recipient))

    async def every_badge(self, after: str, limit: int) -> list[Badge]:
        page = BADGES.format(badges=EVERY_BADGE) + "ORDER BY b.id, s.purpose"
        return _badges(await self._read(page, after, limit))

    async def unfinished(self, older_than: datetime) -> list[Badge]:
        return _badges(await self._read(UNFINISHED, older_than))

    async def due_reminders(self, now: datetime, limit: int) -> list[Badge]:
        return _badges(await self._read(DUE_REMINDERS, now, limit))

    # --- status ---

    async def set_status(
        self, change: StatusChange, leaf: Leaf, once: Once | None = None, parcels: Sequence[Parcel] = ()
    ) -> bool:
        """As the port says. ConflictError("revocation_is_final"), NotFoundError("unknown_badge")."""
        return await self.engine.write(partial(writes.set_status, change, leaf, once, parcels))

    async def history(self, badge_id: str) -> list[StatusChange]:
        return [StatusChange(*row) for row in await self._read(HISTORY, badge_id)]

    async def status_list(self, list_id: str) -> StatusList | None:
        rows = await self._read(STATUS_LIST, list_id)
        return StatusList(*rows[0]) if rows else None

    async def status_lists(self, issuer: str) -> list[str]:
        return [row[0] for row in await self._read(STATUS_LISTS, issuer)]

    async def set_bits(self, list_id: str) -> Sequence[int]:
        return [row[0] for row in await self._read(SET_BITS, list_id)]

    async def put_signed_list(self, list_id: str, version: int, signed: bytes, at: datetime) -> None:
        """As the port says; of two signatures of one version the later stays."""
        await self.engine.write(partial(writes.put_signed_list, list_id, version, signed, at))

    async def check_once(self, once: Once) -> None:
        for _, digest, answer in await self._read(f"{writes.ONCE}(?)", once.key):
            raise writes.said_before(once, digest, answer)

    async def forget_once(self, before: datetime) -> None:
        await self.engine.write(partial(only, Statement(writes.FORGET_ONCE, (before,))))

    # --- the log ---

    async def append(self, leaf: Leaf) -> int:
        return await self.engine.write(partial(log_writes.append, [leaf]))

    async def put_checkpoint(self, made: SignedCheckpoint) -> bytes:
        """As the port says. ConflictError("log_forked")."""
        return await self.engine.write(partial(log_writes.put_checkpoint, made))

    # --- settings that live with the data ---

    async def meta(self, name: str) -> str | None:
        rows = await self._read(META, name)
        return rows[0][0] if rows else None

    async def put_meta(self, name: str, value: str) -> None:
        await self._upsert(tables.Meta(name=name, value=value), tables.Meta.name, [tables.Meta.value])

    async def release(self, held: str, leaf: Leaf, meta: Mapping[str, str]) -> None:
        """As the port says. ConflictError("hold_changed")."""
        await self.engine.write(partial(hold.release, held, leaf, meta))

    async def settle_meta(self, name: str, value: str) -> str:
        insert = tables.Meta.insert(tables.Meta(name=name, value=value)).on_conflict(action="DO NOTHING")
        await self.engine.write(partial(only, compiled(insert)))
        return await self.meta(name) or value

    async def _read(self, sql: str, *args: Any) -> Rows:
        return await self.engine.read(Statement(sql, args))

    async def _upsert(self, row: Table, key: Column, values: list[Column]) -> None:
        insert = type(row).insert(row).on_conflict(target=key, action="DO UPDATE", values=values)
        await self.engine.write(partial(only, compiled(insert)))


def _issuer(row: Any) -> Issuer:
    slug, did, profile, updated_at, origin = row
    return Issuer(slug, did, orjson.loads(profile), updated_at, origin)


def _badges(rows: Rows) -> list[Badge]:
    """One badge of each run of rows; every row brings one of its slots."""
    found = []
    for _, run in groupby(rows, key=lambda row: row[0]):
        joined = list(run)
        slots = tuple(StatusSlot(*row[18:]) for row in joined if row[18] is not None)
        fields: list[Any] = [*joined[0][:12], slots, *joined[0][12:18]]
        fields[9] = fields[9] or fields[8]  # the message, kept only where it is not the unsigned bytes
        found.append(Badge(*fields))
    return found


def _text(value: dict[str, object]) -> str:
    return orjson.dumps(value).decode()
