"""PyJWT and we: any JOSE library reads our tokens, and we read what any JOSE library signs.

PyJWT knows nothing of credentials: it is handed the key that the token's `kid` names.
"""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from exchange.core.dates import parse_date
from exchange.core.keys import did
from exchange.core.keys.multikey import base64url_encode
from exchange.core.strict_json import dump
from exchange.core.verdict.documents import Document
from tests.core.signers import Issuer
from tests.interop.sides import Ours, endorsement_by, judged, now, problems, signed

KINDS = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384"}


def key_of(text: str, documents: dict[str, Document]) -> Any:
    """What our own controller documents say the key is, as PyJWT wants it."""
    header = jwt.get_unverified_header(text)
    issuer = header["kid"].partition("#")[0]
    return jwt.PyJWK(did.authorised_key(issuer, header["kid"], documents, now()).jwk, header["alg"])


def decoded(text: str, key: Any) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        text, key, algorithms=["EdDSA", "ES256"], options={"require": ["iss", "sub", "jti", "nbf", "exp"]}
    )
    return claims


def test_our_badge_stands_and_its_claims_say_what_it_says(ours: Ours) -> None:
    text = ours.award("jwt").signed.decode()
    assert jwt.get_unverified_header(text)["typ"] == "JWT"
    issuer = jwt.get_unverified_header(text)["kid"].partition("#")[0]
    documents = {
        url: Document(url, 200, "application/json", ours.get(url)) for url in did.urls_for(issuer, None)
    }
    claims = decoded(text, key_of(text, documents))
    assert claims["iss"] == claims["issuer"]["id"]
    assert claims["sub"] == claims["credentialSubject"]["id"]
    assert claims["jti"] == claims["id"]
    with pytest.raises(jwt.InvalidSignatureError):
        decoded(text[:-8] + "AAAAAAAA", key_of(text, documents))


@pytest.mark.parametrize("kind", ["Ed25519", "P-256"])
def test_our_endorsement_stands(kind: str) -> None:
    mira = Issuer("mira", kind)
    text = signed(mira, endorsement_by(mira), "jwt").decode()
    assert decoded(text, key_of(text, {}))["credentialSubject"]["endorsementComment"]


def claims_of(document: dict[str, Any]) -> dict[str, Any]:
    """`document` with the claims that Open Badges 3.0 (§8.2.4.1) wants beside it."""
    return {
        **document,
        "iss": document["issuer"]["id"],
        "sub": document["credentialSubject"]["id"],
        "jti": document["id"],
    }


@pytest.mark.parametrize("typ", ["JWT", "vc+jwt"])
@pytest.mark.parametrize("kind", KINDS)
def test_their_endorsement_stands(kind: str, typ: str) -> None:
    peer = Issuer("peer", kind)
    text = jwt.encode(
        dated(claims_of(endorsement_by(peer))), peer.private, KINDS[kind], {"kid": peer.method, "typ": typ}
    )
    result = judged(text)
    assert result.outcome == "valid", result.findings
    assert problems(judged(text[:-8] + "AAAAAAAA")) == {"signature_invalid"}


def dated(claims: dict[str, Any]) -> dict[str, Any]:
    return {**claims, "nbf": parse_date(claims["validFrom"]), "exp": parse_date(claims["validUntil"])}


def test_their_rs256_endorsement_stands_by_a_did_jwk() -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    issuer = f"did:jwk:{base64url_encode(dump(jwk))}"
    document = endorsement_by(Issuer("peer"))
    document["issuer"] = {**document["issuer"], "id": issuer}
    text = jwt.encode(dated(claims_of(document)), private, "RS256", {"kid": f"{issuer}#0"})
    result = judged(text)
    assert result.outcome == "valid", result.findings


def test_their_hmac_proves_nothing() -> None:
    peer = Issuer("peer")
    text = jwt.encode(dated(claims_of(endorsement_by(peer))), "k" * 32, "HS256", {"kid": peer.method})
    assert problems(judged(text)) == {"jwt_algorithm_forbidden"}
