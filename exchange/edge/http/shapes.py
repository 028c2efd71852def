"""The shapes of what programs send and get, for the API's description.

What is signed has its shape in `schemas/`; here is the rest. Requests are read by their handlers, whose
errors name the member; `tests/edge/http/test_schemathesis.py` holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

Text = Annotated[str, Meta(min_length=1)]
Size = Annotated[int, Meta(ge=0)]
Hash = Annotated[str, Meta(pattern="^[A-Za-z0-9+/]{43}=$", description="SHA-256 in base64.")]
Jwt = Annotated[str, Meta(pattern=r"^[\w-]+\.[\w-]+\.[\w-]+$")]
Bytes = Annotated[str, Meta(extra_json_schema={"contentMediaType": "application/octet-stream"})]
Hashes = Annotated[list[Hash], Meta(max_length=64)]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s/?#]+\S*$", max_length=2048)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Mail = Annotated[bool, Meta(description="Whether who has the badge is told by mail; true unless said.")]
State = Literal["active", "suspended", "revoked", "expired"]
Act = Literal["suspend", "reinstate", "revoke"]


class Problem(TypedDict):
    """What went wrong (RFC 9457). `code` is stable; `at` says where, `instance` under which number."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    code: str
    at: NotRequired[str]
    instance: NotRequired[str]


class AwardRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who is to get what."""

    issuer: Annotated[str, Meta(examples=["atlas"])]
    badge: Annotated[str, Meta(examples=["incident-lead"])]
    to: Annotated[
        str,
        Meta(
            max_length=1024,
            description="An e-mail address, with mailto: or without, a DID or an https address.",
            examples=["ann@example.org"],
        ),
    ]
    evidence: list[Url] = []
    narrative: Annotated[str, Meta(max_length=10_000, description="Markdown.")] = ""
    validUntil: Time | Literal[""] = ""
    proof: Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"] = "eddsa-rdfc-2022"
    mail: Mail = True
    hold: Annotated[bool, Meta(description="Whether a second person has to approve it first.")] = False


class Awarded(TypedDict):
    """A signed badge, and where its forms are; `key` names it in other requests."""

    id: Url
    key: Text
    files: AwardedFiles


class AwardedFiles(TypedDict):
    """Either `json` or `jwt`, by the proof that was ordered; `log` is the proof that it is in the log."""

    json: NotRequired[Url]
    jwt: NotRequired[Url]
    png: Url
    svg: Url
    log: Url


class CodeRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which badge for how many people, and for how long."""

    issuer: Annotated[str, Meta(examples=["atlas"])]
    badge: Annotated[str, Meta(examples=["incident-lead"])]
    quota: Annotated[int, Meta(ge=1, le=10_000)]
    days: Annotated[int, Meta(ge=1, le=366)] = 30
    title: Annotated[str, Meta(max_length=200, description="To tell one from another.")] = ""
    approval: Annotated[bool, Meta(description="Whether somebody has to say yes to each.")] = False
    singles: Annotated[bool, Meta(description="A code for each person (at most 200) instead of a link.")] = (
        False
    )


class CodeTold(TypedDict):
    """A claim code. `link` is what a poster shows; one with single codes has none. `state` is the first that
    holds."""

    id: Text
    issuer: str
    badge: str
    title: str
    link: NotRequired[Url]
    quota: Size
    taken: Size
    approval: bool
    until: Time
    made: Time
    state: Literal["closed", "over", "full", "open"]


class CodeMade(CodeTold):
    """The same, with the links of single codes: this answer is the only place where they ever stand."""

    singles: list[Url]


class CodeList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    codes: list[CodeTold]
    next: NotRequired[Url]


class CodeUse(TypedDict):
    """Somebody who used a code; `person` is the id of their account, `badge` that of what they got."""

    id: Text
    person: Text
    state: Literal["waiting", "granted", "awarded", "refused"]
    at: Time
    badge: NotRequired[Url]


class CodeShown(CodeTold):
    """A code with who used it, newest first; `next` is the address of the next page."""

    uses: list[CodeUse]
    next: NotRequired[Url]


class ClaimRequest(Struct, forbid_unknown_fields=True):
    """What its holder says to a badge."""

    answer: Literal["accept", "decline"]
    secret: Text


class Claimed(TypedDict):
    """How a badge stands with its holder now."""

    id: Url
    claim: Literal["accepted", "declined"]


class ChangeRequest(Struct, forbid_unknown_fields=True):
    """Why; it stands on the badge's public page."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
    mail: Mail = True


class Changed(TypedDict):
    """What the badge's status list says now."""

    id: Url
    purpose: Literal["revocation", "suspension"]
    on: bool
    reason: Text
    at: Time


