"""Listing badges as a program: whose, in which order, and page by page."""

from __future__ import annotations

from typing import Any

from exchange.flows.badges import desk
from exchange.flows.badges.status import suspend
from tests.edge.shop import run
from tests.edge.town import Town


def ask(town: Town, headers: dict[str, str], path: str = "/api/badges") -> Any:
    answer = town.shop.client.get(path, headers={"accept": "application/json", **headers})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_a_badge_is_listed_with_how_it_stands_and_what_may_be_done(town: Town) -> None:
    run(suspend(town.ports, town.badge.key, "Because"))
    issuer = town.person(("school", "issuer"))
    (one,) = ask(town, town.token(issuer, "read", "award"))["badges"]
    assert one == {
        "id": town.badge.id,
        "key": town.badge.key,
        "issuer": "school",
        "badge": "incident-lead",
        "version": 1,
        "to": "mailto:ana@example.org",
        "at": one["at"],
        "state": "suspended",
        "acts": ["reinstate", "revoke"],
    }
    (seen,) = ask(town, town.token(issuer, "read"))["badges"]
    assert seen["acts"] == []


def test_who_may_not_read_is_shown_nothing(town: Town) -> None:
    nothing: dict[str, Any] = {"badges": []}
    assert ask(town, town.session(town.person(("college", "owner")))) == nothing
    assert ask(town, town.session(town.person())) == nothing
    assert ask(town, town.token(town.person(("school", "owner")), "award")) == nothing
    assert len(ask(town, town.token(town.person(operator=True), "read"))["badges"]) == 1


def test_pages_follow_each_other_and_miss_nobody(town: Town, monkeypatch: Any) -> None:
    monkeypatch.setattr(desk, "PAGE", 2)
    keys = [town.badge.key]
    for number in range(4):
        town.shop.world.later(minutes=1)
        keys.append(town.shop.award(f"mailto:p{number}@example.org").key)
    headers, url, found, pages = town.session(town.person(("school", "viewer"))), "/api/badges", [], 0
    while url:
        page = ask(town, headers, url)
        found += [one["key"] for one in page["badges"]]
        url, pages = page.get("next", "").removeprefix(town.ports.base_url), pages + 1
    assert (found, pages) == (keys[::-1], 3)
    assert ask(town, headers, "/api/badges?before=nobody") == {"badges": []}
