"""The trust summary: exact lines about a small world, and what never changes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.trust.facts import About, Fact
from exchange.core.trust.sentences import SENTENCES
from exchange.core.trust.summary import BURST_WITHIN, USUAL, Line, summarise
from tests.core.trust.graph import (
    AROUND,
    CALM,
    FACTS,
    LEAD,
    LEGAL,
    NOW,
    PAYMENTS,
    PORTFOLIO,
    day,
    document,
    endorsement,
    who,
)

MAX = "m0 m1 m2 m3 m4"
WHOLE = [
    ("endorsers", "11 different people endorse this.", f"b1 c1 d1 d2 e1 f1 i2 {MAX}"),
    ("own_team", "8 endorsers were in the holder's own team when they signed.", f"b1 c1 d2 {MAX}"),
    ("other_teams", "3 endorsers were in another team than the holder when they signed.", "d1 e1 i2"),
    ("receiving_team", "One endorser was in the receiving team when they signed.", "e1"),
    ("teams", "The endorsers name 3 different teams.", f"b1 c1 d1 d2 e1 i2 {MAX}"),
    ("team_not_said", "One endorser does not say which teams the two were in.", "f1"),
    ("relationship_same_team", "2 endorsers say: I work in the same team.", "b1 d2"),
    ("relationship_other_team", "7 endorsers say: I work in another team.", f"d1 e1 {MAX}"),
    ("relationship_manager", "One endorser says: I am or was their manager.", "c1"),
    ("relationship_mentee", "One endorser says: I was mentored by them.", "f1"),
    ("relationship_client", "One endorser says: I received their work.", "i2"),
    ("recent", "11 endorsements are from the last twelve months.", f"c1 d1 d2 e1 f1 i2 {MAX}"),
    ("when", "The endorsements were signed between 2025-09-30 and 2026-10-03.", "b1 m4"),
    ("own_key", "11 endorsements were signed with the endorser's own key.", f"b1 c1 d1 d2 f1 i2 {MAX}"),
    (
        "recorded",
        "One endorsement was recorded by the exchange, with a key that it keeps for the endorser.",
        "e1",
    ),
    (
        "skilled",
        "One endorser is endorsed themselves, not by the holder, for a skill that they endorse here.",
        "d1 zd",
    ),
    ("reciprocal", "One endorser is endorsed by the holder in return.", "ab b1"),
    (
        "burst",
        "5 endorsements were signed from 2026-10-01 to 2026-10-03, more than 4 of them within 48 hours.",
        MAX,
    ),
    ("by_the_holder", "One endorsement is by the holder. It is not counted.", "a1"),
    ("withdrawn", "One endorsement was withdrawn. It is not counted.", "g1"),
    ("expired", "One endorsement is expired. It is not counted.", "h1"),
    (
        "superseded",
        "One endorsement was replaced by a later one of the same endorser. It is not counted.",
        "i1",
    ),
    ("suspended", "One endorsement is by an endorser who is suspended. It is not counted.", "l1"),
    ("unclear", "One endorsement could not be verified. It is not counted.", "j1"),
    ("invalid", "One endorsement does not verify. It is not counted.", "k1"),
]


def told(lines: tuple[Line, ...]) -> list[tuple[str, str, str]]:
    """Each line with the names of its documents."""
    return [
        (line.code, line.says, " ".join(id.rpartition("/")[2] for id in line.credentials)) for line in lines
    ]


def says(lines: tuple[Line, ...], code: str) -> tuple[str, ...]:
    return next((line.credentials for line in lines if line.code == code), ())


def test_a_small_world_gives_exactly_these_lines() -> None:
    assert told(summarise(FACTS, PORTFOLIO, NOW, AROUND, receiving=[LEGAL])) == WHOLE


def test_of_one_badge_only_what_is_about_it_is_summed_up() -> None:
    lines = told(summarise(FACTS, About(frozenset({CALM})), NOW, AROUND))
    assert lines[0] == ("endorsers", "7 different people endorse this.", f"d2 e1 {MAX}")
    assert "receiving_team" not in [code for code, _, _ in lines]


def test_of_a_person_everything_that_they_hold_is_summed_up() -> None:
    about = About(frozenset(), who("ada"))
    profile = endorsement("p1", "pam", "", who("ada"), day(11, 1))
    assert summarise(FACTS, about, NOW, AROUND) == summarise(FACTS, PORTFOLIO, NOW, AROUND)
    lines = summarise([*FACTS, profile], about, NOW, AROUND)
    assert lines[0].says == "12 different people endorse this."
    assert document("x1") not in {id for line in lines for id in line.credentials}


def test_about_what_nobody_endorses_one_line_says_so() -> None:
    assert told(summarise((), PORTFOLIO, NOW)) == [("endorsers", "Nobody endorses this.", "")]


def test_what_there_is_none_of_is_said_where_readers_look_for_it() -> None:
    lines = summarise([FACTS[4]], PORTFOLIO, NOW, receiving=[PAYMENTS])
    assert [line.says for line in lines if line.says.startswith("No ")] == [
        "No endorser was in the holder's own team when they signed.",
        "No endorser was in the receiving team when they signed.",
        "No endorsement was signed with the endorser's own key.",
    ]


def test_where_nobody_says_the_teams_no_line_says_that_there_was_none() -> None:
    unsaid = msgspec.structs.replace(FACTS[4], endorser_team="")
    codes = [line.code for line in summarise([unsaid], PORTFOLIO, NOW)]
    assert "team_not_said" in codes
    assert not {"own_team", "other_teams"} & set(codes)


def test_two_keys_of_one_endorser_are_one_endorser() -> None:
    dora = [fact for fact in FACTS if fact.endorser == who("dora")]
    assert len({fact.did for fact in dora}) == 2
    assert summarise(dora, PORTFOLIO, NOW)[0].says == "One person endorses this."


def test_a_transfer_does_not_rewrite_the_past() -> None:
    """Ada leaves for legal: what was signed stays as it was, and only what is signed after it says so."""
    before = summarise(FACTS, PORTFOLIO, NOW, AROUND)
    later = endorsement("n1", "ned", "ada", LEAD, day(11, 2), endorser_team=LEGAL, holder_team=LEGAL)
    after = summarise([*FACTS, later], PORTFOLIO, NOW, AROUND)
    assert set(says(after, "own_team")) == {*says(before, "own_team"), document("n1")}
    assert says(after, "other_teams") == says(before, "other_teams")


def test_a_replaced_endorsement_stays_replaced_when_the_later_one_is_withdrawn() -> None:
    facts = [
        msgspec.structs.replace(fact, state="withdrawn") if fact.id == document("i2") else fact
        for fact in FACTS
    ]
    lines = summarise(facts, PORTFOLIO, NOW)
    assert says(lines, "superseded") == (document("i1"),)
    assert says(lines, "withdrawn") == (document("g1"), document("i2"))


def test_nobody_replaces_what_somebody_else_signed() -> None:
    forged = endorsement("y1", "eve", "ada", LEAD, day(8, 1), supersedes=document("b1"))
    lines = summarise([*FACTS, forged], PORTFOLIO, NOW)
    assert says(lines, "superseded") == (document("i1"),)
    assert document("b1") in says(lines, "endorsers")


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        ([0, 12, 24, 48], []),
        ([0, 12, 24, 36, 48], ["5 endorsements were signed from 2026-05-01 to 2026-05-03"]),
        ([0, 12, 24, 36, 49], []),
        ([0, 1, 2, 3, 4, 53, 54, 55], ["5 endorsements were signed on 2026-05-01"]),
        ([0, 20, 30, 40, 48, 50, 70, 72], ["8 endorsements were signed from 2026-05-01 to 2026-05-04"]),
        (
            [0, 1, 2, 3, 4, 900, 901, 902, 903, 904, 905],
            [
                "5 endorsements were signed on 2026-05-01",
                "6 endorsements were signed on 2026-06-07",
            ],
        ),
    ],
    ids=["four", "five-in-48-hours", "five-in-49-hours", "the-rest-is-none", "one-long", "two"],
)
def test_a_burst_is_more_than_four_within_48_hours(hours: list[int], found: list[str]) -> None:
    facts = [
        endorsement(f"q{n}", f"q{n}", "ada", LEAD, day(5, 1) - timedelta(hours=9) + timedelta(hours=hour))
        for n, hour in enumerate(hours)
    ]
    lines = summarise(facts, PORTFOLIO, NOW)
    assert [line.says.partition(",")[0] for line in lines if line.code == "burst"] == found


# What never changes a summary

names = st.sampled_from(["ada", "ben", "cleo", "dora", "emil"])
facts = st.builds(
    endorsement,
    st.integers(0, 30).map(str),
    names,
    names,
    st.sampled_from([LEAD, CALM, "https://badges.example.org/badges/other"]),
    st.integers(0, 200).map(lambda hours: day(10, 1) + timedelta(hours=hours)),
    state=st.sampled_from(
        ["valid", "valid", "valid", "expired", "superseded", "suspended", "withdrawn", "unclear", "invalid"]
    ),
    endorser_team=st.sampled_from([PAYMENTS, LEGAL, None]),
    holder_team=st.sampled_from([PAYMENTS, LEGAL, None]),
    custody=st.sampled_from(["holder", "exchange"]),
    relationship=st.sampled_from(["same-team", "mentor", "learned-from", "a word of others"]),
    skills=st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True).map(tuple),
    supersedes=st.none() | st.integers(0, 30).map(lambda n: document(str(n))),
)
worlds = st.lists(facts, max_size=25)


@given(worlds, worlds, st.randoms(), st.data())
def test_the_same_documents_give_the_same_summary(
    own: list[Fact], around: list[Fact], chance: Any, data: st.DataObject
) -> None:
    """In whatever order they come, however often each."""
    expected = summarise(own, PORTFOLIO, NOW, around, receiving=[LEGAL])
    again = own + data.draw(st.lists(st.sampled_from(own))) if own else []
    beside = around + data.draw(st.lists(st.sampled_from(around))) if around else []
    chance.shuffle(again)
    chance.shuffle(beside)
    assert summarise(again, PORTFOLIO, NOW, beside, receiving=[LEGAL]) == expected


@given(worlds, worlds, facts)
def test_what_does_not_verify_changes_no_line_but_its_own(
    own: list[Fact], around: list[Fact], broken: Fact
) -> None:
    broken = msgspec.structs.replace(broken, state="invalid")
    before = summarise(own, PORTFOLIO, NOW, around)
    after = summarise([*own, broken], PORTFOLIO, NOW, [*around, broken])
    counted = [line for line in after if line.code != "invalid"]
    assert counted == [line for line in before if line.code != "invalid"]
    if PORTFOLIO.has(broken):
        assert set(says(after, "invalid")) == {*says(before, "invalid"), broken.id}


@given(worlds, worlds, facts)
def test_what_cannot_be_verified_is_counted_nowhere_else(
    own: list[Fact], around: list[Fact], doubtful: Fact
) -> None:
    doubtful = msgspec.structs.replace(doubtful, state="unclear", id=document("new"), subject=LEAD)
    before = summarise(own, PORTFOLIO, NOW, around)
    after = summarise([*own, doubtful], PORTFOLIO, NOW, [*around, doubtful])
    assert [line for line in after if line.code != "unclear"] == [
        line for line in before if line.code != "unclear"
    ]
    assert set(says(after, "unclear")) == {*says(before, "unclear"), doubtful.id}


@given(worlds, worlds)
def test_every_document_behind_a_line_was_handed_in(own: list[Fact], around: list[Fact]) -> None:
    lines = summarise(own, PORTFOLIO, NOW, around, receiving=[LEGAL])
    here = {fact.id for fact in own if PORTFOLIO.has(fact)}
    beyond = {fact.id for fact in around if fact.state == "valid"}
    for line in lines:
        assert set(line.credentials) <= here | (beyond if line.code in ("skilled", "reciprocal") else set())


@given(worlds)
def test_every_endorsement_that_is_about_it_is_behind_some_line(own: list[Fact]) -> None:
    lines = summarise(own, PORTFOLIO, NOW)
    shown = {id for line in lines for id in line.credentials}
    assert shown == {fact.id for fact in own if PORTFOLIO.has(fact)}


@given(worlds)
def test_bursts_are_what_looking_at_every_window_finds(own: list[Fact]) -> None:
    lines = summarise(own, PORTFOLIO, NOW)
    counted = set(says(lines, "endorsers"))
    at = {fact.id: fact.at for fact in own if fact.id in counted and fact.state == "valid"}
    expected = set()
    for start in at.values():
        within = {id for id, moment in at.items() if timedelta(0) <= moment - start <= BURST_WITHIN}
        expected |= within if len(within) > USUAL else set()
    found = [line.credentials for line in lines if line.code == "burst"]
    if len({fact.id for fact in own}) == len(own):  # of two with one id another may be what counts
        assert {id for ids in found for id in ids} == expected
    assert len({id for ids in found for id in ids}) == sum(map(len, found))


@given(worlds, worlds)
def test_no_number_stands_alone(own: list[Fact], around: list[Fact]) -> None:
    """A summary is a list of sentences with their evidence: nothing in it can be read as a score."""
    for line in msgspec.to_builtins(summarise(own, PORTFOLIO, NOW, around)):
        assert set(line) == {"code", "says", "credentials"}
        assert isinstance(line["says"], str)
        assert " " in line["says"]
        assert all(isinstance(id, str) for id in line["credentials"])


def test_every_line_is_named_and_none_is_a_score() -> None:
    codes = {*SENTENCES, "when", "burst"}
    assert {line.code for line in summarise(FACTS, PORTFOLIO, NOW, AROUND, [LEGAL])} <= codes
    for word in ("score", "rank", "rating", "weight", "points", "level"):
        assert not any(word in code or word in said for code, all in SENTENCES.items() for said in all)
