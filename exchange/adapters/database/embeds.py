"""The part of the store that tells embeds whether anything moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from exchange.adapters.database.log_audit import Reads, each
from exchange.adapters.database.log_reads import raw
from exchange.adapters.database.portfolios import PUBLICATION, publication, sites
from exchange.flows.embeds.ports import BadgeMarks
from exchange.flows.portfolios.records import Logged, Mark, link_mark

BADGE_MARKS = """
    SELECT s.badge, l.id, l.version, (SELECT size FROM log_state WHERE id = 0) FROM status_slot s
    JOIN status_list l ON l.id = s.list_id
    JOIN badge b ON b.id = s.badge
    WHERE s.badge IN ({}) AND b.signed IS NOT NULL"""
LIST_VERSIONS = "SELECT id, version FROM status_list WHERE id IN ({})"
COUNTED = """
            (SELECT count(*) FROM address a WHERE a.person = p.person AND a.verified_at IS NOT NULL),
            (SELECT max(a.verified_at) FROM address a WHERE a.person = p.person),
            (SELECT count(*) FROM imported_badge i WHERE i.person = p.person),
            (SELECT max(i.tried_at) FROM imported_badge i WHERE i.person = p.person),
            (SELECT size FROM log_state WHERE id = 0)"""
SHARED_MARKS = f"""
    SELECT l.hash, p.revision, l.origins, o.name, o.state, o.picture_digest, l.expires_at, l.off_at, {COUNTED}
    FROM portfolio_link l JOIN portfolio p ON p.id = l.portfolio JOIN person o ON o.id = p.person
    WHERE l.hash IN ({{}})"""  # noqa: S608
PUBLIC_MARKS = f"""
    SELECT {PUBLICATION}, p.revision, o.name, o.state, o.picture_digest, {COUNTED}
    FROM publication u JOIN portfolio p ON p.id = u.portfolio JOIN person o ON o.id = u.person
    WHERE o.handle IN ({{}}) AND o.state = 'active'"""  # noqa: S608
LOGGED_SINCE = """
    SELECT a.position, a.about, e.entry, n.holder FROM log_about a
    JOIN log_entry e ON e.position = a.position
    LEFT JOIN endorsement n ON n.id = substr(a.about, 7)
    WHERE a.position >= ? ORDER BY a.position LIMIT ?"""


class _Marks(Protocol):
    async def shared_marks(self, names: Sequence[str]) -> dict[str, Mark]: ...


class Embedded:
    """As `flows.embeds.ports.EmbedStore` says; up to some hundred ids are one query."""

    async def badge_marks(self: Reads, badges: Sequence[str]) -> BadgeMarks:
        lists: dict[str, dict[str, int]] = {}
        sizes = []
        for badge, id, version, size in await each(self, BADGE_MARKS, badges):
            lists.setdefault(badge, {})[id] = version
            sizes.append(size)
        return BadgeMarks(lists, min(sizes, default=0))

    async def list_versions(self: Reads, lists: Sequence[str]) -> dict[str, int]:
        return {row[0]: row[1] for row in await each(self, LIST_VERSIONS, lists)}

    async def shared_marks(self: Reads, names: Sequence[str]) -> dict[str, Mark]:
        public = [name for name in names if name.startswith("@")]
        marks: dict[str, Mark] = {}
        for row in await each(self, SHARED_MARKS, [name for name in names if not name.startswith("@")]):
            hash, revision, origins, *rest = row
            marks[hash] = _mark(link_mark(revision, sites(origins)), *rest)
        theirs: dict[str, list[tuple[str, Mark]]] = {}
        handles = sorted({_handle(name) for name in public})
        for row in await each(self, PUBLIC_MARKS, handles):
            *columns, revision, called, state, picture, addresses, verified, brought, looked, size = row
            one = publication(columns)
            counted = (addresses, verified, brought, looked, size)
            mark = _mark(one.mark(revision), called, state, picture, None, None, *counted)
            theirs.setdefault(one.handle, []).append((one.name, mark))
        for name in public:  # of a handle alone, what is all that its holder has made public
            of_theirs = theirs.get(_handle(name), ())
            found = [mark for known, mark in of_theirs if "~" not in name or known == name]
            if len(found) == 1:
                marks[name] = found[0]
        return marks

    async def shared_mark(self: _Marks, name: str) -> Mark | None:
        return (await self.shared_marks([name])).get(name)

    async def logged_since(self: Reads, position: int, limit: int) -> list[Logged]:
        rows = await self._read(LOGGED_SINCE, position, limit)
        return [Logged(at, about, raw(entry), holder or "") for at, about, entry, holder in rows]


def _handle(name: str) -> str:
    return name[1:].partition("~")[0]


def _mark(
    mark: int,
    called: str,
    state: str,
    picture: str,
    expires: datetime | None,
    off: datetime | None,
    addresses: object,
    verified: object,
    brought: object,
    looked: object,
    size: int,
) -> Mark:
    return Mark(mark, called, state, picture, expires, off, (addresses, verified), (brought, looked), size)
