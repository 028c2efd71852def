"""Signing in over HTTP with a provider on a real socket and with a passkey; and who tries to misuse them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from exchange.adapters.sign_in.oidc import OpenIdProvider
from exchange.edge.sign_in.sign_in import own_place
from exchange.flows.people import people
from exchange.flows.people.records import Browser
from exchange.flows.sign_in import passkeys as flow
from exchange.flows.sign_in import sign_in
from tests.adapters.authenticator import Authenticator
from tests.adapters.openid_server import OpenIdServer, openid_server
from tests.core.id_tokens import CLIENT, SECRET
from tests.edge.shop import PAGE, Shop
from tests.edge.sign_in.test_sign_in import send
from tests.simulator import World, run

CALLBACK = "/sign-in/callback"


@dataclass
class Company:
    """A shop whose people sign in at a provider."""

    shop: Shop
    provider: OpenIdServer

    def begin(self, **fields: str) -> Any:
        return send(self.shop.client, "/sign-in/oidc", fields)

    def authorize(self, answer: Any) -> list[tuple[str, str]]:
        """What the provider sends the browser back with, after the page that we send it on by."""
        assert answer.status_code == 200, answer.text
        (link,) = re.findall(r'<a class="button primary" href="([^"]+)"', answer.text)
        (refresh,) = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.text)
        assert link == refresh
        return self.provider.browse(html.unescape(link))

    def back(self, query: list[tuple[str, str]], accept: str = PAGE["accept"]) -> Any:
        return self.shop.client.get(
            f"{CALLBACK}?{urlencode(query)}",
            headers={"accept": accept, "sec-fetch-site": "cross-site"},
            follow_redirects=False,
        )

    @property
    def sessions(self) -> int:
        return len(self.shop.world.store._sessions)


@pytest.fixture
def company() -> Iterator[Company]:
    with openid_server() as server:
        provider = OpenIdProvider(
            *(server.issuer, CLIENT, SECRET), now=lambda: datetime.now(UTC), name="Example & Sons"
        )
        shop = Shop(World(identity_provider=provider))
        shop.client.app.on_shutdown.append(provider.aclose)
        with shop.client:
            yield Company(shop, server)


def test_the_company_comes_first_where_there_is_one(company: Company) -> None:
    page = company.shop.page("/sign-in")
    assert "Sign in with Example &amp; Sons" in page
    places = [
        page.index(mark) for mark in ('"/sign-in/oidc"', "/sign-in/mail", "/sign-in/passkey", '"/sign-in"')
    ]
    assert places == sorted(places)
    other = Shop()
    with other.client:
        assert "/sign-in/oidc" not in other.page("/sign-in")
        assert send(other.client, "/sign-in/oidc", accept="*/*").status_code == 404


def test_somebody_of_the_company_comes_in_and_is_taken_where_they_wanted_to_go(company: Company) -> None:
    query = company.authorize(company.begin(next="/desk/about?who=ana"))
    answer = company.back(query)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/about?who=ana")
    assert set(company.shop.client.cookies) == {"exchange_session"}
    assert "<h1>Profile</h1>" in company.shop.page("/desk")  # where who has no role is led on
    (person,) = company.shop.world.store._people.values()
    assert (person.name, person.operator) == ("ana", False)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(
            lambda c, q: c.shop.client.cookies.clear(), "not begun in this browser", id="login CSRF"
        ),
        pytest.param(lambda c, q: q.__setitem__(1, ("state", "x" * 43)), "not begun in", id="another state"),
        pytest.param(
            lambda c, q: q.__setitem__(2, ("iss", "https://evil.example")), "Another provider", id="mix-up"
        ),
        pytest.param(
            lambda c, q: q.__setitem__(0, ("code", "stolen")), "does not take this code", id="a code"
        ),
        pytest.param(lambda c, q: q.append(("code", "another")), "says something twice", id="two codes"),
        pytest.param(
            lambda c, q: c.provider.fail.update({"/token": "garbage"}), "cannot be used", id="broken"
        ),
    ],
)
def test_what_comes_back_wrong_opens_nothing_and_leaves_the_other_ways(
    company: Company, spoil: Any, words: str
) -> None:
    query = company.authorize(company.begin())
    spoil(company, query)
    answer = company.back(query)
    assert answer.status_code in (400, 503)
    assert words in answer.text
    assert 'action="/sign-in/mail"' in answer.text
    assert "exchange_session" not in company.shop.client.cookies
    assert company.sessions == 0


def test_an_answer_that_was_used_is_good_for_nothing(company: Company) -> None:
    query = company.authorize(company.begin())
    kept = dict(company.shop.client.cookies)
    assert company.back(query).status_code == 303
    company.shop.client.cookies.clear()
    company.shop.client.cookies.update(kept)
    answer = company.back(query, accept="*/*")
    assert (answer.status_code, answer.json()["code"]) == (400, "ceremony_over")
    assert company.sessions == 1
    assert company.provider.asked("/token") == 1


def test_a_provider_that_is_down_is_said_and_the_other_ways_remain(company: Company) -> None:
    company.provider.fail["/.well-known/openid-configuration"] = "hang up"
    answer = company.begin()
    assert answer.status_code == 503
    assert "Try again, or sign in another way." in answer.text
    assert 'action="/sign-in/mail"' in answer.text
    assert company.sessions == 0


@pytest.mark.parametrize("path", ["/sign-in/oidc", "/sign-in/passkey/begin", "/sign-in/passkey"])
def test_another_site_begins_and_ends_nothing(company: Company, path: str) -> None:
    answer = send(company.shop.client, path, **{"sec-fetch-site": "cross-site", "accept": "*/*"})
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
    assert company.shop.world.store._tickets == {}


@pytest.mark.parametrize(
    ("place", "followed"),
    [
        ("/account/passkeys", True),
        ("/desk/about?who=ana%40example.org&x=1", True),
        ("/", True),
        ("", False),
        ("https://evil.example/", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("/%2F/evil.example", False),
        ("/a//evil.example", False),
        ("/\t/evil.example", False),
        ("/desk\r\nSet-Cookie: a=b", False),
        ("/desk\n", False),
        ("javascript:alert(1)", False),
        ("desk", False),
        ("/?next=//evil.example", False),
        ("/" + "a" * 500, False),
    ],
)
def test_nobody_is_sent_on_to_another_site(shop: Shop, place: str, followed: bool) -> None:
    assert own_place(place) == (place if followed else "/desk")
    person = run(people.add(shop.world.ports, "Ana", "ana@example.org"))
    secret = run(sign_in.make_link(shop.world.ports, person)).partition("#")[2]
    page = shop.client.get("/sign-in", params={"next": place}, headers=PAGE)
    assert "evil.example" not in re.sub(r'hreflang="..".*|href="[^"]*"', "", page.text)
    answer = send(shop.client, "/sign-in", {"code": secret, "next": place})
    assert (answer.status_code, answer.headers["location"]) == (303, place.strip() if followed else "/desk")


# --- passkeys ---------------------------------------------------------------------------------------------


@dataclass
class Phone:
    """Somebody's browser and their authenticator."""

    shop: Shop
    key: Authenticator

    def post(self, path: str, value: Any = None) -> Any:
        headers = {"accept": "application/json", "sec-fetch-site": "same-origin"}
        return self.shop.client.post(path, json={} if value is None else value, headers=headers)

    def register(self, name: str = "My phone") -> Any:
        begun = self.post("/account/passkeys/begin")
        if begun.status_code != 200:
            return begun
        return self.post(
            "/account/passkeys", {"name": name, "answer": self.key.create(begun.json()["options"])}
        )

    def sign_in(self) -> Any:
        options = self.post("/sign-in/passkey/begin").json()["options"]
        return self.post("/sign-in/passkey", {"answer": self.key.get(options)})


