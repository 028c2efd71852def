"""The published vectors of the W3C and 1EdTech, reproduced bit for bit: hashes, proof values, documents."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.canonical import jcs, rdf
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.dates import parse_date
from exchange.core.keys.did import authorised_key
from exchange.core.keys.multibase import base58btc_decode
from exchange.core.keys.multikey import multikey_of, private_key_from_multikey
from exchange.core.proofs.data_integrity import prepare, seal
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.secured import Secured, check_proof
from exchange.core.verdict.verdict import judge
from tests.core.signers import raw_signature

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

CASES = {
    "vc-di-eddsa/eddsa-rdfc-2022": ("DataInt", "signedDataInt.json"),
    "vc-di-eddsa/eddsa-rdfc-2022/employ": ("DataInt", "signedDataInt.json"),
    "vc-di-eddsa/eddsa-jcs-2022": ("JCS", "signedJCS.json"),
    "vc-di-eddsa/Ed25519Signature2020": ("EdSig", "signedEdSig.json"),
    "vc-di-ecdsa/ecdsa-rdfc-2019-p256": ("ECDSAP256", "signedECDSAP256.json"),
    "vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ": ("ECDSAP256", "signedECDSAP256.json"),
    "vc-di-ecdsa/ecdsa-rdfc-2019-p384": ("ECDSAP384", "signedECDSAP384.json"),
    "vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ": ("ECDSAP384", "signedECDSAP384.json"),
    "vc-di-ecdsa/ecdsa-jcs-2019-p256": ("JCSECDSAP256", "signedJCSECDSAP256.json"),
    "vc-di-ecdsa/ecdsa-jcs-2019-p384": ("JCSECDSAP384", "signedJCSECDSAP384.json"),
}


@pytest.fixture(scope="session")
def contexts(shared_vectors: Path) -> Contexts:
    """The shipped contexts, and the two that only the published examples use."""
    files = json.loads((shared_vectors / "contexts" / "map.json").read_text())
    urls = ("https://www.w3.org/ns/credentials/examples/v2", "https://w3id.org/citizenship/v4rc1")
    return SHIPPED.extended(
        {url: json.loads((shared_vectors / "contexts" / files[url]).read_text()) for url in urls}
    )


def signed(folder: Path, name: str) -> dict[str, Any]:
    document = strict_json.parse((folder / name).read_bytes())
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("case", CASES)
def test_hashes_are_the_published_ones(case: str, shared_vectors: Path, contexts: Contexts) -> None:
    folder, (suffix, name) = shared_vectors / "w3c-di-vectors" / case, CASES[case]
    document = signed(folder, name)
    proof = document.pop("proof")
    del proof["proofValue"]
    hash_name = "sha384" if "384" in case else "sha256"
    if "jcs" in case:
        forms = jcs.canonicalize(proof), jcs.canonicalize(document)
    else:
        configured = {**proof, "@context": document["@context"]}
        forms = tuple(rdf.canonize(d, contexts=contexts, algorithm=hash_name) for d in (configured, document))
    digests = [getattr(hashlib, hash_name)(form).hexdigest() for form in forms]
    combined = (folder / f"combinedHash{suffix}.txt").read_text().strip()
    assert "".join(digests) == combined


@pytest.mark.parametrize("case", CASES)
def test_published_signature_verifies_and_a_changed_byte_does_not(
    case: str, shared_vectors: Path, contexts: Contexts
) -> None:
    document = signed(shared_vectors / "w3c-di-vectors" / case, CASES[case][1])
    policy = Policy(contexts=contexts, relaxed=True)
    good = check_proof(Secured(document), {}, policy, NOW)
    assert good.ok, good.findings
    changed = {**document, "name": document.get("name", "") + "!"}
    bad = check_proof(Secured(changed), {}, policy, NOW)
    assert [finding.code for finding in bad.findings] == ["signature_invalid"]


@pytest.mark.parametrize("case", [case for case in CASES if "2022" in case])
def test_our_own_signing_gives_the_published_proof_value(
    case: str, shared_vectors: Path, contexts: Contexts
) -> None:
    folder = shared_vectors / "w3c-di-vectors" / case
    document = signed(folder, CASES[case][1])
    proof = document.pop("proof")
    pair = json.loads((shared_vectors / "w3c-di-vectors/vc-di-eddsa/keyPair.json").read_text())
    private = private_key_from_multikey(pair["privateKeyMultibase"])
    assert multikey_of(private.public_key()) == pair["publicKeyMultibase"]
    prepared = prepare(
        document,
        proof["cryptosuite"],
        "Ed25519",
        proof["verificationMethod"],
        parse_date(proof["created"]),
        contexts=contexts,
    )
    made = strict_json.parse(seal(prepared, raw_signature(private, prepared.message)))
    assert made["proof"] == proof


def test_1edtech_implementation_guide_badge(shared_vectors: Path) -> None:
    folder = shared_vectors / "1edtech-impl-guide-vectors"
    document = signed(folder, "ob3-signed.json")
    proven = check_proof(Secured(document), {}, Policy(), NOW)
    # The guide's key stands only in the URL's fragment; nobody can tell whether the issuer has it.
    assert [(f.code, f.level) for f in proven.findings] == [("document_unreachable", "unknown")]
    key = authorised_key(
        "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
        "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi#z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
        {},
        NOW,
    )
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    config = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    quads = rdf.canonize(unsigned), rdf.canonize({**config, "@context": document["@context"]})
    message = hashlib.sha256(quads[1]).digest() + hashlib.sha256(quads[0]).digest()
    assert key.verify(base58btc_decode(document["proof"]["proofValue"][1:]), message)


CHAINS = sorted(
    path.name
    for path in (
        Path(__file__).parents[4] / "shared" / "vectors" / "w3c-di-vectors" / "di-assertion-proof-chains"
    ).glob("2.0-*.json")
)


@pytest.mark.parametrize("name", CHAINS or ["2.0-previousProofStringOk-SimpleSigned2.json"])
def test_previous_proof(name: str, shared_vectors: Path, exact_here: Any) -> None:
    document = signed(shared_vectors / "w3c-di-vectors" / "di-assertion-proof-chains", name)
    proven = check_proof(Secured(document), {}, Policy(exact=exact_here(SHIPPED)), NOW)
    assert proven.ok is ("Ok" in name), proven.findings


@pytest.mark.parametrize(
    "name", ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"]
)
def test_proof_sets_and_chains(name: str, shared_vectors: Path, contexts: Contexts) -> None:
    folder = shared_vectors / "w3c-di-vectors/vc-di-eddsa/proof-set-chain"
    document = signed(folder, f"{name}.json")
    proven = check_proof(Secured(document), {}, Policy(contexts=contexts, relaxed=True), NOW)
    assert {finding.code for finding in proven.findings} == {"signature_valid"}
    assert len(proven.findings) == (len(document["proof"]) if isinstance(document["proof"], list) else 1)


def test_the_first_release_context_is_the_published_one(shared_vectors: Path) -> None:
    published = json.loads((shared_vectors / "contexts" / "ob-v3p0.json").read_text())
    assert SHIPPED["https://purl.imsglobal.org/spec/ob/v3p0/context.json"] == published


def test_a_plugfest_badge_of_vcdm_1_1_is_valid(shared_vectors: Path) -> None:
    signed = (shared_vectors / "baked-images" / "vc-ed__signed_badge_example-p2.json").read_bytes()
    verdict = judge(signed, {}, Policy(), NOW)
    assert verdict.outcome == "valid", verdict.findings
    changed = judge(signed.replace(b"plugfest", b"plugFest", 1), {}, Policy(), NOW)
    assert changed.outcome == "invalid"
