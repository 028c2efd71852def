"""Erase: forget a person for good, here and in whatever copy of the database comes back.

What goes: their name, handle, picture and addresses, how they sign in, their teams and roles, mails to them,
their rows of rosters, badges that they brought from elsewhere, what they said of others and others of them,
and of their badges everything that says who they are and what was written about them.
What stays: each badge's id, its place in the status lists, so that a copy they hold is valid or revoked as
before, the digest of what was signed, the log's entries, which are commitments that nobody can open any more,
and of their handles a digest under a key of ours: nobody else is called so, and gets what was meant for them.

Who runs the exchange stops doing so first, in a transaction of its own that refuses the last one. Then the
ids go to a list outside the database (`Witness`), then the rows, in one transaction, and then the bytes that
deleted rows leave in files (`Store.scrub`). That takes as long as the files are large, so no request waits
for it: `scrub_for_ever` does it at once, and the sweep until it succeeds. Whenever a database is opened that
knows less than the list, `erase_again` brings it there, before anything is served. It logs nothing: the
entry is in the log that the erasure was made in, and a log that was put back must not grow before its
operator has looked at it (`flows/instance/restore.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from exchange.core.log.entry import read_entry
from exchange.core.orders import recipient_of
from exchange.errors import ExchangeError, InputError, NotFoundError
from exchange.flows.endorsements.together import ids_of
from exchange.flows.instance.standing import check_writable
from exchange.flows.people.handles import mark_of_handle
from exchange.flows.people.logged import erase_leaf, member_leaf, operator_leaf, role_leaf
from exchange.flows.people.people import find
from exchange.flows.people.records import Erasure, Grant, Member, Person
from exchange.flows.people.rights import check, is_self
from exchange.flows.ports import Ports
from exchange.flows.records import Leaf
from exchange.flows.sign_in.limits import mail_quotas
from exchange.flows.sign_in.secrets import hash_of


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be erased, and what with them. `person` is None for who was awarded badges and never came;
    `word` is what has to be typed to confirm it; `orders` are rows of rosters, and awards that wait;
    `endorsements` are those by and about them, vouches too, and the credentials of their keys."""

    person: Person | None
    word: str
    addresses: tuple[str, ...]
    badges: tuple[str, ...]
    teams: tuple[Member, ...] = ()
    grants: tuple[Grant, ...] = ()
    orders: tuple[str, ...] = ()
    endorsements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: the account's id, and how many badges."""

    account: str
    badges: int


async def preview(ports: Ports, name: str) -> Preview:
    """What erasing them would take away: somebody as `find` finds them, or whose address has badges.

    NotFoundError("unknown_person"); ForbiddenError unless it is they themselves, or an operator.
    """
    try:
        person = await find(ports, name)
    except NotFoundError:
        return await _stranger(ports, name)
    if not is_self(ports, person.id):
        check(ports, "acknowledge")  # operators only, and no token
    rows = await ports.store.addresses(person.id)
    addresses = tuple(row.address for row in rows)
    return Preview(
        person,
        next((row.address for row in rows if row.is_primary), person.handle or person.name),
        addresses,
        await _badges_of(ports, [f"mailto:{address}" for address in addresses]),
        tuple(await ports.store.memberships(person.id)),
        tuple(grant for grant in await ports.store.grants() if grant.person == person.id),
        await _orders_for(ports, [f"mailto:{address}" for address in addresses]),
        tuple(await ids_of(ports, person.id)),
    )


async def _stranger(ports: Ports, name: str) -> Preview:
    check(ports, "acknowledge")
    unknown = NotFoundError("unknown_person", f"There is nobody {name!r:.120} here.")
    try:
        recipient = recipient_of(name)
    except InputError:
        raise unknown from None
    badges, orders = await _badges_of(ports, [recipient]), await _orders_for(ports, [recipient])
    if not badges and not orders:
        raise unknown
    address = recipient.removeprefix("mailto:")
    return Preview(None, address, (address,) if address != recipient else (), badges, orders=orders)


