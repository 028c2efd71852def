"""Identifiers and the keys they are: did:key, did:jwk, the URLs of did:web, and what is no issuer at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.did import (
    authorised_key,
    controller_document,
    did_key,
    did_web,
    did_web_url,
    urls_for,
)
from exchange.core.keys.multikey import base58btc_encode, base64url_encode, public_key_from_multikey
from tests.core.controllers import (
    ALICE,
    ALICE_DID,
    MALLORY,
    MALLORY_DID,
    NOW,
    P256,
    WEB,
    WEB_URL,
    by_value,
    documents,
    outcome,
)

# --- did:key and did:jwk: the identifier is the key


@pytest.mark.parametrize("key", [ALICE, P256], ids=["Ed25519", "P-256"])
def test_did_key_is_its_own_proof(key: Any) -> None:
    did = did_key(key.multikey)
    for name in (f"{did}#{key.multikey}", f"#{key.multikey}", None):
        assert authorised_key(did, name, {}, NOW) == key
        assert urls_for(did, name) == ()
    assert authorised_key(did, None, {}, NOW, purpose="authentication") == key
    document = controller_document(did, {})
    assert document["id"] == did
    assert document["assertionMethod"] == [f"{did}#{key.multikey}"]


def test_did_key_vectors_authorise_their_own_key(shared_vectors: Path) -> None:
    vectors = json.loads((shared_vectors / "did-key-vectors" / "ed25519-x25519.json").read_bytes())
    for did, vector in vectors.items():
        (name,) = vector["didDocument"]["assertionMethod"]
        assert authorised_key(did, name, {}, NOW).multikey == did.removeprefix("did:key:")


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        (ALICE_DID, f"{MALLORY_DID}#{MALLORY.multikey}"),
        (ALICE_DID, f"{ALICE_DID}#{MALLORY.multikey}"),
        (ALICE_DID, f"{MALLORY_DID}#{ALICE.multikey}"),
        (ALICE_DID, ALICE_DID),
        (ALICE_DID, f"{ALICE_DID}#"),
        (ALICE_DID, f"{ALICE_DID}#{ALICE.multikey}#"),
        (ALICE_DID, f"{ALICE_DID}?#{ALICE.multikey}"),
        (ALICE_DID, f" {ALICE_DID}#{ALICE.multikey}"),
        (ALICE_DID, ""),
        (ALICE_DID, f"https://example.org#{ALICE.multikey}"),
        ("https://example.org", f"{MALLORY_DID}#{MALLORY.multikey}"),
        (WEB, f"{MALLORY_DID}#{MALLORY.multikey}"),
        ("urn:uuid:3f2a5c1e-0000-4000-8000-000000000000", f"{MALLORY_DID}#{MALLORY.multikey}"),
        ("http://example.org/issuer", f"http://example.org/issuer#{MALLORY.multikey}"),
        ("mailto:team@example.org", f"{MALLORY_DID}#{MALLORY.multikey}"),
        ("", f"{MALLORY_DID}#{MALLORY.multikey}"),
        ("https://user@example.org/", None),
        ("https://exam\tple.org/", None),
    ],
    ids=str,
)
def test_a_key_that_is_not_the_issuers(issuer: str, name: str | None) -> None:
    assert outcome(authorised_key, issuer, name, {}, NOW) == "key_not_authorised"
    assert urls_for(issuer, name) == ()


@pytest.mark.parametrize(
    ("did", "code"),
    [
        ("did:key:", "multibase_malformed"),
        ("did:key", "did_malformed"),
        ("did:", "did_malformed"),
        ("did:KEY:z6Mk", "did_malformed"),
        (f"did:key:{ALICE.multikey[1:]}", "multibase_malformed"),
        ("did:key:z" + base58btc_encode(b"\xed\x01" + bytes(31)), "key_malformed"),
        ("did:key:z" + base58btc_encode(b"\xed\x01\x01" + bytes(31)), "weak_key"),
        ("did:key:z" + base58btc_encode(b"\xe7\x01\x02" + bytes(32)), "unsupported_key?"),
        ("did:key:z" + "6" * 100_000, "multibase_malformed"),
        ("did:example:123", "unknown_did_method?"),
        ("did:ion:EiClkZMDxPKqC9c", "unknown_did_method?"),
    ],
    ids=lambda value: value[:40],
)
def test_dids_that_lead_nowhere(did: str, code: str) -> None:
    assert outcome(authorised_key, did, None, {}, NOW) == code
    assert urls_for(did, None) == ()


def jwk_did(jwk: Any) -> str:
    return "did:jwk:" + base64url_encode(jwk if isinstance(jwk, bytes) else json.dumps(jwk).encode())


def test_did_jwk_has_the_one_key_0() -> None:
    did = jwk_did({**P256.jwk, "use": "sig"})
    assert authorised_key(did, f"{did}#0", {}, NOW) == P256
    assert authorised_key(did, None, {}, NOW) == P256
    for wrong in (f"{did}#1", did, f"{did}#", f"{did}#{P256.multikey}"):
        assert outcome(authorised_key, did, wrong, {}, NOW) == "key_not_authorised"
    assert controller_document(did, {})["verificationMethod"][0]["publicKeyJwk"] == P256.jwk


@pytest.mark.parametrize(
    ("did", "code"),
    [
        (jwk_did({**P256.jwk, "use": "enc"}), "key_not_authorised"),
        (jwk_did({**P256.jwk, "d": P256.jwk["x"]}), "weak_key"),
        (jwk_did({"kty": "oct", "k": "AAAA"}), "key_malformed"),
        (jwk_did([1]), "key_malformed"),
        (jwk_did(b"{"), "did_malformed"),
        (jwk_did(b'{"kty":"OKP","kty":"EC"}'), "did_malformed"),
        (jwk_did(P256.jwk) + "=", "did_malformed"),
        ("did:jwk:", "did_malformed"),
        ("did:jwk:" + "A" * 10_000, "did_malformed"),
        (jwk_did(b"[" * 2000), "did_malformed"),
    ],
    ids=lambda value: value[:30],
)
def test_did_jwk_that_is_no_signing_key(did: str, code: str) -> None:
    assert outcome(authorised_key, did, f"{did}#0", {}, NOW) == code


# --- did:web: the document decides

WEB_URLS = {
    "did:web:example.org": "https://example.org/.well-known/did.json",
    "did:web:example.org:a": "https://example.org/a/did.json",
    "did:web:example.org:issuers:team": WEB_URL,
    "did:web:example.org%3A8443": "https://example.org:8443/.well-known/did.json",
    "did:web:example.org%3a8443:a.b:c_d-e": "https://example.org:8443/a.b/c_d-e/did.json",
    "did:web:localhost%3A3000": "https://localhost:3000/.well-known/did.json",
    "did:web:xn--bcher-kva.example": "https://xn--bcher-kva.example/.well-known/did.json",
    "did:web:example.org:%C3%A9": "https://example.org/%C3%A9/did.json",
    "did:web:3com.com": "https://3com.com/.well-known/did.json",
}


@pytest.mark.parametrize("did", WEB_URLS)
def test_did_web_url(did: str) -> None:
    assert did_web_url(did) == WEB_URLS[did]
    assert urls_for(did, None) == urls_for(did, f"{did}#key") == urls_for(did, "#key") == (WEB_URLS[did],)


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web::a",
        "did:web:example.org:",
        "did:web:example.org::a",
        "did:web:example.org:..",
        "did:web:example.org:.:a",
        "did:web:example.org:%2e%2e",
        "did:web:example.org:a%2F..%2Fb",
        "did:web:example.org:a%5Cb",
        "did:web:example.org:a%3Fb",
        "did:web:example.org:a%23b",
        "did:web:example.org:a%00b",
        "did:web:example.org:a%0D%0Ab",
        "did:web:example.org:a%252e",
        "did:web:example.org/a",
        "did:web:example.org?a",
        "did:web:example.org#a",
        "did:web:example.org:a b",
        "did:web:user%40example.org",
        "did:web:user@example.org",
        "did:web:example.org%3A",
        "did:web:example.org%3A0",
        "did:web:example.org%3A070",
        "did:web:example.org%3A65536",
        "did:web:example.org%3A443%3A443",
        "did:web:example.org%2F..",
        "did:web:127.0.0.1",
        "did:web:169.254.169.254:latest",
        "did:web:2130706433",
        "did:web:0x7f000001",
        "did:web:0x7f.1",
        "did:web:127.1",
        "did:web:%5B%3A%3A1%5D",
        "did:web:[::1]",
        "did:web:bücher.example",
        "did:web:-a.example",
        "did:web:a_b.example",
        "did:web:example.org.",
        "did:web:" + "a." * 200 + "org",
        "did:web:example.org:" + "a" * 5000,
        "did:WEB:example.org",
        "DID:web:example.org",
    ],
    ids=lambda did: did[:50],
)
def test_did_web_tricks(did: str) -> None:
    assert outcome(did_web_url, did) == "did_malformed"
    assert urls_for(did, f"{did}#key") == ()
    assert isinstance(outcome(authorised_key, did, f"{did}#key", {}, NOW), str)


def test_did_web_of_a_url_comes_back() -> None:
    for url, did in {
        "https://example.org": "did:web:example.org",
        "https://example.org/": "did:web:example.org",
        "https://Example.ORG:8443/issuers/a": "did:web:example.org%3A8443:issuers:a",
        "https://example.org/issuers/team/": WEB,
    }.items():
        assert did_web(url) == did
        assert did_web_url(did).startswith(url.rstrip("/").lower())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://127.0.0.1/a",
        "https://[::1]/",
        "https://u:p@example.org/",
        "https://example.org/a?b",
        "https://example.org/a#b",
        "https://example.org/a:b",
        "https://example.org/../a",
        "https://example.org//a",
        "https://example.org/a b",
        "example.org",
        "",
    ],
)
def test_urls_without_a_did_web(url: str) -> None:
    assert outcome(did_web, url) == "did_malformed"


@given(st.text("abc.-:%/0123@#?[]A \n", max_size=30).map("did:web:".__add__) | st.text(max_size=30))
def test_no_text_makes_did_web_leave_https(did: str) -> None:
    url = outcome(did_web_url, did)
    if url != "did_malformed":
        assert url.startswith("https://")
        assert url.endswith("/did.json")
        assert not set(url[8:]) & set("@#?[]\\ \n")
        assert "/../" not in url
        assert did_web(url.removesuffix("/did.json").removesuffix("/.well-known")).lower() == did.lower()


# --- the test profile


def test_relaxed_takes_the_methods_own_controller() -> None:
    name = f"{MALLORY_DID}#{MALLORY.multikey}"
    assert authorised_key("https://example.org", name, {}, NOW, relaxed=True) == MALLORY
    found = documents((WEB_URL, by_value(WEB)))
    assert authorised_key("did:example:issuer", f"{WEB}#key", found, NOW, relaxed=True) == ALICE
    assert urls_for("did:example:issuer", f"{WEB}#key", relaxed=True) == (WEB_URL,)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (f"{ALICE_DID}#{MALLORY.multikey}", "key_not_authorised"),
        (f"https://example.org#{MALLORY.multikey}", "document_unreachable?"),
        ("did:example:issuer#key", "unknown_did_method?"),
        (f"{WEB}#other", "key_not_authorised"),
    ],
)
def test_relaxed_still_resolves_the_method(name: str, code: str) -> None:
    found = documents((WEB_URL, by_value(WEB)))
    assert outcome(authorised_key, ALICE_DID, name, found, NOW, relaxed=True) == code


@given(st.text(max_size=40), st.none() | st.text(max_size=40))
def test_no_identifier_crashes_it(issuer: str, name: str | None) -> None:
    assert isinstance(outcome(authorised_key, issuer, name, {}, NOW), str)
    assert all(url.startswith("https://") for url in urls_for(issuer, name))


def test_did_key_of_a_malformed_multikey_is_refused() -> None:
    assert outcome(did_key, ALICE.multikey[1:]) == "multibase_malformed"
    assert did_key(ALICE.multikey) == ALICE_DID
    assert public_key_from_multikey(ALICE.multikey) == ALICE
