"""The rows of endorsements: plain values, as in `flows/records.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from exchange.core.trust.facts import Fact
from exchange.core.vouches import Given
from exchange.flows.records import Draft, Ending, Intent, Leaf, Parcel, StatusChange, StatusSlot

Custody = Literal["holder", "exchange"]
Kind = Literal["badge", "achievement", "issuer", "profile"]
State = Literal["drafted", "signed", "withdrawn", "superseded"]
Shown = Literal["waiting", "shown", "hidden"]
ReportKind = Literal["endorsement", "vouch"]
ReportState = Literal["open", "dismissed", "hidden", "handed"]
Asked = Literal["asked", "answered", "declined", "not_delivered", "taken_back"]

EXCHANGE = "exchange"
"""The slug of the issuer that the exchange itself is: it says whose key a key is, and keeps the status of
what peers sign."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A pseudonym of a person, for signed documents."""

    id: str
    person: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class EndorserKey:
    """A key that somebody endorses with; `custody` says who has it. `credential`: the key of the credential
    that says whose it is. Nothing is recorded with a retired one; `retired_from`: since when it may be in
    other hands."""

    did: str
    person: str
    custody: Custody
    uri: str
    label: str
    credential: str
    created_at: datetime
    retired_at: datetime | None = None
    retired_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endorsement:
    """What `endorser` (an account; `""` for an issuer, named by `issuer`) says of `subject`, which is the key
    of a badge, `issuer/slug@version`, the slug of an issuer, or the key of a profile. `holder` is the account
    it is about, `""` for an achievement or issuer.

    `did` is the key that signs: a did:key, or an issuer's verification method. `unsigned` are the exact bytes
    to be signed, while it is drafted; `signed` is what came of them: None, of an issuer's, until its key was
    at hand. `suspended`: its endorser is, which is read with it and never stored here. `barred` is why who
    answers for the badge has taken it off there, `""` while they have not. `unasked`: whom it is about had
    blocked who signed it and had not asked for it, so it is in no list of theirs, until they settle it.
    """

    id: str
    endorser: str
    issuer: str
    holder: str
    kind: Kind
    subject: str
    request: str
    did: str
    custody: Custody
    state: State
    shown: Shown
    supersedes: str
    unsigned: bytes
    slot: StatusSlot
    drafted_at: datetime
    signed_at: datetime | None = None
    ended_at: datetime | None = None
    settled_at: datetime | None = None
    signed: bytes | None = None
    suspended: bool = False
    barred: str = ""
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class EndorsementDraft:
    """What is to be drafted as soon as its status entry is known. `write` may be called more than once, and
    must touch nothing else. `base` is the URL of this exchange that the list is named under."""

    base: str
    write: Callable[[StatusSlot], Endorsement]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A draft with its signature: the row of `badge` it becomes, its leaf, and what is told of it.

    `supersede` makes the end of the one that stood before, by its id. `request` is answered by it. `fact` is
    what its document says of a person, for trust summaries; None where it is about nobody. `unasked` is as
    in `Endorsement`.
    """

    id: str
    intent: Intent
    signed: bytes
    leaf: Leaf
    supersede: Callable[[str], tuple[StatusChange, Leaf]]
    at: datetime
    request: str = ""
    parcels: Sequence[Parcel] = ()
    fact: Fact | None = None
    unasked: bool = False


@dataclass(frozen=True, slots=True)
class ByIssuer:
    """An endorsement in an issuer's name, to be put on record before it is signed. `row` makes it of the
    intent that `draft` became; it may be called more than once, and must touch nothing else. `ends` is the
    end of the one that stands until then, None where none does."""

    draft: Draft
    subject: tuple[Kind, str]
    row: Callable[[Intent], Endorsement]
    ends: Ending | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """What is asked about an endorser, by profile ids: does `holder` endorse them, and who else endorses them
    for one of the `skills`."""

    endorser: str
    holder: str
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptFact:
    """What is on record of what an endorsement says, and the skills that it is found by."""

    fact: Fact
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """`address` was asked for an endorsement by `holder`; `person` is the account that was picked, if any.
    Who has not answered is reminded at `remind_at`, None for never again; `reply` is what they said with a
    no, if anything."""

    id: str
    holder: str
    kind: Kind
    subject: str
    skills: tuple[str, ...]
    note: str
    address: str
    person: str
    state: Asked
    asked_at: datetime
    expires_at: datetime
    remind_at: datetime | None = None
    reminded: int = 0
    ended_at: datetime | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """Requests to be put on record, with their leaves and mails."""

    requests: Sequence[Request]
    leaves: Sequence[Leaf]
    parcels: Sequence[Parcel] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Asks again, by `parcel` if there is one: of the request that was asked again `reminded` times; next at
    `next_at`, None for never."""

    request: str
    reminded: int
    next_at: datetime | None
    parcel: Parcel | None


@dataclass(frozen=True, slots=True)
class Report:
    """A reader (`reporter`: an account, `""` for who has none) says that something is wrong with an
    endorsement or vouch. `issuer` answers for the badge that it is of, `""` where that is nobody; `answer` is
    why it was decided as it was. `hides` is why it hides what it is about: as long as it is hidden, and while
    it is handed over after that; else `""`."""

    id: str
    kind: ReportKind
    subject: str
    issuer: str
    reporter: str
    reason: str
    note: str
    state: ReportState
    at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""
    answer: str = ""
    hides: str = ""


@dataclass(frozen=True, slots=True)
class Joining:
    """What ends when two accounts become one. `is_one` is asked with all that their person gave and got,
    as it stands after that: False if it holds what could not have been given if they had been one, so that it
    was given just now. `taken_back` are the requests that one made to the other, each with its leaf."""

    endings: Sequence[Ending]
    is_one: Callable[[Sequence[Given]], bool]
    taken_back: Sequence[tuple[Request, Leaf]] = ()
