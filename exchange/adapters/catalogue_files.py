"""Reads `issuers/` from disk, and says in which line of which file something is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from exchange.core.catalogue import Catalogue, build_catalogue, check_catalogue
from exchange.errors import InputError

_MAX_FILE = 256 * 1024

_BLANK = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*', re.DOTALL
)
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\s-]+?)\s*\]\]?\s*")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")


def load_catalogues(folder: Path) -> list[Catalogue]:
    """The catalogue of each folder in `folder`, by name; folders that begin with a dot are passed over.

    InputError("catalogue_malformed"): every fault in every file, one a line, as `issuers/x/y.toml:12: …`; and
    when there is no catalogue at all.
    """
    names = sorted(path.name for path in folder.glob("[!.]*") if path.is_dir())
    if not names:
        raise InputError("catalogue_malformed", f"{folder} holds no folder with a catalogue in it.")
    faults: list[str] = []
    catalogues: list[Catalogue] = []
    for name in names:
        texts = _read(folder / name)
        tables, found = _parse(texts)
        if not found:
            found = [
                (file, line_of(texts.get(file, ""), finding.at), finding.message)
                for file, findings in check_catalogue(name, tables).items()
                for finding in findings
            ]
        faults += [f"{folder.name}/{name}/{file}:{line}: {message}" for file, line, message in found]
        if not found:
            catalogues.append(build_catalogue(name, tables))
    if faults:
        raise InputError("catalogue_malformed", "\n".join(faults))
    return catalogues


def _parse(texts: Mapping[str, str]) -> tuple[dict[str, dict[str, Any]], list[tuple[str, int, str]]]:
    """The tables by file name, and (file, line, message) of what is no TOML."""
    tables: dict[str, dict[str, Any]] = {}
    faults: list[tuple[str, int, str]] = []
    for file, text in texts.items():
        try:
            tables[file] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            faults.append((file, int(line[1]) if line else text.count("\n") + 1, f"{error}."))
    return tables, faults


def _read(folder: Path) -> dict[str, str]:
    """The texts of the files of one catalogue, by their names in it."""
    paths = [folder / "issuer.toml", folder / "policy.toml", *sorted((folder / "badges").glob("*.toml"))]
    return {path.relative_to(folder).as_posix(): _text(path) for path in paths if path.is_file()}


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_FILE:
            raise InputError("catalogue_malformed", f"{path} is larger than {_MAX_FILE // 1024} KB.")
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InputError("catalogue_malformed", f"{path} is not written in UTF-8: {error}.") from None
    except OSError as error:
        raise InputError("catalogue_malformed", f"{path} cannot be read: {error.strerror}.") from None


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
