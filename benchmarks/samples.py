"""The documents that benchmarks and tests run on, as SPEED.md describes them: a rich badge, an endorsement.

Each number makes another document, with its own ids, so that no cache of values flatters a figure.
"""

from __future__ import annotations

from typing import Any

BASE = "https://b.example.org"
"""Where everything in the samples lives."""

DID = "did:web:badges.example.org:issuers:learning"
"""The issuer of the samples when the caller names none."""

CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]

_CRITERIA = (
    "To earn this badge you:\n\n1. led the response to three incidents, one of them at night;\n"
    '2. ran the review afterwards, with the "what, so what, now what" sheet;\n'
    "3. saw at least one change per review through."
)

_KIND = f"{BASE}/achievements/lead/1"

_ACHIEVEMENT: dict[str, Any] = {
    "id": _KIND,
    "type": ["Achievement"],
    "name": "Incident lead",
    "description": "Leads the response to an incident, and its review.",
    "achievementType": "Badge",
    "version": "1",
    "humanCode": "IL-1",
    "fieldOfStudy": "Operations",
    "specialization": "On-call",
    "creator": {"id": f"{BASE}/issuers/learning", "type": ["Profile"], "name": "Learning"},
    "creditsAvailable": 2,
    "inLanguage": "en",
    "tag": ["incidents", "teamwork", "continuous improvement"],
    "criteria": {
        "narrative": _CRITERIA,
    },
    "image": {
        "id": f"{_KIND}/image.png",
        "type": "Image",
        "caption": "A lighthouse, its beam to the right",
    },
    "alignment": [
        {
            "type": ["Alignment"],
            "targetName": "Manage crises",
            "targetUrl": "http://data.europa.eu/esco/skill/2b37b3a6-5cd2-4c1e-8e9a-3f4a3ab3ab6f",
            "targetFramework": "ESCO",
            "targetType": "CFItem",
        },
        {
            "type": ["Alignment"],
            "targetName": "Incident management",
            "targetUrl": "https://skills.example.org/framework/USUP-4",
            "targetFramework": "Skills of the organisation",
            "targetCode": "USUP-4",
        },
    ],
    "resultDescription": [
        {
            "id": f"{_KIND}#rubric",
            "type": ["ResultDescription"],
            "name": "Incident rubric",
            "resultType": "RubricCriterionLevel",
            "requiredLevel": f"{_KIND}#able",
            "rubricCriterionLevel": [
                {
                    "id": f"{_KIND}#able",
                    "type": ["RubricCriterionLevel"],
                    "name": "Able",
                    "level": "2",
                    "points": "10",
                    "description": "Leads on their own, with a team that is new to them.",
                },
                {
                    "id": f"{_KIND}#leading",
                    "type": ["RubricCriterionLevel"],
                    "name": "Leading",
                    "level": "3",
                    "points": "20",
                    "description": "Others learn to lead from them.",
                },
            ],
        },
        {
            "id": f"{_KIND}#talk",
            "type": ["ResultDescription"],
            "name": "Talk with two incident leads",
            "resultType": "Percent",
            "valueMin": "0",
            "valueMax": "100",
        },
    ],
}


def _profile(issuer: str) -> dict[str, Any]:
    return {
        "id": issuer,
        "type": ["Profile"],
        "name": "Atlas, the learning team",
        "url": f"{BASE}/issuers/atlas",
        "email": "atlas@badges.example.org",
        "image": {"id": f"{BASE}/issuers/atlas/image.png", "type": "Image"},
        "otherIdentifier": [
            {"type": "IdentifierEntry", "identifier": "L-0042", "identifierType": "sourcedId"},
        ],
    }


VARYING = (
    "/id",
    "/credentialSubject/id",
    "/credentialSubject/licenseNumber",
    "/credentialSubject/identifier/0/identityHash",
    "/credentialSubject/identifier/0/salt",
    "/credentialStatus/id",
    "/credentialStatus/statusListIndex",
)
"""Where the badges of one achievement differ."""


def badge(issuer: str = DID, number: int = 3527) -> dict[str, Any]:
    """An unsigned badge of 3.9 KB: 108 quads, 8 blank nodes. `number` is its status index, too."""
    return {
        "@context": CONTEXT,
        "id": f"{BASE}/badges/8c7f1c0e-5a3b-4f1d-9d2c-{number:012x}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Incident lead",
        "issuer": _profile(issuer),
        "validFrom": "2026-11-21T09:30:00Z",
        "validUntil": "2029-11-21T09:30:00Z",
        "awardedDate": "2026-11-20T16:00:00Z",
        "credentialSubject": {
            "id": f"urn:uuid:1f0c8a52-7e55-4c0a-a1b7-{number:012x}",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": f"sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b{number:016x}",
                    "identityType": "emailAddress",
                    "salt": f"{number:032x}",
                }
            ],
            "achievement": _ACHIEVEMENT,
            "activityStartDate": "2026-05-04",
            "activityEndDate": "2026-11-06",
            "narrative": "Led four incidents of two teams.",
            "role": "Incident lead",
            "term": "2026",
            "licenseNumber": f"IL-{number}",
            "creditsEarned": 2,
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": f"{_KIND}#rubric",
                    "achievedLevel": f"{_KIND}#able",
                },
                {
                    "type": ["Result"],
                    "resultDescription": f"{_KIND}#talk",
                    "value": "86",
                },
            ],
        },
        "evidence": [
            {
                "type": ["Evidence"],
                "name": "Reviews of the autumn incidents",
                "narrative": "What was tried, and what the team kept.",
                "genre": "Report",
                "audience": "Assessors",
            }
        ],
        "credentialStatus": {
            "id": f"{BASE}/status/list-1#{number}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(number),
            "statusListCredential": f"{BASE}/status/list-1",
        },
    }


def endorsement(issuer: str = DID, number: int = 3527) -> dict[str, Any]:
    """An unsigned endorsement of about 0.8 KB: 15 quads, no blank node."""
    return {
        "@context": CONTEXT,
        "id": f"{BASE}/endorsements/5a1e0f3c-1c62-4b5e-8f0a-{number:012x}",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement of an incident lead",
        "image": {"id": f"{BASE}/images/endorsement.png", "type": "Image"},
        "issuer": {
            "id": issuer,
            "type": ["Profile"],
            "name": "Ana Sample",
            "email": "ana@example.org",
            "url": f"{BASE}/people/ana",
        },
        "validFrom": "2026-11-21T10:00:00Z",
        "validUntil": "2027-11-21T10:00:00Z",
        "credentialSubject": {
            "id": f"{BASE}/badges/8c7f1c0e-5a3b-4f1d-9d2c-{number:012x}",
            "type": ["EndorsementSubject"],
            "endorsementComment": "I was on call for two of these. The changes are still in place.",
        },
    }


def proof_config(number: int = 0) -> dict[str, Any]:
    """A Data Integrity proof configuration: all of a proof but its value."""
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": f"2026-11-21T10:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "verificationMethod": f"{DID}#key-1",
        "proofPurpose": "assertionMethod",
    }
