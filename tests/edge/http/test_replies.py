"""Which of several forms a client gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.edge.http.replies import best

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
OFFERS = ("application/vc", "application/ld+json", "application/json", "text/html")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        pytest.param("", "application/vc", id="no header gets the first"),
        pytest.param("*/*", "application/vc", id="anything gets the first"),
        pytest.param(FIREFOX, "text/html", id="a browser gets the page"),
        pytest.param("text/html, */*", "text/html", id="named beats wildcard at the same quality"),
        pytest.param("application/*, text/html;q=0.9", "application/vc", id="type wildcard"),
        pytest.param("application/json, text/javascript, */*; q=0.01", "application/json", id="named type"),
        pytest.param("APPLICATION/LD+JSON", "application/ld+json", id="case does not matter"),
        pytest.param("application/vc;q=0.1, text/html;q=0.5", "text/html", id="quality decides"),
        pytest.param("*/*, application/vc;q=0", "application/ld+json", id="q=0 refuses one"),
        pytest.param("image/avif", None, id="nothing fits"),
        pytest.param("application/json;q=nonsense", None, id="malformed quality does not count"),
        pytest.param("application/json;q=nan, text/html;q=0.1", "text/html", id="nan is no quality"),
        pytest.param("application/json;q=9, text/html", "application/json", id="quality is at most 1"),
        pytest.param("rubbish", "application/vc", id="a header without any media range says nothing"),
        pytest.param(";;,,/;q", None, id="crumbs"),
    ],
)
def test_the_form_a_client_gets(accept: str, expected: str | None) -> None:
    assert best(accept, OFFERS) == expected


@given(st.text(max_size=200))
def test_no_accept_header_breaks_the_choice(accept: str) -> None:
    assert best(accept, OFFERS) in (*OFFERS, None)
