"""The rows the flows think in: plain values, the same in SQLite, PostgreSQL and the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Purpose = Literal["revocation", "suspension"]


@dataclass(frozen=True, slots=True)
class Issuer:
    """A profile that issues. `did` is its `issuer.id`; `profile` its JSON object without `id`."""

    slug: str
    did: str
    profile: dict[str, object]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Which key an issuer signs with. `uri` says where the private half lives, never what it is."""

    id: str
    issuer: str
    multikey: str
    uri: str
    state: Literal["pending", "active", "verify-only", "revoked"]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Achievement:
    """One frozen version of what can be earned.

    `document` is the Achievement object exactly as it goes into badges; `image` is the PNG, `svg` the same
    picture as SVG, `alt` its text. `source` is what the catalogue said, as JSON text, so that `sync` can show
    what changed and `export` can write it back: `""` for a version that an older program made. `digest` is
    its SHA-256 (hex). `retired_at` is set while the badge is in no catalogue: nothing is awarded from it.
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
    source: str
    retired_at: datetime | None = None


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
    """One shared list: `version` counts changes of its bits, `signed_version` is what `signed` shows."""

    id: str
    issuer: str
    purpose: Purpose
    size: int
    version: int
    signed_version: int
    signed: bytes | None
    signed_at: datetime | None


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
