"""Rosters: every row is judged, by what it says and by what is known, and what was seen has one digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.roster import MAX_ROWS, Known, Row, digest, judge, read_roster
from exchange.errors import InputError

KNOWN = Known(
    "welder",
    needs_evidence=False,
    handles={"ana": "mailto:ana@example.org"},
    holders={"mailto:holder@example.org": "badge-1", "mailto:soon@example.org": ""},
    now=datetime(2026, 11, 26, 9, tzinfo=UTC),
)


def rows(text: str) -> list[tuple[int, str, tuple[str, ...], str]]:
    return [(row.number, row.to, row.evidence, row.narrative) for row in read_roster(text.encode()).rows]


WHOLE = ("ana@e.org", ("https://e.org/a", "https://e.org/b"), "Led it")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ana@e.org\n\n# a note\nben@e.org", [(1, "ana@e.org", (), ""), (4, "ben@e.org", (), "")]),
        ("ana@e.org, did:key:z", [(1, "ana@e.org", (), ""), (2, "did:key:z", (), "")]),
        ("Ana B <ana@e.org>; <ben@e.org>", [(1, "ana@e.org", (), ""), (2, "ben@e.org", (), "")]),
        ("ana@e.org;https://e.org/a https://e.org/b;Led it", [(1, *WHOLE)]),
        ("E-Mail;Nachweis;Begründung\nana@e.org;https://e.org/a https://e.org/b;Led it", [(2, *WHOLE)]),
        (
            "narrative,to,evidence,url\nLed it,ana@e.org,https://e.org/a,https://e.org/b\n",
            [(2, *WHOLE)],
        ),
        ("to\tname\nana@e.org\tAna", [(2, "ana@e.org", (), "")]),
        (
            "to,evidence\n,https://e.org/\n\nben@e.org",
            [(2, "", ("https://e.org/",), ""), (4, "ben@e.org", (), "")],
        ),
    ],
)
def test_a_roster_is_read_as_it_was_meant(text: str, found: list[object]) -> None:
    assert rows(text) == found


@pytest.mark.parametrize("name", ["valid until", "Valid_Until", "Gültig bis", "expires"])
def test_a_column_says_until_when_each_is_valid(name: str) -> None:
    found = read_roster(f"to;{name}\nana@e.org;30.06.2027\nben@e.org;\n".encode()).rows
    assert [(row.to, row.until) for row in found] == [("ana@e.org", "30.06.2027"), ("ben@e.org", "")]


@pytest.mark.parametrize(
    ("until", "fault"),
    [
        ("", None),
        ("2027-06-30", None),
        ("30.6.2027", None),
        ("2026-11-26", None),  # to the end of today
        ("2027-06-30T09:00:00+02:00", None),
        ("2026-11-26T09:00:00Z", "valid_until_past"),
        ("25.11.2026", "valid_until_past"),
        ("6/30/2027", "valid_until_malformed"),
        ("2027-02-30", "valid_until_malformed"),
        ("99.99.2027", "valid_until_malformed"),
        ("soon", "valid_until_malformed"),
        ("=1+1", "valid_until_malformed"),
    ],
)
def test_the_day_until_which_it_is_valid_is_judged(until: str, fault: str | None) -> None:
    (one,) = judge([Row(1, "ana", until=until)], KNOWN)
    assert [(found.code, found.at) for found in one.faults] == ([(fault, "valid_until")] if fault else [])
    plain = judge([Row(1, "ana")], KNOWN)
    assert (digest(["x"], [one]) == digest(["x"], plain)) == (until == "")


def test_columns_that_nobody_reads_are_named() -> None:
    assert read_roster(b"Name;To;Phone\nAna;ana@e.org;7").unread == ("Name", "Phone")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "roster_empty"),
        (" \n;;\n", "roster_empty"),
        ("to;evidence\n", "roster_empty"),
        ("name;evidence\nAna;https://e.org/", "roster_without_recipients"),
    ],
)
def test_a_roster_without_anybody_is_none(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_roster(text.encode())
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("row", "recipient", "codes"),
    [
        (Row(1, "Ana@E.org"), "mailto:Ana@e.org", []),
        (Row(1, "@Ana"), "mailto:ana@example.org", []),
        (Row(1, "ana"), "mailto:ana@example.org", []),
        (Row(1, "did:key:z6Mk"), "did:key:z6Mk", []),
        (Row(1, "https://e.org/ana"), "https://e.org/ana", []),
        (Row(1, ""), "", ["recipient_missing"]),
        (Row(1, "nobody"), "", ["handle_unknown"]),
        (Row(1, "ana@"), "", ["recipient_malformed"]),
        (Row(1, "ana..b@e.org"), "", ["address_malformed"]),
        (Row(1, "a@e.org", ("ftp://e.org",)), "mailto:a@e.org", ["evidence_malformed"]),
        (Row(1, "a@e.org", (), "a\x01b"), "mailto:a@e.org", ["control_character"]),
        (Row(1, "https://e.org/{a}"), "", ["recipient_malformed"]),
        (Row(1, "soon@example.org"), "mailto:soon@example.org", ["ordered_already"]),
        (Row(1, "a b", ("x",), "y" * 10_001), "", None),
        (Row(1, "HOLDER@example.org"), "mailto:HOLDER@example.org", ["has_it"]),
    ],
)
def test_each_row_is_told_all_that_is_wrong_with_it(row: Row, recipient: str, codes: list[str]) -> None:
    (judged,) = judge([row], KNOWN)
    found = [fault.code for fault in judged.faults]
    assert (judged.recipient, found) == (
        recipient,
        codes if codes is not None else ["recipient_malformed", "evidence_malformed", "narrative_too_long"],
    )


def test_evidence_is_asked_for_where_the_badge_asks() -> None:
    known = replace(KNOWN, needs_evidence=True)
    one, other = judge([Row(1, "a@e.org"), Row(2, "b@e.org", ("https://e.org/",))], known)
    assert ([fault.code for fault in one.faults], other.faults) == (["evidence_required"], ())


def test_of_two_alike_the_second_is_at_fault_unless_the_first_is_skipped() -> None:
    both = [Row(4, "A@e.org"), Row(9, "mailto:a@e.org")]
    first, second = judge(both, KNOWN)
    assert first.faults == ()
    assert [(fault.code, "Row 4" in fault.message) for fault in second.faults] == [("duplicate", True)]
    assert [one.faults for one in judge(both, KNOWN, {4})] == [(), ()]


def test_the_row_after_the_last_is_one_too_many() -> None:
    judged = judge([Row(n, f"a{n}@e.org") for n in range(MAX_ROWS + 1)], KNOWN)
    assert [one.row.number for one in judged if one.faults] == [MAX_ROWS]


SOME = st.builds(
    Row,
    number=st.integers(1, 9),
    to=st.sampled_from(["ana", "a@e.org", "A@e.org", "nobody", "holder@example.org", ""]),
    evidence=st.tuples(st.sampled_from(["https://e.org/", "x"])) | st.just(()),
    narrative=st.text(max_size=3),
)


@given(st.lists(SOME, max_size=6), st.lists(SOME, max_size=6))
def test_only_what_was_seen_has_its_digest(one: list[Row], other: list[Row]) -> None:
    first, second = (digest(("team", "welder"), judge(rows, KNOWN)) for rows in (one, other))
    assert (first == second) == (one == other)


@given(st.lists(SOME, max_size=8, unique_by=lambda row: row.number))
def test_no_two_good_rows_are_for_one_recipient(some: list[Row]) -> None:
    good = [one.recipient.lower() for one in judge(some, KNOWN) if not one.faults]
    assert len(set(good)) == len(good)


def test_what_changes_around_a_roster_changes_its_digest() -> None:
    some = [Row(1, "a@e.org")]
    seen = {
        digest(("team", "welder"), judge(some, KNOWN)),
        digest(("team", "rider"), judge(some, KNOWN)),
        digest(("team", "welder"), judge(some, replace(KNOWN, holders={"mailto:a@e.org": "x"}))),
        digest(("team", "welder"), judge(some, KNOWN), {1}),
    }
    assert len(seen) == 4
