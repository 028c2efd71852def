"""Reads TOML files that people write, and finds the line of what is wrong in them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from exchange.errors import InputError

Fault = tuple[str, int, str]
"""A file, a line in it, and what is wrong there."""

_MAX_FILE = 256 * 1024

_BLANK = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*', re.DOTALL
)
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\s-]+?)\s*\]\]?\s*")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")


def read_text(path: Path, code: str) -> str:
    """The text of a file that people write; InputError(code) says what is wrong with it."""
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_FILE:
            raise InputError(code, f"{path} is larger than {_MAX_FILE // 1024} KB.")
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(code, f"{path} is not written in UTF-8: {error}.") from None
    except OSError as error:
        raise InputError(code, f"{path} cannot be read: {error.strerror}.") from None


def parse_toml(texts: Mapping[str, str]) -> tuple[dict[str, dict[str, Any]], list[Fault]]:
    """The tables by file name, and what is no TOML."""
    tables: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for file, text in texts.items():
        try:
            tables[file] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            faults.append((file, int(line[1]) if line else text.count("\n") + 1, f"{error}."))
    return tables, faults


def line_of(text: str, at: str) -> int:
    """The line (from 1) of the TOML `text` in which the value at the JSON Pointer `at` begins.

    For a value that is missing, the line of the table where it should be; for one inside a value of one line,
    that line.
    """
    wanted = tuple(at.split("/")[1:])
    best, line = 0, 1
    for place, number in _places(text):
        if place == wanted[: len(place)] and len(place) >= best:
            if len(place) > best or number < line:
                line = number
            best = len(place)
    return line


def _places(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """(path, line) of every table header and every bare key, arrays of tables counted from 0."""
    # Texts and comments may look like anything: only their line breaks are kept.
    bones = _BLANK.sub(lambda found: "\n" * found[0].count("\n"), text)
    counts: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(bones.split("\n"), start=1):
        if header := _HEADER.fullmatch(line):
            names = re.split(r"\s*\.\s*", header[2])
            table = _resolve(names[:-1], counts)
            table = (*table, names[-1])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, str(counts[table]))
            yield table, number
        elif key := _KEY.match(line):
            yield (*table, *re.split(r"\s*\.\s*", key[1])), number


def _resolve(names: list[str], counts: dict[tuple[str, ...], int]) -> tuple[str, ...]:
    """The path of a table named in a header: below an array of tables, it is in the last of them."""
    path: tuple[str, ...] = ()
    for name in names:
        path = (*path, name)
        if path in counts:
            path = (*path, str(counts[path]))
    return path
