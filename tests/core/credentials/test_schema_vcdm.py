"""The musts of the W3C data model, of credentials, presentations and envelopes."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core.credentials.schema import check_vcdm
from tests.core import samples
from tests.core.credentials.test_schema import SUBJECT, WHOLE, errors
from tests.core.samples import V2, Change, drop, put

VCDM_ALLOWED: dict[str, Change] = {
    "context objects after the first": put([V2, {"Thing": "https://x.example#Thing"}], "@context"),
    "types as URLs, in any order": put(["https://x.example#T", "VerifiableCredential"], "type"),
    "one type as text": put("VerifiableCredential", "type"),
    "two subjects": put([{"id": "did:example:a"}, {"id": "did:example:b"}], SUBJECT),
    "status of a foreign type": put({"type": "CredentialStatusList2017"}, "credentialStatus"),
    "two refresh services": put([{"type": "https://x.example#R"}] * 2, "refreshService"),
    "terms without an id": put({"type": "https://x.example#P"}, "termsOfUse"),
    "a related resource": put(
        {"id": "https://x.example/1", "digestMultibase": "uEiAj", "mediaType": "application/json"},
        "relatedResource",
    ),
    "a date far away": put("9999-12-31T23:59:59Z", "validUntil"),
}
VCDM_FAULTS: dict[str, tuple[Change, str]] = {
    "no context": (drop("@context"), "schema_missing /@context"),
    "empty context": (put([], "@context"), "schema_wrong /@context"),
    "another first context": (put(["https://x.example", V2], "@context"), "schema_wrong /@context"),
    "context that is no URL": (put([V2, "https ://no-url"], "@context"), "schema_wrong /@context"),
    "context that is a number": (put([V2, 123192875], "@context"), "schema_wrong /@context"),
    "no type": (drop("type"), "schema_missing /type"),
    "another type": (put(["https://x.example#T"], "type"), "schema_wrong /type"),
    "type that is a number": (put(["VerifiableCredential", 2], "type"), "schema_wrong /type"),
    "id that is no URL": (put("https ://no-url", "id"), "schema_wrong /id"),
    "id with a line break after it": (put("did:x:y\n", "id"), "schema_wrong /id"),
    "id that is relative": (put("badge-1", "id"), "schema_wrong /id"),
    "two ids": (put(["did:example:a", "did:example:b"], "id"), "schema_wrong /id"),
    "null as id": (put(None, "id"), "schema_wrong /id"),
    "no issuer": (drop("issuer"), "schema_missing /issuer"),
    "null as issuer": (put(None, "issuer"), "schema_wrong /issuer"),
    "issuer that is no URL": (put("fake-issuer", "issuer"), "schema_wrong /issuer"),
    "issuer without an id": (put({"name": "x"}, "issuer"), "schema_missing /issuer/id"),
    "null as the issuer's id": (put({"id": None}, "issuer"), "schema_wrong /issuer/id"),
    "issuer's id that is no URL": (put({"id": "fake-issuer"}, "issuer"), "schema_wrong /issuer/id"),
    "name with a foreign member": (
        put({"@value": "x", "url": "did:x:y"}, "name"),
        "schema_unknown /name/url",
    ),
    "issuer's description with a foreign member": (
        put({"id": "did:x:y", "description": {"@value": "x", "url": "y"}}, "issuer"),
        "schema_unknown /issuer/description/url",
    ),
    "description that is a number": (put(7, "description"), "schema_wrong /description"),
    "no subject": (drop(SUBJECT), "schema_missing /credentialSubject"),
    "empty subject": (put({}, SUBJECT), "schema_wrong /credentialSubject"),
    "no subjects": (put([], SUBJECT), "schema_wrong /credentialSubject"),
    "an empty one among subjects": (
        put([{"id": "did:x:y"}, {}], SUBJECT),
        "schema_wrong /credentialSubject/1",
    ),
    "two ids of a subject": (
        put({"id": ["did:x:y", "did:x:z"]}, SUBJECT),
        "schema_wrong /credentialSubject/id",
    ),
    "a date in words": (put("Sat 25 Feb 2023 07:16:31 PM CST", "validFrom"), "schema_wrong /validFrom"),
    "a day for a moment": (put("2026-11-21", "validUntil"), "schema_wrong /validUntil"),
    "status without a type": (
        put({"id": "did:x:y"}, "credentialStatus"),
        "schema_missing /credentialStatus/type",
    ),
    "status whose type is a number": (
        put({"type": 2}, "credentialStatus"),
        "schema_wrong /credentialStatus/type",
    ),
    "status with two ids": (
        put({"id": ["did:x:y", "did:x:z"], "type": "x"}, "credentialStatus"),
        "schema_wrong /credentialStatus/id",
    ),
    "schema without an id": (put({"type": "x"}, "credentialSchema"), "schema_missing /credentialSchema/id"),
    "schema without a type": (
        put({"id": "did:x:y"}, "credentialSchema"),
        "schema_missing /credentialSchema/type",
    ),
    "schema whose id is no URL": (
        put({"id": "https ://no-url", "type": "x"}, "credentialSchema"),
        "schema_wrong /credentialSchema/id",
    ),
    "refresh service without a type": (
        put({"id": "did:x:y"}, "refreshService"),
        "schema_missing /refreshService/type",
    ),
    "terms without a type": (put([{"id": "did:x:y"}], "termsOfUse"), "schema_missing /termsOfUse/0/type"),
    "evidence without a type": (put({"id": "did:x:y"}, "evidence"), "schema_missing /evidence/type"),
    "evidence as text": (put("seen", "evidence"), "schema_wrong /evidence"),
    "related resources as texts": (put([V2], "relatedResource"), "schema_wrong /relatedResource/0"),
    "related resource without an id": (
        put([{"digestMultibase": "uEiAj"}], "relatedResource"),
        "schema_missing /relatedResource/0/id",
    ),
    "related resource without a digest": (
        put({"id": "did:x:y"}, "relatedResource"),
        "schema_wrong /relatedResource",
    ),
    "related resource twice": (
        put([{"id": "did:x:y", "digestMultibase": "uEiAj"}] * 2, "relatedResource"),
        "related_resource_twice /relatedResource/1/id",
    ),
    "proof without a type": (put({"proofValue": "z"}, "proof"), "schema_missing /proof/type"),
}


@pytest.mark.parametrize("change", VCDM_ALLOWED.values(), ids=VCDM_ALLOWED)
def test_credential_that_vcdm_allows_passes(change: Change) -> None:
    document = samples.credential()
    change(document)
    assert check_vcdm(document) == []


@pytest.mark.parametrize(("change", "fault"), VCDM_FAULTS.values(), ids=VCDM_FAULTS)
def test_credential_that_breaks_a_must_of_vcdm(change: Change, fault: str) -> None:
    document = samples.credential()
    change(document)
    assert f"{check_vcdm(document)[0].code} {check_vcdm(document)[0].at}" == fault
    assert errors(document, "credential") == {fault}


PRESENTATION_FAULTS: dict[str, tuple[Change, str]] = {
    "no context": (drop("@context"), "schema_missing /@context"),
    "another first context": (put(["https://x.example"], "@context"), "schema_wrong /@context"),
    "holder that is no URL": (put("me", "holder"), "schema_wrong /holder"),
    "credential as text": (
        put(["eyJ.eyJ.sig"], "verifiableCredential"),
        "schema_wrong /verifiableCredential/0",
    ),
    "credential without a type": (
        drop("verifiableCredential", 0, "type"),
        "schema_missing /verifiableCredential/0/type",
    ),
    "envelope that is no data URL": (
        put("eyJ.eyJ.sig", "verifiableCredential", 1, "id"),
        "schema_wrong /verifiableCredential/1/id",
    ),
    "envelope without a context": (
        put([], "verifiableCredential", 1, "@context"),
        "schema_wrong /verifiableCredential/1/@context",
    ),
    "envelope that calls itself a credential": (
        put("VerifiableCredential", "verifiableCredential", 1, "type"),
        "schema_missing /verifiableCredential/1/credentialSubject",
    ),
    "reversed dates in a credential": (
        lambda d: d["verifiableCredential"][0].update(
            validFrom="2026-01-02T00:00:00Z", validUntil="2026-01-01T00:00:00Z"
        ),
        "period_reversed /verifiableCredential/0/validUntil",
    ),
}


@pytest.mark.parametrize(("change", "fault"), PRESENTATION_FAULTS.values(), ids=PRESENTATION_FAULTS)
def test_presentation_that_breaks_a_must_of_vcdm(change: Change, fault: str) -> None:
    document = samples.presentation()
    change(document)
    assert fault in {f"{found.code} {found.at}" for found in check_vcdm(document)}


@pytest.mark.parametrize(
    "type_", ["EnvelopedVerifiableCredential", ["EnvelopedVerifiablePresentation"]], ids=str
)
def test_envelope_is_judged_as_one(type_: Any) -> None:
    envelope = {**samples.envelope(), "type": type_}
    assert check_vcdm(envelope) == []
    foreign = {**envelope, "@context": "https://www.w3.org/ns/credentials/examples/v2"}
    assert [found.at for found in check_vcdm(foreign)] == ["/@context"]
    assert [found.at for found in check_vcdm({**envelope, "@context": []})] == ["/@context"]
    assert [found.at for found in check_vcdm({**envelope, "id": "eyJ.eyJ.sig"})] == ["/id"]


def test_presentation_of_nothing_passes() -> None:
    assert check_vcdm({**samples.presentation(), "verifiableCredential": []}) == []


def test_presentation_is_judged_as_one_even_when_its_type_is_text() -> None:
    assert check_vcdm({"@context": [V2], "type": "VerifiablePresentation"}) == []


@pytest.mark.parametrize("document", [None, [], "text", 7, True, {}, {"type": {}}], ids=repr)
@pytest.mark.parametrize("kind", [*WHOLE, "unknown"])
def test_what_is_no_credential_is_an_error_and_no_crash(document: Any, kind: str) -> None:
    assert errors(document, kind)
