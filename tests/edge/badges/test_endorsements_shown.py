"""What /verify says of a peer's endorsement: whose it is on whose word, and never more than that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.core.verdict.verdict import Verdict
from exchange.edge.badges.cards import read_card
from exchange.edge.badges.verdicts import read_verdict
from exchange.languages import speaking
from tests.core.endorsing import (
    BASE,
    CLEAR,
    EXCHANGE,
    INDEX,
    KEY_INDEX,
    LIST,
    PORTER,
    Web,
    key_credential,
    peer_endorsement,
    signed,
    status_list,
    verdict,
)
from tests.core.verdict.test_endorser import ELSEWHERE, RETIRED, SIGNED, by, endorsed, lying
from tests.edge.shop import PAGE, Shop

TITLES: dict[str, tuple[Callable[[], Verdict], str, str, str]] = {
    "known": (lambda: verdict(SIGNED), "good", "Valid", "Ada Lovelace"),
    "vouched for elsewhere": (
        lambda: verdict(by(ELSEWHERE)),
        "note",
        "Genuine, by an endorser we do not know",
        "Ada Lovelace",
    ),
    "nobody's": (
        lambda: verdict(by(endorsementJwt=None)),
        "note",
        "Genuine, by a key we cannot put a name to",
        "somebody who signs as “Ada Lovelace”",
    ),
    "recorded by the exchange": (
        lambda: verdict(by(key_credential(PORTER, custody="exchange"), peer=PORTER)),
        "note",
        "Valid, recorded by the exchange",
        "Ada Lovelace",
    ),
    "under another name": (
        lambda: verdict(by(name="Grace Hopper")),
        "note",
        "Valid, with a reservation",
        "Ada Lovelace",
    ),
    "withdrawn": (lambda: verdict(SIGNED, status_list(INDEX)), "stop", "Withdrawn", "Ada Lovelace"),
    "by a lost key": (
        lambda: verdict(SIGNED, RETIRED),
        "unsure",
        "Cannot tell",
        "somebody who signs as “Ada Lovelace”",
    ),
    "by a key that was lost later": (
        lambda: verdict(SIGNED, lying(SIGNED)),
        "note",
        "Genuine, by a key that was retired since",
        "somebody who signs as “Ada Lovelace”",
    ),
}


@pytest.mark.parametrize("name", TITLES)
def test_an_endorsement_at_a_glance(name: str) -> None:
    make, tone, title, endorser = TITLES[name]
    reading = read_verdict(make(), BASE)
    assert (reading.tone, reading.title) == (tone, title)
    assert reading.card is not None
    assert reading.card.issuer.name == endorser
    assert bool(reading.card.issuer.said_by) == endorser.startswith("Ada")


@pytest.mark.parametrize("name", TITLES)
def test_all_of_it_is_said_in_german(name: str) -> None:
    made = TITLES[name][0]()
    with speaking("en"):
        english = read_verdict(made, BASE)
    with speaking("de"):
        german = read_verdict(made, BASE)
    said = zip(english.checks, german.checks, strict=True)
    assert [check.said for check, other in said if check.said == other.said] == []
    assert german.title != english.title
    assert german.sentence != english.sentence
    assert german.card is not None
    assert german.card.relationship == "arbeitet in einem anderen Team"


def test_the_card_tells_how_they_know_each_other_and_what_was_seen() -> None:
    card = read_card(peer_endorsement(), BASE)
    assert (card.relationship, card.teams) == ("works in another team", ("Payments", "Search"))
    assert [(skill.name, skill.url) for skill in card.alignments] == [
        ("Incident command", "https://skills.example/incident"),
        ("Writing", ""),
    ]
    strange: Any = {"relationship": ["x"], "endorserTeam": 7, "endorsedSkill": ["x", {"id": "javascript:x"}]}
    card = read_card({"type": ["EndorsementCredential"], "credentialSubject": strange}, BASE)
    assert (card.relationship, card.teams) == ("", ())
    assert [(skill.name, skill.url) for skill in card.alignments] == [("Unnamed skill", "")]


def put(shop: Shop, web: Web) -> None:
    for url, document in web.items():
        shop.world.web.put(url, document.body, document.content_type)


def test_the_page_and_the_api_say_whose_it_is(shop: Shop) -> None:
    put(shop, CLEAR)
    page = shop.client.post("/verify", data={"pasted": SIGNED.decode()}, headers=PAGE).text
    for said in (
        "Genuine, by an endorser we do not know",
        "Endorsed by",
        "<bdi>Ada Lovelace</bdi>",
        f"says <bdi>{EXCHANGE.did}</bdi>",
        "works in another team",
        "<bdi>Payments</bdi> → <bdi>Search</bdi>",
        "Skills that were seen",
        "Key of Ada Lovelace",
    ):
        assert said in page, said
    assert "Awarded to" not in page
    answer = shop.client.post("/api/verify", content=SIGNED, headers={"accept": "*/*"}).json()
    assert answer["endorser"]["name"] == "Ada Lovelace"
    assert [inner["kind"] for inner in answer["endorsements"]] == ["endorsement"]


def test_a_badge_lists_what_peers_said_by_the_name_that_counts(shop: Shop) -> None:
    put(shop, CLEAR)
    badge = endorsed(by(name="Grace Hopper"), by(endorsementJwt=None, name="The board"))
    page = shop.client.post("/verify", data={"pasted": badge.decode()}, headers=PAGE).text
    assert "by <bdi>Ada Lovelace</bdi>" in page
    assert "by <bdi>somebody who signs as “The board”</bdi>" in page
    assert "by <bdi>Grace Hopper</bdi>" not in page


def test_text_of_an_endorser_is_never_more_than_text(shop: Shop) -> None:
    put(shop, CLEAR)
    document = peer_endorsement()
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) \u202e"
    document["credentialSubject"]["endorsementComment"] = hostile
    document["credentialSubject"]["endorserTeam"]["name"] = "\u202e<b>Team</b>"
    from tests.core.endorsing import ADA

    page = shop.client.post("/verify", data={"pasted": ADA.sign(document, "jwt").decode()}, headers=PAGE).text
    assert "<script>alert" not in page
    assert "<b>Team" not in page
    assert 'href="javascript' not in page
    assert "\u202e" not in page


def test_one_fetch_finds_a_lost_key_on_record(shop: Shop) -> None:
    put(shop, {**status_list(KEY_INDEX), **lying(signed())})
    answer = shop.client.post("/api/verify", content=SIGNED, headers={"accept": "*/*"}).json()
    assert answer["outcome"] == "indeterminate", "another signature is another text"
    put(shop, lying(SIGNED))
    answer = shop.client.post("/api/verify", content=SIGNED, headers={"accept": "*/*"}).json()
    assert answer["outcome"] == "valid"
    assert shop.world.web.asked[-2:] == [LIST, f"{BASE}/endorsements/one"]
