"""What changed between two tables: every change is seen, and named as an author would name it."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.catalogues.difference import Difference, differences

BEFORE: dict[str, Any] = {
    "name": "Lead",
    "valid_days": 730,
    "tags": ["a", "b"],
    "image": {"glyph": "eye", "alt": "An eye"},
    "alignments": [
        {"name": "One", "url": "https://one.example"},
        {"name": "Two", "url": "https://two.example"},
    ],
    "results": [
        {"key": "calm", "levels": [{"key": "low", "name": "Low"}, {"key": "high", "name": "High"}]},
        {"key": "clear", "levels": []},
    ],
}


def changed(**change: Any) -> list[Difference]:
    return differences(BEFORE, {**copy.deepcopy(BEFORE), **change})


def test_the_same_has_no_difference() -> None:
    assert differences(BEFORE, dict(reversed(copy.deepcopy(BEFORE).items()))) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"valid_days": 365}, Difference("valid_days", 730, 365)),
        ({"valid_days": 730.0}, Difference("valid_days", 730, 730.0)),
        ({"tags": ["b", "a"]}, Difference("tags", ["a", "b"], ["b", "a"])),
        ({"evidence_required": True}, Difference("evidence_required", None, True)),
        ({"image": {"glyph": "eye", "alt": "Two"}}, Difference("image.alt", "An eye", "Two")),
        (
            {"alignments": [BEFORE["alignments"][0]]},
            Difference("alignments.2", BEFORE["alignments"][1], None),
        ),
        (
            {"results": BEFORE["results"][::-1]},
            Difference("results (order)", ["calm", "clear"], ["clear", "calm"]),
        ),
        (
            {"results": [BEFORE["results"][1]]},
            Difference("results.calm", BEFORE["results"][0], None),
        ),
    ],
)
def test_a_change_is_named(change: dict[str, Any], difference: Difference) -> None:
    assert changed(**change) == [difference]


def test_what_is_gone_is_named() -> None:
    without = {name: value for name, value in BEFORE.items() if name != "valid_days"}
    assert differences(BEFORE, without) == [Difference("valid_days", 730, None)]


def test_a_table_of_a_list_is_found_by_its_key_wherever_it_stands() -> None:
    results = copy.deepcopy(BEFORE["results"])
    results[0]["levels"][1]["name"] = "Higher"
    results[0]["levels"].insert(0, {"key": "none", "name": "None"})
    assert changed(results=results) == [
        Difference("results.calm.levels.high.name", "High", "Higher"),
        Difference("results.calm.levels.none", None, {"key": "none", "name": "None"}),
    ]


def test_tables_with_one_key_twice_are_matched_by_number() -> None:
    twice = [{"key": "a", "n": 1}, {"key": "a", "n": 2}]
    found = differences({"results": twice}, {"results": [{"key": "a", "n": 1}, {"key": "a", "n": 3}]})
    assert found == [Difference("results.2.n", 2, 3)]


values = st.recursive(
    st.sampled_from([0, 1, 1.0, True, False, "", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "a", "b"]), inner),
    max_leaves=8,
)
tables = st.dictionaries(st.sampled_from(["a", "b", "results"]), values)


@given(tables, tables)
def test_no_change_goes_unseen(before: dict[str, Any], after: dict[str, Any]) -> None:
    same = msgspec.json.encode(before, order="sorted") == msgspec.json.encode(after, order="sorted")
    assert (differences(before, after) == []) is same
    assert differences(before, copy.deepcopy(before)) == []
