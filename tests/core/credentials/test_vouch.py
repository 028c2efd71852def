"""A vouch: a badge signed by somebody's own key, whose status the exchange keeps; and our verdict of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.core.credentials.schema import check_schema
from exchange.core.credentials.vouch import MAX_WORDS, build_vouch, is_vouch, read_vouch
from exchange.core.vouches import LONGEST, offer_of
from exchange.errors import InputError
from tests.core.endorsing import (
    ADA,
    ADAS,
    BASE,
    BOBS,
    EVE,
    EXCHANGE,
    GIVEN,
    INDEX,
    LIST,
    NOW,
    TERMS,
    key_credential,
    peer_endorsement,
    status_list,
    verdict,
)

DELIVERY: dict[str, Any] = {
    "id": f"{BASE}/achievements/vouches/delivery/1",
    "type": ["Achievement"],
    "name": "Delivery vouch",
    "description": "A colleague vouches, by name.",
    "criteria": {"narrative": "Seen first hand."},
    "achievementType": "ext:PeerVouch",
    "tag": ["peer vouch", "role family: delivery"],
    "creator": {"id": EXCHANGE.did, "type": ["Profile"], "name": "Peer Vouches"},
}


def vouch(**changed: Any) -> dict[str, Any]:
    offer = offer_of(DELIVERY)
    assert offer is not None
    usual: dict[str, Any] = {
        "id": f"{BASE}/badges/vouch",
        "did": ADA.did,
        "giver_name": "Ada Lovelace",
        "key_credential": key_credential(ADA),
        "achievement": DELIVERY,
        "offer": offer,
        "holder_id": BOBS,
        "relationship": "same-team",
        "words": "Everybody knew *what came next*, and ended it properly.",
        "valid_from": GIVEN,
        "valid_until": GIVEN + LONGEST,
        "evidence": ["https://reports.example/8"],
        "status": (INDEX, LIST, EXCHANGE.did),
        "terms_url": TERMS,
    }
    return build_vouch(**{**usual, **changed})


def test_a_vouch_is_a_badge_that_says_who_gives_what_and_as_what() -> None:
    document = vouch(supersedes=f"{BASE}/badges/earlier")
    assert check_schema(document, "open-badge-credential") == []
    assert is_vouch(document)
    assert not is_vouch(peer_endorsement())
    said = read_vouch(document)
    assert (said.did, said.giver_name, said.holder) == (ADA.did, "Ada Lovelace", BOBS)
    assert (said.kind, said.families, said.relationship) == ("peer", ("delivery",), "same-team")
    assert (said.valid_from, said.valid_until) == (GIVEN, GIVEN + LONGEST)
    assert said.words == "Everybody knew *what came next*, and ended it properly."
    assert (said.achievement, said.supersedes) == (DELIVERY["id"], f"{BASE}/badges/earlier")


def test_it_is_valid_and_the_verdict_says_whose_key_it_is() -> None:
    found = verdict(ADA.sign(vouch(), "jwt"))
    assert (found.outcome, found.kind) == ("valid", "badge")
    assert "endorser_known" in found.codes
    assert found.endorser is not None
    assert (found.endorser.name, found.endorser.profile) == ("Ada Lovelace", ADAS)


def test_what_was_withdrawn_is_revoked_by_the_exchange_s_list() -> None:
    found = verdict(ADA.sign(vouch(), "jwt"), status_list(INDEX))
    assert (found.outcome, "revoked" in found.codes) == ("invalid", True)


def test_nobody_else_signs_it_and_nobody_else_keeps_its_status() -> None:
    assert verdict(EVE.sign(vouch(), "jwt")).outcome == "invalid"
    others = {**vouch()["credentialStatus"], "statusListIssuer": EVE.did}
    assert verdict(ADA.sign({**vouch(), "credentialStatus": others}, "jwt")).outcome != "valid"


def test_a_badge_of_an_issuer_is_judged_as_before() -> None:
    """A key credential about another key than the one that signs says nothing."""
    document = {**vouch(), "issuer": {**vouch()["issuer"], "endorsementJwt": [key_credential(EVE)]}}
    found = verdict(ADA.sign(document, "jwt"))
    assert found.endorser is None
    assert {"issuer_unknown"} <= found.codes
    assert not {code for code in found.codes if code.startswith("endorser_")}


def test_it_ends_by_itself() -> None:
    document = vouch(valid_until=GIVEN + timedelta(days=1))
    assert verdict(ADA.sign(document, "jwt"), now=NOW + timedelta(days=2)).codes >= {"expired"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"words": " \n"}, "words_missing"),
        ({"words": "x" * (MAX_WORDS + 1)}, "words_too_long"),
        ({"relationship": "friend"}, "relationship_unknown"),
        ({"holder_id": ADAS}, "vouch_self"),
        ({"key_credential": key_credential(EVE)}, "key_credential_foreign"),
        ({"valid_until": GIVEN + LONGEST + timedelta(seconds=1)}, "vouch_too_long"),
        ({"valid_until": GIVEN}, "vouch_too_long"),
    ],
)
def test_what_cannot_be_vouched(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        vouch(**changed)
    assert refused.value.code == code


def test_what_is_no_vouch_is_not_read_as_one() -> None:
    with pytest.raises(InputError) as refused:
        read_vouch(peer_endorsement())
    assert refused.value.code == "not_a_vouch"
