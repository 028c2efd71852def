"""Credentials and proofs for the cases of the W3C's conformance suites, good ones and forged ones.

The cases are ours; the suites are vc-data-model-2.0, data-integrity, di-eddsa, di-ecdsa and
bitstring-status-list. The policy is that of the VC-API test profile, without its worker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from exchange.core import strict_json
from exchange.core.canonical import jcs
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.general import canonize_exactly
from exchange.core.keys.multibase import base58btc_decode, base58btc_encode
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict, judge
from tests.core.signers import Issuer, raw_signature

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"
TYPED = "https://example.org/#Kind"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
CONTEXTS = SHIPPED.extended({EXAMPLES: {"@context": {"@vocab": "https://example.org/words#"}}})
ADA = Issuer("ada of the suites")
NIST = Issuer("a curve of the suites", "P-256")
HOLDER = Issuer("holder of the suites")
SUITES = {
    "eddsa-rdfc-2022": ADA,
    "eddsa-jcs-2022": ADA,
    "ecdsa-rdfc-2019": NIST,
    "ecdsa-jcs-2019": NIST,
    "ecdsa-rdfc-2019 (P-384)": Issuer("a long curve of the suites", "P-384"),
    "ecdsa-jcs-2019 (P-384)": Issuer("a long curve of the suites", "P-384"),
}

Change = Callable[[dict[str, Any]], Any]


def credential(by: Issuer = ADA, /, **changed: Any) -> dict[str, Any]:
    document = {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": by.did,
        "credentialSubject": {"id": "did:example:subject"},
    }
    return without({**document, **changed})


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """`document` without `names` and whatever is `...`."""
    return {name: value for name, value in document.items() if name not in names and value is not ...}


def exact(algorithm: str, document: Any) -> bytes:
    return canonize_exactly(document, CONTEXTS, algorithm)


def sign(document: dict[str, Any], issuer: Issuer = ADA, suite: str = "eddsa-jcs-2022", **more: Any) -> bytes:
    return issuer.sign(document, suite, contexts=CONTEXTS, exact=exact, **more)


def verdict(signed: bytes | dict[str, Any], documents: Any = None, **policy: Any) -> Verdict:
    raw = signed if isinstance(signed, bytes) else strict_json.dump(signed)
    profile = {"expect": "credential", "contexts": CONTEXTS, "exact": exact, "every_proof": True, **policy}
    return judge(raw, documents or {}, Policy(**profile), NOW)


def codes(result: Verdict) -> set[str]:
    return {finding.code for finding in result.findings if finding.level in ("error", "unknown")}


def with_term(name: str, url: str, **more: Any) -> dict[str, Any]:
    return {"@context": [V2, {name: url}], **more}


def forged(document: dict[str, Any], config: dict[str, Any], key: Issuer = ADA) -> dict[str, Any]:
    """A proof by eddsa-jcs-2022 over anything at all, with the members of `config`."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-11-21T09:30:00Z",
        "verificationMethod": key.method,
        "proofPurpose": "assertionMethod",
        **config,
    }
    proof = without(proof)
    message = b"".join(hashlib.sha256(jcs.canonicalize(part)).digest() for part in (proof, document))
    return {**proof, "proofValue": "z" + base58btc_encode(raw_signature(key.private, message))}


def token(**changed: Any) -> str:
    return ADA.sign(credential(id="urn:uuid:1", validFrom="2026-01-01T00:00:00Z", **changed), "jwt").decode()


def envelope(**changed: Any) -> dict[str, Any]:
    enveloping = {
        "@context": V2,
        "id": f"data:application/vc+jwt,{token()}",
        "type": "EnvelopedVerifiableCredential",
    }
    return without({**enveloping, **changed})


def in_proof(**changed: Any) -> Change:
    return lambda signed: {**signed, "proof": without({**signed["proof"], **changed})}


def longer(signed: dict[str, Any]) -> dict[str, Any]:
    value = base58btc_decode(signed["proof"]["proofValue"][1:]) + bytes(32)
    return {**signed, "proof": {**signed["proof"], "proofValue": "z" + base58btc_encode(value)}}


PROOF_FAULTS: dict[str, Change] = {
    "no proof": lambda signed: without(signed, "proof"),
    "a proof that is null": lambda signed: {**signed, "proof": None},
    "a proof that is a text": lambda signed: {**signed, "proof": "z123"},
    "no proofs in the list": lambda signed: {**signed, "proof": []},
    "no proof.type": in_proof(type=...),
    "an empty proof.type": in_proof(type=""),
    "another proof.type": in_proof(type="UnknownProofType"),
    "proof.type in a list": in_proof(type=["DataIntegrityProof"]),
    "no verificationMethod": in_proof(verificationMethod=...),
    "a verificationMethod that is no key": in_proof(verificationMethod="did:key:invalidVm"),
    "a verificationMethod that is no URL": in_proof(verificationMethod="did:key:@invalid Vm@"),
    "a verificationMethod that is a number": in_proof(verificationMethod=7),
    "no proofPurpose": in_proof(proofPurpose=...),
    "a proofPurpose that is none": in_proof(proofPurpose="invalidPurpose"),
    "a proofPurpose that is null": in_proof(proofPurpose=None),
    "no proofValue": in_proof(proofValue=...),
    "a proofValue that is null": in_proof(proofValue=None),
    "a proofValue without its multibase sign": lambda signed: in_proof(
        proofValue=signed["proof"]["proofValue"][1:]
    )(signed),
    "a proofValue with another multibase sign": lambda signed: in_proof(
        proofValue="u" + signed["proof"]["proofValue"][1:]
    )(signed),
    "a proofValue that is too long": longer,
    "a proofValue of nothing": in_proof(proofValue="z"),
    "another proofValue": in_proof(proofValue="z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh"),
    "no cryptosuite": in_proof(cryptosuite=...),
    "another cryptosuite": in_proof(cryptosuite="UnknownCryptosuite"),
    "an empty cryptosuite": in_proof(cryptosuite=""),
    "a cryptosuite that is a number": in_proof(cryptosuite=2022),
    "created in words": in_proof(created="invalidDate"),
    "created that is a number": in_proof(created=1_700_000_000),
    "expires in words": in_proof(expires="invalidDate"),
    "a proof.id that is no URL": in_proof(id="456321"),
    "a proof.id that is a number": in_proof(id=456321),
    "a domain that is a number": in_proof(domain=7),
    "a challenge that is a number": in_proof(challenge=7),
    "a nonce that is a number": in_proof(nonce=7),
    "a previousProof that is a number": in_proof(previousProof=456321),
    "a previousProof that is not there": in_proof(previousProof="urn:uuid:nowhere"),
    "a previousProof in a list that is not there": in_proof(previousProof=["urn:uuid:nowhere"]),
    "a term that nothing defines, added": lambda signed: {
        **signed,
        "credentialSubject": {**signed["credentialSubject"], "undefinedTerm": "IfDroppedWillVerify"},
    },
    "a type that nothing defines, added": lambda signed: {
        **signed,
        "type": [*signed["type"], "UndefinedType"],
    },
    "a changed claim": lambda signed: {**signed, "credentialSubject": {"id": "urn:invalid"}},
}
