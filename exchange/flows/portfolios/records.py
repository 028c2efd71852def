"""The rows of portfolios: plain values, as in `flows/records.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zlib import crc32

from exchange.core import urls
from exchange.core.log.entry import read_entry
from exchange.core.portfolio.framing import Origins
from exchange.core.portfolio.portfolio import Portfolio
from exchange.errors import InputError


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
    of that the items with these keys. `opened` is counted, and `opened_at` kept, only with `receipt`.
    `origins` are the sites that may frame it."""

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
    origins: Origins = ()

    def stands(self, now: datetime) -> bool:
        """Whether it shows anything."""
        return self.off_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def name(self) -> str:
        """What it is found by."""
        return self.hash

    def mark(self, revision: int) -> int:
        """Another one as soon as anything of how it shows a portfolio of this revision does change."""
        return link_mark(revision, self.origins)


@dataclass(frozen=True, slots=True)
class Publication:
    """A portfolio that everybody sees, under `slug` at the handle of its holder, `person`; `search`: engines
    may list it. `origins` are the sites that may frame it. `published_at` is when its holder said so last."""

    portfolio: str
    person: str
    handle: str
    slug: str
    search: bool
    published_at: datetime
    origins: Origins = None

    @property
    def name(self) -> str:
        """What it is found by."""
        return urls.public_key(self.handle, self.slug)

    @property
    def items(self) -> None:
        """All of it that is not hidden."""

    @property
    def receipt(self) -> bool:
        """Who opens it is not counted."""
        return False

    @property
    def expires_at(self) -> None:
        """It stays until its holder takes it back."""

    def mark(self, revision: int) -> int:
        """As a link's."""
        return mark_of(revision, f"{self.portfolio} {self.published_at.astimezone(UTC).isoformat()}")


def link_mark(revision: int, origins: Origins) -> int:
    """Of a link that these sites may frame."""
    return mark_of(revision, "any" if origins is None else " ".join(origins))


def mark_of(revision: int, said: str) -> int:
    """A revision, and what else was said, as one number."""
    return revision + (crc32(said.encode()) << 32 if said else 0)


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
class Logged:
    """That an entry of the log is about something. `holder` is whom the endorsement is of that it is about,
    an account; `""` where it is about none, or about one of nobody."""

    position: int
    about: str
    entry: bytes = b""
    holder: str = ""

    @property
    def kind(self) -> str:
        """What kind of entry; `""` where that cannot be read."""
        try:
            return read_entry(self.entry).kind
        except InputError:
            return ""


@dataclass(frozen=True, slots=True)
class Shared:
    """What one read finds for a secret, or a public name: by what it is shown, the portfolio, and who holds
    it."""

    link: Link | Publication
    kept: Kept
    name: str
    state: str
    picture: str

    @property
    def mark(self) -> int:
        """Another one as soon as another thing is shown."""
        return self.link.mark(self.kept.revision)
