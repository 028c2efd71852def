"""Peers' endorsements under attack: keys that nobody vouched for, and words that say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core import strict_json
from exchange.core.proofs.jwt import peek_jwt
from exchange.errors import ExchangeError
from tests.core.endorsing import (
    ADA,
    CLEAR,
    EVE,
    EXCHANGE,
    INDEX,
    KEY_INDEX,
    LIST,
    Json,
    Web,
    codes,
    key_credential,
    peer_endorsement,
    signed,
    status_list,
    verdict,
    with_issuer,
)
from tests.core.verdict.test_endorser import ADA_HERSELF
from tests.hostile.forge import MALLORY, claims, dumped, token
from tests.hostile.mutations import mutated
from tests.hostile.test_peer_endorsements import HONEST, OTHER, WITH_TERMS


def forged(**header: Any) -> str:
    """MALLORY's word about EVE's key, as if it were the exchange's."""
    document = peek_jwt(key_credential(EVE, name="Grace Hopper").encode()).credential
    return token(claims(document), MALLORY, **{"kid": EXCHANGE.method, **header}).decode()


WORDS: dict[str, Callable[[], str]] = {
    "with another's signature": forged,
    "by another's key": lambda: forged(kid=MALLORY.method),
    "without a signature": lambda: forged(alg="none"),
    "that is a status list": CLEAR[LIST].body.decode,
    "that is the endorsement of another": lambda: signed(EVE).decode(),
    "that is a DI document in a text": lambda: EXCHANGE.sign(
        strict_json.parse(dumped(_payload(key_credential(EVE)))), contexts=WITH_TERMS
    ).decode(),
    "about another key": key_credential,
    "about two": lambda: key_credential(
        EVE, credentialSubject=[_payload(key_credential(peer))["credentialSubject"] for peer in (EVE, ADA)]
    ),
    "about nobody": lambda: key_credential(
        EVE,
        credentialSubject={
            k: v for k, v in _payload(key_credential(EVE))["credentialSubject"].items() if k != "keyHolder"
        },
    ),
    "about its custody, in another word": lambda: key_credential(
        EVE, credentialSubject={**_payload(key_credential(EVE))["credentialSubject"], "keyCustody": "nobody"}
    ),
    "that says so in another context": lambda: key_credential(EVE, relatedResource=[OTHER]),
}


def _payload(made: str) -> Json:
    return peek_jwt(made.encode()).credential


@pytest.mark.parametrize("name", WORDS)
def test_no_such_word_makes_eve_somebody(name: str) -> None:
    """EVE signs with her own key, under ADA's name, whatever she has in hand: the name is nobody's word."""
    document = with_issuer(peer_endorsement(EVE), WORDS[name](), name="Ada Lovelace")
    result = verdict(EVE.sign(document, "jwt"))
    assert result.endorser is None
    assert "endorser_unknown" in result.codes, result.findings
    assert not result.codes & {"endorser_known", "endorser_vouched"}


def test_eve_cannot_take_a_word_out_of_what_ada_signed() -> None:
    stripped = with_issuer(HONEST, endorsementJwt=None)
    made = signed().rpartition(b".")[2]
    head = ADA.sign(stripped, "jwt").rpartition(b".")[0]
    assert codes(verdict(head + b"." + made)) == {"signature_invalid"}


WITHDRAWN, LOST = status_list(INDEX), status_list(KEY_INDEX)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated(HONEST), st.sampled_from([CLEAR, WITHDRAWN, LOST, {}]))
def test_whatever_her_key_signs_she_is_who_the_exchange_says_or_nobody(document: Any, web: Web) -> None:
    """The holder of a key may sign what she likes: no text of hers makes her anybody else, clears a bit that
    is
    set, or has somebody else's list believed."""
    try:
        made = token(claims(document), ADA)
    except (KeyError, TypeError, ValueError, AttributeError, ExchangeError):
        made = token(document, ADA)
    result = verdict(made, web)
    assert result.endorser in (None, ADA_HERSELF)
    for inside in result.endorsements:
        assert inside.endorser is None
    entry = document.get("credentialStatus") if isinstance(document, dict) else None
    if result.outcome == "valid" and entry == HONEST["credentialStatus"]:
        assert web is CLEAR or (web is LOST and result.endorser is None)