class ListedBadge(TypedDict):
    """A badge as who may read it sees it. `acts` is what who asks may do to it."""

    id: Url
    key: Text
    issuer: Text
    badge: Text
    version: Annotated[int, Meta(ge=1)]
    to: Text
    at: Time
    state: State
    claim: Literal["", "offered", "expired", "accepted", "declined"]
    acts: list[Act]


class BadgeList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    badges: list[ListedBadge]
    next: NotRequired[Url]


Standing = Literal["valid", "expiring", "expired", "suspended", "revoked", "unsigned"]
ManyAct = Literal["suspend", "reinstate", "revoke", "renew", "replace"]


class ListedRecipient(TypedDict):
    """Who has a badge. `mail` is how the last mail about it stands; `renews` and `renewedBy` are keys."""

    id: Url
    key: Text
    badge: Text
    version: Annotated[int, Meta(ge=1)]
    to: Text
    at: Time
    status: Standing
    validUntil: NotRequired[Time]
    mail: NotRequired[Literal["waiting", "delivered", "given_up"]]
    mailProblem: NotRequired[str]
    renews: NotRequired[Text]
    renewedBy: NotRequired[Text]
    claim: NotRequired[Literal["offered", "expired", "accepted", "declined"]]


class RecipientList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    recipients: list[ListedRecipient]
    next: NotRequired[Url]


Day = Time | Annotated[str, Meta(pattern="^$")]


