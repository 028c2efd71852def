"""Claim codes over HTTP: pages for issuers and claimers, and the same verbs as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from exchange.flows.claims import codes as flow
from exchange.flows.people.records import Address
from tests.edge.shop import PAGE
from tests.edge.town import Town
from tests.simulator import run

OURS = {**PAGE, "sec-fetch-site": "same-origin"}


class Desk:
    """An issuer at a desk, and somebody with an address."""

    def __init__(self) -> None:
        self.town = Town()
        self.client = self.town.shop.client
        self.issuer = self.town.session(self.town.person(("school", "issuer")))
        self.token = self.town.token(self.town.person(("school", "issuer")), "award")
        somebody = self.town.person()
        address = Address("cleo@example.org", somebody, self.town.shop.world.now)
        run(self.town.ports.store.put_address(address))
        self.claimer = self.town.session(somebody)

    def post(self, path: str, who: dict[str, str], **fields: str) -> Any:
        return self.client.post(path, data=fields, headers={**OURS, **who}, follow_redirects=False)

    def page(self, path: str, who: dict[str, str]) -> str:
        answer = self.client.get(path, headers={**PAGE, **who})
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def api(self, method: str, path: str, **sent: Any) -> Any:
        return self.client.request(method, path, headers=self.token, **sent)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    with desk.client:
        yield desk


FIELDS = {"badge": "school/incident-lead", "quota": "3", "days": "7", "kind": "link"}


def test_a_code_is_made_shown_printed_used_and_closed(desk: Desk) -> None:
    made = desk.post("/desk/codes", desk.issuer, **FIELDS, title="Workshop", once="once-1")
    again = desk.post("/desk/codes", desk.issuer, **FIELDS, title="Workshop", once="once-1")
    assert made.headers["location"] == again.headers["location"]
    place = made.headers["location"].partition("?")[0]
    page = desk.page(place, desk.issuer)
    link = re.search(r"http://localhost:8000/claim/code/[0-9a-z-]{14}", page)
    assert link is not None
    assert "Workshop" in page
    assert '<svg aria-hidden="true" focusable="false" viewBox=' in page
    assert link[0] in desk.page(f"{place}/poster", desk.issuer)
    path = link[0].removeprefix("http://localhost:8000")
    assert "Get this badge" in desk.page(path, desk.claimer)
    done = desk.post(path, desk.claimer)
    assert done.headers["location"].startswith("/account/badges/")
    assert "It is yours." in desk.page(done.headers["location"], desk.claimer)
    assert "See it among your badges" in desk.page(path, desk.claimer)
    assert "1 of 3" in desk.page(place, desk.issuer)
    assert f'href="{place}/poster"' in desk.page(place, desk.issuer)
    assert desk.post(f"{place}/close", desk.issuer).status_code == 303
    assert "/poster" not in desk.page(place, desk.issuer)
    assert "Nobody gets it by this code any more." in desk.page(path, {})


def test_cards_are_shown_once(desk: Desk) -> None:
    cards = desk.post("/desk/codes", desk.issuer, **{**FIELDS, "kind": "singles"})
    words = re.findall(r"<code>([0-9a-z-]{14})</code>", cards.text)
    assert len(set(words)) == 3
    place = re.search(r"/desk/codes/[0-9a-f-]{36}", cards.text)
    assert place is not None
    later = desk.page(place[0], desk.issuer)
    assert not any(word in later for word in words)
    assert desk.client.get(f"{place[0]}/poster", headers={**PAGE, **desk.issuer}).status_code == 404
    assert desk.post(f"/claim/code/{words[0]}", desk.claimer).status_code == 303
    somebody = desk.town.person()
    stolen = desk.post(f"/claim/code/{words[0]}", desk.town.session(somebody))
    assert stolen.status_code == 409


def test_the_same_form_sent_again_shows_the_same_cards_and_makes_none(desk: Desk) -> None:
    def cards(**more: str) -> Any:
        fields = {**FIELDS, "kind": "singles", "once": "once-2", **more}
        return desk.post("/desk/codes", desk.issuer, **fields)

    def words(answer: Any) -> list[str]:
        return re.findall(r"<code>([0-9a-z-]{14})</code>", answer.text)

    there = len(desk.town.ports.store._codes)  # type: ignore[attr-defined]
    first, again = cards(), cards()
    assert len(set(words(first))) == 3
    assert words(first) == words(again)
    assert len(desk.town.ports.store._codes) == there + 1  # type: ignore[attr-defined]
    assert desk.post(f"/claim/code/{words(again)[2]}", desk.claimer).status_code == 303
    assert words(cards()) == words(first)
    for changed in ({"quota": "4"}, {"kind": "link"}, {"days": "30"}):
        assert cards(**changed).status_code == 422
    assert not set(words(cards(once="once-3"))) & set(words(first))


def test_a_program_that_asks_again_gets_the_same_codes(desk: Desk) -> None:
    order = {"issuer": "school", "badge": "incident-lead", "quota": 2, "singles": True}
    key = {**desk.token, "idempotency-key": "workshop-1"}
    send = lambda **more: desk.client.post("/api/codes/make", json={**order, **more}, headers=key)  # noqa: E731
    there = len(desk.api("GET", "/api/codes?issuer=school").json()["codes"])
    first, again = send(), send()
    assert (first.status_code, first.json()) == (201, again.json())
    assert send(days=31).status_code == 422
    assert len(desk.api("GET", "/api/codes?issuer=school").json()["codes"]) == there + 1
    other = desk.town.token(desk.town.person(("school", "issuer")), "award")
    theirs = desk.client.post("/api/codes/make", json=order, headers={**key, **other})
    assert not set(theirs.json()["singles"]) & set(first.json()["singles"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"quota": "0"}, "A code is for 1 to 10000 people."),
        ({"quota": "many"}, "A code is for 1 to 10000 people."),
        ({"days": "9999"}, "A code is good for 1 to 366 days."),
    ],
)
def test_a_mistake_comes_back_with_what_was_typed(desk: Desk, changed: dict[str, str], said: str) -> None:
    before = len(desk.town.ports.store._codes)  # type: ignore[attr-defined]
    answer = desk.post("/desk/codes", desk.issuer, **{**FIELDS, **changed}, title="Workshop")
    assert answer.status_code == 400
    assert said in answer.text
    assert 'value="Workshop"' in answer.text
    assert len(desk.town.ports.store._codes) == before  # type: ignore[attr-defined]


def test_who_waits_is_approved_or_refused_on_the_page(desk: Desk) -> None:
    place, word = f"/desk/codes/{desk.town.code.id}", flow.spaced(desk.town.code.word or "")
    asked = desk.post(f"/claim/code/{word}", desk.claimer)
    assert asked.headers["location"] == f"/claim/code/{word}"
    assert "You have asked for it." in desk.page(f"/claim/code/{word}", desk.claimer)
    (mine,) = [
        one for one in run(desk.town.ports.store.code_uses(desk.town.code.id)) if one.id != desk.town.use
    ]
    assert desk.post(f"{place}/uses", desk.issuer, act="approve", use=mine.id).status_code == 303
    assert "It is yours." in desk.page(f"/claim/code/{word}", desk.claimer)
    assert desk.post(f"{place}/uses", desk.issuer, act="refuse", use=desk.town.use).status_code == 303
    again = desk.post(f"{place}/uses", desk.issuer, act="approve", use=desk.town.use)
    assert again.status_code == 409
    assert "Nothing was changed." in again.text
    assert desk.post(f"{place}/uses", desk.issuer, act="dance", use=mine.id).status_code == 404


def test_another_issuers_use_is_no_way_around(desk: Desk) -> None:
    elsewhere = desk.town.session(desk.town.person(("college", "owner")))
    for path in (f"/desk/codes/{desk.town.code.id}/uses", f"/desk/codes/{desk.town.code.id}/close"):
        answer = desk.post(path, elsewhere, act="approve", use=desk.town.use)
        assert answer.status_code == 403
    made = desk.api(
        "POST", "/api/codes/make", json={"issuer": "school", "badge": "incident-lead", "quota": 1}
    )
    wrong = desk.api("POST", f"/api/codes/{made.json()['id']}/uses/{desk.town.use}/approve")
    assert wrong.json()["code"] == "unknown_use"
    assert run(desk.town.ports.store.code_use(desk.town.use)).state == "waiting"  # type: ignore[union-attr]


def test_programs_do_the_same(desk: Desk) -> None:
    body = {"issuer": "school", "badge": "incident-lead", "quota": 2, "singles": True, "title": "Cards"}
    made = desk.api("POST", "/api/codes/make", json=body)
    assert made.status_code == 201
    assert len(made.json()["singles"]) == 2
    id = made.json()["id"]
    listed = desk.api("GET", "/api/codes?issuer=school").json()["codes"]
    assert {one["id"] for one in listed} == {id, desk.town.code.id}
    shown = desk.api("GET", f"/api/codes/{desk.town.code.id}").json()
    assert [(one["id"], one["state"]) for one in shown["uses"]] == [(desk.town.use, "waiting")]
    done = desk.api("POST", f"/api/codes/{desk.town.code.id}/uses/{desk.town.use}/approve").json()
    assert done["state"] == "awarded"
    assert desk.client.get(done["badge"].removeprefix("http://localhost:8000")).status_code == 200
    assert desk.api("POST", f"/api/codes/{id}/close").json()["state"] == "closed"
    assert desk.api("POST", f"/api/codes/{id}/close").json()["code"] == "already_closed"
    for wrong, code in (
        ({**body, "quota": "2"}, "not_a_number"),
        ({**body, "quota": True}, "not_a_number"),
        ({**body, "quota": 0}, "quota_malformed"),
        ({**body, "badge": "none"}, "unknown_achievement"),
        ({"issuer": "school"}, "member_missing"),
    ):
        assert desk.api("POST", "/api/codes/make", json=wrong).json()["code"] == code


def test_who_is_not_signed_in_gets_a_mail_that_leads_back(desk: Desk) -> None:
    word = flow.spaced(desk.town.code.word or "")
    sent = desk.post(f"/claim/code/{word}/mail", {}, address="new@example.org")
    assert sent.headers["location"] == f"/sign-in?asked&next=/claim/code/{word}"
    assert "exchange_code=" in sent.headers["set-cookie"]
    waiting = run(desk.town.ports.store.undelivered(9))
    assert f'"place":"/claim/code/{word}"' in waiting[-1].parcel.payload.replace(" ", "")
    wrong = desk.post(f"/claim/code/{word}/mail", {}, address="no address")
    assert wrong.status_code == 400
    assert 'value="no address"' in wrong.text
    nobody = desk.client.post(f"/claim/code/{word}", headers={"accept": "application/json"})
    assert nobody.json()["code"] == "not_permitted"


def test_a_code_can_be_typed(desk: Desk) -> None:
    word = flow.spaced(desk.town.code.word or "")
    for typed in (word.upper(), f"http://localhost:8000/claim/code/{word}"):
        found = desk.client.get("/claim", params={"code": typed}, headers=PAGE, follow_redirects=False)
        assert found.headers["location"] == f"/claim/code/{word}"
    assert "A code has 12 letters and digits." in desk.client.get("/claim?code=abc", headers=PAGE).text
    assert desk.client.get("/claim/code/0000-0000-0000", headers=PAGE).status_code == 404
