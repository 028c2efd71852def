"""Endorsements over HTTP: what everybody may read, and what only its person may do, in a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from exchange.core import strict_json
from exchange.core.log.evidence import check_evidence, peek_evidence
from exchange.core.log.proof import check_log_proof
from exchange.flows.badges.status import suspend
from exchange.flows.endorsements.ask import Wish, ask
from exchange.flows.endorsements.show import hide, show
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.log.about import proof_of
from exchange.flows.log.log import checkpoint, log_key
from exchange.flows.people.people import reinstate_profile, suspend_profile
from exchange.flows.people.records import Browser
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.described import DescribedClient
from tests.edge.shop import PAGE
from tests.endorsing import EndorsingTown, Peer
from tests.simulator import run

SAME_SITE = {"sec-fetch-site": "same-origin"}


@dataclass
class Site(EndorsingTown):
    """The same company, with its web application."""

    client: DescribedClient = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.client = DescribedClient(self.world.ports)
        self.ana, self.ben = self.peer("Ana Holder"), self.peer("Ben Peer")
        self.ben.make_key()
        self.badge = self.award().key

    def as_(self, peer: Peer) -> dict[str, str]:
        opened = run(open_session(self.ports, peer.person, "link", Browser()))
        return {**PAGE, **SAME_SITE, "cookie": f"exchange_session={opened.session}"}


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_program_reads_what_is_shown_and_how_it_stands(site: Site) -> None:
    path = f"/badges/{site.badge}/endorsements"
    assert site.client.get(path).json() == {"endorsements": []}
    made = site.ben.endorse(site.badge, text="More.", evidence=("https://example.org/a",))
    assert site.client.get(path).json() == {"endorsements": []}
    run(show(site.ana.ports, made.id))
    answer = site.client.get(path, headers={"origin": "https://else.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=3"
    (one,) = answer.json()["endorsements"]
    assert (one["state"], one["signedBy"], one["line"]) == ("active", "endorser", "Kept everybody calm.")
    assert one["endorser"]["name"] == "Ben Peer"
    assert site.ben.person.id not in answer.text
    assert "ben@example.org" not in answer.text
    again = site.client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    run(withdraw(site.ben.ports, made.id, "A secret reason"))
    gone = site.client.get(path)
    assert "calm" not in gone.text
    assert "secret reason" not in gone.text
    assert "secret reason" not in site.client.get(f"/endorsements/{made.id}", headers=PAGE).text
    (tombstone,) = gone.json()["endorsements"]
    assert tombstone["state"] == "withdrawn"
    assert "withdrawnAt" in tombstone
    run(hide(site.ana.ports, made.id))
    assert site.client.get(path).json() == {"endorsements": []}


def test_an_endorsement_is_a_jwt_or_a_page_by_accept_and_no_badge(site: Site) -> None:
    made = site.ben.endorse(site.badge, "<b>Bold</b> words.")
    path = f"/endorsements/{made.id}"
    answer = site.client.get(path)
    assert answer.headers["content-type"] == "application/vc+jwt"
    assert answer.content == made.signed
    page = site.client.get(path, headers=PAGE)
    assert "&lt;b&gt;Bold&lt;/b&gt; words." in page.text
    assert site.client.get(f"/badges/{made.id}").status_code == 404
    assert site.client.get(f"/badges/{made.id}.jwt").status_code == 404
    assert site.client.get(f"/endorsements/{site.badge}").json()["code"] == "unknown_endorsement"
    draft = site.ben.draft(site.badge)
    assert site.client.get(f"/endorsements/{draft.id}").status_code == 404
    (key,) = run(site.ports.store.endorser_keys(site.ben.person.id))
    credential = site.client.get(f"/endorsements/{key.credential}", headers=PAGE)
    assert "This key is that of Ben Peer" in credential.text


def test_an_endorsement_says_where_its_proof_is_and_that_names_no_account(site: Site) -> None:
    made = site.ben.endorse(site.badge)
    run(checkpoint(site.ports))
    path = f"/endorsements/{made.id}"
    link = site.client.get(path).headers["link"]
    assert link.startswith(f'<{site.ports.base_url}{path}/log-proof>; rel="related"')
    answer = site.client.get(f"{path}/log-proof", headers={"origin": "https://else.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    proof = answer.json()
    assert {"content", "salt"}.isdisjoint(proof)
    verifier, _ = run(log_key(site.ports))
    assert {one.code for one in check_log_proof(proof, [verifier])} >= {"checkpoint_ok", "inclusion_ok"}
    page = site.client.get(path, headers=PAGE).text
    assert f"<strong>entry {proof['index']}</strong>" in page
    assert f'href="{path}/log-proof"' in page
    (key,) = run(site.ports.store.endorser_keys(site.ben.person.id))
    assert site.client.get(f"/endorsements/{key.credential}/log-proof").status_code == 200
    whole = run(proof_of(site.ben.ports, proof["index"])).to_json()
    files = [peek_evidence("p", strict_json.dump(whole)), peek_evidence("e", made.signed or b"")]
    assert {one.code: one.level for one in check_evidence(files, [verifier])}["badge_logged"] == "ok"
    other = peek_evidence("e", site.ben.endorse(site.award().key).signed or b"")
    assert "proof_of_another" in {one.code for one in check_evidence([files[0], other], [verifier])}
    for unknown in (site.badge, site.ben.draft(site.badge).id):
        assert site.client.get(f"/endorsements/{unknown}/log-proof").json()["code"] == "unknown_endorsement"
    listed = site.client.get("/account/badges", headers=site.as_(site.ben)).text
    assert f'<a href="{path}">Incident lead</a>' in listed
    assert f'href="/desk/log-proof/{proof["index"]}"' in listed


def test_the_terms_are_served_as_they_are_pinned(site: Site) -> None:
    answer = site.client.get("/terms/v1", headers={"origin": "https://else.example"})
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "@context" in json.loads(answer.content)


def test_without_a_script_the_exchange_records_it_and_the_pages_say_so(site: Site) -> None:
    cam = site.peer("Cam Peer")
    headers = site.as_(cam)
    path = f"/account/endorsements/new/badge/{site.badge}"
    form = site.client.get(path, headers=headers)
    assert "recorded by the exchange" in form.text
    assert (
        " checked" not in form.text.partition('<form id="write"')[2].partition("</form>")[0]
    )  # no skill is ticked before
    bad = site.client.post(path, headers=headers, data={"line": "x" * 141, "relationship": "client"})
    assert bad.status_code == 400
    assert 'id="line-fault"' in bad.text
    said = {"line": "Saw it.", "relationship": "client", "skill-0": "incidents", "name": "Cam P."}
    answer = site.client.post(path, headers=headers, data=said, follow_redirects=False)
    review = answer.headers["location"]
    page = site.client.get(review, headers=headers)
    assert "recorded by the exchange" in page.text
    assert "EndorsementCredential" in page.text
    assert run(site.ports.store.endorsements_by(cam.person.id)) == []
    done = site.client.post(review, headers=headers, data={}, follow_redirects=False)
    twice = site.client.post(review, headers=headers, data={}, follow_redirects=False)
    assert done.headers["location"] == twice.headers["location"]
    (made,) = run(site.ports.store.endorsements_by(cam.person.id))
    assert made.custody == "exchange"
    after = site.client.get(done.headers["location"], headers=headers)
    assert "Recorded by the exchange" in after.text
    assert "Withdraw" in after.text


def test_what_is_anothers_is_not_here(site: Site) -> None:
    made, draft = site.ben.endorse(site.badge), site.ben.draft(site.award().key)
    cam, ana, ben = site.as_(site.peer("Cam Peer")), site.as_(site.ana), site.as_(site.ben)
    (key,) = run(site.ports.store.endorser_keys(site.ben.person.id))
    before = site.world.store.kept()["_endorsements"], site.world.store.kept()["_endorser_keys"]
    for method, path, headers in [
        ("GET", f"/account/endorsements/{made.id}", cam),
        ("GET", f"/account/endorsements/{made.id}", ana),
        ("GET", f"/account/endorsements/{draft.id}/sign", cam),
        ("POST", f"/account/endorsements/{draft.id}/sign", ana),
        ("GET", f"/account/endorsements/{made.id}/withdraw", ana),
        ("POST", f"/account/endorsements/{made.id}/withdraw", cam),
        ("POST", f"/account/endorsements/{made.id}/show", cam),
        ("POST", f"/account/endorsements/{made.id}/show", ben),
        ("POST", f"/account/endorsements/{made.id}/hide", ben),
        ("GET", f"/account/endorsements/new/edit/{made.id}", cam),
        ("GET", f"/account/badges/{site.badge}/ask", ben),
        ("POST", f"/account/badges/{site.badge}/ask", ben),
        ("GET", f"/account/signing-keys/retire?key={key.did}", cam),
    ]:
        answer = site.client.request(method, path, headers=headers, data={} if method == "POST" else None)
        assert answer.status_code == 404, (method, path)
    answer = site.client.post("/account/signing-keys/retire", headers=cam, data={"key": key.did})
    assert answer.status_code == 404
    after = site.world.store.kept()["_endorsements"], site.world.store.kept()["_endorser_keys"]
    assert after == before


def test_no_token_endorses_shows_or_asks(site: Site) -> None:
    made = site.ben.endorse(site.badge)
    _, secret = run(tokens.add(site.ana.ports, site.ana.person.id, "a program", ("read",)))
    headers = {"authorization": f"Bearer {secret}", "accept": "application/json"}
    for method, path in [
        ("GET", "/account/endorsements"),
        ("GET", "/account/signing-keys"),
        ("POST", "/account/signing-keys/begin"),
        ("POST", f"/account/endorsements/{made.id}/show"),
        ("GET", f"/account/badges/{site.badge}/ask"),
        ("GET", "/account/ask"),
    ]:
        answer = site.client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted"), path


def test_the_holder_shows_and_hides_in_one_click_from_either_page(site: Site) -> None:
    made = site.ben.endorse(site.badge)
    headers = site.as_(site.ana)
    assert "Kept everybody calm." in site.client.get("/account/endorsements", headers=headers).text
    assert "Kept everybody calm." in site.client.get(f"/account/badges/{site.badge}", headers=headers).text
    path = f"/account/endorsements/{made.id}/show"
    answer = site.client.post(path, headers=headers, data={"next": "badge"}, follow_redirects=False)
    assert answer.headers["location"] == f"/account/badges/{site.badge}?done=show"
    assert "Kept everybody calm." in site.client.get(f"/badges/{site.badge}", headers=PAGE).text
    ben = site.client.get(f"/account/endorsements/{made.id}", headers=site.as_(site.ben)).text
    assert "It is displayed." in ben
    site.client.post(f"/account/endorsements/{made.id}/hide", headers=headers, data={})
    ben = site.client.get(f"/account/endorsements/{made.id}", headers=site.as_(site.ben)).text
    assert "It is not displayed." in ben
    assert "Kept everybody calm." not in site.client.get(f"/badges/{site.badge}", headers=PAGE).text


def test_what_is_on_hold_cannot_be_endorsed_and_the_page_says_why(site: Site) -> None:
    run(suspend(site.ports, site.badge, "Because"))
    path = f"/account/endorsements/new/badge/{site.badge}"
    answer = site.client.get(path, headers=site.as_(site.ben))
    assert answer.status_code == 409
    assert "on hold" in answer.text
    assert "Endorse this badge" not in site.client.get(f"/badges/{site.badge}", headers=PAGE).text


def test_opening_the_link_of_a_request_changes_nothing_and_another_site_cannot_answer(site: Site) -> None:
    (request,) = run(ask(site.ana.ports, Wish(site.badge, ("cam@elsewhere.example",))))
    before = site.world.store.kept()
    page = site.client.get(f"/endorse/{request.id}", headers=PAGE)
    assert "Ana Holder" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "cam@elsewhere.example" not in page.text
    cross = {**PAGE, "sec-fetch-site": "cross-site"}
    answer = site.client.post(f"/endorse/{request.id}", headers=cross, data={"answer": "decline"})
    assert answer.status_code == 403
    assert site.world.store.kept() == before
    assert site.client.get("/endorse/nothing", headers=PAGE).status_code == 404


def test_of_who_is_suspended_everybody_reads_that_and_no_word(site: Site) -> None:
    made = site.ben.endorse(site.badge, "Kept everybody calm.")
    run(show(site.ana.ports, made.id))
    before = site.client.get(f"/badges/{site.badge}/endorsements").json()
    run(suspend_profile(site.ports, site.ben.person.id, "Swaps favours."))
    (one,) = site.client.get(f"/badges/{site.badge}/endorsements").json()["endorsements"]
    assert (one["state"], "line" in one, "skills" in one) == ("suspended", False, False)
    (line,) = [
        line
        for line in site.client.get(f"/badges/{site.badge}/trust").json()["lines"]
        if line["code"] == "suspended"
    ]
    assert line["credentials"] == [one["id"]]
    for path in (f"/badges/{site.badge}", f"/endorsements/{made.id}"):
        page = site.client.get(path, headers=PAGE).text
        assert "Suspended" in page, path
        assert "Kept everybody calm" not in page, path
        assert "Swaps favours" not in page, path  # why is theirs and the operator's to know
    verdict = site.client.post("/api/verify", content=made.signed).json()
    assert (verdict["outcome"], "endorser_suspended" in str(verdict)) == ("indeterminate", True)
    run(reinstate_profile(site.ports, site.ben.person.id))
    assert site.client.get(f"/badges/{site.badge}/endorsements").json() == before
