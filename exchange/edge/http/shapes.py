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


class VerifyOptions(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What is wanted of it, if anything."""

    recipient: Annotated[str, Meta(max_length=1024, description="Who it should have been issued to.")] = ""
    expect: Literal["", "badge", "endorsement"] = ""
    at: Time | Literal[""] = ""
    domain: Annotated[str, Meta(max_length=300, description="For whom a presentation must be signed.")] = ""
    challenge: Annotated[str, Meta(max_length=300, description="What a presentation must answer.")] = ""


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


class Endorser(TypedDict):
    """Who holds the key that endorsed, as a key credential by `vouched_by` says (docs/terms.md)."""

    did: str
    profile: str
    name: str
    custody: Literal["holder", "exchange"]
    vouched_by: str


class Verdict(TypedDict):
    """Whether it is true now, and every check that was made. `credential` is null if nobody signed it.

    `endorser` is null unless it is an endorsement, and somebody says whose key made it.
    """

    outcome: Literal["valid", "invalid", "indeterminate"]
    kind: str
    at: str
    findings: list[Finding]
    credential: dict[str, Any] | None
    endorser: Endorser | None
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
