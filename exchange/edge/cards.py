"""A credential as a page shows it: every field read gently, because anybody may have written it.

A reader here never fails on a strange shape; it shows less. What may be shown at all, the verdict decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from exchange.edge.words import host_of, parse_time, plain, safe_link

MAX_LISTED = 20
"""How many evidence items, alignments and results a page lists."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an issuer says to be, and what that rests on: control of `domain`, or, when `""`, of a key only."""

    name: str
    id: str
    domain: str


@dataclass(frozen=True, slots=True)
class Link:
    """Something named, with a link where it is a safe one: evidence or an aligned skill."""

    name: str
    url: str
    text: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One result: what was measured, what was reached, and the rubric's words for it."""

    name: str
    value: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """`kind` is badge, endorsement or credential; `image` a path of ours or `""`; long texts are Markdown."""

    kind: str
    url: str
    name: str
    description: str
    issuer: Identity
    image: str
    alt: str
    holder: str
    issued: datetime | None
    expires: datetime | None
    criteria: str
    criteria_url: str
    narrative: str
    comment: str
    evidence: tuple[Link, ...]
    alignments: tuple[Link, ...]
    results: tuple[ResultLine, ...]
    tags: tuple[str, ...]


def read_card(credential: Json, base_url: str) -> Card:
    """The card of a badge, endorsement or any credential; images only from `base_url`, as a local path."""
    subject = next(_objects(credential.get("credentialSubject")), {})
    achievement = next(_objects(subject.get("achievement")), {})
    criteria = next(_objects(achievement.get("criteria")), {})
    image = next(_objects(achievement.get("image")), {})
    return Card(
        kind=_kind(_list(credential.get("type"))),
        url=safe_link(credential.get("id")),
        name=plain(achievement.get("name")) or plain(credential.get("name")) or "Unnamed credential",
        description=plain(achievement.get("description"), 2000) or plain(credential.get("description"), 2000),
        issuer=read_identity(credential.get("issuer")),
        image=_local(image.get("id"), base_url),
        alt=plain(image.get("caption"), 500),
        holder=_holder(subject),
        issued=parse_time(credential.get("validFrom") or credential.get("issuanceDate")),
        expires=parse_time(credential.get("validUntil") or credential.get("expirationDate")),
        criteria=plain(criteria.get("narrative"), 20_000),
        criteria_url=safe_link(criteria.get("id")),
        narrative=plain(subject.get("narrative"), 20_000),
        comment=plain(subject.get("endorsementComment"), 20_000),
        evidence=tuple(_evidence(item) for item in _objects(credential.get("evidence"))),
        alignments=tuple(_alignment(item) for item in _objects(achievement.get("alignment"))),
        results=tuple(_results(subject, achievement)),
        tags=tuple(tag for tag in map(plain, _list(achievement.get("tag"))[:MAX_LISTED]) if tag),
    )


def read_identity(issuer: object) -> Identity:
    """An issuer with its proof level: control of a domain, or of a key only (TRUST.md, threats)."""
    profile = next(_objects(issuer), {})
    identifier = plain(profile.get("id")) or plain(issuer)
    name = plain(profile.get("name")) or "Unnamed issuer"
    return Identity(name, identifier, _domain(identifier))


def _kind(types: list[Any]) -> str:
    if "EndorsementCredential" in types:
        return "endorsement"
    return "badge" if "OpenBadgeCredential" in types or "AchievementCredential" in types else "credential"


def _domain(identifier: str) -> str:
    """The domain that controls an issuer id, in ASCII (no letter poses as another); `""` for keys."""
    if identifier.startswith("did:web:"):
        identifier = "https://" + unquote(identifier.removeprefix("did:web:").split(":")[0])
    if not identifier.startswith("https://"):
        return ""
    try:
        return host_of(identifier).encode("idna").decode()
    except UnicodeError:
        return ""


def _holder(subject: Json) -> str:
    """Whom it was awarded to, without identifying them: addresses, names and hashes stay out of pages."""
    identifier = plain(subject.get("id"))
    if identifier.startswith("did:"):
        return "One person, by a key of their own"
    if subject.get("identifier") or identifier:
        return "One person, known to the issuer"
    return "Not named"


def _evidence(item: Json) -> Link:
    url = safe_link(item.get("id"))
    text = plain(item.get("narrative"), 5000) or plain(item.get("description"), 5000)
    return Link(plain(item.get("name")) or host_of(url) or "Evidence", url, text, plain(item.get("genre")))


def _alignment(item: Json) -> Link:
    return Link(
        plain(item.get("targetName")) or plain(item.get("targetCode")) or "Unnamed skill",
        safe_link(item.get("targetUrl")),
        plain(item.get("targetDescription"), 1000),
        plain(item.get("targetFramework")),
    )


def _results(subject: Json, achievement: Json) -> Iterator[ResultLine]:
    """Results with their descriptions and rubric levels looked up in the achievement they belong to."""
    descriptions = {plain(item.get("id")): item for item in _objects(achievement.get("resultDescription"))}
    for result in _objects(subject.get("result")):
        description = descriptions.get(plain(result.get("resultDescription")), {})
        levels = {plain(item.get("id")): item for item in _objects(description.get("rubricCriterionLevel"))}
        level = levels.get(plain(result.get("achievedLevel")), {})
        value = plain(level.get("name")) or plain(result.get("value")) or plain(result.get("status"))
        if value:
            yield ResultLine(
                plain(description.get("name")) or "Result", value, plain(level.get("description"), 1000)
            )


def _local(image: object, base_url: str) -> str:
    """The path of an image of this exchange; pages load nothing from anywhere else."""
    path = safe_link(image).removeprefix(base_url)
    return path if re.fullmatch(r"/achievements(/[a-z0-9][a-z0-9.-]*)+", path) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _objects(value: object) -> Iterator[Json]:
    return (item for item in _list(value)[:MAX_LISTED] if isinstance(item, dict))
