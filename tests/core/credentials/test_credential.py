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
from exchange.core.credentials.identity import hash_identity
from exchange.core.credentials.nouns import LanguageValue, normalise, plain
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
