"""One whole document of each kind, to be broken in one place by a test."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"

Json = dict[str, Any]
Change = Callable[[Json], object]


def credential() -> Json:
    """The least that is a verifiable credential."""
    return {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:issuer.example",
        "credentialSubject": {"id": "did:example:holder"},
    }


def badge() -> Json:
    """A badge that uses most of what Open Badges 3.0 has."""
    achievement = "https://issuer.example/achievements/lead/1"
    return {
        "@context": [V2, OB],
        "id": "https://issuer.example/badges/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Incident lead",
        "issuer": {"id": "did:web:issuer.example", "type": ["Profile"], "name": "Issuer"},
        "validFrom": "2026-11-21T09:30:00Z",
        "validUntil": "2028-11-21T09:30:00Z",
        "credentialSubject": {
            "id": "urn:uuid:1f0c8a52-7e55-4c0a-a1b7-000000000001",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "sha256$" + "0" * 64,
                    "identityType": "emailAddress",
                    "salt": "salt",
                }
            ],
            "achievement": {
                "id": achievement,
                "type": ["Achievement"],
                "achievementType": "MicroCredential",
                "name": "Incident lead",
                "description": "Leads the response to an incident.",
                "criteria": {"narrative": "Seen twice."},
                "image": {"id": f"{achievement}/image.png", "type": "Image", "caption": "A compass"},
                "tag": ["incident response"],
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": "Incident management",
                        "targetUrl": "https://skills.example/USUP",
                    }
                ],
                "resultDescription": [
                    {
                        "id": f"{achievement}#direction",
                        "type": ["ResultDescription"],
                        "name": "Direction",
                        "resultType": "RubricCriterionLevel",
                        "rubricCriterionLevel": [
                            {
                                "id": f"{achievement}#direction.clear",
                                "type": ["RubricCriterionLevel"],
                                "name": "Clear",
                            }
                        ],
                    },
                    {
                        "id": f"{achievement}#state",
                        "type": ["ResultDescription"],
                        "name": "State",
                        "resultType": "Status",
                    },
                ],
            },
            "result": [
                {
                    "type": ["Result"],
                    "resultDescription": f"{achievement}#direction",
                    "achievedLevel": f"{achievement}#direction.clear",
                },
                {"type": ["Result"], "resultDescription": f"{achievement}#state", "status": "Completed"},
            ],
        },
        "evidence": [{"id": "https://issuer.example/reports/7", "type": ["Evidence"]}],
        "credentialStatus": {
            "id": "https://issuer.example/status/1#7",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "7",
            "statusListCredential": "https://issuer.example/status/1",
        },
    }


def badge_v1() -> Json:
    """The same badge in the form of VCDM 1.1."""
    document = badge()
    document["@context"][0] = V1
    document["issuanceDate"] = document.pop("validFrom")
    document["expirationDate"] = document.pop("validUntil")
    return document


def endorsement() -> Json:
    return {
        "@context": [V2, OB],
        "id": "https://peer.example/endorsements/1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement of Incident lead",
        "issuer": {"id": "did:web:peer.example", "type": ["Profile"]},
        "validFrom": "2026-11-21T09:30:00Z",
        "credentialSubject": {
            "id": "https://issuer.example/badges/1",
            "type": ["EndorsementSubject"],
            "endorsementComment": "I was there.",
        },
        "relatedResource": [{"id": "https://issuer.example/badges/1", "digestSRI": "sha384-" + "A" * 64}],
    }


def clr() -> Json:
    return {
        "@context": [V2, CLR, OB],
        "id": "https://issuer.example/records/1",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Record",
        "issuer": {"id": "did:web:issuer.example", "type": ["Profile"]},
        "validFrom": "2026-11-21T09:30:00Z",
        "credentialSubject": {
            "id": "did:example:holder",
            "type": ["ClrSubject"],
            "verifiableCredential": [badge()],
            "association": [
                {
                    "type": ["Association"],
                    "associationType": "precedes",
                    "sourceId": "https://issuer.example/achievements/lead/1",
                    "targetId": "https://issuer.example/achievements/coach/1",
                }
            ],
        },
    }


def status_list() -> Json:
    return {
        "@context": [V2],
        "id": "https://issuer.example/status/1",
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": "did:web:issuer.example",
        "validFrom": "2026-11-21T09:30:00Z",
        "credentialSubject": {
            "id": "https://issuer.example/status/1#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQsvoAAAAAAAAAAAAAAAAP4GcwM92tQwAAA",
            "ttl": 300000,
        },
    }


def presentation() -> Json:
    return {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": "did:example:holder",
        "verifiableCredential": [credential(), envelope()],
    }


def envelope() -> Json:
    return {
        "@context": V2,
        "id": "data:application/vc+jwt,eyJ.eyJ.sig",
        "type": "EnvelopedVerifiableCredential",
    }


def put(value: Any, *path: str | int) -> Change:
    """The change that puts `value` at `path`."""

    def change(document: Json) -> None:
        node: Any = document
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = copy.deepcopy(value)

    return change


def drop(*path: str | int) -> Change:
    """The change that takes away what is at `path`."""

    def change(document: Json) -> None:
        node: Any = document
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]

    return change
