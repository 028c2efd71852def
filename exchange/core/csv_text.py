"""CSV that a spreadsheet opens without running anything (RFC 4180; OWASP on CSV injection)."""

from __future__ import annotations

from collections.abc import Iterable

BOM = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something else."""

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_row(cells: Iterable[str]) -> str:
    """A line, its end included."""
    return ",".join(_cell(one) for one in cells) + "\r\n"


def _cell(text: str) -> str:
    """What begins like a formula gets an apostrophe before it, as a spreadsheet would write it."""
    if text.lstrip(" ").startswith(_STARTS):
        text = f"'{text}"
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if any(mark in text for mark in ',"\r\n\t;') else text
