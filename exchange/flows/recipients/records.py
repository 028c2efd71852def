"""Who has which badge of an issuer, as rows; and a change of many of them that somebody has begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from exchange.flows.records import Claim

Status = Literal["valid", "expiring", "expired", "suspended", "revoked", "unsigned"]
Answer = Literal["offered", "accepted", "declined", "expired"]
Mail = Literal["", "waiting", "delivered", "given_up"]
Act = Literal["suspend", "reinstate", "revoke", "renew", "replace"]

STATUSES: tuple[Status, ...] = ("valid", "expiring", "expired", "suspended", "revoked", "unsigned")
ANSWERS: tuple[Answer, ...] = ("offered", "accepted", "declined", "expired")
"""How it stands with a claim: an offer that nobody took within `OFFERED_FOR` has expired."""
SOON = timedelta(days=30)
"""How long before its end a badge is said to expire soon; it is valid all the same."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which badges of one issuer: all that fit everything said. `""` and None leave a thing open.

    `to` is how the recipient begins, in small letters, with its `mailto:`; `since` and `until` bound when
    it was awarded, `until` itself left out.
    """

    issuer: str
    achievement: str = ""
    status: Status | Literal[""] = ""
    claim: Answer | Literal[""] = ""
    to: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One row of the table. `mail` is how it stands with the last mail about the badge, `""` where there was
    none or it is no longer known; `problem` why that was given up or put off."""

    badge: str
    issuer: str
    achievement: str
    version: int
    to: str
    at: datetime
    valid_until: datetime | None
    status: Status
    mail: Mail = ""
    problem: str = ""
    renews: str = ""
    renewed_by: str = ""
    claim: Claim = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A badge that a filter or a choice found: what it takes to say what can be done to it."""

    badge: str
    achievement: str
    status: Status


@dataclass(frozen=True, slots=True)
class Job:
    """The same change of many badges. `done` were changed, `passed` over: they had changed meanwhile."""

    id: str
    issuer: str
    act: Act
    reason: str
    mail: bool
    total: int
    begun_at: datetime
    done: int = 0
    passed: int = 0
    ended_at: datetime | None = None


def status_of(state: str, signed: bool, valid_until: datetime | None, now: datetime) -> Status:
    """The one word for a row; of several the gravest."""
    if state == "revoked":
        return "revoked"
    if not signed:
        return "unsigned"
    if state == "suspended":
        return "suspended"
    if valid_until is None or valid_until > now + SOON:
        return "valid"
    return "expiring" if valid_until > now else "expired"
