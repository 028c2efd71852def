"""What is signed of a link: its holder's pages, the same for programs, and what a reader is then given."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.flows.badges.status import revoke
from tests.edge.portfolios.site import JSON, Site
from tests.simulator import run

ACCOUNT = "/account/portfolios"


class Signed(Site):
    """Ben, with a key in his browser, and a link to everything."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.key = self.ben.make_key()
        self.kept = self.everything(points=())
        self.link, self.secret = self.share(self.kept)
        self.page = f"{ACCOUNT}/{self.kept.id}/links/{self.link.id}/signed"
        self.api = f"/api/portfolios/{self.kept.id}/links/{self.link.id}"

    def taken(self, file: str) -> Any:
        return self.client.get(f"/p/{self.secret}/as/{file}", headers={"accept": "*/*"})

    def look(self, **fields: str) -> Any:
        return self.post(f"{self.page}/look", {"did": self.key.did, "days": "30", **fields})

    def signed_form(self, page: str) -> dict[str, str]:
        """What the browser sends of the page that shows what is signed."""
        (message,) = re.findall(r'data-message="([^"]*)"', page)
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        return {
            **{name: unescape(value) for name, value in fields.items()},
            "signature": self.key.sign(message.encode()),
        }

    def verified(self, raw: bytes, query: str = "") -> Any:
        headers = {"content-type": "text/plain"}
        return self.client.post(f"/api/verify{query}", content=raw, headers=headers).json()


@pytest.fixture
def site() -> Signed:
    return Signed()


def test_a_presentation_is_looked_at_signed_and_given_out(site: Signed) -> None:
    assert site.taken("presentation.jwt").json()["code"] == "no_copy"
    links = site.get(f"{ACCOUNT}/{site.kept.id}/links").text
    assert f'href="{site.page}"' in links
    first = site.get(site.page).text
    assert "A presentation signed by you" in first
    assert site.key.did in unescape(first)
    seen = site.look()
    assert seen.status_code == 200
    assert "Ben Holder" in seen.text
    assert "Incident lead" in seen.text
    done = site.post(f"{site.page}/sign", site.signed_form(seen.text))
    assert (done.status_code, done.headers["location"]) == (303, f"{site.page}?done=presentation-signed")
    after = site.get(done.headers["location"]).text
    assert "It is signed by you" in after
    assert f'href="{site.page}/presentation"' in after
    token = site.taken("presentation.jwt")
    assert token.headers["content-type"] == "application/vp+jwt"
    assert site.get(f"{site.page}/presentation").content == token.content
    said = site.verified(token.content)
    assert (said["outcome"], said["endorser"]["name"]) == ("valid", "Ben Holder")
    reader = site.client.get(f"/p/{site.secret}", headers={"accept": "text/html"}).text
    assert "signed the documents as a whole" in reader
    assert "Nobody signed the documents" not in reader
    pdf = site.taken("portfolio.pdf").text
    assert "EnvelopedVerifiablePresentation" in pdf
    page = site.client.post(
        "/verify",
        data={"pasted": token.text},
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
    ).text
    assert "4 of 4 stand" in page
    assert "Ben Holder signed the whole, with a key of their own." in unescape(page)


def test_an_answer_is_for_its_reader_alone(site: Signed) -> None:
    form = site.signed_form(site.look(domain="hr.example", challenge="4711").text)
    assert (form["domain"], form["challenge"]) == ("hr.example", "4711")
    assert site.post(f"{site.page}/sign", form).status_code == 303
    token = site.get(f"{site.page}/answer").content
    assert site.taken("presentation.jwt").status_code == 404
    assert site.verified(token, "?domain=hr.example&challenge=4711")["outcome"] == "valid"
    assert site.verified(token, "?domain=hr.example&challenge=12")["outcome"] == "invalid"
    page = site.client.post(
        "/verify",
        data={"pasted": token.decode(), "domain": "hr.example", "challenge": "12"},
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
    ).text
    assert "tone-good" not in page.partition("Inside it")[0]


