"""What all software signs alike, and what it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.credentials.nouns import fit_to_sign
from exchange.errors import InputError

FIT: dict[str, tuple[Any, Any]] = {
    "null": ({"a": None, "b": 1}, {"b": 1}),
    "empty list": ({"a": [], "b": [None]}, {}),
    "empty object": ({"a": {"b": None}}, {}),
    "whole float": ({"a": 3.0}, {"a": 3}),
    "true": ({"a": True}, {"a": True}),
    "lines and tabs": ({"a": "1\n2\r\n\t3"}, {"a": "1\n2\r\n\t3"}),
    "any script": ({"a": "Łódź قائد 😀"}, {"a": "Łódź قائد 😀"}),
    "tuple": ({"a": ("x", "y")}, {"a": ["x", "y"]}),
    "largest digits": ({"a": 123456789.012345}, {"a": 123456789.012345}),
}
UNFIT: dict[str, tuple[Any, str, str]] = {
    "backspace": ({"a": ["x", "\x08"]}, "control_character", "/a/1"),
    "delete": ({"a": {"b": "\x7f"}}, "control_character", "/a/b"),
    "C1 control": ({"a": "\x85"}, "control_character", "/a"),
    "lone surrogate": ({"a": "\ud800"}, "control_character", "/a"),
    "tiny number": ({"a": 1e-7}, "fragile_number", "/a"),
    "huge number": ({"a": 1e15}, "fragile_number", "/a"),
    "huge integer": ({"a": 2**53}, "fragile_number", "/a"),
    "sixteen digits": ({"a": 0.1234567890123456}, "fragile_number", "/a"),
    "infinity": ({"a": float("inf")}, "fragile_number", "/a"),
    "not a number": ({"a": [float("nan")]}, "fragile_number", "/a/0"),
    "order by code point and by UTF-16": ({"tag": ["\U0001f600", "\uff01"]}, "fragile_order", "/tag"),
}


@pytest.mark.parametrize(("value", "fit"), FIT.values(), ids=FIT)
def test_fit_to_sign(value: Any, fit: Any) -> None:
    assert json.dumps(fit_to_sign(value)) == json.dumps(fit)


@pytest.mark.parametrize(("value", "code", "at"), UNFIT.values(), ids=UNFIT)
def test_unfit_to_sign(value: Any, code: str, at: str) -> None:
    with pytest.raises(InputError) as caught:
        fit_to_sign(value)
    assert (caught.value.code, caught.value.at) == (code, at)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(_VALUES)
def test_what_is_fit_stays_as_it_is_and_survives_json(value: Any) -> None:
    try:
        fit = fit_to_sign(value)
    except InputError:
        return
    assert json.dumps(fit_to_sign(fit)) == json.dumps(fit)
    assert json.loads(json.dumps(fit)) == fit
