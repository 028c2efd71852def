"""People, and what is theirs, to put into a store."""

from __future__ import annotations

from exchange.flows.people.records import Address, Passkey, Person, Session, Ticket, Token
from exchange.flows.records import Leaf
from tests.adapters.database.samples import START, minutes

ANA = Person("ana", "Ana Łucja", START, "ana", "de")
BEN = Person("ben", "Ben", minutes(1))


def leaf(what: str = "role") -> Leaf:
    return Leaf("role", START, {"what": what}, bytes(16), (f"account:{what}",))


def address(of: str, text: str = "", verified: bool = True) -> Address:
    return Address(text or f"{of}@example.org", of, START if verified else None)


def session(hash: str, of: str = "ana", at: float = 0) -> Session:
    return Session(hash, of, "link", "Firefox", "192.0.2.0/24", START, minutes(at), minutes(60), START)


def token(id: str, of: str = "ana") -> Token:
    return Token(id, f"hash-{id}", of, "ci", ("read", "award"), START, minutes(60))


def passkey(id: str, of: str = "ana", counter: int = 0) -> Passkey:
    return Passkey(id, of, bytes(range(256)), counter, "Phone", ("internal", "hybrid"), START)


def ticket(hash: str, expires: float = 15, of: str | None = None, nonce: str | None = None) -> Ticket:
    code = nonce and f"code-{nonce}"
    return Ticket(hash, "sign_in", minutes(expires), "ana@example.org", of, nonce, code)
