"""Timeline: what happened to what a portfolio shows, by day, the newest first.

Made of the value that a reader has (`shown.py`). What was taken back is in it twice: on the day on which it
was said, and on the day from which on it does not stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Literal

import msgspec

from exchange.core.dates import format_date
from exchange.core.portfolio.portfolio import Kind
from exchange.core.portfolio.shown import Item, Shown
from exchange.core.portfolio.skills import named

What = Literal[
    "awarded",
    "endorsed",
    "vouched",
    "suspended",
    "revoked",
    "withdrawn",
    "superseded",
    "expired",
]

_BEGAN: Mapping[Kind, What] = {
    "badge": "awarded",
    "imported": "awarded",
    "endorsement": "endorsed",
    "vouch": "vouched",
}
_ENDED: Mapping[str, What] = {
    "suspended": "suspended",
    "revoked": "revoked",
    "withdrawn": "withdrawn",
    "superseded": "superseded",
    "expired": "expired",
}


class Event(msgspec.Struct, frozen=True):
    """What happened to an item, and when. `about` is the item that an endorsement is of."""

    at: datetime
    what: What
    item: Item
    about: Item | None = None

    @property
    def over(self) -> bool:
        """Whether it is the end of something."""
        return self.what in _ENDED


class Month(msgspec.Struct, frozen=True):
    """`month` counts from 1."""

    year: int
    month: int
    events: tuple[Event, ...]


class Timeline(msgspec.Struct, frozen=True):
    """`undated` are the items of which no day is known: nothing that is shown is missing here."""

    months: tuple[Month, ...]
    undated: tuple[Item, ...] = ()


def timeline(shown: Shown) -> Timeline:
    """What happened to what is shown."""
    items = {item.key: item for item in shown.items}
    events = [event for item in shown.items for event in _events(item, items.get(item.about))]
    dated = {event.item.key for event in events}
    events.sort(key=lambda event: event.at, reverse=True)
    months = groupby(events, key=lambda event: (event.at.year, event.at.month))
    return Timeline(
        tuple(Month(year, month, tuple(there)) for (year, month), there in months),
        tuple(item for item in shown.items if item.key not in dated),
    )


def _events(item: Item, about: Item | None) -> Iterator[Event]:
    ended = item.ends if item.state == "expired" else item.since
    if item.state in _ENDED and ended is not None:  # first, so that of the same moment the end is the newer
        yield Event(ended.astimezone(UTC), _ENDED[item.state], item, about)
    if item.at is not None:
        yield Event(item.at.astimezone(UTC), _BEGAN[item.kind], item, about)


def timeline_json(found: Timeline) -> dict[str, Any]:
    """For programs: the newest first."""
    return {
        "events": [
            {
                "at": format_date(event.at),
                "what": event.what,
                "item": named(event.item),
                "reason": event.item.reason if event.over else "",
                "about": event.about.key if event.about else "",
            }
            for month in found.months
            for event in month.events
        ],
        "undated": [named(item) for item in found.undated],
    }
