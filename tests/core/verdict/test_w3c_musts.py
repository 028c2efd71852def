"""The MUSTs of the data model as the W3C's suite checks them (VCDM 2.0 §4, §5, §11), each a named case.

Every document is signed as it stands, so that what is refused is refused for its fault.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.w3c import (
    ADA,
    DATA_INTEGRITY,
    EXAMPLES,
    NIST,
    TYPED,
    V1,
    V2,
    codes,
    credential,
    envelope,
    forged,
    sign,
    token,
    verdict,
    with_term,
)

ACCEPTED: dict[str, dict[str, Any]] = {
    "the least there can be": {},
    "a context of examples": {"@context": [V2, EXAMPLES], "type": ["VerifiableCredential", "Relation"]},
    "an inline context": with_term("Kind", TYPED, type=["VerifiableCredential", "Kind"]),
    "an id that is a URN": {"id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"},
    "an id that is a DID": {"id": "did:example:credential"},
    "a type that is a URL": {"type": ["VerifiableCredential", TYPED]},
    "types in another order": {"type": [TYPED, "https://example.org/#Other", "VerifiableCredential"]},
    "an issuer that is an object": {"issuer": {"id": ADA.did}},
    "several subjects": {"credentialSubject": [{"id": "did:example:a"}, {"id": "did:example:a:b"}]},
    "a subject without an id": {"credentialSubject": {"name": "Alice"}},
    "a name": {"name": "Example"},
    "a name in a language": {"name": {"@value": "Example", "@language": "en"}},
    "a name with a direction": {"name": {"@value": "Example", "@language": "en", "@direction": "ltr"}},
    "a name in several languages": {
        "name": [{"@value": "Dog", "@language": "en"}, {"@value": "Chien", "@language": "fr"}]
    },
    "a description with a direction": {
        "description": {"@value": "Example", "@language": "en", "@direction": "rtl"}
    },
    "a description in several languages": {
        "description": [{"@value": "Dog", "@language": "en"}, {"@value": "Chien", "@language": "fr"}]
    },
    "an issuer with names in languages": {
        "issuer": {
            "id": ADA.did,
            "name": {"@value": "Ada", "@language": "en", "@direction": "ltr"},
            "description": [{"@value": "One", "@language": "en"}, {"@value": "Une", "@language": "fr"}],
        }
    },
    "validFrom with milliseconds": {"validFrom": "2023-02-26T01:02:58.447Z"},
    "validFrom west of Greenwich": {"validFrom": "2023-02-25T19:10:39-06:00"},
    "validFrom without an offset, read as UTC": {"validFrom": "2023-02-25T19:10:39"},
    "validUntil with milliseconds": {"validUntil": "2093-02-26T01:02:58.447Z"},
    "validUntil west of Greenwich": {"validUntil": "2093-02-25T19:10:39-06:00"},
    "validUntil the same as validFrom": {
        "validFrom": "2026-11-21T12:00:00Z",
        "validUntil": "2026-11-21T12:00:00Z",
    },
    "a schema": {"credentialSchema": {"id": "did:example:schema", "type": TYPED}},
    "several schemas": {
        "credentialSchema": [{"id": f"did:example:schema:{number}", "type": TYPED} for number in (1, 2)]
    },
    "a refresh service of an unknown type": {"refreshService": {"id": "did:example:refresh", "type": TYPED}},
    "several refresh services": {"refreshService": [{"type": TYPED}, {"type": TYPED}]},
    "terms of use": {"termsOfUse": {"type": TYPED}},
    "several terms of use, one with an id": {
        "termsOfUse": [{"type": TYPED}, {"id": "did:e:t", "type": TYPED}]
    },
    "evidence": {"evidence": {"type": TYPED}},
    "several pieces of evidence": {"evidence": [{"type": TYPED}, {"id": "did:e:e", "type": TYPED}]},
    "VCDM 1.1": {"@context": [V1, DATA_INTEGRITY], "issuanceDate": "2020-03-16T22:37:26.544Z"},
    "VCDM 1.1 with an inline context": {
        "@context": [V1, {"name": "https://schema.org/name"}, DATA_INTEGRITY],
        "issuanceDate": "2020-03-16T22:37:26Z",
        "credentialSubject": {"id": "did:example:a", "name": "Alice"},
    },
}

REFUSED: dict[str, dict[str, Any]] = {
    "no context": {"@context": ...},
    "another context first": {"@context": [EXAMPLES, V2]},
    "no base context": {"@context": [EXAMPLES]},
    "no context in the list": {"@context": []},
    "a context that is not a URL": {"@context": [V2, "https ://not-a-url/contexts/example/v1"]},
    "a context that is a number": {"@context": [V2, 192875]},
    "a context that is null": {"@context": [V2, None]},
    "an unknown context": {"@context": [V2, "https://example.com"]},
    "an id that is null": {"id": None},
    "an id that is no URL": {"id": "not-a-url"},
    "several ids": {"id": ["did:example:a", "did:example:b"]},
    "a subject with several ids": {"credentialSubject": {"id": ["did:example:a", "did:example:b"]}},
    "a subject with an id that is no URL": {"credentialSubject": {"id": "not-a-url"}},
    "no type": {"type": ...},
    "another type only": {"@context": [V2, EXAMPLES], "type": ["Relation"]},
    "no types in the list": {"type": []},
    "a type that nothing defines": {"type": ["VerifiableCredential", "Undefined"]},
    "a type that means no URL": with_term("Kind", "https ://no-url#", type=["VerifiableCredential", "Kind"]),
    "a type under a base that is gone": {"type": ["VerifiableCredential", "relative/Kind"]},
    "a term that nothing defines": {"credentialSubject": {"id": "did:example:a", "undefined": "x"}},
    "a protected type redefined": with_term("VerifiableCredential", "https://example.org/#Bad"),
    "a protected term redefined": {
        "@context": [V2, {"@protected": True, "Kind": TYPED}, {"Kind": "https://example.org/#Bad"}],
        "type": ["VerifiableCredential", "Kind"],
    },
    "a name that is a number": {"name": 7},
    "a name with a foreign member": {"name": {"@value": "Dog", "@language": "en", "url": "did:example:a"}},
    "a name without a value": {"name": {"@language": "en"}},
    "a description with a foreign member": {"description": {"@value": "Dog", "url": "did:example:a"}},
    "a description in no direction": {"description": {"@value": "Dog", "@direction": "up"}},
    "an issuer's name with a foreign member": {
        "issuer": {"id": ADA.did, "name": {"@value": "Ada", "url": "did:example:a"}}
    },
    "an issuer's description with a foreign member": {
        "issuer": {"id": ADA.did, "description": {"@value": "Ada", "url": "did:example:a"}}
    },
    "no issuer": {"issuer": ...},
    "an issuer that is null": {"issuer": None},
    "an issuer that is no URL": {"issuer": "not-a-url"},
    "an issuer with an id that is null": {"issuer": {"id": None}},
    "an issuer with an id that is no URL": {"issuer": {"id": "not-a-url"}},
    "an issuer without an id": {"issuer": {"name": "Ada"}},
    "several issuers": {"issuer": [ADA.did, NIST.did]},
    "no subject": {"credentialSubject": ...},
    "a subject without a claim": {"credentialSubject": {}},
    "one of two subjects without a claim": {"credentialSubject": [{"id": "did:example:a"}, {}]},
    "no subject in the list": {"credentialSubject": []},
    "a subject that is a text": {"credentialSubject": "did:example:a"},
    "validFrom in words": {"validFrom": "Sat 25 Feb 2023 07:16:31 PM CST"},
    "validUntil in words": {"validUntil": "Sat 25 Feb 2093 07:16:31 PM CST"},
    "validFrom that is a day": {"validFrom": "2023-02-25"},
    "validFrom on a day that is none": {"validFrom": "2023-02-30T00:00:00Z"},
    "validUntil before validFrom": {
        "validFrom": "2026-11-21T12:00:01Z",
        "validUntil": "2026-11-21T12:00:00Z",
    },
    "issuanceDate missing in VCDM 1.1": {"@context": [V1, DATA_INTEGRITY]},
    "a status without a type": {"credentialStatus": {"id": "did:example:status"}},
    "a status with a type that is a number": {"credentialStatus": {"id": "did:example:status", "type": 2}},
    "a status with several ids": {"credentialStatus": {"id": ["did:e:a", "did:e:b"], "type": TYPED}},
    "a status with an id that is no URL": {"credentialStatus": {"id": "not-a-url", "type": TYPED}},
    "a schema without a type": {"credentialSchema": {"id": "did:example:schema"}},
    "a schema without an id": {"credentialSchema": {"type": TYPED}},
    "a schema with an id that is no URL": {"credentialSchema": {"id": "not-a-url", "type": TYPED}},
    "a refresh service without a type": {"refreshService": {"id": "did:example:refresh"}},
    "terms of use without a type": {"termsOfUse": {"id": "did:example:terms"}},
    "terms of use with one that has no type": {"termsOfUse": [{"type": TYPED}, {"id": "did:e:t"}]},
    "evidence without a type": {"evidence": {"id": "did:example:evidence"}},
    "an enveloped credential among the types": {
        "type": ["VerifiableCredential", "EnvelopedVerifiableCredential"]
    },
}


@pytest.mark.parametrize("name", ACCEPTED)
@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_a_conforming_credential_is_valid(name: str, suite: str) -> None:
    result = verdict(sign(credential(**ACCEPTED[name]), suite=suite))
    assert result.outcome == "valid", result.findings


@pytest.mark.parametrize("name", REFUSED)
def test_a_credential_that_does_not_conform_is_refused(name: str) -> None:
    """Signed by JCS, which signs any JSON, and by whomever: so neither signature nor key is the fault."""
    document = credential(**REFUSED[name])
    config = {"@context": document["@context"]} if "@context" in document else {}
    result = verdict({**document, "proof": forged(document, config)}, relaxed=True)
    assert result.outcome != "valid"
    assert "signature_invalid" not in codes(result), result.findings


def test_a_forged_proof_would_be_valid_if_nothing_were_wrong() -> None:
    document = credential()
    assert verdict({**document, "proof": forged(document, {})}).outcome == "valid"


# --- envelopes: VCDM 2.0 §4.13.1


ENVELOPE_FAULTS: dict[str, dict[str, Any]] = {
    "no context": {"@context": ...},
    "no context in the list": {"@context": []},
    "another context": {"@context": EXAMPLES},
    "an id that is no data: URL": {"id": token()},
    "a data: URL of nothing": {"id": "data:application/vc+jwt,"},
    "an unknown media type": {"id": f"data:text/plain,{token()}"},
    "no type": {"type": ...},
    "another type": {"type": ["VerifiableCredential"]},
    "another type besides": {"type": ["EnvelopedVerifiableCredential", "VerifiableCredential"]},
}


@pytest.mark.parametrize(
    "changed",
    [{}, {"@context": [V2]}, {"type": ["EnvelopedVerifiableCredential"]}],
    ids=["texts", "context", "type"],
)
def test_an_enveloped_credential_is_valid(changed: dict[str, Any]) -> None:
    result = verdict(envelope(**changed))
    assert result.outcome == "valid", result.findings


@pytest.mark.parametrize("name", ENVELOPE_FAULTS)
def test_an_enveloped_credential_is_refused_with(name: str) -> None:
    assert verdict(envelope(**ENVELOPE_FAULTS[name])).outcome != "valid"
