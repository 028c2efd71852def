"""A read-only exchange on the web: calm banners, refused writes, open reads, and the operator's button."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from exchange.errors import UnavailableError
from exchange.flows.instance.standing import Hold
from exchange.flows.records import HELD
from tests.edge.badges.test_desk import ANA, GOOD, call, states
from tests.edge.shop import PAGE, Shop, run
from tests.edge.sign_in.test_sign_in import send, sign_in

FULL = "The disk of the database is full. Make room on it."
BANNER = "Read-only just now"


@pytest.fixture(autouse=True)
def _signed_in(shop: Shop) -> None:
    sign_in(shop)


def hold(shop: Shop, **said: Any) -> None:
    shop.world.store._meta[HELD] = Hold("restored", **said).to_text()


def fill_disk(shop: Shop) -> None:
    shop.world.store.broken = FULL


STOPS = [hold, fill_disk]


def test_every_page_that_would_write_says_so_and_offers_nothing(shop: Shop) -> None:
    badge = shop.award()
    paths = ["/desk", "/sign-in", *(f"/desk/badges/{badge.key}/{act}" for act in ("suspend", "revoke"))]
    for path in paths:
        assert BANNER not in shop.page(path)
    for stop in STOPS:
        stop(shop)
        for path in paths:
            page = shop.page(path)
            assert BANNER in page
            assert "Nothing can be awarded or changed" in page
            assert "Sign and award" not in page
            assert "Revoke for good" not in page
        assert f"/desk/badges/{badge.key}" not in shop.page("/desk")
        assert states(shop) == ["Active"]


READS = ("/sign-out", "/verify", "/language")
"""Forms that change nothing on record but who is here, or look at something."""


def writes(page: str) -> list[str]:
    """Where the forms of a page post to that would put something on record."""
    forms = re.findall(r"<form[^>]*>", page)
    places = [re.search(r'action="([^"]*)"', form) for form in forms if 'method="post"' in form]
    at = [found[1] for found in places if found]
    return [place for place in at if not place.startswith(READS) and not place.endswith("/elsewhere")]


def test_no_page_that_can_be_reached_would_write_without_saying_so(shop: Shop) -> None:
    shop.award()
    hold(shop)
    seen, ahead, writing = set(), ["/", "/desk", "/account", "/teams", "/operator", "/issuers"], []
    while ahead:
        path = ahead.pop()
        if path in seen or len(seen) > 300:
            continue
        seen.add(path)
        answer = shop.client.get(path, headers={"accept": "text/html"}, follow_redirects=True)
        if answer.status_code != 200 or not answer.headers["content-type"].startswith("text/html"):
            continue
        links = re.findall(r'href="(/[^"#?]*)', answer.text)
        ahead += [link for link in links if not link.startswith(("/static", "/sign-out"))]
        if writes(answer.text):
            writing.append(path)
            assert BANNER in answer.text, (path, writes(answer.text))
    assert len(seen) > 40
    assert {"/account", "/account/addresses", "/account/tokens", "/desk"} <= {*writing, *seen}


def test_pages_that_only_show_are_as_they_were(shop: Shop) -> None:
    badge = shop.award()
    paths = ("/", "/verify", "/issuers/school", f"/badges/{badge.key}")
    before = {path: shop.page(path) for path in paths}
    for stop in STOPS:
        stop(shop)
        assert {path: shop.page(path) for path in paths} == before
    answer = shop.client.post("/api/verify", content=badge.signed, headers={"content-type": "application/vc"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "valid")


@pytest.mark.parametrize("stop", STOPS)
def test_a_program_gets_a_problem_and_nothing_changes(shop: Shop, stop: Any) -> None:
    badge = shop.award()
    stop(shop)
    before = shop.world.store.kept()
    calls = [("/api/award", GOOD)]
    calls += [
        (f"/api/badges/{badge.key}/{act}", {"reason": "x"}) for act in ("revoke", "suspend", "reinstate")
    ]
    for path, body in calls:
        answer = call(shop, path, body)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "read_only"
        assert "read-only" in answer.json()["detail"]
    assert shop.world.store.kept() == before


@pytest.mark.parametrize("stop", STOPS)
def test_a_form_that_comes_too_late_keeps_what_was_typed(shop: Shop, stop: Any) -> None:
    badge = shop.award()
    stop(shop)
    answer = send(shop.client, "/desk", {**ANA, "narrative": "A long story."})
    assert answer.status_code == 503
    assert "What you typed is still here" in answer.text
    assert "A long story." in answer.text
    assert "Sign and award" in answer.text
    answer = send(shop.client, f"/desk/badges/{badge.key}/revoke", {"reason": "A good reason"})
    assert answer.status_code == 503
    assert "Nothing was changed." in answer.text
    assert "A good reason" in answer.text
    assert BANNER in answer.text
    assert states(shop) == ["Active"]


def test_a_write_that_finds_the_disk_full_keeps_what_was_typed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        fill_disk(shop)
        raise UnavailableError("database_unavailable", "the database cannot be used just now: disk is full")

    monkeypatch.setattr(shop.world.store, "intend", full)
    answer = send(shop.client, "/desk", {**ANA, "narrative": "A long story."})
    assert answer.status_code == 503
    assert BANNER in answer.text
    assert "A long story." in answer.text


def test_signing_in_and_out_goes_on(shop: Shop) -> None:
    hold(shop)
    assert send(shop.client, "/sign-out").status_code == 303
    sign_in(shop)
    assert BANNER in shop.page("/desk")


def test_the_operator_acknowledges_by_naming_the_number(shop: Shop) -> None:
    badge = shop.award()
    hold(shop, size=1, missing=7)
    page = shop.page("/desk")
    assert "at least 7 entries" in page
    assert "How many entries are missing?" in page
    before = copy.deepcopy(shop.world.store._meta)
    for typed, status in (("", 409), ("6", 409), ("many", 400), ("-7", 400), ("٧", 400)):
        answer = send(shop.client, "/desk/acknowledge", {"missing": typed})
        assert answer.status_code == status
        assert 'id="missing-fault"' in answer.text
        assert "<details open>" in answer.text
        assert "Nothing was awarded" not in answer.text
    assert shop.world.store._meta == before
    answer = send(shop.client, "/desk/acknowledge", {"missing": " 7 "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?done=acknowledge")
    page = shop.page("/desk?done=acknowledge")
    assert "<strong>Acknowledged.</strong>" in page
    assert BANNER not in page
    assert send(shop.client, "/desk", ANA).status_code == 303
    assert send(shop.client, f"/desk/badges/{badge.key}/revoke", {"reason": "x"}).status_code == 303
    assert send(shop.client, "/desk/acknowledge", {"missing": "7"}).status_code == 409


def test_nothing_is_asked_for_where_nothing_is_known_to_be_missing(shop: Shop) -> None:
    hold(shop)
    assert "How many entries" not in shop.page("/desk")
    assert send(shop.client, "/desk/acknowledge").status_code == 303
    assert not shop.world.store._meta[HELD]


def test_only_the_operator_acknowledges(shop: Shop) -> None:
    hold(shop)
    sent = {"sec-fetch-site": "cross-site"}
    assert send(shop.client, "/desk/acknowledge", **sent).status_code == 403
    shop.client.cookies.clear()
    assert send(shop.client, "/desk/acknowledge").headers["location"] == "/sign-in"
    assert shop.world.store._meta[HELD]


def test_who_watches_it_is_told(shop: Shop) -> None:
    assert shop.get("/health").json() == {"status": "ok"}
    for stop, code in ((fill_disk, "database_fault"), (hold, "restored")):
        stop(shop)
        answer = shop.get("/health")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert (answer.json()["status"], answer.json()["code"]) == ("read_only", code)


@pytest.mark.parametrize("stop", STOPS)
def test_status_lists_are_served_as_they_were_signed(shop: Shop, stop: Any) -> None:
    badge = shop.award()
    slot = run(shop.world.store.badge(badge.key)).slots[0]  # type: ignore[union-attr]
    signed = shop.get(f"/status/{slot.list_id}").content
    stop(shop)
    shop.world.later(hours=20)
    assert shop.get(f"/status/{slot.list_id}").content == signed
    other = next(s for s in run(shop.world.store.badge(badge.key)).slots if s != slot)  # type: ignore[union-attr]
    answer = shop.client.get(f"/status/{other.list_id}", headers=PAGE | {"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (503, "read_only")  # it was never signed
