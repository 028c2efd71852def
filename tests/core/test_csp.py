"""What a page's policy lets stand on it."""

from __future__ import annotations

import pytest

from exchange.core.csp import allows, policies

URL = "https://badges.example.org/embed/"


@pytest.mark.parametrize(
    ("header", "directive", "allowed"),
    [
        pytest.param("", "frame-src", True, id="no policy"),
        pytest.param("img-src 'self'", "frame-src", True, id="a policy about something else"),
        pytest.param("default-src 'self'", "frame-src", False, id="the fallback of all"),
        pytest.param("default-src 'none'; frame-src *", "frame-src", True, id="a star"),
        pytest.param("default-src *; frame-src 'none'", "frame-src", False, id="none"),
        pytest.param("frame-src", "frame-src", False, id="nothing named"),
        pytest.param("child-src https:", "frame-src", True, id="the older name, a scheme"),
        pytest.param("frame-src https://*.example.org", "frame-src", True, id="any host below"),
        pytest.param("frame-src *.badges.example.org", "frame-src", False, id="not the host itself"),
        pytest.param("frame-src badges.example.org", "frame-src", True, id="a host"),
        pytest.param("frame-src badges.example.org:443", "frame-src", True, id="its port"),
        pytest.param("frame-src badges.example.org:8443", "frame-src", False, id="another port"),
        pytest.param("frame-src badges.example.org:*", "frame-src", True, id="any port"),
        pytest.param("frame-src http://badges.example.org", "frame-src", True, id="upgraded"),
        pytest.param("frame-src wss://badges.example.org", "frame-src", False, id="another scheme"),
        pytest.param("frame-src https://badges.example.org/embed/", "frame-src", True, id="a folder"),
        pytest.param("frame-src https://badges.example.org/other/", "frame-src", False, id="another folder"),
        pytest.param("script-src 'nonce-abc' 'strict-dynamic'", "script-src", False, id="a nonce"),
        pytest.param("script-src-elem https:; script-src 'none'", "script-src", True, id="the narrower one"),
        pytest.param("sandbox; script-src *", "script-src", False, id="a sandbox without scripts"),
        pytest.param("frame-src *, frame-src 'none'", "frame-src", False, id="two policies hold together"),
        pytest.param("FRAME-SRC 'NONE'; frame-src *", "frame-src", False, id="the first of two, in capitals"),
    ],
)
def test_a_policy_allows(header: str, directive: str, allowed: bool) -> None:
    assert allows(policies(header), directive, URL, "https://host.example/me") is allowed


def test_our_own_page_is_self() -> None:
    assert allows(policies("frame-src 'self'"), "frame-src", URL, "https://badges.example.org/x")


def test_a_policy_in_the_page_counts_too() -> None:
    html = """<meta charset=utf-8><META content="frame-src 'none'" HTTP-EQUIV='Content-Security-Policy'>"""
    assert not allows(policies("", html), "frame-src", URL, "https://host.example/")
    assert allows(policies("", "<meta name=description content=\"frame-src 'none'\">"), "frame-src", URL, URL)
