"""openbadgeslib and we: what each issues, the other verifies, status and pictures included.

Where it does not, the test says so and why:

- It knows eddsa-rdfc-2022 and ecdsa-sd-2023 alone, so a badge by eddsa-jcs-2022 is refused as unsupported.
- It verifies the signature of a status list only if the list is a VC-JWT. Ours has a Data Integrity proof:
  Bitstring Status List leaves the choice to the issuer. Its callers say `verify_status_list=False`.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from openbadgeslib import baking
from openbadgeslib.keys import KeyFactory, KeyType, public_jwk_from_pem
from openbadgeslib.ob3 import did as their_did
from openbadgeslib.ob3 import status_list as their_status
from openbadgeslib.ob3.credential import Achievement, Issuer, OpenBadgeCredential
from openbadgeslib.ob3.ldp import OB3LdpSigner, verify_data_integrity_proof
from openbadgeslib.ob3.signer import OB3Signer
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier, verify_endorsement_jwt
from openbadgeslib.verify import VerifyResult, verify_badge

from exchange.core import strict_json
from exchange.core.catalogues.design import Design
from tests.core import signers
from tests.interop.readers import by_openbadgeslib
from tests.interop.sides import (
    LIST,
    Ours,
    badge_by,
    endorsement_by,
    judged,
    known_limit,
    now,
    problems,
    signed,
    status_list_by,
)
from tests.simulator import PlainDraw

ATLAS = signers.Issuer("atlas")
READS = ("eddsa-rdfc-2022", "jwt")
"""What openbadgeslib verifies of the proofs that our issuers choose from."""


# --- ours, verified by theirs ---


def opened(ours: Ours, picture: bytes) -> VerifyResult:
    return verify_badge(
        picture, resolve_did=True, check_status=True, verify_status_list=False, download=ours.get
    )


@pytest.mark.parametrize("proof", READS)
def test_our_badge_and_its_two_status_entries_stand(ours: Ours, proof: str) -> None:
    credential = by_openbadgeslib(ours.award(proof).signed, ours.get)
    assert credential.name == "Incident lead"
    assert [entry["statusPurpose"] for entry in credential.credential_status] == ["revocation", "suspension"]
    assert credential.achievement.alignments[0].target_framework == "SFIA 9"


@pytest.mark.parametrize(
    ("state", "said"), [("revoked", "'revocation' is set"), ("suspended", "'suspension'")]
)
@pytest.mark.parametrize("proof", READS)
def test_our_revoked_or_suspended_badge_is_said_to_be_so(
    ours: Ours, proof: str, state: str, said: str
) -> None:
    with pytest.raises(OB3VerificationError, match=said):
        by_openbadgeslib(ours.award(proof, state).signed, ours.get)


@pytest.mark.parametrize("proof", READS)
def test_our_baked_pictures_carry_the_signed_bytes_and_stand(ours: Ours, proof: str) -> None:
    badge = ours.award(proof)
    text = badge.signed.decode()
    assert baking.extract_png(badge.png, keyword=baking.ITXT_KEYWORD_OB3) == text
    assert baking.extract_svg(badge.svg, element=baking.SVG_ELEMENT_OB3, text_fallback=True) == text
    for picture in (badge.png, badge.svg):
        result = opened(ours, picture)
        assert result.valid, result.reason
        assert result.trusted == ours.public  # a did:key says nothing of who holds the key


def test_our_revoked_picture_does_not_stand(ours: Ours) -> None:
    result = opened(ours, ours.award("eddsa-rdfc-2022", "revoked").png)
    assert not result.valid
    assert "'revocation' is set" in str(result.reason)


def test_our_tampered_badge_does_not_stand(ours: Ours) -> None:
    changed = ours.award("eddsa-rdfc-2022").signed.replace(b"Led two incidents", b"Led ten incidents")
    with pytest.raises(OB3VerificationError, match="signature mismatch"):
        by_openbadgeslib(changed, ours.get)


def test_our_jcs_badge_is_of_a_suite_it_does_not_know(ours: Ours) -> None:
    """eddsa-jcs-2022 is a W3C Recommendation; openbadgeslib does not implement it, and says so."""
    with known_limit(OB3VerificationError, "no supported Data Integrity proof"):
        by_openbadgeslib(ours.award("eddsa-jcs-2022").signed, ours.get)


@pytest.mark.parametrize("proof", READS)
def test_our_status_list_is_authenticated_as_vc_jwt_alone(proof: str) -> None:
    """Nothing but the form of the list differs between the two: refusing one is openbadgeslib's limit."""
    web = {LIST: signed(ATLAS, status_list_by(ATLAS), proof)}
    refused = known_limit(OB3VerificationError, "not a signed JWT-VC")
    with nullcontext() if proof == "jwt" else refused:
        by_openbadgeslib(signed(ATLAS, badge_by(ATLAS)), web.__getitem__, authentic_list=True)


