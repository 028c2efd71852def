"""Portfolios in the database, and what they show: one query each, up to some hundred items.

A link is deleted with its portfolio, by the database itself: so none can be made meanwhile that stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import msgspec
import orjson

from exchange.adapters.database import log_writes
from exchange.adapters.database.effects import Rows, Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.log_audit import each
from exchange.adapters.database.writes import remembering
from exchange.core.portfolio.framing import Origins
from exchange.core.portfolio.portfolio import Portfolio
from exchange.flows.portfolios.records import Copy, Kept, Link, Publication, Shared
from exchange.flows.records import Leaf, Once, Signed

KEPT = "p.id, p.person, p.said, p.revision, p.made_at, p.changed_at"
LINK = (
    "l.id, l.portfolio, l.label, l.hash, l.items, l.receipt, l.made_at, l.expires_at, l.off_at, l.opened, "
    "l.opened_at, l.origins"
)
PORTFOLIO = f"SELECT {KEPT} FROM portfolio p "  # noqa: S608
LINKS = f"""
    SELECT {LINK} FROM portfolio_link l WHERE l.portfolio IN ({{}}) ORDER BY l.made_at DESC, l.id DESC"""  # noqa: S608
SHARED = f"""
    SELECT {LINK}, {KEPT}, o.name, o.state, o.picture_digest FROM portfolio_link l
    JOIN portfolio p ON p.id = l.portfolio JOIN person o ON o.id = p.person WHERE l.hash = ?"""  # noqa: S608
PUBLICATION = "u.portfolio, u.person, o.handle, u.slug, u.search, u.published_at, u.origins"
PUBLICATIONS = f"""
    SELECT {PUBLICATION} FROM publication u JOIN person o ON o.id = u.person
    WHERE u.person = ? ORDER BY u.published_at, u.portfolio"""  # noqa: S608
PUBLISHED = f"""
    SELECT {PUBLICATION}, {KEPT}, o.name, o.state, o.picture_digest FROM publication u
    JOIN portfolio p ON p.id = u.portfolio JOIN person o ON o.id = u.person
    WHERE o.handle = ? AND o.state = 'active' ORDER BY u.published_at, u.portfolio"""  # noqa: S608
PUBLISH = """
    INSERT INTO publication (portfolio, person, slug, search, published_at, origins) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (portfolio) DO UPDATE SET slug = excluded.slug, search = excluded.search,
        published_at = excluded.published_at, origins = excluded.origins
    RETURNING portfolio"""
UNPUBLISH = "DELETE FROM publication WHERE portfolio = ? RETURNING portfolio"
FRAME = "UPDATE portfolio_link SET origins = ? WHERE id = ? AND off_at IS NULL RETURNING id"
PUT = """
    INSERT INTO portfolio (id, person, said, revision, made_at, changed_at) VALUES (?, ?, ?, ?, ?, ?)"""
CHANGE = """
    UPDATE portfolio SET said = ?, revision = ?, changed_at = ? WHERE id = ? AND revision = ? RETURNING id"""
PUT_LINK = """
    INSERT INTO portfolio_link (id, portfolio, label, hash, items, receipt, made_at, expires_at, off_at,
                                opened, opened_at, origins)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
