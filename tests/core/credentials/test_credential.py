"""Badges and endorsements: built so that all software signs them alike, and read back as typed values."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.terms import check_terms
from exchange.core.credentials.achievement import Achievement, Alignment, Criteria
from exchange.core.credentials.credential import Evidence, Result, build_badge, read_badge
from exchange.core.credentials.endorsement import (
    RelatedResource,
    build_endorsement,
    read_endorsement,
)
from exchange.core.credentials.identity import build_identity, check_recipient, hash_identity
from exchange.core.credentials.nouns import LanguageValue, fit_to_sign, normalise, plain
from exchange.core.credentials.profile import Image, Profile
from exchange.core.credentials.schema import check_schema
from exchange.core.digests import digest_sri
from exchange.errors import InputError
from tests.core import samples

NOW = datetime(2026, 11, 21, 9, 30, 15, 123456, tzinfo=UTC)
ISSUER = Profile(id="did:web:issuer.example", name="Issuer", url="https://issuer.example")
ACHIEVEMENT = Achievement(
    id="https://issuer.example/achievements/lead/1",
    name="Incident lead",
    description="Leads the response to an incident.",
    criteria=Criteria(narrative="Seen twice.\n\n- by two observers"),
    achievement_type="MicroCredential",
    image=Image(id="https://issuer.example/achievements/lead/1/image.png", caption="A compass"),
    alignment=(Alignment(target_name="Incident management", target_url="https://skills.example/USUP"),),
    tag=("operations",),
    credits_available=3.0,
)
REVOCATION = ("revocation", 7, "https://issuer.example/status/1")
SUSPENSION = ("suspension", 9, "https://issuer.example/status/2")


def badge(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": "https://issuer.example/badges/1",
        "issuer": ISSUER,
        "achievement": ACHIEVEMENT,
        "recipient": "mailto:ada@example.org",
        "subject_id": "urn:uuid:1f0c8a52-7e55-4c0a-a1b7-000000000001",
        "salt": "pepper",
        "valid_from": NOW,
        "status": [REVOCATION, SUSPENSION],
    }
    return build_badge(**{**given, **changes})


# --- building ---


def test_built_badge_has_the_form_and_only_defined_terms() -> None:
    document = badge(
        evidence=["https://issuer.example/reports/7", Evidence(narrative="Seen on call.")],
        narrative="Twice in November.",
        results=[Result(value="A")],
        valid_until=NOW + timedelta(days=730),
    )
    assert check_schema(document, "badge") == []
    check_terms(document, SHIPPED)


def test_built_badge_reads_as_it_was_said() -> None:
    document = badge(evidence=["https://issuer.example/reports/7"], valid_until=NOW + timedelta(days=1))
    assert list(document)[:7] == ["@context", "id", "type", "name", "issuer", "validFrom", "validUntil"]
    assert document["validFrom"] == "2026-11-21T09:30:15Z"
    assert document["name"] == "Incident lead"
    assert document["credentialSubject"]["identifier"][0]["identityHash"] == hash_identity(
        "ada@example.org", "pepper"
    )
    assert document["credentialSubject"]["achievement"]["creditsAvailable"] == 3
    assert "narrative" not in document["credentialSubject"]
    assert "result" not in document["credentialSubject"]


def test_one_status_entry_is_an_object_and_several_are_a_list() -> None:
    assert badge(status=[REVOCATION])["credentialStatus"] == {
        "id": "https://issuer.example/status/1#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://issuer.example/status/1",
    }
    several = badge()["credentialStatus"]
    assert [entry["statusPurpose"] for entry in several] == ["revocation", "suspension"]
    assert "credentialStatus" not in badge(status=[])


def test_recipient_who_is_the_subject_is_not_named_twice() -> None:
    document = badge(recipient="did:example:ada", subject_id="did:example:ada")
    assert "identifier" not in document["credentialSubject"]
    assert document["credentialSubject"]["id"] == "did:example:ada"


def test_stored_json_builds_the_same_badge_as_typed_values() -> None:
    assert badge(issuer=ISSUER.to_json(), achievement=ACHIEVEMENT.to_json()) == badge()


def test_dates_are_written_in_utc() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=13)))
    assert badge(valid_from=east) == badge()


BUILD_FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "date without zone": ({"valid_from": datetime(2026, 1, 1)}, "date_without_zone", "/validFrom"),
    "end before start": ({"valid_until": NOW - timedelta(days=1)}, "period_reversed", "/validUntil"),
    "control character": (
        {"narrative": "good\x08bad"},
        "control_character",
        "/credentialSubject/narrative",
    ),
    "fragile number": (
        {"achievement": {**ACHIEVEMENT.to_json(), "creditsAvailable": 1e-7}},
        "fragile_number",
        "/credentialSubject/achievement/creditsAvailable",
    ),
}


@pytest.mark.parametrize(("changes", "code", "at"), BUILD_FAULTS.values(), ids=BUILD_FAULTS)
def test_badge_that_must_not_be_signed_is_refused(changes: dict[str, Any], code: str, at: str) -> None:
    with pytest.raises(InputError) as caught:
        badge(**changes)
    assert (caught.value.code, caught.value.at) == (code, at)


def test_built_endorsement_has_the_form_and_pins_what_was_seen() -> None:
    body = b'{"id":"https://issuer.example/badges/1"}'
    document = build_endorsement(
        id="https://peer.example/endorsements/1",
        name="Endorsement of Incident lead",
        issuer=Profile(id="did:web:peer.example", name="Peer"),
        subject_id="https://issuer.example/badges/1",
        comment="I was **there**.",
        valid_from=NOW,
        valid_until=NOW + timedelta(days=365),
        seen=[RelatedResource(id="https://issuer.example/badges/1", digest_sri=digest_sri(body))],
        status=[REVOCATION],
    )
    assert check_schema(document, "endorsement") == []
    check_terms(document, SHIPPED)
    back = read_endorsement(document)
    assert back.credential_subject.endorsement_comment == "I was **there**."
    assert back.related_resource[0].digest_sri == digest_sri(body)
    assert digest_sri(body) != digest_sri(body + b" ")


def test_digest_is_that_of_subresource_integrity() -> None:
    digest = hashlib.sha384(b"alert('Hello, world.');").digest()
    assert digest_sri(b"alert('Hello, world.');").startswith(
        "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZng"
    )
    assert len(digest) == 48


# --- reading ---


def test_badge_is_read_as_typed_values() -> None:
    read = read_badge(samples.badge())
    assert read.valid_from == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert read.issuer.name == "Issuer"
    assert read.credential_subject.achievement.alignment[0].target_code is None
    assert read.credential_subject.result[1].status == "Completed"
    assert read.credential_status[0]["statusPurpose"] == "revocation"


def test_badge_of_vcdm_1_reads_like_one_of_vcdm_2() -> None:
    one, two = read_badge(samples.badge_v1()), read_badge(samples.badge())
    assert (one.valid_from, one.valid_until) == (two.valid_from, two.valid_until)
    assert one.credential_subject == two.credential_subject


def test_one_value_reads_like_a_list_of_one() -> None:
    compact = samples.badge()
    compact["evidence"] = compact["evidence"][0]
    compact["credentialSubject"]["type"] = "AchievementSubject"
    compact["credentialSubject"]["achievement"]["tag"] = "incident response"
    compact["credentialSubject"] = [compact["credentialSubject"]]
    assert read_badge(compact) == read_badge(samples.badge())


def test_issuer_that_is_only_a_url_reads_as_a_profile() -> None:
    assert read_badge({**samples.badge(), "issuer": "https://issuer.example"}).issuer == Profile(
        id="https://issuer.example"
    )


def test_image_that_is_only_a_url_reads_as_an_image() -> None:
    document = samples.badge()
    document["image"] = "https://issuer.example/i.png"
    assert read_badge(document).image == Image(id="https://issuer.example/i.png")


def test_nulls_and_empty_lists_read_as_absent() -> None:
    document = samples.badge()
    document["description"] = None
    document["credentialSubject"]["achievement"]["related"] = []
    assert read_badge(document) == read_badge(samples.badge())


def test_what_is_no_badge_is_refused_at_its_place() -> None:
    document = samples.badge()
    document["credentialSubject"]["achievement"]["alignment"][0]["targetName"] = 7
    with pytest.raises(InputError) as caught:
        read_badge(document)
    assert caught.value.code == "credential_malformed"
    assert caught.value.at == "/credentialSubject/achievement/alignment/0/targetName"


@pytest.mark.parametrize(
    "document", [{}, {"credentialSubject": []}, {"validFrom": 7}, {"issuer": []}], ids=repr
)
def test_reading_junk_is_a_named_error(document: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        read_badge(document)


def test_normalising_leaves_what_is_signed_alone() -> None:
    document = samples.badge()
    normalise(document)
    assert document == samples.badge()


def test_published_badge_reads(shared_vectors: Path) -> None:
    path = shared_vectors / "1edtech-impl-guide-vectors" / "ob3-signed.json"
    read = read_badge(json.loads(path.read_bytes()))
    assert plain(read.name) == "Teamwork Badge"
    assert plain(read.credential_subject.achievement.name) == "Teamwork"


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ("Lead", "en", "Lead"),
        (None, "en", ""),
        (LanguageValue("Leitung", "de"), "en", "Leitung"),
        ((LanguageValue("Leitung", "de"), LanguageValue("Lead", "en-GB")), "en", "Lead"),
        ((LanguageValue("Leitung", "de"), "Lead"), "fr", "Leitung"),
    ],
)
def test_text_is_shown_in_the_readers_language_if_there_is_one(text: Any, language: str, shown: str) -> None:
    assert plain(text, language) == shown


# --- recipients ---


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


# --- what all software signs alike ---

FIT: dict[str, tuple[Any, Any]] = {
    "null": ({"a": None, "b": 1}, {"b": 1}),
    "empty list": ({"a": [], "b": [None]}, {}),
    "empty object": ({"a": {"b": None}}, {}),
    "whole float": ({"a": 3.0}, {"a": 3}),
    "true": ({"a": True}, {"a": True}),
    "lines and tabs": ({"a": "1\n2\r\n\t3"}, {"a": "1\n2\r\n\t3"}),
    "any script": ({"a": "Łódź قائد 😀"}, {"a": "Łódź قائد 😀"}),
    "tuple": ({"a": ("x", "y")}, {"a": ["x", "y"]}),
    "largest digits": ({"a": 123456789.012345}, {"a": 123456789.012345}),
}
UNFIT: dict[str, tuple[Any, str, str]] = {
    "backspace": ({"a": ["x", "\x08"]}, "control_character", "/a/1"),
    "delete": ({"a": {"b": "\x7f"}}, "control_character", "/a/b"),
    "C1 control": ({"a": "\x85"}, "control_character", "/a"),
    "lone surrogate": ({"a": "\ud800"}, "control_character", "/a"),
    "tiny number": ({"a": 1e-7}, "fragile_number", "/a"),
    "huge number": ({"a": 1e15}, "fragile_number", "/a"),
    "huge integer": ({"a": 2**53}, "fragile_number", "/a"),
    "sixteen digits": ({"a": 0.1234567890123456}, "fragile_number", "/a"),
    "infinity": ({"a": float("inf")}, "fragile_number", "/a"),
    "not a number": ({"a": [float("nan")]}, "fragile_number", "/a/0"),
    "order by code point and by UTF-16": ({"tag": ["\U0001f600", "\uff01"]}, "fragile_order", "/tag"),
}


@pytest.mark.parametrize(("value", "fit"), FIT.values(), ids=FIT)
def test_fit_to_sign(value: Any, fit: Any) -> None:
    assert json.dumps(fit_to_sign(value)) == json.dumps(fit)


@pytest.mark.parametrize(("value", "code", "at"), UNFIT.values(), ids=UNFIT)
def test_unfit_to_sign(value: Any, code: str, at: str) -> None:
    with pytest.raises(InputError) as caught:
        fit_to_sign(value)
    assert (caught.value.code, caught.value.at) == (code, at)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(_VALUES)
def test_what_is_fit_stays_as_it_is_and_survives_json(value: Any) -> None:
    try:
        fit = fit_to_sign(value)
    except InputError:
        return
    assert json.dumps(fit_to_sign(fit)) == json.dumps(fit)
    assert json.loads(json.dumps(fit)) == fit


_LINE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=20)
_TAG = st.text(
    st.characters(codec="utf-8", categories=("L", "N"), max_codepoint=0xDFFF), min_size=1, max_size=9
)


@given(name=_LINE, narrative=_LINE, tags=st.lists(_TAG, max_size=3), days=st.integers(0, 3650))
def test_every_badge_we_build_has_the_form(name: str, narrative: str, tags: list[str], days: int) -> None:
    achievement = ACHIEVEMENT.to_json() | {"name": name, "tag": tags}
    document = badge(achievement=achievement, narrative=narrative, valid_until=NOW + timedelta(days=days))
    assert check_schema(document, "badge") == []
    assert read_badge(document).to_json()["credentialSubject"]["narrative"] == narrative
