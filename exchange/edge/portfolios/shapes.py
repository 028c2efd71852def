"""The shapes of portfolios, for the API's description; see `edge/http/shapes.py`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Size, Text, Time, Url

Kind = Literal["badge", "endorsement", "vouch", "imported"]
Grouping = Literal["hand", "skill", "issuer", "time"]
Template = Literal["promotion", "lateral", "skills"]
State = Literal[
    "valid",
    "suspended",
    "revoked",
    "withdrawn",
    "expired",
    "not_yet_valid",
    "superseded",
    "issuer_unknown",
    "invalid",
    "unknown",
]
Origins = Annotated[list[Annotated[str, Meta(min_length=1, max_length=300)]], Meta(max_length=20)]
Key = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[A-Za-z0-9-]+$")]


class Skill(TypedDict):
    """`id` is the URL of a skills list's entry, or empty."""

    name: str
    id: str


class Evidence(TypedDict):
    url: str
    name: str
    narrative: str


class ShownItem(TypedDict):
    """One item as its reader sees it; a `state` that is not `valid` makes it a tombstone, without words."""

    key: Text
    kind: Kind
    state: State
    since: Time | None
    reason: str
    name: str
    description: str
    issuer: str
    domain: str
    page: Url | None
    picture: Url | None
    alt: str
    credential: Url | None
    at: Time | None
    validFrom: Time | None
    validUntil: Time | None
    skills: list[Skill]
    evidence: list[Evidence]
    relationship: str
    team: str
    line: str
    text: str
    signedBy: Literal["own", "exchange"] | None
    sponsor: bool
    about: str
    earlier: bool
    lookedAt: Time | None


class Group(TypedDict):
    title: str
    items: list[str]


class Fact(TypedDict):
    code: Text
    says: Text
    credentials: list[str]


class Links(TypedDict):
    page: Url
    skills: Url
    timeline: Url
    frame: Url
    events: Url
    card: Url
    shield: Url


class Shown(TypedDict):
    """A portfolio as its reader sees it, verified at `checkedAt`; docs/portfolio.md has what its members
    mean."""

    type: Literal["portfolio"]
    key: str
    person: str
    portrait: Url | None
    headline: Text
    points: list[str]
    template: Template
    grouping: Grouping
    counts: dict[str, Size]
    groups: list[Group]
    items: list[ShownItem]
    facts: list[Fact]
    receipt: bool
    revision: Text
    checkedAt: Time
    freshUntil: Time
    links: Links


class PublicPortfolio(TypedDict):
    headline: Text
    url: Url


class PublicList(TypedDict):
    """All that somebody has made public, where that is more than one."""

    type: Literal["portfolios"]
    person: str
    handle: Text
    portfolios: list[PublicPortfolio]


