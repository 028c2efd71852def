"""Strange but valid: what the standards allow and the field uses is accepted, or refusing proves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import samples
from exchange.core.keys.multikey import public_key_from_multikey
from exchange.core.status import bitstring
from tests.core.signers import Issuer
from tests.hostile.doors import through_flow
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    EXTENSIONS,
    LIST,
    MALLORY,
    MIRA,
    Attack,
    Json,
    about,
    badge,
    bare,
    claims,
    dumped,
    endorsement,
    judged,
    listed,
    page,
    problems,
    prove,
    proven,
    signed,
    token,
    unsigned_list,
    with_achievement,
    with_subject,
)

GOOD = signed(badge())
V1 = "https://www.w3.org/2018/credentials/v1"
OB1 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
INTEGRITY = "https://w3id.org/security/data-integrity/v2"
NIST = Issuer("nist", "P-384")
WEB = "did:web:team.example%3A8443:issuers:atlas"
WEB_URL = "https://team.example:8443/issuers/atlas/did.json"
SITE = "https://team.example/issuer"


def _good(document: Json) -> Attack:
    return Attack(dumped(signed(document)), "", CLEAR)


def _turned(value: Any) -> Any:
    """The same JSON with every object's members in the opposite order."""
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


def _older(**changed: Any) -> Json:
    """A badge in the form of VCDM 1.1."""
    document = with_achievement(bare(validFrom=None, validUntil=None, awardedDate=None), inLanguage=None)
    document["credentialSubject"] = {
        name: document["credentialSubject"][name] for name in ("id", "type", "achievement")
    }
    for name in (
        "version",
        "creator",
        "fieldOfStudy",
        "specialization",
        "tag",
        "alignment",
        "resultDescription",
    ):
        document["credentialSubject"]["achievement"].pop(name, None)
    document |= {
        "@context": [V1, OB1],
        "issuanceDate": "2026-11-21T09:30:00Z",
        "expirationDate": "2029-11-21T09:30:00Z",
        "issuer": {"id": ATLAS.did, "type": ["Profile"], "name": "Atlas"},
    }
    return {**document, **changed}


