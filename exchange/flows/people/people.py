"""People: who has an account, what they are called, their addresses, and two accounts that are one person."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from exchange.core.address import account_address
from exchange.core.handles import check_handle
from exchange.core.plain_text import plain
from exchange.errors import AlreadyDoneError, ConflictError, ForbiddenError, InputError, NotFoundError
from exchange.flows.badges.status import MAX_REASON, check_reason
from exchange.flows.endorsements.endings import halts, publish_anyway
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import ENGLISH, address_mail, notices
from exchange.flows.once import first_time
from exchange.flows.people.handles import marks_of
from exchange.flows.people.logged import (
    account_leaf,
    operator_leaf,
    profile_leaf,
)
from exchange.flows.people.merge import merge_accounts
from exchange.flows.people.records import (
    Address,
    Member,
    Person,
    Role,
    Ticket,
)
from exchange.flows.people.rights import check, check_confirmed, check_self
from exchange.flows.ports import Ports
from exchange.flows.records import OPERATOR, Badge, Once
from exchange.flows.sign_in.limits import check_limit, mail_quotas
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.sign_in.sign_in import MAIL_LIFE, check_name, hand_out, link_spent

PAGE = 50
_TRIES = 5


@dataclass(frozen=True, slots=True)
class View:
    """A person with what belongs to them."""

    person: Person
    addresses: list[Address]
    teams: list[Member]
    roles: dict[str, Role]


async def find(ports: Ports, name: str) -> Person:
    """By handle, by an address that is theirs, or by id. NotFoundError("unknown_person")."""
    name = name.strip()
    if "@" in name:
        known = await ports.store.address(account_address(name))
        person = await ports.store.person(known.person) if known and not known.former else None
    else:
        # By id first: a handle may look like the id of somebody else.
        person = await ports.store.person(name) or await ports.store.person_called(name)
    if person is None or person.state == "erased":
        raise NotFoundError("unknown_person", f"There is nobody {name!r:.120} here.")
    return person


async def find_own(ports: Ports, name: str) -> Person:
    """`find`, for its person and who looks after people: nobody else is told whether there is an account.
    ForbiddenError."""
    try:
        known = await find(ports, name)
    except NotFoundError:
        check(ports, "people")
        raise
    check_self(ports, known.id)
    return known


async def people(
    ports: Ports, before: str | None = None, search: str = ""
) -> tuple[list[Person], str | None]:
    """A page of everybody, or of whose name, handle or address has `search` in it, newest first; and the
    `before` of the next page. ForbiddenError."""
    check(ports, "people")
    found = await ports.store.people(PAGE + 1, before, plain(search))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


async def view(ports: Ports, name: str) -> View:
    """Somebody, as `find_own` finds them, with addresses, teams and roles."""
    person = await find_own(ports, name)
    return View(
        person,
        await ports.store.addresses(person.id),
        await ports.store.memberships(person.id),
        dict(await ports.store.roles_of(person.id)),
    )


async def add(
    ports: Ports, name: str, address: str, handle: str | None = None, once: Once | None = None
) -> Person:
    """Invite somebody: they can sign in by mail to that address, which verifies it.

    ConflictError: handle_taken, address_taken. InputError: name_malformed, address_malformed,
    handle_malformed. ForbiddenError.
    """
    check(ports, "people")
    now = ports.now()
    person = Person(ports.new_id(), check_name(name), now, handle and check_handle(handle))
    addresses = [Address(account_address(address), person.id, None)]
    marks = await marks_of(ports, None, person.handle)
    try:
        known = await first_time(ports, once, person.id)
        await ports.store.put_person(person, addresses, once=known, marks=marks)
    except AlreadyDoneError as done:
        return await find(ports, done.answer)
    return person


async def change(
    ports: Ports,
    person: str,
    *,
    name: str | None = None,
    handle: str | None = None,
    language: str | None = None,
) -> Person:
    """Change what is given; a handle of `""` is none. The one they had is nobody else's from then on.
    As `add`; ConflictError("handle_in_use") for who would have none, and shows something to everybody;
    InputError("language_malformed")."""
    known = await find_own(ports, person)
    changed = known
    if name is not None:
        changed = replace(changed, name=check_name(name))
    if handle is not None and handle.strip().lower() != known.handle:  # an older one may be shorter
        changed = replace(changed, handle=check_handle(handle) if handle else None)
        if changed.handle is None and await ports.store.publications(known.id):
            said = "A portfolio is public under it. Take that back first, or choose another handle."
            raise ConflictError("handle_in_use", said, "handle")
    if language is not None:
        if not re.fullmatch(r"([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?", language):
            raise InputError("language_malformed", f"{language!r:.40} is no language tag.", "language")
        changed = replace(changed, language=language)
    marks = await marks_of(ports, known.handle, changed.handle)
    await ports.store.change_person(changed, marks=marks)
    return changed


async def suspend(ports: Ports, person: str, once: Once | None = None) -> Person:
    """Let them in no more; every session of theirs ends at once, and no token of theirs is good.

    ConflictError("already_suspended"), ForbiddenError.
    """
    return await _set_state(ports, person, "suspended", once)


async def reinstate(ports: Ports, person: str, once: Once | None = None) -> Person:
    """Let them in again. ConflictError("already_active"), ForbiddenError."""
    return await _set_state(ports, person, "active", once)


async def _set_state(
    ports: Ports, name: str, state: Literal["active", "suspended"], once: Once | None
) -> Person:
    check(ports, "people")
    known = await find(ports, name)
    if known.operator:
        check(ports, "acknowledge")  # a token does not shut operators out
    if known.id == ports.who.person:
        raise ConflictError("own_account", "Nobody suspends themselves: somebody else has to.")
    changed = replace(known, state=state)
    with suppress(AlreadyDoneError):
        kept = await first_time(ports, once, known.id)
        if known.state == state:
            raise ConflictError(f"already_{state}", f"{known.name} is {state} already; nothing was changed.")
        await check_writable(ports)
        leaf = account_leaf(changed, ports.now(), ports.new_salt())
        await ports.store.change_person(changed, leaf, kept, was=known)
    return changed


# --- profiles: whether what somebody says of others counts ------------------------------------------------


async def suspend_profile(ports: Ports, person: str, reason: str, once: Once | None = None) -> Person:
    """Let what they said of others read "suspended" until that ends, and let them ask, endorse and vouch no
    more; they keep their account. They are told, and why.

    InputError("reason_missing"); ConflictError: "already_suspended", "own_account"; ForbiddenError:
    "not_permitted", "confirmation_needed". UnavailableError.
    """
    check_reason(reason)
    return await _halt(ports, person, plain(reason, MAX_REASON), once)


async def reinstate_profile(ports: Ports, person: str, once: Once | None = None) -> Person:
    """Let all of it read as before. ConflictError("already_active"), as `suspend_profile`."""
    return await _halt(ports, person, "", once)


async def _halt(ports: Ports, name: str, reason: str, once: Once | None) -> Person:
    check(ports, "people")
    if ports.who.scopes is None:  # a program has nothing to confirm
        check_confirmed(ports)
    return await _halt_at_last(ports, name, reason, once)


async def _halt_at_last(
    ports: Ports, name: str, reason: str, once: Once | None, tries: int = _TRIES
) -> Person:
    try:
        return await _halt_once(ports, name, reason, once)
    except ConflictError as error:  # a key of theirs has got a credential since we looked
        if error.code != "conflict" or tries == 1:
            raise
    return await _halt_at_last(ports, name, reason, once, tries - 1)


async def _halt_once(ports: Ports, name: str, reason: str, once: Once | None) -> Person:
    known = await find(ports, name)
    if known.operator:
        check(ports, "acknowledge")  # a token does not silence operators
    if known.id == ports.who.person:
        raise ConflictError("own_account", "Nobody suspends themselves: somebody else has to.")
    changed = replace(known, halted=reason)
    with suppress(AlreadyDoneError):
        kept = await first_time(ports, once, known.id)
        if bool(known.halted) == bool(reason):
            state = "suspended" if reason else "active"
            raise ConflictError(
                f"already_{state}", f"The profile of {known.name} is {state} already; nothing was changed."
            )
        await check_writable(ports)
        leaf = profile_leaf(changed, reason or known.halted, ports.now(), ports.new_salt())
        bits = await halts(ports, changed)
        told = await notices(ports, known, "profile-suspended" if reason else "profile-reinstated", reason)
        await ports.store.change_person(changed, leaf, kept, was=known, bits=bits, parcels=told)
        ports.bell.ring()
        await publish_anyway(ports, [one.change.badge for one in bits])
    return changed


async def set_operator(ports: Ports, person: str, on: bool) -> Person:
    """Make somebody an operator of this exchange, or no longer. ConflictError("already_so");
    ForbiddenError."""
    check(ports, "acknowledge")  # operators only, and no token
    known = await find(ports, person)
    if known.operator is on:
        said = f"{known.name} is an operator already." if on else f"{known.name} is no operator."
        raise ConflictError("already_so", said)
    if on and known.state != "active":
        raise ForbiddenError("account_suspended", f"{known.name} is suspended.")
    await check_writable(ports)
    changed = replace(known, operator=on)
    leaf = operator_leaf(changed, ports.now(), ports.new_salt())
    await ports.store.change_person(changed, leaf, was=known)
    if on:
        await ports.store.settle_meta(OPERATOR, known.id)
    return changed


# --- addresses --------------------------------------------------------------------------------------------


async def add_address(ports: Ports, person: str, address: str) -> None:
    """Mail a link to an address that is to be this person's; `verify_address` spends it.

    Whether the address is somebody else's, only who can read its mail learns.
    InputError("address_malformed"), TooManyError, ForbiddenError.
    """
    known = await find_own(ports, person)
    wanted = account_address(address)
    await check_limit(ports, mail_quotas(wanted, f"person {known.id}"))
    secret, until = ports.new_secret(), ports.now() + MAIL_LIFE
    ticket = Ticket(hash_of(secret), "address", until, wanted, known.id)
    await hand_out(ports, ticket, address_mail(ports, wanted, secret, until, known.language or ENGLISH))


async def verify_address(ports: Ports, secret: str, *, merge: bool = False) -> Person:
    """Spend such a link: the address is theirs who asked, if it is they who act. Whoever else opens that mail
    must not give their address, and the badges that went there, to somebody.

    InputError("link_spent"), ForbiddenError("not_your_link"). ConflictError("address_of_another_account"):
    with `merge`, that account becomes part of this one, which takes somebody who has just proved that it is
    them (ForbiddenError("confirmation_needed")). ConflictError("account_has_passkeys"): whoever reads its
    mail may be somebody else, so it becomes part of none. Nothing is spent before.
    """
    ticket = await ports.store.ticket(hash_of(secret))
    spent = link_spent()
    if ticket is None or ticket.kind != "address" or ticket.expires_at <= ports.now():
        raise spent
    if ticket.person != ports.who.person or ports.who.scopes is not None:
        raise ForbiddenError(
            "not_your_link",
            "This link is for the account that asked for it. Sign in there; if it is not yours, do nothing.",
        )
    person = await find(ports, ticket.person)
    other = await ports.store.address(ticket.address or "")
    taken = other is not None and other.person != person.id and other.verified_at and not other.former
    if taken and other is not None and await ports.store.passkeys(other.person):
        raise ConflictError(
            "account_has_passkeys",
            f"{ticket.address} is the address of another account, which has passkeys, so a mail is not "
            "enough. If it is yours, sign in to it with one of them, and add an address of this account "
            "there: then this one becomes part of it. If both have passkeys, remove those of one account "
            "first.",
        )
    if taken and not merge:
        raise ConflictError(
            "address_of_another_account",
            f"{ticket.address} is the address of another account. If that is yours too, the two can be one.",
            "merge",
        )
    if taken:
        check_confirmed(ports)
        await check_writable(ports)
    if await ports.store.take_ticket(ticket.hash) is None:
        raise spent
    if taken and other is not None:
        return await merge_accounts(ports, other, person.id)
    one = Address(ticket.address or "", person.id, ports.now())
    await ports.store.put_address(one, await notices(ports, person, "address-added", one.address))
    ports.bell.ring()
    return person


async def prefer_address(ports: Ports, person: str, address: str) -> None:
    """Send mail there from now on. NotFoundError("unknown_address"), ForbiddenError."""
    known = await find_own(ports, person)
    wanted = account_address(address)
    told = await notices(ports, known, "address-preferred", wanted)
    if not await ports.store.prefer_address(known.id, wanted, told):
        raise NotFoundError("unknown_address", "That is no address that they have verified.")
    ports.bell.ring()


async def remove_address(ports: Ports, person: str, address: str) -> None:
    """Let nobody in by it any more; badges that went there stay theirs. ConflictError("address_needed") for
    the primary one, NotFoundError("unknown_address"), ForbiddenError."""
    known = await find_own(ports, person)
    wanted = account_address(address)
    one = await ports.store.address(wanted)
    if one is not None and one.person == known.id and one.is_primary:
        raise ConflictError("address_needed", "Mail goes there. Make another address the first one before.")
    told = await notices(ports, known, "address-removed", wanted)
    if not await ports.store.remove_address(known.id, wanted, told):
        raise NotFoundError("unknown_address", "That is no address of theirs.")
    ports.bell.ring()


async def badges(ports: Ports, person: str) -> list[Badge]:
    """What was awarded to them, the oldest first. ForbiddenError."""
    known = await find_own(ports, person)
    return await badges_of(ports, known.id)


async def badges_of(ports: Ports, person: str) -> list[Badge]:
    """What was awarded to any address that the person with that id has verified."""
    found = [
        badge
        for address in await ports.store.addresses(person)
        if address.verified_at
        for badge in await ports.store.badges_to(f"mailto:{address.address}")
    ]
    return sorted(found, key=lambda badge: (badge.intended_at, badge.id))
