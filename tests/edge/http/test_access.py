"""Every route: open to all, or closed to who has less than it takes, for each object of its own.

A new route fails here until it stands in one of the two tables.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from litestar import Request
from litestar.testing import TestClient

from exchange.edge.application import build_litestar
from exchange.edge.http.access import agent_of, client_of, network_of
from exchange.edge.http.site import build_site
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.recipient_records import Wanted
from exchange.flows.badges.status_many import Choice, begin, preview
from exchange.flows.instance.standing import Hold
from exchange.flows.issuers import webhooks
from exchange.flows.issuers.sync import sync
from exchange.flows.people import teams
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.records import ROLES, SCOPES, Browser, Grant, Person, Scope
from exchange.flows.records import HELD
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.shop import PAGE, SCHOOL, Shop
from tests.simulator import run

OPEN = {
    ("GET", "/"),
    ("GET", "/static/{path:path}"),
    ("GET", "/robots.txt"),
    ("GET", "/health"),
    ("GET", "/badges/{name:str}"),
    ("GET", "/badges/{key:str}/log-proof"),
    ("GET", "/achievements/{issuer:str}/{slug:str}/{version:int}"),
    ("GET", "/achievements/{issuer:str}/{slug:str}/{version:int}/image.png"),
    ("GET", "/issuers/{slug:str}"),
    ("GET", "/issuers/{slug:str}/did.json"),
    ("GET", "/status/{key:str}"),
    ("GET", "/log"),
    ("GET", "/log/checkpoint"),
    ("GET", "/log/key"),
    ("GET", "/log/consistency"),
    ("GET", "/log/proof/{position:int}"),
    ("GET", "/log/entries/{position:int}"),
    ("GET", "/verify"),
    ("POST", "/verify"),
    ("POST", "/api/verify"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/docs"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/mail"),
    ("POST", "/sign-in/oidc"),
    ("GET", "/sign-in/callback"),
    ("POST", "/sign-in/passkey/begin"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/sign-out"),
    ("GET", "/account/address"),
}


@dataclass(frozen=True)
class Case:
    """What it takes: `role` at the issuer of the object, or `operates`; and of a token these `scopes`.
    Neither role nor operator: everybody who is signed in. `made`: whether a success leaves something."""

    role: str = ""
    operates: bool = False
    scopes: tuple[Scope, ...] = ()
    made: bool = False


CLOSED = {
    ("GET", "/desk"): Case(),
    ("POST", "/desk"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/badges/{key:str}/{act:str}"): Case("issuer", scopes=("award", "read")),
    ("POST", "/desk/badges/{key:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/desk/acknowledge"): Case(operates=True),
    ("GET", "/desk/about"): Case(),
    ("GET", "/desk/badges"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/desk/badges/export"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/desk/changes"): Case("issuer", scopes=("award",)),
    ("POST", "/desk/changes"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/changes/{id:str}"): Case("issuer", scopes=("award",)),
    ("GET", "/api/issuers/{issuer:str}/recipients"): Case("viewer", operates=True, scopes=("read",)),
    ("POST", "/api/issuers/{issuer:str}/changes/preview"): Case("issuer", scopes=("award",)),
    ("POST", "/api/issuers/{issuer:str}/changes"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/api/changes/{id:str}"): Case("issuer", scopes=("award",)),
    ("GET", "/desk/issuers/{issuer:str}/webhooks"): Case("owner", scopes=("people",)),
    ("POST", "/desk/issuers/{issuer:str}/webhooks"): Case("owner", scopes=("people",), made=True),
    ("GET", "/desk/issuers/{issuer:str}/webhooks/{id:str}"): Case("owner", scopes=("people",)),
    ("GET", "/desk/issuers/{issuer:str}/webhooks/{id:str}/{act:str}"): Case("owner", scopes=("people",)),
    ("POST", "/desk/issuers/{issuer:str}/webhooks/{id:str}/{act:str}"): Case(
        "owner", scopes=("people",), made=True
    ),
    ("GET", "/api/issuers/{issuer:str}/webhooks"): Case("owner", scopes=("people",)),
    ("POST", "/api/issuers/{issuer:str}/webhooks"): Case("owner", scopes=("people",), made=True),
    ("DELETE", "/api/issuers/{issuer:str}/webhooks/{id:str}"): Case("owner", scopes=("people",), made=True),
    ("GET", "/api/issuers/{issuer:str}/webhooks/{id:str}/deliveries"): Case("owner", scopes=("people",)),
    ("POST", "/api/issuers/{issuer:str}/webhooks/{id:str}/deliveries/{line:int}/replay"): Case(
        "owner", scopes=("people",), made=True
    ),
    ("GET", "/account/passkeys"): Case(),
    ("POST", "/account/passkeys"): Case(),
    ("POST", "/account/passkeys/begin"): Case(),
    ("POST", "/account/passkeys/remove"): Case(),
    ("GET", "/account/erase"): Case(),
    ("POST", "/account/erase"): Case(made=True),
    ("GET", "/desk/log-proof/{position:int}"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/account"): Case(),
    ("POST", "/account"): Case(),
    ("GET", "/account/badges"): Case(),
    ("GET", "/account/export"): Case(),
    ("GET", "/account/addresses"): Case(),
    ("POST", "/account/addresses"): Case(),
    ("POST", "/account/addresses/verify"): Case(),
    ("POST", "/account/addresses/prefer"): Case(),
    ("POST", "/account/addresses/remove"): Case(),
    ("GET", "/account/sessions"): Case(),
    ("POST", "/account/sessions/end"): Case(),
    ("POST", "/account/sessions/end-others"): Case(),
    ("GET", "/account/tokens"): Case(),
    ("POST", "/account/tokens"): Case(),
    ("POST", "/account/tokens/remove"): Case(),
    ("GET", "/api/badges"): Case(),
    ("POST", "/api/award"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/api/badges/{key:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/operator"): Case(operates=True, scopes=("people",)),
    ("POST", "/operator"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/operator/people/{id:str}"): Case(operates=True, scopes=("people",)),
    ("GET", "/operator/people/{id:str}/{act:str}"): Case(operates=True, scopes=("people",)),
    ("POST", "/operator/people/{id:str}/{act:str}"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/operator/issuers"): Case(operates=True),
    ("GET", "/operator/issuers/{act:str}"): Case(operates=True),
    ("POST", "/operator/issuers/{act:str}"): Case(operates=True, made=True),
    ("GET", "/operator/health"): Case(operates=True),
    ("POST", "/operator/health/retry"): Case(operates=True),
    ("GET", "/issuers/{slug:str}/members"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/issuers/{slug:str}/members/{act:str}"): Case("owner", operates=True, scopes=("people",)),
    ("POST", "/issuers/{slug:str}/members/{act:str}"): Case(
        "owner", operates=True, scopes=("people",), made=True
    ),
    ("GET", "/teams"): Case(),
    ("POST", "/teams"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/teams/{slug:str}"): Case(operates=True, scopes=("people",)),
    ("GET", "/teams/{slug:str}/{act:str}"): Case(operates=True, scopes=("people",)),
    ("POST", "/teams/{slug:str}/{act:str}"): Case(operates=True, scopes=("people",), made=True),
}
OPERATED = [key for key, case in CLOSED.items() if case.operates and not case.role and "/desk" not in key[1]]
LIMITED = [key for key, case in CLOSED.items() if case.role]


def routes() -> dict[tuple[str, str], bool]:
    """Every route, and whether a guard asks who is there."""
    found = {}
    for route in build_litestar(Shop().world.ports).routes:
        for handler in getattr(route, "route_handlers", []):
            guards = [guard.__qualname__ for guard in handler.resolve_guards()]
            for method in handler.http_methods - {"HEAD", "OPTIONS"}:
                found[method, route.path] = any("signed_in_only" in one for one in guards)
    return found


class Town:
    """A shop with two issuers and a badge of the first; people come with the rights a test gives them."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.ports = self.shop.world.ports
        run(sync(self.ports, [SCHOOL, replace(SCHOOL, slug="college")]))
        self.badge = self.shop.award()
        entry = next(run(self.ports.store.log_about(f"badge:{self.badge.key}")).__iter__())
        self.position = entry.position
        self.somebody = self.person()
        run(teams.add(self.ports, "red", "Red"))
        self.choice = Choice(Wanted("school"), (self.badge.key,))
        seen = run(preview(self.ports, "suspend", self.choice))
        self.job = run(begin(self.ports, "suspend", self.choice, "Because", seen.digest)).id
        self.digest = seen.digest
        self.hook = run(webhooks.add(self.ports, "school", "https://hr.example.org/in"))[0].id
        run(webhooks.test(self.ports, "school", self.hook))
        self.line = run(webhooks.log(self.ports, "school", self.hook))[1][0].number

    def person(self, *grants: tuple[str, str], operator: bool = False) -> str:
        id = self.ports.new_id()
        run(self.ports.store.put_person(Person(id, "Somebody", self.shop.world.now, operator=operator)))
        for issuer, role in grants:
            grant = Grant(issuer, role, id)  # type: ignore[arg-type]
            leaf = role_leaf(grant, self.shop.world.now, self.ports.new_salt())
            assert run(self.ports.store.put_grant(grant, leaf))
        return id

    def session(self, id: str) -> dict[str, str]:
        person = run(self.ports.store.person(id))
        assert person is not None
        opened = run(open_session(self.ports, person, "link", Browser()))
        return {"cookie": f"exchange_session={opened.session}", "sec-fetch-site": "same-origin"}

    def token(self, id: str, *scopes: str) -> dict[str, str]:
        _, secret = run(tokens.add(self.ports, id, "a program", scopes))
        return {"authorization": f"Bearer {secret}"}

    def ask(self, key: tuple[str, str], headers: dict[str, str]) -> Any:
        method, path = key
        act = {"issuers": "grant", "teams": "join"}.get(path.split("/")[1], "suspend")
        act = "stop" if path.startswith("/operator/issuers") else act
        act = "remove" if "/webhooks/" in path else act
        path = path.replace("{key:str}", self.badge.key).replace("{act:str}", act)
        path = path.replace("{slug:str}", "red" if act == "join" else "school")
        path = path.replace("{position:int}", str(self.position)).replace("{issuer:str}", "school")
        id = self.job if "/changes/" in path else self.hook if "/webhooks" in path else self.somebody
        path = path.replace("{id:str}", id).replace("{line:int}", str(self.line))
        people = {"holder": self.somebody, "person": self.somebody, "role": "viewer"}
        sent: dict[str, Any] = {"params": people} if act in ("grant", "join") else {}
        many = {"issuer": "school", "act": "suspend", "digest": self.digest}
        if path.startswith(("/desk/badges", "/desk/changes")):
            sent["params"] = {**many, "badge": self.badge.key}
        if path.startswith("/api/"):
            body = {"issuer": "school", "badge": "incident-lead", "to": "ben@example.org"}
            sent["json"] = body if path == "/api/award" else {"reason": "Because"}
            if path.endswith("/webhooks"):
                sent["json"] = {"url": "https://other.example.org/in"}
            if "/changes" in path:
                more = {} if "preview" in path else {"reason": "Because", "digest": self.digest}
                sent["json"] = {"act": "suspend", "badges": [self.badge.key], **more}
        elif method == "POST":
            sent["data"] = {"badge": "school/incident-lead", "to": "ben@example.org", "reason": "Because"}
            sent["data"] |= {**many, "badges": self.badge.key} if path == "/desk/changes" else {}
            sent["data"] |= {"url": "https://other.example.org/in", "badge.revoked": "on"}
            sent["data"] |= {"name": "Ben", "address": "ben@example.org", "slug": "blue", **people}
        headers = {"accept": "application/json", **headers}
        return self.shop.client.request(method, path, headers=headers, follow_redirects=False, **sent)

    def state(self) -> tuple[int, ...]:
        store = self.ports.store
        badges = len(run(store.badges(limit=99)))
        people = len(run(store.people(99))) + len(run(store.teams()))
        people += sum(run(store.count_undelivered("webhook")))
        return badges, len(run(store.history(self.badge.key))), run(store.log_size()), people


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    with town.shop.client:
        yield town


