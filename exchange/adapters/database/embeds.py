"""The part of the store that tells embeds whether anything moved."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.adapters.database.log_audit import Reads, each
from exchange.adapters.database.portfolios import PUBLICATION, publication, sites
from exchange.flows.portfolios.records import Mark, link_mark

BADGE_MARKS = """
    SELECT s.badge, l.id, l.version FROM status_slot s
    JOIN status_list l ON l.id = s.list_id
    JOIN badge b ON b.id = s.badge
    WHERE s.badge IN ({}) AND b.signed IS NOT NULL"""
LIST_VERSIONS = "SELECT id, version FROM status_list WHERE id IN ({})"
LINK_MARKS = """
    SELECT l.hash, p.revision, l.origins FROM portfolio_link l
    JOIN portfolio p ON p.id = l.portfolio
    WHERE l.hash IN ({}) AND l.off_at IS NULL"""
PUBLIC_MARKS = f"""
    SELECT {PUBLICATION}, p.revision FROM publication u
    JOIN portfolio p ON p.id = u.portfolio JOIN person o ON o.id = u.person
    WHERE o.handle IN ({{}}) AND o.state = 'active'"""  # noqa: S608
COUNTED = """
            (SELECT count(*) FROM address a WHERE a.person = p.person AND a.verified_at IS NOT NULL),
            (SELECT max(a.verified_at) FROM address a WHERE a.person = p.person),
            (SELECT count(*) FROM imported_badge i WHERE i.person = p.person),
            (SELECT max(i.tried_at) FROM imported_badge i WHERE i.person = p.person),
            (SELECT size FROM log_state WHERE id = 0)"""
SHARED_MARK = f"""
    SELECT p.revision, l.origins, o.name, o.state, o.picture_digest, l.expires_at, l.off_at, {COUNTED}
    FROM portfolio_link l JOIN portfolio p ON p.id = l.portfolio JOIN person o ON o.id = p.person
    WHERE l.hash = ?"""  # noqa: S608
PUBLIC_MARK = f"""
    SELECT {PUBLICATION}, p.revision, o.name, o.state, o.picture_digest, {COUNTED}
    FROM publication u JOIN portfolio p ON p.id = u.portfolio JOIN person o ON o.id = u.person
    WHERE o.handle = ? AND ? IN ('', u.slug) AND o.state = 'active'"""  # noqa: S608
LOGGED_SINCE = "SELECT position, about FROM log_about WHERE position >= ? ORDER BY position LIMIT ?"


class Embedded:
    """As `flows.embeds.ports.EmbedStore` says; up to some hundred ids are one query."""

    async def badge_marks(self: Reads, badges: Sequence[str]) -> dict[str, dict[str, int]]:
        marks: dict[str, dict[str, int]] = {}
        for badge, id, version in await each(self, BADGE_MARKS, badges):
            marks.setdefault(badge, {})[id] = version
        return marks

    async def list_versions(self: Reads, lists: Sequence[str]) -> dict[str, int]:
        return {row[0]: row[1] for row in await each(self, LIST_VERSIONS, lists)}

    async def shared_mark(self: Reads, name: str) -> Mark | None:
        if name.startswith("@"):
            return await _public_mark(self, name)
        for row in await self._read(SHARED_MARK, name):
            revision, origins, called, state, picture, expires, off, *counted, size = row
            theirs, elsewhere = (counted[0], counted[1]), (counted[2], counted[3])
            mark = link_mark(revision, sites(origins))
            return Mark(mark, called, state, picture, expires, off, theirs, elsewhere, size)
        return None

    async def logged_since(self: Reads, position: int, limit: int) -> list[tuple[int, str]]:
        return [(row[0], row[1]) for row in await self._read(LOGGED_SINCE, position, limit)]

    async def link_marks(self: Reads, names: Sequence[str]) -> dict[str, int]:
        public = {name for name in names if name.startswith("@")}
        hashes = [name for name in names if name not in public]
        marks: dict[str, int] = {}
        for hash, revision, origins in await each(self, LINK_MARKS, hashes):
            marks[hash] = link_mark(revision, sites(origins))
        handles = sorted({name[1:].partition("~")[0] for name in public})
        for *row, revision in await each(self, PUBLIC_MARKS, handles):
            one = publication(row)
            if one.name in public:
                marks[one.name] = one.mark(revision)
        return marks


async def _public_mark(reader: Reads, name: str) -> Mark | None:
    """Of a handle alone, what is all that its holder has made public."""
    handle, _, slug = name[1:].partition("~")
    rows = await reader._read(PUBLIC_MARK, handle, slug)
    if len(rows) != 1:
        return None
    *row, revision, called, state, picture, addresses, verified, brought, looked, size = rows[0]
    mark = publication(row).mark(revision)
    return Mark(mark, called, state, picture, None, None, (addresses, verified), (brought, looked), size)
