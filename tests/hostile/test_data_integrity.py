"""Data Integrity proofs: a good signature over something else, for something else, by somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import samples
from exchange.core.keys.did import did_key
from tests.core.signers import Issuer
from tests.hostile.forge import (
    ATLAS,
    MALLORY,
    MIRA,
    PROOFS,
    Attack,
    Attacks,
    Json,
    assert_refused,
    badge,
    bare,
    dumped,
    endorsement,
    judged,
    multibase,
    page,
    prove,
    proven,
    reproof,
    signed,
    token,
)

GOOD = signed(bare())
GOOD_JCS = signed(bare(), proof="eddsa-jcs-2022")
NIST = Issuer("nist", "P-384")


def _changed(code: str, **changed: Any) -> Attack:
    """Members of a good proof changed after it was made."""
    return Attack(reproof(GOOD, **changed), code)


def _made(code: str, document: Json | None = None, issuer: Issuer = ATLAS, **members: Any) -> Attack:
    """A proof that its key really made so."""
    return Attack(dumped(proven(document or bare(), issuer, **members)), code)


def _proofs(code: str, *proofs: Any, document: Json | None = None) -> Attack:
    return Attack(dumped({**(document or bare()), "proof": list(proofs)}), code)


def _document(code: str, **changed: Any) -> Attack:
    """The document changed under its proof."""
    return Attack(dumped({**GOOD, **changed}), code)


def _by_mallory(method: str, code: str, **web: Any) -> Attack:
    """ATLAS's badge with MALLORY's proof, whose key has a name that sounds right."""
    documents = {url: found for name, body in web.items() for url, found in page(name, body).items()}
    return Attack(dumped(proven(bare(), MALLORY, verificationMethod=method)), code, documents)


def _circle(size: int) -> Attack:
    """Proofs each of which says that it builds on the next one, the last on the first."""
    proofs = [
        prove(bare(), id=f"urn:proof:{n}", previousProof=f"urn:proof:{(n + 1) % size}") for n in range(size)
    ]
    return _proofs("previous_proof_missing", *proofs)


def _web() -> Json:
    return {"id": "https://evil.example/key", "type": "Multikey", "publicKeyMultibase": MALLORY.multikey}


def _chain_on_broken() -> Attack:
    first = {**prove(bare(), MIRA, "ecdsa-rdfc-2019", id="urn:proof:1"), "proofValue": multibase(bytes(64))}
    second = prove(bare(), chained=[first], previousProof="urn:proof:1")
    return _proofs("signature_invalid", first, second)


def _chain_without_first() -> Attack:
    first = prove(bare(), MIRA, "ecdsa-rdfc-2019", id="urn:proof:1")
    second = prove(bare(), chained=[first], previousProof="urn:proof:1")
    bare_second = {name: value for name, value in second.items() if name != "previousProof"}
    return _proofs("signature_invalid", bare_second)


ATTACKS: Attacks = {
    "no proof": lambda: Attack(dumped(bare()), "proof_missing"),
    "an empty list of proofs": lambda: _proofs("proof_missing"),
    "proof is null": lambda: Attack(dumped({**bare(), "proof": None}), "proof_missing"),
    "proof is a text": lambda: Attack(dumped({**bare(), "proof": "yes"}), "proof_malformed"),
    "proof is a URL": lambda: _proofs("proof_malformed", "https://evil.example/proof"),
    "an empty proof": lambda: _proofs("proof_malformed", {}),
    "a list in a list": lambda: _proofs("proof_malformed", [GOOD["proof"]]),
    "a good proof and a number": lambda: _proofs("proof_malformed", GOOD["proof"], 7),
    "nine proofs": lambda: _proofs("proof_malformed", *[GOOD["proof"]] * 9),
    "ten thousand proofs": lambda: _proofs("proof_malformed", *[{}] * 10_000),
    "a proof only in another member": lambda: Attack(
        dumped({**bare(), "proofs": GOOD["proof"]}), "proof_missing"
    ),
    "a proof only on the subject": lambda: Attack(
        dumped(
            {**bare(), "credentialSubject": {**bare()["credentialSubject"], "proof": GOOD["proof"]}},
        ),
        "proof_missing",
    ),
    "no type": lambda: _changed("proof_malformed", type=None),
    "a list of types": lambda: _changed("proof_malformed", type=["DataIntegrityProof"]),
    "no cryptosuite": lambda: _changed("proof_malformed", cryptosuite=None),
    "no method": lambda: _changed("proof_malformed", verificationMethod=None),
    "no purpose": lambda: _changed("proof_malformed", proofPurpose=None),
    "no value": lambda: _changed("proof_malformed", proofValue=None),
    "a list of values": lambda: _changed("proof_malformed", proofValue=[GOOD["proof"]["proofValue"]]),
    "the method as an object": lambda: _changed(
        "proof_malformed", verificationMethod={"id": ATLAS.method, "publicKeyMultibase": MALLORY.multikey}
    ),
    "a method without a scheme": lambda: _changed("proof_malformed", verificationMethod="#key"),
    "a JSON Web Signature beside it": lambda: _changed("undefined_term", jws="e30..x"),
    "an object in the proof": lambda: _changed("proof_malformed", nonce={"@value": "x"}),
    "a nested node in the proof": lambda: _changed("proof_malformed", description={"type": ["Profile"]}),
    "a graph in the proof": lambda: _changed("proof_malformed", **{"@graph": [{}]}),
    "made for authentication": lambda: _made("proof_purpose_mismatch", proofPurpose="authentication"),
    "made for a key agreement": lambda: _made("proof_purpose_mismatch", proofPurpose="keyAgreement"),
    "the purpose changed": lambda: _changed("proof_purpose_mismatch", proofPurpose="authentication"),
    "the purpose as an IRI": lambda: _changed(
        "proof_purpose_mismatch", proofPurpose="https://w3id.org/security#assertionMethod"
    ),
    "two purposes": lambda: _changed("proof_malformed", proofPurpose=["authentication", "assertionMethod"]),
    "made for authentication, renamed": lambda: Attack(
        reproof(proven(bare(), proofPurpose="authentication"), proofPurpose="assertionMethod"),
        "signature_invalid",
    ),
    "rdfc called jcs": lambda: _changed("signature_invalid", cryptosuite="eddsa-jcs-2022"),
    "jcs called rdfc": lambda: Attack(reproof(GOOD_JCS, cryptosuite="eddsa-rdfc-2022"), "signature_invalid"),
    "jcs called rdfc, without its context": lambda: Attack(
        reproof(GOOD_JCS, **{"cryptosuite": "eddsa-rdfc-2022", "@context": None}), "signature_invalid"
    ),
    "eddsa called ecdsa": lambda: _changed("key_kind_mismatch", cryptosuite="ecdsa-rdfc-2019"),
    "the older name of the suite": lambda: _changed("unknown_suite", cryptosuite="eddsa-2022"),
    "called Ed25519Signature2020": lambda: _changed("undefined_type", type="Ed25519Signature2020"),
    "Ed25519Signature2020 as a cryptosuite": lambda: _changed(
        "unknown_suite", cryptosuite="Ed25519Signature2020"
    ),
    "a suite nobody knows": lambda: _changed("unknown_suite", cryptosuite="eddsa-rdfc-2099"),
    "a suite in capitals": lambda: _changed("unknown_suite", cryptosuite="EDDSA-RDFC-2022"),
    "a suite that is a list": lambda: _changed("proof_malformed", cryptosuite=["eddsa-rdfc-2022"]),
    "a suite of a thousand letters": lambda: _changed("unknown_suite", cryptosuite="e" * 1000),
    "created changed": lambda: _changed("signature_invalid", created="2026-11-21T09:30:01Z"),
    "created taken out": lambda: _changed("signature_invalid", created=None),
    "created written with another zone": lambda: _changed(
        "signature_invalid", created="2026-11-21T10:30:00+01:00"
    ),
    "created is no date": lambda: _made("proof_malformed", created="yesterday"),
    "created twice": lambda: _changed(
        "proof_malformed", created=["2026-11-21T09:30:00Z", "2026-11-21T09:30:01Z"]
    ),
    "created tomorrow": lambda: _made("proof_from_the_future", created="2026-11-22T09:30:00Z"),
    "created at the end of time": lambda: _made("proof_from_the_future", created="9999-12-31T23:59:59Z"),
    "expired an hour ago": lambda: _made("proof_expired", expires="2026-11-21T11:00:00Z"),
    "expired at the beginning of time": lambda: _made("proof_expired", expires="0001-01-01T00:00:00Z"),
    "expired before that": lambda: _made("proof_malformed", expires="0001-01-01T00:00:00+14:00"),
    "expired, the date taken out": lambda: Attack(
        reproof(proven(bare(), expires="2026-11-21T11:00:00Z"), expires=None), "signature_invalid"
    ),
    "expired, the date made a warning by a second proof": lambda: _proofs(
        "proof_expired",
        prove(bare(), expires="2026-11-21T11:00:00Z"),
        prove(bare(), MALLORY),
    ),
    "the proof of another document": lambda: Attack(
        dumped({**bare(), "proof": signed(badge())["proof"]}), "signature_invalid"
    ),
    "the proof of its own endorsement": lambda: Attack(
        dumped(
            {
                **bare(endorsement=[signed(endorsement(), MIRA, "ecdsa-rdfc-2019")]),
                "proof": signed(endorsement(), MIRA, "ecdsa-rdfc-2019")["proof"],
            }
        ),
        "key_not_authorised",
    ),
    "a token's signature as a proof": lambda: Attack(
        dumped({**bare(), "proof": {**GOOD["proof"], "proofValue": multibase(token(bare())[-64:])}}),
        "signature_invalid",
    ),
    "a name changed": lambda: _document("signature_invalid", name="Grand master"),
    "an end taken out": lambda: Attack(
        dumped({name: value for name, value in GOOD.items() if name != "validUntil"}), "signature_invalid"
    ),
    "an issuer's name changed": lambda: _document(
        "signature_invalid", issuer={**GOOD["issuer"], "name": "Harvard"}
    ),
    "the issuer made the attacker": lambda: _document(
        "key_not_authorised", issuer={**GOOD["issuer"], "id": MALLORY.did}
    ),
    "a status entry taken out": lambda: Attack(
        dumped({name: value for name, value in signed(badge()).items() if name != "credentialStatus"}),
        "signature_invalid",
    ),
    "another's proof": lambda: Attack(dumped(signed(bare(), MALLORY)), "key_not_authorised"),
    "another's proof under the issuer's method": lambda: _by_mallory(ATLAS.method, "signature_invalid"),
    "another's key in the fragment of the issuer": lambda: _by_mallory(
        f"{ATLAS.did}#{MALLORY.multikey}", "key_not_authorised"
    ),
    "another's key in the fragment of a URL": lambda: _by_mallory(
        f"https://b.example.org/issuers/atlas#{MALLORY.multikey}", "key_not_authorised"
    ),
    "another's document": lambda: _by_mallory(
        "https://evil.example/key", "key_not_authorised", **{"https://evil.example/key": _web()}
    ),
    "a mismatching fragment": lambda: _changed(
        "key_not_authorised", verificationMethod=f"{ATLAS.did}#{MIRA.multikey}"
    ),
    "no fragment": lambda: _changed("key_not_authorised", verificationMethod=ATLAS.did),
    "the method of a DID that nobody knows": lambda: _made(
        "unknown_did_method",
        bare(issuer={**bare()["issuer"], "id": "did:example:1"}),
        verificationMethod="did:example:1#key",
    ),
    "no issuer": lambda: _made("key_not_authorised", bare(issuer=None)),
    "an issuer without an id": lambda: _made(
        "key_not_authorised", bare(issuer={"type": ["Profile"], "name": "Atlas"})
    ),
    "two issuers": lambda: _made("key_not_authorised", bare(issuer=[ATLAS.did, MALLORY.did]), MALLORY),
    "an issuer that is a urn": lambda: _made(
        "key_not_authorised", bare(issuer={**bare()["issuer"], "id": "urn:uuid:1"})
    ),
    "P-256 called P-384": lambda: Attack(
        dumped(
            proven({**bare(), "issuer": MIRA.did}, MIRA, "ecdsa-rdfc-2019", verificationMethod=NIST.method)
        ),
        "key_not_authorised",
    ),
    "builds on a proof that is not there": lambda: _made(
        "previous_proof_missing", previousProof="urn:proof:1"
    ),
    "builds on itself": lambda: _made(
        "previous_proof_missing", id="urn:proof:1", previousProof="urn:proof:1"
    ),
    "builds on two proofs of one name": lambda: _proofs(
        "previous_proof_missing",
        prove(bare(), previousProof="urn:proof:1"),
        *[prove(bare(), MIRA, "ecdsa-rdfc-2019", id="urn:proof:1")] * 2,
    ),
    "proofs in a circle of two": lambda: _circle(2),
    "proofs in a circle of eight": lambda: _circle(8),
    "builds on an object": lambda: _made("proof_malformed", previousProof={"id": "urn:proof:1"}),
    "builds on a broken proof": _chain_on_broken,
    "the proof it builds on was taken out": _chain_without_first,
    "its context is not the document's": lambda: Attack(
        reproof(GOOD_JCS, **{"@context": ["https://www.w3.org/ns/credentials/v1"]}), "proof_context_mismatch"
    ),
    "its context is longer than the document's": lambda: Attack(
        reproof(GOOD_JCS, **{"@context": [*samples.CONTEXT, "https://w3id.org/security/v2"]}),
        "proof_context_mismatch",
    ),
    "its context is an object": lambda: Attack(
        reproof(GOOD_JCS, **{"@context": {"name": "urn:else"}}), "proof_context_mismatch"
    ),
    "its context is shorter": lambda: Attack(
        reproof(GOOD_JCS, **{"@context": samples.CONTEXT[:1]}), "signature_invalid"
    ),
    "its context was taken out": lambda: Attack(reproof(GOOD_JCS, **{"@context": None}), "signature_invalid"),
    "its context is null": lambda: Attack(
        dumped({**GOOD_JCS, "proof": {**GOOD_JCS["proof"], "@context": None}}), "signature_invalid"
    ),
    "a member put into a JCS proof": lambda: Attack(reproof(GOOD_JCS, domain="else"), "signature_invalid"),
    "whitespace in a text under JCS": lambda: Attack(
        dumped({**GOOD_JCS, "name": "Incident  lead"}), "signature_invalid"
    ),
    "the order of an array under JCS": lambda: Attack(
        dumped({**GOOD_JCS, "type": GOOD_JCS["type"][::-1]}), "signature_invalid"
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_proof_that_does_not_stand(name: str) -> None:
    verdict = assert_refused(ATTACKS[name]())
    if "signature_valid" not in verdict.codes:
        assert verdict.credential is None


def test_a_chain_by_two_people_stands_and_is_reported() -> None:
    first = prove(bare(), MIRA, "ecdsa-rdfc-2019", id="urn:proof:1")
    second = prove(bare(), chained=[first], previousProof="urn:proof:1")
    verdict = judged(_proofs("", first, second))
    assert verdict.outcome == "valid", verdict.findings
    assert "key_not_authorised" in verdict.codes


@pytest.mark.parametrize("proof", PROOFS)
def test_a_strangers_signature_is_not_the_issuers(proof: str) -> None:
    attack = Attack(MALLORY.sign(bare(), proof), "key_not_authorised")
    assert assert_refused(attack).credential is None


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_key_of_another_kind_with_the_issuers_name(suite: str) -> None:
    """The suite says Ed25519, the issuer's key is P-256: the proof's key decides nothing."""
    document = {**bare(), "issuer": did_key(MIRA.multikey)}
    attack = Attack(
        dumped(proven(document, ATLAS, suite, verificationMethod=MIRA.method)), "key_kind_mismatch"
    )
    assert assert_refused(attack).credential is None
