"""Related resources: what is pinned by a digest must be what lies there (VCDM 2.0 §5.3)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

import pytest

from exchange.core.canonical.contexts import SHIPPED
from exchange.core.keys.multibase import base58btc_encode, base64url_encode
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.related import check_related
from exchange.core.verdict.verdict import missing
from tests.core.w3c import (
    NOW,
    V2,
    credential,
    forged,
    sign,
    verdict,
)

SEEN = "https://example.org/seen.json"
BODY = b'{"seen": true}'
AT_HAND = {SEEN: Document(SEEN, 200, "application/json", BODY)}


def sri(body: bytes, name: str = "sha384") -> str:
    return f"{name}-{b64encode(hashlib.new(name, body).digest()).decode()}"


def multibase(body: bytes, head: bytes = b"\x12\x20", name: str = "sha256") -> str:
    return "u" + base64url_encode(head + hashlib.new(name, body).digest())


def base_context() -> bytes:
    published = SHIPPED.published(V2)
    assert published is not None
    return published


RELATED: dict[str, tuple[Any, str]] = {
    "of a context, by SRI": ({"id": V2, "digestSRI": lambda: sri(base_context())}, "related_same"),
    "of a context, by multihash": (
        {"id": V2, "digestMultibase": lambda: multibase(base_context())},
        "related_same",
    ),
    "of a context, by a bare digest as the recommendation shows it": (
        {"id": V2, "digestMultibase": lambda: multibase(base_context(), b"")},
        "related_same",
    ),
    "of a context as it once was, by SRI": ({"id": V2, "digestSRI": sri(b"old")}, "digest_mismatch"),
    "of a context as it once was, by multibase": (
        {"id": V2, "digestMultibase": multibase(b"old", b"")},
        "digest_mismatch",
    ),
    "of which one digest fits and one does not": (
        {"id": SEEN, "digestSRI": sri(BODY), "digestMultibase": multibase(b"other")},
        "digest_mismatch",
    ),
    "that was fetched": ({"id": SEEN, "digestSRI": sri(BODY, "sha512")}, "related_same"),
    "that was fetched, in base58": (
        {"id": SEEN, "digestMultibase": "z" + base58btc_encode(b"\x12\x20" + hashlib.sha256(BODY).digest())},
        "related_same",
    ),
    "by SHA-384 as a multihash": (
        {"id": SEEN, "digestMultibase": multibase(BODY, b"\x20\x30", "sha384")},
        "related_same",
    ),
    "that was changed": ({"id": SEEN, "digestSRI": sri(b"{}")}, "digest_mismatch"),
    "that is not at hand": ({"id": "https://example.org/other", "digestSRI": sri(BODY)}, "related_unseen"),
    "with a digest in hex": ({"id": SEEN, "digestSRI": "sha256-" + "ca" * 32}, "digest_malformed"),
    "with a digest of another length": (
        {"id": SEEN, "digestSRI": sri(BODY, "sha256").replace("256", "384")},
        "digest_malformed",
    ),
    "with a multihash of another length": (
        {"id": SEEN, "digestMultibase": multibase(BODY, b"\x12\x21")},
        "digest_malformed",
    ),
    "with a digest in no base": ({"id": SEEN, "digestMultibase": "f1220"}, "digest_malformed"),
}


@pytest.mark.parametrize("name", RELATED)
def test_related_resource(name: str) -> None:
    template, expected = RELATED[name]
    resource = {key: value() if callable(value) else value for key, value in template.items()}
    result = verdict(sign(credential(relatedResource=[resource])), AT_HAND)
    assert expected in result.codes, result.findings
    assert (result.outcome == "valid") == expected.startswith("related_"), result.findings
    assert [f.code for f in check_related(credential(relatedResource=resource), AT_HAND, SHIPPED)] == [
        expected
    ]


MALFORMED_RELATED = {
    "a text": "https://example.org/seen.json",
    "without an id": {"digestSRI": sri(BODY)},
    "without a digest": {"id": SEEN},
}


@pytest.mark.parametrize("name", MALFORMED_RELATED)
def test_a_related_resource_that_is_none(name: str) -> None:
    document = credential(relatedResource=[MALFORMED_RELATED[name]])
    assert verdict({**document, "proof": forged(document, {})}).outcome == "invalid"


def test_a_related_resource_named_twice() -> None:
    twice = [{"id": SEEN, "digestSRI": sri(BODY)}] * 2
    assert verdict(sign(credential(relatedResource=twice)), AT_HAND).outcome == "invalid"


def test_looking_for_a_related_resource_asks_for_nothing() -> None:
    signed = sign(credential(relatedResource=[{"id": SEEN, "digestSRI": sri(BODY)}]))
    assert missing(signed, {}, Policy(expect="credential"), NOW) == ()
