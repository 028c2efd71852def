"""A portfolio as its reader has it, in the language of the moment: one line that says how it all stands, and
each item in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange import languages
from exchange.core.portfolio.shown import Evidence, Fact, Item, Shown, Skill, count
from exchange.edge.embeds.words import STATES as OF_BADGES
from exchange.edge.endorsements.trust_lines import say_line
from exchange.edge.endorsements.voices import relationship_word
from exchange.languages import gettext, gettext_noop, ngettext

STATES: Mapping[str, tuple[str, str]] = {
    **{str(state): said for state, said in OF_BADGES.items()},
    "issuer_unknown": ("unsure", gettext_noop("Issuer unknown")),
    "withdrawn": ("past", gettext_noop("Withdrawn")),
    "superseded": ("past", gettext_noop("Replaced")),
}
"""The tone and the word of each state."""


@dataclass(frozen=True, slots=True)
class Read:
    """An item, ready for a template. `said` hang on it. `sentence` says since when it is so, or until when it
    is valid."""

    item: Item
    tone: str
    word: str
    sentence: str
    name: str
    relationship: str
    signed: str
    said: tuple[Read, ...] = ()

    @property
    def over(self) -> bool:
        return self.item.tombstone

    @property
    def skills(self) -> Sequence[Skill]:
        return self.item.skills[:MOST_SKILLS]

    @property
    def evidence(self) -> Sequence[Evidence]:
        return self.item.evidence


MOST_SKILLS = 4
"""How many a reader is shown beside an item; its own page has all of them."""


@dataclass(frozen=True, slots=True)
class ReadGroup:
    title: str
    items: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All of it. `tone` and `verdict` are of everything together: `good` only while each badge stands."""

    shown: Shown
    tone: str
    verdict: str
    groups: tuple[ReadGroup, ...]
    facts: tuple[str, ...]
    more_facts: tuple[str, ...]

    @property
    def glance(self) -> Sequence[Read]:
        """What stands by itself, in order; of too much, what does not hold comes first, so that all of that
        is seen."""
        ones = [one for group in self.groups for one in group.items if one.item.kind != "endorsement"]
        if len(ones) > MOST_AT_A_GLANCE:
            ones.sort(key=lambda one: not one.over)
        return ones[:MOST_AT_A_GLANCE]

    @property
    def voices(self) -> Sequence[Read]:
        """The first of what stands of what colleagues say."""
        ones = [one for group in self.groups for item in group.items for one in (item, *item.said)]
        return [one for one in ones if one.item.kind == "endorsement" and not one.over][:MOST_VOICES]

    @property
    def below(self) -> int:
        """How many have no place there."""
        return len(self.shown.of_kind("badge", "vouch", "imported")) - len(self.glance)


MOST_AT_A_GLANCE, MOST_VOICES = 12, 2


def read_portfolio(shown: Shown) -> Reading:
    """What a page shows."""
    items = {item.key: item for item in shown.items}
    hanging: dict[str, list[Read]] = {}
    for item in shown.items:
        if item.about:
            hanging.setdefault(item.about, []).append(read_item(item))
    groups = tuple(
        ReadGroup(
            group.title, tuple(read_item(items[key], tuple(hanging.get(key, ()))) for key in group.items)
        )
        for group in shown.groups
    )
    return Reading(
        shown,
        tone_of(shown),
        verdict_line(shown),
        groups,
        *_facts(shown.facts),
    )


def tone_of(shown: Shown) -> str:
    """Of the whole: doubt about anything comes first, and nothing but what is all valid is green."""
    states = {item.state for item in shown.items}
    if not states or states & {"unknown", "issuer_unknown"}:
        return "unsure"
    if "valid" not in states:
        tones = {STATES[state][0] for state in states}
        return next(tone for tone in ("stop", "pause", "past", "unsure") if tone in tones)
    return "good" if states == {"valid"} else "note"


def verdict_line(shown: Shown) -> str:
    """How everything stands, in a line."""
    badges, peers = shown.of_kind("badge", "vouch", "imported"), shown.of_kind("endorsement")
    if not badges and not peers:
        return gettext("Nothing is shown here yet.")
    parts = []
    if badges:
        good = sum(item.state == "valid" for item in badges)
        if good == len(badges):
            parts.append(
                ngettext("%(num)s badge, verified just now", "%(num)s badges, all verified just now", good)
            )
        else:
            said = ngettext(
                "%(good)s of %(num)s badge holds, verified just now",
                "%(good)s of %(num)s badges hold, all verified just now",
                len(badges),
                good=languages.number(good),
            )
            parts.append(said)
            parts += _fallen(badges)
    if peers:
        standing = sum(item.state == "valid" for item in peers)
        said = ngettext("%(num)s endorsement", "%(num)s endorsements", standing)
        parts.append(", ".join([said if standing else gettext("no endorsement stands"), *_fallen(peers)]))
    return "; ".join(parts) + "."


def _fallen(items: Iterable[Item]) -> list[str]:
    return [
        f"{languages.number(many)} {gettext(STATES[state][1]).lower()}"
        for state, many in count(items).items()
        if state != "valid"
    ]


def read_item(item: Item, said: tuple[Read, ...] = ()) -> Read:
    """One, in words."""
    tone, word = STATES[item.state]
    names = {
        "badge": gettext("A badge that cannot be shown"),
        "imported": gettext("A badge that cannot be shown"),
        "vouch": gettext("A vouch that cannot be shown"),
        "endorsement": gettext("Endorsement"),
    }
    return Read(
        item,
        tone,
        gettext(word),
        _sentence(item),
        item.name or names[item.kind],
        relationship_word(item.relationship) if item.relationship else "",
        {"own": gettext("Signed with their own key"), "exchange": gettext("Recorded by the exchange")}.get(
            item.signed_by or "", ""
        ),
        said,
    )


def _sentence(item: Item) -> str:
    since = languages.day(item.since) if item.since else ""
    sentences = {
        "revoked": gettext("Taken back for good on %(day)s.", day=since),
        "withdrawn": gettext("Withdrawn by who said it, on %(day)s.", day=since),
        "superseded": gettext("Replaced by something later on %(day)s.", day=since),
        "suspended": gettext("On hold since %(day)s.", day=since),
        "expired": gettext("It ended on %(day)s and was not taken back.", day=_day(item.ends)),
        "not_yet_valid": gettext("It begins on %(day)s.", day=_day(item.starts)),
        "invalid": gettext("A check failed: do not rely on it."),
        "unknown": gettext("It could not be checked just now."),
        "issuer_unknown": gettext("It holds, but nobody here knows who issued it."),
    }
    dated = item.state in ("revoked", "withdrawn", "superseded", "suspended")
    return "" if item.state == "valid" or (dated and not since) else sentences[item.state]


def _day(moment: datetime | None) -> str:
    return languages.day(moment) if moment else ""


def _facts(facts: Sequence[Fact]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a reader with ten seconds should know, and the rest."""
    first = sorted((fact for fact in facts if fact.code in FIRST), key=lambda fact: FIRST.index(fact.code))
    first = first[:MOST_FACTS]
    rest = (fact for fact in facts if fact not in first)
    return tuple(say_line(fact.says) for fact in first), tuple(say_line(fact.says) for fact in rest)


FIRST = ("endorsers", "reciprocal", "burst", "withdrawn", "own_key", "recorded", "other_teams", "recent")
MOST_FACTS = 4
