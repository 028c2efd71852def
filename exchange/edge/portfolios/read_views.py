"""A portfolio by skill, by day and as talking points, in the language of the moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from exchange import languages
from exchange.core.portfolio.portfolio import Template
from exchange.core.portfolio.shown import Evidence, Item, Shown, Skill
from exchange.core.portfolio.skills import BySkill, Gap
from exchange.core.portfolio.talking_points import Point, Question, TalkingPoints
from exchange.core.portfolio.timeline import Event, Timeline, What
from exchange.edge.portfolios.read import STATES, Read, read_item
from exchange.languages import gettext, gettext_noop

GAPS: Mapping[Gap, str] = {
    "nothing": gettext_noop("Nothing that you show names it."),
    "no_badge": gettext_noop("No badge and no vouch names it."),
    "only_past": gettext_noop("What names it has ended or does not stand any more."),
    "no_evidence": gettext_noop("No evidence is shown with it."),
    "no_endorsement": gettext_noop("No endorsement names it."),
}
EVENTS: Mapping[What, str] = {
    "awarded": gettext_noop("Awarded"),
    "endorsed": gettext_noop("Endorsed"),
    "vouched": gettext_noop("Vouched for"),
}
"""Of what began; what ended is called by its state."""
NEXT: Mapping[Template, tuple[str, ...]] = {
    "promotion": (
        gettext_noop("What of the next level do you do already, and where can it be seen?"),
        gettext_noop("What went wrong once, and what did you change after it?"),
        gettext_noop("Who would do your present work?"),
    ),
    "lateral": (
        gettext_noop("What do you bring along that this team does not have?"),
        gettext_noop("What would you have to learn first, and how?"),
        gettext_noop("Why now, and why this team?"),
    ),
    "skills": (
        gettext_noop("Which of these do you want to use more often?"),
        gettext_noop("What went wrong once, and what did you change after it?"),
        gettext_noop("What do you want to learn next?"),
    ),
}
"""What may be asked in any such conversation."""


@dataclass(frozen=True, slots=True)
class ReadSkill:
    """Beside each of its `voices` stands what that is about, `""` for the holder."""

    skill: Skill
    needed: bool
    proofs: tuple[Read, ...]
    voices: tuple[tuple[Read, str], ...]
    evidence: tuple[Evidence, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadSkills:
    """`without` names no skill; beside each what it is about, `""` for the holder."""

    skills: tuple[ReadSkill, ...]
    without: tuple[tuple[Read, str], ...]
    with_gaps: int


def read_skills(found: BySkill, shown: Shown) -> ReadSkills:
    """What a page shows of skills; whether it shows `gaps`, the page decides."""
    names = {item.key: read_item(item).name for item in shown.items}
    return ReadSkills(
        tuple(
            ReadSkill(
                one.skill,
                one.needed,
                tuple(map(read_item, (*one.badges, *one.vouches))),
                tuple((read_item(voice), names.get(voice.about, "")) for voice in one.endorsements),
                one.evidence,
                tuple(gettext(GAPS[gap]) for gap in one.gaps),
            )
            for one in found.skills
        ),
        tuple((read_item(one), names.get(one.about, "")) for one in found.without),
        len(found.with_gaps),
    )


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """`tone` and `word` say what happened, to `name`; `now` is the item as it stands, which may be another
    thing. `about` is what that is about, where its name does not say it."""

    day: str
    tone: str
    word: str
    name: str
    now: Read
    about: str
    reason: str
    over: bool


@dataclass(frozen=True, slots=True)
class ReadMonth:
    title: str
    events: tuple[ReadEvent, ...]


@dataclass(frozen=True, slots=True)
class ReadTimeline:
    """Its months by year, the newest first."""

    years: tuple[tuple[int, tuple[ReadMonth, ...]], ...]
    undated: tuple[Read, ...]


def read_timeline(found: Timeline) -> ReadTimeline:
    """What a page shows of time."""
    years: dict[int, list[ReadMonth]] = {}
    for month in found.months:
        title = languages.month(datetime(month.year, month.month, 1, tzinfo=UTC))
        years.setdefault(month.year, []).append(ReadMonth(title, tuple(map(_event, month.events))))
    return ReadTimeline(
        tuple((year, tuple(months)) for year, months in years.items()), tuple(map(read_item, found.undated))
    )


def _event(event: Event) -> ReadEvent:
    now = read_item(event.item)
    tone, word = ("plain", EVENTS[event.what]) if event.what in EVENTS else STATES[event.item.state]
    about = read_item(event.about).name if event.about else ""
    name, about = (about, "") if about and not event.over else (now.name, about)
    return ReadEvent(
        languages.day(event.at),
        tone,
        gettext(word),
        name,
        now,
        about,
        event.item.reason if event.over else "",
        event.over,
    )


@dataclass(frozen=True, slots=True)
class ReadPoint:
    now: Read
    sentence: str
    voices: tuple[Read, ...]
    questions: tuple[str, ...]

    @property
    def item(self) -> Item:
        return self.now.item


@dataclass(frozen=True, slots=True)
class ReadTalkingPoints:
    sections: tuple[tuple[str, tuple[ReadPoint, ...]], ...]
    more: tuple[Read, ...]
    past: tuple[Read, ...]
    skills: tuple[str, ...]
    questions: tuple[str, ...]


def read_talking_points(found: TalkingPoints, shown: Shown) -> ReadTalkingPoints:
    """What stands on the sheet."""
    return ReadTalkingPoints(
        tuple((one.title, tuple(map(_point, one.points))) for one in found.sections),
        tuple(map(read_item, found.more)),
        tuple(map(read_item, found.past)),
        tuple(skill.name for skill in found.skills),
        tuple(map(gettext, NEXT[shown.template])),
    )


def _point(point: Point) -> ReadPoint:
    return ReadPoint(
        read_item(point.item),
        point.sentence,
        tuple(map(read_item, point.voices)),
        tuple(map(ask, point.questions)),
    )


def ask(question: Question) -> str:
    """A question in words."""
    if question.ask == "occasion" and question.skill:
        said = gettext_noop("%(name)s saw your “%(skill)s”. What was the occasion?")
        return gettext(said, name=question.name, skill=question.skill)
    return gettext(_QUESTIONS[question.ask], name=question.name)


_QUESTIONS = {
    "occasion": gettext_noop("%(name)s speaks for you. What was the occasion?"),
    "part": gettext_noop("What was your own part in “%(name)s”?"),
    "show": gettext_noop("What can you show of it?"),
    "witness": gettext_noop("Who saw you do it, and can be asked?"),
    "issuer": gettext_noop("Who is %(name)s, and how do they judge this?"),
}


def where(item: Item, base: str) -> str:
    """The address of an item as one types it: without `https://`."""
    return f"{base}{item.id}".partition("://")[2] if item.id else ""


def who(read: Read) -> str:
    """Who says it, how they stand to the holder, and their team."""
    return ", ".join(filter(None, (read.item.issuer, read.relationship, read.item.team)))


def proofs_of(evidence: Sequence[Evidence]) -> str:
    """Evidence on one line."""
    return "; ".join(one.name or one.url or one.narrative for one in evidence)
