"""Whom a badge was issued to: hashed and plain identities, and what is never believed."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.credentials.identity import build_identity, check_recipient, hash_identity


def test_hash_of_an_identity_is_the_published_one() -> None:
    assert (
        hash_identity("a@example.com", "Kosher")
        == "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
    )


def hashed(identifier: str, salt: str = "pepper", **changes: Any) -> dict[str, Any]:
    return {**build_identity(identifier, salt).to_json(), **changes}


def md5(text: str) -> str:
    return "md5$" + hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


ADA = hashed("mailto:ada@example.org")
RECIPIENTS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "address": ({"identifier": [ADA]}, "ada@example.org", "recipient_matches", "ok"),
    "address with mailto": ({"identifier": [ADA]}, "mailto:ada@example.org", "recipient_matches", "ok"),
    "address in other letters": ({"identifier": [ADA]}, "Ada@Example.ORG", "recipient_matches", "ok"),
    "hash in capital letters": (
        {"identifier": [{**ADA, "identityHash": "sha256$" + ADA["identityHash"][7:].upper()}]},
        "ada@example.org",
        "recipient_matches",
        "ok",
    ),
    "one identifier as an object": ({"identifier": ADA}, "ada@example.org", "recipient_matches", "ok"),
    "the second of two": (
        {"identifier": [hashed("mailto:b@example.org"), ADA]},
        "ada@example.org",
        "recipient_matches",
        "ok",
    ),
    "hash of exact letters": (
        {"identifier": [hashed("mailto:Ada@Example.org")]},
        "Ada@Example.org",
        "recipient_matches",
        "ok",
    ),
    "plain address": (
        {"identifier": [hashed("x", hashed=False, identityHash="Ada@example.org")]},
        "ada@example.org",
        "recipient_matches",
        "ok",
    ),
    "subject is the address": (
        {"id": "mailto:Ada@example.org"},
        "ada@example.org",
        "recipient_matches",
        "ok",
    ),
    "subject is the DID": ({"id": "did:example:ada"}, "did:example:ada", "recipient_matches", "ok"),
    "md5": (
        {"identifier": [{**ADA, "identityHash": md5("ada@example.orgpepper")}]},
        "ada@example.org",
        "recipient_matches_weakly",
        "warning",
    ),
    "no salt": (
        {"identifier": [{k: v for k, v in hashed("mailto:ada@example.org", "").items() if k != "salt"}]},
        "ada@example.org",
        "recipient_matches_weakly",
        "warning",
    ),
    "somebody else": ({"identifier": [ADA]}, "eve@example.org", "recipient_mismatch", "error"),
    "somebody else's DID": ({"id": "did:example:ada"}, "did:example:eve", "recipient_mismatch", "error"),
    "DID in other letters": ({"id": "did:example:ada"}, "did:example:Ada", "recipient_mismatch", "error"),
    "salt of another hash": (
        {"identifier": [{**ADA, "salt": "salt"}]},
        "ada@example.org",
        "recipient_mismatch",
        "error",
    ),
    "hash handed in as identifier": (
        {"identifier": [ADA]},
        ADA["identityHash"],
        "recipient_mismatch",
        "error",
    ),
    "unknown hash": (
        {"identifier": [{**ADA, "identityHash": "sha1$" + "0" * 40}]},
        "ada@example.org",
        "recipient_mismatch",
        "error",
    ),
    "opaque subject": ({"id": "urn:uuid:1"}, "ada@example.org", "recipient_unknown", "unknown"),
    "only a name": (
        {"identifier": [hashed("x", hashed=False, identityHash="Ada", identityType="name")]},
        "ada@example.org",
        "recipient_unknown",
        "unknown",
    ),
    "nobody": ({}, "ada@example.org", "recipient_unknown", "unknown"),
    "junk": (
        {"id": 7, "identifier": [None, 7, {"identityHash": []}, {"hashed": True}]},
        "ada@example.org",
        "recipient_mismatch",
        "error",
    ),
}


@pytest.mark.parametrize(("subject", "identifier", "code", "level"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_recipient(subject: dict[str, Any], identifier: str, code: str, level: str) -> None:
    found = check_recipient({"credentialSubject": subject}, identifier)
    assert (found.code, found.level) == (code, level)


@given(
    st.recursive(st.none() | st.text(max_size=5), lambda x: st.lists(x, max_size=3), max_leaves=5), st.text()
)
def test_recipient_of_junk_is_never_believed(subject: Any, identifier: str) -> None:
    found = check_recipient({"credentialSubject": {"identifier": subject}}, identifier)
    assert found.level in ("unknown", "error")
