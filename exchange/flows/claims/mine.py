"""Mine: the badges of who acts, to look through; what waits for an answer apart from the rest."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.errors import NotFoundError
from exchange.flows.badges import desk
from exchange.flows.badges.status import find_badge
from exchange.flows.claims.claim import is_mine
from exchange.flows.ports import Ports
from exchange.flows.records import Badge


@dataclass(frozen=True, slots=True)
class Mine:
    """Entries, newest first: of badges that wait to be accepted or declined, that they have, and that they do
    not want. Who was awarded one by a key or a page of their own is not asked."""

    waiting: list[desk.Entry]
    kept: list[desk.Entry]
    declined: list[desk.Entry]


async def mine(ports: Ports, search: str = "") -> Mine:
    """Those whose name, description, tags or issuer has each word of `search` in it. ForbiddenError."""
    words = search.casefold().split()
    found = [one for one in await desk.mine(ports) if all(word in _text(one) for word in words)]
    return Mine(
        [one for one in found if one.badge.claim == "offered" and one.state != "revoked"],
        [one for one in found if one.badge.claim in ("accepted", "")],
        [one for one in found if one.badge.claim == "declined" or _is_over(one)],
    )


async def find_mine(ports: Ports, name: str) -> Badge:
    """One of theirs. NotFoundError("unknown_badge") for others' as for none: nobody is told which it is."""
    badge = await find_badge(ports, name)
    if not await is_mine(ports, badge):
        raise NotFoundError("unknown_badge", f"There is no badge {name!r:.120} here.")
    return badge


def _is_over(one: desk.Entry) -> bool:
    return one.badge.claim == "offered" and one.state == "revoked"


def _text(one: desk.Entry) -> str:
    subject = one.document.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    issuer = one.document.get("issuer")
    parts = [one.badge.achievement, one.badge.issuer]
    if isinstance(achievement, dict):
        parts += [str(achievement.get(name, "")) for name in ("name", "description", "tag")]
    if isinstance(issuer, dict):
        parts.append(str(issuer.get("name", "")))
    return "\n".join(parts).casefold()
