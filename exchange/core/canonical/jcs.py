"""The JSON Canonicalization Scheme (RFC 8785): one sequence of bytes for one I-JSON value.

orjson with sorted keys writes the same bytes except for some doubles (JavaScript spells 4.0 as 4, 1e-6 as
0.000001) and for names with characters beyond U+FFFF (sorted by UTF-16 code unit). Where its output shows a
trace of either, the exact route writes instead; suspecting too much costs time, never correctness.
"""

from __future__ import annotations

import math
import re
from json.encoder import encode_basestring  # escapes exactly what RFC 8785 section 3.2.2.2 says
from typing import Any

import orjson

from exchange.core.strict_json import MAX_INTEGER
from exchange.errors import InputError

_SORTED = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
)

# Every number and every null ends in a digit or an l and then one of , } ]. After this translation that is
# "0\x01", which a fast search finds; in text it is found too, which only costs the closer look at what stands
# before. 0x02 stands for the first byte of a character beyond U+FFFF.
_ENDS = bytes(
    0x30 if c in b"0123456789l" else 1 if c in b",}]" else 2 if 0xF0 <= c <= 0xF4 else c for c in range(256)
)
_number_ends = re.compile(rb"0\x01").finditer
_odd_number = re.compile(rb"[:\[,](?:null|-?[0-9.]*(?:e[+-]?[0-9]+|\.0|\.00000[0-9]*))\Z").search
_LONGEST_NUMBER = 40

# From a character beyond U+FFFF to the end of its string, and the colon that tells whether it is a name.
_astral_strings = re.compile(rb'[\xf0-\xf4](?:[^"\\]++|\\.)*+"(:?)').finditer


def canonicalize(value: Any, *, plain: bool = False) -> bytes:
    """`value` (what `strict_json.parse` returns) in canonical UTF-8. RFC 8785.

    `plain`: it is known to hold no double, no null and only names of ASCII, so that nothing needs to be
    suspected.

    Raises InputError `jcs_number` (NaN, Infinity, an integer beyond ±(2^53-1)), `jcs_string` (a lone
    surrogate), `jcs_type` (not a JSON value, a name that is no string) or `jcs_too_deep`.
    """
    if value.__class__ is not dict:
        return _exactly(value)
    try:
        out = orjson.dumps(value, option=_SORTED)
    except TypeError:
        return _exactly(value)
    if plain:
        return out
    ends = out.translate(_ENDS)
    for end in _number_ends(ends):
        # A null may be a NaN: orjson writes it so.
        if _odd_number(out, max(0, end.start() - _LONGEST_NUMBER), end.start() + 1):
            return _exactly(value)
    if b"\x02" in ends and any(string[1] for string in _astral_strings(out)):
        return _exactly(value)
    return out


def _exactly(value: Any) -> bytes:
    parts: list[str] = []
    try:
        _write(value, parts)
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise InputError("jcs_string", "A string holds half of a surrogate pair.") from None
    except RecursionError:
        raise InputError("jcs_too_deep", "The value is nested far too deep.") from None


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(encode_basestring(value))
    elif value is None or value is True or value is False:
        parts.append("null" if value is None else "true" if value else "false")
    elif isinstance(value, int):
        parts.append(_integer(value))
    elif isinstance(value, float):
        parts.append(_double(value))
    elif isinstance(value, dict):
        before = "{"
        for name in sorted(value, key=_utf16):
            parts.append(f"{before}{encode_basestring(name)}:")
            _write(value[name], parts)
            before = ","
        parts.append("}" if value else "{}")
    elif isinstance(value, list | tuple):
        before = "["
        for item in value:
            parts.append(before)
            _write(item, parts)
            before = ","
        parts.append("]" if value else "[]")
    else:
        raise InputError("jcs_type", f"A {type(value).__name__} is not a JSON value.")


def _utf16(name: Any) -> bytes:
    if not isinstance(name, str):
        raise InputError("jcs_type", f"An object has a name that is no string but a {type(name).__name__}.")
    return name.encode("utf-16-be")


def _integer(number: int) -> str:
    if abs(number) > MAX_INTEGER:
        raise InputError("jcs_number", "An integer is beyond ±(2^53-1).")
    return int.__repr__(number)


def _double(number: float) -> str:
    """As `Number::toString` of ECMAScript spells it: the shortest digits that read back, placed its way."""
    if not math.isfinite(number):
        raise InputError("jcs_number", f"{number} is not a JSON number.")
    if number == 0:
        return "0"
    mantissa, _, exponent = float.__repr__(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = (
        len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    )  # the value is 0.digits × 10^point
    digits = digits.rstrip("0")
    sign = "-" if number < 0 else ""
    if len(digits) <= point <= 21:
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1:+d}"
