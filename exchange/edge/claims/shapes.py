"""The shapes of claims and claim codes, for the API's description; see `edge/http/shapes.py`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Size, Text, Time, Url


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