def test_every_route_is_in_one_of_the_two_tables() -> None:
    found = routes()
    assert {key for key, closed in found.items() if not closed} == OPEN
    assert {key for key, closed in found.items() if closed} == set(CLOSED)


Weaker = Callable[[Town, Case], str]


def _next_weaker(town: Town, case: Case) -> str:
    place = ROLES.index(case.role)  # type: ignore[arg-type]
    return town.person(*([("school", ROLES[place - 1])] if place else []))


def _owner_elsewhere(town: Town, case: Case) -> str:
    return town.person(("college", "owner"))


def _operator_without_a_role(town: Town, case: Case) -> str:
    return town.person(operator=not case.operates)


@pytest.mark.parametrize("weaker", [_next_weaker, _owner_elsewhere, _operator_without_a_role])
@pytest.mark.parametrize("key", LIMITED, ids=" ".join)
def test_less_than_it_takes_at_this_very_issuer_is_refused(
    town: Town, key: tuple[str, str], weaker: Weaker
) -> None:
    headers, before = town.session(weaker(town, CLOSED[key])), town.state()
    answer = town.ask(key, headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert town.state() == before


@pytest.mark.parametrize("key", OPERATED, ids=" ".join)
def test_what_an_operator_may_no_owner_and_no_narrower_token_may(town: Town, key: tuple[str, str]) -> None:
    case, operator = CLOSED[key], town.person(operator=True)
    owner = town.person(("school", "owner"), ("college", "owner"))
    others = [scope for scope in SCOPES if scope not in case.scopes]
    weaker = [town.session(owner), town.token(owner, *SCOPES), town.token(operator, *others)]
    enough = town.token(operator, *case.scopes) if case.scopes else town.session(operator)
    before = town.state()
    for headers in weaker:
        answer = town.ask(key, headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert town.state() == before
    assert town.ask(key, enough).status_code in (200, 303)
    assert (town.state() != before) is case.made


@pytest.mark.parametrize("key", LIMITED, ids=" ".join)
def test_what_it_takes_is_enough(town: Town, key: tuple[str, str]) -> None:
    case, headers = CLOSED[key], town.session(town.person(("school", CLOSED[key].role)))
    before = town.state()
    answer = town.ask(key, headers)
    assert answer.status_code in (200, 201, 202, 303), answer.text
    assert (town.state() != before) is case.made


@pytest.mark.parametrize("key", LIMITED, ids=" ".join)
def test_a_token_goes_as_far_as_its_scopes_and_no_further(town: Town, key: tuple[str, str]) -> None:
    case, owner = CLOSED[key], town.person(("school", "owner"), operator=True)
    before = town.state()
    for scope in case.scopes:
        answer = town.ask(key, town.token(owner, *(other for other in SCOPES if other != scope)))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
        assert answer.headers["www-authenticate"] == 'Bearer realm="exchange", error="insufficient_scope"'
    assert town.state() == before
    assert case.scopes
    assert town.ask(key, town.token(owner, *case.scopes)).status_code in (200, 201, 202, 303)
    assert (town.state() != before) is case.made
    weak = town.person()
    assert town.ask(key, town.token(weak, *SCOPES)).status_code == 403


@pytest.mark.parametrize("key", list(CLOSED), ids=" ".join)
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "sign_in_needed"),
        ({"authorization": "Bearer xbt_guess"}, "token_invalid"),
        ({"authorization": "Bearer "}, "token_invalid"),
        ({"authorization": "Bearer {session}"}, "token_invalid"),
        ({"authorization": "Basic eDp5"}, "sign_in_needed"),
        ({"cookie": "exchange_session={token}"}, "sign_in_needed"),
    ],
)
def test_nobody_gets_in_with_something_else(
    town: Town, key: tuple[str, str], header: dict[str, str], code: str
) -> None:
    owner = town.person(("school", "owner"), operator=True)
    session = town.session(owner)["cookie"].partition("=")[2]
    token = town.token(owner, *SCOPES)["authorization"].partition(" ")[2]
    before = town.state()
    answer = town.ask(
        key, {name: value.format(session=session, token=token) for name, value in header.items()}
    )
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert 'Bearer realm="exchange"' in answer.headers["www-authenticate"]
    assert town.state() == before


