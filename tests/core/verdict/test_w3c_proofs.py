"""The MUSTs of proofs as the W3C's suites check them (VC-DI §2.1, §4.4; vc-di-eddsa and vc-di-ecdsa §3)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.canonical import jcs
from exchange.core.keys.multibase import base58btc_encode
from tests.core.signers import raw_signature
from tests.core.w3c import (
    ADA,
    DATA_INTEGRITY,
    HOLDER,
    NIST,
    PROOF_FAULTS,
    SUITES,
    TYPED,
    V1,
    codes,
    credential,
    forged,
    in_proof,
    sign,
    verdict,
    without,
)


def suite_of(name: str) -> str:
    return name.partition(" ")[0]


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("version", ["1.1", "2.0"])
def test_a_good_proof_of_every_suite_and_version_is_valid(suite: str, version: str) -> None:
    old = {"@context": [V1, {"name": TYPED}, DATA_INTEGRITY], "issuanceDate": "2020-03-16T22:37:26Z"}
    signer = SUITES[suite]
    document = credential(signer, **(old if version == "1.1" else {}))
    result = verdict(sign(document, signer, suite_of(suite)))
    assert result.outcome == "valid", result.findings


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", PROOF_FAULTS)
def test_a_proof_that_does_not_conform_is_refused(name: str, suite: str) -> None:
    signer = SUITES[suite]
    signed = strict_json.parse(sign(credential(signer), signer, suite_of(suite)))
    result = verdict(PROOF_FAULTS[name](signed))
    assert result.outcome != "valid"


FORGED: dict[str, dict[str, Any]] = {
    "another type": {"type": "UnknownProofType"},
    "no type": {"type": ...},
    "no cryptosuite": {"cryptosuite": ...},
    "another purpose": {"proofPurpose": "invalidPurpose"},
    "no purpose": {"proofPurpose": ...},
    "made for authentication": {"proofPurpose": "authentication"},
    "no method": {"verificationMethod": ...},
    "another's method": {"verificationMethod": NIST.method},
    "created in words": {"created": "invalidDate"},
    "expires in words": {"expires": "invalidDate"},
    "expired": {"expires": "2026-11-21T11:00:00"},
    "created tomorrow": {"created": "2026-11-22T12:00:00Z"},
    "an id that is no URL": {"id": "456321"},
    "a domain that is a number": {"domain": 7},
    "a previous proof that is not there": {"previousProof": "urn:uuid:nowhere"},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_proof_signed_with_its_fault_is_refused_for_the_fault(name: str) -> None:
    document = credential()
    result = verdict({**document, "proof": forged(document, FORGED[name])})
    assert result.outcome != "valid"
    assert "signature_invalid" not in codes(result)


DATES: dict[str, dict[str, Any]] = {
    "no created": {"created": ...},
    "created a year ago": {"created": "2025-11-21T12:00:00Z"},
    "created without an offset, read as UTC": {"created": "2026-11-21T12:00:00"},
    "expires now, without an offset, read as UTC": {"expires": "2026-11-21T12:00:00"},
}


@pytest.mark.parametrize("name", DATES)
def test_dates_of_a_proof_that_conform(name: str) -> None:
    document = credential()
    result = verdict({**document, "proof": forged(document, DATES[name])})
    assert result.outcome == "valid", result.findings


def test_a_proof_hashed_with_sha512_is_refused() -> None:
    document = credential()
    proof = without(forged(document, {}), "proofValue")
    message = b"".join(hashlib.sha512(jcs.canonicalize(part)).digest() for part in (proof, document))
    value = "z" + base58btc_encode(raw_signature(ADA.private, message))
    assert codes(verdict({**document, "proof": {**proof, "proofValue": value}})) == {"signature_invalid"}


def test_a_p384_proof_hashed_with_sha256_is_refused() -> None:
    signer = SUITES["ecdsa-jcs-2019 (P-384)"]
    document = credential(signer)
    proof = without(forged(document, {"cryptosuite": "ecdsa-jcs-2019"}, signer), "proofValue")
    message = b"".join(hashlib.sha256(jcs.canonicalize(part)).digest() for part in (proof, document))
    value = "z" + base58btc_encode(raw_signature(signer.private, message))
    assert codes(verdict({**document, "proof": {**proof, "proofValue": value}})) == {"signature_invalid"}


def test_a_jcs_proof_that_says_it_is_rdfc_is_refused() -> None:
    signed = strict_json.parse(sign(credential()))
    assert codes(verdict(in_proof(cryptosuite="eddsa-rdfc-2022")(signed))) == {"signature_invalid"}


def test_the_expected_purpose_must_be_that_of_the_proof() -> None:
    assert codes(verdict(sign(credential()), purpose="authentication")) == {"proof_purpose_mismatch"}


@pytest.mark.parametrize(
    ("made", "asked", "code"),
    [
        ({"domain": "a.example"}, {"domain": "a.example"}, ""),
        ({"domain": ["b.example", "a.example"]}, {"domain": "a.example"}, ""),
        ({"domain": "b.example"}, {"domain": "a.example"}, "proof_domain_mismatch"),
        ({}, {"domain": "a.example"}, "proof_domain_mismatch"),
        ({"challenge": "1"}, {"challenge": "1"}, ""),
        ({"challenge": "1"}, {"challenge": "2"}, "proof_challenge_mismatch"),
        ({}, {"challenge": "2"}, "proof_challenge_mismatch"),
        ({"domain": "a.example", "challenge": "1"}, {}, ""),
    ],
)
def test_domain_and_challenge(made: dict[str, Any], asked: dict[str, Any], code: str) -> None:
    document = credential()
    result = verdict({**document, "proof": forged(document, made)}, **asked)
    assert codes(result) == ({code} if code else set())


# --- proof sets and chains: VC-DI §4.5

FIRST = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"


def chain(previous: Any = FIRST) -> dict[str, Any]:
    """A proof, and another one over the document with that proof."""
    document = credential()
    first = forged(document, {"id": FIRST})
    second = forged({**document, "proof": [first]}, {"previousProof": previous})
    return {**document, "proof": [first, second]}


@pytest.mark.parametrize("previous", [FIRST, [FIRST]])
def test_a_proof_chain_is_valid(previous: Any) -> None:
    result = verdict(chain(previous))
    assert result.outcome == "valid", result.findings


CHAIN_FAULTS: dict[str, Callable[[], dict[str, Any]]] = {
    "names what is not there": lambda: chain("urn:uuid:nowhere"),
    "names in a list what is not there": lambda: chain(["urn:uuid:nowhere"]),
    "names one that is there and one that is not": lambda: chain([FIRST, "urn:uuid:nowhere"]),
    "names a number": lambda: chain(456321),
    "has lost its first proof": lambda: {**chain(), "proof": chain()["proof"][1:]},
    "has a broken first proof": lambda: with_proof(0, proofValue="z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh"),
    "has a broken second proof": lambda: with_proof(1, id="urn:uuid:another"),
}


def with_proof(index: int, **changed: Any) -> dict[str, Any]:
    document = chain()
    document["proof"][index].update(changed)
    return document


@pytest.mark.parametrize("name", CHAIN_FAULTS)
def test_a_proof_chain_is_refused_that(name: str) -> None:
    assert verdict(CHAIN_FAULTS[name](), relaxed=True).outcome == "invalid"


def test_in_a_proof_set_one_good_proof_suffices_unless_all_are_asked_for() -> None:
    document = credential()
    both = {**document, "proof": [forged(document, {}), forged(document, {}, HOLDER)]}
    assert verdict(both, every_proof=False).outcome == "valid"
    assert codes(verdict(both)) == {"key_not_authorised"}
    good = {**document, "proof": [forged(document, {}), forged(document, {"created": ...})]}
    assert verdict(good).outcome == "valid"