HOLD_LINK = "UPDATE portfolio_link SET opened = opened WHERE id = ? AND off_at IS NULL RETURNING id"
OFF = "UPDATE portfolio_link SET off_at = ? WHERE id = ? AND off_at IS NULL RETURNING id"
PUT_COPY = """
    INSERT INTO portfolio_copy (id, link, kind, shown, holds, made_at, until, unsigned, signed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
OLD_COPY = """
    DELETE FROM portfolio_copy WHERE signed IS NOT NULL AND EXISTS (
        SELECT 1 FROM portfolio_copy n WHERE n.id = ? AND n.signed IS NULL
            AND n.link = portfolio_copy.link AND n.kind = portfolio_copy.kind)"""
FORGET_COPIES = "DELETE FROM portfolio_copy WHERE until <= ? OR (signed IS NULL AND made_at <= ?)"
SEAL_COPY = "UPDATE portfolio_copy SET signed = ? WHERE id = ? AND signed IS NULL RETURNING id"
COPIES = """
    SELECT id, link, kind, shown, holds, made_at, until, signed IS NOT NULL FROM portfolio_copy
    WHERE link IN ({}) ORDER BY link, kind, made_at, id"""
COUNT = """
    UPDATE portfolio_link SET opened = opened + 1, opened_at = ?
    WHERE id = ? AND receipt AND off_at IS NULL RETURNING id"""
THESE_BADGES = """
    SELECT b.id, b.kind, b.issuer, b.achievement, b.version, b.recipient, b.proof, b.signed, b.intended_at,
           b.claim, b.renews, coalesce(a.alt, '')
    FROM badge b
    LEFT JOIN achievement a ON a.issuer = b.issuer AND a.slug = b.achievement AND a.version = b.version
    WHERE b.id IN ({}) AND b.signed IS NOT NULL"""

_COLUMNS, _PUBLIC_COLUMNS = 12, 7


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Portfolios:
    """The part of the store that implements `exchange.flows.portfolios.ports.PortfolioStore`, but for what
    other parts read."""

    async def put_portfolio(self: _Database, kept: Kept, once: Once | None = None) -> None:
        await self.engine.write(partial(remembering, once, partial(_put, kept)))

    async def change_portfolio(self: _Database, kept: Kept, was: int) -> bool:
        values = (_text(kept.portfolio), kept.revision, kept.changed_at, kept.id, was)
        return await self.engine.write(partial(_any, Statement(CHANGE, values)))

    async def remove_portfolio(self: _Database, id: str) -> bool:
        gone = Statement("DELETE FROM portfolio WHERE id = ? RETURNING id", (id,))
        return await self.engine.write(partial(_any, gone))

    async def portfolio(self: _Database, id: str) -> Kept | None:
        rows = await self._read(PORTFOLIO + "WHERE p.id = ?", id)
        return _kept(rows[0]) if rows else None

    async def portfolios(self: _Database, person: str) -> list[Kept]:
        rows = await self._read(PORTFOLIO + "WHERE p.person = ? ORDER BY p.made_at, p.id", person)
        return [_kept(row) for row in rows]

    async def put_portfolio_link(self: _Database, link: Link) -> None:
        items = None if link.items is None else orjson.dumps(link.items).decode()
        said = (link.id, link.portfolio, link.label, link.hash, items, link.receipt)
        times = (link.made_at, link.expires_at, link.off_at, link.opened, link.opened_at)
        row = (*said, *times, _origins(link.origins))
        await self.engine.write(partial(_any, Statement(PUT_LINK, row)))

    async def end_portfolio_link(self: _Database, id: str, at: datetime) -> bool:
        return await self.engine.write(partial(_end_link, id, at))

    async def put_portfolio_copy(
        self: _Database, copy: Copy, unsigned: bytes, signed: bytes | None = None, leaf: Leaf | None = None
    ) -> bool:
        return await self.engine.write(partial(_put_copy, copy, unsigned, signed, leaf))

    async def seal_portfolio_copy(self: _Database, id: str, signed: bytes) -> bool:
        return await self.engine.write(partial(_seal_copy, id, signed))

    async def forget_portfolio_copies(self: _Database, now: datetime, unsigned: datetime) -> None:
        await self.engine.write(partial(_any, Statement(FORGET_COPIES, (now, unsigned))))

    async def portfolio_copies(self: _Database, links: Sequence[str]) -> list[Copy]:
        return [_copy(row) for row in await each(self, COPIES, links)]

    async def portfolio_copy_bytes(self: _Database, id: str) -> bytes | None:
        rows = await self._read("SELECT signed FROM portfolio_copy WHERE id = ?", id)
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    async def frame_portfolio_link(self: _Database, id: str, origins: Origins) -> bool:
        return await self.engine.write(partial(_any, Statement(FRAME, (_origins(origins), id))))

    async def portfolio_links(self: _Database, portfolios: Sequence[str]) -> list[Link]:
        return [_link(row) for row in await each(self, LINKS, portfolios)]

    async def shared(self: _Database, hash: str) -> Shared | None:
        for row in await self._read(SHARED, hash):
            *rest, name, state, picture = row
            return Shared(_link(rest[:_COLUMNS]), _kept(rest[_COLUMNS:]), name, state, picture)
        return None

    async def put_publication(self: _Database, one: Publication, leaf: Leaf) -> None:
        row = (one.portfolio, one.person, one.slug, one.search, one.published_at, _origins(one.origins))
        await self.engine.write(partial(log_writes.logged, Statement(PUBLISH, row), leaf))

    async def end_publication(self: _Database, portfolio: str, leaf: Leaf) -> bool:
        ended = Statement(UNPUBLISH, (portfolio,))
        return await self.engine.write(partial(log_writes.logged, ended, leaf))

    async def publications(self: _Database, person: str) -> list[Publication]:
        return [publication(row) for row in await self._read(PUBLICATIONS, person)]

    async def at_handle(self: _Database, handle: str) -> list[Shared]:
        found = []
        for row in await self._read(PUBLISHED, handle):
            *rest, name, state, picture = row
            one, kept = publication(rest[:_PUBLIC_COLUMNS]), _kept(rest[_PUBLIC_COLUMNS:])
            found.append(Shared(one, kept, name, state, picture))
        return found

    async def count_opening(self: _Database, link: str, at: datetime) -> None:
        await self.engine.write(partial(_any, Statement(COUNT, (at, link))))

    async def these_badges(self: _Database, ids: Sequence[str]) -> list[Signed]:
        return [Signed(*row) for row in await each(self, THESE_BADGES, ids)]


def _put(kept: Kept) -> Work[None]:
    times = (kept.made_at, kept.changed_at)
    yield Statement(PUT, (kept.id, kept.person, _text(kept.portfolio), kept.revision, *times))


def _end_link(id: str, at: datetime) -> Work[bool]:
    ended = bool((yield Statement(OFF, (at, id))))
    yield Statement("DELETE FROM portfolio_copy WHERE link = ?", (id,))
    return ended


def _put_copy(copy: Copy, unsigned: bytes, signed: bytes | None, leaf: Leaf | None) -> Work[bool]:
    # Its row is written to, so that whoever switches it off meanwhile waits, and then takes this away too.
    if not (yield Statement(HOLD_LINK, (copy.link,))):
        return False
    old = "DELETE FROM portfolio_copy WHERE link = ? AND kind = ?"  # what is good stays until this one is
    yield Statement(f"{old} AND signed IS NULL" if signed is None else old, (copy.link, copy.kind))
    times = (copy.made_at, copy.until, unsigned, signed)
    named = (copy.id, copy.link, copy.kind, copy.shown, " ".join(copy.holds))
    yield Statement(PUT_COPY, (*named, *times))
    yield from log_writes.append([leaf] if leaf else [])
    return True


def _seal_copy(id: str, signed: bytes) -> Work[bool]:
    yield Statement(OLD_COPY, (id,))
    return bool((yield Statement(SEAL_COPY, (signed, id))))


def _any(statement: Statement) -> Work[bool]:
    return bool((yield statement))


_portfolios = msgspec.json.Decoder(Portfolio)


def _text(portfolio: Portfolio) -> str:
    return msgspec.json.encode(portfolio).decode()


def _kept(row: Any) -> Kept:
    id, person, said, *rest = row
    return Kept(id, person, _portfolios.decode(said), *rest)


def _link(row: Any) -> Link:
    id, portfolio, label, hash, items, receipt, made, expires, off, opened, opened_at, origins = row
    chosen = None if items is None else tuple(orjson.loads(items))
    about, times = (id, portfolio, label, hash), (made, expires, off, opened, opened_at)
    return Link(*about, chosen, bool(receipt), *times, sites(origins))


def _copy(row: Any) -> Copy:
    id, link, kind, shown, holds, made_at, until, signed = row
    return Copy(id, link, kind, shown, tuple(holds.split()), made_at, until, bool(signed))


def publication(row: Any) -> Publication:
    """From the columns `PUBLICATION`; who gave up their handle has none."""
    portfolio, person, handle, slug, search, at, origins = row
    return Publication(portfolio, person, handle or "", slug, bool(search), at, sites(origins))


def sites(text: str | None) -> Origins:
    """As a column has them."""
    return None if text is None else tuple(orjson.loads(text))


def _origins(sites: Origins) -> str | None:
    return None if sites is None else orjson.dumps(sites).decode()