def test_a_read_only_exchange_is_acknowledged_by_operators_in_person_only(town: Town) -> None:
    store, key = town.shop.world.store, ("POST", "/desk/acknowledge")
    store._meta[HELD] = held = Hold("restored", run(store.log_size()), whole=True).to_text()
    operator = town.person(operator=True)
    for headers in (
        town.session(town.person(("school", "owner"))),
        town.token(operator, *SCOPES),
    ):
        assert town.ask(key, headers).status_code == 403
        assert store._meta[HELD] == held
    assert town.ask(key, town.session(operator)).status_code == 303
    assert store._meta[HELD] == ""


def test_the_desk_shows_and_offers_what_one_may_at_each_issuer(town: Town) -> None:
    run(award(town.ports, Order("college", "incident-lead", "carl@example.org")))

    def desk(*grants: tuple[str, str], operator: bool = False) -> str:
        headers = {**PAGE, **town.session(town.person(*grants, operator=operator))}
        answer = town.shop.client.get("/desk", headers=headers)
        assert answer.status_code == 200
        return str(answer.text)

    def seen(page: str) -> list[bool]:
        choice = '<option value="{}/incident-lead"'
        wanted = ("a…@", "c…@", "/suspend", choice.format("school"), choice.format("college"))
        return [what in page for what in wanted]

    assert seen(desk()) == [False] * 5
    assert seen(desk(("school", "viewer"))) == [True, False, False, False, False]
    assert seen(desk(("school", "issuer"))) == [True, False, True, True, False]
    assert seen(desk(("school", "viewer"), ("college", "owner"))) == [True, True, True, False, True]
    assert seen(desk(operator=True)) == [True, True, False, False, False]


