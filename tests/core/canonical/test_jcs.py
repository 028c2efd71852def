"""RFC 8785: its own numbers and examples, the W3C vectors, and an independent implementation as oracle."""

from __future__ import annotations

import json
import struct
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.core.canonical import jcs
from exchange.core.canonical.jcs import canonicalize
from exchange.core.strict_json import MAX_INTEGER, parse
from exchange.errors import InputError

# RFC 8785, appendix B: the bits of a double and how it is spelled.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize("bits", NUMBERS)
def test_spells_the_numbers_of_the_rfc(bits: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    spelled = NUMBERS[bits].encode()
    assert canonicalize(number) == spelled
    assert canonicalize({"n": number}) == b'{"n":' + spelled + b"}"
    assert canonicalize({"n": [number, 1]}) == b'{"n":[' + spelled + b",1]}"


def test_example_of_section_3_2_2() -> None:
    raw = (
        rb'{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
        rb' "string": "\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}'
    )
    assert (
        canonicalize(parse(raw))
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


def test_sorts_names_by_utf_16_code_unit() -> None:
    names = ["\r", "1", "\u0080", "ö", "€", "😀", "\ufb33"]  # the order of section 3.2.3
    value = dict.fromkeys(reversed(names), 1)
    assert list(json.loads(canonicalize(value))) == names
    assert list(json.loads(canonicalize({"a": [value]}))["a"][0]) == names


@pytest.mark.parametrize(
    "name", ['\U0001f600"', "\U0001f600\\", '\U0001f600\\":', "\U0010ffff", '"\U0001f600']
)
def test_sorts_names_beyond_the_basic_plane_whatever_follows(name: str) -> None:
    value: Any = {"\uffee": "😀", name: 1, "x": "\U0001f600:"}
    assert canonicalize(value) == jcs._exactly(value) == rfc8785.dumps(value)


def test_escapes_only_what_must_be() -> None:
    value = {"s": "".join(map(chr, range(0x21))) + '"\\/\x7f\x80\u2028\u2029\uffff'}
    assert canonicalize(value) == jcs._exactly(value) == rfc8785.dumps(value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-100, 100).map(lambda x: round(x, 2))
    | st.sampled_from([1e-5, 9.999e-6, 1e-6, 1e15, 1e16, 1e21, 4.0, 1e-7, 5.000001, 123456789012345680.0])
    | st.text()
    | st.text("😀\uffee\\\"':,}]{[0123456789.el\n\x01", max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.text('😀\ufb33a"\\', max_size=4), inner),
    max_leaves=25,
)


@given(VALUES)
@example({"😀": 1, "\ufb33": 2})
@example({"a": "l,", "b": None})
def test_agrees_with_an_independent_implementation(value: Any) -> None:
    expected = rfc8785.dumps(value)
    assert canonicalize({"v": value}) == b'{"v":' + expected + b"}"
    assert canonicalize(value) == expected == jcs._exactly(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_both_routes_spell_every_double_alike(number: float) -> None:
    value = {"a": number, "b": [number, "x"], "c": {"d": number}}
    assert canonicalize(value) == jcs._exactly(value)
    assert float(canonicalize(number)) == number


@given(VALUES)
def test_canonical_bytes_are_a_fixed_point(value: Any) -> None:
    once = canonicalize({"v": value})
    # A double beyond 2^53 is spelled as an integer, which the strict parser refuses: json reads it as well.
    again = json.loads(once, parse_int=lambda text: int(text) if len(text) < 16 else float(text))
    assert canonicalize(again) == once


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "jcs_number"),
        ({"a": float("nan")}, "jcs_number"),
        ({"a": [1, {"b": float("-inf")}]}, "jcs_number"),
        ({"a": 2**53}, "jcs_number"),
        ({"a": -(2**70)}, "jcs_number"),
        ({"a": "\ud800"}, "jcs_string"),
        ({"\udc00": 1}, "jcs_string"),
        ({1: 2}, "jcs_type"),
        ({None: 2}, "jcs_type"),
        ({"a": b"bytes"}, "jcs_type"),
        ({"a": {1, 2}}, "jcs_type"),
    ],
    ids=repr,
)
def test_refuses_what_is_not_i_json(value: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        canonicalize(value)
    assert caught.value.code == code


def test_refuses_bottomless_nesting() -> None:
    value: dict[str, Any] = {}
    for _ in range(100_000):
        value = {"a": value}
    with pytest.raises(InputError) as caught:
        canonicalize(value)
    assert caught.value.code == "jcs_too_deep"
    while value:
        value = value["a"]


def test_many_characters_beyond_the_basic_plane_stay_linear() -> None:
    value = {"text": "😀" * 250_000}
    assert canonicalize(value) == b'{"text":"' + value["text"].encode() + b'"}'


def test_takes_string_enums_for_strings() -> None:
    class Kind(StrEnum):
        BADGE = "badge"

    assert canonicalize({"kind": Kind.BADGE}) == jcs._exactly({"kind": Kind.BADGE}) == b'{"kind":"badge"}'


def test_reproduces_the_w3c_vectors(shared_vectors: Path) -> None:
    seen = 0
    for canonical in sorted((shared_vectors / "w3c-di-vectors").rglob("canonDocJCS*.txt")):
        signed = parse(next(canonical.parent.glob("signedJCS*.json")).read_bytes())
        assert (
            canonicalize({k: v for k, v in signed.items() if k != "proof"}) == canonical.read_bytes().strip()
        )
        config = parse(next(canonical.parent.glob("proofConfigJCS*.json")).read_bytes())
        proof_canonical = next(canonical.parent.glob("proofCanonJCS*.txt"))
        assert canonicalize(config) == proof_canonical.read_bytes().strip()
        seen += 1
    assert seen == 3
