"""What the worker delegates: rare proof suites to openvc-core, Open Badges 2.0 to openbadgeslib."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from exchange.adapters.worker import KillableWorker
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.verdict.documents import Document
from exchange.errors import CannotTellError, ExchangeError, InputError
from tests.adapters.test_worker import BADGE, OB3, V2

UNTIL = "2026-06-01T00:00:00Z"


@pytest.fixture(scope="module")
def worker() -> Iterator[KillableWorker]:
    worker = KillableWorker(seconds=60.0, cpu_seconds=60)
    yield worker
    worker.close()


def refusal(call: Any, *arguments: Any) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        call(*arguments)
    return caught.value


# --- rare suites ---


class SelectiveDisclosure:
    """An issuer's ecdsa-sd-2023 badge with a proof derived by its holder, made by openvc-core."""

    def __init__(self) -> None:
        from openvc.keys import P256SigningKey
        from openvc.proof.ecdsa_sd import EcdsaSdProofSuite

        from exchange.core.keys.multikey import public_key_from_jwk, public_key_from_multikey

        self.suite = EcdsaSdProofSuite()
        self.contexts = {url: SHIPPED[url] for url in (V2, OB3)}
        self.key = P256SigningKey.generate(kid="k")
        multikey = public_key_from_jwk(self.key.public_jwk()).multikey
        self.public_key = public_key_from_multikey(multikey)
        self.issuer = f"did:key:{multikey}"
        self.method = f"{self.issuer}#{multikey}"

    def base(self, badge: dict[str, Any], method: str | None = None) -> dict[str, Any]:
        return self.suite.add_base_proof(
            badge,
            signing_key=self.key,
            verification_method=method or self.method,
            mandatory_pointers=["/issuer", "/validFrom", "/type"],
            extra_contexts=self.contexts,
        )

    def derived(self, method: str | None = None) -> dict[str, Any]:
        badge = {
            **BADGE,
            "issuer": {"id": self.issuer, "type": ["Profile"]},
            "name": "Badge",
            "validUntil": UNTIL,
        }
        return self.suite.derive_proof(
            self.base(badge, method),
            selective_pointers=["/name", "/credentialSubject", "/validUntil"],
            extra_contexts=self.contexts,
        )


@pytest.fixture(scope="module")
def disclosure() -> SelectiveDisclosure:
    return SelectiveDisclosure()


def test_selective_disclosure_proof_is_verified(
    worker: KillableWorker, disclosure: SelectiveDisclosure
) -> None:
    worker.rare(disclosure.derived(), disclosure.public_key)


def test_selective_disclosure_proof_of_somebody_else_is_refused(
    worker: KillableWorker, disclosure: SelectiveDisclosure
) -> None:
    stranger = SelectiveDisclosure().public_key
    assert refusal(worker.rare, disclosure.derived(), stranger).code == "signature_invalid"


def test_changed_selective_disclosure_badge_is_refused(
    worker: KillableWorker, disclosure: SelectiveDisclosure
) -> None:
    derived = disclosure.derived()
    proof = derived["proof"]
    value = proof["proofValue"]
    less = {name: member for name, member in derived.items() if name != "name"}
    nested = {"id": derived["id"], "type": ["VerifiableCredential"], "validUntil": UNTIL}
    moved = {name: member for name, member in derived.items() if name != "validUntil"}
    changed: dict[str, tuple[dict[str, Any], str]] = {
        "another name": ({**derived, "name": "Other"}, "signature_invalid"),
        "a statement less": (less, "signature_invalid"),
        "a statement more": ({**derived, "validUntil": "2099-01-01T00:00:00Z"}, "signature_invalid"),
        "expiry moved into a nested self": ({**moved, "endorsement": [nested]}, "moved_statement"),
        "an undefined term": ({**derived, "nonsense": "x"}, "undefined_term"),
        "a broken value": ({**derived, "proof": {**proof, "proofValue": value[:40]}}, "proof_malformed"),
        "no value": ({**derived, "proof": {**proof, "proofValue": None}}, "proof_malformed"),
        "another suite": ({**derived, "proof": {**proof, "cryptosuite": "bbs-2023"}}, "unknown_suite"),
        "suite a list": ({**derived, "proof": {**proof, "cryptosuite": ["x"]}}, "unknown_suite"),
    }
    for name, (document, code) in changed.items():
        assert refusal(worker.rare, document, disclosure.public_key).code == code, name


def test_base_proof_is_not_for_verifiers(worker: KillableWorker, disclosure: SelectiveDisclosure) -> None:
    base = disclosure.base({**BADGE, "issuer": disclosure.issuer})
    assert isinstance(refusal(worker.rare, base, disclosure.public_key), InputError)


# --- Open Badges 2.0 ---

