"""A portfolio on one sheet of paper: every word that stands on it. Who draws it takes them as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from exchange.core.shield import COLOURS

INK = {**COLOURS}
"""The colour of each tone's word: dark enough on white paper."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item. `under`: it hangs on the one before. `about` are further lines of it, left out where room is
    scarce."""

    name: str
    word: str
    tone: str
    by: str
    sentence: str
    about: tuple[str, ...] = ()
    under: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """`qr` is an SVG that leads to `url`, `qr_says` what stands for it. `more` has `{n}` in it: how many
    did not fit. `attached` is the presentation, in JSON; `made` the moment at which all of this was so.
    `portrait` is a JPEG, `b""` for none."""

    language: str
    title: str
    person: str
    points: tuple[str, ...]
    line: str
    others: str
    tone: str
    sections: tuple[Section, ...]
    facts_title: str
    facts: tuple[str, ...]
    limits_title: str
    limits: tuple[str, ...]
    seen: str
    note: str
    more: str
    url: str
    qr: bytes = field(repr=False)
    qr_says: str
    attached: bytes = field(repr=False)
    attached_says: str
    made: datetime
    brand: str
    portrait: bytes = field(repr=False, default=b"")
    portrait_says: str = ""
