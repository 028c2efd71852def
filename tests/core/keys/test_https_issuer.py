"""Issuers at an https URL: a key counts when their document or their origin's key set has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from exchange.core.keys.did import urls_for
from tests.core.controllers import (
    ALICE,
    JSON,
    JWKS,
    MALLORY,
    P256,
    SITE,
    by_reference,
    by_value,
    documents,
    site,
)

ATTACKS: dict[str, tuple[str, dict[str, Any], str]] = {
    # The name of a key proves nothing by itself: this is what the public validator takes (trap 2).
    "a key pasted into the fragment": (
        f"{SITE}#{MALLORY.multikey}",
        {SITE: by_value(SITE)},
        "key_not_authorised",
    ),
    "a plain profile": (f"{SITE}#key", {SITE: {"id": SITE, "type": "Profile"}}, "key_not_authorised"),
    "the document of another id": (f"{SITE}#key", {SITE: by_value(f"{SITE}2")}, "controller_mismatch"),
    "the document only redirects its id": (
        f"{SITE}#key",
        {SITE: by_value(SITE) | {"id": f"{SITE}/"}},
        "controller_mismatch",
    ),
    "another's document at the same origin": (
        "https://example.org/issuers/mallory#key",
        {
            SITE: by_value(SITE),
            JWKS: {"keys": []},
            "https://example.org/issuers/mallory": by_value("https://example.org/issuers/mallory", MALLORY),
        },
        "key_not_authorised",
    ),
    "a key at the same origin that nobody lists": (
        "https://example.org/uploads/key",
        {SITE: by_value(SITE), JWKS: {"keys": [ALICE.jwk]}, "https://example.org/uploads/key": MALLORY.jwk},
        "key_not_authorised",
    ),
    "a key set of another origin": (
        "https://example.com/.well-known/jwks.json#1",
        {
            SITE: by_value(SITE),
            JWKS: {"keys": [ALICE.jwk]},
            "https://example.com/.well-known/jwks.json": {"keys": [{**MALLORY.jwk, "kid": "1"}]},
        },
        "key_not_authorised",
    ),
    "an origin that only begins alike": (
        "https://example.org.evil.example/key",
        {SITE: by_value(SITE), JWKS: {"keys": []}},
        "key_not_authorised",
    ),
    "an origin at another port": (
        "https://example.org:8443/key",
        {SITE: by_value(SITE), JWKS: {"keys": []}},
        "key_not_authorised",
    ),
    "a name that two keys bear": (
        "shared",
        {
            SITE: {"id": SITE},
            JWKS: {"keys": [{**ALICE.jwk, "kid": "shared"}, {**MALLORY.jwk, "kid": "shared"}]},
        },
        "key_not_named?",
    ),
    "a key in the set for encryption": (
        "enc",
        {SITE: {"id": SITE}, JWKS: {"keys": [{**P256.jwk, "kid": "enc", "use": "enc"}]}},
        "key_malformed",
    ),
    "a symmetric key in the set": (
        "mac",
        {SITE: {"id": SITE}, JWKS: {"keys": [{"kty": "oct", "k": "AAAA", "kid": "mac"}]}},
        "key_malformed",
    ),
    "a set that is none": ("1", {SITE: {"id": SITE}, JWKS: {"keys": "none"}}, "document_malformed?"),
    "a set of a thousand": ("1", {SITE: {"id": SITE}, JWKS: {"keys": [{}] * 1000}}, "document_malformed?"),
    "neither can be read": ("1", {}, "document_unreachable?"),
    "the set denies, the document is unread": ("1", {JWKS: {"keys": []}}, "document_unreachable?"),
    "the document denies, the set is unread": ("1", {SITE: by_value(SITE)}, "document_unreachable?"),
    "a key in both, expired in the document": (
        "https://example.org/keys/1",
        {
            SITE: by_value(SITE, id="https://example.org/keys/1", expires="2020-01-01T00:00:00Z"),
            JWKS: {"keys": [{**ALICE.jwk, "kid": "https://example.org/keys/1"}]},
        },
        "key_expired",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_https_issuer_does_not_vouch_for_the_key(attack: str) -> None:
    name, found, code = ATTACKS[attack]
    assert site(documents(*found.items()), name) == code


VOUCHED: dict[str, tuple[str | None, dict[str, Any]]] = {
    "listed in its document": (f"{SITE}#key", {SITE: by_value(SITE)}),
    "listed by reference": (f"{SITE}#key", {SITE: by_reference(SITE)}),
    "the only key of its document": (None, {SITE: by_value(SITE)}),
    "a key of the origin listed in its document": (
        "https://example.org/keys/1",
        {SITE: by_value(SITE, id="https://example.org/keys/1")},
    ),
    "a name in the origin's key set": (
        "1",
        {SITE: {"id": SITE}, JWKS: {"keys": [{**ALICE.jwk, "kid": "1"}]}},
    ),
    "a fragment of the key set": (
        f"{JWKS}#1",
        {SITE: {"id": SITE}, JWKS: {"keys": [{**ALICE.jwk, "kid": "1"}]}},
    ),
    "a URL in the key set": (
        "https://example.org/keys/1",
        {SITE: {"id": SITE}, JWKS: {"keys": [{**ALICE.jwk, "kid": "https://example.org/keys/1"}]}},
    ),
    "a URL of a key that is in the set": (
        "https://example.org/keys/1",
        {
            SITE: {"id": SITE},
            JWKS: {"keys": [{"kty": "oct"}, P256.jwk, {**ALICE.jwk, "use": "sig"}]},
            "https://example.org/keys/1": {**ALICE.jwk, "kid": "x"},
        },
    ),
    "the only usable key of the set": (
        None,
        {SITE: {"id": SITE}, JWKS: {"keys": [ALICE.jwk, {**P256.jwk, "use": "enc"}]}},
    ),
    "the set alone": ("1", {JWKS: {"keys": [{**ALICE.jwk, "kid": "1"}]}}),
    "the origin in capitals with its port": (
        "HTTPS://EXAMPLE.ORG:443/keys/1",
        {SITE: {"id": SITE}, JWKS: {"keys": [{**ALICE.jwk, "kid": "HTTPS://EXAMPLE.ORG:443/keys/1"}]}},
    ),
}


@pytest.mark.parametrize("case", VOUCHED)
def test_https_issuer_vouches_for_the_key(case: str) -> None:
    name, found = VOUCHED[case]
    assert site(documents(*found.items()), name) == ALICE
    assert set(found) <= set(urls_for(SITE, name))


@pytest.mark.parametrize("status", [404, 410])
def test_an_origin_without_a_key_set_settles_it(status: int) -> None:
    found = {**documents((SITE, by_value(SITE))), **documents((JWKS, b""), status=status)}
    assert site(found, "1") == "key_not_authorised"


def test_a_key_set_speaks_for_assertions_only() -> None:
    found = documents((SITE, {"id": SITE}), (JWKS, {"keys": [{**ALICE.jwk, "kid": "1"}]}))
    assert site(found, "1", purpose="authentication") == "key_not_authorised"


def test_documents_an_https_issuer_needs() -> None:
    assert urls_for(SITE, f"{SITE}#key") == (SITE,)
    assert urls_for(SITE, None) == urls_for(SITE, "1") == (SITE, JWKS)
    assert urls_for(SITE, "https://example.org/k#1") == (SITE, JWKS, "https://example.org/k")
    assert urls_for(SITE, f"{JWKS}#1") == (SITE, JWKS)
    assert urls_for(f"{SITE}#me", f"{SITE}#key") == (SITE, JWKS)
    assert urls_for(SITE, "https://example.com/k") == ()


@given(JSON)
def test_no_key_set_crashes_it_or_makes_a_key_of_nothing(keys: Any) -> None:
    assert isinstance(site(documents((SITE, {"id": SITE}), (JWKS, {"keys": keys})), "#key"), str)
    assert isinstance(site(documents((SITE, {"id": SITE}), (JWKS, {"keys": keys})), "1"), str)
