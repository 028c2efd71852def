"""The VC-API test profile over HTTP: what the W3C's suites send, and what they look at in the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from exchange.adapters.worker import KillableWorker
from exchange.core import strict_json
from exchange.core.canonical import Exact
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.keys.multibase import multibase_decode
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import judge
from exchange.flows.badges.vc_api import EXAMPLES, unsafe_key
from exchange.service import _test_profile
from exchange.settings import Settings
from tests.core.credentials.test_presentation import (
    PRESENTATION_FAULTS,
    present,
    presentation,
    vp_envelope,
    vp_token,
)
from tests.core.verdict.test_w3c_musts import ACCEPTED, ENVELOPE_FAULTS, REFUSED
from tests.core.verdict.test_w3c_proofs import CHAIN_FAULTS, chain
from tests.core.w3c import (
    HOLDER,
    PROOF_FAULTS,
    TYPED,
    V1,
    V2,
    envelope,
    forged,
    token,
    without,
)
from tests.edge.served import Served
from tests.edge.shop import Shop
from tests.edge.vc_suite import ED, KEYS, Suite, asked, fresh_suite
from tests.simulator import World

VERSIONS: dict[str, dict[str, Any]] = {
    "2.0": {"credentialSubject": {"id": "did:example:a", "name": "Alice"}},
    "1.1": {
        "@context": [V1, {"name": "https://schema.org/name"}],
        "issuanceDate": "2020-03-16T22:37:26Z",
        "credentialSubject": {"id": "did:example:a", "name": "Alice"},
    },
}
SUITES = [
    ("Ed25519", "eddsa-rdfc-2022"),
    ("Ed25519", "eddsa-jcs-2022"),
    *((kind, suite) for kind in ("P-256", "P-384") for suite in ("ecdsa-rdfc-2019", "ecdsa-jcs-2019")),
]


@pytest.fixture(scope="module")
def suite(exact_here: Callable[[Contexts], Exact]) -> Iterator[Suite]:
    suite = fresh_suite(exact_here(SHIPPED))
    with suite.client:
        yield suite


# --- where it is ------------------------------------------------------------------------------------------


def test_the_public_site_does_not_have_it() -> None:
    with Served(World().ports) as client:
        assert client.get("/vc-api/issuers").status_code == 404
        assert client.post("/vc-api/credentials/issue", json={}).status_code == 404


@pytest.mark.parametrize(
    ("on", "host", "mounted"),
    [(True, "127.0.0.1", True), (True, "::1", True), (False, "127.0.0.1", False), (True, "0.0.0.0", False)],
)
def test_it_is_mounted_only_where_asked_for_and_on_loopback(on: bool, host: str, mounted: bool) -> None:
    settings = Settings.from_environ({}, checkout=True)
    found = _test_profile(replace(settings, test_vc_api=on, host=host), World().ports)
    assert bool(found) == mounted


def test_the_issuers_a_configuration_can_name(suite: Suite) -> None:
    listed = suite.client.get("/vc-api/issuers").json()["issuers"]
    assert [issuer["keyType"] for issuer in listed] == ["Ed25519", "P-256", "P-384"]
    assert [issuer["id"] for issuer in listed] == [key.did for key in KEYS.values()]
    assert [issuer["id"][:12] for issuer in listed] == ["did:key:z6Mk", "did:key:zDna", "did:key:z82L"]


# --- issue ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_conforming_credential_is_issued_and_verifies(suite: Suite, name: str) -> None:
    issued = suite.issue(asked(**ACCEPTED[name]))
    sent = asked(**ACCEPTED[name])
    assert {**without(issued, "proof"), "@context": sent["@context"]} == sent
    assert issued["@context"][: len(sent["@context"])] == sent["@context"]
    answer = suite.verify(issued)
    assert answer.status_code == 200, answer.text
    assert answer.json()["verified"] is True
    assert answer.json()["errors"] == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_credential_that_does_not_conform_is_not_issued(suite: Suite, name: str) -> None:
    suite.refuses(asked(**REFUSED[name]))
    suite.refuses(asked(**REFUSED[name]), cryptosuite="eddsa-jcs-2022")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("kind", "name"), SUITES)
def test_every_suite_with_every_key(suite: Suite, kind: Any, name: str, version: str) -> None:
    key = unsafe_key(kind)
    issued = suite.issue(asked(key.did, **VERSIONS[version]), cryptosuite=name)
    proof = issued["proof"]
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", name)
    assert (proof["verificationMethod"], proof["proofPurpose"]) == (key.method, "assertionMethod")
    assert proof["proofValue"].startswith("z")
    assert len(multibase_decode(proof["proofValue"])) == (96 if kind == "P-384" else 64)
    expected = {V2, "https://w3id.org/security/data-integrity/v2"}
    assert expected & {context for context in issued["@context"] if isinstance(context, str)}
    assert suite.verify(issued).status_code == 200


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Ed25519", "eddsa-rdfc-2022"), ("P-256", "ecdsa-rdfc-2019"), ("P-384", "ecdsa-rdfc-2019")],
)
def test_without_options_the_key_chooses_the_suite(suite: Suite, kind: Any, name: str) -> None:
    answer = suite.post("credentials/issue", {"credential": asked(unsafe_key(kind).did)})
    assert answer.json()["proof"]["cryptosuite"] == name


@pytest.mark.parametrize("name", ["ecdsa-rdfc-2019", "bbs-2023", "Ed25519Signature2020", ""])
def test_a_suite_that_the_key_cannot_make_is_refused(suite: Suite, name: str) -> None:
    assert suite.refuses(asked(), cryptosuite=name) == "suite_not_issued"


def test_an_issuer_whose_key_nobody_holds_is_a_matter_of_this_profile_only(suite: Suite) -> None:
    issued = suite.issue(asked("did:example:issuer"))
    assert issued["issuer"] == "did:example:issuer"
    assert suite.verify(issued).status_code == 200
    strict = judge(strict_json.dump(issued), {}, Policy(expect="credential"), suite.world.now)
    assert strict.outcome != "valid"


def test_the_issuers_of_the_exchange_do_not_sign_here() -> None:
    shop = Shop()
    did = shop.get("/issuers/school/did.json").json()["id"]
    suite = Suite(shop.world, shop.world.ports)
    assert suite.issue(asked(did))["proof"]["verificationMethod"] == KEYS["Ed25519"].method


def test_the_examples_contexts_are_known_here_only(suite: Suite) -> None:
    words: dict[str, Any] = {"@context": [V2, *EXAMPLES], "credentialSubject": {"word": {"type": "Any"}}}
    assert suite.verify(suite.issue(asked(**words))).status_code == 200
    assert not any(url in SHIPPED for url in EXAMPLES)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"credential": 7}',
        b'{"credential": {}, "options": []}',
        b'{"credential": {}, "options": {"cryptosuite": 7}}',
        b'{"credential": {}, "options": {"statusPurpose": [7]}}',
    ],
)
def test_a_request_that_is_none(suite: Suite, body: bytes) -> None:
    for path in ("credentials/issue", "credentials/verify", "presentations/verify", "status"):
        answer = suite.client.post(f"/vc-api/{path}", content=body)
        assert answer.status_code == 400, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


# --- selective disclosure ---------------------------------------------------------------------------------


def test_without_a_worker_no_base_proof_is_made(suite: Suite) -> None:
    assert suite.refuses(asked(), cryptosuite="ecdsa-sd-2023") == "suite_not_issued"


def test_selective_disclosure_with_the_worker() -> None:
    from openvc.proof.ecdsa_sd import EcdsaSdProofSuite

    world, worker = World(), KillableWorker()
    suite = Suite(world, replace(world.ports, exact=worker.exact, rare=worker.rare), worker)
    document = asked(
        KEYS["P-256"].did, id="urn:uuid:1", credentialSubject={"id": "did:example:a", "name": "Alice"}
    )
    chosen = {"cryptosuite": "ecdsa-sd-2023", "mandatoryPointers": ["/issuer"]}
    try:
        base = suite.issue(document, **chosen)
        assert multibase_decode(base["proof"]["proofValue"])[:3] == b"\xd9\x5d\x00"
        assert base["proof"]["proofValue"].startswith("u")
        assert suite.verify(base).status_code == 400
        derived = EcdsaSdProofSuite().derive_proof(base, selective_pointers=["/credentialSubject/id"])
        assert "name" not in derived["credentialSubject"]
        answer = suite.verify(derived)
        assert answer.status_code == 200, answer.text
        for fault in ({"proofValue": "a"}, {"cryptosuite": "invalid-cryptosuite"}):
            assert suite.verify({**derived, "proof": {**derived["proof"], **fault}}).status_code == 400
        assert suite.verify({**derived, "credentialSubject": {"id": "urn:invalid"}}).status_code == 400
        assert (
            suite.refuses(document, **{**chosen, "mandatoryPointers": ["/non/existent"]}) == "proof_not_made"
        )
        assert suite.refuses({**document, "issuer": ED}, **chosen) == "suite_not_issued"
        examples = {
            **document,
            "@context": [V2, *EXAMPLES],
            "credentialSubject": {"id": "urn:x:1", "word": 1},
        }
        assert suite.issue(examples, **chosen)["@context"] == [V2, *EXAMPLES]
        assert suite.issue(asked(**ACCEPTED["an inline context"]))["type"] == ["VerifiableCredential", "Kind"]
    finally:
        worker.close()


# --- verify -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROOF_FAULTS)
@pytest.mark.parametrize(("kind", "made"), SUITES[::3])
def test_a_proof_that_does_not_conform_is_refused(suite: Suite, name: str, kind: Any, made: str) -> None:
    issued = suite.issue(asked(unsafe_key(kind).did), cryptosuite=made)
    answer = suite.verify(PROOF_FAULTS[name](issued))
    assert answer.status_code == 400
    assert answer.json()["verified"] is False


def test_proof_chains(suite: Suite) -> None:
    assert suite.verify(chain()).status_code == 200
    for fault in CHAIN_FAULTS.values():
        assert suite.verify(fault()).status_code == 400


def test_envelopes(suite: Suite) -> None:
    assert suite.verify(envelope()).status_code == 200
    for fault in ENVELOPE_FAULTS.values():
        assert suite.verify(envelope(**fault)).status_code == 400


def test_a_token_of_a_credential(suite: Suite) -> None:
    assert suite.verify(token()).status_code == 200
    assert suite.verify(token() + "A").status_code == 400


def test_options_of_verifying(suite: Suite) -> None:
    issued = suite.issue(asked())
    assert suite.verify(issued, expectedProofPurpose="assertionMethod").status_code == 200
    for options in ({"expectedProofPurpose": "authentication"}, {"domain": "a.example"}, {"challenge": "1"}):
        assert suite.verify(issued, **options).status_code == 400
    assert suite.verify(issued, domain=7).json()["code"] == "options_malformed"


PROBLEMS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "changed": (
        lambda c: {**c, "id": "urn:uuid:2"},
        "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR",
    ),
    "no proof": (lambda c: without(c, "proof"), "https://w3id.org/security#PROOF_VERIFICATION_ERROR"),
    "no issuer": (
        lambda c: without(c, "issuer"),
        "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR",
    ),
    "an undefined type": (
        lambda c: {**without(c, "proof"), **signed_with(c, type=["VerifiableCredential", "Undefined"])},
        "https://w3id.org/security#DATA_LOSS_DETECTION_ERROR",
    ),
}


def signed_with(issued: dict[str, Any], **changed: Any) -> dict[str, Any]:
    document = {**without(issued, "proof"), **changed}
    return {**document, "proof": forged(document, {})}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problem_details_have_the_types_of_the_specifications(suite: Suite, name: str) -> None:
    change, kind = PROBLEMS[name]
    problem = suite.verify(change(suite.issue(asked(id="urn:uuid:1")))).json()
    assert (problem["status"], problem["type"]) == (400, kind)
    assert problem["title"] == kind.partition("#")[2]
    assert {"type", "title", "detail", "at"} == set(problem["problemDetails"][0])


# --- presentations ----------------------------------------------------------------------------------------


def test_presentations(suite: Suite) -> None:
    issued = suite.issue(asked())
    for shown in (present([issued]), present([issued, issued]), present([]), present([envelope()])):
        answer = suite.verify_presentation(strict_json.parse(shown))
        assert answer.status_code == 200, answer.text
    assert suite.verify_presentation(vp_token()).status_code == 200
    assert suite.verify_presentation(vp_envelope(vp_token())).status_code == 200
    kind: dict[str, Any] = {"@context": [V2, {"Shown": TYPED}], "type": ["VerifiablePresentation", "Shown"]}
    assert suite.verify_presentation(strict_json.parse(present([issued], **kind))).status_code == 200


@pytest.mark.parametrize("name", [name for name in PRESENTATION_FAULTS if name != "a holder that is another"])
def test_a_presentation_is_refused_with(suite: Suite, name: str) -> None:
    document = presentation(**PRESENTATION_FAULTS[name])
    raw = {**document, "proof": forged(document, {"proofPurpose": "authentication"}, HOLDER)}
    assert suite.verify_presentation(raw).status_code == 400


def test_a_presentation_is_for_who_asked(suite: Suite) -> None:
    document = presentation([suite.issue(asked())])
    made = {"proofPurpose": "authentication", "domain": "a.example", "challenge": "1"}
    raw = {**document, "proof": forged(document, made, HOLDER)}
    assert suite.verify_presentation(raw).status_code == 200
    assert suite.verify_presentation(raw, domain="a.example", challenge="1").status_code == 200
    assert suite.verify_presentation(raw, domain="a.example", challenge="2").status_code == 400
    assert suite.verify_presentation(raw, expectedProofPurpose="assertionMethod").status_code == 400
