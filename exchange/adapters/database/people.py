"""People in the database: who they are, their addresses, identities and passkeys.

Methods first, as the port has them; the effects behind them below, each one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, Protocol

from exchange.adapters.database import (
    endorsement_merge,
    imported,
    last_ones,
    log_writes,
    merging,
    orders,
    outbox,
    speaking,
    vouches,
    writes,
)
from exchange.adapters.database.effects import Rows, Statement, Work, only
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.writes import remembering
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.endorsements.records import Joining
from exchange.flows.people.records import NO_MARKS, Address, Grant, Identity, Marks, Passkey, Person, Seen
from exchange.flows.records import OPERATOR, Ending, Leaf, Once, Parcel

PERSON = "SELECT id, name, created_at, handle, language, operator, state, picture_digest, halted FROM person "
BEFORE = "(created_at, id) < (SELECT created_at, id FROM person WHERE id = ?)"
# A name twice: SQLite knows small letters of ASCII only, so others are found as they are typed.
CALLED = r"""(name LIKE ? ESCAPE '\' OR lower(name) LIKE ? ESCAPE '\' OR handle LIKE ? ESCAPE '\' OR EXISTS (
    SELECT 1 FROM address WHERE address.person = person.id AND address LIKE ? ESCAPE '\'))"""
NEWEST_FIRST = "ORDER BY created_at DESC, id DESC LIMIT ?"
PUT_PERSON = """
    INSERT INTO person (id, name, created_at, handle, language, operator, state)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"""
# What somebody says of themselves was read a moment ago: it must not bring back what an operator took since.
CHANGE_PERSON = """
    UPDATE person SET handle = ?, name = ?, language = ? WHERE id = ? AND state <> 'erased' RETURNING id"""
CHANGE_STANDING = """
    UPDATE person SET operator = ?, state = ?, halted = ?
    WHERE id = ? AND operator = ? AND state = ? AND halted = ? RETURNING id"""
STANDING = "SELECT operator, state, halted FROM person WHERE id = ?"
# Written as they are, so that nobody else changes them until this is done.
BOTH = "UPDATE person SET state = state WHERE id IN (?, ?) RETURNING id, operator, state, halted"
PUT_PICTURE = """
    UPDATE person SET picture = ?, picture_digest = ? WHERE id = ? AND state <> 'erased' RETURNING id"""
INHERIT_PICTURE = """
    UPDATE person SET picture = (SELECT s.picture FROM person s WHERE s.id = ?),
                      picture_digest = (SELECT s.picture_digest FROM person s WHERE s.id = ?)
    WHERE id = ? AND picture IS NULL AND EXISTS (SELECT 1 FROM person s WHERE s.id = ?)"""
HANDLE_TAKEN = "SELECT id FROM person WHERE handle = ? AND id <> ?"
MARKED = "SELECT mark FROM handle_mark WHERE mark = ? AND person <> ?"
LEAVE_HANDLE = """
    INSERT INTO handle_mark (mark, person) VALUES (?, ?)
    ON CONFLICT (mark) DO UPDATE SET person = excluded.person WHERE handle_mark.person <> ''"""
SETTLE_OPERATOR = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING name"

ADDRESS = "SELECT address, person, verified_at, is_primary, former FROM address "
# One that nobody has verified, and a former one, is given up to who verifies it.
PUT_ADDRESS = """
    INSERT INTO address (address, person, verified_at, is_primary, former) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (address) DO UPDATE
    SET person = excluded.person, verified_at = excluded.verified_at, is_primary = excluded.is_primary,
        former = excluded.former
    WHERE (address.verified_at IS NULL OR address.former) AND excluded.verified_at IS NOT NULL
    RETURNING person"""
OTHER_PRIMARY = "SELECT address FROM address WHERE person = ? AND is_primary AND address <> ?"
FORGET_ADDRESS = """
    DELETE FROM address WHERE address = ? AND person = ? AND verified_at IS NULL AND NOT is_primary
    RETURNING address"""
RETIRE_ADDRESS = """
    UPDATE address SET former = ? WHERE address = ? AND person = ? AND NOT former AND NOT is_primary
    RETURNING address"""
SET_PRIMARY = "UPDATE address SET is_primary = ? WHERE person = ? AND address = ?"

IDENTITY = "SELECT provider, subject, person, created_at FROM identity "
PUT_IDENTITY = """
    INSERT INTO identity (provider, subject, person, created_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING person"""
REMOVE_IDENTITY = "DELETE FROM identity WHERE person = ? AND provider = ? AND subject = ? RETURNING person"

PASSKEY = """
    SELECT id, person, public_key, counter, name, transports, created_at, handle, last_used_at
    FROM passkey """
PUT_PASSKEY = """
    INSERT INTO passkey (id, person, public_key, counter, name, transports, created_at, handle, last_used_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"""
USE_PASSKEY = """
    UPDATE passkey SET counter = ?, last_used_at = ?
    WHERE id = ? AND (counter < ? OR (counter = 0 AND ? = 0)) RETURNING id"""
REMOVE_PASSKEY = "DELETE FROM passkey WHERE id = ? AND person = ? RETURNING id"
END_OTHERS = "DELETE FROM session WHERE person = ? AND hash <> ? RETURNING hash"

# Of two that used one code, what came of the target's stays.
JOIN_USES = """
    UPDATE code_use SET person = ? WHERE person = ? AND NOT EXISTS (
        SELECT 1 FROM code_use other WHERE other.code = code_use.code AND other.person = ?)"""


class Reader(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class People:
    """The part of the store about people; `_read` and `engine` are the store's."""

    async def person(self: Reader, id: str) -> Person | None:
        rows = await self._read(PERSON + "WHERE id = ?", id)
        return Person(*rows[0]) if rows else None

    async def person_called(self: Reader, handle: str) -> Person | None:
        rows = await self._read(PERSON + "WHERE handle = ?", handle)
        return Person(*rows[0]) if rows else None

    async def people(
        self: Reader, limit: int = 50, before: str | None = None, search: str = ""
    ) -> list[Person]:
        wanted: list[tuple[str, list[str]]] = [("state <> 'erased'", [])]
        if before is not None:
            wanted.append((BEFORE, [before]))
        if search:
            typed = re.sub(r"[\\%_]", r"\\\g<0>", search)
            wanted.append((CALLED, [f"%{typed}%", *[f"%{typed.lower()}%"] * 3]))
        where = f"WHERE {' AND '.join(sql for sql, _ in wanted)} "
        args = [arg for _, some in wanted for arg in some]
        return [Person(*row) for row in await self._read(PERSON + where + NEWEST_FIRST, *args, limit)]

    async def put_person(
        self: Reader,
        person: Person,
        addresses: Sequence[Address] = (),
        identities: Sequence[Identity] = (),
        once: Once | None = None,
        *,
        marks: Marks = NO_MARKS,
    ) -> None:
        """As the port says. ConflictError: handle_taken, address_taken, identity_taken."""
        put = partial(_put_person, person, addresses, identities, marks)
        await self.engine.write(partial(remembering, once, put))

    async def found_operator(
        self: Reader,
        person: Person,
        addresses: Sequence[Address],
        grants: Sequence[Grant],
        leaves: Sequence[Leaf],
    ) -> None:
        """As the port says. ConflictError("operator_known")."""
        await self.engine.write(partial(_found_operator, person, addresses, grants, leaves))

    async def change_person(
        self: Reader,
        person: Person,
        leaf: Leaf | None = None,
        once: Once | None = None,
        *,
        was: Person | None = None,
        bits: Sequence[Ending] = (),
        parcels: Sequence[Parcel] = (),
        marks: Marks = NO_MARKS,
    ) -> None:
        """As the port says. NotFoundError("unknown_person"), ConflictError: handle_taken, conflict."""
        change = partial(_change_person, person, [leaf] if leaf else [], was, bits, parcels, marks)
        await self.engine.write(partial(remembering, once, change))

    async def handle_marks(self: Reader, person: str) -> list[str]:
        rows = await self._read("SELECT mark FROM handle_mark WHERE person = ? ORDER BY mark", person)
        return [row[0] for row in rows]

    async def picture(self: Reader, person: str) -> bytes | None:
        rows = await self._read("SELECT picture FROM person WHERE id = ? AND picture IS NOT NULL", person)
        return bytes(rows[0][0]) if rows else None

    async def put_picture(self: Reader, person: str, picture: bytes | None) -> bool:
        digest = sha256(picture).hexdigest() if picture is not None else ""
        put = Statement(PUT_PICTURE, (picture, digest, person))
        return bool(await self.engine.write(partial(only, put)))

    async def merge(
        self: Reader,
        source: str,
        target: Person,
        grants: Sequence[Grant],
        leaves: Sequence[Leaf],
        parcels: Sequence[Parcel] = (),
        joining: Joining | None = None,
        marks: Marks = NO_MARKS,
        seen: Seen | None = None,
    ) -> None:
        """As the port says. NotFoundError("unknown_person"), ConflictError("conflict")."""
        merge = partial(_merge, source, target, grants, leaves, parcels, joining, marks, seen)
        await self.engine.write(merge)

    async def address(self: Reader, address: str) -> Address | None:
        rows = await self._read(ADDRESS + "WHERE address = ?", address)
        return Address(*rows[0]) if rows else None

    async def addresses(self: Reader, person: str) -> list[Address]:
        rows = await self._read(ADDRESS + "WHERE person = ? ORDER BY is_primary DESC, address", person)
        return [Address(*row) for row in rows]

    async def put_address(self: Reader, address: Address, parcels: Sequence[Parcel] = ()) -> None:
        """As the port says. ConflictError("address_taken")."""
        await self.engine.write(partial(outbox.told, partial(_put_address, address), parcels))

    async def prefer_address(self: Reader, person: str, address: str, parcels: Sequence[Parcel] = ()) -> bool:
        prefer = partial(_prefer_address, person, address)
        return await self.engine.write(partial(outbox.told, prefer, parcels))

    async def remove_address(self: Reader, person: str, address: str, parcels: Sequence[Parcel] = ()) -> bool:
        remove = partial(_remove_address, person, address)
        return await self.engine.write(partial(outbox.told, remove, parcels))

    async def identity(self: Reader, provider: str, subject: str) -> Identity | None:
        rows = await self._read(IDENTITY + "WHERE provider = ? AND subject = ?", provider, subject)
        return Identity(*rows[0]) if rows else None

    async def identities(self: Reader, person: str) -> list[Identity]:
        rows = await self._read(IDENTITY + "WHERE person = ? ORDER BY provider, subject", person)
        return [Identity(*row) for row in rows]

    async def put_identity(self: Reader, identity: Identity) -> None:
        """As the port says. ConflictError("identity_taken")."""
        await self.engine.write(partial(_put_identity, identity))

    async def remove_identity(self: Reader, person: str, provider: str, subject: str) -> bool:
        remove = Statement(REMOVE_IDENTITY, (person, provider, subject))
        return bool(await self.engine.write(partial(only, remove)))

    async def passkey(self: Reader, id: str) -> Passkey | None:
        rows = await self._read(PASSKEY + "WHERE id = ?", id)
        return _passkey(rows[0]) if rows else None

    async def passkeys(self: Reader, person: str) -> list[Passkey]:
        return [
            _passkey(row)
            for row in await self._read(PASSKEY + "WHERE person = ? ORDER BY created_at, id", person)
        ]

    async def put_passkey(self: Reader, passkey: Passkey, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> None:
        """As the port says. ConflictError("passkey_taken")."""
        row = (
            *(passkey.id, passkey.person, passkey.public_key, passkey.counter, passkey.name),
            *(" ".join(passkey.transports), passkey.created_at, passkey.handle, passkey.last_used_at),
        )
        put = partial(log_writes.logged, Statement(PUT_PASSKEY, row), leaf)
        if not await self.engine.write(partial(outbox.told, put, parcels)):
            raise ConflictError("passkey_taken", "This passkey is known already.")

    async def use_passkey(self: Reader, id: str, counter: int, at: datetime) -> bool:
        use = Statement(USE_PASSKEY, (counter, at, id, counter, counter))
        return bool(await self.engine.write(partial(only, use)))

    async def remove_passkey(
        self: Reader, person: str, id: str, keep: str, leaf: Leaf, parcels: Sequence[Parcel] = ()
    ) -> bool:
        remove = partial(_remove_passkey, person, id, keep, leaf)
        return await self.engine.write(partial(outbox.told, remove, parcels))


def _passkey(row: Any) -> Passkey:
    id, person, key, counter, name, transports, *times = row
    return Passkey(id, person, bytes(key), counter, name, tuple(transports.split()), *times)


def _put_person(
    person: Person,
    addresses: Sequence[Address],
    identities: Sequence[Identity] = (),
    marks: Marks = NO_MARKS,
) -> Work[None]:
    yield from _check_handle(person)
    row = (person.id, person.name, person.created_at, person.handle, person.language)
    if not (yield Statement(PUT_PERSON, (*row, person.operator, person.state))):
        raise ConflictError("id_taken", f"there is somebody with the id {person.id} already")
    yield from _mark_handles(person, marks)
    for one in addresses:
        yield from _put_address(one)
    for identity in identities:
        yield from _put_identity(identity)


def _put_identity(one: Identity) -> Work[None]:
    if not (yield Statement(PUT_IDENTITY, (one.provider, one.subject, one.person, one.created_at))):
        raise ConflictError("identity_taken", "This sign-in belongs to an account already. Begin again.")


def _check_handle(person: Person) -> Work[None]:
    if person.handle and (yield Statement(HANDLE_TAKEN, (person.handle, person.id))):
        raise _handle_taken(person)


def _mark_handles(person: Person, marks: Marks) -> Work[None]:
    """Behind the statement that gives the handle: who waited there for its last holder sees what they
    left."""
    if marks.taken and (yield Statement(MARKED, (marks.taken, person.id))):
        raise _handle_taken(person)
    if marks.left:
        yield Statement(LEAVE_HANDLE, (marks.left, person.id))


def _handle_taken(person: Person) -> ConflictError:
    """Whether somebody has it, or had it, is nobody's business."""
    return ConflictError("handle_taken", f"The handle {person.handle} is taken.", "handle")


def _put_address(one: Address) -> Work[bool]:
    """Whether it was put, and not there just so already."""
    others = yield Statement(OTHER_PRIMARY, (one.person, one.address))
    row = (one.address, one.person, one.verified_at, not others, False)
    if (yield Statement(PUT_ADDRESS, row)):
        return True
    (known,) = yield Statement(ADDRESS + "WHERE address = ?", (one.address,))
    if Address(*known).person != one.person:
        raise ConflictError(
            "address_taken", f"{one.address} is the address of another account already.", "address"
        )
    return False


def _found_operator(
    person: Person, addresses: Sequence[Address], grants: Sequence[Grant], leaves: Sequence[Leaf]
) -> Work[None]:
    # The row that every node must insert first: of two first operators one comes too late.
    if not (yield Statement(SETTLE_OPERATOR, (OPERATOR, person.id))):
        raise ConflictError("operator_known", "This exchange has had its first operator already.")
    yield from _put_person(person, addresses)
    for grant in grants:
        yield Statement(merging.PUT_ROLE, (grant.issuer, grant.person, grant.role))
    yield from log_writes.append(leaves)


def _change_person(
    person: Person,
    leaves: Sequence[Leaf],
    was: Person | None = None,
    bits: Sequence[Ending] = (),
    parcels: Sequence[Parcel] = (),
    marks: Marks = NO_MARKS,
) -> Work[None]:
    yield from _check_handle(person)
    operated = yield from last_ones.operates(person.id)
    if not (yield Statement(CHANGE_PERSON, (person.handle, person.name, person.language, person.id))):
        raise NotFoundError("unknown_person", f"There is nobody with the id {person.id} here.")
    yield from _mark_handles(person, marks)
    if not leaves:
        return
    (stands,) = yield Statement(STANDING, (person.id,))
    seen = (was.operator, was.state, was.halted) if was else stands
    now = (person.operator, person.state, person.halted)
    if not (yield Statement(CHANGE_STANDING, (*now, person.id, *seen))):
        raise _changed()
    if person.state != "active":
        yield Statement(END_OTHERS, (person.id, ""))
    set_now = []
    for one in sorted(bits, key=lambda one: one.change.badge):
        if (yield from writes.set_bit(one.change)):
            set_now.append(one.leaf)
    if was is not None and bool(was.halted) is not bool(person.halted):
        yield from speaking.check_halted(person.id, bool(person.halted))
    yield from outbox.post(parcels)
    yield from log_writes.append([*leaves, *set_now])
    if operated:
        yield from last_ones.check_operated()


def _changed() -> ConflictError:
    return ConflictError("conflict", "This account has just changed. Begin again.")


def _merge(
    source: str,
    target: Person,
    grants: Sequence[Grant],
    leaves: Sequence[Leaf],
    parcels: Sequence[Parcel],
    joining: Joining | None,
    marks: Marks,
    seen: Seen | None,
) -> Work[None]:
    yield from vouches.take_turns(
        {source, target.id}
    )  # what others give them just now is seen, or comes after
    both = yield Statement(BOTH, (source, target.id))
    if len(both) == 2 and (
        any(state != "active" or halted for _, _, state, halted in both)
        or target.operator is not any(operator for _, operator, *_ in both)
    ):
        raise _changed()
    has_primary = yield Statement(OTHER_PRIMARY, (target.id, ""))
    yield from merging.move(source, target.id, grants, seen)
    for table in ("session", "ticket"):
        yield Statement(f"DELETE FROM {table} WHERE person = ?", (source,))  # noqa: S608  # names of ours
    if has_primary:
        yield Statement("UPDATE address SET is_primary = ? WHERE person = ?", (False, source))
    yield Statement(INHERIT_PICTURE, (source, source, target.id, source))
    yield Statement(JOIN_USES, (target.id, source, target.id))
    yield Statement("DELETE FROM code_use WHERE person = ?", (source,))
    for table in ("address", "identity"):
        yield Statement(f"UPDATE {table} SET person = ? WHERE person = ?", (target.id, source))  # noqa: S608
    yield from orders.merge(source, target.id)
    ended = yield from endorsement_merge.merge(source, target.id, joining)
    yield from imported.merge(source, target.id)
    yield Statement("UPDATE handle_mark SET person = ? WHERE person = ?", (target.id, source))
    if marks.left:  # what was at an address that is none any more is public nowhere
        yield Statement("DELETE FROM publication WHERE person = ?", (source,))
    yield Statement("UPDATE publication SET person = ? WHERE person = ?", (target.id, source))
    if not (yield Statement("DELETE FROM person WHERE id = ? RETURNING id", (source,))):
        raise NotFoundError("unknown_person", f"There is nobody with the id {source} here.")
    yield from outbox.post(parcels)
    yield from _change_person(target, [*ended, *leaves], marks=marks)


def _prefer_address(person: str, address: str) -> Work[bool]:
    rows = yield Statement(ADDRESS + "WHERE address = ?", (address,))
    known = Address(*rows[0]) if rows else None
    if known is None or known.person != person or known.verified_at is None or known.former:
        return False
    for other, *_ in (yield Statement(OTHER_PRIMARY, (person, address))):
        yield Statement(SET_PRIMARY, (False, person, other))
    yield Statement(SET_PRIMARY, (True, person, address))
    return True


def _remove_address(person: str, address: str) -> Work[bool]:
    if (yield Statement(FORGET_ADDRESS, (address, person))):
        return True
    return bool((yield Statement(RETIRE_ADDRESS, (True, address, person))))


def _remove_passkey(person: str, id: str, keep: str, leaf: Leaf) -> Work[bool]:
    if not (yield Statement(REMOVE_PASSKEY, (id, person))):
        return False
    yield Statement(END_OTHERS, (person, keep))
    yield from log_writes.append([leaf])
    return True
