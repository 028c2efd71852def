"""Where an issuer wants to be told of events, and what came of telling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

EVENTS = (
    "badge.awarded",
    "badge.accepted",
    "badge.declined",
    "badge.revoked",
    "badge.suspended",
    "badge.reinstated",
)
"""What can be told of."""

TEST = "webhook.test"
"""What its owner sends to try a webhook; every one gets that."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An https URL that is told of `events`. `secret` signs what goes there, sealed under a key that is in
    no database."""

    id: str
    issuer: str
    url: str
    events: tuple[str, ...]
    secret: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a webhook's log. `number` grows; `payload` names the event and the badge, and nobody."""

    number: int
    payload: str
    posted_at: datetime
    due_at: datetime
    attempts: int
    reason: str
    sent_at: datetime | None = None
    failed_at: datetime | None = None