OB2 = "https://w3id.org/openbadges/v2"
ORIGIN = "https://issuer.example"
ASSERTION: dict[str, Any] = {
    "@context": OB2,
    "type": "Assertion",
    "id": f"{ORIGIN}/assertions/1",
    "recipient": {"type": "email", "hashed": False, "identity": "a@example.org"},
    "badge": f"{ORIGIN}/badges/1",
    "verification": {"type": "HostedBadge"},
    "issuedOn": "2020-01-01T00:00:00Z",
    "expires": "2021-01-01T00:00:00Z",
}
BADGE_CLASS = {
    "@context": OB2,
    "type": "BadgeClass",
    "id": ASSERTION["badge"],
    "name": "Listening",
    "description": "Listens",
    "image": f"{ORIGIN}/1.png",
    "criteria": f"{ORIGIN}/criteria",
    "issuer": f"{ORIGIN}/profile",
}
PROFILE: dict[str, Any] = {
    "@context": OB2,
    "type": "Profile",
    "id": f"{ORIGIN}/profile",
    "name": "Issuer",
    "publicKey": f"{ORIGIN}/key",
    "revocationList": f"{ORIGIN}/revoked",
}
REVOKED: dict[str, Any] = {
    "@context": OB2,
    "type": "RevocationList",
    "id": f"{ORIGIN}/revoked",
    "revokedAssertions": [],
}


def served(*objects: dict[str, Any]) -> dict[str, Document]:
    return {
        found["id"]: Document(found["id"], 200, "application/json", json.dumps(found).encode())
        for found in objects
    }


HOSTED = served(ASSERTION, BADGE_CLASS, PROFILE, REVOKED)


def signed(key: Any, algorithm: str = "EdDSA", **changes: Any) -> str:
    import jwt

    verification = {"type": "SignedBadge", "creator": f"{ORIGIN}/key"}
    assertion = {**ASSERTION, "id": "urn:uuid:1", "verification": verification, **changes}
    return jwt.encode(assertion, key, algorithm=algorithm)


def ed25519_pair(url: str = f"{ORIGIN}/key") -> tuple[Any, dict[str, Any]]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    about = {
        "@context": OB2,
        "type": "CryptographicKey",
        "id": url,
        "owner": PROFILE["id"],
        "publicKeyPem": pem,
    }
    return key, about


def test_hosted_badge_stands_by_what_its_id_gives(worker: KillableWorker) -> None:
    stands = worker.open_badges_2({**ASSERTION, "narrative": "added by the holder"}, HOSTED)
    assert (stands["id"], stands["expires"]) == (ASSERTION["id"], "2021-01-01T00:00:00Z")
    assert "narrative" not in stands


def test_signed_badge_stands_by_the_issuers_key(worker: KillableWorker) -> None:
    key, about = ed25519_pair()
    assert worker.open_badges_2(signed(key), {**HOSTED, **served(about)})["id"] == "urn:uuid:1"


def test_documents_are_asked_for_one_after_the_other(worker: KillableWorker) -> None:
    held = dict(HOSTED)
    for url in (REVOKED["id"], PROFILE["id"], BADGE_CLASS["id"], ASSERTION["id"]):
        del held[url]
        error = refusal(worker.open_badges_2, ASSERTION, held)
        assert (type(error), error.code) == (CannotTellError, "document_unreachable")
        assert url in error.message


def test_hosted_badge_that_does_not_stand(worker: KillableWorker) -> None:
    elsewhere = {**ASSERTION, "id": "https://evil.example/1"}
    cases: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
        "another recipient": (
            {**ASSERTION, "recipient": {**ASSERTION["recipient"], "identity": "b@example.org"}},
            [],
            "open_badges_2_invalid",
        ),
        "hosted elsewhere": (elsewhere, [elsewhere], "open_badges_2_invalid"),
        "revoked": (ASSERTION, [{**REVOKED, "revokedAssertions": [ASSERTION["id"]]}], "revoked"),
        "no context": ({**ASSERTION, "@context": None}, [], "open_badges_2_invalid"),
        "not an assertion": ({}, [], "open_badges_2_invalid"),
    }
    for name, (assertion, others, code) in cases.items():
        assert refusal(worker.open_badges_2, assertion, {**HOSTED, **served(*others)}).code == code, name


def test_signed_badge_that_does_not_stand(worker: KillableWorker) -> None:
    key, about = ed25519_pair()
    evil_key, evil_about = ed25519_pair("https://evil.example/key")
    evil = {"type": "SignedBadge", "creator": "https://evil.example/key"}
    # A key hosted anywhere that says it is the one the issuer lists.
    posing = {
        "https://evil.example/key": Document(
            "", 200, "", json.dumps({**evil_about, "id": about["id"]}).encode()
        )
    }
    documents = {**HOSTED, **served(about), **served(evil_about)}
    head, _, rest = signed(key).partition(".")
    cases = {
        "signed by another": (signed(evil_key), documents),
        "a key that the issuer does not list": (signed(evil_key, verification=evil), documents),
        "a key that poses as the issuer's": (signed(evil_key, verification=evil), {**documents, **posing}),
        "no signature": (signed(None, "none"), documents),
        "signature cut off": (signed(key)[:-8], documents),
        "header of another": ("e30." + rest, documents),
        "HMAC with the public key": (signed(b"k" * 32, "HS256"), documents),
        "not a token": ("..", documents),
        "another payload": (f"{head}.e30.{rest.rpartition('.')[2]}", documents),
    }
    for name, (token, given) in cases.items():
        assert refusal(worker.open_badges_2, token, given).code == "open_badges_2_invalid", name
