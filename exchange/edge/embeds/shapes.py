"""The shapes of what embeds are made of, for the API's description."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from exchange.edge.http.shapes import Text, Time, Url

State = Literal["valid", "suspended", "revoked", "expired", "not_yet_valid", "invalid", "unknown"]


class EmbeddedIssuer(TypedDict):
    """A name, and what it rests on: control of `domain`, or of a key only."""

    name: Text
    proof: Literal["domain", "key"]
    domain: Text | None


class EmbeddedPicture(TypedDict):
    url: Url
    alt: str


class EmbedLinks(TypedDict):
    """`frame` is a page for an iframe, `events` a stream of server-sent events, `card` a picture of
    1200 × 630, `shield` a small SVG."""

    page: Url
    issuer: Url | None
    frame: Url
    events: Url
    card: Url
    shield: Url


class EmbeddedBadge(TypedDict):
    """What anybody may know of a badge, and how it stands. After `freshUntil`, by the clock that says
    `checkedAt`, nobody may show it as good. `revision` names all but those two. What is null is not known, or
    may not be shown because the signature does not stand."""

    type: Literal["badge"]
    key: Text
    revision: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    state: State
    since: Time | None
    reason: Text | None
    name: Text | None
    description: Text | None
    issuer: EmbeddedIssuer | None
    validFrom: Time | None
    validUntil: Time | None
    picture: EmbeddedPicture | None
    checkedAt: Time
    freshUntil: Time
    links: EmbedLinks


class Rich(TypedDict, total=False):
    """An answer of oEmbed 1.0 (§2.3.4): `rich` with `html`, `photo` with `url`, or `link`."""

    version: Literal["1.0"]
    type: Literal["rich", "photo", "link"]
    title: Text
    provider_name: Text
    provider_url: Url
    author_name: Text
    author_url: Url
    cache_age: int
    html: Text
    url: Url
    width: int
    height: int
    thumbnail_url: Url
    thumbnail_width: int
    thumbnail_height: int
