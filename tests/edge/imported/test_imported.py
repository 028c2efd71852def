"""Badges from elsewhere over HTTP: the pages of who keeps them, and the same for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from exchange.flows.badges.award import Awarded
from exchange.flows.imported.look_again import look_at_due
from exchange.flows.people.records import Address, Browser, Person
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.described import DescribedClient
from tests.edge.shop import PAGE
from tests.elsewhere import Elsewhere, other_world
from tests.flows.imported.test_imported import picture
from tests.simulator import World, run

PLACE, API = "/account/imported", "/api/imported"


@dataclass
class Site:
    """Ana and Ben, and another exchange."""

    world: World = field(init=False)
    elsewhere: Elsewhere = field(init=False)
    client: DescribedClient = field(init=False)

    def __post_init__(self) -> None:
        self.world, self.elsewhere = other_world()
        for id in ("ana", "ben"):
            known = [Address(f"{id}@example.org", id, self.world.now, is_primary=True)]
            run(self.world.store.put_person(Person(id, id.title(), self.world.now), known))
        self.client = DescribedClient(self.world.ports)

    def as_(self, id: str = "ana", page: bool = True) -> dict[str, str]:
        person = run(self.world.store.person(id))
        opened = run(open_session(self.world.ports, person, "link", Browser()))
        own = {"cookie": f"exchange_session={opened.session}", "sec-fetch-site": "same-origin"}
        return {**(PAGE if page else {"accept": "application/json"}), **own}

    def brought(self, data: bytes | None = None, badge: Awarded | None = None) -> str:
        """The id of one that Ana brought."""
        data = data or (badge or self.elsewhere.award()).signed
        headers = {**self.as_(page=False), "content-type": "application/octet-stream"}
        answer = self.client.post(API, headers=headers, content=data)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def later(self, **delta: float) -> None:
        self.world.later(**delta)
        self.elsewhere.at(self.world.now)


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_file_a_text_and_an_address_are_brought_by_one_form(site: Site) -> None:
    headers = site.as_()
    assert "Nothing brought yet." in site.client.get(PLACE, headers=headers).text
    one, two, three = (site.elsewhere.award() for _ in range(3))
    for how in (
        {"files": {"file": ("b.png", picture(one), "image/png")}},
        {"data": {"pasted": two.signed.decode()}},
        {"data": {"pasted": three.id}},
    ):
        done = site.client.post(PLACE, headers=headers, follow_redirects=False, **how)
        assert done.status_code == 303, done.text
        page = site.client.get(done.headers["location"], headers=headers).text
        for part in (
            "It is kept here now",
            "Genuine, by an issuer we do not know",
            "tone-note",
            "As it was found on",
            "Incident lead",
            "Proved by its domain",
        ):
            assert part in page
        assert "tone-good" not in page.partition('class="verdict')[2].partition("</section>")[0]
    listed = site.client.get(PLACE, headers=headers).text
    assert listed.count("Unknown issuer") == 3
    assert listed.count("/picture") == 1


def test_what_is_refused_says_why_and_keeps_what_was_pasted(site: Site) -> None:
    headers, badge = site.as_(), site.elsewhere.award()
    broken = badge.signed.replace(b"Incident", b"<b>dent</b>").decode()
    answer = site.client.post(PLACE, headers=headers, data={"pasted": broken})
    assert answer.status_code == 400
    assert "Not genuine" in answer.text
    assert "<b>dent" not in answer.text
    assert "&lt;b&gt;dent" in answer.text  # in the field
    theirs = site.elsewhere.award("mailto:zoe@example.org").signed.decode()
    answer = site.client.post(PLACE, headers=headers, data={"pasted": theirs})
    assert (answer.status_code, "add and verify that one" in answer.text) == (403, True)
    answer = site.client.post(PLACE, headers=headers, data={"pasted": ""})
    assert (answer.status_code, "Give one badge" in answer.text) == (400, True)
    for hostile in ("http://127.0.0.1/b", "https://[fd00::1]/b", "<svg onload=alert(1)>", "[" * 5000):
        answer = site.client.post(PLACE, headers=headers, data={"pasted": hostile})
        assert answer.status_code == 400
        assert "<svg onload" not in answer.text
    assert site.world.store._imported == {}


def test_names_in_a_badge_are_text(site: Site) -> None:
    evil = "<script>alert(1)</script>"
    badge = site.elsewhere.award(narrative=evil, evidence=("https://e.example/?<i>".replace("<i>", "i"),))
    key = site.brought(badge=badge)
    page = site.client.get(f"{PLACE}/{key}", headers=site.as_()).text
    assert evil not in page
    assert 'href="https://e.example/?i"' in page


def test_it_is_seen_by_its_keeper_alone(site: Site) -> None:
    key = site.brought(picture(site.elsewhere.award()))
    for path in (f"{PLACE}/{key}", f"{PLACE}/{key}/file", f"{PLACE}/{key}/picture", f"{API}/{key}"):
        assert site.client.get(path, headers=site.as_()).status_code == 200
        none = site.client.get(path.replace(key, "none"), headers=site.as_("ben", page=False))
        other = site.client.get(path, headers=site.as_("ben", page=False))
        assert other.status_code == none.status_code == 404
        assert other.json()["code"] == none.json()["code"] == "unknown_imported"
        assert site.client.get(path, headers={"accept": "application/json"}).status_code == 401
    for path in (f"{PLACE}/{key}/look", f"{PLACE}/{key}/remove", f"{API}/{key}/look"):
        assert site.client.post(path, headers=site.as_("ben", page=False)).status_code == 404
    assert site.client.delete(f"{API}/{key}", headers=site.as_("ben", page=False)).status_code == 404
    assert site.client.get(f"{PLACE}/{key}", headers=site.as_()).status_code == 200


def test_the_file_is_saved_and_never_shown(site: Site) -> None:
    badge = site.elsewhere.award()
    for data, kind in ((badge.svg, "image/svg+xml"), (badge.signed, "application/vc")):
        key = site.brought(data)
        answer = site.client.get(f"{PLACE}/{key}/file", headers=site.as_())
        assert (answer.content, answer.headers["content-type"]) == (data, kind)
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-cache"


def test_a_revocation_is_found_by_itself_and_by_the_button(site: Site) -> None:
    one, two = site.elsewhere.award(), site.elsewhere.award()
    first, second = site.brought(badge=one), site.brought(badge=two)
    for badge in (one, two):
        site.elsewhere.revoke(badge)
    site.later(minutes=1)
    done = site.client.post(f"{PLACE}/{first}/look", headers=site.as_(), follow_redirects=False)
    assert done.headers["location"] == f"{PLACE}/{first}?done=looked"
    page = site.client.get(f"{PLACE}/{first}", headers=site.as_()).text
    assert "It was taken back for good by its issuer." in page
    assert "Unknown issuer" in site.client.get(PLACE, headers=site.as_()).text  # the other, for some minutes
    site.later(minutes=15)
    run(look_at_due(site.world.ports))
    assert site.client.get(f"{API}/{second}", headers=site.as_(page=False)).json()["state"] == "revoked"
    for _ in range(5):
        last = site.client.post(f"{PLACE}/{second}/look", headers=site.as_(), follow_redirects=False)
    assert last.status_code == 303
    last = site.client.post(f"{PLACE}/{second}/look", headers=site.as_(), follow_redirects=False)
    assert (last.status_code, "retry-after" in last.headers) == (429, True)


def test_what_nobody_could_look_at_for_a_day_is_not_called_good(site: Site) -> None:
    key = site.brought()
    site.elsewhere.away = True
    site.later(hours=1)
    run(look_at_due(site.world.ports))
    page = site.client.get(f"{PLACE}/{key}", headers=site.as_()).text
    assert "Genuine, by an issuer we do not know" in page
    assert "The last look, on" in page
    site.later(hours=24)
    page = site.client.get(f"{PLACE}/{key}", headers=site.as_()).text
    assert "Cannot tell any more" in page
    assert "tone-unsure" in page
    assert "Genuine, by" not in page


def test_doubts_have_words_of_their_own(site: Site) -> None:
    unnamed = site.elsewhere.award("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
    page = site.client.get(f"{PLACE}/{site.brought(badge=unnamed)}", headers=site.as_()).text
    assert "Cannot tell whose it is" in page
    site.elsewhere.away = True
    page = site.client.get(f"{PLACE}/{site.brought()}", headers=site.as_()).text
    assert "A badge that could not be read yet" in page
    assert "No look at it could tell so far." in page


def test_removing_asks_first(site: Site) -> None:
    key = site.brought()
    assert "It is forgotten here" in site.client.get(f"{PLACE}/{key}/remove", headers=site.as_()).text
    done = site.client.post(f"{PLACE}/{key}/remove", headers=site.as_(), follow_redirects=False)
    assert done.headers["location"] == f"{PLACE}?done=imported-removed"
    assert site.client.get(f"{PLACE}/{key}", headers=site.as_()).status_code == 404


def test_programs_of_its_keeper_do_the_same(site: Site) -> None:
    headers, badge = site.as_(page=False), site.elsewhere.award()
    made = site.client.post(API, headers=headers, json={"credential": badge.signed.decode()})
    assert made.status_code == 201
    one = made.json()
    assert made.headers["location"].endswith(f"{API}/{one['id']}")
    assert (one["state"], one["recipient"], one["issuer"]["known"]) == ("valid", "yours", False)
    assert one["checkedAt"] == "2026-11-21T09:30:00Z"
    again = site.client.post(API, headers=headers, json={"url": badge.id})
    assert again.json()["id"] == one["id"]
    assert site.client.get(API, headers=headers).json()["imported"] == [again.json()]
    assert site.client.post(f"{API}/{one['id']}/look", headers=headers).json()["state"] == "valid"
    picky = {"credential": badge.signed.decode(), "recipient": "ben@example.org"}
    assert site.client.post(API, headers=headers, json=picky).json()["code"] == "unknown_member"
    assert site.client.delete(f"{API}/{one['id']}", headers=headers).json()["id"] == one["id"]
    assert site.client.get(API, headers=headers).json()["imported"] == []


def test_no_token_and_no_other_site_does(site: Site) -> None:
    key = site.brought()
    _, secret = run(tokens.add(site.world.ports, "ana", "a program", ("read", "people")))
    token = {"authorization": f"Bearer {secret}", "accept": "application/json"}
    cross = {**site.as_(page=False), "sec-fetch-site": "cross-site"}
    calls: list[tuple[str, str, Any]] = [
        ("GET", API, None),
        ("GET", f"{API}/{key}", None),
        ("POST", API, b"{}"),
        ("POST", f"{API}/{key}/look", None),
        ("DELETE", f"{API}/{key}", None),
        ("GET", f"{PLACE}/{key}/file", None),
    ]
    for method, path, content in calls:
        more = {"content-type": "application/json"} if content else {}
        answer = site.client.request(method, path, headers={**token, **more}, content=content)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted"), path
        if method != "GET":
            answer = site.client.request(method, path, headers={**cross, **more}, content=content)
            assert answer.json()["code"] == "cross_site_request"
