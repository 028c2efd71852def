"""What a learner record says of itself, in words: it is signed in one language, as all documents are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange.core.dates import format_date
from exchange.core.portfolio.shown import Item

MOST_TOLD = 20
"""How many that do not stand are named."""


def described(name: str, at: datetime, count: int, others: Sequence[Item]) -> str:
    """What was so on that day: `count` credentials are in it, `others` were shown and are not."""
    held = "one credential" if count == 1 else f"{count} credentials"
    said = [
        f"What {name} chose to show on {_day(at)}: {held}, each as its issuer signed it. On that day all of "
        "them stood; whether they still do, the status of each says. It is not all that there is."
    ]
    over = [one for one in others if one.tombstone]
    if over:
        told = "; ".join(_tombstone(one) for one in over[:MOST_TOLD])
        said.append(f"Not in it, because it did not stand: {told}.")
    if len(over) > MOST_TOLD:
        said.append(f"And {len(over) - MOST_TOLD} more that did not stand.")
    if unfit := len(others) - len(over):
        why = "a record cannot hold their form, or nobody could tell on that day whether they stand"
        said.append(f"Not in it, because {why}: {unfit}.")
    return " ".join(said)


def _tombstone(item: Item) -> str:
    since = f" since {_day(item.since)}" if item.since else ""
    return f"{item.name or item.kind}, {item.state.replace('_', ' ')}{since}"


def _day(at: datetime) -> str:
    return format_date(at)[:10]
