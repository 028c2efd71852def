"""The rows of claim codes: plain values, as in `flows/records.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from exchange.errors import ConflictError

OFFERED_FOR = timedelta(days=45)
"""How long after the award a mailed link is good; then the offer is over."""

UseState = Literal["waiting", "granted", "awarded", "refused"]


@dataclass(frozen=True, slots=True)
class Code:
    """A way to a badge for people whose address is unknown: at most `quota` of them, until `expires_at` or
    until it is closed; with `approval`, after somebody of the issuer has said yes.

    `word` is in the link that all of them use, None where each has a code of their own. `taken` counts who
    has a place. `title` is for its issuer, to tell one from another.
    """

    id: str
    issuer: str
    achievement: str
    title: str
    word: str | None
    quota: int
    taken: int
    approval: bool
    expires_at: datetime
    created_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodeUse:
    """Somebody, by their account's id, who has a place: waiting for a yes, granted (the badge is about to be
    awarded), awarded, or refused."""

    id: str
    code: str
    person: str
    state: UseState
    at: datetime
    badge: str | None = None


def why_not(code: Code, at: datetime) -> ConflictError:
    """Why nobody gets a place by it any more."""
    if code.closed_at is not None:
        return ConflictError("code_closed", "Its issuer has closed this code.")
    if code.expires_at <= at:
        return ConflictError("code_over", f"This code was good until {code.expires_at:%Y-%m-%d}.")
    return ConflictError("code_used_up", f"All {code.quota} badges of this code have been taken.")
