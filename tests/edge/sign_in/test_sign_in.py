"""The operator's way in: a link that works once, a cookie that gives nothing away, and who is kept out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from litestar.testing import TestClient

from exchange.flows.issuers.demo import welcome
from exchange.flows.sign_in.sign_in import make_link
from tests.edge.shop import PAGE, Shop, run
from tests.flows.sign_in.arriving import mails
from tests.simulator import World

COOKIE = "exchange_session"
WHO = {"name": "Olga Operator", "address": "olga@example.org"}
"""How the first operator introduces herself; later links are hers already."""


def secret_of(shop: Shop) -> str:
    return run(make_link(shop.world.ports)).partition("#")[2]


def send(client: TestClient[Any], path: str, fields: dict[str, str] | None = None, **headers: str) -> Any:
    """The answer to a form, as a browser sends it from a page of ours, unless `headers` say otherwise."""
    sent = {**PAGE, "sec-fetch-site": "same-origin", **headers}
    return client.post(path, data=fields or {}, headers=sent, follow_redirects=False)


def sign_in(shop: Shop) -> str:
    """Sign the shop's client in; the secret of its session."""
    answer = send(shop.client, "/sign-in", {"code": secret_of(shop), **WHO})
    assert answer.status_code == 303, answer.text
    return str(shop.client.cookies[COOKIE])


def cookie_of(answer: Any) -> Morsel[str]:
    (only,) = SimpleCookie(answer.headers["set-cookie"]).values()
    return only


@pytest.fixture
def public() -> Iterator[Shop]:
    shop = Shop(World(base_url="https://badges.example.org", public=True))
    shop.client.base_url = "https://badges.example.org"
    with shop.client:
        yield shop


def test_the_service_prints_a_link_that_opens_the_desk(shop: Shop) -> None:
    line = next(line for line in run(welcome(shop.world.ports)).splitlines() if "sign in once" in line)
    link = line.split()[-1]
    assert link.startswith("http://localhost:8000/sign-in#")
    answer = send(shop.client, "/sign-in", {"code": link, **WHO})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert "<h1>Desk</h1>" in shop.page("/desk")


def test_opening_the_page_of_a_link_spends_nothing(shop: Shop) -> None:
    secret = secret_of(shop)
    assert "Sign in</button>" in shop.page("/sign-in")
    assert shop.client.head("/sign-in").status_code == 200
    assert send(shop.client, "/sign-in", {"code": secret, **WHO}).status_code == 303


def test_the_cookie_is_for_our_pages_only(shop: Shop) -> None:
    answer = send(shop.client, "/sign-in", {"code": secret_of(shop), **WHO})
    cookie = cookie_of(answer)
    assert cookie.key == COOKIE
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "lax", "/")
    assert (cookie["max-age"], cookie["secure"], cookie["domain"]) == ("43200", "", "")
    assert answer.headers["cache-control"] == "no-store"


def test_over_https_the_cookie_is_bound_to_the_host(public: Shop) -> None:
    cookie = cookie_of(send(public.client, "/sign-in", {"code": secret_of(public), **WHO}))
    assert (cookie.key, cookie["secure"], cookie["path"]) == ("__Host-exchange_session", True, "/")
    assert "<h1>Desk</h1>" in public.page("/desk")
    gone = cookie_of(send(public.client, "/sign-out"))
    assert (gone.key, gone["secure"], gone["path"], gone["max-age"]) == (cookie.key, True, "/", "0")


