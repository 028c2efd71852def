"""The operator's desk: the newest badges and how each stands, from the record and without verifying them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from exchange.core.dates import is_over, parse_date
from exchange.core.verdict.secured import read_secured
from exchange.flows.badges.status import find_badge
from exchange.flows.people import people
from exchange.flows.people.rights import check, may
from exchange.flows.ports import Ports
from exchange.flows.records import Badge

State = Literal["active", "suspended", "revoked", "expired"]
Act = Literal["suspend", "reinstate", "revoke"]

PAGE = 50
"""How many badges a page of the desk lists."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One badge: `document` as it was signed, `state` as it is now; of several the gravest."""

    badge: Badge
    document: Mapping[str, Any]
    state: State
    acts: tuple[Act, ...]
    """What can be done to it by who looks at it."""


async def newest(ports: Ports, before: str | None = None) -> tuple[list[Entry], str | None]:
    """A page of badges, newest first, after the one with key `before`; and the `before` of the next page.

    Those of the issuers where who acts may read.
    """
    badges = await _readable(ports, before)
    entries = [await _entry(ports, badge) for badge in badges[:PAGE]]
    return entries, badges[PAGE - 1].id if len(badges) > PAGE else None


async def entry(ports: Ports, name: str) -> Entry:
    """One badge by its URL or key. NotFoundError("unknown_badge"), ForbiddenError."""
    badge = await find_badge(ports, name)
    check(ports, "read", badge.issuer)
    return await _entry(ports, badge)


async def mine(ports: Ports) -> list[Entry]:
    """What was awarded to who acts, newest first, as far as it is signed. ForbiddenError."""
    badges = [badge for badge in await people.badges(ports, ports.who.person) if badge.signed]
    return [await _entry(ports, badge) for badge in reversed(badges)]


async def _readable(ports: Ports, before: str | None) -> list[Badge]:
    if may(ports.who, "read"):
        return await ports.store.badges(limit=PAGE + 1, before=before)
    pages = [
        await ports.store.badges(slug, limit=PAGE + 1, before=before)
        for slug in ports.who.roles
        if may(ports.who, "read", slug)
    ]
    badges = sorted((badge for page in pages for badge in page), key=_age, reverse=True)
    return badges[: PAGE + 1]


def _age(badge: Badge) -> tuple[datetime, str]:
    return badge.intended_at, badge.id


async def _entry(ports: Ports, badge: Badge) -> Entry:
    document = read_secured(badge.signed or b"").document
    state = await state_of(ports, badge, document)
    acts = tuple(act for act in _acts(state) if may(ports.who, act, badge.issuer))
    return Entry(badge, document, state, acts)


def _acts(state: State) -> tuple[Act, ...]:
    if state == "revoked":
        return ()
    return ("reinstate", "revoke") if state == "suspended" else ("suspend", "revoke")


async def state_of(ports: Ports, badge: Badge, document: Mapping[str, Any]) -> State:
    """How it stands now; of several the gravest."""
    bits = {change.purpose: change.on for change in await ports.store.history(badge.id)}
    if bits.get("revocation"):
        return "revoked"
    if bits.get("suspension"):
        return "suspended"
    end = document.get("validUntil")
    return "expired" if end and is_over(parse_date(end), ports.now()) else "active"
