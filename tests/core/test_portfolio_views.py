"""A portfolio by skill, by day and as talking points: all that is shown, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.portfolio.shown import Evidence, Group, Item, Shown, Skill, State
from exchange.core.portfolio.skills import aligned, by_skill, skills_json
from exchange.core.portfolio.talking_points import MOST_FULL, first_sentence, talking_points
from exchange.core.portfolio.timeline import timeline, timeline_json
from tests.edge.portfolios.made import BADGE, ENDORSEMENT, NOW, REVOKED, VOUCH, WHOLE, other, shown

INCIDENTS = BADGE.skills[0]
SAID = other(ENDORSEMENT, skills=(INCIDENTS,))
GAPS: dict[str, tuple[tuple[Item, ...], tuple[str, ...]]] = {
    "everything is there": ((BADGE, SAID), ()),
    "nobody endorses it": ((BADGE,), ("no_endorsement",)),
    "an endorsement that names no skill": ((BADGE, ENDORSEMENT), ("no_endorsement",)),
    "no evidence is shown": ((other(evidence=()), SAID), ("no_evidence",)),
    "it is over": ((other(state="expired", evidence=()),), ("only_past", "no_evidence", "no_endorsement")),
    "one of two is over": ((other(key="i9", state="revoked"), BADGE, SAID), ()),
    "only a peer names it": ((SAID,), ("no_badge",)),
    "nothing names it": ((VOUCH,), ("nothing",)),
    "its endorsement was withdrawn": (
        (BADGE, other(ENDORSEMENT, state="withdrawn", line="", text="", skills=())),
        ("no_endorsement",),
    ),
}


@pytest.mark.parametrize(("items", "gaps"), GAPS.values(), ids=GAPS)
def test_a_gap_is_a_fact_about_what_is_shown(items: tuple[Item, ...], gaps: tuple[str, ...]) -> None:
    found = by_skill(shown(*items), [INCIDENTS])
    (one,) = [one for one in found.skills if one.skill.name == INCIDENTS.name]
    assert one.gaps == gaps
    assert one.needed
    assert found.with_gaps == ((one,) if gaps else ())


def test_a_reader_is_told_of_no_gap() -> None:
    found = by_skill(shown(BADGE), [Skill("Mentoring")])
    for one in skills_json(found, gaps=False)["skills"]:
        assert not {"gaps", "needed"} & set(one)
    (first, second) = skills_json(found, gaps=True)["skills"]
    assert (first["gaps"], first["needed"]) == (["no_endorsement"], False)
    assert (second["name"], second["gaps"], second["needed"]) == ("Mentoring", ["nothing"], True)


SAME: dict[str, tuple[Skill, Skill, int]] = {
    "the same name": (Skill("Incident management"), Skill("incident Management"), 1),
    "a name, and the same with an address": (
        Skill("Mentoring"),
        Skill("Mentoring", "https://a.example/m"),
        1,
    ),
    "two names of one address": (
        Skill("Störungen", "https://a.example/m"),
        Skill("Incidents", "https://a.example/m"),
        1,
    ),
    "two names": (Skill("Mentoring"), Skill("Coaching"), 2),
    "two addresses of one name": (Skill("X", "https://a.example/m"), Skill("x", "https://b.example/m"), 1),
}


@pytest.mark.parametrize(("one", "two", "many"), SAME.values(), ids=SAME)
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_the_same_skill(one: Skill, two: Skill, many: int, turned: bool) -> None:
    first, second = (two, one) if turned else (one, two)
    found = by_skill(shown(other(skills=(first,)), other(key="i9", skills=(second,))))
    assert len(found.skills) == many
    assert sum(len(one.badges) for one in found.skills) == 2
    ids = {one.id for one in (one, two) if one.id}
    assert {skill.skill.id for skill in found.skills if skill.skill.id} <= ids
    assert many == 2 or not ids or found.skills[0].skill.id in ids


def test_what_an_achievement_names_of_skills_lists() -> None:
    said = {"alignment": [{"targetName": "A", "targetUrl": "javascript:x"}, {"targetName": "a"}, 7, {}]}
    assert aligned(said) == (Skill("a"),)
    assert aligned({"alignment": {"targetName": "A", "targetUrl": "https://a.example"}}) == (
        Skill("A", "https://a.example"),
    )
    assert aligned({}) == ()


# --- by day -----------------------------------------------------------------------------------------------

LATER = NOW + timedelta(days=40)
DAYS: dict[str, tuple[Item, list[tuple[str, Any, str]]]] = {
    "a badge": (BADGE, [("awarded", NOW, "")]),
    "a badge from elsewhere": (other(kind="imported"), [("awarded", NOW, "")]),
    "an endorsement": (other(ENDORSEMENT, about=""), [("endorsed", NOW, "")]),
    "a vouch": (other(VOUCH, at=NOW), [("vouched", NOW, "")]),
    "a badge that was revoked, and why": (
        other(state="revoked", since=LATER, reason="Wrong person"),
        [("revoked", LATER, "Wrong person"), ("awarded", NOW, "")],
    ),
    "revoked in the same moment": (
        other(state="revoked", since=NOW),
        [("revoked", NOW, ""), ("awarded", NOW, "")],
    ),
    "revoked, and the award without a day": (REVOKED, [("revoked", NOW, "Wrong person")]),
    "on hold": (other(state="suspended", since=LATER), [("suspended", LATER, ""), ("awarded", NOW, "")]),
    "withdrawn": (other(VOUCH, state="withdrawn", since=LATER), [("withdrawn", LATER, "")]),
    "replaced": (other(VOUCH, state="superseded", since=LATER), [("superseded", LATER, "")]),
    "over": (other(state="expired", ends=LATER), [("expired", LATER, ""), ("awarded", NOW, "")]),
    "not to be told": (other(state="unknown"), [("awarded", NOW, "")]),
    "without any day": (other(state="invalid", at=None), []),
}


@pytest.mark.parametrize(("item", "events"), DAYS.values(), ids=DAYS)
def test_what_happened_and_when(item: Item, events: list[tuple[str, Any, str]]) -> None:
    found = timeline(shown(item))
    told = [(one.what, one.at) for month in found.months for one in month.events]
    assert told == [(what, at) for what, at, _ in events]
    assert [one["reason"] for one in timeline_json(found)["events"]] == [reason for *_, reason in events]
    assert found.undated == (() if events else (item,))


def test_the_newest_comes_first_by_month() -> None:
    found = timeline(shown(other(at=NOW), other(key="i9", state="revoked", since=LATER, at=NOW)))
    months = [(month.year, month.month, [one.what for one in month.events]) for month in found.months]
    assert months == [(2026, 12, ["revoked"]), (2026, 11, ["awarded", "awarded"])]


# --- talking points ---------------------------------------------------------------------------------------


def test_what_to_say_whom_to_ask_and_what_may_be_asked() -> None:
    found = talking_points(WHOLE)
    (section, rest) = found.sections
    (point,) = section.points  # what was revoked is not said as if it stood
    assert (section.title, point.item, point.sentence) == (
        "Reliability",
        BADGE,
        "Leads the response to an incident.",
    )
    assert point.voices == (ENDORSEMENT,)
    assert [(one.ask, one.name) for one in point.questions] == [
        ("occasion", "Bo Lind"),
        ("part", "The report"),
    ]
    assert [one.item for one in rest.points] == [VOUCH]
    assert (found.past, found.more, found.skills) == ((REVOKED,), (), (INCIDENTS,))


ASKED: dict[str, tuple[Item, list[str]]] = {
    "nobody says anything, and nothing is shown": (other(evidence=()), ["witness", "show"]),
    "evidence": (BADGE, ["witness", "part"]),
    "an issuer whom nobody knows": (
        other(kind="imported", state="issuer_unknown"),
        ["issuer", "witness", "part"],
    ),
    "a narrative without a name": (other(evidence=(Evidence(narrative="So it was."),)), ["witness"]),
    "a vouch": (VOUCH, ["occasion"]),
}


@pytest.mark.parametrize(("item", "asked"), ASKED.values(), ids=ASKED)
def test_questions_follow_from_what_is_there(item: Item, asked: list[str]) -> None:
    ((section,), _) = (talking_points(shown(item)).sections, None)
    assert [one.ask for one in section.points[0].questions] == asked


def test_two_sheets_have_room_for_so_much() -> None:
    items = [other(key=f"k{n}") for n in range(MOST_FULL + 3)]
    found = talking_points(shown(*items))
    assert [len(section.points) for section in found.sections] == [MOST_FULL]
    assert found.more == tuple(items[MOST_FULL:])


SENTENCES = {
    "one": ("Leads it.", "Leads it."),
    "two": ("Leads it. Ends it.", "Leads it."),
    "a question": ("Who? I.", "Who?"),
    "a number": ("In 3.5 hours. Done", "In 3.5 hours."),
    "none": ("  ", ""),
    "lines": ("Leads\n  it", "Leads it"),
    "Markdown": ("- **Led** `it`. More", "Led it."),
    "long": ("word " * 100, ("word " * 44).strip()[:219].rsplit(" ", 1)[0] + "…"),
}


@pytest.mark.parametrize(("text", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_the_first_sentence(text: str, sentence: str) -> None:
    assert first_sentence(text) == sentence


@given(text=st.text(max_size=600), most=st.integers(1, 300))
def test_a_sentence_is_one_line_and_no_longer_than_it_may_be(text: str, most: int) -> None:
    said = first_sentence(text, most)
    assert len(said) <= most
    assert said == " ".join(said.split())


# --- nothing else, and nothing missing --------------------------------------------------------------------

_SKILLS = st.lists(st.sampled_from([Skill("A"), Skill("B", "https://b.example"), Skill("b")]), max_size=3)


@st.composite
def _portfolio(draw: st.DrawFn) -> Shown:
    items = []
    for n in range(draw(st.integers(0, 6))):
        base = draw(st.sampled_from([BADGE, REVOKED, VOUCH, other(ENDORSEMENT, about="")]))
        state = draw(st.sampled_from(get_args(State)))
        at = draw(st.none() | st.sampled_from([NOW, LATER]))
        changed = other(base, key=f"k{n}", state=state, at=at, since=draw(st.none() | st.just(LATER)))
        items.append(other(changed, skills=tuple(draw(_SKILLS))))
    keys = tuple(item.key for item in items)
    return other_shown(items, keys)


def other_shown(items: list[Item], keys: tuple[str, ...]) -> Shown:
    return Shown(key="", person="Ben", headline="Calm", items=tuple(items), groups=(Group("", keys),))


@given(_portfolio())
def test_each_view_has_all_that_is_shown_and_nothing_else(value: Shown) -> None:
    keys = {item.key for item in value.items}
    skills = by_skill(value)
    named = [(*one.badges, *one.vouches, *one.endorsements) for one in skills.skills]
    seen = {item.key for items in named for item in items} | {item.key for item in skills.without}
    assert seen == keys
    assert all(one.skill.name for one in skills.skills)
    days = timeline(value)
    dated = [event.item.key for month in days.months for event in month.events]
    assert set(dated) | {item.key for item in days.undated} == keys
    moments = [event.at for month in days.months for event in month.events]
    assert moments == sorted(moments, reverse=True)
    talk = talking_points(value)
    told = {point.item.key for section in talk.sections for point in section.points}
    assert told | {item.key for item in (*talk.more, *talk.past)} == keys
    assert not told & {item.key for item in talk.past}
