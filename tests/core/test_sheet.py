"""Tables as spreadsheets write them: what each of them does is read, and nothing we write is run."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.sheet import decode, harmless, read_sheet, write_sheet
from exchange.errors import InputError

ROWS = [["to", "narrative"], ["ana@example.org", "Żółw; said, “yes”"]]
TEXT = 'to;narrative\r\nana@example.org;"Żółw; said, “yes”"\r\n'


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TEXT.encode(), id="utf-8"),
        pytest.param(TEXT.encode("utf-8-sig"), id="with a mark before it"),
        pytest.param(TEXT.encode("utf-16"), id="utf-16, as Excel's Unicode Text"),
        pytest.param(b"\xfe\xff" + TEXT.encode("utf-16-be"), id="utf-16, the other way round"),
        pytest.param(TEXT.encode("utf-16-le"), id="utf-16 without a mark"),
        pytest.param(TEXT.replace(";", "\t", 1).replace("org;", "org\t").encode(), id="tabs"),
        pytest.param(b"to,narrative\nana@example.org," + '"Żółw; said, “yes”"'.encode(), id="commas"),
        pytest.param(b"sep=;\n" + TEXT.encode(), id="Excel says what parts them"),
        pytest.param(TEXT.replace("\r\n", "\r").encode(), id="line ends of an old Mac"),
        pytest.param(TEXT.replace("ana@", ' ="ana@').replace("org;", 'org";').encode(), id="no formula"),
    ],
)
def test_what_a_spreadsheet_saves_is_read(data: bytes) -> None:
    records = read_sheet(decode(data), ("to", "narrative"))
    assert [record for record in records if any(record)] == ROWS


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ("to\nŻółw".encode("cp1250"), "roster_encoding", "Line 2"),
        (b"to\n" + b"\xff" * 3, "roster_encoding", "CSV UTF-8"),
        (b"x" * 8_000_001, "roster_too_large", "8 MB"),
        (b'to\nana\n"ben\neve\n', "roster_quotes", "line 3"),
        (b'to\n"ana"x\n', "roster_quotes", "line 2"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(data: bytes, code: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        read_sheet(decode(data))
    assert refused.value.code == code


def test_empty_lines_count_as_a_spreadsheet_counts_them() -> None:
    assert read_sheet("a\n\nb\n") == [["a"], [], ["b"]]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "'=1", "''=1"])
def test_a_formula_is_no_formula_any_more_and_comes_back(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert read_sheet(decode(write_sheet([["a", cell, "b"]]))) == [["a", cell, "b"]]


@pytest.mark.parametrize("cell", ["\tx", " =1", "\u00a0=1", "\n+1"])
def test_space_does_not_hide_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), max_size=6))
def test_nothing_that_is_written_begins_like_a_formula(records: list[list[str]]) -> None:
    text = write_sheet(records).decode("utf-8-sig")
    for record in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) for cell in record)
