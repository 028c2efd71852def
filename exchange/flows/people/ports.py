"""The part of `Store` about people; as there, every method is one transaction.

`once` is an Idempotency-Key that is kept with the effect: AlreadyDoneError, ReusedKeyError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from exchange.flows.endorsements.records import Joining
from exchange.flows.people.records import (
    NO_MARKS,
    Address,
    Erasure,
    Grant,
    Identity,
    Marks,
    Member,
    Passkey,
    Person,
    Quota,
    Role,
    Seen,
    Session,
    Team,
    Ticket,
    Token,
)
from exchange.flows.records import Ending, Leaf, Once, Parcel


class PeopleStore(Protocol):
    """People, how they come in, and what they may do."""

    async def person(self, id: str) -> Person | None: ...
    async def person_called(self, handle: str) -> Person | None: ...
    async def people(self, limit: int = 50, before: str | None = None, search: str = "") -> list[Person]:
        """Whose name, handle or address has `search` in it, newest first; `before` (an id) pages on."""

    async def put_person(
        self,
        person: Person,
        addresses: Sequence[Address] = (),
        identities: Sequence[Identity] = (),
        once: Once | None = None,
        *,
        marks: Marks = NO_MARKS,
    ) -> None:
        """Insert somebody with what is theirs. ConflictError: handle_taken, also where somebody else had that
        handle (`marks`), address_taken, identity_taken."""

    async def found_operator(
        self, person: Person, addresses: Sequence[Address], grants: Sequence[Grant], leaves: Sequence[Leaf]
    ) -> None:
        """`put_person` for the first operator, with their roles and the leaves of both; once in the life of
        an exchange. ConflictError("operator_known") ever after."""

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
        """Store what may change of a person, but for their picture; whether they operate, are let in and may
        speak for others only with a leaf that says so, and if it is still as it `was`. One who is not active
        any more is signed out everywhere. With it go `bits`, each with its leaf where it was not so already,
        and mails; of whoever may speak for others no more, or again, every credential of their keys says that
        then. The handle that they leave (`marks`) is kept for them.

        NotFoundError("unknown_person"), also for who was erased; ConflictError: handle_taken; "conflict" when
        it is not as it was, or a credential is left that says otherwise; last_operator for who, of all
        operators that are let in, would be the last one to be none.
        """

    async def handle_marks(self, person: str) -> list[str]:
        """The marks of the handles that somebody left; `""` for those that nobody gets any more."""

    async def picture(self, person: str) -> bytes | None: ...
    async def put_picture(self, person: str, picture: bytes | None) -> bool:
        """Instead of the one they had; None takes it away. False for who is not there, or erased."""

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
        """Addresses, identities, passkeys and teams of the person `source` are `target`'s, who is stored as
        given, with these roles, and the picture of `source` unless they have one; `source` is gone, and
        their sessions and tokens with them. What they signed is one person's from then on, but for what
        `joining` ends. The parcels tell of it. What `source` had made public ends where their handle is left
        (`marks`), and goes on with it where it is taken along.

        NotFoundError("unknown_person"); ConflictError("conflict") unless both are let in, `target` operates
        if one of them does, and (with `joining`) what stands could be one person's; and (with `seen`) unless
        they have what they had when that was read.
        """

    async def address(self, address: str) -> Address | None: ...
    async def addresses(self, person: str) -> list[Address]:
        """The primary one first."""

    async def put_address(self, address: Address, parcels: Sequence[Parcel] = ()) -> None:
        """Store an address. Who verifies one that nobody has verified, or a former one, gets it; a person's
        first one is their primary. ConflictError("address_taken") if it is another person's. Here and below,
        the parcels that tell of it are posted if something changes."""

    async def prefer_address(self, person: str, address: str, parcels: Sequence[Parcel] = ()) -> bool:
        """Make it the primary one; False if it is not theirs, or not verified."""

    async def remove_address(self, person: str, address: str, parcels: Sequence[Parcel] = ()) -> bool:
        """Make it a former one, or forget it if it was never verified. False if it is not theirs, or the
        primary one."""

    async def identity(self, provider: str, subject: str) -> Identity | None: ...
    async def identities(self, person: str) -> list[Identity]: ...
    async def put_identity(self, identity: Identity) -> None:
        """ConflictError("identity_taken")."""

    async def remove_identity(self, person: str, provider: str, subject: str) -> bool: ...

    async def passkey(self, id: str) -> Passkey | None: ...
    async def passkeys(self, person: str) -> list[Passkey]: ...
    async def put_passkey(self, passkey: Passkey, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> None:
        """With the leaf. ConflictError("passkey_taken")."""

    async def use_passkey(self, id: str, counter: int, at: datetime) -> bool:
        """Note a use; False for a counter that has been before (WebAuthn §6.1.1), unless it is always 0."""

    async def remove_passkey(
        self, person: str, id: str, keep: str, leaf: Leaf, parcels: Sequence[Parcel] = ()
    ) -> bool:
        """Take it away, with the leaf, and end every session of the person but `keep` (a hash)."""

    async def open_session(self, session: Session, instead_of: str | None = None) -> None:
        """Put it on record; the session `instead_of` (a hash) ends."""

    async def session(self, hash: str) -> tuple[Session, Person] | None: ...
    async def sessions(self, person: str) -> list[Session]:
        """Last seen first."""

    async def touch_session(self, hash: str, at: datetime) -> None:
        """Note that it was seen."""

    async def confirm_session(self, hash: str, at: datetime) -> None:
        """Note that its person has just proved that it is them."""

    async def end_session(self, hash: str) -> bool: ...
    async def end_sessions(
        self, person: str, keep: str = "", once: Once | None = None, parcels: Sequence[Parcel] = ()
    ) -> int:
        """End all of a person's but `keep` (a hash); how many."""

    async def token(self, hash: str) -> tuple[Token, Person] | None: ...
    async def tokens(self, person: str | None = None) -> list[Token]:
        """A person's, or everybody's, the oldest first."""

    async def put_token(self, token: Token, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> None:
        """With the leaf."""

    async def touch_token(self, id: str, at: datetime) -> None:
        """Note that it was used."""

    async def remove_token(self, id: str, leaf: Leaf) -> bool:
        """With the leaf; False when it was not there."""

    async def team(self, slug: str) -> Team | None: ...
    async def teams(self) -> list[Team]:
        """By slug."""

    async def put_team(self, team: Team, once: Once | None = None, *, new: bool = False) -> bool:
        """Insert or rename; False when it is to be `new`, and is there."""

    async def remove_team(self, slug: str, leaves: Sequence[Leaf], once: Once | None = None) -> bool:
        """Take a team away with its members and its roles, whose ends are the leaves. ConflictError
        ("last_owner") as of `remove_grant`."""

    async def members(self, team: str) -> list[Member]:
        """Leads first."""

    async def memberships(self, person: str) -> list[Member]:
        """By team."""

    async def put_member(self, member: Member, leaf: Leaf, once: Once | None = None) -> bool:
        """Insert or change, with the leaf; False when it is so already. ConflictError("conflict") without the
        team or the person."""

    async def remove_member(self, team: str, person: str, leaf: Leaf, once: Once | None = None) -> bool:
        """With the leaf; False when they were not in it. ConflictError("last_owner") as of `remove_grant`."""

    async def roles_of(self, person: str) -> Mapping[str, Role]:
        """The strongest role at each issuer, their own or one of their teams'."""

    async def grants(self, issuer: str | None = None) -> list[Grant]:
        """Who holds which role at an issuer, or at any."""

    async def put_grant(self, grant: Grant, leaf: Leaf, once: Once | None = None) -> bool:
        """Grant, or change, with the leaf; False when it is so already. ConflictError: "conflict" without the
        issuer, the person or the team; "last_owner" as of `remove_grant`."""

    async def remove_grant(self, grant: Grant, leaf: Leaf, once: Once | None = None) -> bool:
        """Withdraw just this one, with the leaf; False when it was not there. ConflictError("last_owner")
        where an owner would go and nobody be left who is one, by themselves or in a team, and let in: of any
        number of these at once, the last one is refused."""

    async def put_ticket(self, ticket: Ticket, now: datetime, parcels: Sequence[Parcel] = ()) -> None:
        """Keep a ticket, post the parcels that tell of it, and forget tickets that have expired by `now`."""

    async def ticket(self, hash: str) -> Ticket | None: ...
    async def take_ticket(self, hash: str) -> Ticket | None:
        """Remove the ticket and return it: of any number of callers, one gets it."""

    async def take_code(self, nonce: str, code: str, most: int) -> Ticket | None:
        """`take_ticket` by its code. A wrong code is counted, and the `most`th removes the ticket."""

    async def hit(self, quotas: Sequence[Quota], now: datetime) -> datetime | None:
        """Count once against each, exactly, whichever node counts; when one is used up, until when."""

    async def awarded_to(self, recipient: str) -> list[str]:
        """The ids of the badges that went there, in whatever letters, unsigned ones too."""

    async def erase(self, erasure: Erasure, leaves: Sequence[Leaf] = ()) -> None:
        """Empty these accounts and badges, with all that is on record about them but ids, status slots and
        digests; what is not on record is passed over. Mails to their addresses go too."""

    async def scrub(self) -> bool:
        """Take the bytes of who was erased out of the database's files; False when that must be tried again.
        Nothing is done when nothing is left to do."""

    async def forget_people(self, now: datetime) -> None:
        """Forget tickets, sessions, tokens and counts that have expired."""
