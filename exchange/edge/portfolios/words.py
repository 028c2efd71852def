"""What a portfolio says about itself, in the language of the moment: how it stands as a whole, and each item.

Whatever is made of a portfolio has its words from here, so that page, picture, shield and file say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange import languages
from exchange.core.portfolio.shown import Item, Shown, State, count
from exchange.edge.portfolios.read import read_item, tone_of
from exchange.languages import gettext, gettext_noop, ngettext

_COUNTED: Mapping[State, str] = {
    "issuer_unknown": gettext_noop("%(num)s by an unknown issuer"),
    "suspended": gettext_noop("%(num)s suspended"),
    "revoked": gettext_noop("%(num)s revoked"),
    "withdrawn": gettext_noop("%(num)s withdrawn"),
    "expired": gettext_noop("%(num)s expired"),
    "not_yet_valid": gettext_noop("%(num)s not yet valid"),
    "superseded": gettext_noop("%(num)s replaced"),
    "invalid": gettext_noop("%(num)s not valid"),
    "unknown": gettext_noop("%(num)s cannot be checked"),
}


@dataclass(frozen=True, slots=True)
class Whole:
    """How a portfolio stands. `line`: "7 badges verified; 1 withdrawn"; `others`: what peers say, in a line,
    `""` if nobody says anything. `tone` is `good` only where every item of it is valid."""

    tone: str
    line: str
    others: str


@dataclass(frozen=True, slots=True)
class Said:
    """An item in words. `by`: who says it, and how they stand to the holder; `proof`: what their name rests
    on; `sentence`: from when on it does not stand, and why."""

    tone: str
    word: str
    name: str
    by: str
    proof: str
    sentence: str


def whole(shown: Shown) -> Whole:
    """All of it at a glance."""
    counts = shown.counts
    said = [ngettext("%(num)s badge verified", "%(num)s badges verified", counts.get("valid", 0))]
    said += _others(counts)
    voices = count(shown.of_kind("endorsement"))
    others = ""
    if voices:
        standing = voices.get("valid", 0)
        others = "; ".join(
            [ngettext("%(num)s endorsement", "%(num)s endorsements", standing), *_others(voices)]
        )
    if not counts and voices:
        return Whole(tone_of(shown), others, "")
    return Whole(tone_of(shown), "; ".join(said), others)


def _others(counts: Mapping[State, int]) -> list[str]:
    return [
        gettext(_COUNTED[state], num=languages.number(n)) for state, n in counts.items() if state in _COUNTED
    ]


def say(item: Item) -> Said:
    """What there is to say of an item."""
    read = read_item(item)
    return Said(
        read.tone,
        read.word,
        (item.line if item.kind == "endorsement" else "") or read.name,
        ", ".join(filter(None, (item.issuer, read.relationship, item.team))),
        _proof(item),
        _sentence(item, read.sentence),
    )


def _proof(item: Item) -> str:
    if item.signed_by is not None:
        if item.signed_by == "own":
            return gettext("signed with their own key")
        return gettext("recorded by the exchange")
    if not item.issuer:
        return ""
    if item.domain:
        return gettext("proved by %(domain)s", domain=item.domain)
    return gettext("by a key only, not a domain")


def _sentence(item: Item, since: str) -> str:
    """From when on, and the reason where it is public; until when, of what is valid."""
    if item.state == "valid":
        return gettext("Until %(day)s.", day=languages.day(item.ends)) if item.ends else ""
    return " ".join(
        filter(None, (since, gettext("Reason: %(reason)s", reason=item.reason) if item.reason else ""))
    )