def test_a_link_that_was_used_opens_nothing(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    secret = secret_of(shop)
    assert send(shop.client, "/sign-in", {"code": secret, **WHO}).status_code == 303
    shop.client.cookies.clear()
    with caplog.at_level(logging.DEBUG):
        answer = send(shop.client, "/sign-in", {"code": secret, **WHO})
    assert answer.status_code == 400
    assert "used before" in answer.text
    assert "set-cookie" not in answer.headers
    assert secret not in answer.text
    assert secret not in caplog.text


@pytest.mark.parametrize("code", ["", "guess", "#", "http://localhost:8000/sign-in", "é" * 300])
def test_a_code_nobody_was_given_opens_nothing(shop: Shop, code: str) -> None:
    assert send(shop.client, "/sign-in", {"code": code}).status_code == 400
    assert not shop.client.cookies


def test_a_link_is_good_for_a_day(shop: Shop) -> None:
    secret = secret_of(shop)
    shop.world.later(hours=24)
    assert send(shop.client, "/sign-in", {"code": secret, **WHO}).status_code == 400


def test_a_program_is_told_in_its_own_form(shop: Shop) -> None:
    answer = shop.client.post("/sign-in", data={"code": "guess"}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "link_spent")


def test_another_site_cannot_sign_anybody_in(shop: Shop) -> None:
    secret = secret_of(shop)
    answer = send(shop.client, "/sign-in", {"code": secret, **WHO}, **{"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert send(shop.client, "/sign-in", {"code": secret, **WHO}).status_code == 303


def test_signing_out_ends_the_session_itself(shop: Shop) -> None:
    session = sign_in(shop)
    answer = send(shop.client, "/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert cookie_of(answer)["max-age"] == "0"
    shop.client.cookies.set(COOKIE, session)
    assert shop.client.get("/desk", headers=PAGE, follow_redirects=False).headers["location"] == "/sign-in"


GUARDED = [
    ("GET", "/desk"),
    ("POST", "/desk"),
    ("GET", "/desk/badges/{key}/revoke"),
    ("POST", "/desk/badges/{key}/revoke"),
    ("POST", "/api/award"),
    ("POST", "/api/badges/{key}/revoke"),
]


@pytest.mark.parametrize("session", [None, "forged", "the link itself", "expired", "signed out"])
@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_who_has_no_session_gets_nowhere(shop: Shop, method: str, path: str, session: str | None) -> None:
    badge = shop.award()
    if session in ("expired", "signed out"):
        secret = sign_in(shop)
        if session == "expired":
            shop.world.later(hours=12)
        else:
            send(shop.client, "/sign-out")
    else:
        secret = secret_of(shop) if session == "the link itself" else session or ""
    shop.client.cookies.clear()
    cookie = {"cookie": f"{COOKIE}={secret}"} if session else {}
    path = path.format(key=badge.key)
    body = {"reason": "Because", "badge": "school/incident-lead", "to": "eve@example.org"}

    def ask(accept: str) -> Any:
        headers = {"accept": accept, "sec-fetch-site": "same-origin", **cookie}
        return shop.client.request(
            method, path, data=body if method == "POST" else None, headers=headers, follow_redirects=False
        )

    page = ask(PAGE["accept"])
    onward = f"?{urlencode({'next': path})}" if method == "GET" and path != "/desk" else ""
    assert (page.status_code, page.headers["location"]) == (303, f"/sign-in{onward}")
    problem = ask("application/json")
    assert problem.status_code == 401
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "sign_in_needed"
    assert problem.headers["www-authenticate"].startswith("Cookie ")
    assert len(shop.world.store._badges) == 1
    assert run(shop.world.store.history(badge.key)) == []


@pytest.mark.parametrize(
    "sender",
    [
        pytest.param({"sec-fetch-site": "cross-site"}, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, id="a neighbouring port or host"),
        pytest.param(
            {"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"},
            id="what the browser knows counts",
        ),
        pytest.param({"origin": "https://evil.example"}, id="another origin"),
        pytest.param({"origin": "http://localhost:8001"}, id="another port"),
        pytest.param({"origin": "https://localhost:8000"}, id="another scheme"),
        pytest.param({"origin": "null"}, id="an origin that hides"),
    ],
)
@pytest.mark.parametrize("path", [*(path for method, path in GUARDED if method == "POST"), "/sign-out"])
def test_another_site_cannot_act_with_the_operators_cookie(
    shop: Shop, path: str, sender: dict[str, str]
) -> None:
    badge = shop.award()
    session = sign_in(shop)
    body = {"reason": "Because", "badge": "school/incident-lead", "to": "eve@example.org"}
    headers = {"accept": "application/json", **sender}
    answer = shop.client.post(path.format(key=badge.key), data=body, headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
    assert len(shop.world.store._badges) == 1
    assert run(shop.world.store.history(badge.key)) == []
    assert shop.client.cookies[COOKIE] == session
    assert shop.get("/desk").status_code == 200


@pytest.mark.parametrize(
    "sender",
    [
        pytest.param({"sec-fetch-site": "same-origin", "origin": "null"}, id="a page of ours"),
        pytest.param({"sec-fetch-site": "none"}, id="the operator's own hand"),
        pytest.param({"origin": "http://localhost:8000"}, id="a browser without Sec-Fetch-Site"),
        pytest.param({}, id="a program"),
    ],
)
def test_our_own_pages_and_programs_may_act(shop: Shop, sender: dict[str, str]) -> None:
    sign_in(shop)
    answer = shop.client.post("/sign-out", headers=sender, follow_redirects=False)
    assert answer.status_code == 303


def test_public_pages_set_no_cookie_and_do_not_change_for_the_operator(shop: Shop) -> None:
    badge = shop.award()
    paths = ("/", "/verify", "/issuers/school", f"/badges/{badge.key}", "/sign-in", "/desk", "/nothing")
    before = {path: shop.client.get(path, headers=PAGE).text for path in paths}
    sign_in(shop)
    for path in paths:
        answer = shop.client.get(path, headers=PAGE)
        assert "set-cookie" not in answer.headers, path
        assert (answer.text == before[path]) == (path != "/desk"), path


def test_no_cache_keeps_what_only_the_operator_sees(shop: Shop) -> None:
    badge = shop.award()
    closed = shop.client.get("/desk", headers=PAGE, follow_redirects=False)
    sign_in(shop)
    pages = [shop.get(path) for path in ("/desk", f"/desk/badges/{badge.key}/revoke", "/sign-in")]
    for answer in [closed, *pages, send(shop.client, "/desk"), send(shop.client, "/sign-out")]:
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
        assert "etag" not in answer.headers
    assert {page.headers["referrer-policy"] for page in pages} == {"same-origin"}


def test_the_mails_link_goes_on_where_its_browser_wanted_to_go_and_only_there(shop: Shop) -> None:
    asked = {"address": WHO["address"], "next": "/account/endorsements"}
    send(shop.client, "/sign-in", {"code": secret_of(shop), **WHO})
    send(shop.client, "/sign-out")
    assert send(shop.client, "/sign-in/mail", asked).headers["location"].endswith("%2Faccount%2Fendorsements")
    code = mails(shop.world)[-1].secret
    assert "endorsements" not in code
    answer = send(shop.client, "/sign-in", {"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/endorsements")
    send(shop.client, "/sign-out")
    send(shop.client, "/sign-in/mail", {**asked, "next": "https://evil.example/"})
    answer = send(shop.client, "/sign-in", {"code": mails(shop.world)[-1].secret})
    assert answer.headers["location"] == "/desk"
