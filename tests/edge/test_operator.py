"""The operator's pages: what is done there is done, what is asked first is not done yet."""

from __future__ import annotations

import re
from typing import Any

import pytest

from exchange.flows import people
from exchange.flows.people_records import Browser, Person
from exchange.flows.sign_in import open_session
from tests.edge.shop import PAGE, Shop
from tests.simulator import run


class Office:
    """A shop with its operator signed in, in a browser, and with Ana, who has an account."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.ports, self.store = shop, shop.world.ports, shop.world.store
        self.operator = Person("olga", "Olga <b>Operator</b>", shop.world.now, operator=True)
        run(self.store.put_person(self.operator))
        self.ana = run(people.add(self.ports, "Ana Lima", "ana@example.org", "ana"))
        session = run(open_session(self.ports, self.operator, "link", Browser())).session
        self.headers = {**PAGE, "cookie": f"exchange_session={session}", "sec-fetch-site": "same-origin"}

    def get(self, path: str, status: int = 200) -> str:
        answer = self.shop.client.get(path, headers=self.headers)
        assert answer.status_code == status, answer.text
        return str(answer.text)

    def post(self, path: str, **fields: str) -> Any:
        return self.shop.client.post(path, data=fields, headers=self.headers, follow_redirects=False)


@pytest.fixture
def office(shop: Shop) -> Office:
    return Office(shop)


def names(page: str) -> list[str]:
    return re.findall(r"<h3>.*?<bdi>(.*?)</bdi>", page)


def test_people_are_listed_found_and_paged_and_names_are_only_text(office: Office) -> None:
    assert set(names(office.get("/operator"))) == {"Ana Lima", "Olga &lt;b&gt;Operator&lt;/b&gt;"}
    assert names(office.get("/operator?q=ANA@example")) == ["Ana Lima"]
    assert "Nobody was found" in office.get("/operator?q=%25")
    office.shop.world.later(minutes=1)
    for n in range(people.PAGE):
        office.shop.world.later(minutes=1)
        run(people.add(office.ports, f"Someone {n}", f"{n}@example.org"))
    first = office.get("/operator?q=n")
    (older,) = re.findall(r'href="(/operator\?[^"]*before=[^"]*)" rel="next"', first)
    second = office.get(older.replace("&amp;", "&"))
    assert len(names(first)) == people.PAGE
    assert set(names(second)) == {"Ana Lima"}


def test_somebody_is_invited_and_a_mistake_keeps_what_was_typed(office: Office) -> None:
    before = len(run(office.store.people(99)))
    wrong = office.post("/operator", name="Ben <i>", address="ana@example.org", handle="ben")
    assert wrong.status_code == 409
    assert 'value="Ben &lt;i&gt;"' in wrong.text
    assert 'id="address-fault"' in wrong.text
    assert len(run(office.store.people(99))) == before
    done = office.post("/operator", name="Ben", address="ben@example.org", handle="")
    (ben,) = run(office.store.people(99, None, "ben@"))
    assert (done.status_code, done.headers["location"]) == (303, f"/operator/people/{ben.id}?done=add")
    page = office.get(done.headers["location"])
    assert "Invited." in page
    assert "ben@example.org" in page
    assert "(not verified)" in page


@pytest.mark.parametrize(
    ("act", "state", "operator"),
    [
        ("suspend", "suspended", False),
        ("promote", "active", True),
        ("sign-out", "active", False),
    ],
)
def test_an_act_is_asked_for_then_done(office: Office, act: str, state: str, operator: bool) -> None:
    run(open_session(office.ports, office.ana, "link", Browser()))
    place = f"/operator/people/{office.ana.id}/{act}"
    assert f'action="{place}"' in office.get(place)
    assert run(office.store.person(office.ana.id)) == office.ana
    assert len(run(office.store.sessions(office.ana.id))) == 1
    assert office.post(place).status_code == 303
    ana = run(office.store.person(office.ana.id))
    assert ana is not None
    assert (ana.state, ana.operator) == (state, operator)
    assert len(run(office.store.sessions(office.ana.id))) == (1 if act == "promote" else 0)
    assert len(run(office.store.sessions("olga"))) == 1


def test_what_was_done_is_undone_and_what_is_so_already_is_said(office: Office) -> None:
    place = f"/operator/people/{office.ana.id}"
    assert office.post(f"{place}/suspend").status_code == 303
    again = office.post(f"{place}/suspend")
    assert again.status_code == 409
    assert "Nothing was changed." in again.text
    assert f"{place}/reinstate" in office.get(place)
    assert office.post(f"{place}/reinstate").status_code == 303
    assert office.post(f"{place}/promote").status_code == 303
    assert office.post(f"{place}/demote").status_code == 303
    assert run(office.store.person(office.ana.id)) == office.ana


def test_nobody_suspends_themselves_and_unknown_acts_and_people_are_said(office: Office) -> None:
    assert "/operator/people/olga/suspend" not in office.get("/operator/people/olga")
    assert office.post("/operator/people/olga/suspend").status_code == 409
    assert run(office.store.person("olga")) == office.operator
    office.get(f"/operator/people/{office.ana.id}/explode", 404)
    assert office.post(f"/operator/people/{office.ana.id}/explode").status_code == 404
    office.get("/operator/people/nobody", 404)
    assert 'role="status"' not in office.get(f"/operator/people/{office.ana.id}?done=Bang")


def test_the_desk_leads_operators_here(office: Office) -> None:
    assert 'href="/operator"' in office.get("/desk")
