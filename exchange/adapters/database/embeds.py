"""The part of the store that tells embeds whether anything moved."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.adapters.database.log_audit import Reads, each

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


class Embedded:
    """As `flows.embeds.ports.EmbedStore` says; up to some hundred ids are one query."""

    async def badge_marks(self: Reads, badges: Sequence[str]) -> dict[str, dict[str, int]]:
        marks: dict[str, dict[str, int]] = {}
        for badge, id, version in await each(self, BADGE_MARKS, badges):
            marks.setdefault(badge, {})[id] = version
        return marks

    async def list_versions(self: Reads, lists: Sequence[str]) -> dict[str, int]:
        return {row[0]: row[1] for row in await each(self, LIST_VERSIONS, lists)}

    async def link_marks(self: Reads, hashes: Sequence[str]) -> dict[str, int]:
        return {row[0]: row[1] for row in await each(self, LINK_MARKS, hashes)}