@pytest.mark.parametrize("kind", ["Ed25519", "P-256"])
def test_our_endorsement_as_vc_jwt_stands(kind: str) -> None:
    mira = signers.Issuer("mira", kind)
    found = verify_endorsement_jwt(signed(mira, endorsement_by(mira), "jwt").decode())
    assert found["issuer"] == mira.did
    assert found["comment"].startswith("I was on call")


def test_our_endorsement_with_an_embedded_proof_stands() -> None:
    pem = ATLAS.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    endorsement = strict_json.parse(signed(ATLAS, endorsement_by(ATLAS)))
    verify_data_integrity_proof(endorsement, pem)
    with pytest.raises(OB3VerificationError, match="signature mismatch"):
        verify_data_integrity_proof({**endorsement, "name": "Other"}, pem)


# --- theirs, verified by ours ---

PEER = "https://peer.example/status/1"


class Peer:
    """An issuer that uses openbadgeslib for everything: keys, identifiers, documents, lists and proofs."""

    def __init__(self, algorithm: str, method: str) -> None:
        self.algorithm = algorithm
        kind = {"RS256": KeyType.RSA, "ES256": KeyType.ECC, "EdDSA": KeyType.ED25519}[algorithm]
        self.private, public = KeyFactory(kind).generate_keypair()
        jwk = public_jwk_from_pem(public)
        self.documents: dict[str, Any] = {}
        if method == "did:key":
            self.did = their_did.did_key_from_pem(public)
            self.method = f"{self.did}#{self.did[8:]}"
        elif method == "did:jwk":
            self.did = their_did.did_jwk_from_jwk(jwk)
            self.method = f"{self.did}#0"
        else:
            self.did = "did:web:peer.example"
            self.method = f"{self.did}#key-1"
            document = their_did.build_did_document(self.did, [("key-1", jwk)])
            self.documents["https://peer.example/.well-known/did.json"] = document

    def credential(self, **given: Any) -> OpenBadgeCredential:
        return OpenBadgeCredential(
            issuer=Issuer(self.did, "Peer", url="https://peer.example/"),
            recipient_id="mailto:ana@example.org",
            achievement=Achievement(
                "https://peer.example/a/1", "Listening", "Listens „well“", "Listened twice", tags=["a"]
            ),
            issuance_date=now(),
            expiration_date=now() + timedelta(days=9),
            evidence_url="https://peer.example/evidence/1",
            **given,
        )

    def publish_list(self, *revoked: int) -> dict[str, Any]:
        """A list as a VC-JWT at `PEER`, and the entry that a badge has for bit 7 of it."""
        listed = their_status.build_status_list_credential(self.did, PEER, "revocation", revoked)
        self.documents[PEER] = their_status.sign_status_list_credential(listed, self.private, self.algorithm)
        return their_status.status_entry(PEER, "revocation", 7)


def signed_list(peer: Peer, **claims: Any) -> str:
    """Their list with claims of its own; `...` takes one away."""
    listed = their_status.build_status_list_credential(peer.did, PEER, "revocation", ())
    payload = {**listed, "iss": peer.did, "jti": PEER, "nbf": int(now().timestamp()), **claims}
    kept = {name: value for name, value in payload.items() if value is not ...}
    return OB3Signer(peer.private, peer.algorithm).sign_payload(kept)


def at(**delta: float) -> int:
    return int((now() + timedelta(**delta)).timestamp())


