"""The operator's pages: what is done there is done, what is asked first is not done yet."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.core.sign_in.groups import GroupRule
from exchange.flows.people import people, roles, teams
from exchange.flows.people.records import Browser, Person
from exchange.flows.sign_in.sign_in import open_session
from exchange.settings import VARIABLES, Settings
from tests.edge.served import Served
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


def as_ana(office: Office) -> None:
    """From now on it is Ana who asks."""
    session = run(open_session(office.ports, office.ana, "link", Browser())).session
    office.headers["cookie"] = f"exchange_session={session}"


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


def test_a_role_is_asked_for_granted_replaced_and_withdrawn(office: Office) -> None:
    place = "/issuers/school/members"
    assert "Nobody has a role here yet." in office.get(place)
    asked = office.get(f"{place}/grant?holder=ana&role=issuer")
    assert "Make Ana Lima Issuer at Reliability School?" in asked
    assert run(office.store.grants()) == []
    fields = {"holder": office.ana.id, "role": "issuer"}
    assert office.post(f"{place}/grant", **fields).headers["location"] == f"{place}?done=grant"
    assert names(office.get(f"{place}?done=grant")) == ["Ana Lima"]
    again = office.post(f"{place}/grant", **fields)
    assert again.status_code == 409
    assert "Nothing was changed." in again.text
    assert "This replaces the role" in office.get(f"{place}/grant?holder=ana&role=owner")
    assert office.post(f"{place}/grant", holder="ana", role="owner").status_code == 303
    last = office.post(f"{place}/withdraw", holder="ana")
    assert last.status_code == 409
    assert "last owner" in last.text
    run(roles.grant(office.ports, "school", "olga", "owner"))
    assert "from Ana Lima?" in office.get(f"{place}/withdraw?holder=ana")
    assert office.post(f"{place}/withdraw", holder="ana").status_code == 303
    assert [one.person for one in run(office.store.grants())] == ["olga"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("grant?holder=nobody&role=viewer", 404, "nobody"),
        ("grant?holder=team/none&role=viewer", 404, "team"),
        ("grant?holder=ana&role=king", 400, "A role is one of"),
        ("grant", 404, "nobody"),
        ("withdraw?holder=ana", 409, "has no role"),
    ],
)
def test_a_role_that_cannot_be_given_is_said_on_the_list(
    office: Office, query: str, status: int, said: str
) -> None:
    page = office.get(f"/issuers/school/members/{query}", status)
    assert "Nothing was changed." in page
    assert said in page
    assert run(office.store.grants()) == []


def test_a_viewer_sees_who_has_a_role_and_is_offered_nothing(office: Office) -> None:
    run(roles.grant(office.ports, "school", "ana", "viewer"))
    as_ana(office)
    page = office.get("/issuers/school/members")
    assert names(page) == ["Ana Lima"]
    assert "/members/grant" not in page
    assert "/members/withdraw" not in page
    assert "/operator/people" not in page
    assert office.post("/issuers/school/members/withdraw", holder="ana").status_code == 403


def test_a_team_is_begun_joined_left_and_taken_away(office: Office) -> None:
    assert "There are no teams yet." in office.get("/teams")
    assert office.post("/teams", name="Red", slug="red").headers["location"] == "/teams/red"
    for fields in ({"name": "Other", "slug": "red"}, {"name": "Other", "slug": "No!"}):
        wrong = office.post("/teams", **fields)
        assert wrong.status_code in (400, 409)
        assert 'id="slug-fault"' in wrong.text
    assert [team.name for team in run(office.store.teams())] == ["Red"]
    run(roles.grant(office.ports, "school", "team/red", "issuer"))
    asked = office.get("/teams/red/join?person=ana&lead=on")
    assert "Issuer (school)" in asked
    assert run(office.store.members("red")) == []
    office.get("/teams/red/join?person=nobody", 404)
    done = office.post("/teams/red/join", person="ana", lead="on")
    assert done.headers["location"] == "/teams/red?done=join"
    assert [one.lead for one in run(office.store.members("red"))] == [True]
    assert names(office.get("/teams/red")) == ["Ana Lima"]
    assert office.post("/teams/red/leave", person="ana").status_code == 303
    assert office.post("/teams/red/leave", person="ana").status_code == 409
    assert run(office.store.members("red")) == []
    assert "lose" in office.get("/teams/red/remove")
    assert office.post("/teams/red/remove").headers["location"] == "/teams?done=remove"
    assert (run(office.store.teams()), run(office.store.grants())) == ([], [])


def test_a_lead_changes_their_team_only_and_a_member_nothing_but_their_own_place(office: Office) -> None:
    ben = run(people.add(office.ports, "Ben", "ben@example.org", "ben"))
    for slug in ("red", "blue"):
        run(teams.add(office.ports, slug, slug.title()))
    run(teams.join(office.ports, "red", "ana", lead=True))
    run(teams.join(office.ports, "blue", "ana"))
    run(teams.join(office.ports, "blue", "ben"))
    as_ana(office)
    assert set(names(office.get("/teams"))) == {"Red", "Blue"}
    assert office.post("/teams/red/join", person="ben").status_code == 303
    office.get("/teams/red/remove", 403)
    assert office.post("/teams/red/remove").status_code == 403
    assert "/teams/blue/join" not in office.get("/teams/blue")
    office.get("/teams/blue/join?person=olga", 403)
    office.get(f"/teams/blue/leave?person={ben.id}", 403)
    assert office.post("/teams/blue/leave", person="ben").status_code == 403
    assert len(run(office.store.members("blue"))) == 2
    assert office.post("/teams/blue/leave", person=office.ana.id).headers["location"] == "/teams?done=leave"
    office.get("/teams/blue", 403)


def test_signing_is_stopped_with_a_reason_and_resumed(office: Office) -> None:
    place = "/operator/issuers"
    assert "/operator/issuers/stop?issuer=school" in office.get(place)
    assert "Stop signing for Reliability School?" in office.get(f"{place}/stop?issuer=school")
    missing = office.post(f"{place}/stop", issuer="school", reason="")
    assert missing.status_code == 400
    assert 'id="reason-fault"' in missing.text
    assert run(office.store.stops()) == []
    assert office.post(f"{place}/stop", issuer="school", reason="A key is <lost>").status_code == 303
    assert [(one.issuer, one.reason) for one in run(office.store.stops())] == [("school", "A key is <lost>")]
    page = office.get(place)
    assert "A key is &lt;lost&gt;" in page
    assert "/operator/issuers/resume?issuer=school" in page
    assert office.post(f"{place}/stop", issuer="", reason="All of it").status_code == 303
    assert "Nobody signs" in office.get(place)
    for issuer in ("", "school"):
        assert office.post(f"{place}/resume", issuer=issuer).status_code == 303
    assert run(office.store.stops()) == []
    assert office.post(f"{place}/resume", issuer="school").status_code == 409
    office.get(f"{place}/stop?issuer=nowhere", 404)
    office.get(f"{place}/explode", 404)


def test_an_owner_stops_their_own_issuer_and_no_other(office: Office) -> None:
    run(roles.grant(office.ports, "school", "ana", "owner"))
    as_ana(office)
    place = "/operator/issuers/stop"
    assert office.post(place, issuer="", reason="All of it").status_code == 403
    assert office.post(place, issuer="college", reason="Theirs").status_code == 403
    assert run(office.store.stops()) == []
    assert office.post(place, issuer="school", reason="Ours").headers["location"] == "/desk"
    assert [one.issuer for one in run(office.store.stops())] == ["school"]


def test_health_tells_of_log_keys_mail_and_settings_and_mail_is_tried_again(office: Office) -> None:
    office.shop.award()
    (waits,) = run(office.store.undelivered(9))
    page = office.get("/operator/health")
    assert "ana@example.org" in page
    assert "Waiting: 1, given up: 0" in page
    now = office.shop.world.now
    assert run(office.store.lease_parcel("mail", "a lease", now, now))
    assert run(office.store.give_up(waits.parcel.id, "a lease", now, "550 no such <mailbox>"))
    page = office.get("/operator/health")
    assert "Waiting: 0, given up: 1" in page
    assert "550 no such &lt;mailbox&gt;" in page
    assert office.post("/operator/health/retry", id="nothing").status_code == 404
    assert run(office.store.count_undelivered()) == (0, 1)
    assert office.post("/operator/health/retry", id=waits.parcel.id).status_code == 303
    assert run(office.store.count_undelivered()) == (1, 0)


def test_health_finds_what_the_doctor_finds(office: Office) -> None:
    world = office.shop.world
    page = office.get("/operator/health")
    for said in (
        "The database answers: engine memory.",
        "/home/of/it can be read by its owner only.",
        "953 MB are free on the disk",
        "its clock is kept in step",
        "The clock says 2026-",
        "There was no backup yet.",
        "There is no worker for unusual JSON-LD",
    ):
        assert said in page
    world.machine.open_files, world.machine.free = [("/home/of/it/kek", "600")], 2**20
    world.group_rules = (GroupRule("a", team="guild"), GroupRule("b", issuer="atlas", role="editor"))
    with Served(world.ports) as client:
        page = client.get("/operator/health", headers=office.headers).text
    for said in (
        "Others can read /home/of/it/kek. Do: chmod 600 /home/of/it/kek",
        "Make room: else nothing is written.",
        "name a team guild, and there is none",
        "name an issuer atlas, and there is none",
    ):
        assert said in page


def test_settings_in_force_are_shown_without_their_secrets(office: Office) -> None:
    smtp = "smtps://robot:hush@mail.example.org"
    given = {"EXCHANGE_SMTP_URL": smtp, "EXCHANGE_MAIL_FROM": "badges@example.org", "EXCHANGE_HOME": "/srv/x"}
    settings = Settings.from_environ(given, checkout=True).shown()
    with Served(replace(office.ports, settings=settings)) as client:
        page = client.get("/operator/health", headers=office.headers).text
    assert "smtps://robot:…@mail.example.org" in page
    assert "hush" not in page
    assert all(name in page for name in VARIABLES)


def test_a_profile_is_suspended_with_a_reason_that_its_person_reads(office: Office) -> None:
    place = f"/operator/people/{office.ana.id}/suspend-profile"
    assert 'name="reason"' in office.get(place)
    empty = office.post(place, reason="  ")
    assert empty.status_code == 400
    assert 'id="reason-fault"' in empty.text
    assert office.post(place, reason="Swaps <b>favours</b>.").status_code == 303
    page = office.get(f"/operator/people/{office.ana.id}?done=suspend-profile")
    assert "Swaps &lt;b&gt;favours&lt;/b&gt;." in page
    assert "/reinstate-profile" in page
    assert office.post(place, reason="Again.").status_code == 409
    operator = office.headers["cookie"]
    as_ana(office)  # she keeps her account
    for path in ("/account/endorsements", "/account/vouches"):
        assert "Swaps &lt;b&gt;favours&lt;/b&gt;." in office.get(path)
    assert "Swaps &lt;b&gt;favours&lt;/b&gt;." in office.get("/account/vouches/new", 403)
    office.headers["cookie"] = operator
    back = f"/operator/people/{office.ana.id}/reinstate-profile"
    assert f'action="{back}"' in office.get(back)
    assert office.post(back).status_code == 303
    assert "Swaps" not in office.get(f"/operator/people/{office.ana.id}")


def test_to_suspend_a_profile_an_operator_confirms_that_it_is_them(office: Office) -> None:
    place = f"/operator/people/{office.ana.id}/suspend-profile"
    office.shop.world.now += timedelta(minutes=11)
    asked = office.shop.client.get(place, headers=office.headers, follow_redirects=False)
    assert asked.status_code == 303
    assert "confirm" in asked.headers["location"]
    office.post(place, reason="Swaps favours.")
    assert run(office.store.person(office.ana.id)) == office.ana
