"""The tables of people, of how they come in and of what they may do; as in `tables.py`."""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Bytea, Integer, Serial, Text, Timestamptz
from piccolo.table import Table


class Ticket(Table):
    """A one-time link or code: only the SHA-256 of its secret is here. Unique: nonce."""

    hash = Text(primary_key=True)
    kind = Text()
    expires_at = Timestamptz()
    address = Text(null=True)
    person = Text(null=True)
    nonce = Text(null=True)
    code = Text(null=True)
    tries = Integer()
    badge = Text(null=True)


class Person(Table):
    """Unique: handle."""

    id = Text(primary_key=True)
    handle = Text(null=True)
    name = Text()
    picture = Bytea(null=True)
    language = Text()
    operator = Boolean()
    state = Text()
    created_at = Timestamptz()
    picture_digest = Text()
    halted = Text()


class HandleMark(Table):
    """A handle that was left, as a digest under a key: nobody else's than `person`'s, with `""` nobody's."""

    mark = Text(primary_key=True)
    person = Text()


class Address(Table):
    """An e-mail address of one person. Unique: person among the primary ones."""

    address = Text(primary_key=True)
    person = Text()
    verified_at = Timestamptz(null=True)
    is_primary = Boolean()
    former = Boolean()


class Identity(Table):
    """Unique: (provider, subject)."""

    id: Serial
    provider = Text()
    subject = Text()
    person = Text()
    created_at = Timestamptz()


class Passkey(Table):
    id = Text(primary_key=True)
    person = Text()
    public_key = Bytea()
    counter = BigInt()
    name = Text()
    transports = Text()
    created_at = Timestamptz()
    last_used_at = Timestamptz(null=True)
    handle = Text()


class Session(Table):
    hash = Text(primary_key=True)
    person = Text()
    method = Text()
    agent = Text()
    network = Text()
    created_at = Timestamptz()
    seen_at = Timestamptz()
    expires_at = Timestamptz()
    confirmed_at = Timestamptz(null=True)


class Token(Table):
    """Unique: hash. `scopes` are words with a space between."""

    id = Text(primary_key=True)
    hash = Text()
    person = Text()
    name = Text()
    scopes = Text()
    created_at = Timestamptz()
    expires_at = Timestamptz(null=True)
    last_used_at = Timestamptz(null=True)


class Team(Table):
    slug = Text(primary_key=True)
    name = Text()


class Member(Table):
    """Unique: (team, person)."""

    id: Serial
    team = Text()
    person = Text()
    lead = Boolean()


class Role(Table):
    """A role at an issuer, of a person or of a team. Unique: (issuer, person), (issuer, team)."""

    id: Serial
    issuer = Text()
    person = Text(null=True)
    team = Text(null=True)
    role = Text()


class Rate(Table):
    """How often something was done since a window of time began; it ends at `until`."""

    id = Text(primary_key=True)
    hits = Integer()
    until = Timestamptz()