class RecipientFilter(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which badges of an issuer; what is left out is open. Days, or moments (RFC 3339)."""

    achievement: str = ""
    status: Standing | Literal[""] = ""
    to: Annotated[str, Meta(max_length=320, description="How the recipient's address begins.")] = ""
    since: Day = ""
    until: Day = ""


class ChangesRequest(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What is to be done, and to which badges: these keys, or all that the filter finds."""

    act: ManyAct
    badges: Annotated[list[str], Meta(max_length=500)] = []
    filter: RecipientFilter


class ChangesConfirmed(ChangesRequest, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The same with the digest of what was seen, and why."""

    digest: Text
    reason: Annotated[str, Meta(max_length=500)] = ""
    mail: Mail = True


class ChangePreview(TypedDict):
    """What would change: `count` badges, by achievement; `passed` are left as they are, by how they stand."""

    act: ManyAct
    count: Size
    digest: Text
    achievements: dict[str, Size]
    passed: dict[str, Size]
    badges: list[str]
    filter: dict[str, str]


class ChangeJob(TypedDict):
    """A change of many badges. It is over when `ended` is there; `passed` had changed meanwhile."""

    id: Text
    issuer: Text
    act: ManyAct
    total: Size
    done: Size
    passed: Size
    begun: Time
    ended: NotRequired[Time]


Event = Literal["badge.awarded", "badge.revoked", "badge.suspended", "badge.reinstated"]


class WebhookRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Whom to tell, and of what; of everything if that is left out."""

    url: Annotated[str, Meta(pattern=r"^https://[^\s/?#@]+\S*$", max_length=1024)]
    events: list[Event] = []


class ListedWebhook(TypedDict):
    """An address that is told of events."""

    id: Text
    url: Url
    events: list[Event]
    since: Time


class NewWebhook(ListedWebhook):
    """With the `secret` that signs what goes there, which is told this once."""

    secret: Annotated[str, Meta(pattern="^whsec_")]


class WebhookList(TypedDict):
    """The oldest first."""

    webhooks: list[ListedWebhook]


class Delivery(TypedDict):
    """What a webhook was or is to be told. `event` is its id, `badge` a key; `due` when it is tried."""

    line: Size
    event: Text
    type: str
    badge: str
    posted: Time
    attempts: Size
    reason: str
    due: NotRequired[Time]
    sent: NotRequired[Time]
    givenUp: NotRequired[Time]


class DeliveryList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    deliveries: list[Delivery]
    next: NotRequired[Url]


class Replayed(TypedDict):
    """The event's id, as before."""

    id: Text


class VerifyOptions(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What is wanted of it, if anything."""

    recipient: Annotated[str, Meta(max_length=1024, description="Who it should have been issued to.")] = ""
    expect: Literal["", "badge", "endorsement"] = ""
    at: Time | Literal[""] = ""


class VerifyCredential(VerifyOptions, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A credential, as JSON or as a JWT."""

    credential: dict[str, Any] | Annotated[str, Meta(pattern=r"\S")]


class VerifyUrl(VerifyOptions, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where a credential is."""

    url: Text


class Finding(TypedDict):
    """What one check found. `at` is a JSON Pointer into the document."""

    code: Text
    level: Literal["ok", "warning", "unknown", "error"]
    message: str
    at: str


class Verdict(TypedDict):
    """Whether it is true now, and every check that was made. `credential` is null if nobody signed it."""

    outcome: Literal["valid", "invalid", "indeterminate"]
    kind: str
    at: str
    findings: list[Finding]
    credential: dict[str, Any] | None
    endorsements: list[Verdict]


class LogProof(TypedDict):
    """That entry `index` is in the log of that checkpoint (RFC 9162 §2.1.3), without who it is about."""

    checkpoint: Text
    index: Size
    proof: Hashes
    entry: Text


class WholeLogProof(TypedDict):
    kind: Text
    checkpoint: Text
    index: Size
    proof: Hashes
    entry: Text
    content: NotRequired[dict[str, Any]]
    salt: NotRequired[str]


"""A log proof with what the entry commits to, for those it concerns."""

Consistency = TypedDict("Consistency", {"from": Size, "to": Size, "proof": Hashes})
"""That a log of size `to` begins with that of size `from` (RFC 9162 §2.1.4)."""


class LogEntry(TypedDict):
    """An entry of the log: what was done and when, and a salted hash of the rest."""

    v: Literal[1]
    kind: Text
    at: Time
    commitment: Text


class Health(TypedDict):
    """`read_only` is not out of order: it shows and verifies badges."""

    status: Literal["ok", "read_only"]
    code: NotRequired[str]
    detail: NotRequired[str]


class DidDocument(TypedDict):
    """The issuer's keys (DID 1.0); `did:web` is resolved by reading it."""

    id: Annotated[str, Meta(pattern="^did:")]
    verificationMethod: list[dict[str, Any]]


RowState = Literal["ready", "wrong", "skipped", "awarded", "failed"]
BatchState = Literal["draft", "running", "paused", "done"]


class RosterRow(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who is to get the badge, and for what; `to` as in an award, or the handle of somebody."""

    to: Annotated[str, Meta(examples=["ann@example.org"])]
    evidence: list[str] = []
    narrative: str = ""


class BatchRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A roster: `csv` (with or without a line of names: to, evidence, narrative) or `rows`, not both."""

    issuer: Annotated[str, Meta(examples=["atlas"])]
    badge: Annotated[str, Meta(examples=["incident-lead"])]
    csv: Annotated[str, Meta(examples=["to,evidence\nann@example.org,https://example.org/report"])] = ""
    rows: list[RosterRow] = []
    proof: Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"] = "eddsa-rdfc-2022"
    mail: Mail = True


class FixedRow(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Row `number` as it should be, or skipped, or (`"skip": false`) taken back in."""

    number: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    to: str = ""
    evidence: list[str] = []
    narrative: str = ""
    skip: bool = False


class FixRequest(Struct, forbid_unknown_fields=True):
    """The rows to put in place of what they were."""

    rows: list[FixedRow]


class ConfirmRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The digest of what was seen; with `skipWrong`, what is wrong is left out."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    skipWrong: bool = False


class RowFault(TypedDict):
    """What is wrong with a row, in which column, and what to do; `code` is stable."""

    code: Text
    at: str
    message: str


class BatchRow(TypedDict):
    """A row as it was given, with what is wrong with it or came of it; `badge` is an address."""

    number: Annotated[int, Meta(ge=1)]
    to: str
    evidence: list[str]
    narrative: str
    recipient: str
    state: RowState
    faults: list[RowFault]
    badge: NotRequired[Url]


class ReceiptRow(BatchRow):
    """`log`: which entry of the log tells of its award."""

    log: NotRequired[Size]


class Batch(TypedDict):
    """An award to many: `rows` says how many are in which state; `reason` why it does not go on."""

    id: Text
    issuer: Text
    badge: Text
    version: Annotated[int, Meta(ge=1)]
    proof: Text
    mail: bool
    state: BatchState
    digest: Text
    reason: NotRequired[Text]
    at: Time
    rows: dict[str, int]


class JudgedBatch(Batch):
    """A draft with every row of it; `unread` are columns that were passed over."""

    judged: list[BatchRow]
    unread: list[str]


class BatchList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    batches: list[Batch]
    next: NotRequired[Url]


class RowList(TypedDict):
    """Rows by their numbers. `next` is the address of the next page; the last one has none."""

    rows: list[BatchRow]
    next: NotRequired[Url]


class BatchReceipt(Batch):
    """What came of every row."""

    receipt: list[ReceiptRow]


class HeldAward(TypedDict):
    """An award that a second person has to approve. `id` names it in other requests; `award` is the
    badge's address, once there is one, and `reason` why it was refused."""

    id: Text
    issuer: Text
    badge: Text
    version: Annotated[int, Meta(ge=1)]
    to: Text
    evidence: list[Url]
    narrative: str
    state: Literal["waiting", "approved", "refused"]
    at: Time
    reason: NotRequired[Text]
    award: NotRequired[Url]


class HeldList(TypedDict):
    """What waits first, the oldest first."""

    held: list[HeldAward]


class DecideRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Why, where something is refused."""

    reason: Annotated[str, Meta(max_length=500)] = ""
