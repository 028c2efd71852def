"""docs/terms.md: what it shows is what is built, signed and found valid, and its tables are complete."""

from __future__ import annotations

import json
import re

from exchange.core.canonical.our_terms import NAMESPACE, terms_bytes
from exchange.core.credentials.endorser import terms_resource
from exchange.core.credentials.said import MAX_LINE, MAX_TEXT, RELATIONSHIPS
from exchange.core.proofs.jwt import peek_jwt
from exchange.settings import ROOT
from tests.core.endorsing import ADA, BASE, EXCHANGE, TERMS, key_credential, peer_endorsement, verdict

PAGE = (ROOT / "docs" / "terms.md").read_text()
PIN, ENDORSEMENT, KEY = map(json.loads, re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S))


def test_the_pin_is_that_of_the_shipped_terms() -> None:
    assert terms_resource(TERMS).to_json() == PIN
    assert f"`{NAMESPACE}#`" in PAGE


def test_the_key_credential_is_the_one_that_is_built_and_is_valid() -> None:
    assert peek_jwt(key_credential().encode()).credential == KEY
    assert verdict(EXCHANGE.sign(KEY, "jwt")).outcome == "valid"


def test_the_endorsement_is_the_one_that_is_built_and_is_valid() -> None:
    built = peer_endorsement(supersedes=f"{BASE}/endorsements/zero")
    assert ENDORSEMENT["issuer"]["endorsementJwt"] == ["…"]
    token = EXCHANGE.sign(KEY, "jwt").decode()
    shown = {**ENDORSEMENT, "issuer": {**ENDORSEMENT["issuer"], "endorsementJwt": [token]}}
    assert shown == built
    result = verdict(ADA.sign(shown, "jwt"))
    assert (result.outcome, "endorser_known" in result.codes) == ("valid", True)


def test_every_term_and_every_relationship_is_told() -> None:
    told = set(re.findall(r"`(\w+)`", PAGE))
    defined = set(re.findall(rf"{NAMESPACE}#(\w+)", terms_bytes().decode()))
    assert defined <= told, defined - told
    for code, words in RELATIONSHIPS.items():
        assert f"| `{code}` | {words} |" in PAGE
    assert f"at most {MAX_LINE} characters" in PAGE
    assert f"at most {MAX_TEXT}." in PAGE
