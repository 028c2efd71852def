"""The one JSON parser for everything a stranger hands in (RFC 8259, with the rules of I-JSON, RFC 7493).

What two parsers read differently is refused here, so that what is stored, judged and shown is the same value:
duplicate names, integers beyond ±(2^53-1), overflowing doubles, NaN, lone surrogates, a byte order mark.
Doubles within range are read as IEEE 754 doubles, as every parser does; the integer -0 is 0.

Two routes that agree on every input: C does the common case; whatever it refuses or leaves in doubt is read
once more by `_parse_exactly`, slower, which can also say what is wrong and where.
"""

from __future__ import annotations

import json
import math
from itertools import chain
from typing import Any, NoReturn

import msgspec
import orjson

from exchange.errors import InputError

MAX_INTEGER = 2**53 - 1
MAX_VALUES = 50_000
"""What one text may hold, told by its commas: a megabyte of `[],[],` costs more to judge than any badge."""

_decode = msgspec.json.Decoder().decode
_PLAIN = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def parse(raw: bytes, *, max_bytes: int = 1_048_576, max_depth: int | None = 64) -> Any:
    """Read `raw` as I-JSON: dicts, lists, str, int, float, bool, None.

    `max_depth` counts nested objects and arrays, None leaves that to a `check_depth` of the caller's; more
    than MAX_VALUES values are too large.
    Raises InputError with code `json_malformed`, `json_duplicate_key`, `json_number`, `json_too_deep`,
    `json_too_large` or `json_not_utf8`.
    """
    if len(raw) > max_bytes:
        raise InputError("json_too_large", f"The JSON has {len(raw)} bytes; at most {max_bytes} are read.")
    if len(raw) > MAX_VALUES and raw.count(b",") >= MAX_VALUES:
        raise InputError("json_too_large", f"The JSON has more than {MAX_VALUES} values.")
    try:
        value = _decode(raw)
        again = orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER)
    except (ValueError, TypeError, RecursionError):
        value, again = _parse_exactly(raw), raw
    # What is written again as it was read has lost nothing. Else: a dropped duplicate takes at least its own
    # colon with it; only an escaped colon (\u003a) could make up for that.
    if again != raw and (raw.count(b":") != again.count(b":") or (b"\\" in raw and b"\\u003" in raw)):
        value = _parse_exactly(raw)
    if max_depth is not None and raw.count(b"[") + raw.count(b"{") > max_depth:
        check_depth(value, max_depth)
    return value


def dump(value: Any, *, finite: bool = False) -> bytes:
    """`value` as compact JSON in UTF-8, members in their order. InputError when it is not I-JSON. `finite`:
    the caller knows that no number in it is infinite or none; looking takes ten times as long as writing."""
    try:
        raw = orjson.dumps(value, option=_PLAIN | orjson.OPT_STRICT_INTEGER)
        if not finite and b"null" in raw:  # orjson writes NaN and Infinity so; json refuses them
            json.dumps(value, allow_nan=False)
    except (ValueError, TypeError) as error:
        raise InputError("json_malformed", f"This cannot be written as JSON: {error}.") from error
    return raw


def check_depth(value: Any, max_depth: int = 64) -> None:
    """InputError("json_too_deep") for objects and arrays nested deeper than `max_depth`."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        if not level:
            return
        children = chain.from_iterable(v.values() if v.__class__ is dict else v for v in level)
        level = [child for child in children if child.__class__ is dict or child.__class__ is list]
    if level:
        raise InputError("json_too_deep", f"The JSON is nested more than {max_depth} deep.")


def _parse_exactly(raw: bytes) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            "json_not_utf8", "This is not UTF-8 text, as JSON has to be.", f"byte {error.start}"
        ) from None
    if text.startswith("\ufeff"):
        raise InputError("json_not_utf8", "This begins with a byte order mark; JSON has none.", "byte 0")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_double,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise InputError("json_malformed", f"This is not JSON: {error.msg}.", where) from None
    except RecursionError:
        raise InputError("json_too_deep", "The JSON is nested far too deep.") from None
    if "\\u" in text:
        _refuse_lone_surrogates(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InputError("json_duplicate_key", f"An object has the name {twice!a} more than once.")
    return members


def _integer(text: str) -> int:
    if len(text) > 17 or abs(number := int(text)) > MAX_INTEGER:
        raise InputError(
            "json_number", f"The integer {_short(text)} is beyond ±(2^53-1): not every reader gets it right."
        )
    return number


def _double(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise InputError("json_number", f"The number {_short(text)} is beyond the range of a double.")
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise InputError("json_number", f"{text} is not a JSON number.")


def _short(text: str) -> str:
    return text if len(text) <= 32 else f"{text[:29]}…"


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InputError(
            "json_not_utf8", "A string holds half of a surrogate pair (a \\ud… escape)."
        ) from None
    except RecursionError:
        raise InputError("json_too_deep", "The JSON is nested far too deep.") from None
