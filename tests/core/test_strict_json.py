"""One strict I-JSON parser: what it refuses, by name, and that its two routes never differ."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.core import strict_json
from exchange.core.strict_json import dump, parse
from exchange.errors import InputError

REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "json_malformed"),
    "only whitespace": (b" \n", "json_malformed"),
    "truncated object": (b'{"a": 1', "json_malformed"),
    "truncated string": (b'{"a": "b', "json_malformed"),
    "truncated escape": (b'"\\u00', "json_malformed"),
    "truncated literal": (b"[tru]", "json_malformed"),
    "trailing garbage": (b"{} x", "json_malformed"),
    "trailing NUL": (b"{}\x00", "json_malformed"),
    "two documents": (b"{}{}", "json_malformed"),
    "trailing comma": (b"[1,]", "json_malformed"),
    "single quotes": (b"{'a': 1}", "json_malformed"),
    "comment": (b"{} // x", "json_malformed"),
    "leading zero": (b"[01]", "json_malformed"),
    "leading plus": (b"[+1]", "json_malformed"),
    "bare point": (b"[1.]", "json_malformed"),
    "hex number": (b"[0x10]", "json_malformed"),
    "Arabic-Indic digit": ("[١]".encode(), "json_malformed"),
    "raw control character": (b'"\x01"', "json_malformed"),
    "raw newline in a string": (b'"a\nb"', "json_malformed"),
    "unknown escape": (b'"\\x41"', "json_malformed"),
    "form feed as whitespace": (b"\x0c{}", "json_malformed"),
    "no-break space as whitespace": ("\u00a0{}".encode(), "json_malformed"),
    "UTF-16 without a mark": ("{}".encode("utf-16-le"), "json_malformed"),
    "UTF-16 with a mark": ("{}".encode("utf-16"), "json_not_utf8"),
    "byte order mark": (b"\xef\xbb\xbf{}", "json_not_utf8"),
    "Latin-1": ('"é"'.encode("latin-1"), "json_not_utf8"),
    "overlong UTF-8": (b'"\xc0\xaf"', "json_not_utf8"),
    "raw lone surrogate": (b'"\xed\xa0\x80"', "json_not_utf8"),
    "escaped lone high surrogate": (b'["\\ud800"]', "json_not_utf8"),
    "escaped lone low surrogate": (b'["\\uDC00x"]', "json_not_utf8"),
    "escaped surrogates in the wrong order": (b'["\\ude00\\ud83d"]', "json_not_utf8"),
    "escaped lone surrogate in a name": (b'{"\\ud800": 1}', "json_not_utf8"),
    "high surrogate before another escape": (b'["\\ud800\\u0041"]', "json_not_utf8"),
    "duplicate name": (b'{"a": 1, "a": 1}', "json_duplicate_key"),
    "duplicate name, nested": (b'{"x": [{"a": 1, "b": 2, "a": 3}]}', "json_duplicate_key"),
    "duplicate name, one escaped": (b'{"a": 1, "\\u0061": 2}', "json_duplicate_key"),
    "duplicate empty name": (b'{"": 1, "": 2}', "json_duplicate_key"),
    "duplicate name hidden by an escaped colon": (b'{"a": 1, "a": "\\u003a"}', "json_duplicate_key"),
    "duplicate name hidden by an escaped colon, upper case": (
        b'{"a": 1, "a": "\\u003A"}',
        "json_duplicate_key",
    ),
    "duplicate name with a solidus escaped": (b'{"a/b": 1, "a\\/b": 2}', "json_duplicate_key"),
    "duplicate name beyond U+FFFF": ('{"😀": 1, "\\ud83d\\ude00": 2}'.encode(), "json_duplicate_key"),
    "NaN": (b"[NaN]", "json_number"),
    "Infinity": (b'{"a": Infinity}', "json_number"),
    "-Infinity": (b"[-Infinity]", "json_number"),
    "double overflow": (b"[1e400]", "json_number"),
    "negative double overflow": (b"[-1E400]", "json_number"),
    "overflow by digits": (b"[" + b"9" * 400 + b".5]", "json_number"),
    "2^53": (b"[9007199254740992]", "json_number"),
    "2^53 + 1": (b"[9007199254740993]", "json_number"),
    "-2^53": (b"[-9007199254740992]", "json_number"),
    "beyond 64 bits": (b"[18446744073709551616]", "json_number"),
    "20 digits": (b"[12345678901234567890]", "json_number"),
    "5000 digits": (b"[" + b"1" * 5000 + b"]", "json_number"),
    "65 arrays deep": (b"[" * 65 + b"]" * 65, "json_too_deep"),
    "65 objects deep": (b'{"a":' * 65 + b"1" + b"}" * 65, "json_too_deep"),
    "65 deep with an escaped name": (b'{"\\u003a":' * 65 + b"1" + b"}" * 65, "json_too_deep"),
    "100,000 open brackets": (b"[" * 100_000, "json_too_deep"),
    "100,000 open objects": (b'{"a":' * 100_000, "json_too_deep"),
    "1 MiB and one byte": (b'"' + b"a" * (2**20 - 1) + b'"', "json_too_large"),
}

ACCEPTED: dict[str, tuple[bytes, Any]] = {
    "a scalar": (b"true", True),
    "null": (b"null", None),
    "64 deep": (b"[" * 64 + b"]" * 64, None),
    "64 deep among many": (b"[[],{}," * 63 + b"[]" + b"]" * 63, None),
    "brackets in a string": (b'"' + b"[{" * 200 + b'"', "[{" * 200),
    "colons in strings and names": (b'{"a:b": "c:d", ":": "::"}', {"a:b": "c:d", ":": "::"}),
    "an escaped colon": (b'{"a": "\\u003a", "b": 1}', {"a": ":", "b": 1}),
    "an escaped backslash before u": (b'{"a": "\\\\u003a"}', {"a": "\\u003a"}),
    "the same name in two objects": (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
    "names that only look alike": ('{"é": 1, "e\u0301": 2}'.encode(), {"é": 1, "e\u0301": 2}),
    "a surrogate pair": (b'"\\ud83d\\ude00"', "😀"),
    "an escaped NUL": (b'"\\u0000"', "\x00"),
    "DEL": (b'"\x7f"', "\x7f"),
    "2^53 - 1": (b"9007199254740991", 9007199254740991),
    "-(2^53 - 1)": (b"-9007199254740991", -9007199254740991),
    "minus zero as an integer": (b"-0", 0),
    "minus zero as a double": (b"-0.0", -0.0),
    "a double of 17 digits": (b"0.10000000000000001", 0.1),
    "a double beyond 2^53": (b"1e300", 1e300),
    "a double that vanishes": (b"1e-400", 0.0),
    "digits in a string": (b'"12345678901234567890"', "12345678901234567890"),
    "all the whitespace": (b" \t\r\n[ 1 ]\n", [1]),
    "exactly 1 MiB": (b'"' + b"a" * (2**20 - 2) + b'"', "a" * (2**20 - 2)),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_refuses(fault: str) -> None:
    raw, code = REFUSED[fault]
    with pytest.raises(InputError) as caught:
        parse(raw)
    assert caught.value.code == code


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepts(case: str) -> None:
    raw, value = ACCEPTED[case]
    parsed = parse(raw)
    if value is not None:
        assert _with_types(parsed) == _with_types(value)
    assert _with_types(strict_json._parse_exactly(raw)) == _with_types(parsed)


def test_says_where_it_is_malformed() -> None:
    with pytest.raises(InputError) as caught:
        parse(b'{"a": 1,\n "b" 2}')
    assert caught.value.at == "line 2 column 6"


def test_names_the_duplicate() -> None:
    with pytest.raises(InputError, match="'issuer'"):
        parse(b'{"issuer": 1, "id": 2, "issuer": 3, "id": 4}')


def test_honours_other_limits() -> None:
    assert parse(b"[[1]]", max_bytes=5, max_depth=2) == [[1]]
    with pytest.raises(InputError) as caught:
        parse(b"[[1]]", max_bytes=4)
    assert caught.value.code == "json_too_large"
    with pytest.raises(InputError) as caught:
        parse(b"[[1]]", max_depth=1)
    assert caught.value.code == "json_too_deep"


I_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-strict_json.MAX_INTEGER, strict_json.MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(I_JSON, st.booleans(), st.sampled_from([None, 1]))
def test_reads_back_what_any_writer_wrote(value: Any, ascii_only: bool, indent: int | None) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert _with_types(parse(raw)) == _with_types(value)
    assert _with_types(parse(dump(value))) == _with_types(value)


# Fragments that sit on the borders between the two routes.
FRAGMENTS = [
    *(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"a":',
        '"\\u0061":',
        '"b":',
        '"\\u003a"',
        '"x:y"',
        '"\\\\"',
        '"\\""',
        " ",
    ),
    *("0", "-0", "1", "1.0", "-0.0", "1e5", "1E400", "9007199254740991", "9007199254740993", "true", "null"),
    *("NaN", "Infinity", '"\\ud83d\\ude00"', '"\\ud83d"', '"😀"', '"é"', "\x00", "\ufeff", "x"),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=24).map("".join))
@example('{"a":1,"a":"\\u003a"}')
@example('{"a":{"b":1,"b":"x:y"}}')
def test_both_routes_agree_on_anything(text: str) -> None:
    _assert_routes_agree(text.encode())


@given(I_JSON, st.data())
def test_both_routes_agree_on_damaged_documents(value: Any, data: st.DataObject) -> None:
    raw = bytearray(json.dumps(value, ensure_ascii=data.draw(st.booleans())).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    _assert_routes_agree(bytes(raw))


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 25))
def test_reads_decimals_as_the_nearest_double(number: float, digits: int) -> None:
    for text in (repr(number), f"{number:.{digits}e}", f"{number:.{digits}f}"):
        if len(text.partition(".")[0]) > 15 and text.lstrip("-").isdigit():
            continue  # a large integer by its spelling
        expected = float(text)
        if math.isfinite(expected):
            assert parse(text.encode()) == expected


@pytest.mark.parametrize(
    "value",
    [float("nan"), {"a": [float("inf")]}, "\ud800", {"\udc00": 1}, 2**53, {1: 2}, {"a": object()}, b"bytes"],
    ids=["NaN", "Infinity", "surrogate", "surrogate name", "2^53", "number as name", "object", "bytes"],
)
def test_does_not_write_what_is_not_i_json(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        dump(value)
    assert caught.value.code == "json_malformed"


def test_writes_compact_in_the_order_given() -> None:
    assert dump({"b": [1, 2.5, None], "a": "é"}) == '{"b":[1,2.5,null],"a":"é"}'.encode()


def _assert_routes_agree(raw: bytes) -> None:
    assert _outcome(parse, raw) == _outcome(strict_json._parse_exactly, raw)


def _outcome(parser: Any, raw: bytes) -> Any:
    try:
        return _with_types(parser(raw))
    except InputError as error:
        return error.code


def _with_types(value: Any) -> Any:
    """Equal only when types and the sign of zero are equal too."""
    if isinstance(value, dict):
        return {name: _with_types(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_with_types(item) for item in value]
    return (type(value).__name__, repr(value))
