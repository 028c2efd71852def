"""The rows the flows think in: plain values, the same in SQLite, PostgreSQL and the simulator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar, dataclass_transform

T = TypeVar("T")
Purpose = Literal["revocation", "suspension"]
KeyState = Literal["pending", "active", "verify-only", "revoked"]
Origin = Literal["files", "desk"]
Claim = Literal["", "offered", "accepted", "declined"]
"""What the holder of a badge said to it; `""` where it went to no address, so that there is nobody to ask."""

EVERY = "*"
"""The `issuer` of a stop that holds for the whole instance; no slug is that."""

OPERATOR = "operator"
"""The name under which it is on record who was the first operator: nobody becomes it by a link any more."""

HELD = "read_only"
"""The name under which it is on record that, and why, this instance must not write; `""` when it may."""


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """A frozen dataclass, but only for mypy: what is made for every badge of a batch. Python takes longer to
    set each field of one that is frozen than to write a short column."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A profile that issues. `did` is its `issuer.id`; `profile` its JSON object without `id`; `origin`:
    whether a catalogue's files or the desk wrote that last."""

    slug: str
    did: str
    profile: dict[str, object]
    updated_at: datetime
    origin: Origin = "files"


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

    `document` is the Achievement object exactly as it goes into badges; `image` is the PNG, `svg` the same
    picture as SVG, `alt` its text. `source` is what the catalogue said, as JSON text, so that `sync` can show
    what changed and `export` can write it back: `""` for a version that an older program made. `digest` is
    its SHA-256 (hex). `retired_at` is set while the badge is in no catalogue: nothing is awarded from it.
    `origin`: whether a catalogue's files or the desk said it last.
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
    origin: Origin = "files"


@record
class StatusSlot:
    """One reserved bit: entry `index` of list `list_id`."""

    list_id: str
    purpose: Purpose
    index: int


@record
class Intent:
    """What is about to be signed, on record before it is signed.

    `unsigned` are the exact bytes that, with a signature, become the badge; `message` what the key signs.
    `remind_at`: when whom it is offered to is reminded first, None for never.
    `renews` is the key of the badge that this one follows, `""` for most.
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
    claim: Claim = ""
    remind_at: datetime | None = None
    valid_until: datetime | None = None
    renews: str = ""


@record
class Leaf:
    """What the log is to keep of one effect: the facts and the salt that its entry commits to.

    `about`: under which names it is found again (`badge:KEY`, `account:ID`), none of them a person's.
    """

    kind: str
    at: datetime
    content: dict[str, object]
    salt: bytes
    about: tuple[str, ...]


RotationLeaves = Callable[[Sequence[str], bool], Sequence[Leaf]]
"""The leaves of a rotation, told which keys (multikeys) it retired and whether the issuer's row changed.
It may be called more than once, and must touch nothing else."""


@record
class Once:
    """An Idempotency-Key: `digest` (SHA-256, hex) of what was asked with it, and `answer`, what the flow that
    does it needs to say the same again."""

    key: str
    digest: str
    at: datetime
    answer: str = ""


@record
class Parcel:
    """Something to be delivered, put on record in the transaction of what it tells of.

    `id` goes along with every attempt, so that a receiver can tell a repeat. Parcels of one `subject` are
    delivered in the order they were put on record; `destination` is who may keep us waiting (a domain, a
    host). `payload` is JSON text. It is not due before the badge `after_badge` is signed. What `expires_at`
    some moment holds a secret that is good until then, and is never tried after it.
    """

    id: str
    channel: Literal["mail", "webhook"]
    subject: str
    destination: str
    recipient: str
    payload: str
    posted_at: datetime
    after_badge: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it stands with a parcel that was not delivered yet. `reason`: why the last attempt failed, or `""`;
    `failed_at`: nobody tries any more."""

    parcel: Parcel
    due_at: datetime
    attempts: int = 0
    reason: str = ""
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in words; `html` says the same as `text`. `id` and `at` are those of its parcel."""

    id: str
    to: str
    at: datetime
    language: str
    subject: str
    text: str
    html: str


@record
class Draft:
    """A credential to be put on record as soon as its status entries are known, all in one transaction.

    `write` makes the intent and its leaf for the slots it got, one for each of `purposes`. It may be called
    more than once, and must touch nothing else. `base` is the URL of this exchange that the lists are named
    under. `parcels` tell of it, once it is signed. `speaks`: the key of a peer that it is the credential of;
    nothing is done for one that signs no more just then, or whose person is suspended.
    """

    issuer: str
    base: str
    purposes: tuple[Purpose, ...]
    write: Callable[[tuple[StatusSlot, ...]], tuple[Intent, Leaf]]
    once: Once | None = None
    parcels: tuple[Parcel, ...] = ()
    speaks: str = ""


@dataclass(frozen=True, slots=True)
class LogRecord:
    """An entry of the log; `content` and `salt` are None once they were erased."""

    position: int
    entry: bytes
    content: dict[str, object] | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry of the log as it is stored: nothing of it was decoded, so anything can be in it."""

    position: int
    entry: bytes
    content: bytes | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A signed statement of the log's size and root (C2SP tlog-checkpoint)."""

    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class Badge:
    """A credential on record. `signed` is None only between intent and signature; `claimed_at` is when its
    holder said so, `reminded` how often they were asked again."""

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
    claim: Claim = ""
    claimed_at: datetime | None = None
    remind_at: datetime | None = None
    reminded: int = 0
    valid_until: datetime | None = None
    renews: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Asks a holder again, by `parcel` if there is one: of the badge that was asked for `reminded` times;
    again at `next_at`, None for never."""

    badge: str
    reminded: int
    next_at: datetime | None
    parcel: Parcel | None


@record
class Signed:
    """What there is to show of a credential that is signed. `alt` is the text of its picture."""

    id: str
    kind: Literal["badge", "endorsement"]
    issuer: str
    achievement: str
    version: int
    recipient: str
    proof: str
    signed: bytes
    intended_at: datetime
    claim: Claim
    renews: str
    alt: str


@dataclass(frozen=True, slots=True)
class Published:
    """What the world may see of a badge that is signed."""

    id: str
    issuer: str
    achievement: str
    version: int
    proof: str
    signed: bytes


@dataclass(frozen=True, slots=True)
class StatusList:
    """One shared list: `version` counts changes of its bits, `signed_version` is what `signed` shows.

    `did` is who it speaks as and `base` the URL of this exchange in its address, both for good: badges trust
    a list only from their own issuer, and only at the address they name. "" for a base that nobody knows.
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
    base: str = ""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One line of a badge's history: a bit set or cleared, when and why."""

    badge: str
    purpose: Purpose
    on: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """What a peer signed, or the credential of their key, that is over: its bit, and the leaf."""

    change: StatusChange
    leaf: Leaf


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A WebAuthn credential that was just made. `id` is base64url, `public_key` as COSE has it.

    `counter` is how often it was used, as its device counts; 0 for one that does not count. `transports` are
    the ways to reach it; `synced`: it may be on several devices of its person.
    """

    id: str
    public_key: bytes
    counter: int
    transports: tuple[str, ...]
    synced: bool


@dataclass(frozen=True, slots=True)
class PasskeyUse:
    """A passkey proved to be there, with what is to be kept of that."""

    id: str
    counter: int
    synced: bool
