"""Vouches over HTTP: the form, what is signed, what everybody sees of one, and taking it back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from exchange.flows.people.people import reinstate_profile, suspend_profile
from exchange.flows.people.records import Browser, Ticket
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.sign_in.sign_in import open_session
from exchange.flows.vouches.withdraw import withdraw
from tests.edge.described import DescribedClient
from tests.edge.shop import PAGE
from tests.endorsing import Peer
from tests.simulator import run
from tests.vouching import FAMILIES, VouchingTown

SAME_SITE = {"sec-fetch-site": "same-origin"}
NEW = "/account/vouches/new"


@dataclass
class Site(VouchingTown):
    """The same company, with its web application."""

    client: DescribedClient = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.client = DescribedClient(self.world.ports)

    def as_(self, peer: Peer) -> dict[str, str]:
        opened = run(open_session(self.ports, peer.person, "link", Browser()))
        return {**PAGE, **SAME_SITE, "cookie": f"exchange_session={opened.session}"}


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_form_becomes_a_document_to_look_at_and_then_a_vouch(site: Site) -> None:
    headers = site.as_(site.cleo)
    form = site.client.get(NEW, headers=headers).text
    assert "0 of 5 in use" in form
    assert 'optgroup label="Vouch of a sponsor"' in form
    assert "Ben Holder" not in form  # who is in no team of hers is not named
    said = {
        "to": "ben@example.org",
        "offer": "vouches/delivery",
        "relationship": "client",
        "words": "<b>Led</b> it.",
    }
    bad = site.client.post(NEW, headers=headers, data={**said, "to": "cleo@example.org"})
    assert (bad.status_code, 'id="to-fault"' in bad.text) == (400, True)
    assert "&lt;b&gt;Led&lt;/b&gt; it." in bad.text
    review = site.client.post(NEW, headers=headers, data=said, follow_redirects=False).headers["location"]
    page = site.client.get(review, headers=headers).text
    assert "recorded by the exchange" in page
    assert "Vouch of a peer" in page
    assert "<b>Led</b>" not in page
    assert site.client.get(review, headers=site.as_(site.ana)).status_code == 404
    done = site.client.post(review, headers=headers, data={}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/account/vouches?done=vouched")
    assert "1 of 5 in use" in site.client.get("/account/vouches", headers=headers).text
    assert "Cleo Third" in site.client.get("/account/vouches", headers=site.as_(site.ben)).text
    assert "Cleo Third" not in site.client.get("/account/vouches", headers=site.as_(site.ana)).text
    assert site.client.get(review, headers=headers, follow_redirects=False).status_code == 303


def test_its_own_page_says_whose_word_it_is_and_how_many_are_out(site: Site) -> None:
    peers = site.give(site.ana, site.ben)
    sponsors = site.give(site.ana, site.ben, "sponsor-promotion")
    page = site.client.get(f"/badges/{peers.id}", headers=PAGE).text
    for part in (
        "Vouch of a peer",
        "2 of 5 in use",
        "Ana Giver",
        "By their key",
        "Led <strong>the move</strong>",
    ):
        assert part in page
    assert "Endorse this badge" not in page
    assert "Vouch of a sponsor" in site.client.get(f"/badges/{sponsors.id}", headers=PAGE).text
    answer = site.client.get(f"/badges/{sponsors.id}/vouch", headers={"origin": "https://else.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    told = answer.json()
    assert (told["kind"], told["state"], told["signedBy"]) == ("sponsor", "active", "giver")
    assert told["budget"] == {"inUse": 2, "of": 5}
    for private in (site.ana.person.id, site.ben.person.id, "@example.org"):
        assert private not in answer.text
        assert private not in page
    run(withdraw(site.ana.ports, peers.id))
    gone = site.client.get(f"/badges/{peers.id}", headers=PAGE).text
    assert "the move" not in gone
    assert "1 of 5 in use" in gone
    day = site.world.now.strftime("%-d %B %Y")
    assert f"Withdrawn on {day} by who gave it." in re.sub(r"<[^>]+>", "", gone)
    assert "Revoked" not in gone
    awarded = site.award().key
    assert site.client.get(f"/badges/{awarded}/vouch").json()["code"] == "no_vouch"
    assert "in use" not in site.client.get(f"/badges/{awarded}", headers=PAGE).text


def test_its_holder_hides_it_and_its_page_says_so_and_none_of_its_words(site: Site) -> None:
    one = site.give(site.ana, site.ben, evidence=("https://example.org/notes",))
    place, ben = f"/account/vouches/{one.id}", site.as_(site.ben)
    for stranger in (site.as_(site.ana), site.as_(site.cleo)):
        assert site.client.post(f"{place}/hide", headers=stranger).status_code == 404
    assert site.client.post(f"{place}/sell", headers=ben).status_code == 404
    done = site.client.post(f"{place}/hide", headers=ben, follow_redirects=False)
    assert done.headers["location"] == "/account/vouches?done=vouch-hide"
    page = site.client.get(f"/badges/{one.id}", headers=PAGE).text
    assert "Whom it is for does not display it." in page
    for hidden in ("the move", "example.org/notes"):
        assert hidden not in page
    assert site.client.get(f"/badges/{one.id}/vouch").json()["displayed"] is False
    assert site.client.get(f"/badges/{one.id}").content == one.signed  # whoever has it can verify it
    assert "not displayed" in site.client.get("/account/vouches", headers=site.as_(site.ana)).text
    site.client.post(f"{place}/show", headers=ben)
    assert "the move" in site.client.get(f"/badges/{one.id}", headers=PAGE).text


def test_the_one_above_the_budget_gets_409_with_the_reason(site: Site) -> None:
    given = [site.give(site.ana, site.ben, family) for family in FAMILIES[:5]]
    headers = site.as_(site.ana)
    said = {
        "to": "ben@example.org",
        "offer": f"vouches/{FAMILIES[5]}",
        "relationship": "client",
        "words": "Led it.",
    }
    refused = site.client.post(NEW, headers=headers, data=said)
    assert refused.status_code == 409
    assert "5 of your 5 vouches are in use" in refused.text
    program = site.client.post(NEW, headers={**headers, "accept": "application/json"}, data=said)
    assert (program.status_code, program.json()["code"]) == (409, "vouches_in_use")
    place = f"/account/vouches/{given[0].id}/withdraw"
    assert "place is free at once" in site.client.get(place, headers=headers).text
    assert site.client.get(place, headers=site.as_(site.ben)).status_code == 404
    assert site.client.post(place, headers=site.as_(site.ben), data={}).status_code == 404
    done = site.client.post(place, headers=headers, data={}, follow_redirects=False)
    assert done.headers["location"] == "/account/vouches?done=vouch-withdrawn"
    assert "4 of 5 in use" in site.client.get("/account/vouches", headers=headers).text
    assert site.client.post(NEW, headers=headers, data=said, follow_redirects=False).status_code == 303


def test_a_vouch_of_who_is_suspended_reads_so_as_badge_embed_and_json(site: Site) -> None:
    made = site.give(site.ana, site.ben)
    embed = f"/embed/badges/{made.id}.json"
    before = site.client.get(embed).json()
    assert before["state"] == "valid"
    run(suspend_profile(site.ports, site.ana.person.id, "Swaps favours."))
    assert site.client.get(embed).json()["state"] == "suspended"  # at once, though it was kept
    assert site.client.get(f"/badges/{made.id}/vouch").json()["state"] == "suspended"
    page = site.client.get(f"/badges/{made.id}", headers=PAGE).text
    assert "but who signed this is suspended" in page
    assert "Suspended" in site.client.get("/account/vouches", headers=site.as_(site.ben)).text
    run(reinstate_profile(site.ports, site.ana.person.id))
    assert site.client.get(embed).json()["state"] == "valid"
    assert site.client.get(f"/badges/{made.id}/vouch").json()["state"] == "active"


def test_who_is_asked_whether_two_accounts_are_one_reads_which_vouches_that_ends(site: Site) -> None:
    dan = site.peer("Dan <b>Other</b>")
    for family in FAMILIES[:3]:
        site.give(site.ana, site.ben, family)
        site.give(dan, site.cleo, family, "other-team")
    secret = site.ports.new_secret()
    ticket = Ticket(
        hash_of(secret), "address", site.world.now + timedelta(hours=1), "dan@example.org", site.ana.person.id
    )
    run(site.ports.store.put_ticket(ticket, site.world.now))
    place, headers = "/account/addresses/verify", site.as_(site.ana)
    asked = site.client.post(place, headers=headers, data={"code": secret})
    assert (asked.status_code, asked.text.count("it was above that")) == (409, 1)
    assert "Cleo Third" in asked.text
    german = site.client.post(f"{place}?lang=de", headers=headers, data={"code": secret}).text
    assert "mit einem Kontingent" in german
    done = site.client.post(
        place, headers=headers, data={"code": secret, "merge": "yes"}, follow_redirects=False
    )
    assert done.status_code == 303
    page = site.client.get("/account/vouches", headers=headers).text
    assert "5 of 5 in use" in page
    assert "Withdrawn" in page
