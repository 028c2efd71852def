"""Subjects: what can be endorsed, whose it is, and which skills it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.core import urls
from exchange.core.address import account_address
from exchange.core.credentials.endorsement import RelatedResource
from exchange.core.credentials.nouns import plain
from exchange.core.digests import digest_sri
from exchange.core.plain_text import one_line
from exchange.core.verdict.secured import read_secured
from exchange.errors import ConflictError, InputError, NotFoundError
from exchange.flows.badges.desk import state_of
from exchange.flows.badges.show import achievement
from exchange.flows.badges.status import find_badge
from exchange.flows.endorsements.profiles import person_of, profile_of
from exchange.flows.endorsements.records import Kind
from exchange.flows.people.records import Person
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Badge

MOST_SKILLS = 20


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill that an achievement names; `id` is the page of its framework, `""` for a mere word."""

    name: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to be endorsed. `id` is its address in what is signed, `url` where people look at it.

    `holder` is None for an achievement or issuer; `seen` pins the bytes that were looked at.
    """

    kind: Kind
    key: str
    id: str
    name: str
    url: str
    holder: Person | None
    skills: tuple[Skill, ...] = ()
    seen: tuple[RelatedResource, ...] = ()
    badge: Badge | None = None
    achievement: Achievement | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


async def subject(ports: Ports, kind: Kind, key: str) -> Subject:
    """NotFoundError: unknown_badge, unknown_profile; ConflictError("holder_unknown") for the badge of who has
    no account. That is refused, however public the badge is: what is said of somebody is for them to show
    or to hide, and who has no account could do neither, nor hear of it."""
    if kind == "badge":
        return await _badge(ports, key)
    if kind == "profile":
        person = await person_of(ports, key)
        url = urls.profile(ports.base_url, urls.key_of(ports.bases, "profiles", key) or key)
        return Subject("profile", key, url, person.name, "", person)
    raise NotFoundError("unknown_subject", f"Nobody endorses a {kind!r:.40} this way.")


async def holder_of(ports: Ports, badge: Badge) -> Person | None:
    """Whose badge it is, if they have an account."""
    if not badge.recipient.startswith("mailto:"):
        return None
    try:
        known = await ports.store.address(account_address(badge.recipient))
    except InputError:  # no account could have it
        return None
    person = await ports.store.person(known.person) if known and known.verified_at else None
    return person if person and person.state != "erased" else None


async def _badge(ports: Ports, key: str) -> Subject:
    row = await find_badge(ports, key)
    holder = await holder_of(ports, row)
    if holder is None:
        raise _nobodys(row)
    one = await achievement(ports, row.issuer, row.achievement, row.version)
    signed = row.signed or b""
    url = urls.badge(ports.base_url, row.id)
    media = "application/vc+jwt" if row.proof == "jwt" else "application/vc"
    seen = RelatedResource(id=url, digest_sri=digest_sri(signed), media_type=media)
    name = one_line(plain(one.document.get("name")), 300)  # type: ignore[arg-type]
    about = read_secured(signed).document
    return Subject("badge", row.id, url, name, url, holder, skills_of(one), (seen,), row, one, about)


def _nobodys(row: Badge) -> ConflictError:
    if row.recipient.startswith("mailto:"):
        return ConflictError(
            "holder_unknown",
            "Who has this badge has no account here, so they could neither show nor hide what you say "
            "of them. Ask them to accept it by the link in its mail, or to sign in here with the address "
            "that it went to; then you can endorse it.",
        )
    return ConflictError(
        "holder_unknown",
        "This badge went to a key or a page, which is no account here, so nobody could show or hide what you "
        "say of them. Ask its issuer to award it to their address as well; that one you can endorse.",
    )


def skills_of(one: Achievement) -> tuple[Skill, ...]:
    """What an achievement says it shows: its alignments, then its tags."""
    alignments = one.document.get("alignment")
    found: dict[str, Skill] = {}
    for alignment in alignments if isinstance(alignments, list) else []:
        if isinstance(alignment, dict) and (name := one_line(alignment.get("targetName"), 200)):
            found.setdefault(name.casefold(), Skill(name, str(alignment.get("targetUrl", ""))))
    tags = one.document.get("tag")
    for tag in tags if isinstance(tags, list) else []:
        if name := one_line(tag, 200):
            found.setdefault(name.casefold(), Skill(name))
    return tuple(found.values())[:MOST_SKILLS]


async def check_endorsable(ports: Ports, subject: Subject) -> None:
    """ConflictError: "badge_revoked", "badge_suspended", "badge_expired", "not_accepted"."""
    if subject.badge is None:
        return
    state = await state_of(ports, subject.badge, subject.about)
    said = {
        "revoked": "Its issuer has revoked this badge, so it cannot be endorsed any more.",
        "suspended": "This badge is on hold, so it cannot be endorsed until that ends.",
        "expired": "This badge has expired, so it cannot be endorsed any more.",
    }
    if state in said:
        raise ConflictError(f"badge_{state}", said[state])


async def profile_subject(ports: Ports, person: str) -> Subject:
    """Somebody, under their pseudonym."""
    url = await profile_of(ports, person)
    return await subject(ports, "profile", url.rpartition("/")[2])
