"""The form of documents: every must of the data models, told in plain words and at its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import schema
from exchange.core.schema import check_schema, check_vcdm, load_schemas
from exchange.resources import data_path
from tests.core import samples
from tests.core.samples import V1, V2, Change, Json, drop, put

WHOLE = {
    "badge": samples.badge,
    "endorsement": samples.endorsement,
    "clr": samples.clr,
    "credential": samples.credential,
    "presentation": samples.presentation,
    "envelope": samples.envelope,
    "status_list": samples.status_list,
    "profile": lambda: samples.badge()["issuer"],
    "achievement": lambda: samples.badge()["credentialSubject"]["achievement"],
}


def errors(document: Any, kind: str) -> set[str]:
    """`code at` of each error."""
    return {f"{found.code} {found.at}" for found in check_schema(document, kind) if found.level == "error"}


# --- what is whole ---


@pytest.mark.parametrize("kind", WHOLE)
def test_whole_document_has_nothing_wrong_with_it(kind: str) -> None:
    assert check_schema(WHOLE[kind](), kind) == []


SUBJECT = "credentialSubject"
ACHIEVEMENT = (SUBJECT, "achievement")

ALLOWED: dict[str, Change] = {
    "one proof as an object": put({"type": "DataIntegrityProof"}, "proof"),
    "several proofs": put([{"type": "DataIntegrityProof"}, {"type": "DataIntegrityProof"}], "proof"),
    "type of a noun as one word": put("Achievement", *ACHIEVEMENT, "type"),
    "subject as a list of one": lambda d: d.update({SUBJECT: [d[SUBJECT]]}),
    "evidence as one object": put({"type": "Evidence"}, "evidence"),
    "evidence as a data URL": put([{"type": "Evidence", "id": "data:text/plain,seen"}], "evidence"),
    "one tag as text": put("operations", *ACHIEVEMENT, "tag"),
    "an empty list, as some issuers write it": put([], *ACHIEVEMENT, "alignment"),
    "issuer as a URL": put("https://issuer.example/profile", "issuer"),
    "issuer with an international URL": put("https://bücher.example/ü", "issuer"),
    "AchievementCredential": put(["VerifiableCredential", "AchievementCredential"], "type"),
    "name in two languages": put(
        [{"@value": "Lead", "@language": "en"}, {"@value": "Leitung", "@language": "de"}], "name"
    ),
    "name with a direction": put({"@value": "قائد", "@language": "ar", "@direction": "rtl"}, "name"),
    "subject with an identifier only": drop(SUBJECT, "id"),
    "subject with an id only": drop(SUBJECT, "identifier"),
    "criteria as a page": put({"id": "https://issuer.example/criteria"}, *ACHIEVEMENT, "criteria"),
    "two status entries": lambda d: d.update(credentialStatus=[d["credentialStatus"], {"type": "x"}]),
    "status without an id": drop("credentialStatus", "id"),
    "a type of one's own": put("ext:Ladder", *ACHIEVEMENT, "achievementType"),
    "an extension": put({"type": ["ext:Score"]}, *ACHIEVEMENT, "ext:score"),
    "a plain name": put(
        [{"type": "IdentityObject", "hashed": False, "identityHash": "Ada", "identityType": "name"}],
        SUBJECT,
        "identifier",
    ),
    "date with milliseconds and offset": put("2026-11-21T09:30:00.123-06:00", "validFrom"),
    "an activity that names only days": put("2026-05-04", SUBJECT, "activityStartDate"),
    "an activity of a leap day": put("2028-02-29", SUBJECT, "activityEndDate"),
    "an activity with times": put("2026-05-04T08:00:00+02:00", SUBJECT, "activityEndDate"),
    "same moment for both dates": put("2028-11-21T10:30:00+01:00", "validFrom"),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_what_the_standards_allow_passes(change: Change) -> None:
    document = samples.badge()
    change(document)
    assert check_schema(document, "badge") == []


def test_badge_of_vcdm_1_passes() -> None:
    assert check_schema(samples.badge_v1(), "badge") == []


# --- what is broken ---

BADGE_FAULTS: dict[str, tuple[Change, str]] = {
    "no id": (drop("id"), "schema_missing /id"),
    "no date": (drop("validFrom"), "schema_missing /validFrom"),
    "no subject": (drop(SUBJECT), "schema_missing /credentialSubject"),
    "two subjects": (lambda d: d.update({SUBJECT: [d[SUBJECT]] * 2}), "schema_wrong /credentialSubject"),
    "not a badge": (put(["VerifiableCredential"], "type"), "schema_wrong /type"),
    "one type only, as text": (put("VerifiableCredential", "type"), "schema_wrong /type"),
    "no Open Badges context": (put([V2], "@context"), "schema_wrong /@context"),
    "look-alike context": (
        put([V2, "https://purl.imsglobal.org.evil.example/spec/ob/v3p0/context-3.0.3.json"], "@context"),
        "schema_wrong /@context",
    ),
    "issuer object that is no profile": (drop("issuer", "type"), "schema_missing /issuer/type"),
    "recipient not named": (
        lambda d: (d[SUBJECT].pop("id"), d[SUBJECT].pop("identifier")),
        "schema_wrong /credentialSubject",
    ),
    "empty list of identifiers": (
        lambda d: (d[SUBJECT].pop("id"), d[SUBJECT].update(identifier=[])),
        "schema_wrong /credentialSubject/identifier",
    ),
    "no achievement": (drop(*ACHIEVEMENT), "schema_missing /credentialSubject/achievement"),
    "no criteria": (
        drop(*ACHIEVEMENT, "criteria"),
        "schema_missing /credentialSubject/achievement/criteria",
    ),
    "empty criteria": (
        put({}, *ACHIEVEMENT, "criteria"),
        "schema_wrong /credentialSubject/achievement/criteria",
    ),
    "image that is no URL": (
        put("i.png", *ACHIEVEMENT, "image"),
        "schema_wrong /credentialSubject/achievement/image",
    ),
    "image that is a list": (
        put(["https://issuer.example/i.png"], *ACHIEVEMENT, "image"),
        "schema_wrong /credentialSubject/achievement/image",
    ),
    "image with a foreign member": (
        put("x", *ACHIEVEMENT, "image", "width"),
        "schema_unknown /credentialSubject/achievement/image/width",
    ),
    "identity with a foreign member": (
        put("x", SUBJECT, "identifier", 0, "name"),
        "schema_unknown /credentialSubject/identifier/0/name",
    ),
    "hash that is none": (
        put("0" * 64, SUBJECT, "identifier", 0, "identityHash"),
        "schema_wrong /credentialSubject/identifier/0/identityHash",
    ),
    "alignment that leads nowhere": (
        drop(*ACHIEVEMENT, "alignment", 0, "targetUrl"),
        "schema_missing /credentialSubject/achievement/alignment/0/targetUrl",
    ),
    "evidence without a type": (
        put([{"id": "https://x.example"}], "evidence"),
        "schema_missing /evidence/0/type",
    ),
    "status without a type": (drop("credentialStatus", "type"), "schema_missing /credentialStatus/type"),
    "index of a status as a number": (
        put(7, "credentialStatus", "statusListIndex"),
        "schema_wrong /credentialStatus/statusListIndex",
    ),
    "null": (put(None, *ACHIEVEMENT, "version"), "schema_wrong /credentialSubject/achievement/version"),
    "result of another achievement": (
        put("urn:x:other", SUBJECT, "result", 0, "resultDescription"),
        "result_description_unknown /credentialSubject/result/0/resultDescription",
    ),
    "level of another rubric": (
        put("urn:x:level", SUBJECT, "result", 0, "achievedLevel"),
        "result_level_unknown /credentialSubject/result/0/achievedLevel",
    ),
    "level without a rubric": (
        drop(SUBJECT, "result", 0, "resultDescription"),
        "result_level_unknown /credentialSubject/result/0/achievedLevel",
    ),
    "status result without a status": (
        drop(SUBJECT, "result", 1, "status"),
        "result_status_missing /credentialSubject/result/1/status",
    ),
    "end before start": (put("2020-01-01T00:00:00Z", "validUntil"), "period_reversed /validUntil"),
    "a day that does not exist": (put("2026-02-30T00:00:00Z", "validFrom"), "date_malformed /validFrom"),
    "a day of no month": (
        put("2020-99-99", SUBJECT, "activityStartDate"),
        "date_malformed /credentialSubject/activityStartDate",
    ),
    "a moment of no day": (
        put("2026-05-04T25:00:00Z", SUBJECT, "activityEndDate"),
        "date_malformed /credentialSubject/activityEndDate",
    ),
}


@pytest.mark.parametrize(("change", "fault"), BADGE_FAULTS.values(), ids=BADGE_FAULTS)
def test_fault_of_a_badge_is_found_at_its_place(change: Change, fault: str) -> None:
    document = samples.badge()
    change(document)
    assert errors(document, "badge") == {fault}


@pytest.mark.parametrize("missing", ["name", "issuanceDate"])
def test_badge_of_vcdm_1_without_what_it_needs(missing: str) -> None:
    document = samples.badge_v1()
    del document[missing]
    assert errors(document, "badge") == {f"schema_missing /{missing}"}


OTHER_FAULTS: dict[str, tuple[str, Change, str]] = {
    "endorsement without a name": ("endorsement", drop("name"), "schema_missing /name"),
    "endorsement of nothing": ("endorsement", drop(SUBJECT, "id"), "schema_missing /credentialSubject/id"),
    "endorsement that is a badge": (
        "endorsement",
        put(["VerifiableCredential", "OpenBadgeCredential"], "type"),
        "schema_wrong /type",
    ),
    "record without credentials": (
        "clr",
        drop(SUBJECT, "verifiableCredential"),
        "schema_missing /credentialSubject/verifiableCredential",
    ),
    "record with an unknown association": (
        "clr",
        put("isLike", SUBJECT, "association", 0, "associationType"),
        "schema_wrong /credentialSubject/association/0/associationType",
    ),
    "list without its u": (
        "status_list",
        put("H4sIAAA", SUBJECT, "encodedList"),
        "schema_wrong /credentialSubject/encodedList",
    ),
    "list of another type": (
        "status_list",
        put("List", SUBJECT, "type"),
        "schema_wrong /credentialSubject/type",
    ),
    "profile without an id": ("profile", drop("id"), "schema_missing /id"),
    "achievement without a description": ("achievement", drop("description"), "schema_missing /description"),
}


@pytest.mark.parametrize(("kind", "change", "fault"), OTHER_FAULTS.values(), ids=OTHER_FAULTS)
def test_fault_of_another_kind_is_found_at_its_place(kind: str, change: Change, fault: str) -> None:
    document = WHOLE[kind]()
    change(document)
    assert errors(document, kind) == {fault}


# --- the musts of the W3C data model ---

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


TOLERATED: dict[str, tuple[Change, str]] = {
    "bare URL as image": (
        put("https://issuer.example/i.png", *ACHIEVEMENT, "image"),
        "/credentialSubject/achievement/image",
    ),
    "unknown achievement type": (
        put("Program", *ACHIEVEMENT, "achievementType"),
        "/credentialSubject/achievement/achievementType",
    ),
    "unknown target type": (
        put("Skill", *ACHIEVEMENT, "alignment", 0, "targetType"),
        "/credentialSubject/achievement/alignment/0/targetType",
    ),
    "unknown identifier type": (
        put("shoeSize", SUBJECT, "identifier", 0, "identityType"),
        "/credentialSubject/identifier/0/identityType",
    ),
}


@pytest.mark.parametrize(("change", "at"), TOLERATED.values(), ids=TOLERATED)
def test_what_good_badges_do_though_they_should_not_is_a_warning(change: Change, at: str) -> None:
    document = samples.badge()
    change(document)
    assert [(found.code, found.level, found.at) for found in check_schema(document, "badge")] == [
        ("schema_wrong", "warning", at)
    ]


def test_date_without_a_zone_is_read_as_utc_with_a_warning() -> None:
    document = samples.badge()
    document["validUntil"] = "2026-11-21T09:30:01"
    assert [(found.code, found.level) for found in check_schema(document, "badge")] == [
        ("date_without_zone", "warning")
    ]


def test_open_badges_context_that_is_not_second_is_a_warning() -> None:
    document = samples.badge()
    document["@context"].insert(1, "https://w3id.org/security/data-integrity/v2")
    assert [(found.code, found.level) for found in check_schema(document, "badge")] == [
        ("context_order", "warning")
    ]


# --- how it is said ---


def test_missing_member_is_explained_in_plain_words() -> None:
    document = samples.badge()
    del document["credentialSubject"]["achievement"]["criteria"]
    assert [found.message for found in check_schema(document, "badge")] == [
        "credentialSubject.achievement.criteria is missing: an achievement says how it is earned."
    ]


def test_wrong_value_is_quoted_briefly_and_safely() -> None:
    document = {**samples.credential(), "id": "\u001b[31m" + "x" * 1000}
    message = check_schema(document, "credential")[0].message
    assert message.startswith('id is "\\u001b[31mxxx')
    assert message.endswith('…": it must be one absolute URL, such as https:…, did:… or urn:uuid:….')
    assert len(message) < 200


def test_every_fault_is_listed_not_only_the_first() -> None:
    document = samples.badge()
    for change in (drop("id"), put("x", "issuer"), drop(*ACHIEVEMENT, "name"), put("never", "validFrom")):
        change(document)
    assert errors(document, "badge") == {
        "schema_missing /id",
        "schema_wrong /issuer",
        "schema_missing /credentialSubject/achievement/name",
        "schema_wrong /validFrom",
    }


@pytest.mark.parametrize("many", [2_000, 100_000])
def test_thousands_of_faults_become_at_most_fifty_findings(many: int) -> None:
    document = samples.badge()
    document["credentialSubject"]["achievement"]["alignment"] = [{}] * many
    assert 1 <= len(check_schema(document, "badge")) <= 50


@pytest.mark.parametrize(
    ("change", "level"),
    [(put("Program", *ACHIEVEMENT, "achievementType"), "unknown"), (put(7, *ACHIEVEMENT, "name"), "error")],
)
def test_document_too_large_to_explain_is_never_passed(change: Change, level: str) -> None:
    document = samples.badge()
    document["credentialSubject"]["achievement"]["tag"] = ["x"] * 10_000
    change(document)
    assert [found.level for found in check_schema(document, "badge")] == [level]


def test_fault_behind_a_crowd_of_warnings_is_not_lost() -> None:
    document = samples.badge()
    achievement = document["credentialSubject"]["achievement"]
    achievement["alignment"] = [{**achievement["alignment"][0], "targetType": "Skill"}] * 60
    assert {found.level for found in check_schema(document, "badge")} == {"warning", "unknown"}
    document["validUntil"] = "2020-01-01T00:00:00Z"
    assert check_schema(document, "badge")[0].code == "period_reversed"


def test_document_is_not_altered() -> None:
    document = samples.badge()
    document["evidence"] = {"type": "Evidence"}
    before = copy.deepcopy(document)
    check_schema(document, "badge")
    assert document == before


# --- the schemas themselves ---


def test_manifest_lists_every_schema_by_its_own_id() -> None:
    folder = data_path("schemas")
    listed = json.loads((folder / "manifest.json").read_bytes())["schemas"]
    assert {entry["file"] for entry in listed} == {path.name for path in folder.glob("*.json")} - {
        "manifest.json"
    }
    for entry in listed:
        assert json.loads((folder / entry["file"]).read_bytes())["$id"] == entry["$id"]
        assert entry["purpose"]


def test_no_schema_refers_to_anything_outside() -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    schemas = load_schemas()
    for identifier, one in schemas.items():
        jsonschema.Draft202012Validator.check_schema(one)
        for reference in references(one):
            assert reference.partition("#")[0] in ("", *schemas), (identifier, reference)


def test_schema_that_refers_outside_is_refused_and_not_fetched() -> None:
    import jsonschema_rs

    with pytest.raises(Exception, match="nothing is fetched"):
        jsonschema_rs.Draft202012Validator(
            {"$ref": "https://schemas.example/x.json"}, retriever=schema._refuse
        )


_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from(["", "x", V1, V2, "did:x:y", "urn:a:b\n", "2026-11-21T09:30:00Z", "Profile", "a b:c"]),
    st.text(max_size=8),
    st.sampled_from([[], {}, [{}], ["x"], [[]], {"id": "did:x:y"}, {"@value": "x"}, {"type": "x"}]),
)


def _places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in items:
        yield (*path, step)
        yield from _places(value, (*path, step))


@st.composite
def _broken(draw: st.DrawFn, document: Json) -> Json:
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            break
        path = draw(st.sampled_from(places))
        (drop(*path) if draw(st.booleans()) else put(draw(_JUNK), *path))(document)
    return document


@given(st.data())
def test_two_implementations_agree_and_no_refusal_is_silent(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(WHOLE)))
    document = data.draw(_broken(WHOLE[kind]()))
    accepted = schema._validator(schema._FILES[kind]).is_valid(document)
    assert accepted == schema._explainer(schema._FILES[kind]).is_valid(document)
    explained = [found for found in check_schema(document, kind) if found.code.startswith("schema_")]
    assert bool(explained) != accepted


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("1edtech-impl-guide-vectors/ob3-signed.json", "badge"),
        ("1edtech-impl-guide-vectors/clr2-signed.json", "clr"),
        ("baked-images/vc-ed__signed_badge_example-p2.json", "badge"),
        ("baked-images/vc-ed__signed_badge_example-p3.json", "badge"),
        ("w3c-di-vectors/vc-di-eddsa/eddsa-rdfc-2022/employ/signedDataInt.json", "credential"),
        ("w3c-di-vectors/vc-di-eddsa/Ed25519Signature2020/signedEdSig.json", "credential"),
    ],
)
def test_published_document_has_the_form_it_claims(shared_vectors: Path, name: str, kind: str) -> None:
    assert check_schema(json.loads((shared_vectors / name).read_bytes()), kind) == []