def test_about_somebody_everybody_is_told_what_they_may_know(town: Town) -> None:
    run(award(town.ports, Order("college", "incident-lead", "ana@example.org")))

    def told(headers: dict[str, str], who: str = "ana@example.org") -> int:
        answer = town.shop.client.get(
            f"/desk/about?who={who}", headers={"accept": "application/json", **headers}
        )
        assert answer.status_code == 200
        return len(answer.json()["entries"])

    assert told(town.session(town.person())) == 0
    assert told(town.session(town.person(("school", "viewer")))) == 1
    assert told(town.session(town.person(("school", "viewer"), ("college", "viewer")))) == 2
    assert told(town.session(town.person(operator=True))) == 2
    assert told(town.token(town.person(operator=True), "award")) == 0
    assert told(town.session(town.person(("college", "viewer"))), town.badge.id) == 0


def test_two_sessions_never_share_an_answer(town: Town) -> None:
    for id in (town.person(("school", "viewer")), town.person()):
        answer = town.shop.client.get("/desk", headers={**PAGE, **town.session(id)})
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_keys_of_one_person_say_nothing_to_another(town: Town) -> None:
    first, second = (town.session(town.person(("school", "issuer"))) for _ in range(2))
    key = {"idempotency-key": "the-same"}
    ids = [town.ask(("POST", "/api/award"), {**who, **key}).json()["id"] for who in (first, first, second)]
    assert ids[0] == ids[1] != ids[2]


