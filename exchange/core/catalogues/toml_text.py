"""Tables written as TOML 1.0, the way a person would write them: what is short first, long texts in lines.

Python reads TOML but does not write it; this writes what catalogues are made of: texts, numbers, flags, lists
of texts, tables, and lists of tables. `tomllib` reads back exactly what was given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPED = re.compile(r'[\\"\x00-\x1f\x7f]')
_ESCAPED_IN_LINES = re.compile(r'\\|"(?="")|"\Z|[\x00-\x08\x0b-\x1f\x7f]')


def write_toml(table: Mapping[str, Any]) -> str:
    """The text of a TOML file. ValueError for what TOML or this writer does not know (null, mixed lists)."""
    return "\n".join(_table(table, ())).strip("\n") + "\n" if table else ""


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner = {name: value for name, value in table.items() if _is_table(value) or _is_tables(value)}
    for name, value in table.items():
        if name not in inner:
            yield f"{_key(name)} = {_value(value)}"
    for name, value in inner.items():
        place = (*path, _key(name))
        header = f"[{'.'.join(place)}]"
        for one in [value] if _is_table(value) else value:
            yield from ("", header if _is_table(value) else f"[{header}]")
            yield from _table(one, place)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(map(_is_table, value))


def _key(name: str) -> str:
    return name if _BARE.match(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _lines(value) if "\n" in value else _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, list | tuple) and not any(map(_is_table, value)):
        return f"[{', '.join(map(_value, value))}]"
    raise ValueError(f"{value!r:.80} cannot be written as TOML")


def _text(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _lines(text: str) -> str:
    """A text of several lines; the line break right after the opening quotes is not part of it."""
    return f'"""\n{_ESCAPED_IN_LINES.sub(_escape, text)}"""'


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}"
