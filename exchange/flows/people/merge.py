"""Merge: two accounts that are one person become one, in one transaction with all that ends by it."""

from __future__ import annotations

from dataclasses import replace

from exchange.errors import ConflictError, ForbiddenError, NotFoundError
from exchange.flows.endorsements.endings import publish_anyway
from exchange.flows.endorsements.logged import endorser_key_leaf
from exchange.flows.endorsements.together import joining
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import notices
from exchange.flows.people.handles import marks_of
from exchange.flows.people.logged import (
    member_leaf,
    merge_leaf,
    operator_leaf,
    passkey_leaf,
    publish_leaf,
    role_leaf,
    token_leaf,
)
from exchange.flows.people.records import NO_MARKS, ROLES, Address, Grant, Member, Person, Seen
from exchange.flows.people.rights import check_not_suspended
from exchange.flows.ports import Ports
from exchange.flows.records import Leaf

_TRIES = 5


async def merge_accounts(ports: Ports, proved: Address, target: str, tries: int = _TRIES) -> Person:
    """Both were proved: `target` is signed in, and has read a mail to the other one's address.

    Of two handles theirs stays; the other one is nobody's else, and what was public under it is so no more,
    for they never put it under theirs. Who has none takes the other's, with what is public there.
    UnavailableError("read_only").
    """
    await check_writable(ports)
    try:
        became, ended = await _merge_once(ports, proved, target)
    except ConflictError as error:  # one of them was changed, or has signed something just now
        if error.code != "conflict" or tries == 1:
            raise
        return await merge_accounts(ports, proved, target, tries - 1)
    ports.bell.ring()
    await publish_anyway(ports, ended)
    return became


async def _merge_once(ports: Ports, proved: Address, name: str) -> tuple[Person, list[str]]:
    """Who they are now, and what does not stand any more."""
    source = proved.person
    other, target = await ports.store.person(source), await ports.store.person(name)
    if target is None:
        raise NotFoundError("unknown_person", f"There is nobody {name!r:.120} here.")
    if other is None or other.is_suspended:
        raise ForbiddenError(
            "account_suspended", "The other account is suspended: it cannot become part of this."
        )
    check_not_suspended(target)
    now = ports.now()
    handle = target.handle or other.handle
    became = replace(target, handle=handle, operator=target.operator or other.operator)
    marks = await marks_of(ports, other.handle, None) if target.handle else NO_MARKS
    seen = await _seen(ports, source, target.id)
    grants, leaves = _merged_roles(ports, seen, target.id)
    leaves += _merged_teams(ports, seen, target.id)
    if became.operator and not target.operator:
        leaves.append(operator_leaf(became, now, ports.new_salt()))
    leaves += _merged_ways(ports, seen, target.id)
    for one in await ports.store.publications(source):
        goes_on = replace(one, person=target.id)
        leaves.append(publish_leaf(goes_on, now, ports.new_salt(), on=not target.handle))
    leaves.append(merge_leaf(source, target.id, now, ports.new_salt()))
    joins, told = await joining(ports, source, target.id)
    for account in (target, other):
        told += await notices(ports, account, "accounts-merged", proved.address)
    await ports.store.merge(source, became, grants, leaves, told, joins, marks, seen)
    return became, [one.change.badge for one in joins.endings]


async def _seen(ports: Ports, source: str, target: str) -> Seen:
    members = [*await ports.store.memberships(source), *await ports.store.memberships(target)]
    return Seen(
        source,
        tuple(grant for grant in await ports.store.grants() if grant.person in (source, target)),
        tuple(members),
        tuple(await ports.store.tokens(source)),
        tuple(await ports.store.passkeys(source)),
        tuple(await ports.store.endorser_keys(source)),
    )


def _merged_ways(ports: Ports, seen: Seen, target: str) -> list[Leaf]:
    """Its keys sign for the other, and so does a passkey that was added in this very moment; tokens of it are
    good for nothing any more."""
    now = ports.now()
    leaves = [token_leaf(one, now, ports.new_salt(), on=False) for one in seen.tokens]
    for one in seen.passkeys:
        leaves.append(passkey_leaf(replace(one, person=target), now, ports.new_salt()))
    for key in seen.keys:
        leaves.append(endorser_key_leaf(replace(key, person=target), now, ports.new_salt()))
    return leaves


def _merged_roles(ports: Ports, seen: Seen, target: str) -> tuple[list[Grant], list[Leaf]]:
    """Their own roles together, of two at one issuer the stronger; and what that changes, for the log."""
    now = ports.now()
    before = {grant.issuer: grant for grant in seen.grants if grant.person == target}
    gone = [grant for grant in seen.grants if grant.person == seen.source]
    after = dict(before)
    for grant in gone:
        role = max(grant.role, after.get(grant.issuer, grant).role, key=ROLES.index)
        after[grant.issuer] = Grant(grant.issuer, role, target)
    leaves = [role_leaf(grant, now, ports.new_salt(), on=False) for grant in gone]
    changed = [grant for slug, grant in after.items() if before.get(slug) != grant]
    return list(after.values()), leaves + [role_leaf(grant, now, ports.new_salt()) for grant in changed]


def _merged_teams(ports: Ports, seen: Seen, target: str) -> list[Leaf]:
    now = ports.now()
    before = {member.team: member for member in seen.members if member.person == target}
    leaves = []
    for member in seen.members:
        if member.person != seen.source:
            continue
        leaves.append(member_leaf(member, now, ports.new_salt(), on=False))
        lead = member.lead or (member.team in before and before[member.team].lead)
        joined = Member(member.team, target, lead)
        if before.get(member.team) != joined:
            leaves.append(member_leaf(joined, now, ports.new_salt()))
    return leaves
