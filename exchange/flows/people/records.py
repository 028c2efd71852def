"""The rows of people, of how they come in and of what they may do: plain values, as in `records.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from exchange.core.sign_in.groups import ROLES as ROLES  # noqa: PLC0414  # whoever has rows has these too
from exchange.core.sign_in.groups import Role as Role  # noqa: PLC0414
from exchange.flows.endorsements.records import EndorserKey

State = Literal["active", "suspended", "erased"]
Ceremony = Literal["oidc", "passkey", "new_passkey", "endorser_key"]
Scope = Literal["read", "award", "design", "people"]
Method = Literal["link", "code", "passkey", "oidc", "token", "shell", "none"]

SCOPES: tuple[Scope, ...] = ("read", "award", "design", "people")
"""What a token can be good for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. They are not their address: of those they have several, or none.

    `handle` is their short public name, if they chose one; `language` a BCP 47 tag, `""` for whatever their
    browser asks for. `operator`: they run this exchange. `picture` is the SHA-256 (hex) of theirs, `""`
    without one; its bytes are kept apart (`PeopleStore.picture`), for most who need a person need none.
    `halted` is why an operator has suspended their profile, `""` while they may speak for others.
    """

    id: str
    name: str
    created_at: datetime
    handle: str | None = None
    language: str = ""
    operator: bool = False
    state: State = "active"
    picture: str = ""
    halted: str = ""

    @property
    def is_suspended(self) -> bool:
        """Whether they may say nothing of others: their account is suspended, or their profile alone."""
        return self.state == "suspended" or self.halted != ""


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address of a person, in its one written form.

    Who has read a mail that we sent there has verified it. Until then (`verified_at` is None: an operator
    vouched for it) it lets mail for signing in through, and nothing else. A `former` one was theirs: badges
    that went there stay theirs, but it lets nobody in, until somebody verifies it again.
    """

    address: str
    person: str
    verified_at: datetime | None
    is_primary: bool = False
    former: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a person is to an OpenID provider: its issuer URL and the subject there."""

    provider: str
    subject: str
    person: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Passkey:
    """A WebAuthn credential. `id` is base64url; `public_key` is as COSE has it.

    `handle` is the user handle that its device keeps and tells: the id of the account it was made for. After
    two accounts became one, that need not be the account that it signs in to, `person`.
    """

    id: str
    person: str
    public_key: bytes
    counter: int
    name: str
    transports: tuple[str, ...]
    created_at: datetime
    handle: str
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. `hash` is the SHA-256 (hex) of the secret in its cookie.

    `agent` and `network` are coarse, and only there so that its person knows it again. `confirmed_at` is when
    they last proved that it is them: with a passkey, if they have any.
    """

    hash: str
    person: str
    method: Method
    agent: str
    network: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What a program acts with for a person; `hash` as in `Session`."""

    id: str
    hash: str
    person: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """Some people under one name: `slug` as it is typed, `name` as it is read."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a team; a lead says who else is."""

    team: str
    person: str
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at an issuer, of a person or of a whole team: one of the two is `""`."""

    issuer: str
    role: Role
    person: str = ""
    team: str = ""

    @property
    def holder(self) -> str:
        """`account/…` or `team/…`: who holds it, in one word. It names nobody: accounts have opaque ids."""
        return f"team/{self.team}" if self.team else f"account/{self.person}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What two accounts had when somebody began to make them one, for the transaction that does it to
    compare: the roles of both and the teams they are in; and of the one that ends, `source`, what it comes in
    and signs with. Entries in the log are made of this, so they would tell what is not so of anything that
    was changed after it was read."""

    source: str
    grants: tuple[Grant, ...] = ()
    members: tuple[Member, ...] = ()
    tokens: tuple[Token, ...] = ()
    passkeys: tuple[Passkey, ...] = ()
    keys: tuple[EndorserKey, ...] = ()

    def facts(self) -> frozenset[tuple[object, ...]]:
        """What has to be so still: one fact for each row, of what the log says about it."""
        return frozenset(
            [
                *(("role", one.issuer, one.person, one.role) for one in self.grants),
                *(("member", one.team, one.person, one.lead) for one in self.members),
                *(("token", one.id) for one in self.tokens),
                *(("passkey", one.id) for one in self.passkeys),
                *(("key", one.did, one.credential, one.retired_at, one.retired_from) for one in self.keys),
            ]
        )


@dataclass(frozen=True, slots=True)
class Ticket:
    """What was handed out to be handed back once: an `operator` link of a start, a `sign_in` by mail, an
    `address` to be verified, a `claim` of the `badge` that was awarded to the address, an answer to who asked
    it to `endorse` something (`badge` is the request); or what a browser began and is to end, a `Ceremony`.

    `hash` is the SHA-256 (hex) of the link's secret. A code belongs to the browser that asked: `nonce` is the
    hash of what that browser holds, `code` the hash of both.
    """

    hash: str
    kind: Literal["operator", "sign_in", "address", "claim", "endorse"] | Ceremony
    expires_at: datetime
    address: str | None = None
    person: str | None = None
    nonce: str | None = None
    code: str | None = None
    badge: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to be erased, by ids that name nobody: accounts, badges, `counts` of tries by their keys,
    and `orders` as `OrderStore.orders_for` names them. `handles` are the marks of those that nobody
    gets any more. `id` tells one erasure from another."""

    id: str
    accounts: tuple[str, ...]
    badges: tuple[str, ...]
    counts: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """Of handles, which the database keeps as digests under a key of ours: of the one that is `taken` up, and
    of the one that is `left`, which nobody else gets from then on. `""` for none."""

    taken: str = ""
    left: str = ""


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody signs in: what it calls itself, its network, and the session it came with, if any."""

    agent: str = ""
    network: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `most` times in `window`, counted from the first time on, under the name `key`."""

    key: str
    most: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts. `roles` are theirs at each issuer, their teams' included; `scopes` what their token is good
    for, None where no token narrows them; `session` the hash of theirs, `token` its id, `""` without one."""

    person: str
    method: Method
    name: str = ""
    session: str = ""
    operator: bool = False
    roles: Mapping[str, Role] = field(default_factory=dict)
    scopes: frozenset[Scope] | None = None
    language: str = ""
    confirmed_at: datetime | None = None
    token: str = ""


SHELL = Principal("", "shell")
"""Whoever has the machine, and the service itself where it acts on nobody's behalf: they may do anything."""

NOBODY = Principal("", "none")
"""Whoever did not say who they are."""