async def erase(ports: Ports, name: str, typed: str) -> Erased:
    """Erase somebody; `typed` must be the preview's `word`. Their bytes leave the database's files soon
    after, or by a `Store.scrub` that somebody waits for.

    InputError("erase_unconfirmed"), ConflictError("last_operator"), and as `preview`; UnavailableError of a
    read-only exchange.
    """
    seen = await preview(ports, name)
    if typed.strip().casefold() != seen.word.casefold():
        raise InputError("erase_unconfirmed", f"To erase them, type {seen.word} in full.", "typed")
    await check_writable(ports)
    if seen.person is not None and seen.person.operator:
        # By itself, before the list: what stands there is erased, whatever is refused afterwards.
        demoted = replace(seen.person, operator=False)
        leaf = operator_leaf(demoted, ports.now(), ports.new_salt())
        await ports.store.change_person(demoted, leaf, was=seen.person)
    account = seen.person.id if seen.person else ports.new_id()
    erasure = Erasure(
        ports.new_id(),
        (account, *await _merged_into(ports, account)),
        (*seen.badges, *seen.endorsements),
        tuple(hash_of(quota.key) for one in seen.addresses for quota in mail_quotas(one, "")),
        seen.orders,
        await _handles_of(ports, seen.person) if seen.person else (),
    )
    await ports.witness.keep_erased(_names(erasure))
    await ports.store.erase(erasure, _leaves(ports, account, seen))
    ports.broom.ring()
    return Erased(account, len(seen.badges))


async def _handles_of(ports: Ports, person: Person) -> tuple[str, ...]:
    """The marks of every handle that was theirs: whoever was called so would be taken for them."""
    left = await ports.store.handle_marks(person.id)
    return tuple(sorted({*left, await mark_of_handle(ports, person.handle)} if person.handle else left))


async def scrub_for_ever(ports: Ports) -> None:
    """Take the bytes of whom this process erased out of the database's files, until cancelled. What fails is
    on record, and the sweep's to repeat."""
    with ports.broom.listen() as rung:
        while True:
            await rung.wait()
            rung.clear()
            try:
                await ports.store.scrub()
            except ExchangeError as error:
                logging.getLogger("exchange").warning("the files are cleaned by the next sweep: %s", error)


async def erase_again(ports: Ports, names: Collection[str] | None = None) -> int:
    """Erase whom the list names (that of this home, or `names`) and this database still knows: how many
    accounts and badges. UnavailableError of a database or file that does not answer."""
    split = [name.partition("/")[::2] for name in (await ports.witness.erased() if names is None else names)]
    accounts = [id for kind, id in split if kind == "account" and await _knows_person(ports, id)]
    badges = [id for kind, id in split if kind == "badge" and await _knows_badge(ports, id)]
    free = {id for kind, id in split if kind == "handle"} - set(await ports.store.handle_marks(""))
    if accounts or badges or free:
        erasure = Erasure(ports.new_id(), tuple(accounts), tuple(badges), handles=tuple(sorted(free)))
        await ports.store.erase(erasure)
        await ports.store.scrub()
    return len(accounts) + len(badges)


async def _knows_person(ports: Ports, id: str) -> bool:
    person = await ports.store.person(id)
    return person is not None and person.state != "erased"


async def _knows_badge(ports: Ports, id: str) -> bool:
    badge = await ports.store.badge(id)
    return badge is not None and badge.recipient != ""


async def _badges_of(ports: Ports, recipients: Sequence[str]) -> tuple[str, ...]:
    found = [await ports.store.awarded_to(recipient) for recipient in recipients]
    return tuple(dict.fromkeys(chain.from_iterable(found)))


async def _orders_for(ports: Ports, recipients: Sequence[str]) -> tuple[str, ...]:
    found = [await ports.store.orders_for(recipient) for recipient in recipients]
    return tuple(chain.from_iterable(found))


async def _merged_into(ports: Ports, account: str) -> list[str]:
    """The accounts that became part of this one: an older copy of the database still has them."""
    found, left = [], [account]
    while left:
        into = left.pop()
        for record in await ports.store.log_about(f"account:{into}"):
            said = record.content or {}
            if read_entry(record.entry).kind == "merge" and said.get("into") == into:
                left.append(str(said["account"]))
                found.append(left[-1])
    return found


def _names(erasure: Erasure) -> list[str]:
    return [
        *(f"account/{id}" for id in erasure.accounts),
        *(f"badge/{id}" for id in erasure.badges),
        *(f"handle/{mark}" for mark in erasure.handles),
    ]


def _leaves(ports: Ports, account: str, seen: Preview) -> list[Leaf]:
    now, salt = ports.now(), ports.new_salt
    leaves = [role_leaf(grant, now, salt(), on=False) for grant in seen.grants]
    leaves += [member_leaf(member, now, salt(), on=False) for member in seen.teams]
    return [*leaves, erase_leaf(account, now, salt())]
