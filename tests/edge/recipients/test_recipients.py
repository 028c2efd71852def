"""The table of who has which badge, and the step that changes many, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from exchange.flows.badges.status import revoke
from exchange.flows.log.log import claim_leaf
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.records import Browser, Grant, Person
from exchange.flows.recipients import status_many
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.shop import PAGE, Shop
from tests.simulator import run


class Desk:
    """A shop where somebody with a role is signed in, and three people have the badge."""

    def __init__(self, role: str = "issuer") -> None:
        self.shop = Shop()
        self.ports = self.shop.world.ports
        person = Person(self.ports.new_id(), "Ira", self.shop.world.now)
        run(self.ports.store.put_person(person))
        grant = Grant("school", role, person.id)  # type: ignore[arg-type]
        leaf = role_leaf(grant, self.shop.world.now, self.ports.new_salt())
        assert run(self.ports.store.put_grant(grant, leaf))
        opened = run(open_session(self.ports, person, "link", Browser()))
        self.who = {"cookie": f"exchange_session={opened.session}", "sec-fetch-site": "same-origin"}
        self.badges = []
        for name in ("ann", "ben", "=eve"):
            self.badges.append(self.shop.award(f"{name}@example.org").key)
            self.shop.world.later(minutes=1)

    def get(self, path: str, **params: Any) -> Any:
        return self.shop.client.get(path, params=params, headers={**PAGE, **self.who}, follow_redirects=False)

    def post(self, path: str, **data: Any) -> Any:
        return self.shop.client.post(path, data=data, headers={**PAGE, **self.who}, follow_redirects=False)

    def api(self, method: str, path: str, **sent: Any) -> Any:
        return self.shop.client.request(method, path, headers={"accept": "*/*", **self.who}, **sent)

    def fields(self, page: str) -> dict[str, str]:
        """What the form that asks sends along unseen."""
        form = page[page.index('action="/desk/changes"') :]
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))

    def statuses(self) -> list[str]:
        found = self.api("GET", "/api/issuers/school/recipients").json()["recipients"]
        return [one["status"] for one in reversed(found)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    with desk.shop.client:
        yield desk


def test_the_table_shows_who_has_what_and_a_filter_narrows_it(desk: Desk) -> None:
    run(revoke(desk.ports, desk.badges[0], "Why"))
    page = desk.get("/desk/badges")
    assert page.status_code == 200
    assert all(name in page.text for name in ("ann@example.org", "ben@example.org", "=eve@example.org"))
    found = desk.get("/desk/badges", status="revoked", to="an").text
    assert "ann@example.org" in found
    assert "ben@example.org" not in found
    assert "No matches" in desk.get("/desk/badges", to="nobody").text
    wrong = desk.get("/desk/badges", since="yesterday")
    assert (wrong.status_code, "A day is written" in wrong.text) == (400, True)


def test_the_table_can_be_narrowed_to_what_holders_said(desk: Desk) -> None:
    for key, said in zip(desk.badges, ("accepted", "declined", "offered"), strict=True):
        if said != "offered":
            leaf = claim_leaf(key, said == "accepted", "url", desk.shop.world.now, desk.ports.new_salt())
            run(desk.ports.store.settle_claim(key, said, desk.shop.world.now, leaf))  # type: ignore[arg-type]
    for said, who in {"accepted": "ann@", "declined": "ben@", "offered": "=eve@", "expired": ""}.items():
        page = desk.get("/desk/badges", issuer="school", claim=said).text
        assert [name for name in ("ann@", "ben@", "=eve@") if f"{name}example.org</bdi>" in page] == (
            [who] if who else []
        )
        found = desk.api("GET", f"/api/issuers/school/recipients?claim={said}").json()["recipients"]
        assert [one["claim"] for one in found] == ([said] if who else [])
        many = {"act": "suspend", "filter": {"claim": said}}
        seen = desk.api("POST", "/api/issuers/school/changes/preview", json=many).json()
        assert (seen["count"], seen["filter"]["claim"]) == (len(found), said)
    assert desk.get("/desk/badges", issuer="school", claim="eaten").status_code == 400
    assert desk.api("GET", "/api/issuers/school/recipients?claim=eaten").json()["code"] == "unknown_claim"


def test_more_than_one_change_can_take_is_refused_with_a_way_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_many, "MOST_FOUND", 2)
    page = desk.get("/desk/changes", issuer="school", act="suspend", scope="all")
    assert (page.status_code, "by when they were awarded" in page.text) == (400, True)
    asked = {"act": "suspend", "filter": {}}
    answer = desk.api("POST", "/api/issuers/school/changes/preview", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_found")
    asked["filter"] = {"to": "ann"}
    assert desk.api("POST", "/api/issuers/school/changes/preview", json=asked).json()["count"] == 1


def test_the_csv_has_every_row_and_no_formula(desk: Desk) -> None:
    answer = desk.get("/desk/badges/export", issuer="school")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    head, *rows, end = answer.text.split("\r\n")
    assert (head[:6], end, len(rows)) == ("\ufeffbadge", "", 3)
    cells = [cell for row in rows for cell in row.split(",")]
    assert "'=eve@example.org" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    one = desk.get("/desk/badges/export", issuer="school", to="ben").text
    assert len(one.split("\r\n")) == 3


def test_chosen_badges_are_changed_after_a_look(desk: Desk) -> None:
    query = {"issuer": "school", "act": "suspend", "badge": desk.badges[:2], "scope": "chosen"}
    asked = desk.get("/desk/changes", **query)
    assert "Suspend 2 badges?" in asked.text
    assert "ann@example.org" in asked.text
    assert desk.statuses() == ["valid"] * 3
    fields = desk.fields(asked.text)
    wordless = desk.post("/desk/changes", **fields)
    assert (wordless.status_code, "Say why" in wordless.text) == (400, True)
    done = desk.post("/desk/changes", **fields, reason="A look", mail="on")
    assert done.status_code == 303
    assert "2 badges were changed" in desk.get(done.headers["location"]).text
    assert desk.statuses() == ["suspended", "suspended", "valid"]
    size = run(desk.ports.store.log_size())
    again = desk.post("/desk/changes", **fields, reason="A look", mail="on")  # a double click
    assert again.headers["location"] == done.headers["location"]
    assert run(desk.ports.store.log_size()) == size


def test_everything_that_the_filter_finds_is_changed_unless_it_is_something_else_by_then(desk: Desk) -> None:
    asked = desk.get("/desk/changes", issuer="school", act="revoke", scope="all", status="valid")
    fields = desk.fields(asked.text)
    run(revoke(desk.ports, desk.badges[1], "By hand"))
    stale = desk.post("/desk/changes", **fields, reason="Why")
    assert (stale.status_code, "not what you saw" in stale.text) == (409, True)
    assert "Revoke 2 badges?" in stale.text
    assert desk.statuses() == ["valid", "revoked", "valid"]
    assert desk.post("/desk/changes", **desk.fields(stale.text), reason="Why").status_code == 303
    assert desk.statuses() == ["revoked"] * 3


def test_nothing_chosen_leads_back_and_nothing_to_do_says_so(desk: Desk) -> None:
    back = desk.get("/desk/changes", issuer="school", act="revoke", scope="chosen")
    assert (back.status_code, back.headers["location"]) == (303, "/desk/badges?issuer=school")
    asked = desk.get("/desk/changes", issuer="school", act="reinstate", scope="all")
    assert "There is nothing to change" in asked.text
    assert "3 valid" in asked.text
    assert desk.get("/desk/changes", issuer="school", act="burn", scope="all").status_code == 404


def test_renewing_can_take_the_old_ones_back(desk: Desk) -> None:
    fields = desk.fields(desk.get("/desk/changes", issuer="school", act="renew", scope="all").text)
    assert desk.post("/desk/changes", **fields, replace="on").status_code == 303
    assert desk.statuses() == ["revoked"] * 3 + ["valid"] * 3


def test_a_viewer_sees_the_table_without_choices() -> None:
    desk = Desk("viewer")
    with desk.shop.client:
        page = desk.get("/desk/badges").text
        assert "ann@example.org" in page
        assert 'type="checkbox"' not in page
        assert "Change them" not in page


def test_a_program_previews_confirms_and_looks(desk: Desk) -> None:
    place = "/api/issuers/school/changes"
    seen = desk.api("POST", f"{place}/preview", json={"act": "suspend", "filter": {"to": "ann"}}).json()
    assert (seen["count"], seen["achievements"]) == (1, {"incident-lead": 1})
    body = {"act": "suspend", "filter": seen["filter"], "reason": "A look"}
    for wrong, code in (
        (body, "member_missing"),
        ({**body, "digest": "aa"}, "selection_changed"),
        ({**body, "digest": seen["digest"], "reason": ""}, "reason_missing"),
        ({"act": "suspend", "digest": "aa"}, "member_missing"),
        ({**body, "filter": {"name": "x"}, "digest": "aa"}, "unknown_member"),
    ):
        assert desk.api("POST", place, json=wrong).json()["code"] == code
    assert desk.statuses() == ["valid"] * 3
    done = desk.api("POST", place, json={**body, "digest": seen["digest"], "mail": False})
    assert (done.status_code, done.json()["done"]) == (202, 1)
    job = desk.api("GET", f"/api/changes/{done.json()['id']}").json()
    assert (job["total"], job["done"], "ended" in job) == (1, 1, True)
    assert desk.statuses() == ["suspended", "valid", "valid"]


def test_pages_for_programs_lead_on(desk: Desk) -> None:
    for n in range(50):
        desk.shop.award(f"p{n}@example.org")
        desk.shop.world.later(seconds=1)
    first = desk.api("GET", "/api/issuers/school/recipients?status=valid").json()
    second = desk.api("GET", first["next"].removeprefix("http://localhost:8000")).json()
    assert (len(first["recipients"]), len(second["recipients"]), "next" in second) == (50, 3, False)
    page = desk.get("/desk/badges", status="valid").text
    assert "before=" in page
