"""Teams in the database, and who is in them; the effects below, each one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from exchange.adapters.database import last_ones, log_writes
from exchange.adapters.database.effects import Statement, Work
from exchange.adapters.database.people import Reader
from exchange.adapters.database.writes import remembering
from exchange.flows.people.records import Member, Team
from exchange.flows.records import Leaf, Once

MEMBER = "SELECT team, person, lead FROM member "
BEGIN_TEAM = "INSERT INTO team (slug, name) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING slug"
PUT_TEAM = """
    INSERT INTO team (slug, name) VALUES (?, ?) ON CONFLICT (slug) DO UPDATE SET name = excluded.name
    RETURNING slug"""
PUT_MEMBER = """
    INSERT INTO member (team, person, lead) VALUES (?, ?, ?)
    ON CONFLICT (team, person) DO UPDATE SET lead = excluded.lead WHERE member.lead <> excluded.lead
    RETURNING person"""
REMOVE_MEMBER = "DELETE FROM member WHERE team = ? AND person = ? RETURNING person"


class Teams:
    """The part of the store about teams."""

    async def team(self: Reader, slug: str) -> Team | None:
        rows = await self._read("SELECT slug, name FROM team WHERE slug = ?", slug)
        return Team(*rows[0]) if rows else None

    async def teams(self: Reader) -> list[Team]:
        rows = await self._read("SELECT slug, name FROM team")
        return sorted((Team(*row) for row in rows), key=lambda team: team.slug)

    async def put_team(self: Reader, team: Team, once: Once | None = None, *, new: bool = False) -> bool:
        put = partial(_put_team, team, new)
        return await self.engine.write(partial(remembering, once, put))

    async def remove_team(self: Reader, slug: str, leaves: Sequence[Leaf], once: Once | None = None) -> bool:
        remove = partial(_remove_team, slug, leaves)
        return await self.engine.write(partial(remembering, once, remove))

    async def members(self: Reader, team: str) -> list[Member]:
        rows = await self._read(MEMBER + "WHERE team = ? ORDER BY lead DESC, person", team)
        return [Member(*row) for row in rows]

    async def memberships(self: Reader, person: str) -> list[Member]:
        rows = await self._read(MEMBER + "WHERE person = ?", person)
        return sorted((Member(*row) for row in rows), key=lambda member: member.team)

    async def put_member(self: Reader, member: Member, leaf: Leaf, once: Once | None = None) -> bool:
        put = Statement(PUT_MEMBER, (member.team, member.person, member.lead))
        return await self.engine.write(partial(remembering, once, partial(log_writes.logged, put, leaf)))

    async def remove_member(
        self: Reader, team: str, person: str, leaf: Leaf, once: Once | None = None
    ) -> bool:
        remove = partial(_remove_member, team, person, leaf)
        return await self.engine.write(partial(remembering, once, remove))


def _put_team(team: Team, new: bool) -> Work[bool]:
    return bool((yield Statement(BEGIN_TEAM if new else PUT_TEAM, (team.slug, team.name))))


def _remove_member(team: str, person: str, leaf: Leaf) -> Work[bool]:
    owned = yield from last_ones.owned_by_team(team)
    gone: bool = yield from log_writes.logged(Statement(REMOVE_MEMBER, (team, person)), leaf)
    yield from last_ones.check_owned(owned)
    return gone


def _remove_team(slug: str, leaves: Sequence[Leaf]) -> Work[bool]:
    owned = yield from last_ones.owned_by_team(slug)
    for table in ("role", "member"):
        yield Statement(f"DELETE FROM {table} WHERE team = ?", (slug,))  # noqa: S608  # names of ours
    if not (yield Statement("DELETE FROM team WHERE slug = ? RETURNING slug", (slug,))):
        return False
    yield from log_writes.append(leaves)
    yield from last_ones.check_owned(owned)
    return True
