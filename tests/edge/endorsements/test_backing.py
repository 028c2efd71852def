"""Endorsements by issuers over HTTP: beside what is endorsed, at the desk, and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from exchange.flows.badges.verify import verify
from exchange.flows.endorsements import as_issuer
from exchange.flows.endorsements.as_issuer import Words
from exchange.flows.issuers.sync import sync
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.records import Browser, Grant, Person
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.described import DescribedClient
from tests.edge.shop import LEAD, PAGE, SCHOOL
from tests.simulator import World, run

LINE = "As good as <b>ours</b>."
BADGE = "school/incident-lead"
SHOWN = "/achievements/school/incident-lead/1"
SAME_SITE = {"sec-fetch-site": "same-origin"}


@dataclass
class Street:
    """A school and a college, and a client of their exchange."""

    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        college = replace(SCHOOL, slug="college", profile={**SCHOOL.profile, "name": "College"})
        run(sync(self.world.ports, [SCHOOL, college]))
        self.ports = self.world.ports
        self.client = DescribedClient(self.ports)
        self.ann = self.person(("college", "editor"))
        self.olga = self.person(("school", "owner"))

    def person(self, grant: tuple[str, str]) -> str:
        id = self.ports.new_id()
        run(self.ports.store.put_person(Person(id, "Somebody", self.world.now)))
        given = Grant(grant[0], grant[1], id)  # type: ignore[arg-type]
        assert run(self.ports.store.put_grant(given, role_leaf(given, self.world.now, self.ports.new_salt())))
        return id

    def as_(self, id: str) -> dict[str, str]:
        person = run(self.ports.store.person(id))
        assert person is not None
        opened = run(open_session(self.ports, person, "link", Browser()))
        return {**PAGE, **SAME_SITE, "cookie": f"exchange_session={opened.session}"}

    def token(self, id: str, scope: str) -> dict[str, str]:
        _, secret = run(tokens.add(self.ports, id, "a program", [scope]))
        return {"authorization": f"Bearer {secret}"}

    def endorse(self, subject: str = BADGE, line: str = LINE, **more: Any) -> str:
        return run(as_issuer.endorse(self.ports, "college", Words(subject, line, **more))).id

    def listed(self, path: str = SHOWN) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"{path}/endorsements").json()["endorsements"]
        return found


@pytest.fixture
def street() -> Street:
    return Street()


def test_it_is_shown_with_the_achievement_and_the_achievement_stays_as_it_was(street: Street) -> None:
    before = street.client.get(SHOWN)
    key = street.endorse()
    page = street.client.get(SHOWN, headers=PAGE).text
    assert "As good as &lt;b&gt;ours&lt;/b&gt;." in page
    assert "An issuer of this exchange" in page
    assert f"/endorsements/{key}" in page
    assert LINE not in page
    assert street.client.get(SHOWN).content == before.content
    answer = street.client.get(f"{SHOWN}/endorsements", headers={"origin": "https://else.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    (one,) = answer.json()["endorsements"]
    assert (one["state"], one["source"], one["line"]) == ("active", "issuer", LINE)
    assert (one["issuer"]["slug"], one["kind"]) == ("college", "achievement")
    assert one["about"] == before.json()["id"]
    assert street.listed("/issuers/school") == []
    run(as_issuer.withdraw(street.ports, key, "A secret reason"))
    (gone,) = street.listed()
    assert (gone["state"], "line" in gone, "endedAt" in gone) == ("withdrawn", False, True)
    page = street.client.get(SHOWN, headers=PAGE).text
    assert "Withdrawn" in page
    assert "As good as" not in page
    assert "secret reason" not in page + street.client.get(f"/endorsements/{key}", headers=PAGE).text


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "jwt"])
def test_a_profile_carries_those_that_stand_as_open_badges_has_it(street: Street, proof: str) -> None:
    bare = street.client.get("/issuers/school").json()
    key = street.endorse("school", proof=proof)
    profile = street.client.get("/issuers/school").json()
    member = "endorsementJwt" if proof == "jwt" else "endorsement"
    (carried,) = profile.pop(member)
    assert profile == bare
    served = street.client.get(f"/endorsements/{key}")
    assert served.headers["content-type"] == ("application/vc+jwt" if proof == "jwt" else "application/vc")
    assert carried == (served.text if proof == "jwt" else served.json())
    assert run(verify(street.ports, served.content)).outcome == "valid"
    run(as_issuer.hide(street.ports, key))
    assert street.client.get("/issuers/school").json() == bare
    run(as_issuer.show(street.ports, key))
    run(as_issuer.withdraw(street.ports, key))
    assert street.client.get("/issuers/school").json() == bare
    assert "Withdrawn" in street.client.get("/issuers/school", headers=PAGE).text


def test_a_form_sent_twice_is_one_and_what_is_wrong_is_said_beside_it(street: Street) -> None:
    headers, place = street.as_(street.ann), "/desk/issuers/college/endorsements"
    empty = street.client.get(place, headers=headers).text
    assert "It endorses nobody yet." in empty
    assert '<option value="college' not in empty  # its own
    form = {"subject": f"{BADGE}@1", "line": LINE, "text": "**More**", "once": "a-key"}
    for _ in range(2):
        answer = street.client.post(place, headers=headers, data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{place}?done=endorsed")
    assert len(street.listed()) == 1
    assert "<strong>More</strong>" in street.client.get(SHOWN, headers=PAGE).text
    bad = street.client.post(place, headers=headers, data={**form, "line": "x" * 141, "once": "b"})
    assert bad.status_code == 400
    assert "x" * 141 in bad.text
    assert len(street.listed()) == 1
    elsewhere = {**headers, "sec-fetch-site": "cross-site"}
    assert street.client.post(place, headers=elsewhere, data=form).status_code == 403
    assert street.client.post(place, headers=street.as_(street.olga), data=form).status_code == 403


def test_it_is_withdrawn_in_two_clicks_with_a_reason_or_without(street: Street) -> None:
    key, headers = street.endorse(), street.as_(street.ann)
    place = "/desk/issuers/college/endorsements"
    assert f'href="{place}/{key}/withdraw"' in street.client.get(place, headers=headers).text
    ask = street.client.get(f"{place}/{key}/withdraw", headers=headers).text
    assert f'action="{place}/{key}/withdraw"' in ask
    assert " required" not in ask.partition('name="reason"')[2].partition(">")[0]
    done = street.client.post(
        f"{place}/{key}/withdraw", headers=headers, data={"reason": ""}, follow_redirects=False
    )
    assert (done.status_code, done.headers["location"]) == (303, f"{place}?done=unendorsed")
    assert [one["state"] for one in street.listed()] == ["withdrawn"]
    again = street.client.post(f"{place}/{key}/withdraw", headers=headers, data={})
    assert again.status_code == 409


def test_its_owner_hides_it_and_the_endorser_learns_only_that(street: Street) -> None:
    key, headers = street.endorse(), street.as_(street.olga)
    place = "/desk/issuers/school/endorsements"
    assert f'action="{place}/{key}/hide"' in street.client.get(place, headers=headers).text
    done = street.client.post(f"{place}/{key}/hide", headers=headers, follow_redirects=False)
    assert done.headers["location"] == f"{place}?done=hidden"
    assert street.listed() == []
    assert "As good as" not in street.client.get(SHOWN, headers=PAGE).text
    seen = street.client.get("/desk/issuers/college/endorsements", headers=street.as_(street.ann)).text
    assert "Not displayed" in seen
    assert f"/{key}/show" not in seen
    assert street.client.post(f"{place}/{key}/burn", headers=headers).status_code == 404
    street.client.post(f"{place}/{key}/show", headers=headers)
    assert len(street.listed()) == 1


def test_a_program_endorses_once_and_reads_hides_and_withdraws_it(street: Street) -> None:
    place = "/api/issuers/college/endorsements"
    ann = street.token(street.ann, "award")
    body = {"subject": street.ports.base_url + SHOWN, "line": LINE, "proof": "jwt"}
    once = {**ann, "idempotency-key": "one"}
    made = street.client.post(place, json=body, headers=once)
    assert made.status_code == 201, made.text
    assert street.client.post(place, json=body, headers=once).json() == made.json()
    other = street.client.post(place, json={**body, "line": "Else."}, headers=once)
    assert other.status_code == 422
    key = made.json()["id"].rpartition("/")[2]
    assert street.client.get(place, headers=ann).json() == {"given": [made.json()], "received": []}
    theirs = "/api/issuers/school/endorsements"
    owner = street.token(street.olga, "design")
    assert street.client.post(f"{theirs}/{key}/hide", headers=ann).status_code == 403
    hidden = street.client.post(f"{theirs}/{key}/hide", headers=owner)
    assert hidden.json() == {**made.json(), "displayed": False}
    assert street.client.post(f"{theirs}/{key}/show", headers=owner).json() == made.json()
    assert street.client.post(f"{place}/{key}/hide", headers=owner).status_code == 403
    assert street.client.post(f"{theirs}/{key}/withdraw", json={}, headers=owner).status_code == 403
    for body, code in (
        ({"subject": "college", "line": LINE}, "own_subject"),
        ({"subject": BADGE, "line": ""}, "line_missing"),
        ({"subject": BADGE, "line": LINE, "proof": "rsa"}, "unknown_proof"),
        ({"subject": "school/nothing", "line": LINE}, "unknown_achievement"),
        ({"subject": BADGE, "line": LINE, "more": ""}, "unknown_member"),
    ):
        assert street.client.post(place, json=body, headers=ann).json()["code"] == code
    gone = street.client.post(f"{place}/{key}/withdraw", json={}, headers=ann)
    assert (gone.status_code, gone.json()["state"]) == (200, "withdrawn")
    again = street.client.post(f"{place}/{key}/withdraw", json={"reason": "x"}, headers=ann)
    assert again.json()["code"] == "endorsement_over"


def test_a_newer_version_tells_that_an_earlier_one_was_endorsed(street: Street) -> None:
    key = street.endorse()
    newer = replace(LEAD, description="Leads better.", source='{"a": 2}')
    run(sync(street.ports, [replace(SCHOOL, badges=(newer,))]))
    for path in (SHOWN, "/achievements/school/incident-lead/2", f"/endorsements/{key}"):
        assert "Endorsed an earlier version" in street.client.get(path, headers=PAGE).text, path
    assert [one["earlierVersion"] for one in street.listed()] == [True]