def test_a_token_that_ends_or_whose_person_is_suspended_is_good_for_nothing(town: Town) -> None:
    from exchange.flows.people import people

    key, owner = ("POST", "/api/award"), town.person(("school", "owner"))
    short = town.token(owner, "award")
    assert town.ask(key, short).status_code == 201
    (kept,) = run(town.ports.store.tokens(owner))
    assert kept.last_used_at == town.shop.world.now
    run(people.suspend(town.ports, owner))
    assert town.ask(key, short).status_code == 401
    run(people.reinstate(town.ports, owner))
    assert town.ask(key, short).status_code == 201
    town.shop.world.later(days=90)
    assert town.ask(key, short).status_code == 401
    again = town.token(owner, "award")
    assert town.ask(key, again).status_code == 201
    for token in run(town.ports.store.tokens(owner)):
        run(tokens.remove(town.ports, token.id))
    assert town.ask(key, again).status_code == 401


def test_too_many_tries_are_told_when_to_come_again() -> None:
    shop = Shop()
    with TestClient(build_litestar(shop.world.ports)) as client:
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
        pytest.param("127.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9", id="two proxies of ours"),
        pytest.param("127.0.0.1", "", "127.0.0.1", id="this machine itself"),
        pytest.param("127.0.0.1", "unknown", "unknown", id="a proxy that does not tell"),
        pytest.param("::1", "2001:db8::1", "2001:db8::1", id="the newer addresses"),
    ],
)
def test_who_asks_is_who_our_own_proxies_say(peer: str, forwarded: str, client: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
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