@pytest.fixture
def phone(shop: Shop) -> Phone:
    person = run(people.add(shop.world.ports, "Ana", "ana@example.org"))
    secret = run(sign_in.make_link(shop.world.ports, person)).partition("#")[2]
    assert send(shop.client, "/sign-in", {"code": secret}).status_code == 303
    return Phone(shop, Authenticator())


def test_a_passkey_is_made_signs_in_and_is_removed(phone: Phone) -> None:
    shop = phone.shop
    assert "You have no passkey yet." in shop.page("/account/passkeys")
    assert phone.register("My <phone>").status_code == 200
    assert "My &lt;phone&gt;" in shop.page("/account/passkeys")
    (person,) = shop.world.store._people.values()
    elsewhere = run(sign_in.open_session(shop.world.ports, person, "code", Browser()))
    assert send(shop.client, "/sign-out").status_code == 303
    answer = phone.sign_in()
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["cache-control"] == "no-store"
    assert set(shop.client.cookies) == {"exchange_session"}
    (made,) = shop.world.store._passkeys
    gone = send(shop.client, "/account/passkeys/remove", {"id": made})
    assert (gone.status_code, gone.headers["location"]) == (303, "/account/passkeys?done=passkey-removed")
    assert "The passkey was removed." in shop.page("/account/passkeys?done=passkey-removed")
    assert run(sign_in.who_has(shop.world.ports, elsewhere.session)) is None
    assert phone.sign_in().json()["code"] == "passkey_unknown"


