"""The part of `MemoryStore` about teams and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exchange.errors import ConflictError
from exchange.flows.people.records import ROLES, Grant, Member, Person, Role, Team
from exchange.flows.records import Issuer, Leaf, Once


@dataclass
class MemoryTeams:
    """As in `MemoryStore`, nothing awaits inside a method."""

    _people: dict[str, Person] = field(default_factory=dict)
    _teams: dict[str, Team] = field(default_factory=dict)
    _members: dict[tuple[str, str], Member] = field(default_factory=dict)
    _grants: dict[tuple[str, str], Grant] = field(default_factory=dict)
    _issuers: dict[str, Issuer] = field(default_factory=dict)

    def _append(self, leaf: Leaf | None) -> int:
        raise NotImplementedError

    def _check_once(self, asked: Once | None) -> None:
        raise NotImplementedError

    def _keep_once(self, asked: Once | None) -> None:
        raise NotImplementedError

    async def team(self, slug: str) -> Team | None:
        return self._teams.get(slug)

    async def teams(self) -> list[Team]:
        return [self._teams[slug] for slug in sorted(self._teams)]

    async def put_team(self, team: Team, once: Once | None = None, *, new: bool = False) -> bool:
        self._check_once(once)
        if new and team.slug in self._teams:
            return False
        self._teams[team.slug] = team
        self._keep_once(once)
        return True

    async def remove_team(self, slug: str, leaves: Sequence[Leaf], once: Once | None = None) -> bool:
        self._check_once(once)
        if self._teams.pop(slug, None) is None:
            return False
        self._members = {key: one for key, one in self._members.items() if one.team != slug}
        self._grants = {key: one for key, one in self._grants.items() if one.team != slug}
        for leaf in leaves:
            self._append(leaf)
        self._keep_once(once)
        return True

    async def members(self, team: str) -> list[Member]:
        mine = [one for one in self._members.values() if one.team == team]
        return sorted(mine, key=lambda one: (not one.lead, one.person))

    async def memberships(self, person: str) -> list[Member]:
        return sorted((m for m in self._members.values() if m.person == person), key=lambda m: m.team)

    async def put_member(self, member: Member, leaf: Leaf, once: Once | None = None) -> bool:
        self._check_once(once)
        self._needs_person(member.person)
        if member.team not in self._teams:
            raise ConflictError("conflict", f"there is no team {member.team}")
        if self._members.get((member.team, member.person)) == member:
            return False
        self._members[member.team, member.person] = member
        self._append(leaf)
        self._keep_once(once)
        return True

    async def remove_member(self, team: str, person: str, leaf: Leaf, once: Once | None = None) -> bool:
        self._check_once(once)
        if self._members.pop((team, person), None) is None:
            return False
        self._append(leaf)
        self._keep_once(once)
        return True

    async def roles_of(self, person: str) -> Mapping[str, Role]:
        teams = {member.team for member in await self.memberships(person)}
        roles: dict[str, Role] = {}
        for grant in self._grants.values():
            if grant.person == person or grant.team in teams:
                roles[grant.issuer] = max(grant.role, roles.get(grant.issuer, grant.role), key=ROLES.index)
        return roles

    async def grants(self, issuer: str | None = None) -> list[Grant]:
        return [self._grants[key] for key in sorted(self._grants) if issuer in (None, key[0])]

    async def put_grant(self, grant: Grant, leaf: Leaf, once: Once | None = None) -> bool:
        self._check_once(once)
        there = grant.team in self._teams if grant.team else grant.person in self._people
        if not there or grant.issuer not in self._issuers:
            raise ConflictError("conflict", f"there is no {grant.issuer} or {grant.holder}")
        if self._grants.get((grant.issuer, grant.holder)) == grant:
            return False
        self._grants[grant.issuer, grant.holder] = grant
        self._append(leaf)
        self._keep_once(once)
        return True

    async def remove_grant(self, grant: Grant, leaf: Leaf, once: Once | None = None) -> bool:
        self._check_once(once)
        if self._grants.get((grant.issuer, grant.holder)) != grant:
            return False
        del self._grants[grant.issuer, grant.holder]
        self._append(leaf)
        self._keep_once(once)
        return True

    def _needs_person(self, id: str) -> None:
        if id not in self._people:
            raise ConflictError("conflict", f"there is nobody with the id {id}")
