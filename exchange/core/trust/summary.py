"""The trust summary: what verified endorsements say when they are put together, each fact with its evidence.

1. Every endorsement is there once (`facts.settled`), and is about what is asked, or is left out.
2. What is withdrawn, expired, replaced, by the holder, or does not verify is counted in its own line alone.
3. People are counted by profile, whatever number of keys and badges; teams as they were when it was signed.
4. Each line names all documents that it rests on, so that it can be counted again.

There is no score, no weight and no order of merit, here or anywhere: nothing adds the lines up, since what
they are worth depends on who reads them, and for what. A sum would be gamed, and would hide who said what.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from exchange.core.trust.facts import About, Fact, Settled, settled
from exchange.core.trust.sentences import BURST, BURST_IN_A_DAY, NEWEST, PERIOD, sentence

RECENT = timedelta(days=365)
BURST_WITHIN = timedelta(hours=48)
USUAL = 4
"""More endorsements than that within BURST_WITHIN are a burst."""

RELATIONSHIPS = (
    *("same-team", "other-team", "manager", "report", "mentor", "mentee", "client", "learned-from"),
    "other",
)


class Line(msgspec.Struct, frozen=True):
    """One fact: a stable `code`, what it `says` in English, and the ids of the `credentials` behind it."""

    code: str
    says: str
    credentials: tuple[str, ...] = ()


def summarise(
    facts: Iterable[Fact],
    about: About,
    now: datetime,
    around: Iterable[Fact] = (),
    receiving: Collection[str] | None = None,
) -> tuple[Line, ...]:
    """The facts about a badge, a portfolio or a person, in an order that means nothing.

    `around` are endorsements of the endorsers' own badges, for who was endorsed in return and who has a skill
    that they endorse; what is there beyond those changes nothing. `receiving` are the ids by which the team
    that reads it is known, for which a line is added. The same facts give the same lines in whatever order
    they come.
    """
    own = settled(fact for fact in facts if about.has(fact))
    counted = tuple(fact for fact in own.in_state("valid") if fact.endorser != fact.holder)
    known = settled(around).in_state("valid")
    return (
        *_people(counted, receiving),
        *_relationships(counted),
        *_times(counted, now),
        *_keys(counted),
        *_ties(counted, known),
        *bursts(counted),
        *_not_counted(own),
    )


def _people(counted: Sequence[Fact], receiving: Collection[str] | None) -> Iterator[Line]:
    yield _endorsers("endorsers", counted)
    if not counted:
        return
    both = [fact for fact in counted if fact.endorser_team and fact.holder_team]
    if both:  # where nobody says which teams the two were in, "none" would be said of what is not known
        yield _endorsers("own_team", [fact for fact in both if fact.endorser_team == fact.holder_team])
        yield _endorsers("other_teams", [fact for fact in both if fact.endorser_team != fact.holder_team])
    if receiving is not None:
        yield _endorsers("receiving_team", [fact for fact in counted if fact.endorser_team in receiving])
    named = [fact for fact in counted if fact.endorser_team]
    yield from _some("teams", named, lambda fact: fact.endorser_team)
    silent = [fact for fact in counted if not (fact.endorser_team and fact.holder_team)]
    yield from _some("team_not_said", silent)


def _relationships(counted: Sequence[Fact]) -> Iterator[Line]:
    for relationship in RELATIONSHIPS:
        code = f"relationship_{relationship.replace('-', '_')}"
        yield from _some(code, [fact for fact in counted if _relationship(fact) == relationship])


def _relationship(fact: Fact) -> str:
    return fact.relationship if fact.relationship in RELATIONSHIPS else "other"


def _times(counted: Sequence[Fact], now: datetime) -> Iterator[Line]:
    if not counted:
        return
    yield _endorsements("recent", [fact for fact in counted if now - fact.at <= RECENT])
    first, last = counted[0], counted[-1]
    if _day(first.at) == _day(last.at):
        yield Line("when", NEWEST.format(day=_day(last.at)), _ids([last]))
    else:
        yield Line("when", PERIOD.format(first=_day(first.at), last=_day(last.at)), _ids([first, last]))


def _keys(counted: Sequence[Fact]) -> Iterator[Line]:
    if not counted:
        return
    yield _endorsements("own_key", [fact for fact in counted if fact.custody == "holder"])
    yield from _some(
        "recorded", [fact for fact in counted if fact.custody == "exchange"], lambda fact: fact.id
    )


def _ties(counted: Sequence[Fact], known: Sequence[Fact]) -> Iterator[Line]:
    """Who has a skill that they endorse, and who was endorsed in return; by the first that says so."""
    skills: dict[tuple[str, str], list[Fact]] = {}
    between: dict[tuple[str, str], Fact] = {}
    for fact in known:
        if fact.endorser != fact.holder:
            between.setdefault((fact.endorser, fact.holder), fact)
            for skill in fact.skills:
                skills.setdefault((fact.holder, skill), []).append(fact)
    skilled, in_return = [], []
    for fact in counted:
        for skill in fact.skills:
            others = (one for one in skills.get((fact.endorser, skill), ()) if one.endorser != fact.holder)
            if (witness := next(others, None)) is not None:
                skilled += [fact, witness]
        if (back := between.get((fact.holder, fact.endorser))) is not None:
            in_return += [fact, back]
    yield from _some("skilled", skilled[::2], beside=skilled)
    yield from _some("reciprocal", in_return[::2], beside=in_return)


def bursts(counted: Sequence[Fact]) -> Iterator[Line]:
    """A line for each stretch of time in which any BURST_WITHIN has more than is USUAL; `counted` by time."""
    start = 0
    run: tuple[int, int] | None = None  # the first and the last of a stretch
    for end, fact in enumerate(counted):
        while fact.at - counted[start].at > BURST_WITHIN:
            start += 1
        if end - start + 1 <= USUAL:
            continue
        if run is not None and start > run[1]:
            yield _burst(counted[run[0] : run[1] + 1])
            run = None
        run = (start if run is None else run[0], end)
    if run is not None:
        yield _burst(counted[run[0] : run[1] + 1])


def _burst(facts: Sequence[Fact]) -> Line:
    first, last = _day(facts[0].at), _day(facts[-1].at)
    if first == last:
        says = BURST_IN_A_DAY.format(count=len(facts), day=first, usual=USUAL)
    else:
        says = BURST.format(count=len(facts), first=first, last=last, usual=USUAL)
    return Line("burst", says, _ids(facts))


def _not_counted(own: Settled) -> Iterator[Line]:
    selves = [fact for fact in own.in_state("valid") if fact.endorser == fact.holder]
    yield from _some("by_the_holder", selves, lambda fact: fact.id)
    for state in ("withdrawn", "expired", "superseded", "suspended", "unclear"):
        yield from _some(state, own.in_state(state), lambda fact: fact.id)
    if own.invalid:
        yield Line("invalid", sentence("invalid", len(own.invalid)), own.invalid)


def _endorsers(code: str, facts: Sequence[Fact]) -> Line:
    return Line(code, sentence(code, len({fact.endorser for fact in facts})), _ids(facts))


def _endorsements(code: str, facts: Sequence[Fact]) -> Line:
    return Line(code, sentence(code, len(facts)), _ids(facts))


def _some(
    code: str,
    facts: Sequence[Fact],
    what: Callable[[Fact], object] = lambda fact: fact.endorser,
    beside: Sequence[Fact] = (),
) -> Iterator[Line]:
    """A line about so many different `what`, endorsers if nothing else is said; none about none."""
    if facts:
        yield Line(code, sentence(code, len({what(fact) for fact in facts})), _ids(beside or facts))


def _ids(facts: Iterable[Fact]) -> tuple[str, ...]:
    return tuple(sorted({fact.id for fact in facts}))


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
