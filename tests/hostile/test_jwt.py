"""VC-JWT: nothing that the header says about keys counts, and no claim may disagree with the badge."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.keys.multikey import public_key_from_multikey
from tests.hostile.forge import (
    ATLAS,
    MALLORY,
    Attack,
    Attacks,
    Json,
    assert_refused,
    badge,
    bare,
    claims,
    dumped,
    listed,
    page,
    token,
    with_achievement,
)

GOOD = claims(bare())
V1 = "https://www.w3.org/2018/credentials/v1"


def _jwk(issuer: Any) -> dict[str, str]:
    return public_key_from_multikey(issuer.multikey).jwk


def _mac(key: bytes) -> Any:
    return lambda message: hmac.digest(key, message, "sha256")


RAW_KEY = base64url_decode(_jwk(ATLAS)["x"])
PEM = (
    b"-----BEGIN PUBLIC KEY-----\n"
    + base64url_encode(bytes.fromhex("302a300506032b6570032100") + RAW_KEY).encode()
    + b"\n-----END PUBLIC KEY-----\n"
)


def _none(algorithm: str, signature: bytes = b"") -> Attack:
    return Attack(token(GOOD, alg=algorithm, signature=signature), "jwt_algorithm_forbidden")


def _header(code: str, **header: Any) -> Attack:
    """Signed by the issuer itself: only the header is wrong."""
    return Attack(token(GOOD, **header), code)


def _by_mallory(code: str, **header: Any) -> Attack:
    """Signed by the attacker, whose key the header offers in some way; the web would confirm it."""
    web = {
        **page("https://evil.example/jwks.json", {"keys": [{**_jwk(MALLORY), "kid": "1"}]}),
        **page("https://evil.example/key", {**_jwk(MALLORY), "id": "https://evil.example/key"}),
        **page("https://evil.example/cert.pem", PEM, "application/x-pem-file"),
    }
    return Attack(token(GOOD, MALLORY, **header), code, web)


def _claims(code: str, **changed: Any) -> Attack:
    return Attack(token(claims(bare(), **changed)), code)


def _payload(code: str, payload: Json, **header: Any) -> Attack:
    return Attack(token(payload, **header), code)


def _v1(**changed: Any) -> Json:
    """The badge in the form of VCDM 1.1, in a `vc` claim."""
    document = with_achievement(bare(validFrom=None, validUntil=None, awardedDate=None), inLanguage=None)
    document |= {
        "@context": [V1, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"],
        "issuanceDate": "2026-11-21T09:30:00Z",
        "expirationDate": "2029-11-21T09:30:00Z",
    }
    return {**document, **changed}


ATTACKS: Attacks = {
    **{
        f"alg {algorithm}": lambda algorithm=algorithm: _none(algorithm)  # type: ignore[misc]
        for algorithm in ("none", "None", "NONE", "nOnE")
    },
    "alg none with the good signature": lambda: _none(
        "none", ATLAS.private.sign(token(GOOD).rpartition(b".")[0])
    ),
    "alg none with a space": lambda: Attack(token(GOOD, alg="none ", signature=b""), "unknown_algorithm"),
    "no alg": lambda: _header("jwt_malformed", alg=None),
    "alg is a number": lambda: _header("jwt_malformed", alg=7),
    "alg is a list": lambda: _header("jwt_malformed", alg=["EdDSA"]),
    "alg in small letters": lambda: _header("unknown_algorithm", alg="eddsa"),
    "HS256 with the public key as the secret": lambda: Attack(
        token(GOOD, alg="HS256", sign=_mac(RAW_KEY)), "jwt_algorithm_forbidden"
    ),
    "HS256 with the public key's PEM as the secret": lambda: Attack(
        token(GOOD, alg="HS256", sign=_mac(PEM)), "jwt_algorithm_forbidden"
    ),
    "HS256 with an empty secret": lambda: Attack(
        token(GOOD, alg="HS256", sign=_mac(b"")), "jwt_algorithm_forbidden"
    ),
    "hs256 in small letters": lambda: Attack(
        token(GOOD, alg="hs256", sign=_mac(RAW_KEY)), "unknown_algorithm"
    ),
    "a digest for a signature": lambda: Attack(
        token(GOOD, sign=lambda message: hashlib.sha512(message).digest()), "signature_invalid"
    ),
    "another algorithm than the key's": lambda: _header("key_kind_mismatch", alg="ES256"),
    "RS256 with a key for Ed25519": lambda: _header("key_kind_mismatch", alg="RS256"),
    "ES256K": lambda: _header("unknown_algorithm", alg="ES256K"),
    "PS256": lambda: _header("unknown_algorithm", alg="PS256"),
    "a critical header we do not know": lambda: _header("jwt_header_forbidden", crit=["exp"], exp=1),
    "a critical header that is empty": lambda: _header("jwt_header_forbidden", crit=[]),
    "crit is null": lambda: _header("jwt_header_forbidden", crit=False),
    "an unencoded payload": lambda: _header("jwt_header_forbidden", b64=False, crit=["b64"]),
    "an unencoded payload, not critical": lambda: _header("jwt_header_forbidden", b64=False),
    "compressed": lambda: _header("jwt_header_forbidden", zip="DEF"),
    "encrypted": lambda: _header("jwt_header_forbidden", enc="A256GCM"),
    "jku": lambda: _by_mallory("jwt_header_forbidden", jku="https://evil.example/jwks.json", kid="1"),
    "x5u": lambda: _by_mallory("jwt_header_forbidden", x5u="https://evil.example/cert.pem"),
    "x5c": lambda: _by_mallory("jwt_header_forbidden", x5c=["MIIB"]),
    "the attacker's key in the header": lambda: _by_mallory(
        "signature_invalid", jwk=_jwk(MALLORY), kid=ATLAS.method
    ),
    "the attacker's key in the header and no kid": lambda: _by_mallory(
        "signature_invalid", jwk=_jwk(MALLORY), kid=None
    ),
    "kid is the attacker's did:key": lambda: _by_mallory("key_not_authorised", kid=MALLORY.method),
    "kid is the attacker's URL": lambda: _by_mallory("key_not_authorised", kid="https://evil.example/key"),
    "kid is the attacker's key set": lambda: _by_mallory(
        "key_not_authorised", kid="https://evil.example/jwks.json#1"
    ),
    "kid is the attacker's key under the issuer's name": lambda: _by_mallory(
        "key_not_authorised", kid=f"{ATLAS.did}#{MALLORY.multikey}"
    ),
    "kid is a bare name": lambda: _by_mallory("key_not_authorised", kid=MALLORY.multikey),
    "kid is a path": lambda: _by_mallory("key_not_authorised", kid="../../../../dev/null"),
    "kid is SQL": lambda: _by_mallory("key_not_authorised", kid="' UNION SELECT 'x"),
    "kid is a list": lambda: _header("jwt_malformed", kid=[ATLAS.method]),
    "kid is empty": lambda: _header("key_not_authorised", kid=""),
    "typ of an access token": lambda: _header("jwt_type", typ="at+jwt"),
    "typ of a presentation": lambda: _header("jwt_type", typ="vp+jwt"),
    "typ of a selective disclosure": lambda: _header("jwt_type", typ="vc+sd-jwt"),
    "typ is a list": lambda: _header("jwt_type", typ=["JWT"]),
    "typ is false": lambda: _header("jwt_type", typ=False),
    "iss is another": lambda: _claims("jwt_claim_mismatch", iss=MALLORY.did),
    "sub is another": lambda: _claims("jwt_claim_mismatch", sub="urn:uuid:else"),
    "jti is another": lambda: _claims("jwt_claim_mismatch", jti="urn:uuid:else"),
    "nbf is another": lambda: _claims("jwt_claim_mismatch", nbf=0),
    "exp is another": lambda: _claims("jwt_claim_mismatch", exp=4_000_000_000),
    "exp lies in the past": lambda: _claims("expired", exp=1_700_000_000),
    "exp without an end": lambda: Attack(
        token(claims(bare(validUntil=None), exp=4_000_000_000)), "jwt_claim_mismatch"
    ),
    "no iss": lambda: _claims("jwt_claim_missing", iss=None),
    "no sub": lambda: _claims("jwt_claim_missing", sub=None),
    "no jti": lambda: _claims("jwt_claim_missing", jti=None),
    "no nbf": lambda: _claims("jwt_claim_missing", nbf=None),
    "no exp": lambda: _claims("jwt_claim_missing", exp=None),
    "iss is an object": lambda: _claims("jwt_claim_malformed", iss={"id": ATLAS.did}),
    "exp is a text": lambda: _claims("jwt_claim_malformed", exp="1889947800"),
    "exp is true": lambda: _claims("jwt_claim_malformed", exp=True),
    "exp lies before time": lambda: _claims("jwt_claim_malformed", exp=-1),
    "exp lies beyond the calendar": lambda: _claims("jwt_claim_malformed", exp=10**15),
    "aud": lambda: _claims("jwt_audience", aud="https://else.example"),
    "aud is an empty list": lambda: _claims("jwt_audience", aud=[]),
    "a claim nobody defined": lambda: _claims("undefined_term", membership={"level": 9}),
    "a vc claim in VCDM 2.0": lambda: _payload("jwt_vc_claim", {"vc": bare()}),
    "a vc claim beside the badge": lambda: _payload("jwt_vc_claim", {**GOOD, "vc": bare()}),
    "a vc claim beside the badge, of 1.1": lambda: _payload("jwt_vc_claim", {**GOOD, "vc": _v1()}),
    "a vc claim that is a text": lambda: _payload("jwt_vc_claim", {"vc": "x"}),
    "a vc claim of a context nobody knows": lambda: _payload(
        "jwt_vc_claim", {"vc": {**bare(), "@context": ["https://evil.example/", V1]}}
    ),
    "a vp claim": lambda: _payload("jwt_presentation", {**GOOD, "vp": {}}),
    "1.1: exp is over, the badge says nothing": lambda: _payload(
        "expired",
        {
            "vc": {name: value for name, value in _v1().items() if name != "expirationDate"},
            "iss": ATLAS.did,
            "sub": bare()["credentialSubject"]["id"],
            "jti": bare()["id"],
            "nbf": 1795253400,
            "exp": 1795253401,
        },
    ),
    "an envelope around another's token": lambda: Attack(
        dumped(
            {
                "@context": "https://www.w3.org/ns/credentials/v2",
                "id": "data:application/vc+jwt," + token(GOOD, MALLORY, kid=ATLAS.method).decode(),
                "type": "EnvelopedVerifiableCredential",
            }
        ),
        "signature_invalid",
    ),
    "an envelope that is a badge, too": lambda: Attack(
        dumped(
            {
                **bare(),
                "id": "data:application/vc+jwt," + token(GOOD).decode(),
                "type": [*bare()["type"], "EnvelopedVerifiableCredential"],
            }
        ),
        "envelope_malformed",
    ),
    "an envelope with a picture": lambda: Attack(
        dumped(
            {
                "@context": "https://www.w3.org/ns/credentials/v2",
                "id": "data:image/png,x",
                "type": "EnvelopedVerifiableCredential",
            }
        ),
        "unknown_envelope",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_token_that_proves_nothing(name: str) -> None:
    verdict = assert_refused(ATTACKS[name]())
    if "signature_valid" not in verdict.codes:
        assert verdict.credential is None


def test_a_token_signed_for_one_badge_does_not_cover_another() -> None:
    head, payload, signature = token(GOOD).split(b".")
    other = base64url_encode(dumped({**GOOD, "name": "Grand master"})).encode()
    assert_refused(Attack(b".".join((head, other, signature)), "signature_invalid"))
    assert_refused(
        Attack(b".".join((head, payload, token(claims(badge())).split(b".")[2])), "signature_invalid")
    )


def test_a_status_list_is_no_badge_and_a_badge_no_status_list() -> None:
    for web in (listed(), listed(issuer=MALLORY)):
        (document,) = web.values()
        assert_refused(Attack(document.body, "not_expected"))
