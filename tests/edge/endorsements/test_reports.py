"""Reports over HTTP: the form for everybody, the owner's list, what an operator gets, and programs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.flows.endorsements.profiles import profile_of
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.endorsements.show import show
from exchange.flows.people.roles import grant
from exchange.flows.sign_in import tokens
from tests.edge.endorsements.test_endorsements import Site
from tests.edge.shop import PAGE
from tests.endorsing import Peer
from tests.simulator import run

DESK = "/desk/issuers/school/reports"
SAID = {"reason": "untrue", "note": "<b>Never</b> happened."}


class Court(Site):
    """Ben's endorsement of Ana's badge is shown; Olga owns the school, Otto runs the exchange."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.made: Endorsement = self.ben.endorse(self.badge, "Kept everybody calm.")
        run(show(self.ana.ports, self.made.id))
        self.olga, self.otto = self.peer("Olga Owner"), self.peer("Otto Operator")
        run(grant(self.ports, "school", self.olga.person.id, "owner"))
        known = self.world.store._people[self.otto.person.id]
        self.world.store._people[known.id] = replace(known, operator=True)
        self.form = f"/report/endorsement/{self.made.id}"

    def post(self, path: str, who: Peer | None = None, **fields: str) -> int:
        headers = self.as_(who) if who else {**PAGE, "sec-fetch-site": "same-origin"}
        answer = self.client.post(path, headers=headers, data=fields, follow_redirects=False)
        return int(answer.status_code)

    def get(self, path: str, who: Peer | None = None) -> str:
        return str(self.client.get(path, headers=self.as_(who) if who else PAGE).text)

    def id(self) -> str:
        (one,) = self.world.store._reports.values()
        return one.id


@pytest.fixture
def court() -> Court:
    return Court()


def test_without_an_account_it_is_reported_and_its_owner_hides_it(court: Court) -> None:
    assert court.form in court.get(f"/badges/{court.badge}")
    assert "Kept everybody calm" in court.get(f"/badges/{court.badge}")
    form = court.get(court.form)
    assert 'name="email"' not in form
    assert court.post(court.form, note="x") == 400
    assert court.post(court.form, **SAID) == 303
    assert "Nobody is shown who reported it" in court.get(f"{court.form}?done=report")
    page = court.get(DESK, court.olga)
    assert "&lt;b&gt;Never&lt;/b&gt; happened." in page
    place = f"/desk/reports/{court.id()}/hide"
    assert f'action="{place}"' in court.get(place, court.olga)
    assert court.post(place, court.olga) == 400
    assert court.post(place, court.olga, reason="Not true indeed.") == 303
    assert "Kept everybody calm" not in court.get(f"/badges/{court.badge}")
    assert court.client.get(f"/badges/{court.badge}/endorsements").json() == {"endorsements": []}
    assert "Not true indeed." in court.get("/account/endorsements", court.ana)
    theirs = court.get("/account/endorsements", court.ben)
    assert "Not displayed" in theirs
    assert "Not true indeed." not in theirs + court.get(f"/account/endorsements/{court.made.id}", court.ben)
    assert court.id() not in court.get(DESK, court.olga)
    assert court.id() in court.get(f"{DESK}?settled=yes", court.olga)
    assert court.client.get(court.form, headers=PAGE).status_code == 404


def test_what_is_handed_over_reaches_the_operator_who_finds_the_profile(court: Court) -> None:
    assert court.post(court.form, court.ana, **SAID) == 303
    assert "Kept everybody" not in court.get("/operator/reports", court.otto)
    assert court.post(f"/desk/reports/{court.id()}/hand-over", court.olga, reason="Everywhere.") == 303
    page = court.get("/operator/reports", court.otto)
    assert f"/operator/people/{court.ben.person.id}" in page
    assert court.ana.person.id not in page
    assert court.post(f"/desk/reports/{court.id()}/dismiss", court.otto) == 303
    assert "Nothing is reported." in court.get("/operator/reports", court.otto)


def test_what_is_about_no_issuers_badge_is_decided_on_the_operators_page(court: Court) -> None:
    profile = run(profile_of(court.ports, court.ana.person.id))
    made = court.ben.endorse(profile, "Talks behind your back.", kind="profile")
    run(show(court.ana.ports, made.id))
    assert court.post(f"/report/endorsement/{made.id}", **SAID) == 303
    list, decided = "/operator/reports", "/operator/reports?settled=yes"
    place = f"/desk/reports/{court.id()}"
    page = court.get(list, court.otto)
    assert f"{place}/hide" in page
    assert f"{place}/hand-over" not in page
    assert court.post(f"{place}/hide", court.olga, reason="Mine.") == 403
    assert 'href="/operator/reports"' in court.get(f"{place}/hide", court.otto)
    assert court.post(f"{place}/hide", court.otto, reason="No gossip.") == 303
    assert court.id() not in court.get(list, court.otto)
    page = court.get(decided, court.otto)
    assert "No gossip." in page
    assert f"{place}/dismiss" in page
    _, secret = run(tokens.add(court.ports, court.otto.person.id, "desk", ["people"], None))
    headers = {"authorization": f"Bearer {secret}"}
    assert court.client.get("/api/reports", headers=headers).json() == {"reports": []}
    old = court.client.get("/api/reports?settled=yes", headers=headers).json()
    assert [(one["state"], one["issuer"]) for one in old["reports"]] == [("hidden", "")]
    wrong = court.client.get("/api/reports?settled=no", headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "settled_unknown")
    assert court.client.post(f"/api{place[5:]}/dismiss", json={}, headers=headers).status_code == 200
    assert "Talks behind your back." in court.get(decided, court.otto)


def test_a_program_reports_lists_and_decides(court: Court) -> None:
    _, secret = run(tokens.add(court.ports, court.olga.person.id, "desk", ["people"], None))
    headers = {"authorization": f"Bearer {secret}"}
    body = {"kind": "endorsement", "key": court.made.id, "reason": "insulting"}
    for _ in range(2):
        answer = court.client.post("/api/reports", json=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"reported": True})
    wrong = court.client.post("/api/reports", json={**body, "reason": "boring"}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "reason_unknown")
    answer = court.client.get("/api/issuers/school/reports", headers=headers)
    (one,) = answer.json()["reports"]
    assert (one["state"], one["about"].rpartition("/")[2]) == ("open", court.made.id)
    assert court.olga.person.id not in answer.text
    place = f"/api/reports/{one['id']}"
    assert court.client.post(f"{place}/hide", json={}, headers=headers).json()["code"] == "reason_missing"
    done = court.client.post(f"{place}/hide", json={"reason": "No insults."}, headers=headers).json()
    assert (done["state"], done["answer"]) == ("hidden", "No insults.")
    assert court.client.get("/api/issuers/school/reports", headers=headers).json() == {"reports": []}
    old = court.client.get("/api/issuers/school/reports?settled=yes", headers=headers).json()
    assert [one["state"] for one in old["reports"]] == ["hidden"]
    assert court.client.post(f"{place}/bury", json={}, headers=headers).json()["code"] == "unknown_act"
    assert court.client.get("/api/reports", headers=headers).status_code == 403
