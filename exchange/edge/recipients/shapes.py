"""The shapes of the recipients table and of changes of many badges; see `edge/http/shapes.py`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Mail, Size, Text, Time, Url

Standing = Literal["valid", "expiring", "expired", "suspended", "revoked", "unsigned"]

Claimed = Literal["offered", "accepted", "declined", "expired"]

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
    claim: NotRequired[Claimed]


class RecipientList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    recipients: list[ListedRecipient]
    next: NotRequired[Url]


Day = Time | Annotated[str, Meta(pattern="^$")]


class RecipientFilter(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which badges of an issuer; what is left out is open. Days, or moments (RFC 3339)."""

    achievement: str = ""
    status: Standing | Literal[""] = ""
    claim: Claimed | Literal[""] = ""
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
