"""Sites that may frame a portfolio: one written form each, and none that a browser would never match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.portfolio.framing import MOST, check_origin, check_origins, may_frame, origin_of
from exchange.errors import InputError

RIGHT = {
    "a site": ("https://wiki.example.org", "https://wiki.example.org"),
    "with a slash": ("https://wiki.example.org/", "https://wiki.example.org"),
    "shouted": ("HTTPS://Wiki.Example.ORG", "https://wiki.example.org"),
    "its own port": ("https://wiki.example.org:443", "https://wiki.example.org"),
    "another port": ("https://wiki.example.org:8443", "https://wiki.example.org:8443"),
    "other letters": ("https://bücher.example", "https://xn--bcher-kva.example"),
    "localhost": ("http://localhost:8081", "http://localhost:8081"),
    "this machine": ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
    "blanks around": ("  https://a.example \n", "https://a.example"),
}
WRONG = {
    "nothing": "",
    "a star": "*",
    "a wild card": "https://*.example.org",
    "no scheme": "wiki.example.org",
    "http": "http://wiki.example.org",
    "another scheme": "ftp://wiki.example.org",
    "a script": "javascript:alert(1)",
    "a path": "https://wiki.example.org/page",
    "a query": "https://wiki.example.org?x",
    "a fragment": "https://wiki.example.org#x",
    "a user": "https://ann@wiki.example.org",
    "a second source": "https://a.example https://b.example",
    "another directive": "https://a.example;script-src *",
    "a comma": "https://a.example,https://b.example",
    "a quote": "https://a.example'self'",
    "a header": "https://a.example\r\nx-evil: 1",
    "an address": "https://10.0.0.5",
    "an address in one number": "https://3232235777",
    "IPv6": "https://[::1]",
    "one label": "https://intranet",
    "an empty label": "https://a..example",
    "a hyphen first": "https://-a.example",
    "an underscore": "https://a_b.example",
    "port nothing": "https://a.example:",
    "port zero": "https://a.example:0",
    "port too large": "https://a.example:65536",
    "port in words": "https://a.example:https",
    "null": "null",
    "too long": "https://" + "a" * 300 + ".example",
}


@pytest.mark.parametrize(("said", "kept"), RIGHT.values(), ids=RIGHT)
def test_a_site_has_one_form(said: str, kept: str) -> None:
    assert check_origin(said) == kept
    assert origin_of(said.strip()) == kept


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG)
def test_what_is_no_site_is_refused(said: str) -> None:
    with pytest.raises(InputError) as refused:
        check_origin(said)
    assert (refused.value.code, refused.value.at) == ("origin_malformed", "/origins")


@given(st.text(max_size=60) | st.builds("https://{}".format, st.text(max_size=40)))
def test_nothing_that_is_kept_ends_or_adds_to_a_policy(said: str) -> None:
    try:
        kept = check_origin(said)
    except InputError:
        return
    assert kept.isascii()
    assert not set(kept) & set(" \t\r\n;,'\"*")
    assert check_origin(kept) == kept


def test_each_counts_once_and_not_too_many() -> None:
    assert check_origins(["https://a.example", "", "https://A.example:443/"]) == ("https://a.example",)
    many = [f"https://s{n}.example" for n in range(MOST + 1)]
    assert len(check_origins(many[:MOST])) == MOST
    with pytest.raises(InputError) as refused:
        check_origins(many)
    assert refused.value.code == "origins_too_many"


def test_who_may_frame_it_is_who_is_listed() -> None:
    assert may_frame(None, "https://anybody.example")
    assert may_frame(("https://a.example",), origin_of("https://a.example/page?x"))
    for other in (
        "https://a.example:8443/",
        "http://a.example/",
        "https://b.a.example/",
        "data:text/html,x",
        "",
    ):
        assert not may_frame(("https://a.example",), origin_of(other))
    assert not may_frame((), "https://a.example")
