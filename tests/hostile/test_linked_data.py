"""Linked data: what nobody defined, what means something else than it reads, what hides unsigned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import samples
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    EXTENSIONS,
    PROOFS,
    REVOKED,
    STRANGER,
    TRUSTED,
    Attack,
    Attacks,
    Json,
    assert_refused,
    badge,
    bare,
    claims,
    dumped,
    judged,
    parsed,
    signed,
    token,
    with_achievement,
    with_subject,
)

V2, OB = samples.CONTEXT
V1 = "https://www.w3.org/2018/credentials/v1"
SECURITY = "https://w3id.org/security/v2"
DID = "https://www.w3.org/ns/did/v1"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
CREDENTIALS = "https://www.w3.org/2018/credentials#"

GOOD = signed(badge())
BARE = signed(bare())


def _context(*entries: Any, code: str) -> Attack:
    """The context of a revoked badge changed after signing: its bit must not be lost."""
    value = entries[0] if len(entries) == 1 else list(entries)
    return Attack(dumped({**GOOD, "@context": value}), code, REVOKED)


def _after(code: str, **changed: Any) -> Attack:
    """Members added to a revoked badge after signing."""
    return Attack(dumped({**GOOD, **changed}), code, REVOKED)


def _renamed(old: str, new: str, code: str) -> Attack:
    """A member of a revoked badge under another name, which may mean the same."""
    return Attack(
        dumped({new if name == old else name: value for name, value in GOOD.items()}), code, REVOKED
    )


CONTEXTS: Attacks = {
    "no context": lambda: Attack(
        dumped({name: value for name, value in GOOD.items() if name != "@context"}), "schema_missing"
    ),
    "context is null": lambda: _context(None, code="unusual_json_ld"),
    "an empty context": lambda: Attack(dumped({**GOOD, "@context": []}), "schema_wrong"),
    "context is a number": lambda: _context(7, code="unusual_json_ld"),
    "context in a list in a list": lambda: _context(V2, [OB], code="unusual_json_ld"),
    "the badge's context taken out": lambda: _context(V2, code="undefined_type"),
    "the credential's context taken out": lambda: _context(OB, code="schema_wrong"),
    "the contexts swapped": lambda: _context(OB, V2, code="schema_wrong"),
    "an older context in front": lambda: _context(V1, V2, OB, code="protected_term_redefined"),
    "the older context instead": lambda: _context(V1, OB, code="schema_missing"),
    "a context nobody knows": lambda: _context(
        V2, OB, "https://evil.example/context", code="unknown_context"
    ),
    "a context nobody knows, in front": lambda: _context(
        "https://evil.example/v2", V2, OB, code="unknown_context"
    ),
    "a file": lambda: _context(V2, OB, "file:///etc/passwd", code="unknown_context"),
    "a relative context": lambda: _context(V2, OB, "context.json", code="unknown_context"),
    "a known context with a fragment": lambda: _context(V2, OB + "#", code="unknown_context"),
    "a known context over http": lambda: _context(V2, OB.replace("https", "http"), code="unknown_context"),
    "a known context in capitals": lambda: _context(V2, OB.upper(), code="unknown_context"),
    "a context inside": lambda: _context(V2, OB, {"x": "urn:x"}, code="unusual_json_ld"),
    "a context inside, empty": lambda: _context(V2, OB, {}, code="unusual_json_ld"),
    "a context inside that unsays a term": lambda: _context(
        V2, OB, {"credentialStatus": None}, code="unusual_json_ld"
    ),
    "a context inside that renames a term": lambda: _context(
        V2, OB, {"status": CREDENTIALS + "credentialStatus"}, code="unusual_json_ld"
    ),
    "a context inside that aliases id": lambda: _context(V2, OB, {"ident": "@id"}, code="unusual_json_ld"),
    "a context inside with a vocabulary": lambda: _context(
        V2, OB, {"@vocab": "https://evil.example/"}, code="unusual_json_ld"
    ),
    "a context inside with a base": lambda: _context(
        V2, OB, {"@base": "https://evil.example/"}, code="unusual_json_ld"
    ),
    "a context inside with a language": lambda: _context(V2, OB, {"@language": "en"}, code="unusual_json_ld"),
    "a context inside that imports": lambda: _context(V2, OB, {"@import": V1}, code="unusual_json_ld"),
    "a context inside of another version": lambda: _context(
        V2, OB, {"@version": 1.0}, code="unusual_json_ld"
    ),
    "null between the contexts": lambda: _context(V2, None, OB, code="unusual_json_ld"),
    "null behind the contexts": lambda: _context(V2, OB, None, code="unusual_json_ld"),
    "ten thousand contexts": lambda: _context(V2, *[OB] * 10_000, code="unusual_json_ld"),
    **{
        f"a known context behind: {url.rpartition('/')[2]} of {url.split('/')[2]}": lambda url=url: _context(  # type: ignore[misc]
            V2, OB, url, code=""
        )
        for url in (SECURITY, DID, CLR, EXTENSIONS, "https://w3id.org/security/suites/jws-2020/v1")
    },
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_a_context_that_was_tampered_with(name: str) -> None:
    """Whatever became of the context, a revoked badge is revoked or refused."""
    attack = CONTEXTS[name]()
    if attack.code:
        assert_refused(attack)
    for policy in (STRANGER, TRUSTED):
        assert judged(attack, policy).outcome != "valid"


MEMBERS: Attacks = {
    "a term nobody defined": lambda: _after("undefined_term", grade="A"),
    "a term of another type": lambda: _after("undefined_term", encodedList="uH4sIAAAA"),
    "an IRI for a term": lambda: _after("unusual_json_ld", **{"https://evil.example/grade": "A"}),
    "a compact IRI for a term": lambda: _after("unusual_json_ld", **{"schema:name": "A"}),
    "@id beside id": lambda: _after("unusual_json_ld", **{"@id": "urn:uuid:else"}),
    "@type beside type": lambda: _after("unusual_json_ld", **{"@type": "EndorsementCredential"}),
    "@graph": lambda: _after("unusual_json_ld", **{"@graph": [{}]}),
    "@reverse": lambda: _after("unusual_json_ld", **{"@reverse": {"issuer": "urn:x"}}),
    "@included": lambda: _after("unusual_json_ld", **{"@included": [{"id": "urn:x"}]}),
    "@nest": lambda: _after("unusual_json_ld", **{"@nest": {"name": "x"}}),
    "@index": lambda: _after("unusual_json_ld", **{"@index": "hidden"}),
    "@value": lambda: _after("unusual_json_ld", **{"@value": "hidden"}),
    "@set": lambda: _after("unusual_json_ld", **{"@set": []}),
    "@list": lambda: _after("unusual_json_ld", **{"@list": []}),
    "@vocab": lambda: _after("unusual_json_ld", **{"@vocab": "https://evil.example/"}),
    "@base": lambda: _after("unusual_json_ld", **{"@base": "https://evil.example/"}),
    "@language": lambda: _after("unusual_json_ld", **{"@language": "en"}),
    "@json": lambda: _after("unusual_json_ld", **{"@json": 1}),
    "@anything": lambda: _after("unusual_json_ld", **{"@anything": 1}),
    "an empty name": lambda: _after("undefined_term", **{"": 1}),
    "a name of a space": lambda: _after("undefined_term", **{" ": 1}),
    "a name with a line feed": lambda: _after("undefined_term", **{"name\n": "x"}),
    "a name that looks alike": lambda: _after("undefined_term", **{"nаme": "x"}),
    "a name composed in another way": lambda: _after("undefined_term", **{"na\u0301me": "x"}),
    "a name of 100 KB": lambda: _after("undefined_term", **{"x" * 100_000: 1}),
    "__proto__": lambda: _after("undefined_term", __proto__={"outcome": "valid"}),
    "a null that is dropped": lambda: _after("unusual_json_ld", description=None),
    "the status as null": lambda: _after("unusual_json_ld", credentialStatus=None),
    "the status as an empty list": lambda: _after("signature_invalid", credentialStatus=[]),
    "the status as an empty object": lambda: _after("signature_invalid", credentialStatus={}),
    "the status as its id": lambda: _after(
        "signature_invalid", credentialStatus=badge()["credentialStatus"]["id"]
    ),
    "the status in a list in a list": lambda: _after(
        "unusual_json_ld", credentialStatus=[[badge()["credentialStatus"]]]
    ),
    "the status as a set": lambda: _after(
        "unusual_json_ld", credentialStatus={"@set": [badge()["credentialStatus"]]}
    ),
    "the status under its IRI": lambda: _renamed(
        "credentialStatus", CREDENTIALS + "credentialStatus", "unusual_json_ld"
    ),
    "the status under a compact IRI": lambda: _renamed(
        "credentialStatus", "cred:credentialStatus", "unusual_json_ld"
    ),
    "the end under its IRI": lambda: _renamed("validUntil", CREDENTIALS + "validUntil", "unusual_json_ld"),
    "the end under the older name": lambda: _renamed("validUntil", "expirationDate", "undefined_term"),
    "the issuer under its IRI": lambda: _renamed("issuer", CREDENTIALS + "issuer", "key_not_authorised"),
    "the id under @id": lambda: _renamed("id", "@id", "unusual_json_ld"),
    "the type under @type": lambda: _renamed("type", "@type", "unusual_json_ld"),
    "types as IRIs": lambda: _after(
        "rekeyed_term",
        type=[
            CREDENTIALS + "VerifiableCredential",
            "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential",
        ],
    ),
    "a type nobody defined": lambda: _after("undefined_type", type=[*GOOD["type"], "GoldenBadge"]),
    "a relative type": lambda: _after("undefined_type", type=[*GOOD["type"], "../GoldenBadge"]),
    "a type that is a number": lambda: _after("undefined_type", type=[*GOOD["type"], 7]),
    "a type that is an object": lambda: _after("undefined_type", type=[*GOOD["type"], {"id": "urn:x"}]),
    "a term as a type": lambda: _after("signature_invalid", type=[*GOOD["type"], "name"]),
    "no type": lambda: Attack(
        dumped({name: value for name, value in GOOD.items() if name != "type"}), "schema_missing", REVOKED
    ),
    "an id that is relative": lambda: _after("relative_iri", id="badges/1"),
    "an id that is empty": lambda: _after("relative_iri", id=""),
    "an id that is null": lambda: _after("illegal_iri", id=None),
    "an id that is a list": lambda: _after("illegal_iri", id=[GOOD["id"]]),
    "an id that is a blank node": lambda: _after("unusual_json_ld", id="_:b0"),
    "an id with a space": lambda: _after("illegal_iri", id="urn:x y"),
    "an id that breaks out of its brackets": lambda: _after("illegal_iri", id="urn:x> <urn:y> <urn:z"),
    "an id with a line feed": lambda: _after("illegal_iri", id="urn:x\n<urn:y> <urn:z> <urn:w> ."),
    "a text that breaks out of its quotes": lambda: _after(
        "signature_invalid", name='x" .\n<urn:x> <urn:y> "z'
    ),
    "a language that breaks out": lambda: _after(
        "invalid_language", name={"@value": "x", "@language": "en .\n<urn:x> <urn:y> <urn:z> "}
    ),
    "a text with another language": lambda: _after(
        "signature_invalid", name={"@value": GOOD["name"], "@language": "en"}
    ),
    "a text with a type": lambda: _after(
        "unusual_json_ld", name={"@value": GOOD["name"], "@type": "http://www.w3.org/2001/XMLSchema#string"}
    ),
    "a map of languages": lambda: _after("undefined_term", name={"en": GOOD["name"]}),
    "a number for a text": lambda: _after("signature_invalid", name=7),
    "an end with another text for the same moment": lambda: _after(
        "signature_invalid", validUntil="2029-11-21T10:30:00+01:00"
    ),
    "an end as an object": lambda: _after("unusual_json_ld", validUntil={"@value": None}),
    "an end twice": lambda: _after(
        "signature_invalid", validUntil=[GOOD["validUntil"], "2099-01-01T00:00:00Z"]
    ),
    "a subject twice": lambda: _after(
        "signature_invalid", credentialSubject=[GOOD["credentialSubject"], {"id": "urn:uuid:mallory"}]
    ),
    "a context in the subject": lambda: Attack(
        dumped(with_subject(GOOD, **{"@context": {"achievement": "urn:x"}})), "unusual_json_ld", REVOKED
    ),
    "a context nobody knows in the subject": lambda: Attack(
        dumped(with_subject(GOOD, **{"@context": "https://evil.example/"})), "unknown_context", REVOKED
    ),
    "a number that is a text": lambda: Attack(
        dumped(with_subject(GOOD, creditsEarned="2.0")), "signature_invalid", REVOKED
    ),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_that_is_not_what_it_seems(name: str) -> None:
    attack = MEMBERS[name]()
    assert assert_refused(attack).credential is None
    # The general route reads a null as absent, and a context that changes no word: the same is signed.
    if name not in ("a null that is dropped", "a context in the subject"):
        assert judged(attack, TRUSTED).credential is None


PLACES: dict[str, Callable[[Json], Json]] = {
    "the badge": lambda extra: {**bare(), **extra},
    "the issuer": lambda extra: bare(issuer={**bare()["issuer"], **extra}),
    "the issuer's picture": lambda extra: bare(
        issuer={**bare()["issuer"], "image": {**bare()["issuer"]["image"], **extra}}
    ),
    "the subject": lambda extra: {
        **bare(),
        "credentialSubject": {**bare()["credentialSubject"], **extra},
    },
    "the achievement": lambda extra: with_subject(
        bare(), achievement={**bare()["credentialSubject"]["achievement"], **extra}
    ),
    "the criteria": lambda extra: with_achievement(bare(), criteria={"narrative": "x", **extra}),
    "an alignment": lambda extra: with_achievement(
        bare(),
        alignment=[{"type": ["Alignment"], "targetName": "x", "targetUrl": "https://x.example/", **extra}],
    ),
    "the evidence": lambda extra: bare(evidence=[{"type": ["Evidence"], **extra}]),
    "the status entry": lambda extra: badge(credentialStatus={**badge()["credentialStatus"], **extra}),
}
EXTRAS: dict[str, Json] = {
    "a term nobody defined": {"grade": "A"},
    "a term nobody defined, with null": {"grade": None},
    "a type nobody defined": {"type": ["GoldenBadge"]},
    "a keyword": {"@index": "x"},
    "an IRI for a term": {"https://evil.example/grade": "A"},
}


@pytest.mark.parametrize("proof", [*PROOFS])
@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("place", PLACES)
def test_what_nobody_defined_anywhere(place: str, extra: str, proof: str) -> None:
    """Signed or not, in whatever form: a word that means nothing makes no valid badge."""
    document = PLACES[place](EXTRAS[extra])
    if proof == "jwt":
        data = token(claims(document))
    else:
        data = dumped({**document, "proof": BARE["proof"]})
        if proof == "eddsa-jcs-2022":
            data = ATLAS.sign(document, proof)
    for policy in (STRANGER, TRUSTED):
        verdict = judged(Attack(data, "", CLEAR), policy)
        # An IRI means itself. Where the JSON itself is signed, the general route may read it.
        known = policy is TRUSTED and extra == "an IRI for a term" and proof != "eddsa-rdfc-2022"
        assert verdict.outcome != "valid" or known, verdict.findings


def test_a_context_that_a_jcs_proof_does_not_cover_defines_nothing() -> None:
    """A JCS proof covers the contexts that it repeats; whoever adds one cannot lend a word its meaning."""
    document = bare(refreshService={"id": "https://b.example.org/r", "type": "1EdTechCredentialRefresh"})
    made = ATLAS.sign(document, "eddsa-jcs-2022")
    assert_refused(Attack(made, "undefined_type"))
    added = dumped({**parsed(made), "@context": [*document["@context"], EXTENSIONS]})
    assert_refused(Attack(added, "undefined_type"))