class Item(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One choice of its holder. `evidence` are the numbers of what is shown with it, as text."""

    key: Key
    kind: Kind
    id: Text
    group: Annotated[str, Meta(max_length=60)] = ""
    hidden: bool = False
    evidence: list[Annotated[str, Meta(pattern="^[0-9]{1,4}$")]] = []


class MakePortfolio(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A new one, of everything that they have."""

    headline: Annotated[str, Meta(min_length=1, max_length=120)]
    template: Template = "skills"


class EditPortfolio(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What it is to say, as a whole; `revision` is the one that you saw."""

    revision: Annotated[int, Meta(ge=1)]
    headline: Annotated[str, Meta(min_length=1, max_length=120)]
    points: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=3)] = []
    template: Template = "skills"
    grouping: Grouping = "hand"
    items: Annotated[list[Item], Meta(max_length=200)] = []
    portrait: bool = False


class SharePortfolio(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """For whom; which items, all that are not hidden unless said; until when; whether its openings are
    counted, of which its reader is told; and which sites may show it in a frame, none unless said, null for
    any."""

    label: Annotated[str, Meta(min_length=1, max_length=80)]
    items: list[Key] | None = None
    expires: Time | None = None
    receipt: bool = False
    origins: Origins | None = []


class FrameLink(Struct, forbid_unknown_fields=True):
    """Which sites may show it in a frame; null for any."""

    origins: Origins | None


class PublishPortfolio(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Its name in the address, from the headline unless said; whether search engines may list it; and which
    sites may show it in a frame, any unless said."""

    slug: Annotated[str, Meta(max_length=60)] = ""
    search: bool = False
    origins: Origins | None = None


class Publication(TypedDict):
    """How a portfolio is public, and where."""

    url: Url
    slug: Text
    search: bool
    origins: list[str] | None
    publishedAt: Time


class Link(TypedDict):
    """`opened` and `openedAt` stay empty without `receipt`. `origins` are the sites that may frame it, null
    for any."""

    id: Text
    label: Text
    items: list[str] | None
    receipt: bool
    on: bool
    madeAt: Time
    expiresAt: Time | None
    offAt: Time | None
    opened: Size
    openedAt: Time | None
    origins: list[str] | None


class SharedLink(Link):
    """`url` is told this once."""

    url: Url


class KeptItem(TypedDict):
    key: Text
    kind: Kind
    id: Text
    group: str
    hidden: bool
    evidence: list[str]


class Portfolio(TypedDict):
    """As its holder keeps it."""

    id: Text
    revision: Annotated[int, Meta(ge=1)]
    madeAt: Time
    changedAt: Time
    headline: Text
    points: list[str]
    template: Template
    grouping: Grouping
    items: list[KeptItem]
    portrait: bool
    links: NotRequired[list[Link]]
    public: NotRequired[Publication | None]


class PortfolioList(TypedDict):
    portfolios: list[Portfolio]


class ChoiceEvidence(TypedDict):
    id: Text
    url: str
    name: str
    narrative: str


class Choice(TypedDict):
    """What may be put in; `about` is the badge that an endorsement is of."""

    kind: Kind
    id: Text
    name: str
    by: str
    at: Time
    about: str
    evidence: list[ChoiceEvidence]


class Choices(TypedDict):
    choices: list[Choice]


class Removed(TypedDict):
    id: Text


class Copy(TypedDict):
    """What was signed of what a link shows."""

    link: Text
    kind: Literal["record", "presentation", "answer"]
    madeAt: Time
    until: Time


class ToPresent(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """By which key, for how many days; and for one reader only, where they asked."""

    did: Text
    days: Annotated[int, Meta(ge=1, le=90)] = 30
    domain: Annotated[str, Meta(max_length=300)] = ""
    challenge: Annotated[str, Meta(max_length=300)] = ""


class SignedPresentation(ToPresent, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The same, with `made` as it was told, and the signature: base64url of r and s."""

    made: Time
    signature: Text


class PreparedPresentation(TypedDict):
    """What the key signs (ES256). Sent back signed, with `made`, it is kept."""

    message: Text
    made: Time
    until: Time


class Named(TypedDict):
    """An item in a few words; the portfolio's value has the rest, by its key."""

    key: Text
    kind: Kind
    state: State
    name: str
    issuer: str
    relationship: str
    signedBy: Literal["own", "exchange"] | None


class Backed(TypedDict):
    """A skill. `needed` and `gaps` are for the holder only: what of it is missing in what is shown."""

    name: Text
    id: str
    badges: list[Named]
    vouches: list[Named]
    endorsements: list[Named]
    evidence: list[Evidence]
    needed: NotRequired[bool]
    gaps: NotRequired[list[Literal["nothing", "no_badge", "only_past", "no_evidence", "no_endorsement"]]]


class BySkill(TypedDict):
    """`without`: what names no skill."""

    skills: list[Backed]
    without: list[Named]


class MyBySkill(BySkill):
    """`roles` are the families of roles that can be asked about."""

    roles: list[str]


class Event(TypedDict):
    """`about` is the key of the item that an endorsement is of."""

    at: Time
    what: Literal[
        "awarded", "endorsed", "vouched", "suspended", "revoked", "withdrawn", "superseded", "expired"
    ]
    item: Named
    reason: str
    about: str


class Timeline(TypedDict):
    """`undated`: that of which no day is known."""

    events: list[Event]
    undated: list[Named]


class TalkingPoint(TypedDict):
    item: Named
    sentence: str
    ask: list[Named]
    evidence: list[Evidence]
    questions: list[str]


class TalkingSection(TypedDict):
    title: str
    points: list[TalkingPoint]


class TalkingPoints(TypedDict):
    """Its sentences are in the language that was asked for. `more` stands as well, `past` does not any
    more."""

    person: str
    headline: Text
    points: list[str]
    skills: list[str]
    sections: list[TalkingSection]
    more: list[Named]
    past: list[Named]
    questions: list[str]
