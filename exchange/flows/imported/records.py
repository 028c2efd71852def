"""Rows about imported badges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange.core.portfolio.imported import Look, Outline, Recipient, state_at
from exchange.core.portfolio.shown import State
from exchange.errors import ConflictError

MOST, MOST_BYTES = 100, 50_000_000
"""How many one person keeps, and how many bytes they have in all."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A badge that `person` brought, without its bytes. `digest` (SHA-256) names these, of `size` and
    `media_type`; `source` is the URL they came from, `""` for a file. `picture`: whether a copy of the
    picture that it came in was kept."""

    id: str
    person: str
    digest: str
    media_type: str
    size: int
    source: str
    picture: bool
    added_at: datetime
    look: Look


def check_room(count: int, size: int, most: int, most_bytes: int) -> None:
    """ConflictError("imported_full") for so many, with so many bytes."""
    if count > most:
        said = f"You have brought {most} badges, and there is no room for more. Remove one first."
        raise ConflictError("imported_full", said)
    if size > most_bytes:
        said = f"The badges that you brought have room for {most_bytes} bytes in all. Remove one first."
        raise ConflictError("imported_full", said)


@dataclass(frozen=True, slots=True)
class Brought:
    """What is to be kept: the row, the exact bytes, the picture as it was redrawn, if any, and what may go
    along (`signed.py`), None for one that it was not taken out of yet."""

    row: Imported
    content: bytes
    picture: bytes | None
    document: bytes | None = None


@dataclass(frozen=True, slots=True)
class ImportedNow:
    """What may be said of an imported badge at a moment: the row's facts, and `state` as it was found at
    `checked_at`, None if no look could tell. `outline` is empty while its signature does not stand. `known`:
    whether its issuer is known here; if not, `valid` is never plain. `trouble` is why the last look, at
    `tried_at`, could not tell."""

    id: str
    person: str
    state: State
    since: datetime | None
    checked_at: datetime | None
    tried_at: datetime
    trouble: str
    known: bool
    recipient: Recipient
    outline: Outline
    media_type: str
    picture: bool
    added_at: datetime


def at_moment(row: Imported, now: datetime) -> ImportedNow:
    """What may be said of it now."""
    look = row.look
    state, since = state_at(look, now)
    return ImportedNow(
        row.id,
        row.person,
        state,
        since,
        look.checked_at,
        look.tried_at,
        look.trouble,
        look.known,
        look.recipient,
        look.outline if look.stands else Outline(),
        row.media_type,
        row.picture,
        row.added_at,
    )
