"""The rows the flows think in: plain values, the same in SQLite, PostgreSQL and the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Purpose = Literal["revocation", "suspension"]
KeyState = Literal["pending", "active", "verify-only", "revoked"]

EVERY = "*"
"""The `issuer` of a stop that holds for the whole instance; no slug is that."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A profile that issues. `did` is its `issuer.id`; `profile` its JSON object without `id`."""

    slug: str
    did: str
    profile: dict[str, object]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Which key an issuer signs with. `uri` says where the private half lives, never what it is.

    pending (made, not yet used) → active (signs) → verify-only (what it signed stays good) → revoked (it
    proves nothing any more). `revoked_at` is the moment from which it may have been in other hands, which may
    lie before the command; `revoked_position` the size of the log at that moment, once there is a log.
    """

    id: str
    issuer: str
    multikey: str
    uri: str
    state: KeyState
    created_at: datetime
    activated_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_position: int | None = None
    revoked_reason: str | None = None


@dataclass(frozen=True, slots=True)
class SigningStop:
    """Nothing is signed for `issuer` (a slug, or `EVERY`) until the stop is taken away."""

    issuer: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Achievement:
    """One frozen version of what can be earned.

    `document` is the Achievement object exactly as it goes into badges; `digest` the SHA-256 (hex) of its
    catalogue source, so that `sync` sees what changed; `image` is the PNG, `svg` the same picture as SVG,
    `alt` its text.
    """

    issuer: str
    slug: str
    version: int
    document: dict[str, object]
    digest: str
    image: bytes
    svg: bytes
    alt: str
    valid_days: int | None
    evidence_required: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StatusSlot:
    """One reserved bit: entry `index` of list `list_id`."""

    list_id: str
    purpose: Purpose
    index: int


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be signed, on record before it is signed.

    `unsigned` are the exact bytes that, with a signature, become the badge; `message` what the key signs.
    """

    id: str
    kind: Literal["badge", "endorsement"]
    issuer: str
    achievement: str
    version: int
    recipient: str
    proof: str
    key_id: str
    unsigned: bytes
    message: bytes
    slots: tuple[StatusSlot, ...]
    intended_at: datetime


@dataclass(frozen=True, slots=True)
class Badge:
    """A credential on record. `signed` is None only between intent and signature."""

    id: str
    kind: Literal["badge", "endorsement"]
    issuer: str
    achievement: str
    version: int
    recipient: str
    proof: str
    key_id: str
    unsigned: bytes
    message: bytes
    signed: bytes | None
    intended_at: datetime
    slots: tuple[StatusSlot, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusList:
    """One shared list: `version` counts changes of its bits, `signed_version` is what `signed` shows.

    `did` is who it speaks as, for good: badges trust a list only from their own issuer.
    """

    id: str
    issuer: str
    purpose: Purpose
    size: int
    version: int
    signed_version: int
    signed: bytes | None
    signed_at: datetime | None
    did: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What lets the operator in: a link that works once, or the session it opened.

    `hash` is the SHA-256 (hex) of the secret; the secret itself is only ever in the link or the cookie.
    """

    hash: str
    kind: Literal["link", "session"]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One line of a badge's history: a bit set or cleared, when and why."""

    badge: str
    purpose: Purpose
    on: bool
    reason: str
    at: datetime
