"""What endorsing leaves in the log. Endorsements and the credentials of keys are found as `badge:KEY`, like
whatever else has a status; people by their opaque accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from exchange.core import urls
from exchange.flows.endorsements.records import EndorserKey, Report, Request
from exchange.flows.records import Intent, Leaf, StatusChange

ENDORSED = ("endorse", "withdraw", "show", "hide", "suspend", "reinstate")
"""Kinds of entries that are about an endorsement; vouches are shown and hidden too."""
SHOWN = {"show": "shown", "hide": "hidden"}
REQUESTED = ("ask", "refuse", "take_back")


def endorse_leaf(intent: Intent, url: str, by: str, about: str, salt: str) -> Leaf:
    """An endorsement, or the credential of a key: who says it (`account/ID`, `issuer/SLUG`), about what, and
    the digest of the very bytes that were signed."""
    content: dict[str, object] = {
        "endorsement": url,
        "by": by,
        "about": about,
        "sha256": sha256(intent.unsigned).hexdigest(),
    }
    return Leaf("endorse", intent.intended_at, content, salt.encode(), (f"badge:{intent.id}",))


def withdraw_leaf(change: StatusChange, url: str, salt: str) -> Leaf:
    """An endorsement that does not stand any more, and why."""
    content: dict[str, object] = {"endorsement": url, "reason": change.reason}
    return Leaf("withdraw", change.at, content, salt.encode(), (f"badge:{change.badge}",))


def halt_leaf(change: StatusChange, url: str, salt: str) -> Leaf:
    """The credential of a key whose person is suspended, or not any more; why, the entry about them says."""
    content: dict[str, object] = {"endorsement": url, "reason": change.reason}
    kind = "suspend" if change.on else "reinstate"
    return Leaf(kind, change.at, content, salt.encode(), (f"badge:{change.badge}",))


def show_leaf(
    id: str,
    shown: bool,
    url: str,
    at: datetime,
    salt: str,
    what: Literal["endorsement", "vouch"] = "endorsement",
) -> Leaf:
    """Shown, or hidden, by who it is about."""
    kind = "show" if shown else "hide"
    return Leaf(kind, at, {what: url}, salt.encode(), (f"badge:{id}",))


def endorser_key_leaf(key: EndorserKey, at: datetime, salt: str) -> Leaf:
    """A key that somebody endorses with from now on, or that is retired."""
    since = key.retired_from.astimezone(UTC).isoformat() if key.retired_from else None
    content: dict[str, object] = {
        **{"account": key.person, "endorser_key": key.did, "custody": key.custody},
        **{"credential": key.credential, "state": "retired" if key.retired_at else "added", "since": since},
    }
    about = (f"endorser_key:{key.did}", f"account:{key.person}")
    return Leaf("endorser_key", at, content, salt.encode(), about)


def ask_leaf(request: Request, salt: str) -> Leaf:
    """Somebody was asked for an endorsement; whom, only the row says."""
    content: dict[str, object] = {
        "request": request.id,
        "account": request.holder,
        "about": f"{request.kind}/{request.subject}",
    }
    about = (f"request:{request.id}", f"account:{request.holder}")
    return Leaf("ask", request.asked_at, content, salt.encode(), about)


def refuse_leaves(
    request: Request, state: str, blocked: bool, at: datetime, salt: str, other: str
) -> list[Leaf]:
    """Who was asked would rather not, or was the wrong one; and whether they want no more of it from there,
    which who asked is not told. Everybody sees the kinds and times of entries, so that there are these two
    whatever was said, and only the second, that who asked cannot read, says which."""
    content: dict[str, object] = {"request": request.id, "blocked": blocked}
    kept = Leaf("refuse", at, content, other.encode(), (f"request:{request.id}",))
    return [_over_leaf("refuse", request, state, at, salt), kept]


def take_back_leaf(request: Request, at: datetime, salt: str) -> Leaf:
    """Who asked asks no more."""
    return _over_leaf("take_back", request, "taken_back", at, salt)


def _over_leaf(kind: str, request: Request, state: str, at: datetime, salt: str) -> Leaf:
    content: dict[str, object] = {"request": request.id, "account": request.holder, "state": state}
    about = (f"request:{request.id}", f"account:{request.holder}")
    return Leaf(kind, at, content, salt.encode(), about)


def report_leaf(report: Report, url: str, salt: str) -> Leaf:
    """A reader says that something is wrong with it; who, only the row knows."""
    content: dict[str, object] = {"report": report.id, "subject": url, "reason": report.reason}
    return Leaf("report", report.at, content, salt.encode(), (f"report:{report.id}",))


def review_leaf(report: Report, url: str, at: datetime, salt: str) -> Leaf:
    """What came of it, and why."""
    content: dict[str, object] = {
        **{"report": report.id, "subject": url, "state": report.state, "reason": report.answer},
        "account": report.settled_by,
    }
    return Leaf("review", at, content, salt.encode(), (f"report:{report.id}",))


def about_endorsements(kind: str, content: Mapping[str, Any], bases: Sequence[str]) -> tuple[str, ...] | None:
    """Under which names such an entry is found; None for entries about something else."""
    if kind in ENDORSED and "vouch" in content:
        return (f"badge:{urls.key_of(bases, 'badges', str(content['vouch']))}",)
    if kind in ENDORSED:
        return (f"badge:{urls.key_of(bases, 'endorsements', str(content.get('endorsement')))}",)
    if kind in ("report", "review"):  # not under the endorsement: its endorser reads what is found there
        return (f"report:{content.get('report')}",)
    if kind == "endorser_key":
        return f"endorser_key:{content.get('endorser_key')}", f"account:{content.get('account')}"
    if kind == "block" or (kind == "refuse" and "blocked" in content):
        return (f"request:{content.get('request')}",)
    if kind in REQUESTED:
        return f"request:{content.get('request')}", f"account:{content.get('account')}"
    return None
