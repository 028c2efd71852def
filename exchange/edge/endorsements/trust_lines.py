"""The lines of a trust summary as a page has them: by topic, in the reader's language, with its documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from exchange.core import urls
from exchange.core.trust.summary import Line
from exchange.edge.http.words import plain, told
from exchange.flows.endorsements.trust import Summary
from exchange.flows.ports import Ports
from exchange.languages import day, gettext, gettext_noop

_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b", re.ASCII)
MOST_LINKS = 24
"""Documents that a page links to from one line; the rest is in the answer for programs."""

TOPICS: Mapping[str, tuple[str, ...]] = {
    gettext_noop("Who"): ("endorsers", "own_team", "other_teams", "receiving_team", "teams", "team_not_said"),
    gettext_noop("How they know them"): ("relationship_",),
    gettext_noop("When"): ("recent", "when", "burst"),
    gettext_noop("How it was signed"): ("own_key", "recorded"),
    gettext_noop("What connects them"): ("skilled", "reciprocal"),
    gettext_noop("Not counted"): (
        *("by_the_holder", "withdrawn", "expired", "superseded", "suspended", "unclear", "invalid"),
    ),
}
"""Under which heading a page has a line, by its code or how that begins."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A document behind a line: where it is, and whose."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line, ready for a template; `more` counts the documents that have no link here."""

    code: str
    says: str
    behind: tuple[Behind, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    lines: tuple[ReadLine, ...]


def read_summary(ports: Ports, summary: Summary, names: Mapping[str, str]) -> tuple[Topic, ...]:
    """The lines by topic, in the language of the moment; `names` are those of endorsers, by the key of what
    they signed. None where nobody endorses it."""
    if len(summary.lines) == 1 and not summary.lines[0].credentials:
        return ()
    topics = []
    for name, codes in TOPICS.items():
        lines = tuple(
            _line(ports, line, names)
            for line in summary.lines
            if any(line.code == code or (code.endswith("_") and line.code.startswith(code)) for code in codes)
        )
        topics += [Topic(gettext(name), lines)] if lines else []
    return tuple(topics)


def _line(ports: Ports, line: Line, names: Mapping[str, str]) -> ReadLine:
    keys = [urls.key_of(ports.bases, "endorsements", id) for id in line.credentials]
    behind = [
        Behind(f"/endorsements/{key}", plain(names.get(key, "")) or gettext("Another endorsement"))
        for key in keys
        if key
    ]
    return ReadLine(
        line.code, say_line(line.says), tuple(behind[:MOST_LINKS]), max(0, len(line.credentials) - MOST_LINKS)
    )


def say_line(says: str) -> str:
    """A line in the language of the moment."""
    return told(_DAY.sub(lambda found: day(datetime.fromisoformat(f"{found[0]}T00:00Z")), says))
