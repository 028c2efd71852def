"""A credential as a page shows it: every field read gently, because anybody may have written it.

A reader here never fails on a strange shape; it shows less. What may be shown at all, the verdict decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.core.credentials.endorser import Endorser
from exchange.core.credentials.said import RELATIONSHIPS
from exchange.core.keys.domain import proven_domain
from exchange.core.plain_text import as_named
from exchange.edge.http.words import host_of, parse_time, plain, safe_link, told
from exchange.languages import gettext

MAX_LISTED = 20
"""How many evidence items, alignments and results a page lists."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an issuer says to be, and what that rests on: control of `domain`, or, when `""`, of a key only.

    `said_by` names the exchange on whose word an endorser's key is theirs.
    """

    name: str
    id: str
    domain: str
    about: str
    website: str
    said_by: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Something named, with a link where it is a safe one: evidence or an aligned skill."""

    name: str
    url: str
    text: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a rubric: whether it is the one needed for the badge, and the one that was reached."""

    name: str
    text: str
    needed: bool
    reached: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What was looked at, its levels from low to high if any, and what was reached (`""`: not said)."""

    name: str
    levels: tuple[Level, ...]
    reached: str


@dataclass(frozen=True, slots=True)
class Card:
    """`kind` is badge, endorsement or credential; `image` a path of ours or `""`; long texts are Markdown.

    `relationship` and `teams` (the endorser's, the holder's) are what a peer's endorsement says of them.
    """

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
    results: tuple[Result, ...]
    tags: tuple[str, ...]
    relationship: str = ""
    teams: tuple[str, ...] = ()


def read_card(credential: Json, base_url: str) -> Card:
    """The card of a badge, endorsement or any credential; images only from `base_url`, as a local path."""
    subject = next(_objects(credential.get("credentialSubject")), {})
    achievement = next(_objects(subject.get("achievement")), {})
    criteria = next(_objects(achievement.get("criteria")), {})
    image = next(_objects(achievement.get("image")), {})
    return Card(
        kind=_kind(_list(credential.get("type"))),
        url=safe_link(credential.get("id")),
        name=as_named(achievement.get("name"))
        or as_named(credential.get("name"))
        or gettext("Unnamed credential"),
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
        alignments=tuple(_alignment(item) for item in _objects(achievement.get("alignment")))
        + tuple(_skill(item) for item in _objects(subject.get("endorsedSkill"))),
        results=tuple(_results(subject, achievement)),
        tags=tuple(tag for tag in map(plain, _list(achievement.get("tag"))[:MAX_LISTED]) if tag),
        relationship=told(RELATIONSHIPS.get(str(subject.get("relationship")), "")),
        teams=tuple(
            as_named(team.get("name"))
            for name in ("endorserTeam", "holderTeam")
            for team in _objects(subject.get(name))
            if plain(team.get("name"))
        ),
    )


def read_identity(issuer: object) -> Identity:
    """An issuer with its proof level: control of a domain, or of a key only (TRUST.md, threats)."""
    profile = next(_objects(issuer), {})
    identifier = plain(profile.get("id")) or plain(issuer)
    name = as_named(profile.get("name")) or gettext("Unnamed issuer")
    about = plain(profile.get("description"), 5000)
    return Identity(name, identifier, proven_domain(identifier), about, safe_link(profile.get("url")))


def read_endorser(endorser: Endorser) -> Identity:
    """Who holds the key that endorsed, on the word of an exchange."""
    by = proven_domain(endorser.vouched_by) or plain(endorser.vouched_by)
    return Identity(as_named(endorser.name) or gettext("Unnamed issuer"), plain(endorser.did), "", "", "", by)


def _kind(types: list[Any]) -> str:
    if "EndorsementCredential" in types:
        return "endorsement"
    return "badge" if "OpenBadgeCredential" in types or "AchievementCredential" in types else "credential"


def _holder(subject: Json) -> str:
    """Whom it was awarded to, without identifying them: addresses, names and hashes stay out of pages."""
    identifier = plain(subject.get("id"))
    if identifier.startswith("did:"):
        return gettext("One person, by a key of their own")
    if subject.get("identifier") or identifier:
        return gettext("One person, known to the issuer")
    return gettext("Not named")


def _evidence(item: Json) -> Link:
    url = safe_link(item.get("id"))
    text = plain(item.get("narrative"), 5000) or plain(item.get("description"), 5000)
    return Link(
        plain(item.get("name")) or host_of(url) or gettext("Evidence"), url, text, plain(item.get("genre"))
    )


def _alignment(item: Json) -> Link:
    return Link(
        plain(item.get("targetName")) or plain(item.get("targetCode")) or gettext("Unnamed skill"),
        safe_link(item.get("targetUrl")),
        plain(item.get("targetDescription"), 1000),
        plain(item.get("targetFramework")),
    )


def _skill(item: Json) -> Link:
    return Link(plain(item.get("name")) or gettext("Unnamed skill"), safe_link(item.get("id")))


def _results(subject: Json, achievement: Json) -> Iterator[Result]:
    """Every rubric of the achievement with the level that was reached, then results that fit none of them."""
    results = list(_objects(subject.get("result")))
    for description in _objects(achievement.get("resultDescription")):
        mine = [one for one in results if one.get("resultDescription") == description.get("id")]
        results = [one for one in results if one not in mine]
        yield _result(mine[0] if mine else {}, description)
    yield from (_result(one, {}) for one in results)


def _result(result: Json, description: Json) -> Result:
    at, needed = plain(result.get("achievedLevel")), plain(description.get("requiredLevel"))
    levels = tuple(
        Level(
            plain(level.get("name")) or gettext("Unnamed level"),
            plain(level.get("description"), 1000),
            needed=plain(level.get("id")) == needed != "",
            reached=plain(level.get("id")) == at != "",
        )
        for level in _objects(description.get("rubricCriterionLevel"))
    )
    reached = next((level.name for level in levels if level.reached), "")
    reached = reached or plain(result.get("value")) or plain(result.get("status"))
    return Result(plain(description.get("name")) or gettext("Result"), levels, reached)


def _local(image: object, base_url: str) -> str:
    """The path of an image of this exchange; pages load nothing from anywhere else."""
    path = safe_link(image).removeprefix(base_url)
    return path if re.fullmatch(r"/achievements(/[a-z0-9][a-z0-9.-]*)+", path) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _objects(value: object) -> Iterator[Json]:
    return (item for item in _list(value)[:MAX_LISTED] if isinstance(item, dict))
