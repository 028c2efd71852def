"""Searches for what names a person in every shape in which it is usually written down."""

from __future__ import annotations

import base64
import json
import math
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path


def shapes(text: str) -> Iterator[tuple[str, bytes]]:
    """(name, bytes to look for), in small letters where the shape has letters of both sizes."""
    raw = text.encode()
    yield "utf-8", raw
    for order in ("utf-16-le", "utf-16-be"):
        yield order, text.encode(order)
    yield "hexadecimal", raw.hex().encode()
    yield "JSON-escaped", json.dumps(text)[1:-1].encode()
    yield "percent-encoded", text.replace("@", "%40").encode()
    for before in range(3):
        padded = bytes(before) + raw + bytes(-(before + len(raw)) % 3)
        core = slice(math.ceil(before * 8 / 6), (before + len(raw)) * 8 // 6)
        yield f"base64 from {before}", base64.b64encode(padded)[core]


def found(texts: Iterable[str], place: str, content: bytes) -> list[str]:
    """Which text lies there, in which shape; of a zip file, in which of its files."""
    told = []
    for name, body in _opened(place, content):
        small = body.lower()
        for text in texts:
            for shape, wanted in shapes(text):
                where, looked_for = (body, wanted) if shape.startswith("base64") else (small, wanted.lower())
                if looked_for in where:
                    told.append(f"{text!r} ({shape}) in {name}")
    return told


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def _opened(place: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield place, content
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for name in archive.namelist():
                yield f"{place}/{name}", archive.read(name)
