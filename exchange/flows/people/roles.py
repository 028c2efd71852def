"""Roles: who may do what at an issuer, granted and withdrawn; each time in the log."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from exchange.errors import AlreadyDoneError, ConflictError, ForbiddenError, InputError
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer
from exchange.flows.once import first_time
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.people import find
from exchange.flows.people.records import ROLES, Grant, Role
from exchange.flows.people.rights import check, may
from exchange.flows.people.teams import find_team
from exchange.flows.ports import Ports
from exchange.flows.records import Once

TEAM = "team/"
"""What the name of a team begins with, where a person could be meant as well."""


async def roles(ports: Ports, slug: str) -> list[Grant]:
    """Who holds which role at an issuer. NotFoundError("unknown_issuer"), ForbiddenError."""
    await issuer(ports, slug)
    if not may(ports.who, "grant", slug):
        check(ports, "read", slug)
    return await ports.store.grants(slug)


async def grant(ports: Ports, slug: str, holder: str, role: str, once: Once | None = None) -> Grant:
    """Give a person (by handle, address or id) or `team/SLUG` a role, instead of the one they held.

    NotFoundError: unknown_issuer, unknown_person, unknown_team. InputError("unknown_role");
    ConflictError: already_granted, last_owner; ForbiddenError.
    """
    named = _role_named(role)
    await _check(ports, slug)
    one = await _grant(ports, slug, holder, named)
    with suppress(AlreadyDoneError):
        kept = await first_time(ports, once, one.holder)
        if named != "owner":
            await _check_owned(ports, slug, one.holder)
        if not await ports.store.put_grant(one, role_leaf(one, ports.now(), ports.new_salt()), kept):
            said = f"{holder} is {role} at {slug} already; nothing was changed."
            raise ConflictError("already_granted", said)
    return one


async def withdraw(ports: Ports, slug: str, holder: str, once: Once | None = None) -> Grant:
    """Take a role away. As `grant`; ConflictError: not_granted, last_owner."""
    await _check(ports, slug)
    wanted = await _grant(ports, slug, holder, "viewer", known=True)
    known = next((one for one in await ports.store.grants(slug) if one.holder == wanted.holder), None)
    try:
        kept = await first_time(ports, once, f"{known.role if known else ''} {wanted.holder}")
        await _check_owned(ports, slug, wanted.holder)
        if known is None or not await ports.store.remove_grant(
            known, role_leaf(known, ports.now(), ports.new_salt(), on=False), kept
        ):
            raise ConflictError("not_granted", f"{holder} has no role of their own at {slug}.")
    except AlreadyDoneError as done:
        return replace(wanted, role=_role_named(done.answer.partition(" ")[0]))
    return known


async def held(ports: Ports, slug: str, holder: str) -> Grant | None:
    """The role that a person (by id) or `team/SLUG` holds themself at an issuer. ForbiddenError."""
    return next((one for one in await roles(ports, slug) if holder in (one.person, one.holder)), None)


async def _check_owned(ports: Ports, slug: str, leaving: str) -> None:
    """ConflictError("last_owner") if nobody else could say who has which role there."""
    owners = {one.holder: one for one in await ports.store.grants(slug) if one.role == "owner"}
    if owners.pop(leaving, None) is None:
        return
    for one in owners.values():
        members = await ports.store.members(one.team) if one.team else []
        for id in [one.person] if one.person else [member.person for member in members]:
            person = await ports.store.person(id)
            if person is not None and person.state == "active":
                return
    raise ConflictError(
        "last_owner", f"That is the last owner of {slug}. Make somebody else an owner before."
    )


async def _check(ports: Ports, slug: str) -> None:
    await issuer(ports, slug)
    check(ports, "grant", slug)
    await check_writable(ports)


async def _grant(ports: Ports, slug: str, holder: str, role: Role, *, known: bool = False) -> Grant:
    if holder.startswith(TEAM):
        return Grant(slug, role, team=(await find_team(ports, holder.removeprefix(TEAM))).slug)
    person = await find(ports, holder)
    if person.state != "active" and not known:
        raise ForbiddenError("account_suspended", f"{holder} is suspended, and cannot hold a role.")
    return Grant(slug, role, person.id)


def _role_named(role: str) -> Role:
    for known in ROLES:
        if known == role:
            return known
    raise InputError("unknown_role", f"A role is one of {', '.join(reversed(ROLES))}.", "role")
