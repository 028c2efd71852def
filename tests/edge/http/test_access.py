"""Every route is refused to who has less than it takes, for each object of its own.

A new route fails here until it stands in one of the two tables of `access.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from exchange.edge.application import build_litestar
from exchange.flows.people.records import ROLES, SCOPES
from tests.edge.http.access import CLOSED, LIMITED, OPEN, OPERATED, Case
from tests.edge.shop import Shop
from tests.edge.town import Town


def routes() -> dict[tuple[str, str], bool]:
    """Every route, and whether a guard asks who is there."""
    found = {}
    for route in build_litestar(Shop().world.ports).routes:
        for handler in getattr(route, "route_handlers", []):
            guards = [guard.__qualname__ for guard in handler.resolve_guards()]
            for method in handler.http_methods - {"HEAD", "OPTIONS"}:
                found[method, route.path] = any("signed_in_only" in one for one in guards)
    return found


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


def _viewer_elsewhere(town: Town, case: Case) -> str:
    return town.person(("college", "viewer"))


def _operator_without_a_role(town: Town, case: Case) -> str:
    return town.person(operator=not case.operates)


@pytest.mark.parametrize("weaker", [_next_weaker, _owner_elsewhere, _operator_without_a_role])
@pytest.mark.parametrize("key", LIMITED, ids=" ".join)
def test_less_than_it_takes_at_this_very_issuer_is_refused(
    town: Town, key: tuple[str, str], weaker: Weaker
) -> None:
    if weaker is _owner_elsewhere and CLOSED[key].somewhere:
        weaker = _viewer_elsewhere
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
    assert town.ask(key, enough).status_code in (200, 201, 303)
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
    for scope in case.scopes:
        weaker = town.token(owner, *(other for other in SCOPES if other != scope))
        before = town.state()
        answer = town.ask(key, weaker)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
        assert answer.headers["www-authenticate"] == 'Bearer realm="exchange", error="insufficient_scope"'
        assert town.state() == before
    if not case.scopes:
        all_of_them = town.token(owner, *SCOPES)
        before = town.state()
        assert town.ask(key, all_of_them).status_code == 403
        assert town.state() == before
        return
    enough = town.token(owner, *case.scopes)
    before = town.state()
    assert town.ask(key, enough).status_code in (200, 201, 202, 303)
    assert (town.state() != before) is case.made
    weak = town.person()
    assert town.ask(key, town.token(weak, *SCOPES)).status_code == 403


@dataclass(frozen=True)
class Shut:
    """A town, and what its owner, who may do all, comes in with."""

    town: Town
    session: str
    token: str


@pytest.fixture(scope="module")
def shut() -> Iterator[Shut]:
    """One for all: whom nothing lets in changes nothing for the next one."""
    town = Town()
    owner = town.person(("school", "owner"), operator=True)
    session = town.session(owner)["cookie"].partition("=")[2]
    token = town.token(owner, *SCOPES)["authorization"].partition(" ")[2]
    with town.shop.client:
        yield Shut(town, session, token)


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
    shut: Shut, key: tuple[str, str], header: dict[str, str], code: str
) -> None:
    town, before = shut.town, shut.town.state()
    sent = {name: value.format(session=shut.session, token=shut.token) for name, value in header.items()}
    answer = town.ask(key, sent)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert 'Bearer realm="exchange"' in answer.headers["www-authenticate"]
    assert town.state() == before
