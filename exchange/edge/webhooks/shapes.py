"""The shapes of webhooks, for the API's description; see `edge/http/shapes.py`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Size, Text, Time, Url

Event = Literal[
    "badge.awarded",
    "badge.accepted",
    "badge.declined",
    "badge.revoked",
    "badge.suspended",
    "badge.reinstated",
]


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
