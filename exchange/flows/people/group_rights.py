"""What a company's groups give somebody here, made so at each sign-in, each change in the log.

Only what the rules could have given is ever taken: a team they name, a role they name at an issuer they name,
being an operator if some rule says so. What was granted by hand beside them stays, and is never lowered. The
last owner of an issuer stays one, and the last operator, until somebody else is: nobody is kept from signing
in by what cannot be taken from them yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from exchange.core.sign_in.groups import ROLES, Granted, Role, granted
from exchange.errors import ConflictError
from exchange.flows.instance.standing import check_writable
from exchange.flows.people.logged import member_leaf, operator_leaf, role_leaf
from exchange.flows.people.records import Grant, Member, Person
from exchange.flows.ports import Ports
from exchange.flows.records import OPERATOR


async def follow_groups(ports: Ports, person: Person, groups: Iterable[str]) -> Person:
    """Grant and withdraw as the rules say; the person as they are then. Teams and issuers that are named but
    not there yet are left out. UnavailableError("read_only") if there is something to change."""
    due = granted(groups, ports.group_rules)
    await _follow_teams(ports, person, due)
    await _follow_roles(ports, person, due)
    if any(rule.operator for rule in ports.group_rules) and person.operator is not due.operator:
        await check_writable(ports)
        became = replace(person, operator=due.operator)
        with _last_ones_stay():
            leaf = operator_leaf(became, ports.now(), ports.new_salt())
            await ports.store.change_person(became, leaf, was=person)
            person = became
        if person.operator:
            await ports.store.settle_meta(OPERATOR, person.id)
    return person


@contextmanager
def _last_ones_stay() -> Iterator[None]:
    try:
        yield
    except ConflictError as error:
        if error.code not in ("last_owner", "last_operator"):
            raise


async def _follow_teams(ports: Ports, person: Person, due: Granted) -> None:
    held = {member.team for member in await ports.store.memberships(person.id)}
    for slug in sorted({rule.team for rule in ports.group_rules if rule.team}):
        if (slug in held) is (slug in due.teams) or await ports.store.team(slug) is None:
            continue
        await check_writable(ports)
        member, on = Member(slug, person.id), slug in due.teams
        leaf = member_leaf(member, ports.now(), ports.new_salt(), on=on)
        if on:
            await ports.store.put_member(member, leaf)
        else:
            with _last_ones_stay():
                await ports.store.remove_member(slug, person.id, leaf)


async def _follow_roles(ports: Ports, person: Person, due: Granted) -> None:
    there = {issuer.slug for issuer in await ports.store.issuers()} if ports.group_rules else set()
    for slug in sorted({rule.issuer for rule in ports.group_rules if rule.issuer} & there):
        own = (one for one in await ports.store.grants(slug) if one.person == person.id)
        held = next(own, None)
        role = _role_due(ports, slug, held.role if held else None, due.roles.get(slug))
        if role == (held.role if held else None):
            continue
        await check_writable(ports)
        if role is not None:
            grant = Grant(slug, role, person.id)
            with _last_ones_stay():
                await ports.store.put_grant(grant, role_leaf(grant, ports.now(), ports.new_salt()))
        elif held is not None:
            leaf = role_leaf(held, ports.now(), ports.new_salt(), on=False)
            with _last_ones_stay():
                await ports.store.remove_grant(held, leaf)


def _role_due(ports: Ports, slug: str, held: Role | None, due: Role | None) -> Role | None:
    """What the role becomes: as the rules say, if they could have given the one that is held; else the
    stronger of the two."""
    named = {rule.role for rule in ports.group_rules if rule.issuer == slug}
    if held is None or held in named:
        return due
    return max(held, due or held, key=ROLES.index)
