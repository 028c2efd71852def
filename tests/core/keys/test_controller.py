"""Keys listed in a did:web document: every honest form, and every way of not being listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.did import authorised_key, build_did_document, controller_document
from exchange.core.keys.multikey import base58btc_encode
from tests.core.controllers import (
    ALICE,
    JSON,
    MALLORY,
    MALLORY_DID,
    NOW,
    P256,
    WEB,
    WEB_URL,
    by_reference,
    by_value,
    documents,
    method,
    outcome,
    web,
)

HONEST: dict[str, dict[str, Any]] = {
    "by value": by_value(WEB),
    "by reference": by_reference(WEB),
    "by relative reference": by_reference(WEB, "#key"),
    "with a relative id": by_reference(WEB, id="#key"),
    "by relative value": by_value(WEB, id="#key"),
    "a single entry without an array": {**by_value(WEB), "assertionMethod": method(WEB)},
    "by value and defined alike": {**by_value(WEB), "verificationMethod": [method(WEB)]},
    "among others": {
        "id": WEB,
        "verificationMethod": [method(WEB, MALLORY, id=f"{WEB}#other"), method(WEB), "odd", 7],
        "assertionMethod": ["#other", f"{WEB}#key", 7, None, {}],
    },
    "as JsonWebKey": by_value(WEB, type="JsonWebKey", publicKeyJwk=ALICE.jwk),
    "as JsonWebKey2020": by_value(WEB, type="JsonWebKey2020", publicKeyJwk=ALICE.jwk),
    "as Ed25519VerificationKey2020": by_value(WEB, type="Ed25519VerificationKey2020"),
    "as Ed25519VerificationKey2018": by_value(
        WEB, type="Ed25519VerificationKey2018", publicKeyBase58=base58btc_encode(ALICE.material)
    ),
    "expires later": by_value(WEB, expires="2027-01-01T00:00:00Z"),
    "expired within the leeway": by_value(WEB, expires="2026-11-21T11:59:30Z"),
    "revoked later": by_value(WEB, revoked="2026-11-21T12:00:01Z"),
}


@pytest.mark.parametrize("case", HONEST)
def test_did_web_lists_its_key(case: str) -> None:
    document = HONEST[case]
    assert web(document) == ALICE
    assert web(document, "#key") == ALICE
    assert web(document, purpose="authentication") == "key_not_authorised"


FORGED: dict[str, tuple[Any, str]] = {
    "not listed at all": ({"id": WEB}, "key_not_authorised"),
    "only for authentication": (
        {"id": WEB, "verificationMethod": [method(WEB)], "authentication": ["#key"]},
        "key_not_authorised",
    ),
    "defined but not listed": (
        {"id": WEB, "verificationMethod": [method(WEB)], "assertionMethod": []},
        "key_not_authorised",
    ),
    "listed but not defined": ({"id": WEB, "assertionMethod": ["#key"]}, "key_not_authorised"),
    "another key listed": (by_value(WEB, id=f"{WEB}#other"), "key_not_authorised"),
    "assertionMethod is a number": ({"id": WEB, "assertionMethod": 7}, "key_not_authorised"),
    "the document of another": (by_value("did:web:example.org:issuers:other"), "controller_mismatch"),
    "the document without an id": ({"assertionMethod": [method(WEB)]}, "controller_mismatch"),
    "the document's id in capitals": (by_value(WEB) | {"id": WEB.upper()}, "controller_mismatch"),
    "the key of another controller": (by_value(WEB, controller=MALLORY_DID), "controller_mismatch"),
    "the key without a controller": (by_value(WEB, controller=None), "controller_mismatch"),
    "the key of several controllers": (by_value(WEB, controller=[WEB]), "controller_mismatch"),
    "two keys under one name": (
        {**by_value(WEB), "verificationMethod": [method(WEB, MALLORY)]},
        "did_malformed",
    ),
    "two definitions under one name": (
        {**by_reference(WEB), "verificationMethod": [method(WEB), method(WEB, MALLORY)]},
        "did_malformed",
    ),
    "expired": (by_value(WEB, expires="2026-11-21T11:58:00Z"), "key_expired"),
    "revoked": (by_value(WEB, revoked="2026-11-21T12:00:00Z"), "key_revoked"),
    "expires on no date": (by_value(WEB, expires="soon"), "date_malformed"),
    "revoked is an array": (by_value(WEB, revoked=[]), "date_malformed"),
    "the private half is published": (
        by_value(WEB, secretKeyMultibase="z3u2en7t5LR2WtQH5PfFqMqwVHgeXouLzo6haApm8XHqvjxq"),
        "weak_key",
    ),
    "the private JWK is published": (
        by_value(WEB, type="JsonWebKey", publicKeyJwk={**ALICE.jwk, "d": ALICE.jwk["x"]}),
        "weak_key",
    ),
    "no key in it": (by_value(WEB, publicKeyMultibase=None), "key_malformed"),
    "the key is a number": (by_value(WEB, publicKeyMultibase=7), "key_malformed"),
    "the key is no multibase": (by_value(WEB, publicKeyMultibase="m0000"), "multibase_malformed"),
    "a P-256 key as Ed25519VerificationKey2020": (
        by_value(WEB, P256, type="Ed25519VerificationKey2020"),
        "key_malformed",
    ),
    "the JWK is a string": (by_value(WEB, type="JsonWebKey", publicKeyJwk="x"), "key_malformed"),
    "an unknown type of method": (by_value(WEB, type="PgpVerificationKey2021"), "unsupported_key?"),
    "a type that is an array": (by_value(WEB, type=["Multikey"]), "unsupported_key?"),
    "no type": (by_value(WEB, type=None), "unsupported_key?"),
    "a thousand methods": ({"id": WEB, "assertionMethod": ["#a"] * 1000}, "document_malformed?"),
    "an array": ([by_value(WEB)], "document_malformed?"),
    "a page": (b"<!doctype html><title>404</title>", "document_malformed?"),
    "nothing": (b"", "document_malformed?"),
    "twice the same name": (
        b'{"id":"' + WEB.encode() + b'","id":"' + WEB.encode() + b'"}',
        "document_malformed?",
    ),
}


@pytest.mark.parametrize("fault", FORGED)
def test_did_web_does_not_list_the_key(fault: str) -> None:
    document, code = FORGED[fault]
    assert web(document) == code


@pytest.mark.parametrize("status", [0, 204, 302, 401, 404, 410, 500, 503])
def test_did_web_that_does_not_answer_cannot_be_told(status: int) -> None:
    found = documents((WEB_URL, by_value(WEB)), status=status)
    assert outcome(authorised_key, WEB, f"{WEB}#key", found, NOW) == "document_unreachable?"


def test_did_web_not_fetched_cannot_be_told() -> None:
    assert outcome(authorised_key, WEB, f"{WEB}#key", {}, NOW) == "document_unreachable?"


@pytest.mark.parametrize(
    ("kind", "taken"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("application/did+ld+json", True),
        ("Application/LD+JSON", True),
        ("application/did", True),
        ("application/cid", True),
        ("text/html", False),
        ("text/plain", False),
        ("application/jsonp", False),
        ("application/octet-stream", False),
        ("", False),
    ],
)
def test_documents_must_say_they_are_json(kind: str, taken: bool) -> None:
    found = documents((WEB_URL, by_value(WEB)), kind=kind)
    expected = ALICE if taken else "document_malformed?"
    assert outcome(authorised_key, WEB, f"{WEB}#key", found, NOW) == expected


def test_the_only_key_needs_no_name() -> None:
    assert web(by_value(WEB), None) == ALICE
    two = {"id": WEB, "assertionMethod": [method(WEB), method(WEB, MALLORY, id="#other")]}
    assert web(two, None) == "key_not_named?"
    assert web({"id": WEB}, None) == "key_not_named?"


def test_what_we_publish_is_what_we_accept() -> None:
    document = build_did_document(WEB, [MALLORY.multikey, ALICE.multikey])
    for key in (ALICE, MALLORY):
        assert web(document, f"{WEB}#{key.multikey}") == key
    assert controller_document(WEB, documents((WEB_URL, document))) == document


def test_a_key_that_we_publish_as_revoked_asserts_nothing_and_why_is_said() -> None:
    document = build_did_document(WEB, [ALICE.multikey], {MALLORY.multikey: NOW - timedelta(days=1)})
    lost = f"{WEB}#{MALLORY.multikey}"
    assert [method["id"] for method in document["verificationMethod"]] == [f"{WEB}#{ALICE.multikey}", lost]
    assert lost not in document["assertionMethod"]
    assert web(document, f"{WEB}#{ALICE.multikey}") == ALICE
    assert web(document, None) == ALICE
    assert web(document, lost) == "key_revoked"


def test_a_key_that_is_not_listed_is_not_authorised_whatever_else_the_document_holds() -> None:
    later = build_did_document(WEB, [ALICE.multikey], {MALLORY.multikey: NOW + timedelta(days=1)})
    assert web(later, f"{WEB}#{MALLORY.multikey}") == "key_not_authorised"
    long = build_did_document(WEB, [ALICE.multikey])
    long["verificationMethod"] *= 65
    assert web(long, f"{WEB}#{MALLORY.multikey}") == "key_not_authorised"


def test_the_moment_given_decides_not_the_clock() -> None:
    found = documents(
        (WEB_URL, by_value(WEB, expires="2020-01-01T00:00:00Z", revoked="2020-06-01T00:00:00Z"))
    )
    early = datetime(2019, 12, 31, tzinfo=UTC)
    assert authorised_key(WEB, f"{WEB}#key", found, early) == ALICE
    assert outcome(authorised_key, WEB, "#key", found, early + timedelta(days=2)) == "key_expired"
    assert outcome(authorised_key, WEB, "#key", found, early + timedelta(days=200)) == "key_revoked"


@given(JSON, JSON, st.sampled_from([f"{WEB}#key", "#key", None]))
def test_no_document_crashes_it_or_makes_a_key_of_nothing(entry: Any, defined: Any, name: str | None) -> None:
    document = {"id": WEB, "assertionMethod": entry, "verificationMethod": defined}
    assert isinstance(web(document, name), str)
