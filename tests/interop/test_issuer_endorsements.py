"""An issuer's endorsement of another one's badge, as strangers' software reads it: openvc-core with its
status list, PyJWT, and openbadgeslib, each in the forms that it knows of badges."""

from __future__ import annotations

import asyncio

import jwt
import pytest
from openbadgeslib.ob3.verifier import OB3VerificationError, verify_endorsement_jwt
from openvc.proof.errors import SignatureInvalid
from openvc.status import CredentialRevoked

from exchange.core.keys import did
from exchange.core.verdict.documents import Document
from exchange.flows.endorsements.as_issuer import Words, endorse, withdraw
from exchange.flows.endorsements.records import Endorsement
from tests.interop.readers import by_openvc
from tests.interop.sides import Ours
from tests.interop.test_pyjwt import key_of

LINE = "As hard to get as our own."


def endorsed(ours: Ours, proof: str, line: str = LINE) -> Endorsement:
    words = Words("atlas/incident-lead", line, "Really.", proof)
    return asyncio.run(endorse(ours.world.ports, "campus", words))


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_openvc_core_reads_it_and_sees_when_it_is_withdrawn(ours: Ours, proof: str) -> None:
    made = endorsed(ours, proof, f"{LINE} {proof}")
    signed = made.signed or b""
    result = by_openvc(signed, ours.get, "EndorsementCredential")
    assert result.format == f"data-integrity:{proof}"
    assert [found.entry.purpose for found in getattr(result.status, "entries", ())] == ["revocation"]
    with pytest.raises(SignatureInvalid):
        by_openvc(signed.replace(b"hard to get", b"easy to get"), ours.get, "EndorsementCredential")
    asyncio.run(withdraw(ours.world.ports, made.id))
    with pytest.raises(CredentialRevoked):
        by_openvc(signed, ours.get, "EndorsementCredential")


def test_pyjwt_reads_its_claims(ours: Ours) -> None:
    text = (endorsed(ours, "jwt", "To PyJWT.").signed or b"").decode()
    issuer = jwt.get_unverified_header(text)["kid"].partition("#")[0]
    documents = {
        url: Document(url, 200, "application/json", ours.get(url)) for url in did.urls_for(issuer, None)
    }
    claims = jwt.decode(
        text, key_of(text, documents), algorithms=["EdDSA"], options={"require": ["iss", "sub", "jti", "nbf"]}
    )
    assert (claims["iss"], claims["jti"]) == (claims["issuer"]["id"], claims["id"])
    assert claims["sub"] == claims["credentialSubject"]["id"] == claims["relatedResource"][0]["id"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(text[:-8] + "AAAAAAAA", key_of(text, documents), algorithms=["EdDSA"])


def test_openbadgeslib_reads_what_it_says() -> None:
    ours = Ours(public=False)  # of a did:web it would fetch the document
    text = (endorsed(ours, "jwt").signed or b"").decode()
    found = verify_endorsement_jwt(text)
    issuer = asyncio.run(ours.world.store.issuer("campus"))
    assert issuer is not None
    assert (found["issuer"], found["comment"]) == (issuer.did, f"{LINE}\n\nReally.")
    assert found["endorses"].endswith("/achievements/atlas/incident-lead/1")
    with pytest.raises(OB3VerificationError):
        verify_endorsement_jwt(text[:-8] + "AAAAAAAA")
