"""A peer's endorsement as strangers' software reads it: openbadgeslib, openvc-core and PyJWT.

None of them knows our terms or fetches their context; a token's signature covers the text, so it stands
without. What they make of the rest, and where they stop:

- openbadgeslib verifies the endorsement and its key credential by the endorser's did:key, as it does any.
- openvc-core resolves the key and verifies the token; its pipeline wants a `vc` claim, which Open Badges 3.0
  does not have (see test_openvc.py).
- A signature in DER is none (RFC 7518 §3.4): all refuse it. One mirrored to the other half of the curve is:
JOSE
  asks for no low s, and all of them take it as we do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from openbadgeslib.ob3.verifier import OB3VerificationError, verify_endorsement_jwt
from openvc.did.did_key import DidKeyResolver
from openvc.proof._jws import verify_compact
from openvc.proof.errors import ClaimsInvalid, ProofError

from exchange.core.dates import format_date
from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.keys.public_key import CURVES
from tests.core.endorsing import ADA, BADGE, EXCHANGE, PORTER, SAID, key_credential, peer_endorsement
from tests.core.signers import Issuer
from tests.interop.readers import by_openvc
from tests.interop.sides import known_limit, now

Claims = dict[str, Any]


def endorsed(peer: Issuer = ADA) -> str:
    """The endorsement and the word about its key, given now: peers read the clock."""
    at = format_date(now())
    key = key_credential(peer, custody="holder" if peer is ADA else "exchange", validFrom=at)
    return peer.sign(peer_endorsement(peer, key=key, validFrom=at), "jwt").decode()


def by_openbadgeslib(token: str) -> Claims:
    found: Claims = verify_endorsement_jwt(token)
    return found


def by_openvc_core(token: str) -> Claims:
    header = jwt.get_unverified_header(token)
    key = DidKeyResolver().resolve(header["kid"].partition("#")[0]).key_by_kid(header["kid"])
    assert key is not None
    payload: Claims
    _, payload = verify_compact(token, public_key_jwk=key.public_key_jwk)
    return payload


def by_pyjwt(token: str) -> Claims:
    header = jwt.get_unverified_header(token)
    key = DidKeyResolver().resolve(header["kid"].partition("#")[0]).key_by_kid(header["kid"])
    assert key is not None
    required = {"require": ["iss", "sub", "jti", "nbf"]}
    claims: Claims = jwt.decode(
        token, jwt.PyJWK(key.public_key_jwk, header["alg"]), [header["alg"]], options=required
    )
    return claims


READERS: dict[str, tuple[Callable[[str], Claims], type[Exception]]] = {
    "openbadgeslib": (by_openbadgeslib, OB3VerificationError),
    "openvc-core": (by_openvc_core, ProofError),
    "PyJWT": (by_pyjwt, jwt.InvalidSignatureError),
}


@pytest.mark.parametrize("peer", [ADA, PORTER], ids=["signed in a browser", "recorded by the exchange"])
@pytest.mark.parametrize("reader", READERS)
def test_a_peers_endorsement_stands_and_says_what_it_says(reader: str, peer: Issuer) -> None:
    read, _ = READERS[reader]
    token = endorsed(peer)
    assert jwt.get_unverified_header(token) == {
        "alg": "ES256" if peer is ADA else "EdDSA",
        "kid": peer.method,
        "typ": "JWT",
    }
    claims = read(token)
    if reader == "openbadgeslib":
        said = f"{SAID.line}\n\n{SAID.text}"
        assert claims == {"id": claims["id"], "issuer": peer.did, "endorses": BADGE, "comment": said}
    else:
        assert (claims["iss"], claims["sub"]) == (peer.did, BADGE)
        assert claims["jti"] == claims["id"]
        assert claims["credentialSubject"]["relationship"] == SAID.relationship


@pytest.mark.parametrize("reader", READERS)
def test_the_word_about_its_key_stands_by_itself(reader: str) -> None:
    read, _ = READERS[reader]
    (word,) = jwt.decode(endorsed(), options={"verify_signature": False})["issuer"]["endorsementJwt"]
    claims = read(word)
    assert EXCHANGE.did in (claims.get("iss"), claims["issuer"])
    assert ADA.did in (claims.get("sub"), claims.get("endorses"))


def _resigned(token: str, change: Callable[[int, int], bytes]) -> str:
    head, _, sealed = token.rpartition(".")
    raw = base64url_decode(sealed.encode())
    return f"{head}.{base64url_encode(change(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])))}"


def _mirrored(r: int, s: int) -> bytes:
    return r.to_bytes(32) + (CURVES["P-256"].order - s).to_bytes(32)


DAMAGE: dict[str, Callable[[str], str]] = {
    "in DER": lambda token: _resigned(token, encode_dss_signature),
    "of zeros": lambda token: _resigned(token, lambda r, s: bytes(64)),
    "with the halves exchanged": lambda token: _resigned(token, lambda r, s: s.to_bytes(32) + r.to_bytes(32)),
    "of another endorsement": lambda token: token.rpartition(".")[0] + "." + _other().rpartition(".")[2],
}


def _other() -> str:
    return ADA.sign(peer_endorsement(name="Endorsement of something else"), "jwt").decode()


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("reader", READERS)
def test_a_signature_that_is_none_is_refused(reader: str, damage: str) -> None:
    read, refusal = READERS[reader]
    with pytest.raises(refusal):
        read(DAMAGE[damage](endorsed()))


@pytest.mark.parametrize("reader", READERS)
def test_both_halves_of_the_curve_are_read(reader: str) -> None:
    assert READERS[reader][0](_resigned(endorsed(), _mirrored))


def test_the_pipeline_of_openvc_core_wants_a_vc_claim() -> None:
    with known_limit(ClaimsInvalid, "no embedded `vc` object"):
        by_openvc(endorsed().encode(), {}.__getitem__, "EndorsementCredential")
