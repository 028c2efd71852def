"""The part of `MemoryStore` about how people come in: passkeys, sessions, tokens, tickets, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.errors import ConflictError
from exchange.flows.people.records import (
    Passkey,
    Person,
    Quota,
    Session,
    Ticket,
    Token,
)
from exchange.flows.records import Leaf, Once, Parcel
from tests.memory_codes import MemoryCodes
from tests.memory_teams import MemoryTeams


@dataclass
class MemoryWaysIn(MemoryTeams, MemoryCodes):
    """As in `MemoryStore`, nothing awaits inside a method."""

    _passkeys: dict[str, Passkey] = field(default_factory=dict)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _tokens: dict[str, Token] = field(default_factory=dict)
    _tickets: dict[str, Ticket] = field(default_factory=dict)
    _tries: dict[str, int] = field(default_factory=dict)
    _rates: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def _post(self, parcels: Sequence[Parcel]) -> None:
        raise NotImplementedError

    async def passkey(self, id: str) -> Passkey | None:
        return self._passkeys.get(id)

    async def passkeys(self, person: str) -> list[Passkey]:
        mine = [one for one in self._passkeys.values() if one.person == person]
        return sorted(mine, key=lambda one: (one.created_at, one.id))

    async def put_passkey(self, passkey: Passkey, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> None:
        self._needs_person(passkey.person)
        if passkey.id in self._passkeys:
            raise ConflictError("passkey_taken", passkey.id)
        self._passkeys[passkey.id] = passkey
        self._append(leaf)
        self._post(parcels)

    async def use_passkey(self, id: str, counter: int, at: datetime) -> bool:
        known = self._passkeys.get(id)
        if known is None or not (known.counter < counter or known.counter == counter == 0):
            return False
        self._passkeys[id] = replace(known, counter=counter, last_used_at=at)
        return True

    async def remove_passkey(
        self, person: str, id: str, keep: str, leaf: Leaf, parcels: Sequence[Parcel] = ()
    ) -> bool:
        known = self._passkeys.get(id)
        if known is None or known.person != person:
            return False
        del self._passkeys[id]
        await self.end_sessions(person, keep)
        self._append(leaf)
        self._post(parcels)
        return True

    # --- sessions and tokens ---

    async def open_session(self, session: Session, instead_of: str | None = None) -> None:
        self._needs_person(session.person)
        self._sessions.pop(instead_of or "", None)
        self._sessions[session.hash] = session

    async def session(self, hash: str) -> tuple[Session, Person] | None:
        known = self._sessions.get(hash)
        return (known, self._people[known.person]) if known else None

    async def sessions(self, person: str) -> list[Session]:
        mine = sorted((s for s in self._sessions.values() if s.person == person), key=lambda s: s.hash)
        return sorted(mine, key=lambda session: session.seen_at, reverse=True)

    async def touch_session(self, hash: str, at: datetime) -> None:
        if hash in self._sessions:
            self._sessions[hash] = replace(self._sessions[hash], seen_at=at)

    async def confirm_session(self, hash: str, at: datetime) -> None:
        if hash in self._sessions:
            self._sessions[hash] = replace(self._sessions[hash], confirmed_at=at)

    async def end_session(self, hash: str) -> bool:
        return self._sessions.pop(hash, None) is not None

    async def end_sessions(
        self, person: str, keep: str = "", once: Once | None = None, parcels: Sequence[Parcel] = ()
    ) -> int:
        self._check_once(once)
        mine = [session.hash for session in await self.sessions(person) if session.hash != keep]
        for hash in mine:
            del self._sessions[hash]
        self._keep_once(once)
        self._post(parcels if mine else ())
        return len(mine)

    async def token(self, hash: str) -> tuple[Token, Person] | None:
        known = next((one for one in self._tokens.values() if one.hash == hash), None)
        return (known, self._people[known.person]) if known else None

    async def tokens(self, person: str | None = None) -> list[Token]:
        mine = [one for one in self._tokens.values() if person in (None, one.person)]
        return sorted(mine, key=lambda one: (one.created_at, one.id))

    async def put_token(self, token: Token, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> None:
        self._needs_person(token.person)
        self._tokens[token.id] = token
        self._append(leaf)
        self._post(parcels)

    async def touch_token(self, id: str, at: datetime) -> None:
        if id in self._tokens:
            self._tokens[id] = replace(self._tokens[id], last_used_at=at)

    async def remove_token(self, id: str, leaf: Leaf) -> bool:
        if self._tokens.pop(id, None) is None:
            return False
        self._append(leaf)
        return True

    # --- tickets, and how often ---

    async def put_ticket(self, ticket: Ticket, now: datetime, parcels: Sequence[Parcel] = ()) -> None:
        self._post(parcels)
        self._tickets = {h: t for h, t in self._tickets.items() if t.expires_at > now}
        self._tickets[ticket.hash] = ticket

    async def ticket(self, hash: str) -> Ticket | None:
        return self._tickets.get(hash)

    async def take_ticket(self, hash: str) -> Ticket | None:
        self._tries.pop(hash, None)
        return self._tickets.pop(hash, None)

    async def take_code(self, nonce: str, code: str, most: int) -> Ticket | None:
        found = next((one for one in self._tickets.values() if one.nonce == nonce), None)
        if found is None:
            return None
        if found.code == code:
            return await self.take_ticket(found.hash)
        self._tries[found.hash] = self._tries.get(found.hash, 0) + 1
        if self._tries[found.hash] >= most:
            await self.take_ticket(found.hash)
        return None

    async def hit(self, quotas: Sequence[Quota], now: datetime) -> datetime | None:
        spent = []
        for quota in quotas:
            hits, until = self._rates.get(quota.key, (0, now))
            hits, until = (1, now + quota.window) if until <= now else (hits + 1, until)
            self._rates[quota.key] = hits, until
            if hits > quota.most:
                spent.append(until)
        return max(spent, default=None)

    async def forget_people(self, now: datetime) -> None:
        self._tickets = {key: one for key, one in self._tickets.items() if one.expires_at > now}
        self._sessions = {key: one for key, one in self._sessions.items() if one.expires_at > now}
        self._tokens = {
            key: one for key, one in self._tokens.items() if one.expires_at is None or one.expires_at > now
        }
        self._rates = {key: one for key, one in self._rates.items() if one[1] > now}
