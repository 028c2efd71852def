"""The tables as Piccolo sees them, for SQLite and PostgreSQL alike.

The migrations create them; a test holds the two together. Signed documents are bytes, exactly as they were
signed: JSONB reorders keys and SQLite makes a number of the text `123`. JSON of our own is text. Which
columns are unique is said in the migrations: Piccolo's `Unique` cannot be created on SQLite. `log_about` and
`log_node` have keys of two columns, which Piccolo does not know: only SQL of ours touches them.
"""

from __future__ import annotations

from typing import Any

from piccolo.columns import BigInt, Boolean, Bytea, Integer, Serial, Text, Timestamptz
from piccolo.engine.base import Engine
from piccolo.table import Table

from exchange.adapters.database.endorsement_tables import (
    BlockedSender,
    EndorsedSkill,
    Endorsement,
    EndorsementFact,
    EndorsementReport,
    EndorsementRequest,
    EndorserKey,
    Profile,
    Vouch,
    VouchTurn,
)
from exchange.adapters.database.imported_tables import ImportedBadge
from exchange.adapters.database.order_tables import (
    Batch,
    BatchRow,
    ChangeChunk,
    ChangeJob,
    Code,
    CodeUse,
    Held,
    SingleCode,
    Webhook,
)
from exchange.adapters.database.people_tables import (
    Address,
    HandleMark,
    Identity,
    Member,
    Passkey,
    Person,
    Rate,
    Role,
    Session,
    Team,
    Ticket,
    Token,
)
from exchange.adapters.database.portfolio_tables import Portfolio, PortfolioCopy, PortfolioLink, Publication


class Issuer(Table):
    slug = Text(primary_key=True)
    did = Text()
    profile = Text()
    updated_at = Timestamptz()
    origin = Text()


class SigningKey(Table):
    id = Text(primary_key=True)
    issuer = Text()
    multikey = Text()
    uri = Text()
    state = Text()
    created_at = Timestamptz()
    activated_at = Timestamptz(null=True)
    revoked_at = Timestamptz(null=True)
    revoked_position = BigInt(null=True)
    revoked_reason = Text(null=True)


class Achievement(Table):
    """Unique: (issuer, slug, version)."""

    id: Serial
    issuer = Text()
    slug = Text()
    version = Integer()
    document = Text()
    digest = Text()
    image = Bytea()
    svg = Bytea()
    alt = Text()
    valid_days = Integer(null=True)
    evidence_required = Boolean()
    created_at = Timestamptz()
    source = Text()
    retired_at = Timestamptz(null=True)
    origin = Text()


class Draft(Table):
    """What may become the next version of an achievement. Unique: (issuer, slug)."""

    id: Serial
    issuer = Text()
    slug = Text()
    source = Text()
    image = Bytea()
    svg = Bytea()
    revision = Integer()
    updated_at = Timestamptz()


class IssuerPicture(Table):
    """Every picture an issuer ever showed: badges name it by its digest. Unique: (issuer, digest)."""

    id: Serial
    issuer = Text()
    digest = Text()
    image = Bytea()


class DomainProof(Table):
    """What was found when an issuer's domain was asked last."""

    issuer = Text(primary_key=True)
    domain = Text()
    did = Text()
    way = Text()
    problem = Text()
    checked_at = Timestamptz()


class Badge(Table):
    """A credential on record, from its intent on; `signed` is null until it is signed.

    `erased`: the SHA-256 of the unsigned document, of one whose person was erased; their bytes are gone then.
    `claim`: what its holder said to it, as `flows.records.Claim`; `remind_at` is null when they are asked no
    more, `reminded` counts how often they were.
    `state`: `""`, suspended, revoked or erased. `renews`: the id of the badge that this one follows, or `""`.
    Unique: renews, where it names one.
    """

    id = Text(primary_key=True)
    kind = Text()
    issuer = Text()
    achievement = Text()
    version = Integer()
    recipient = Text()
    proof = Text()
    key_id = Text()
    unsigned = Bytea()
    message = Bytea()
    signed = Bytea(null=True)
    intended_at = Timestamptz()
    erased = Text(null=True)
    claim = Text()
    claimed_at = Timestamptz(null=True)
    remind_at = Timestamptz(null=True)
    reminded = Integer()
    state = Text()
    valid_until = Timestamptz(null=True)
    renews = Text()


