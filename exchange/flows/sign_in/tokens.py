"""Tokens: what a program acts with for a person, no further than its scopes and their rights."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from exchange.errors import ForbiddenError, InputError, NotFoundError, UnavailableError
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import notices
from exchange.flows.people.logged import token_leaf
from exchange.flows.people.records import SCOPES, Principal, Scope, Token
from exchange.flows.people.rights import check, check_self, is_self
from exchange.flows.ports import Ports
from exchange.flows.sign_in.secrets import TOKEN_PREFIX, hash_of
from exchange.flows.sign_in.sign_in import SEEN_EVERY, check_name

MAX_DAYS = 366


async def tokens(ports: Ports, person: str | None = None) -> list[Token]:
    """A person's tokens, or everybody's. ForbiddenError."""
    if person is None:
        check(ports, "people")
    else:
        check_self(ports, person)
    return await ports.store.tokens(person)


async def add(
    ports: Ports, person: str, name: str, scopes: Sequence[str], days: int | None = 90
) -> tuple[Token, str]:
    """A new token and its secret, which is told this once. `days` None: good until it is removed.

    Only a person themselves, or the shell, can have one made: else to make one would be to become them.
    InputError: scopes_malformed, name_malformed, days_malformed. NotFoundError("unknown_person");
    ForbiddenError. UnavailableError("read_only").
    """
    await check_writable(ports)
    if ports.who.method != "shell" and not is_self(ports, person):
        raise ForbiddenError("not_permitted", "A token is made by the person it is for, signed in.")
    holder = await ports.store.person(person)
    if holder is None:
        raise NotFoundError("unknown_person", f"There is nobody {person!r:.60} here.")
    wanted: tuple[Scope, ...] = tuple(scope for scope in SCOPES if scope in scopes)
    if not wanted or set(scopes) - set(SCOPES):
        raise InputError("scopes_malformed", f"A token has one or more of {', '.join(SCOPES)}.", "scopes")
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise InputError("days_malformed", f"A token lasts 1 to {MAX_DAYS} days, or for good.", "days")
    secret, now = TOKEN_PREFIX + ports.new_secret(), ports.now()
    until = now + timedelta(days=days) if days else None
    token = Token(ports.new_id(), hash_of(secret), person, check_name(name), wanted, now, until)
    leaf = token_leaf(token, now, ports.new_salt())
    await ports.store.put_token(token, leaf, await notices(ports, holder, "token-made", token.name))
    ports.bell.ring()
    return token, secret


async def own(ports: Ports) -> Token:
    """The token that who acts holds, which is all that a program learns of an account. NotFoundError for who
    came without one."""
    for token in await ports.store.tokens(ports.who.person) if ports.who.token else []:
        if token.id == ports.who.token:
            return token
    raise NotFoundError("unknown_token", "You did not send a token.")


async def remove(ports: Ports, id: str) -> Token:
    """Take a token away; it is good for nothing from then on. A program may give up the one that it holds:
    whoever finds a token somewhere can do no better. NotFoundError("unknown_token");
    UnavailableError("read_only")."""
    await check_writable(ports)
    mine = ports.who.person
    known = await ports.store.tokens(mine) if is_self(ports, mine) or ports.who.token == id else []
    token = next((one for one in known if one.id == id), None)
    if token is None:
        check(ports, "people")
        token = next((one for one in await ports.store.tokens() if one.id == id), None)
    if token is None or not await ports.store.remove_token(
        id, token_leaf(token, ports.now(), ports.new_salt(), on=False)
    ):
        raise NotFoundError("unknown_token", f"There is no token {id!r:.60} any more.")
    return token


async def who_holds(ports: Ports, secret: str) -> Principal | None:
    """Who a token stands for, while it is good, and no further than its scopes."""
    found = await ports.store.token(hash_of(secret)) if secret.startswith(TOKEN_PREFIX) else None
    now = ports.now()
    if found is None or found[1].state != "active":
        return None
    token, person = found
    if token.expires_at is not None and token.expires_at <= now:
        return None
    if token.last_used_at is None or now - token.last_used_at >= SEEN_EVERY:
        with suppress(UnavailableError):  # as in `sign_in.who_has`
            await ports.store.touch_token(token.id, now)
    return Principal(
        person.id,
        "token",
        person.name,
        operator=person.operator,
        roles=await ports.store.roles_of(person.id),
        scopes=frozenset(token.scopes),
        token=token.id,
    )
