"""Hypothesis strategies for Open Badges 3.0 documents: valid ones, with many of the optional properties.

Everything they make is schema-valid and has every term defined, is unsigned unless asked otherwise, and
shrinks to a small badge. Ids come from small pools, so that one node is met at several places.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXT = [V2, OB]
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"

Json = dict[str, Any]

_NASTY = "\"\\\n\r\t%<>&' é€ß\u00a0\u200d\u2028\u202e\ufeff\ue000\U0001f600\U00010000"


def texts(*, controls: bool = False, min_size: int = 0) -> st.SearchStrategy[str]:
    """Text as people write it, with the characters that trip serialisers; control characters if asked for."""
    plain = (
        st.characters(exclude_categories=["Cs"])
        if controls
        else st.characters(exclude_categories=["Cs", "Cc"])
    )
    nasty = st.sampled_from(_NASTY + ("\x00\x08\x0b\x0c\x1f\x7f\x80" if controls else ""))
    return st.text(st.one_of(st.sampled_from("abcXYZ 019.-"), nasty, plain), min_size=min_size, max_size=40)


def iris() -> st.SearchStrategy[str]:
    """Absolute IRIs of the kinds credentials use."""
    word = st.text("abcdefgh0123456789", min_size=1, max_size=6)
    return st.one_of(
        st.integers(0, 3).map("https://example.org/{}".format),
        word.map("https://badges.example.org/a/{}#x".format),
        st.uuids().map("urn:uuid:{}".format),
        word.map("did:web:example.org:{}".format),
        st.sampled_from(
            ["https://münchen.example/ü?a=1&b=2", "mailto:a@example.com", "http://EXAMPLE.org:80/%7Ea"]
        ),
    )


def urls() -> st.SearchStrategy[str]:
    """https URLs."""
    return st.text("abcdefgh0123456789/", max_size=8).map("https://example.org/{}".format)


def dates() -> st.SearchStrategy[str]:
    """Calendar dates."""
    return st.dates().map(str)


def moments() -> st.SearchStrategy[str]:
    """Times with a zone, before 2026."""
    day = st.dates(min_value=date(2000, 1, 1), max_value=date(2025, 12, 31))
    return st.builds(
        "{}T{:02}:{:02}:00{}".format, day, _upto(23), _upto(59), st.sampled_from(["Z", "+02:00"])
    )


def _upto(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


def numbers() -> st.SearchStrategy[float]:
    """Numbers that every JSON implementation reads alike (SPEED.md T6)."""
    return st.one_of(
        st.integers(0, 1000),
        st.decimals(min_value=0, max_value=10_000, places=3, allow_nan=False).map(float),
    )


def _several(values: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=most)


def _typed(name: str, required: Json, optional: Json, *, id: bool | None = None) -> st.SearchStrategy[Json]:
    """Objects of a type; `id`: True for always one, None for sometimes, False for never."""
    required = {"type": st.just([name]), **required, **({"id": iris()} if id else {})}
    optional = {**optional, **({"id": iris()} if id is None else {})}
    return st.fixed_dictionaries(required, optional=optional)


def images() -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {"id": urls(), "type": st.just("Image")}, optional={"caption": texts(min_size=1)}
    )


def identities() -> st.SearchStrategy[Json]:
    """IdentityObjects, the hash of nobody."""
    return st.fixed_dictionaries(
        {
            "type": st.just("IdentityObject"),
            "hashed": st.booleans(),
            "identityHash": st.integers(0, 2).map(lambda n: f"sha256${n:064x}"),
            "identityType": st.sampled_from(["emailAddress", "name", "ext:badgeNumber"]),
        },
        optional={"salt": texts(min_size=1)},
    )


def identifiers() -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {
            "type": st.just("IdentifierEntry"),
            "identifier": texts(min_size=1),
            "identifierType": st.sampled_from(["identifier", "nationalIdentityNumber", "ext:payroll"]),
        }
    )


def addresses() -> st.SearchStrategy[Json]:
    place = _typed("GeoCoordinates", {"latitude": numbers(), "longitude": numbers()}, {}, id=False)
    return _typed(
        "Address",
        {},
        {
            "addressCountry": texts(min_size=1),
            "addressLocality": texts(min_size=1),
            "streetAddress": texts(),
            "postalCode": texts(),
            "geo": place,
        },
        id=False,
    )


def profiles() -> st.SearchStrategy[Json]:
    """Issuers and people, without endorsements."""
    return _typed(
        "Profile",
        {},
        {
            "name": texts(min_size=1),
            "url": urls(),
            "phone": st.just("+48123456789"),
            "description": texts(),
            "image": images(),
            "email": st.just("a@example.com"),
            "address": addresses(),
            "otherIdentifier": _several(identifiers()),
            "official": texts(),
            "givenName": texts(min_size=1),
            "dateOfBirth": dates(),
            "parentOrg": _typed("Profile", {}, {"name": texts(min_size=1)}, id=True),
        },
        id=True,
    )


def alignments() -> st.SearchStrategy[Json]:
    return _typed(
        "Alignment",
        {"targetName": texts(min_size=1), "targetUrl": urls()},
        {
            "targetCode": texts(),
            "targetDescription": texts(),
            "targetFramework": texts(),
            "targetType": st.sampled_from(["CFItem", "ceasn:Competency", "ext:Skill"]),
        },
        id=False,
    )


def result_descriptions() -> st.SearchStrategy[Json]:
    level = _typed(
        "RubricCriterionLevel",
        {"name": texts(min_size=1)},
        {"level": texts(), "points": texts(), "description": texts(), "alignment": _several(alignments())},
        id=True,
    )
    return _typed(
        "ResultDescription",
        {"name": texts(min_size=1), "resultType": st.sampled_from(["LetterGrade", "Percent", "ext:Mood"])},
        {
            "allowedValue": st.lists(texts(), min_size=1, max_size=4, unique=True),
            "requiredValue": texts(),
            "valueMin": texts(),
            "valueMax": texts(),
            "requiredLevel": urls(),
            "rubricCriterionLevel": _several(level),
            "alignment": _several(alignments(), 1),
        },
        id=True,
    )


def criteria() -> st.SearchStrategy[Json]:
    return st.one_of(
        st.fixed_dictionaries({"narrative": texts(min_size=1)}),
        st.fixed_dictionaries({"id": urls()}, optional={"narrative": texts(min_size=1)}),
    )


def achievements(**always: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Achievements; `always` are properties to have in each."""
    required = {
        "name": texts(min_size=1),
        "description": texts(min_size=1),
        "criteria": criteria(),
    }
    optional = {
        "achievementType": st.sampled_from(["Badge", "MicroCredential", "ext:Ladder"]),
        "alignment": _several(alignments()),
        "creator": profiles(),
        "creditsAvailable": numbers(),
        "fieldOfStudy": texts(),
        "humanCode": texts(),
        "image": images(),
        "inLanguage": st.sampled_from(["en", "de-CH"]),
        "otherIdentifier": _several(identifiers()),
        "related": _several(
            _typed("Related", {}, {"version": texts(), "inLanguage": st.just("en")}, id=True), 1
        ),
        "resultDescription": _several(result_descriptions()),
        "specialization": texts(),
        "tag": st.lists(texts(), min_size=1, max_size=4),
        "version": texts(),
    }
    return _typed("Achievement", {**required, **always}, optional, id=True)


