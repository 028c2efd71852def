"""Handles: one written form, and none that reads as a word of the exchange."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.handles import LONGEST, RESERVED, SHORTEST, check_handle, is_handle
from exchange.errors import InputError

WRONG = {
    "nothing": "",
    "blank": " ",
    "too short": "ab",
    "too long": "a" * 31,
    "a hyphen before": "-ann",
    "a hyphen behind": "ann-",
    "a dot": "ann.lima",
    "an underscore": "ann_lima",
    "a slash": "ann/lima",
    "a tilde": "ann~lima",
    "an at": "@ann",
    "another alphabet": "аnn",
    "wide letters": "ＡＮＮ",
    "the Kelvin sign": "\u212aelvin",
    "other digits": "ann٣",
    "nothing seen": "ann\u200b",
    "a line": "ann\nx",
    "a word of ours": "admin",
    "a word of ours, shouted": "API-" + "x" * 40,
}


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG)
def test_what_is_no_handle_is_refused(said: str) -> None:
    with pytest.raises(InputError) as refused:
        check_handle(said)
    assert (refused.value.code, refused.value.at) == ("handle_malformed", "handle")


def test_large_letters_are_small_ones() -> None:
    assert check_handle(" Ann-Lima2 ") == "ann-lima2"
    assert is_handle("ann-lima2")
    assert not is_handle("Ann-Lima2")


def test_every_reserved_word_is_one_that_could_be_chosen_otherwise() -> None:
    assert {word for word in RESERVED if word != word.lower()} == set()
    for word in RESERVED:
        with pytest.raises(InputError):
            check_handle(word)


@given(st.text(max_size=40))
def test_whatever_is_one_is_plain_ascii_and_stays_as_it_is(said: str) -> None:
    try:
        handle = check_handle(said)
    except InputError:
        return
    assert handle.isascii()
    assert SHORTEST <= len(handle) <= LONGEST
    assert check_handle(handle) == handle
