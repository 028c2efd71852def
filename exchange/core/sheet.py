"""Tables as spreadsheets write them, read into records of cells; and written so that no cell is a formula.

Excel saves UTF-8 with a mark before it, or UTF-16; it parts cells by semicolons where a comma is in numbers,
by tabs as "Unicode Text"; it may begin with `sep=;`, and wrap a text as `="0123"` to keep its zeros. Quotes
are RFC 4180's. A cell that begins like a formula would be run by whoever opens the file: on the way out it
gets an apostrophe before it, which on the way in is taken off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from exchange.errors import InputError

MAX_BYTES = 8_000_000
BOM = "\ufeff"
"""Begins a file; without it, spreadsheets take UTF-8 for something else."""
_DELIMITERS = ("\t", ";", ",")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
"""What clings to copied text and nobody sees."""


def decode(data: bytes) -> str:
    """The text of a file. InputError: roster_too_large, roster_encoding (says in which line)."""
    if len(data) > MAX_BYTES:
        raise InputError("roster_too_large", "The roster is larger than 8 MB.", "roster")
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", ""))
    if not encoding:
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-8"
    data = data[len(mark) :]
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            "roster_encoding",
            f"Line {line} cannot be read: the file is neither UTF-8 nor UTF-16. In Excel, save it as "
            "“CSV UTF-8”.",
            "roster",
        ) from None


def read_sheet(text: str, known: Iterable[str] = ()) -> list[list[str]]:
    """The records of a table, each a list of cells; an empty line is an empty record, so that numbers are
    those of a spreadsheet. `known` are names of columns, in small letters, to tell what parts the cells by.

    InputError("roster_quotes") says in which line a quote is wrong.
    """
    text = re.sub(r"\r\n?", "\n", text)
    said = re.match(r"sep=([;,\t])\n", text, re.IGNORECASE)
    if said:
        text = text[said.end() :]
    delimiter = said[1] if said else _delimiter(text, set(known))
    records: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return records
        except csv.Error:
            raise InputError(
                "roster_quotes",
                f'A quote in line {line} is not closed, or stands inside a cell: write it twice ("") there.',
                "roster",
            ) from None
        records.append([_cell(cell) for cell in cells])


def write_sheet(records: Iterable[Sequence[object]]) -> bytes:
    """A file that every spreadsheet opens, and in which no cell is a formula."""
    return (BOM + write_lines(records)).encode("utf-8", "replace")


def write_lines(records: Iterable[Sequence[object]]) -> str:
    """Some lines of such a file, which begins with a `BOM`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for record in records:
        writer.writerow([harmless(str(cell)) for cell in record])
    return out.getvalue()


def harmless(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would run, and before one that is there, to be undone."""
    begins = cell.lstrip(" \u00a0")
    return f"'{cell}" if begins.startswith(_FORMULA) or re.match(r"'+[=+\-@\t\r\n]", begins) else cell


def _cell(cell: str) -> str:
    text = cell.translate(_UNSEEN).strip().replace("\0", "\ufffd")
    if wrapped := re.fullmatch(r'="([^"]*)"', text):
        return wrapped[1].strip()
    return text[1:] if re.match(r"'+[ \u00a0]*[=+\-@]", text) else text


def _delimiter(text: str, known: set[str]) -> str:
    """Of the candidates the one that gives the first line the most known names; without any, the first that
    is there at all."""
    first = next((line for line in text.split("\n") if line.strip()), "")

    def names(delimiter: str) -> int:
        return sum(_cell(cell.strip('"')).casefold() in known for cell in first.split(delimiter))

    best = max(_DELIMITERS, key=names)
    if names(best):
        return best
    return next((one for one in _DELIMITERS if one in text), ",")
