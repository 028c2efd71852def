"""The part of `MemoryStore` about people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from exchange.errors import ConflictError, NotFoundError
from exchange.flows.endorsements.records import Joining
from exchange.flows.people.records import (
    NO_MARKS,
    Address,
    Erasure,
    Grant,
    Identity,
    Marks,
    Member,
    Person,
    Seen,
)
from exchange.flows.records import OPERATOR, Ending, Leaf, Once, Parcel, Purpose, StatusChange
from tests.memory_ways_in import MemoryWaysIn


@dataclass
class MemoryPeople(MemoryWaysIn):
    """As in `MemoryStore`, nothing awaits inside a method."""

    _pictures: dict[str, bytes] = field(default_factory=dict)
    _handle_marks: dict[str, str] = field(default_factory=dict)
    _addresses: dict[str, Address] = field(default_factory=dict)
    _identities: dict[tuple[str, str], Identity] = field(default_factory=dict)
    _meta: dict[str, str] = field(default_factory=dict)

    def _merge_orders(self, source: str, target: str) -> None:
        raise NotImplementedError

    def _merge_publications(self, source: str, target: str, marks: Marks) -> None:
        raise NotImplementedError

    def _merge_endorsements(self, source: str, target: str) -> None:
        raise NotImplementedError

    def _check_joining(self, source: str, target: str, joining: Joining) -> None:
        raise NotImplementedError

    def _end_endorsement(self, one: Ending, state: str) -> bool:
        raise NotImplementedError

    # --- people, addresses, identities, passkeys ---

    async def person(self, id: str) -> Person | None:
        return self._people.get(id)

    async def person_called(self, handle: str) -> Person | None:
        return next((one for one in self._people.values() if one.handle == handle), None)

    async def people(self, limit: int = 50, before: str | None = None, search: str = "") -> list[Person]:
        def age(one: Person) -> tuple[datetime, str]:
            return one.created_at, one.id

        there = (one for one in self._people.values() if one.state != "erased")
        found = sorted(there, key=age, reverse=True)
        if before is not None:
            last = self._people.get(before)
            found = [one for one in found if last is not None and age(one) < age(last)]
        return [one for one in found if self._called(one, search)][:limit]

    def _called(self, person: Person, search: str) -> bool:
        own = [one.address for one in self._addresses.values() if one.person == person.id]
        return any(search.lower() in what for what in (person.name.lower(), person.handle or "", *own))

    async def put_person(
        self,
        person: Person,
        addresses: Sequence[Address] = (),
        identities: Sequence[Identity] = (),
        once: Once | None = None,
        *,
        marks: Marks = NO_MARKS,
    ) -> None:
        self._check_once(once)
        self._check_handle(person, marks)
        if person.id in self._people:
            raise ConflictError("id_taken", person.id)
        for one in addresses:
            self._check_address(one)
        for identity in identities:
            self._check_identity(identity)
        self._people[person.id] = person
        self._leave_handle(person.id, marks)
        for one in addresses:
            await self.put_address(one)
        for identity in identities:
            await self.put_identity(identity)
        self._keep_once(once)

    def _credentials_of(self, person: str) -> list[str]:
        raise NotImplementedError

    def _says_so(self, badge: str, purpose: Purpose, on: bool) -> bool:
        raise NotImplementedError

    def _set_bit(self, change: StatusChange) -> bool:
        raise NotImplementedError

    def _check_handle(self, person: Person, marks: Marks = NO_MARKS) -> None:
        others = (one for one in self._people.values() if one.id != person.id)
        had = self._handle_marks.get(marks.taken, person.id) != person.id
        if person.handle and (had or any(one.handle == person.handle for one in others)):
            raise ConflictError("handle_taken", person.handle, "handle")

    def _leave_handle(self, person: str, marks: Marks) -> None:
        if marks.left and self._handle_marks.get(marks.left) != "":
            self._handle_marks[marks.left] = person

    async def handle_marks(self, person: str) -> list[str]:
        return sorted(mark for mark, holder in self._handle_marks.items() if holder == person)

    async def found_operator(
        self, person: Person, addresses: Sequence[Address], grants: Sequence[Grant], leaves: Sequence[Leaf]
    ) -> None:
        if OPERATOR in self._meta:
            raise ConflictError("operator_known", "there was one")
        await self.put_person(person, addresses)
        self._meta[OPERATOR] = person.id
        for grant in grants:
            self._grants[grant.issuer, grant.holder] = grant
        for leaf in leaves:
            self._append(leaf)

    async def change_person(
        self,
        person: Person,
        leaf: Leaf | None = None,
        once: Once | None = None,
        *,
        was: Person | None = None,
        bits: Sequence[Ending] = (),
        parcels: Sequence[Parcel] = (),
        marks: Marks = NO_MARKS,
    ) -> None:
        self._check_once(once)
        known = self._people.get(person.id)
        if known is None or known.state == "erased":
            raise NotFoundError("unknown_person", person.id)
        self._check_handle(person, marks)
        if leaf is not None and was is not None and bool(was.halted) is not bool(person.halted):
            settled = {one.change.badge for one in bits}
            for id in self._credentials_of(person.id):
                if id not in settled and not self._says_so(id, "suspension", bool(person.halted)):
                    raise ConflictError("conflict", person.id)
        if leaf is None:
            person = replace(person, operator=known.operator, state=known.state, halted=known.halted)
        elif was is not None and _standing(was) != _standing(known):
            raise ConflictError("conflict", person.id)
        operators = [one.id for one in self._people.values() if one.operator and one.state == "active"]
        if operators == [person.id] and not (person.operator and person.state == "active"):
            raise ConflictError("last_operator", person.id)
        self._people[person.id] = replace(person, created_at=known.created_at, picture=known.picture)
        self._leave_handle(person.id, marks)
        if person.state != "active":
            await self.end_sessions(person.id)
        self._append(leaf)
        for one in sorted(bits, key=lambda one: one.change.badge):
            if self._set_bit(one.change):
                self._append(one.leaf)
        self._post(parcels)
        self._keep_once(once)

    async def picture(self, person: str) -> bytes | None:
        return self._pictures.get(person)

    async def put_picture(self, person: str, picture: bytes | None) -> bool:
        known = self._people.get(person)
        if known is None or known.state == "erased":
            return False
        self._pictures.pop(person, None)
        if picture is not None:
            self._pictures[person] = picture
        digest = sha256(picture).hexdigest() if picture is not None else ""
        self._people[person] = replace(known, picture=digest)
        return True

    async def merge(
        self,
        source: str,
        target: Person,
        grants: Sequence[Grant],
        leaves: Sequence[Leaf],
        parcels: Sequence[Parcel] = (),
        joining: Joining | None = None,
        marks: Marks = NO_MARKS,
        seen: Seen | None = None,
    ) -> None:
        if not {source, target.id} <= self._people.keys():
            raise NotFoundError("unknown_person", source)
        both = [self._people[source], self._people[target.id]]
        if any(one.is_suspended for one in both) or target.operator is not any(one.operator for one in both):
            raise ConflictError("conflict", source)
        if seen is not None and seen.facts() != (await self._seen(source, target.id)).facts():
            raise ConflictError("conflict", source)
        if joining is not None:
            self._check_joining(source, target.id, joining)
        picture = self._pictures.pop(source, None)
        if picture is not None and target.id not in self._pictures:
            await self.put_picture(target.id, picture)
        del self._people[source]
        self._post(parcels)
        self._join_uses(source, target.id)
        for one in sorted(joining.endings if joining else (), key=lambda one: one.change.badge):
            self._end_endorsement(one, "withdrawn")
        for request, leaf in joining.taken_back if joining else ():
            await self.settle_request(request.id, "taken_back", leaf.at, [leaf])
        self._merge_endorsements(source, target.id)
        gone = (self._sessions, self._tokens, self._tickets)
        for rows in gone:
            for key in [key for key, row in rows.items() if row.person == source]:  # type: ignore[attr-defined]
                del rows[key]  # type: ignore[attr-defined]
        has_primary = any(one.is_primary and one.person == target.id for one in self._addresses.values())
        for key, address in self._addresses.items():
            if address.person == source:
                primary = address.is_primary and not has_primary
                self._addresses[key] = replace(address, person=target.id, is_primary=primary)
        for held in (self._identities, self._passkeys):
            for key, row in held.items():  # type: ignore[attr-defined]
                if row.person == source:
                    held[key] = replace(row, person=target.id)  # type: ignore[index]
        for (team, who), member in list(self._members.items()):
            if who == source:
                del self._members[team, who]
                lead = member.lead or self._members.get((team, target.id), member).lead
                self._members[team, target.id] = Member(team, target.id, lead)
        for key, grant in list(self._grants.items()):
            if grant.person in (source, target.id):
                del self._grants[key]
        for grant in grants:
            self._grants[grant.issuer, grant.holder] = grant
        self._merge_orders(source, target.id)
        self._merge_publications(source, target.id, marks)
        for mark in await self.handle_marks(source):
            self._handle_marks[mark] = target.id
        await self.change_person(target, marks=marks)
        self._people[target.id] = replace(self._people[target.id], operator=target.operator)
        for leaf in leaves:
            self._append(leaf)

    async def _seen(self, source: str, target: str) -> Seen:
        both = (source, target)
        return Seen(
            source,
            tuple(one for one in self._grants.values() if one.person in both),
            tuple(one for one in self._members.values() if one.person in both),
            tuple(await self.tokens(source)),
            tuple(await self.passkeys(source)),
            tuple(await self.endorser_keys(source)),
        )

    async def address(self, address: str) -> Address | None:
        return self._addresses.get(address)

    async def addresses(self, person: str) -> list[Address]:
        mine = [one for one in self._addresses.values() if one.person == person]
        return sorted(mine, key=lambda one: (not one.is_primary, one.address))

    def _check_address(self, one: Address) -> None:
        known = self._addresses.get(one.address)
        free = known is None or known.verified_at is None or known.former
        if known and known.person != one.person and not (free and one.verified_at):
            raise ConflictError("address_taken", one.address, "address")

    async def put_address(self, address: Address, parcels: Sequence[Parcel] = ()) -> None:
        self._check_address(address)
        self._needs_person(address.person)
        known = self._addresses.get(address.address)
        if known and (address.verified_at is None or (known.verified_at and not known.former)):
            return
        others = (one for one in self._addresses.values() if one.address != address.address)
        primary = not any(one.is_primary and one.person == address.person for one in others)
        self._addresses[address.address] = replace(address, is_primary=primary, former=False)
        self._post(parcels)

    async def prefer_address(self, person: str, address: str, parcels: Sequence[Parcel] = ()) -> bool:
        chosen = self._addresses.get(address)
        if chosen is None or chosen.person != person or chosen.verified_at is None or chosen.former:
            return False
        for one in await self.addresses(person):
            self._addresses[one.address] = replace(one, is_primary=one.address == address)
        self._post(parcels)
        return True

    async def remove_address(self, person: str, address: str, parcels: Sequence[Parcel] = ()) -> bool:
        one = self._addresses.get(address)
        if one is None or one.person != person or one.is_primary or one.former:
            return False
        self._addresses[address] = replace(one, former=True)
        if one.verified_at is None:
            del self._addresses[address]
        self._post(parcels)
        return True

    async def identity(self, provider: str, subject: str) -> Identity | None:
        return self._identities.get((provider, subject))

    async def identities(self, person: str) -> list[Identity]:
        return [
            self._identities[key]
            for key in sorted(self._identities)
            if self._identities[key].person == person
        ]

    def _check_identity(self, identity: Identity) -> None:
        if (identity.provider, identity.subject) in self._identities:
            raise ConflictError("identity_taken", identity.subject)

    async def put_identity(self, identity: Identity) -> None:
        self._needs_person(identity.person)
        self._check_identity(identity)
        self._identities[identity.provider, identity.subject] = identity

    async def remove_identity(self, person: str, provider: str, subject: str) -> bool:
        known = self._identities.get((provider, subject))
        if known is None or known.person != person:
            return False
        del self._identities[provider, subject]
        return True

    # --- erasing ---

    def _erase_people(self, erasure: Erasure) -> set[str]:
        """The addresses they had."""
        gone = erasure.accounts
        addresses = {one.address for one in self._addresses.values() if one.person in gone}
        rows: tuple[dict[Any, Any], ...] = (
            *(self._sessions, self._tokens, self._tickets, self._passkeys, self._identities),
            *(self._members, self._grants, self._addresses, self._uses),
        )
        for table in rows:
            for key in [key for key, row in table.items() if row.person in gone]:
                del table[key]
        for id in gone:
            self._pictures.pop(id, None)
            for mark in [mark for mark, holder in self._handle_marks.items() if holder == id]:
                self._handle_marks[mark] = ""
            if id in self._people:
                known = self._people[id]
                self._people[id] = Person(id, "", known.created_at, state="erased")
        for key in erasure.counts:
            self._rates.pop(key, None)
        for mark in erasure.handles:
            self._handle_marks[mark] = ""
        return addresses


def _standing(person: Person) -> tuple[bool, str, str]:
    return person.operator, person.state, person.halted