LISTS: dict[str, tuple[dict[str, Any], str]] = {
    "no claims": ({"iss": ..., "jti": ..., "nbf": ...}, "valid"),
    "signed a while after it was made": ({"validFrom": "2026-11-01T00:00:00Z"}, "valid"),
    "the token ends before the list": ({"exp": at(hours=1)}, "valid"),
    "the token has ended": ({"exp": at(hours=-1)}, "indeterminate"),
    "the token is yet to begin": ({"nbf": at(hours=1)}, "indeterminate"),
    "from somebody else by its claim": ({"iss": "did:web:other.example"}, "indeterminate"),
    "another list by its claim": ({"jti": "https://other.example/1"}, "indeterminate"),
}


@pytest.mark.parametrize("name", LISTS)
def test_their_list_needs_no_claims_of_a_badge_but_those_it_has_must_hold(name: str) -> None:
    claims, outcome = LISTS[name]
    peer = Peer("EdDSA", "did:key")
    badge = peer.credential(credential_status=[their_status.status_entry(PEER, "revocation", 7)])
    result = judged(OB3Signer(peer.private, "EdDSA").sign(badge), {PEER: signed_list(peer, **claims)})
    assert result.outcome == outcome, result.findings


PEERS = [
    ("RS256", "did:jwk"),
    ("RS256", "did:web"),
    ("ES256", "did:key"),
    ("ES256", "did:jwk"),
    ("ES256", "did:web"),
    ("EdDSA", "did:key"),
    ("EdDSA", "did:jwk"),
    ("EdDSA", "did:web"),
]


@pytest.mark.parametrize(("algorithm", "method"), PEERS)
def test_their_token_stands_until_their_list_revokes_it(algorithm: str, method: str) -> None:
    peer = Peer(algorithm, method)
    text = OB3Signer(peer.private, algorithm).sign(peer.credential(credential_status=[peer.publish_list()]))
    result = judged(text, peer.documents)
    assert result.outcome == "valid", result.findings
    assert "status_ok" in result.codes
    peer.publish_list(7)
    assert problems(judged(text, peer.documents)) == {"revoked"}


@pytest.mark.parametrize("method", ["did:key", "did:jwk", "did:web"])
def test_their_embedded_proof_stands_until_their_list_revokes_it(method: str) -> None:
    peer = Peer("EdDSA", method)
    document = OB3LdpSigner(peer.private, peer.method).sign(
        peer.credential(credential_status=[peer.publish_list()])
    )
    result = judged(document, peer.documents)
    assert result.outcome == "valid", result.findings
    peer.publish_list(7)
    assert problems(judged(document, peer.documents)) == {"revoked"}
    assert problems(judged({**document, "name": "Other"}, peer.documents)) == {"signature_invalid"}


@pytest.mark.parametrize("form", ["png", "svg"])
@pytest.mark.parametrize("proof", ["embedded", "token"])
def test_their_baked_picture_stands(form: str, proof: str) -> None:
    peer = Peer("EdDSA", "did:key")
    signer = OB3LdpSigner(peer.private) if proof == "embedded" else OB3Signer(peer.private, "EdDSA")
    plain = getattr(PlainDraw(), form)(Design(glyph="L", title="Listening", alt="A square"))
    result = judged(getattr(signer, f"sign_into_{form}")(peer.credential(), plain))
    assert result.outcome == "valid", result.findings


def test_their_badge_with_our_endorsement_of_it_stands_both_ways() -> None:
    """endorsementJwt, as openbadgeslib embeds and finds it, around an endorsement we made."""
    peer = Peer("EdDSA", "did:key")
    mira = signers.Issuer("mira", "P-256")
    about = {"id": "urn:uuid:7", "type": ["EndorsementSubject"], "endorsementComment": "Seen it."}
    endorsement = signed(mira, endorsement_by(mira, credentialSubject=about), "jwt").decode()
    text = OB3Signer(peer.private, "EdDSA").sign(
        peer.credential(id="urn:uuid:7", endorsement_jwts=[endorsement])
    )
    result = judged(text)
    assert result.outcome == "valid", result.findings
    assert [inner.outcome for inner in result.endorsements] == ["valid"], result.endorsements
    (found,) = OB3Verifier.for_issuer_did(peer.did).verify(text).all_endorsement_jwts()
    assert verify_endorsement_jwt(found)["endorses"] == "urn:uuid:7"


def test_our_key_as_they_write_it_is_the_same_key() -> None:
    pem = ATLAS.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert OB3LdpSigner(pem).verification_method == ATLAS.method
