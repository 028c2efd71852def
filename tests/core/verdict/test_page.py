"""What a page says of the credential that it shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.verdict.page import credential_link

PAGE = "https://a.example/badges/1.html"
VC = 'rel="alternate"; type="application/vc"'


@pytest.mark.parametrize(
    ("links", "found"),
    [
        pytest.param(f"</badges/1>; {VC}", "https://a.example/badges/1", id="a path"),
        pytest.param(f"<1.json>; {VC}", "https://a.example/badges/1.json", id="a relative path"),
        pytest.param(f"<https://a.example/1>; {VC}", "https://a.example/1", id="an address"),
        pytest.param("</1>;type=application/vc+jwt;rel=alternate", "https://a.example/1", id="bare words"),
        pytest.param(f'</s>; rel="preload", </1>; {VC}', "https://a.example/1", id="the second one"),
        pytest.param(
            '</1>; rel="self alternate"; type="application/vc"', "https://a.example/1", id="two words"
        ),
        pytest.param(f"<https://b.example/1>; {VC}", "", id="another host"),
        pytest.param(f"<http://a.example/1>; {VC}", "", id="another scheme"),
        pytest.param(f"<https://a.example:8443/1>; {VC}", "", id="another port"),
        pytest.param(f"<https://x@a.example/1>; {VC}", "", id="a user"),
        pytest.param(f"<//b.example/1>; {VC}", "", id="another host, short"),
        pytest.param(f"<https://[::1>; {VC}", "", id="rubbish"),
        pytest.param('</1>; rel="alternate"; type="text/plain"', "", id="another type"),
        pytest.param('</1>; rel="next"; type="application/vc"', "", id="another relation"),
        pytest.param('</1>; rel="alternate"', "", id="no type"),
        pytest.param("", "", id="nothing"),
        pytest.param(VC, "", id="no target"),
    ],
)
def test_where_the_credential_of_a_page_is(links: str, found: str) -> None:
    assert credential_link(links, "text/html; charset=utf-8", PAGE) == found
    assert credential_link(links, "application/vc", PAGE) == ""


@given(st.text(alphabet='<>;,= "/:.@[]abrelvcty%\\\x00', max_size=200), st.booleans())
def test_whatever_it_says_it_leads_to_its_own_origin(links: str, more: bool) -> None:
    found = credential_link(f"<{links}>; {VC}" if more else links, "text/html", PAGE)
    assert found == "" or found.startswith("https://a.example")
