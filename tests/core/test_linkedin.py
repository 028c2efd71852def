"""LinkedIn's "Add to profile" link: the parameters that it documents, and nothing lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.linkedin import add_to_profile

ISSUED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
URL = "https://badges.example.org/badges/4b7c"


def fields(link: str) -> dict[str, str]:
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "www.linkedin.com", "/profile/add")
    assert parts.fragment == ""
    pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_the_link_has_the_documented_parameters_and_no_others() -> None:
    link = add_to_profile("Incident lead", "School", ISSUED, ISSUED + timedelta(days=365), URL, "4b7c")
    assert fields(link) == {
        "startTask": "CERTIFICATION_NAME",
        "name": "Incident lead",
        "organizationName": "School",
        "issueYear": "2026",
        "issueMonth": "11",
        "expirationYear": "2027",
        "expirationMonth": "11",
        "certUrl": URL,
        "certId": "4b7c",
    }


def test_what_does_not_end_has_no_end() -> None:
    found = fields(add_to_profile("Lead", "School", ISSUED, None, URL, "4b7c"))
    assert not {"expirationYear", "expirationMonth"} & set(found)


@pytest.mark.parametrize(
    ("at", "month"),
    [
        pytest.param(datetime(2026, 1, 1, tzinfo=UTC), ("2026", "1"), id="no zero in front"),
        pytest.param(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), ("2026", "12"), id="the last of a year"),
        pytest.param(
            datetime(2027, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), ("2026", "12"), id="told in UTC"
        ),
    ],
)
def test_a_month_is_that_of_the_document(at: datetime, month: tuple[str, str]) -> None:
    found = fields(add_to_profile("Lead", "School", at, None, URL, "4b7c"))
    assert (found["issueYear"], found["issueMonth"]) == month


@given(
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), school=st.text(min_size=1, max_size=9)
)
def test_no_name_changes_another_parameter(name: str, school: str) -> None:
    found = fields(add_to_profile(name, school, ISSUED, None, URL, "4b7c"))
    assert (found["name"], found["organizationName"], found["certUrl"]) == (name, school, URL)