class StatusList(Table):
    """Unique: (issuer, base, purpose) among the open ones. `reserved` counts its slots; `did` is its signer,
    `base` the exchange's URL that its badges know it under."""

    id = Text(primary_key=True)
    issuer = Text()
    purpose = Text()
    size = Integer()
    reserved = Integer()
    open = Boolean()
    version = Integer()
    signed_version = Integer()
    signed = Bytea(null=True)
    signed_at = Timestamptz(null=True)
    did = Text()
    base = Text()


class StatusSlot(Table):
    """An index given out: taken for good. Unique: (list_id, list_index) and (badge, purpose)."""

    id: Serial
    list_id = Text()
    purpose = Text()
    list_index = Integer()
    badge = Text(null=True)
    is_set = Boolean()


class StatusChange(Table):
    """The history of a badge's bits, only ever added to."""

    id: Serial
    badge = Text()
    purpose = Text()
    is_set = Boolean()
    reason = Text()
    at = Timestamptz()


class SigningStop(Table):
    """Who may not sign for now; `issuer` is `*` for everybody."""

    issuer = Text(primary_key=True)
    reason = Text()
    at = Timestamptz()


class Meta(Table):
    name = Text(primary_key=True)
    value = Text()


class Once(Table):
    """An Idempotency-Key that was used, and what is to be said again."""

    key = Text(primary_key=True)
    digest = Text()
    answer = Text()
    at = Timestamptz()


class Outbox(Table):
    """Parcels, in the order they were put on record. Unique: parcel.

    `due_at` is when it may be tried; who tries it moves that on, so that nobody else does, and leaves its
    name in `lease`. A mail that was sent keeps neither recipient nor payload; what a webhook was told names
    nobody, and stays for its log.
    """

    id: Serial
    parcel = Text()
    channel = Text()
    subject = Text()
    destination = Text()
    recipient = Text()
    payload = Text()
    posted_at = Timestamptz()
    after_badge = Text(null=True)
    expires_at = Timestamptz(null=True)
    due_at = Timestamptz()
    attempts = Integer()
    lease = Text()
    reason = Text()
    sent_at = Timestamptz(null=True)
    failed_at = Timestamptz(null=True)


class LogEntry(Table):
    """The leaves of the log; content and salt are null once they were erased."""

    position = BigInt(primary_key=True)
    entry = Bytea()
    content = Text(null=True)
    salt = Bytea(null=True)


class LogState(Table):
    """One row: how many entries there are, and the right edge of the tree above them."""

    id = Integer(primary_key=True)
    size = BigInt()
    frontier = Bytea()


class LogCheckpoint(Table):
    """What was signed about the log, a size at most once. Each column is told by the note, or can be compared
    with it: what nothing proves, such as a time, has no place here."""

    size = BigInt(primary_key=True)
    root = Bytea()
    note = Bytea()


TABLES: tuple[type[Table], ...] = (
    Issuer,
    SigningKey,
    Achievement,
    Draft,
    IssuerPicture,
    DomainProof,
    Badge,
    StatusList,
    StatusSlot,
    StatusChange,
    ChangeJob,
    ChangeChunk,
    SigningStop,
    Meta,
    Ticket,
    Person,
    Address,
    Identity,
    Passkey,
    Session,
    Token,
    Team,
    Member,
    Role,
    Rate,
    Once,
    Outbox,
    Batch,
    BatchRow,
    Held,
    Code,
    SingleCode,
    CodeUse,
    Webhook,
    Profile,
    EndorserKey,
    Endorsement,
    EndorsementRequest,
    EndorsementFact,
    EndorsedSkill,
    Vouch,
    VouchTurn,
    ImportedBadge,
    BlockedSender,
    Portfolio,
    PortfolioLink,
    PortfolioCopy,
    Publication,
    HandleMark,
    EndorsementReport,
    LogEntry,
    LogState,
    LogCheckpoint,
)


def bind(engine: Engine[Any]) -> None:
    """Let plain Piccolo queries go to this engine; the last one opened wins."""
    for table in TABLES:
        table._meta.db = engine
