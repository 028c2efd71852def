"""Teams: people under one name. A team may hold roles, so who is in it is in the log."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace

from exchange.errors import AlreadyDoneError, ConflictError, ForbiddenError, InputError, NotFoundError
from exchange.flows.instance.standing import check_writable
from exchange.flows.once import first_time
from exchange.flows.people.logged import member_leaf, role_leaf
from exchange.flows.people.people import find
from exchange.flows.people.records import Member, Team
from exchange.flows.people.rights import check, is_self, may
from exchange.flows.ports import Ports
from exchange.flows.records import Once
from exchange.flows.sign_in.sign_in import check_name

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,38}[a-z0-9]", re.ASCII)


async def find_team(ports: Ports, slug: str) -> Team:
    """NotFoundError("unknown_team")."""
    team = await ports.store.team(slug)
    if team is None:
        raise NotFoundError("unknown_team", f"There is no team {slug!r:.60} here.")
    return team


async def teams(ports: Ports) -> list[Team]:
    """Every team, for who may change them; else one's own. By slug."""
    found = await ports.store.teams()
    if may(ports.who, "teams"):
        return found
    own = {member.team for member in await ports.store.memberships(ports.who.person)}
    return [team for team in found if team.slug in own]


async def members(ports: Ports, slug: str) -> list[Member]:
    """Who is in a team, for who is in it too. ForbiddenError, also where there is no team: which there are,
    nobody else is told. NotFoundError("unknown_team")."""
    found = await ports.store.members(slug)
    if ports.who.person not in {member.person for member in found}:
        check(ports, "teams")
    await find_team(ports, slug)
    return found


async def add(ports: Ports, slug: str, name: str) -> Team:
    """Create a team, or give it another name. InputError: slug_malformed, name_malformed. ForbiddenError."""
    team = _team(ports, slug, name)
    await ports.store.put_team(team)
    return team


async def begin(ports: Ports, slug: str, name: str, once: Once | None = None) -> Team:
    """Create a team that is not there yet. As `add`; ConflictError("team_known")."""
    team = _team(ports, slug, name)
    with suppress(AlreadyDoneError):
        if not await ports.store.put_team(team, await first_time(ports, once), new=True):
            raise ConflictError("team_known", f"There is a team {slug} already.", "slug")
    return team


async def rename(ports: Ports, slug: str, name: str, once: Once | None = None) -> Team:
    """Give a team another name. InputError("name_malformed"), NotFoundError("unknown_team"),
    ForbiddenError."""
    check(ports, "teams")
    team = Team((await find_team(ports, slug)).slug, check_name(name))
    with suppress(AlreadyDoneError):
        await ports.store.put_team(team, await first_time(ports, once))
    return team


def _team(ports: Ports, slug: str, name: str) -> Team:
    check(ports, "teams")
    if not SLUG.fullmatch(slug):
        said = "A team is typed with 2 to 40 letters a to z, digits and hyphens, and no hyphen at its ends."
        raise InputError("slug_malformed", said, "slug")
    return Team(slug, check_name(name))


async def remove(ports: Ports, slug: str, once: Once | None = None) -> Team:
    """Take a team away, with the roles it held. NotFoundError("unknown_team"), ForbiddenError."""
    check(ports, "teams")
    try:
        kept = await first_time(ports, once)
        team = await find_team(ports, slug)
        await check_writable(ports)
        now, held = ports.now(), await ports.store.grants()
        leaves = [role_leaf(one, now, ports.new_salt(), on=False) for one in held if one.team == slug]
        members = await ports.store.members(slug)
        leaves += [member_leaf(one, now, ports.new_salt(), on=False) for one in members]
        await ports.store.remove_team(slug, leaves, kept and replace(kept, answer=team.name))
    except AlreadyDoneError as done:
        return Team(slug, done.answer)
    return team


async def join(
    ports: Ports, slug: str, person: str, *, lead: bool = False, once: Once | None = None
) -> Member:
    """Add somebody, as a lead or not; what the team may do, they may from now on. For its leads.

    NotFoundError: unknown_team, unknown_person. ConflictError("already_member"), ForbiddenError.
    """
    await check_lead(ports, slug)
    team = await find_team(ports, slug)
    member = Member(team.slug, (await find(ports, person)).id, lead)
    with suppress(AlreadyDoneError):
        kept = await first_time(ports, once, member.person)
        await check_writable(ports)
        if not await ports.store.put_member(member, member_leaf(member, ports.now(), ports.new_salt()), kept):
            raise ConflictError("already_member", f"{person} is in {slug} already, just so.")
    return member


async def leave(ports: Ports, slug: str, person: str, once: Once | None = None) -> Member:
    """Let somebody go: its leads may, and everybody themselves. As `join`; ConflictError("no_member")."""
    if not await _is_own(ports, person):
        await check_lead(ports, slug)
    known = await find(ports, person)
    if await ports.store.team(slug) is None and not may(ports.who, "teams"):
        raise _no_member(slug, person)
    member = Member((await find_team(ports, slug)).slug, known.id)
    leaf = member_leaf(member, ports.now(), ports.new_salt(), on=False)
    with suppress(AlreadyDoneError):
        kept = await first_time(ports, once, known.id)
        await check_writable(ports)
        if not await ports.store.remove_member(slug, known.id, leaf, kept):
            raise _no_member(slug, person)
    return member


def _no_member(slug: str, person: str) -> ConflictError:
    return ConflictError("no_member", f"{person:.120} is not in {slug:.60}.")


async def _is_own(ports: Ports, person: str) -> bool:
    """Whether who acts means themselves."""
    with suppress(NotFoundError):
        return is_self(ports, (await find(ports, person)).id)
    return False


async def check_lead(ports: Ports, slug: str) -> None:
    """ForbiddenError unless who acts leads the team, or is an operator: asked before anything is told of the
    team or of people."""
    leads = {member.person for member in await ports.store.members(slug) if member.lead}
    if may(ports.who, "teams") or (ports.who.scopes is None and ports.who.person in leads):
        return
    raise ForbiddenError("not_permitted", f"It takes a lead of {slug:.60}, or an operator.")