def test_after_ten_minutes_it_takes_another_proof(phone: Phone) -> None:
    shop = phone.shop
    assert phone.register().status_code == 200
    (made,) = shop.world.store._passkeys
    shop.world.later(minutes=11)
    assert phone.register().json()["code"] == "confirmation_needed"
    page = shop.page("/account/passkeys")
    assert "/sign-in?confirm&amp;next=/account/passkeys" in page
    assert "/account/passkeys/remove" not in page
    answer = send(
        shop.client,
        "/account/passkeys/remove",
        {"id": made},
        referer="http://localhost:8000/account/passkeys",
    )
    place = "/sign-in?confirm&next=%2Faccount%2Fpasskeys"
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert 'data-next="/account/passkeys"' in shop.page(place)
    assert set(shop.world.store._passkeys) == {made}
    assert phone.sign_in().status_code == 200
    assert send(shop.client, "/account/passkeys/remove", {"id": made}).status_code == 303
    assert shop.world.store._passkeys == {}


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"answer": 1}', '{"answer": {}}', "{", '{"a":1,"a":2}'])
def test_what_is_no_answer_is_told_so(phone: Phone, body: str) -> None:
    headers = {"accept": "*/*", "sec-fetch-site": "same-origin", "content-type": "application/json"}
    for begin, end in (
        ("/sign-in/passkey/begin", "/sign-in/passkey"),
        ("/account/passkeys/begin", "/account/passkeys"),
    ):
        assert phone.post(begin).status_code == 200
        answer = phone.shop.client.post(end, content=body, headers=headers)
        assert answer.status_code == 400, answer.text
    assert phone.shop.world.store._passkeys == {}
    assert len(phone.shop.world.store._sessions) == 1


def test_a_planted_session_or_ceremony_gives_its_planter_nothing(phone: Phone) -> None:
    shop = phone.shop
    assert phone.register().status_code == 200
    planted = shop.client.cookies["exchange_session"]
    assert phone.sign_in().status_code == 200
    assert shop.client.cookies["exchange_session"] != planted
    assert run(sign_in.who_has(shop.world.ports, planted)) is None
    secret, options = run(flow.begin_sign_in(shop.world.ports, Browser()))
    answer = {"answer": phone.key.get(options)}
    assert phone.post("/sign-in/passkey", answer).json()["code"] == "ceremony_over"
    shop.client.cookies.set("exchange_passkey", secret)
    assert phone.post("/sign-in/passkey", answer).status_code == 200
