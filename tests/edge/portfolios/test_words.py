"""How a portfolio stands, in words and a tone: green only where everything of it is valid."""

from __future__ import annotations

import itertools
import typing

import pytest

from exchange.core.portfolio.shown import State
from exchange.edge.portfolios.read import read_portfolio
from exchange.edge.portfolios.words import say, whole
from exchange.languages import speaking
from tests.edge.portfolios.made import BADGE, ENDORSEMENT, REVOKED, VOUCH, WHOLE, other, shown


def test_at_a_glance_there_is_everything_that_stands_alone_and_first_what_fell_of_too_much() -> None:
    few = read_portfolio(shown(BADGE, REVOKED, ENDORSEMENT, VOUCH))
    assert [one.item.key for one in few.glance] == ["i1", "i2", "i4"]
    assert ([one.item.key for one in few.voices], few.below) == (["i3"], 0)
    many = read_portfolio(shown(*(other(BADGE, key=f"b{n}") for n in range(20)), REVOKED, ENDORSEMENT))
    assert [one.item.key for one in many.glance] == ["i2", *(f"b{n}" for n in range(11))]
    assert many.below == 9


STATES: tuple[State, ...] = typing.get_args(State)


@pytest.mark.parametrize(
    ("items", "tone", "line", "others"),
    [
        pytest.param((BADGE,), "good", "1 badge verified", "", id="one"),
        pytest.param((BADGE, VOUCH), "good", "2 badges verified", "", id="a vouch is a badge"),
        pytest.param((BADGE, REVOKED), "note", "1 badge verified; 1 revoked", "", id="one revoked"),
        pytest.param((REVOKED,), "stop", "0 badges verified; 1 revoked", "", id="only what was revoked"),
        pytest.param((BADGE, ENDORSEMENT), "good", "1 badge verified", "1 endorsement", id="endorsed"),
        pytest.param(
            (BADGE, other(ENDORSEMENT, state="withdrawn")),
            "note",
            "1 badge verified",
            "0 endorsements; 1 withdrawn",
            id="an endorsement withdrawn",
        ),
        pytest.param((ENDORSEMENT,), "good", "1 endorsement", "", id="endorsements alone"),
        pytest.param((), "unsure", "0 badges verified", "", id="nothing"),
    ],
)
def test_the_line_and_tone_of_a_whole(items: typing.Any, tone: str, line: str, others: str) -> None:
    said = whole(shown(*items))
    assert (said.tone, said.line, said.others) == (tone, line, others)


def test_nothing_is_green_unless_all_of_it_is_valid() -> None:
    for states in itertools.product(STATES, repeat=2):
        said = whole(shown(*(other(key=f"i{n}", state=state) for n, state in enumerate(states))))
        assert (said.tone == "good") == (set(states) == {"valid"})
        if "unknown" in states:
            assert said.tone == "unsure"


@pytest.mark.parametrize("code", ["en", "de"])
def test_every_state_has_a_word_and_is_counted(code: str) -> None:
    with speaking(code):
        for state in STATES:
            assert say(other(state=state)).word
            line = whole(shown(other(state=state))).line
            assert state == "valid" or "; 1 " in line


@pytest.mark.parametrize(
    ("item", "by", "proof", "sentence"),
    [
        (BADGE, "Reliability School", "proved by school.example", "Until 21 November 2027."),
        (
            REVOKED,
            "Atlas Learning Team",
            "by a key only, not a domain",
            "Taken back for good on 21 November 2026. Reason: Wrong person",
        ),
        (ENDORSEMENT, "Bo Lind, Is or was their manager, Platform", "signed with their own key", ""),
        (
            other(ENDORSEMENT, signed_by="exchange"),
            "Bo Lind, Is or was their manager, Platform",
            "recorded by the exchange",
            "",
        ),
        (other(issuer="", state="invalid", name=""), "", "", "A check failed: do not rely on it."),
    ],
)
def test_an_item_says_who_why_and_since_when(item: typing.Any, by: str, proof: str, sentence: str) -> None:
    said = say(item)
    assert (said.by, said.proof, said.sentence) == (by, proof, sentence)
    assert said.name
    assert WHOLE.person not in repr(said)