@pytest.mark.parametrize("changed", ["did", "made", "signature", "challenge"])
def test_what_was_changed_on_the_way_is_not_kept(site: Signed, changed: str) -> None:
    form = site.signed_form(site.look().text)
    form[changed] = {"made": "2026-11-21T09:29:59+00:00", "challenge": "x"}.get(changed, "")
    answer = site.post(f"{site.page}/sign", form)
    assert answer.status_code in (400, 409)
    assert site.taken("presentation.jwt").status_code == 404


def test_without_a_key_nothing_is_looked_at(site: Signed) -> None:
    answer = site.look(did="")
    assert answer.status_code == 400
    assert "takes a key of your own" in answer.text


def test_a_record_is_made_at_its_holders_request_and_given_out(site: Signed) -> None:
    assert site.taken("clr.json").json()["code"] == "no_copy"
    assert site.taken("clr.json").headers["cache-control"] == "no-store"
    done = site.post(f"{site.page}/record")
    assert done.headers["location"] == f"{site.page}?done=record-signed"
    answer = site.taken("clr.json")
    assert answer.headers["content-type"] == "application/vc"
    assert "noindex" in answer.headers["x-robots-tag"]
    said = site.verified(answer.content)
    assert (said["kind"], said["outcome"], len(said["endorsements"])) == ("clr", "valid", 3)
    assert site.taken("clr.json").content == answer.content
    assert "as/clr.json" in site.client.get(f"/p/{site.secret}", headers={"accept": "text/html"}).text
    page = site.client.post(
        "/verify",
        data={"pasted": answer.text},
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
    ).text
    assert "3 of 3 stand" in page
    run(revoke(site.ports, site.first, "Wrong person"))
    assert site.taken("clr.json").json()["code"] == "no_copy"
    assert "Out of date" in site.get(site.page).text
    page = site.client.post(
        "/verify",
        data={"pasted": answer.text},
        headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
    ).text
    assert "2 of 3 stand" in page
    assert "tone-good" not in page.partition("Inside it")[0]


def test_programs_do_the_same(site: Signed) -> None:
    made = site.send(f"{site.api}/record")
    assert (made.status_code, made.json()["kind"]) == (201, "record")
    ready = site.send(f"{site.api}/presentation/prepare", {"did": site.key.did, "days": 7})
    assert ready.status_code == 200
    signature = site.key.sign(ready.json()["message"].encode())
    body = {"did": site.key.did, "days": 7, "made": ready.json()["made"], "signature": signature}
    kept = site.send(f"{site.api}/presentation", body)
    assert (kept.status_code, kept.json()["kind"]) == (201, "presentation")
    for kind, file in (("record", "clr.json"), ("presentation", "presentation.jwt")):
        mine = site.get(f"{site.api}/copies/{kind}", **JSON)
        assert mine.content == site.taken(file).content
    assert site.get(f"{site.api}/copies/answer", **JSON).json()["code"] == "no_copy"
    assert site.get(f"{site.api}/copies/other", **JSON).json()["code"] == "no_copy"
    wrong = site.send(f"{site.api}/presentation", {**body, "days": 8})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "presentation_changed")
    assert site.send(f"{site.api}/presentation", {**body, "made": "now"}).json()["code"] == "date_malformed"


def test_nobody_else_has_anything_signed(site: Signed) -> None:
    ana = site.ana
    for path, body in (
        ("record", None),
        ("presentation/prepare", {"did": site.key.did}),
        ("presentation", {"did": site.key.did, "made": "2026-11-21T09:30:00Z", "signature": "x"}),
    ):
        answer = site.send(f"{site.api}/{path}", body, ana)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_portfolio")
    theirs = {**site.as_(ana), **JSON}
    assert site.client.get(f"{site.api}/copies/record", headers=theirs).status_code == 404
    assert site.taken("clr.json").status_code == 404


def test_a_badge_from_elsewhere_says_that_its_file_goes_along_whole(site: Signed) -> None:
    from tests.edge.portfolios.test_brought import bring

    bring(site, site.ben)
    page = site.get(f"{ACCOUNT}/{site.kept.id}").text
    assert page.count("Its file goes along whole") == 1
    presentation = strict_json.parse(site.taken("presentation.json").content)
    assert isinstance(presentation, dict)
