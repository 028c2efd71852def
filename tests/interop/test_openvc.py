"""openvc-core and we: what each issues, the other verifies, status lists and their signers included.

Where it does not, the test says so and why:

- Its VC-JWT has the credential in a `vc` claim. Open Badges 3.0 (§8.2.4.1) and VC-JOSE-COSE, which forbids
  `vc`, make the payload itself the credential. So its pipeline reads no token of ours, and of its tokens we
  read those that hold a VCDM 1.1 credential, for which `vc` is right.
- Its JCS proofs hash the document's `@context` as a member of the proof, and then leave it out of the proof.
  vc-di-eddsa and vc-di-ecdsa (Create Proof of both JCS suites) put it in, and their Verify Proof hashes what
  is there: nobody else can verify such a proof until the member is put back. It reads ours and W3C's.
- Its ecdsa-rdfc-2019 names blank nodes by SHA-256 under a P-384 key too. vc-di-ecdsa §3: the hash function
  passed to RDF canonicalization MUST be the key's, SHA-384. It shows where there are several blank nodes;
  W3C's own vector of that kind, which we verify, does not stand with it either.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from openvc.keys import Ed25519SigningKey, P256SigningKey, P384SigningKey, verify_signature
from openvc.proof._jws import parse_compact
from openvc.proof.data_integrity import DataIntegrityProofSuite
from openvc.proof.di_ecdsa_rdfc import EcdsaRdfcProofSuite
from openvc.proof.di_jcs import EcdsaJcsProofSuite, EddsaJcsProofSuite
from openvc.proof.ecdsa_sd import EcdsaSdProofSuite
from openvc.proof.errors import ClaimsInvalid, SignatureInvalid
from openvc.proof.vc_jwt import VcJwtProofSuite
from openvc.status import CredentialRevoked, CredentialSuspended
from openvc.status.bitstring import new_bitstring, set_status_bit
from openvc.status.issue import build_status_list_credential, build_status_list_entry

from exchange.adapters.worker import KillableWorker
from tests.core.samples import badge_v1
from tests.core.signers import Issuer
from tests.interop.readers import by_openvc, openvc_resolver
from tests.interop.sides import (
    CONTEXTS,
    INDEX,
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

ATLAS = Issuer("atlas")
SUITES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "eddsa-rdfc-2022": (DataIntegrityProofSuite(), ("Ed25519",)),
    "eddsa-jcs-2022": (EddsaJcsProofSuite(), ("Ed25519",)),
    "ecdsa-rdfc-2019": (EcdsaRdfcProofSuite(), ("P-256", "P-384")),
    "ecdsa-jcs-2019": (EcdsaJcsProofSuite(), ("P-256", "P-384")),
}
PROOFS = [(proof, kind) for proof, (_, kinds) in SUITES.items() for kind in kinds]
OTHER_NAMES = ("ecdsa-rdfc-2019", "P-384")
"""Where it names blank nodes otherwise; of use only for documents without several of them."""
BADGES = [one for one in PROOFS if one != OTHER_NAMES]
KEYS: dict[str, Any] = {"Ed25519": Ed25519SigningKey, "P-256": P256SigningKey, "P-384": P384SigningKey}


# --- ours, verified by theirs ---


NO_LISTS: dict[str, bytes] = {}
EMBEDDED = ("eddsa-rdfc-2022", "eddsa-jcs-2022")


@pytest.mark.parametrize("proof", EMBEDDED)
def test_our_badge_and_its_two_status_entries_stand(ours: Ours, proof: str) -> None:
    result = by_openvc(ours.award(proof).signed, ours.get)
    assert result.format == f"data-integrity:{proof}"
    entries = getattr(result.status, "entries", ())
    assert [(found.entry.purpose, found.is_set) for found in entries] == [
        ("revocation", False),
        ("suspension", False),
    ]


@pytest.mark.parametrize(
    ("state", "said"), [("revoked", CredentialRevoked), ("suspended", CredentialSuspended)]
)
@pytest.mark.parametrize("proof", EMBEDDED)
def test_our_revoked_or_suspended_badge_is_said_to_be_so(
    ours: Ours, proof: str, state: str, said: type[Exception]
) -> None:
    with pytest.raises(said):
        by_openvc(ours.award(proof, state).signed, ours.get)


@pytest.mark.parametrize("proof", EMBEDDED)
def test_our_tampered_badge_does_not_stand(ours: Ours, proof: str) -> None:
    changed = ours.award(proof).signed.replace(b"Led two incidents", b"Led ten incidents")
    with pytest.raises(SignatureInvalid):
        by_openvc(changed, ours.get)


@pytest.mark.parametrize(("proof", "kind"), BADGES)
def test_our_issuers_of_every_kind_stand(proof: str, kind: str) -> None:
    issuer = Issuer("team", kind)
    lists = {LIST: signed(issuer, status_list_by(issuer), proof)}
    assert by_openvc(signed(issuer, badge_by(issuer), proof), lists.__getitem__).issuer == issuer.did
    lists[LIST] = signed(issuer, status_list_by(issuer, INDEX), proof)
    with pytest.raises(CredentialRevoked):
        by_openvc(signed(issuer, badge_by(issuer), proof), lists.__getitem__)


@pytest.mark.parametrize(("proof", "kind"), PROOFS)
def test_our_endorsement_stands(proof: str, kind: str) -> None:
    mira = Issuer("mira", kind)
    result = by_openvc(
        signed(mira, endorsement_by(mira), proof), NO_LISTS.__getitem__, "EndorsementCredential"
    )
    assert result.subject == endorsement_by(mira)["credentialSubject"]["id"]


def test_our_p384_badge_has_blank_nodes_named_by_sha384() -> None:
    """Its limit: see above. What has at most one blank node stands, as the endorsement does."""
    issuer = Issuer("team", "P-384")
    lists = {LIST: signed(issuer, status_list_by(issuer), "ecdsa-jcs-2019")}
    with known_limit(SignatureInvalid, "does not verify"):
        by_openvc(signed(issuer, badge_by(issuer), "ecdsa-rdfc-2019"), lists.__getitem__)


def test_our_token_is_read_up_to_its_payload(ours: Ours) -> None:
    """Its key resolution and its JWS verify our token; that it then wants a `vc` claim is its own limit."""
    text = ours.award("jwt").signed
    header, payload, signing_input, signature = parse_compact(text.decode())
    key = openvc_resolver(ours.get).resolve(payload["iss"]).key_by_kid(header["kid"])
    assert key is not None
    for message, stands in ((signing_input, True), (signing_input + b"x", False)):
        assert stands == verify_signature(
            alg=header["alg"], public_jwk=key.public_key_jwk, signing_input=message, signature=signature
        )
    with known_limit(ClaimsInvalid, "no embedded `vc` object"):
        by_openvc(text, ours.get)


# --- theirs, verified by ours ---


def their_key(issuer: Issuer) -> Any:
    return KEYS[issuer.kind](issuer.private, issuer.method)


def their_proof(issuer: Issuer, document: dict[str, Any], proof: str) -> dict[str, Any]:
    extra = {"extra_contexts": CONTEXTS} if "rdfc" in proof else {}
    secured: dict[str, Any] = SUITES[proof][0].add_proof(
        document,
        signing_key=their_key(issuer),
        verification_method=issuer.method,
        created=now(),
        **extra,
    )
    return secured if "rdfc" in proof else as_specified(secured)


def as_specified(secured: dict[str, Any]) -> dict[str, Any]:
    """A JCS proof of theirs with the member that they signed and left out."""
    return {**secured, "proof": {"@context": secured["@context"], **secured["proof"]}}


def test_their_jcs_proof_lacks_what_they_signed() -> None:
    """Refusing it is right, and the member alone is what is missing: see above."""
    peer = Issuer("peer")
    whole = their_proof(peer, endorsement_by(peer), "eddsa-jcs-2022")
    assert judged(whole).outcome == "valid"
    proof = {name: member for name, member in whole["proof"].items() if name != "@context"}
    assert problems(judged({**whole, "proof": proof})) == {"signature_invalid"}


def their_list(issuer: Issuer, *revoked: int) -> dict[str, Any]:
    bits = new_bitstring(131_072)
    for index in revoked:
        set_status_bit(bits, index, 1)
    return build_status_list_credential(
        id=LIST,
        issuer=issuer.did,
        bitstring=bits,
        valid_from=now(),
        valid_until=now() + timedelta(days=1),
        ttl=60_000,
    )


@pytest.mark.parametrize(("proof", "kind"), BADGES)
def test_their_badge_stands_until_their_list_revokes_it(proof: str, kind: str) -> None:
    peer = Issuer("peer", kind)
    entry = build_status_list_entry(status_list_credential=LIST, index=7, id=f"{LIST}#7")
    badge = their_proof(peer, badge_by(peer, credentialStatus=entry), proof)
    result = judged(badge, {LIST: their_proof(peer, their_list(peer), proof)})
    assert result.outcome == "valid", result.findings
    assert "status_ok" in result.codes
    assert problems(judged(badge, {LIST: their_proof(peer, their_list(peer, 7), proof)})) == {"revoked"}
    assert problems(judged({**badge, "name": "Other"})) == {"signature_invalid"}


@pytest.mark.parametrize(("proof", "kind"), PROOFS)
def test_their_endorsement_stands_alone_and_in_our_badge(proof: str, kind: str) -> None:
    peer = Issuer("peer", kind)
    endorsement = their_proof(peer, endorsement_by(peer), proof)
    assert judged(endorsement).outcome == "valid"
    badge = badge_by(ATLAS, id=endorsement["credentialSubject"]["id"], endorsement=[endorsement])
    result = judged(signed(ATLAS, badge), {LIST: signed(ATLAS, status_list_by(ATLAS))})
    assert result.outcome == "valid", result.findings
    assert [inner.outcome for inner in result.endorsements] == ["valid"], result.endorsements


@pytest.fixture(scope="module")
def worker() -> Iterator[KillableWorker]:
    worker = KillableWorker(seconds=60.0, cpu_seconds=60)
    yield worker
    worker.close()


def test_their_selectively_disclosed_badge_stands_and_a_changed_one_does_not(worker: KillableWorker) -> None:
    """ecdsa-sd-2023: the holder, who derives the proof, withholds the narrative and the role.

    Of a badge without blank nodes, because its holder's side confuses several of them.
    """
    peer = Issuer("peer", "P-256")
    suite = EcdsaSdProofSuite()
    base = suite.add_base_proof(
        without_blank_nodes(peer),
        signing_key=their_key(peer),
        verification_method=peer.method,
        mandatory_pointers=["/issuer", "/validFrom", "/validUntil", "/credentialStatus", "/type"],
        created=now(),
        extra_contexts=CONTEXTS,
    )
    disclosed = ["/name", "/credentialSubject/id", "/credentialSubject/achievement"]
    derived = suite.derive_proof(base, selective_pointers=disclosed, extra_contexts=CONTEXTS)
    assert not {"narrative", "role"} & set(derived["credentialSubject"])
    documents = {LIST: signed(peer, status_list_by(peer), "ecdsa-rdfc-2019")}
    result = judged(derived, documents, rare=worker.rare)
    assert result.outcome == "valid", result.findings
    revoked = {LIST: signed(peer, status_list_by(peer, INDEX), "ecdsa-rdfc-2019")}
    assert problems(judged(derived, revoked, rare=worker.rare)) == {"revoked"}
    changed = judged({**derived, "name": "Other"}, documents, rare=worker.rare)
    assert problems(changed) == {"signature_invalid"}
    assert judged(derived, documents).outcome == "indeterminate"  # who may not use the worker


def without_blank_nodes(issuer: Issuer) -> dict[str, Any]:
    subject = badge_by(issuer)["credentialSubject"]
    kept = ("id", "type", "name", "description", "tag", "criteria")
    achievement = {name: member for name, member in subject["achievement"].items() if name in kept}
    achievement["criteria"] = {"id": "https://peer.example/criteria", **achievement["criteria"]}
    return badge_by(
        issuer,
        issuer={"id": issuer.did, "type": ["Profile"], "name": "Peer"},
        evidence=[{"id": "https://peer.example/evidence/1", "type": ["Evidence"]}],
        credentialSubject={
            **{name: subject[name] for name in ("id", "type", "narrative", "role")},
            "achievement": achievement,
        },
    )


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384"])
def test_their_token_of_the_older_data_model_stands(kind: str) -> None:
    """VCDM 1.1 (§6.3.1), where `vc` is right: the dates are only in the claims, as it writes them."""
    peer = Issuer("peer", kind)
    badge = {**badge_v1(), "issuer": {"id": peer.did, "type": ["Profile"], "name": "Peer"}}
    for member in ("issuanceDate", "expirationDate", "credentialStatus"):
        del badge[member]
    text = VcJwtProofSuite().sign(badge, signing_key=their_key(peer), expires_in_s=3600)
    result = judged(text)
    assert result.outcome == "valid", result.findings
    assert problems(judged(f"{text[:-8]}AAAAAAAA")) == {"signature_invalid"}


def test_their_token_of_the_newer_data_model_is_refused_for_its_vc_claim() -> None:
    """A VCDM 2.0 credential inside `vc` is what VC-JOSE-COSE forbids and Open Badges calls invalid."""
    text = VcJwtProofSuite().sign(badge_by(ATLAS), signing_key=their_key(ATLAS))
    assert problems(judged(text)) == {"jwt_vc_claim"}
