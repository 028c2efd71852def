"""A portfolio as its holder keeps it: an ordered choice, and which of it a link shows.

Pure values. What they name may be gone, hidden or withdrawn by now: that is found when it is shown
(`shown.py`), and whatever a link does not show is not even looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import msgspec

from exchange.core.plain_text import plain
from exchange.errors import InputError

Kind = Literal["badge", "endorsement", "vouch", "imported"]
Grouping = Literal["hand", "skill", "issuer", "time"]
Template = Literal["promotion", "lateral", "skills"]

KINDS: tuple[Kind, ...] = ("badge", "endorsement", "vouch", "imported")
GROUPINGS: tuple[Grouping, ...] = ("hand", "skill", "issuer", "time")
TEMPLATES: Mapping[Template, Grouping] = {"promotion": "hand", "lateral": "skill", "skills": "skill"}
"""What a template begins with; it sets the grouping and the words that the editor suggests."""

MOST_ITEMS = 200
MOST_POINTS = 3
HEADLINE, POINT, GROUP = 120, 200, 60
"""How long they may be, in characters."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One choice. `key` names it in this portfolio, `id` what it shows: the key of a badge, endorsement,
    vouch or imported file. `group` is a heading by hand, `""` for none. `hidden`: in no link, whatever
    it chooses. `evidence` are the ids of the evidence that is shown with it; none is shown unless it is
    named here."""

    key: str
    kind: Kind
    id: str
    group: str = ""
    hidden: bool = False
    evidence: tuple[str, ...] = ()


class Portfolio(msgspec.Struct, frozen=True, kw_only=True):
    """What its holder wrote. `portrait`: the picture of their account is shown in it."""

    headline: str
    points: tuple[str, ...] = ()
    template: Template = "skills"
    grouping: Grouping = "hand"
    items: tuple[Item, ...] = ()
    portrait: bool = False


def check_portfolio(portfolio: Portfolio) -> Portfolio:
    """The same in plain text. InputError: `headline_missing`, `headline_too_long`, `points_too_many`,
    `point_too_long`, `group_too_long`, `items_too_many`, `item_twice`."""
    headline = plain(portfolio.headline, HEADLINE + 1).strip()
    if not headline:
        raise InputError("headline_missing", "Say in a line what this portfolio shows.", "/headline")
    _check_length(headline, HEADLINE, "headline_too_long", "/headline")
    points = tuple(filter(None, (plain(one, POINT + 1).strip() for one in portfolio.points)))
    if len(points) > MOST_POINTS:
        raise InputError(
            "points_too_many", f"At most {MOST_POINTS} points; a reader has ten seconds.", "/points"
        )
    for n, point in enumerate(points):
        _check_length(point, POINT, "point_too_long", f"/points/{n}")
    return msgspec.structs.replace(
        portfolio, headline=headline, points=points, items=_checked(portfolio.items)
    )


def _checked(items: tuple[Item, ...]) -> tuple[Item, ...]:
    if len(items) > MOST_ITEMS:
        raise InputError("items_too_many", f"A portfolio has room for {MOST_ITEMS} items.", "/items")
    seen: set[tuple[str, str]] = set()
    keys: set[str] = set()
    checked = []
    for n, item in enumerate(items):
        if (item.kind, item.id) in seen or item.key in keys:
            raise InputError("item_twice", f"{item.kind} {item.id!r:.80} is in it twice.", f"/items/{n}")
        seen.add((item.kind, item.id))
        keys.add(item.key)
        group = plain(item.group, GROUP + 1).strip()
        _check_length(group, GROUP, "group_too_long", f"/items/{n}/group")
        checked.append(msgspec.structs.replace(item, group=group))
    return tuple(checked)


def _check_length(text: str, most: int, code: str, at: str) -> None:
    if len(text) > most:
        raise InputError(code, f"It has room for {most} characters.", at)


def chosen(portfolio: Portfolio, keys: Collection[str] | None = None) -> tuple[Item, ...]:
    """What a link shows, in the holder's order: of the items that are not hidden all, or those that it
    names."""
    return tuple(item for item in portfolio.items if not item.hidden and (keys is None or item.key in keys))
