"""The rows of portfolios: plain values, as in `flows/records.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from exchange.core.portfolio.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Kept:
    """A portfolio of `person`. `revision` is counted up by each change: who changes it says which one they
    saw."""

    id: str
    person: str
    portfolio: Portfolio
    revision: int
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """Who has the secret with this `hash` sees the portfolio: all of it that is not hidden (`items` None), or
    of that the items with these keys. `opened` is counted, and `opened_at` kept, only with `receipt`."""

    id: str
    portfolio: str
    label: str
    hash: str
    items: tuple[str, ...] | None
    receipt: bool
    made_at: datetime
    expires_at: datetime | None = None
    off_at: datetime | None = None
    opened: int = 0
    opened_at: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Whether it shows anything."""
        return self.off_at is None and (self.expires_at is None or now < self.expires_at)


CopyKind = Literal["record", "presentation", "answer"]
"""The exchange's signed record of what a link shows (CLR); the holder's signed presentation of it; and one
that answers a question of one reader's, which nobody else is given."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Something that was signed of what a `link` shows. `shown` is the print of that (`documents.py`): for
    anything else it is not given out, nor after `until`. `holds` are the ids of the rows of `badge` in it: it
    is forgotten with each of them. `signed` says whether it is."""

    id: str
    link: str
    kind: CopyKind
    shown: str
    holds: tuple[str, ...]
    made_at: datetime
    until: datetime
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """All that a link's value hangs on and that is in no log, in one read: while it is the same, and nothing
    that is logged from `logged` on is about what it shows, neither is another. `addresses` and `brought`:
    how many of its holder's there are, and the latest; only to be compared."""

    revision: int
    name: str
    state: str
    picture: str
    expires_at: datetime | None
    off_at: datetime | None
    addresses: tuple[object, ...]
    brought: tuple[object, ...]
    logged: int

    def stands(self, now: datetime) -> bool:
        """Whether there is anything to show."""
        over = self.off_at is not None or (self.expires_at is not None and self.expires_at <= now)
        return self.state == "active" and not over


@dataclass(frozen=True, slots=True)
class Shared:
    """What one read finds for a secret: the link, the portfolio, and who holds it."""

    link: Link
    kept: Kept
    name: str
    state: str
    picture: str
