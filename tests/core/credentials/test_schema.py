"""The form of documents: every must of the data models, told in plain words and at its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from exchange.core.credentials.schema import check_schema
from tests.core import samples
from tests.core.samples import V2, Change, drop, put

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
