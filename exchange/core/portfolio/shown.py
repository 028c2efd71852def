"""What a reader of a portfolio may see: one value, of which page, JSON, embed, picture, PDF and export are
made.

It holds nothing that its reader may not see, so no rendering of it can tell more. What was chosen and does
not hold any more is in it as a *tombstone*: a state that is not `valid`, a date, and a reason where that is
public.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

import msgspec

from exchange.core import strict_json, urls
from exchange.core.dates import LEEWAY, format_date
from exchange.core.portfolio.framing import Origins
from exchange.core.portfolio.portfolio import Grouping, Kind, Template

State = Literal[
    "valid",
    "issuer_unknown",
    "suspended",
    "revoked",
    "withdrawn",
    "expired",
    "not_yet_valid",
    "superseded",
    "invalid",
    "unknown",
]
"""Of an item, as the verdict of the moment has it; `withdrawn` is what a peer took back; `issuer_unknown`
is valid, but nobody here knows by whom: never as good as `valid`. `unknown` is never valid."""
Key = Literal["own", "exchange"]
"""Whose key signed what a peer said: their own, or one that the exchange keeps for them."""

FRESH = timedelta(seconds=60)
"""How long after it was looked at it may be shown as good."""
_FIRST, _LAST = (one.replace(tzinfo=UTC) for one in (datetime.min + LEEWAY, datetime.max - LEEWAY))


class Skill(msgspec.Struct, frozen=True):
    """`id` is the URL of a skills list's entry, `""` where it has none."""

    name: str
    id: str = ""


class Evidence(msgspec.Struct, frozen=True):
    """What backs an item up, shown because its holder chose so. `url` is `""` for a narrative alone."""

    url: str = ""
    name: str = ""
    narrative: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One item, ready to be shown. `key` names it in its portfolio. Of what does not stand, the words of who
    said it are gone, and its name stays only where the signature holds.

    `issuer` is who issued, endorsed or vouched, by name; `proof` what that name rests on: a domain, or a key
    only. `page`, `picture` and `credential` are paths of ours, or `""`; `credential` gives the very bytes
    that were signed. `relationship`, `team`, `line`, `text` (Markdown) and `signed_by` are a peer's; `about`
    the key of the item that an endorsement is of, `""` for the person. `looked_at`: when an imported badge,
    which lives elsewhere, was last looked at there.
    """

    key: str
    kind: Kind
    state: State
    since: datetime | None = None
    reason: str = ""
    name: str = ""
    description: str = ""
    issuer: str = ""
    domain: str = ""
    page: str = ""
    picture: str = ""
    alt: str = ""
    credential: str = ""
    at: datetime | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    skills: tuple[Skill, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    relationship: str = ""
    team: str = ""
    line: str = ""
    text: str = ""
    signed_by: Key | None = None
    sponsor: bool = False
    about: str = ""
    earlier: bool = False
    looked_at: datetime | None = None

    @property
    def id(self) -> str:
        """The path of the credential's own id, `""` for what lives elsewhere."""
        return urls.id_of_page(self.page)

    @property
    def tombstone(self) -> bool:
        return self.state not in ("valid", "issuer_unknown")


class Group(msgspec.Struct, frozen=True):
    """Items under a heading, by their keys; a `title` of `""` is no heading."""

    title: str
    items: tuple[str, ...]


class Fact(msgspec.Struct, frozen=True):
    """A line of the trust summary, with the ids of the credentials behind it."""

    code: str
    says: str
    credentials: tuple[str, ...] = ()


class Shown(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All of it. `key` is where it is shown (`urls.shared`). `person` is what its holder is called. Every
    item that is not an endorsement of another is in exactly one group; `endorsements` of badges hang on
    their `about`."""

    key: str
    person: str
    headline: str
    points: tuple[str, ...] = ()
    template: Template = "skills"
    grouping: Grouping = "hand"
    groups: tuple[Group, ...] = ()
    items: tuple[Item, ...] = ()
    facts: tuple[Fact, ...] = ()
    portrait: str = ""
    receipt: bool = False
    """Whether its holder is told that it was opened, of which the page tells its reader."""
    framed_by: Origins = None
    """Which other sites may show it in a frame. How it is shown, not what it says."""
    search: bool = False
    """Whether search engines may list its page."""

    def of_kind(self, *kinds: Kind) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.kind in kinds)

    @cached_property
    def counts(self) -> dict[State, int]:
        """Of its badges, vouches and imported badges, how many are in which state, the valid first."""
        return count(self.of_kind("badge", "vouch", "imported"))

    @cached_property
    def revision(self) -> str:
        """Names all that it says."""
        return _named(self._said())

    def to_json(self, base: str, checked: datetime) -> dict[str, Any]:
        """The public value as it was found at `checked`; `docs/portfolio.md` says what its members mean."""
        page = urls.shared(base, self.key)
        said = self._said()
        self.__dict__.setdefault("revision", _named(said))  # `_said` is half of the work
        for item in said["items"]:
            for name in ("page", "picture", "credential"):
                item[name] = base + item[name] if item[name] else None
        said["portrait"] = base + self.portrait if self.portrait else None
        return {
            **said,
            "revision": self.revision,
            "checkedAt": _time(checked),
            "freshUntil": _time(self.fresh_until(checked)),
            "links": {
                "page": page,
                "skills": f"{page}/skills",
                "timeline": f"{page}/timeline",
                "frame": f"{base}/embed/portfolios/{self.key}",
                "events": f"{base}/embed/events?of=portfolios/{self.key}",
                "card": f"{base}/embed/portfolios/{self.key}.png",
                "shield": f"{base}/embed/portfolios/{self.key}.svg",
            },
        }

    def fresh_until(self, checked: datetime) -> datetime:
        """Until when it may be shown as it is: no later than the moment at which dates change it."""
        return min([checked + FRESH, *(turn for turn in self.turns() if turn > checked)])

    def turns(self) -> Iterable[datetime]:
        """The moments at which dates make items begin and end."""
        for item in self.items:
            if item.starts is not None and item.starts > _FIRST:
                yield item.starts - LEEWAY
            if item.ends is not None and item.ends < _LAST:
                yield item.ends + LEEWAY

    def _said(self) -> dict[str, Any]:
        return {
            "type": "portfolio",
            "key": self.key,
            "person": self.person,
            "portrait": self.portrait,
            "headline": self.headline,
            "points": list(self.points),
            "template": self.template,
            "grouping": self.grouping,
            "counts": dict(self.counts),
            "groups": msgspec.to_builtins(self.groups),
            "items": [_item(item) for item in self.items],
            "facts": msgspec.to_builtins(self.facts),
            "receipt": self.receipt,
        }


def _named(said: dict[str, Any]) -> str:
    return sha256(strict_json.dump(said, finite=True)).hexdigest()[:16]


def count(items: Iterable[Item]) -> dict[State, int]:
    """How many are in which state, in the order of `State`."""
    found: dict[State, int] = {}
    for item in items:
        found[item.state] = found.get(item.state, 0) + 1
    order = list(State.__args__)  # type: ignore[attr-defined]
    return {state: found[state] for state in sorted(found, key=order.index)}


def _item(item: Item) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(item)
    for name in ("since", "at", "starts", "ends", "looked_at"):
        moment = getattr(item, name)
        said[name] = _time(moment) if moment else None
    said["lookedAt"] = said.pop("looked_at")
    said["validFrom"], said["validUntil"] = said.pop("starts"), said.pop("ends")
    return said


def _time(moment: datetime) -> str:
    return format_date(moment.astimezone(UTC))
