"""Who asks, from where, with what, and how often."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from litestar import Request

from exchange.edge.http.access import agent_of, client_of, network_of
from exchange.edge.http.site import build_site
from tests.edge.served import Served
from tests.edge.shop import PAGE, Shop


def test_too_many_tries_are_told_when_to_come_again() -> None:
    shop = Shop()
    with Served(shop.world.ports) as client:
        for _ in range(60):
            assert client.post("/sign-in", data={"code": "guess"}).status_code == 400
        answer = client.post("/sign-in", data={"code": "guess"})
        page = client.post("/sign-in", data={"code": "guess"}, headers=PAGE)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
        429,
        "too_many",
        "900",
    )
    assert (page.status_code, page.headers["retry-after"]) == (429, "900")
    assert "15 minutes" in page.text


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        pytest.param("198.51.100.7", "", "198.51.100.7", id="nobody in between"),
        pytest.param("198.51.100.7", "203.0.113.9", "198.51.100.7", id="a stranger says it is another"),
        pytest.param("127.0.0.1", "203.0.113.9", "203.0.113.9", id="our proxy says who"),
        pytest.param("127.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9", id="who forged the first"),
        pytest.param("127.0.0.1", "192.0.2.1\n203.0.113.9", "203.0.113.9", id="who forged a line before"),
        pytest.param("127.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9", id="two proxies of ours"),
        pytest.param("127.0.0.1", "", "127.0.0.1", id="this machine itself"),
        pytest.param("127.0.0.1", "unknown", "unknown", id="a proxy that does not tell"),
        pytest.param("::1", "2001:db8::1", "2001:db8::1", id="the newer addresses"),
    ],
)
def test_who_asks_is_who_our_own_proxies_say(peer: str, forwarded: str, client: str) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded.split("\n") if line]
    scope = {"type": "http", "client": (peer, 1), "headers": headers, "method": "GET", "path": "/"}
    request: Any = Request(scope)  # type: ignore[arg-type]
    proxies = [ipaddress.ip_network(one) for one in ("127.0.0.0/8", "::1/128", "10.0.0.0/24")]
    assert client_of(request, build_site(Shop().world.ports, proxies)) == client


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_a_network_is_coarse(host: str, network: str) -> None:
    assert network_of(host) == network


def test_a_browser_is_called_what_its_owner_calls_it() -> None:
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36"
    assert agent_of(chrome) == "Chrome, Linux"
    assert agent_of("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1") == "Safari, iOS"
    assert agent_of("curl/8 <script>") == "Another program"


@pytest.mark.parametrize(
    ("path", "count"), [("/verify", 100_000), ("/sign-in", 1_001), ("/sign-in/mail", 1_001)]
)
def test_a_form_of_very_many_fields_is_not_taken_apart(path: str, count: int) -> None:
    sent = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    with Served(Shop().world.ports) as client:
        many = client.post(path, content="&".join(["a="] * count), headers=sent)
        some = client.post("/verify", content="&".join(["a="] * 1_000), headers=sent)
    assert many.status_code == some.status_code == 400
    assert "more fields" in many.text
    assert "more fields" not in some.text