def results() -> st.SearchStrategy[Json]:
    return _typed(
        "Result",
        {},
        {
            "resultDescription": urls(),
            "achievedLevel": urls(),
            "value": texts(),
            "status": st.sampled_from(["Completed", "Enrolled"]),
        },
        id=False,
    )


def subjects() -> st.SearchStrategy[Json]:
    """AchievementSubjects, each with an id or an identifier."""
    optional = {
        "activityStartDate": moments(),
        "activityEndDate": moments(),
        "creditsEarned": numbers(),
        "image": images(),
        "licenseNumber": texts(),
        "narrative": texts(),
        "result": _several(results(), 3),
        "role": texts(),
        "source": profiles(),
        "term": texts(),
    }
    achievement = {"achievement": achievements()}
    hashed = {"identifier": _several(identities())}
    named = _typed("AchievementSubject", achievement, {**optional, **hashed}, id=True)
    nameless = _typed("AchievementSubject", {**achievement, **hashed}, optional, id=False)
    return st.one_of(named, nameless).map(_with_its_own_results)


def _with_its_own_results(subject: Json) -> Json:
    """Results may name only what the asserted achievement describes."""
    described = subject["achievement"].get("resultDescription", [])
    for place, result in enumerate(subject.get("result", [])):
        names = described[place % len(described)] if described else {}
        levels = names.get("rubricCriterionLevel", []) if "resultDescription" in result else []
        for member, known in (("resultDescription", [names] if names else []), ("achievedLevel", levels)):
            if member in result and known:
                result[member] = known[0]["id"]
            else:
                result.pop(member, None)
    return subject


def evidence() -> st.SearchStrategy[Json]:
    return _typed(
        "Evidence",
        {},
        {
            "narrative": texts(),
            "name": texts(),
            "description": texts(),
            "genre": texts(),
            "audience": texts(),
        },
    )


def statuses() -> st.SearchStrategy[Json]:
    """One entry of a Bitstring Status List."""
    return st.integers(0, 131_071).map(
        lambda index: {
            "id": f"https://example.org/status/1#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": "https://example.org/status/1",
        }
    )


def proofs() -> st.SearchStrategy[Json]:
    """Proofs of the right form, made by nobody. Few different ones: identical proofs are a trap (T8)."""
    return st.builds(
        lambda created, key: {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": created,
            "verificationMethod": f"https://example.org/issuer#{key}",
            "proofPurpose": "assertionMethod",
            "proofValue": "z5",
        },
        st.sampled_from(["2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"]),
        st.integers(0, 1),
    )


def _credential(kind: str, required: Json, optional: Json) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {
            "@context": st.just(CONTEXT),
            "id": iris(),
            "type": st.just(["VerifiableCredential", kind]),
            "issuer": st.one_of(profiles(), urls()),
            "validFrom": moments(),
            **required,
        },
        optional={
            "description": texts(),
            "image": images(),
            "validUntil": moments().map(lambda moment: "29" + moment[2:]),
            "credentialStatus": statuses(),
            **optional,
        },
    )


def endorsements(*, signed: bool = False) -> st.SearchStrategy[Json]:
    """EndorsementCredentials; `signed` ones carry proofs of the right form."""
    subject = _typed("EndorsementSubject", {}, {"endorsementComment": texts()}, id=True)
    proof = {"proof": _several(proofs(), 1)} if signed else {}
    return _credential("EndorsementCredential", {"name": texts(), "credentialSubject": subject, **proof}, {})


def badges() -> st.SearchStrategy[Json]:
    """OpenBadgeCredentials without a proof, some with endorsements inside."""
    return _credential(
        "OpenBadgeCredential",
        {"credentialSubject": subjects()},
        {
            "name": texts(),
            "awardedDate": moments(),
            "evidence": _several(evidence()),
            "endorsement": _several(endorsements(signed=True), 3),
        },
    )