def _did(method: Json, **changed: Any) -> Json:
    made = {
        "id": WEB,
        "verificationMethod": [{"id": f"{WEB}#key", "controller": WEB, **method}],
        "assertionMethod": [f"{WEB}#key"],
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def _by_web(document: Json, issuer: str = WEB, url: str = WEB_URL) -> Attack:
    data = proven(bare(issuer={**bare()["issuer"], "id": issuer}), verificationMethod=f"{issuer}#key")
    return Attack(dumped(data), "", page(url, document))


MULTIKEY = {"type": "Multikey", "publicKeyMultibase": ATLAS.multikey}
JWK = {"type": "JsonWebKey", "publicKeyJwk": public_key_from_multikey(ATLAS.multikey).jwk}

CONTROLS: dict[str, Callable[[], Attack]] = {
    "members in another order": lambda: Attack(dumped(_turned(GOOD)), "", CLEAR),
    "white space everywhere": lambda: Attack(json.dumps(GOOD, indent=7).encode(), "", CLEAR),
    "every letter escaped": lambda: Attack(
        json.dumps(GOOD).replace("Incident", "\\u0049ncident").encode(), "", CLEAR
    ),
    "every slash escaped": lambda: Attack(json.dumps(GOOD).replace("/", "\\/").encode(), "", CLEAR),
    "a number written longer": lambda: Attack(
        dumped(GOOD).replace(b'"creditsEarned":2', b'"creditsEarned":0.2E1'), "", CLEAR
    ),
    "lists of one for single values": lambda: Attack(
        dumped({**GOOD, "credentialSubject": [GOOD["credentialSubject"]], "proof": [GOOD["proof"]]}),
        "",
        CLEAR,
    ),
    "a status entry in a list": lambda: Attack(
        dumped({**GOOD, "credentialStatus": [GOOD["credentialStatus"]]}), "", CLEAR
    ),
    "empty lists": lambda: _good(badge(endorsement=[], evidence=[])),
    "valid for ever, as some write it": lambda: _good(badge(validUntil="9999-12-31T23:59:59Z")),
    "valid to the end of the calendar": lambda: _good(badge(validUntil="9999-12-31T11:59:59-12:00")),
    "valid since the beginning": lambda: _good(badge(validFrom="0001-01-01T00:00:00Z", awardedDate=None)),
    "valid since the beginning, east of Greenwich": lambda: _good(
        badge(validFrom="0001-01-01T14:00:00+14:00", awardedDate=None)
    ),
    "fractions of seconds": lambda: _good(badge(validFrom="2026-11-21T09:30:00.123456789Z")),
    "another zone": lambda: _good(badge(validFrom="2026-11-21T10:30:00+01:00")),
    "no zone": lambda: _good(badge(validFrom="2026-11-21T09:30:00")),
    "from this very minute on": lambda: _good(badge(validFrom="2026-11-21T12:00:59Z")),
    "no end": lambda: _good(badge(validUntil=None)),
    "no status": lambda: _good(bare()),
    "an id that is a urn": lambda: _good(badge(id="urn:uuid:3f2a5c1e-0000-4000-8000-000000000000")),
    "an id with letters of all the world": lambda: _good(badge(id="https://münchen.example/Urkunde/ü?ä=ß")),
    "a name in a language": lambda: _good(
        badge(name={"@value": "قائد", "@language": "ar", "@direction": "rtl"})
    ),
    "names in several languages": lambda: _good(
        badge(name=[{"@value": "Lead", "@language": "en"}, {"@value": "Leitung", "@language": "de"}])
    ),
    "a text with everything in it": lambda: _good(
        with_subject(badge(), narrative='"\\\n\r\t\x7f\u200d\u202e\ufeff\U0001f600<script>&amp;]]>')
    ),
    "an empty narrative": lambda: _good(with_subject(badge(), narrative="")),
    "a narrative of half a megabyte": lambda: _good(with_subject(badge(), narrative="ä" * 250_000)),
    "a picture of half a megabyte in it": lambda: _good(
        with_achievement(badge(), image={"id": "data:image/png;base64," + "A" * 500_000, "type": "Image"})
    ),
    "two hundred results alike": lambda: _good(with_subject(badge(), result=[{"type": ["Result"]}] * 200)),
    "a thousand tags": lambda: _good(with_achievement(badge(), tag=[f"tag {n}" for n in range(1000)])),
    "parents twenty deep": lambda: _good(badge(issuer=_family(20))),
    "zero and no credits": lambda: _good(with_subject(badge(), creditsEarned=0)),
    "an issuer by its id alone": lambda: _good(badge(issuer=ATLAS.did)),
    "the extensions' context besides": lambda: _good(badge(**{"@context": [*samples.CONTEXT, EXTENSIONS]})),
    "one context twice": lambda: _good(badge(**{"@context": [*samples.CONTEXT, samples.CONTEXT[1]]})),
    "the older name of the type": lambda: _good(
        badge(type=["VerifiableCredential", "AchievementCredential"])
    ),
    "the types in another order": lambda: _good(badge(type=badge()["type"][::-1])),
    "an evidence that is a file in the badge": lambda: _good(
        badge(evidence=[{"id": "data:text/plain,hello", "type": ["Evidence"]}])
    ),
    "an endorsement that does not stand": lambda: _good(badge(endorsement=[endorsement()])),
    "an endorsement of itself": lambda: _good(
        badge(endorsement=[signed(endorsement(), MIRA, "ecdsa-rdfc-2019")])
    ),
    "a proof by a notary besides": lambda: Attack(
        dumped({**badge(), "proof": [GOOD["proof"], prove(badge(), MALLORY)]}), "", CLEAR
    ),
    "a proof of a suite nobody knows besides": lambda: Attack(
        dumped({**GOOD, "proof": [{**GOOD["proof"], "cryptosuite": "pq-2099"}, GOOD["proof"]]}), "", CLEAR
    ),
    "a proof without a date": lambda: Attack(dumped(proven(bare(), created=None)), ""),
    "a proof with an id, a nonce and a domain": lambda: Attack(
        dumped(proven(bare(), id="urn:uuid:p", nonce="n", domain=["a.example", "b.example"])), ""
    ),
    "a proof that holds until tomorrow": lambda: Attack(
        dumped(proven(bare(), expires="2026-11-22T00:00:00Z")), ""
    ),
    "a JCS proof without its context": lambda: Attack(dumped(proven(bare(), suite="eddsa-jcs-2022")), ""),
    "a JCS proof over a part of the contexts": lambda: Attack(_jcs_prefix(), ""),
    "P-384": lambda: Attack(NIST.sign({**bare(), "issuer": NIST.did}, "ecdsa-rdfc-2019"), ""),
    "the older signature suite": lambda: Attack(_older_suite(), ""),
    "VCDM 1.1": lambda: Attack(dumped(signed(_older(**{"@context": [V1, OB1, INTEGRITY]}))), ""),
    "VCDM 1.1 in a vc claim": lambda: Attack(_older_token(), ""),
    "a token without a type": lambda: Attack(token(claims(bare()), typ=None), ""),
    "a token with claims as fractions": lambda: Attack(token(claims(bare(), nbf=1795253400.0)), ""),
    "a token by VC-JOSE, without claims": lambda: Attack(token(bare(), typ="vc+jwt"), ""),
    "a token by VC-JOSE, with a content type": lambda: Attack(token(bare(), typ="vc+jwt", cty="vc"), ""),
    "a token with a foreign key in its header": lambda: Attack(
        token(claims(bare()), jwk=public_key_from_multikey(MALLORY.multikey).jwk), ""
    ),
    "a token without a kid, of a did:key": lambda: Attack(token(claims(bare()), kid=None), ""),
    "a token whose kid is a fragment": lambda: Attack(token(claims(bare()), kid=f"#{ATLAS.multikey}"), ""),
    "an envelope": lambda: Attack(
        dumped(
            {
                "@context": "https://www.w3.org/ns/credentials/v2",
                "id": "data:application/vc+jwt," + token(bare(), typ="vc+jwt").decode(),
                "type": "EnvelopedVerifiableCredential",
            }
        ),
        "",
    ),
    "a did:web with a port": lambda: _by_web(_did(MULTIKEY)),
    "a key inside assertionMethod": lambda: _by_web(
        _did(
            {}, verificationMethod=None, assertionMethod=[{"id": f"{WEB}#key", "controller": WEB, **MULTIKEY}]
        )
    ),
    "relative names in the document": lambda: _by_web(
        _did({}, verificationMethod=[{"id": "#key", "controller": WEB, **JWK}], assertionMethod=["#key"])
    ),
    "a key that expires tomorrow": lambda: _by_web(_did({**MULTIKEY, "expires": "2026-11-22T00:00:00Z"})),
    "a key that never expires": lambda: _by_web(_did({**MULTIKEY, "expires": "9999-12-31T23:59:59Z"})),
    "a key among sixty": lambda: _by_web(
        _did(
            {},
            verificationMethod=[
                {"id": f"{WEB}#{name}", "controller": WEB, **MULTIKEY} for name in ("key", *range(59))
            ],
        )
    ),
    "an https issuer": lambda: _by_web(
        {
            "id": SITE,
            "verificationMethod": [{"id": f"{SITE}#key", "controller": SITE, **JWK}],
            "assertionMethod": f"{SITE}#key",
        },
        SITE,
        SITE,
    ),
    "an index with zeros in front": lambda: _good(
        badge(credentialStatus={**badge()["credentialStatus"], "statusListIndex": "0003528"})
    ),
    "the last index": lambda: _good(
        badge(credentialStatus={**badge()["credentialStatus"], "statusListIndex": "131071"})
    ),
    "an entry without an id": lambda: _good(
        badge(credentialStatus={k: v for k, v in badge()["credentialStatus"].items() if k != "id"})
    ),
    "a list for several purposes": lambda: Attack(
        dumped(GOOD), "", listed(subject={"statusPurpose": ["suspension", "revocation"]})
    ),
    "a list of a million entries": lambda: Attack(
        dumped(GOOD), "", listed(subject={"encodedList": bitstring.encode((), 1_000_000)})
    ),
    "a list without an end": lambda: Attack(dumped(GOOD), "", listed(validUntil=None)),
    "a list in a token": lambda: Attack(
        dumped(GOOD), "", page(LIST, token(unsigned_list(), typ="vc+jwt"), "application/vc+jwt")
    ),
    "a list under JCS": lambda: Attack(
        dumped(GOOD), "", page(LIST, ATLAS.sign(unsigned_list(), "eddsa-jcs-2022"))
    ),
    "the neighbours revoked": lambda: Attack(dumped(GOOD), "", listed(3526, 3528)),
    "a newer version announced": lambda: Attack(
        dumped(signed(badge(credentialStatus={**badge()["credentialStatus"], "statusPurpose": "refresh"}))),
        "",
        listed(3527, subject={"statusPurpose": "refresh"}),
    ),
    "entries of two bits": lambda: Attack(
        dumped(signed(badge(credentialStatus={**badge()["credentialStatus"], **_two_bits()}))),
        "",
        listed(subject={"encodedList": bitstring.encode((), 262_144)}),
    ),
}


def _family(depth: int) -> Json:
    profile: Json = {"id": "https://b.example.org/top", "type": ["Profile"]}
    for level in range(depth):
        profile = {"id": f"https://b.example.org/{level}", "type": ["Profile"], "parentOrg": profile}
    return {**profile, "id": ATLAS.did}


def _jcs_prefix() -> bytes:
    document = signed(bare(), proof="eddsa-jcs-2022")
    return dumped({**document, "@context": [*document["@context"], EXTENSIONS]})


def _older_suite() -> bytes:
    suite = "https://w3id.org/security/suites/ed25519-2020/v1"
    document = _older(**{"@context": [V1, OB1, suite]})
    return dumped(proven(document, cryptosuite=None, type="Ed25519Signature2020"))


def _older_token() -> bytes:
    document = _older()
    subject = document["credentialSubject"]
    inside = {name: document[name] for name in ("@context", "type", "name", "issuer")}
    inside["credentialSubject"] = {name: value for name, value in subject.items() if name != "id"}
    times = {"nbf": 1795253400, "exp": 1889947800}
    return token({"vc": inside, "iss": ATLAS.did, "sub": subject["id"], "jti": document["id"], **times})


def _two_bits() -> Json:
    messages = [{"status": f"0x{value}", "message": f"value {value}"} for value in range(4)]
    return {"statusSize": 2, "statusMessage": messages}


@pytest.mark.parametrize("name", CONTROLS)
def test_strange_but_valid(name: str) -> None:
    control = CONTROLS[name]()
    verdict = judged(control)
    assert verdict.outcome == "valid", verdict.findings
    assert problems(verdict) == set()


@pytest.mark.parametrize("name", CONTROLS)
def test_valid_through_the_flow_too(name: str) -> None:
    control = CONTROLS[name]()
    verdict, made = through_flow(control.data, control.documents)
    assert verdict.outcome == "valid", verdict.findings
    assert set(made.web.asked) <= set(control.documents)


def test_endorsements_stand_by_themselves() -> None:
    for issuer, proof in ((MIRA, "ecdsa-rdfc-2019"), (MIRA, "ecdsa-jcs-2019"), (ATLAS, "jwt")):
        document = endorsement(issuer, credentialSubject=about("urn:uuid:anything"))
        assert judged(Attack(issuer.sign(document, proof), "")).outcome == "valid"
