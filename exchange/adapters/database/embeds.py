"""The part of the store that tells embeds whether anything moved."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.adapters.database.log_audit import Reads, each
from exchange.flows.portfolios.records import Mark

BADGE_MARKS = """
    SELECT s.badge, l.id, l.version FROM status_slot s
    JOIN status_list l ON l.id = s.list_id
    JOIN badge b ON b.id = s.badge
    WHERE s.badge IN ({}) AND b.signed IS NOT NULL"""
LIST_VERSIONS = "SELECT id, version FROM status_list WHERE id IN ({})"
LINK_MARKS = """
    SELECT l.hash, p.revision FROM portfolio_link l
    JOIN portfolio p ON p.id = l.portfolio
    WHERE l.hash IN ({}) AND l.off_at IS NULL"""
SHARED_MARK = """
    SELECT p.revision, o.name, o.state, o.picture_digest, l.expires_at, l.off_at,
           (SELECT count(*) FROM address a WHERE a.person = p.person AND a.verified_at IS NOT NULL),
           (SELECT max(a.verified_at) FROM address a WHERE a.person = p.person),
           (SELECT count(*) FROM imported_badge i WHERE i.person = p.person),
           (SELECT max(i.tried_at) FROM imported_badge i WHERE i.person = p.person),
           (SELECT size FROM log_state WHERE id = 0)
    FROM portfolio_link l JOIN portfolio p ON p.id = l.portfolio JOIN person o ON o.id = p.person
    WHERE l.hash = ?"""
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

    async def shared_mark(self: Reads, hash: str) -> Mark | None:
        for row in await self._read(SHARED_MARK, hash):
            *said, addresses, verified, brought, looked, size = row
            revision, name, state, picture, expires_at, off_at = said
            counted = (addresses, verified), (brought, looked)
            return Mark(revision, name, state, picture, expires_at, off_at, *counted, size)
        return None

    async def logged_since(self: Reads, position: int, limit: int) -> list[tuple[int, str]]:
        return [(row[0], row[1]) for row in await self._read(LOGGED_SINCE, position, limit)]

    async def link_marks(self: Reads, hashes: Sequence[str]) -> dict[str, int]:
        return {row[0]: row[1] for row in await each(self, LINK_MARKS, hashes)}
