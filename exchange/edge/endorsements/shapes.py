"""The shapes of endorsements, for the API's description; see `edge/http/shapes.py`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Text, Time, Url


class Named(TypedDict):
    """A team or a skill; a skill without a framework has no `id`."""

    name: Text
    id: NotRequired[Text]


class Endorser(TypedDict):
    """Who says it: the did:key that signed, whom the exchange says it belongs to, and their pseudonym."""

    key: Text
    name: Text
    profile: NotRequired[Url]


class Endorsement(TypedDict):
    """One endorsement as it stands now; what was signed is at its `id`. `signedBy`: whether only the endorser
    has the key, or the exchange recorded it for them. Of one that does not stand, what it said is left out:
    it was withdrawn, or its endorser is suspended."""

    id: Url
    state: Literal["active", "suspended", "withdrawn", "superseded"]
    endorser: Endorser
    signedBy: Literal["endorser", "exchange"]
    relationship: Text
    earlierVersion: bool
    signedAt: Time
    about: Text
    team: NotRequired[Named]
    holderTeam: NotRequired[Named]
    withdrawnAt: NotRequired[Time]
    line: NotRequired[str]
    text: NotRequired[str]
    evidence: NotRequired[list[str]]
    skills: NotRequired[list[Named]]


class EndorsementList(TypedDict):
    """What its holder shows, the oldest first."""

    endorsements: list[Endorsement]


class BackingIssuer(TypedDict):
    """The issuer that endorses: the DID that signed, and its short name here."""

    id: Text
    name: Text
    slug: Text


class Backing(TypedDict):
    """An issuer's endorsement as it stands now; what was signed is at its `id`. Of one that does not stand,
    what it said is left out; `key_revoked`: others may have the key that signed it. `displayed`: it is shown
    with what it is about."""

    id: Url
    state: Literal["active", "withdrawn", "superseded", "key_revoked"]
    source: Literal["issuer"]
    issuer: BackingIssuer
    kind: Literal["achievement", "issuer"]
    about: Text
    earlierVersion: bool
    displayed: bool
    signedAt: Time
    endedAt: NotRequired[Time]
    line: NotRequired[str]
    text: NotRequired[str]


class BackingList(TypedDict):
    endorsements: list[Backing]


class BackingsOfIssuer(TypedDict):
    """What an issuer says of others, and what others say of it and of what it awards."""

    given: list[Backing]
    received: list[Backing]


class BackRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is endorsed, what is said of it, and in which form it is signed."""

    subject: str
    line: str
    text: str = ""
    proof: Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"] = "eddsa-rdfc-2022"


class BackWithdrawRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Why, if that is to be in the log."""

    reason: str = ""


class TrustLine(TypedDict):
    """One fact: what is said, in English, and the endorsements that it rests on."""

    code: Text
    says: Text
    credentials: list[Url]


class Bridge(TypedDict):
    """How many endorsers of one team endorse people of another, as the teams were when it was signed."""

    endorserTeam: Text
    holderTeam: Text
    endorsers: int


class TrustSummary(TypedDict):
    """Facts about the badges with these ids. `bridges` has no cell with fewer than three endorsers."""

    about: list[Url]
    asOf: Time
    lines: list[TrustLine]
    bridges: list[Bridge]


Kind = Literal["endorsement", "vouch"]
Reason = Literal["untrue", "insulting", "private", "traded", "other"]


class ReportRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is wrong with what: `key` is that of the endorsement, or of the badge that the vouch is."""

    kind: Kind
    key: Annotated[str, Meta(min_length=1, max_length=300)]
    reason: Reason
    note: Annotated[str, Meta(max_length=300)] = ""


class Reported(TypedDict):
    """It is before who answers for the badge."""

    reported: Literal[True]


class SettleRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Why; not needed to dismiss."""

    reason: Annotated[str, Meta(max_length=500)] = ""


class Report(TypedDict):
    """What a reader says is wrong with `about`; `answer` is why it was decided as it was. Who reported it is
    told to nobody."""

    id: Text
    kind: Kind
    about: Url
    issuer: str
    reason: Text
    note: str
    state: Literal["open", "dismissed", "hidden", "handed"]
    answer: str
    at: Time
    settledAt: NotRequired[Time]


class ReportList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    reports: list[Report]
    next: NotRequired[Url]
