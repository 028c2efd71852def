"""What both routes refuse, what the walk declines, and that no meaning hides under another name."""

from __future__ import annotations

import pytest

from exchange.core.canonical.general import canonize_exactly
from exchange.core.canonical.rdf import canonize
from exchange.core.canonical.terms import check_terms
from exchange.errors import CannotTellError, ExchangeError, InputError
from tests.core.canonical.documents import ROUTES, WITH_EXAMPLES, Json, achievement, badge
from tests.core.strategies import CONTEXT, OB, V2

both_routes = pytest.mark.parametrize("route", ROUTES)

REFUSED: dict[str, tuple[Json, str, str]] = {
    "undefined term": (badge(favouriteColour="red"), "undefined_term", "/favouriteColour"),
    "undefined nested term": (
        achievement(criteria={"narrative": "n", "b/~r": 1}),
        "undefined_term",
        "/credentialSubject/achievement/criteria/b~1~0r",
    ),
    "undefined term in an array": (
        achievement(tag=["a", {"colour": "red"}]),
        "undefined_term",
        "/credentialSubject/achievement/tag/1/colour",
    ),
    "term of another type": (
        badge(issuer={"id": "https://e.edu/1", "type": "Profile", "salt": "x"}),
        "undefined_term",
        "/issuer/salt",
    ),
    "undefined type": (badge(type=["VerifiableCredential", "PartyCredential"]), "undefined_type", "/type"),
    "undefined nested type": (
        achievement(type=["Achievement", "Party"]),
        "undefined_type",
        "/credentialSubject/achievement/type",
    ),
    "extension without its context": (
        badge(credentialSchema=[{"id": "https://e.edu/s", "type": "1EdTechJsonSchemaValidator2019"}]),
        "undefined_type",
        "/credentialSchema/0/type",
    ),
    "a proof purpose that is no word": (
        badge(proof={"type": "DataIntegrityProof", "proofPurpose": "fun"}),
        "undefined_term",
        "/proof/proofPurpose",
    ),
    "T3 relative id": (badge(id="badge-1"), "relative_iri", "/id"),
    "T3 relative id with a slash": (badge(id="//example.org/x"), "relative_iri", "/id"),
    "T3 empty id": (badge(id=""), "relative_iri", "/id"),
    "T3 relative reference": (badge(issuer="issuer"), "relative_iri", "/issuer"),
    "T3 relative reference in an object": (badge(issuer={"id": "../issuer"}), "relative_iri", "/issuer/id"),
    "relative list of references": (
        badge(termsOfUse=["https://e.edu/t", "t"]),
        "relative_iri",
        "/termsOfUse/1",
    ),
    "white space in an id": (badge(id="https://example.org/a b"), "illegal_iri", "/id"),
    "newline after an id": (badge(id="https://example.org/a\n"), "illegal_iri", "/id"),
    "no-break space in an id": (badge(id="https://example.org/\u00a0"), "illegal_iri", "/id"),
    "quad injection by an id": (badge(id="https://e.org/> <urn:p:p> <urn:o:o"), "illegal_iri", "/id"),
    "braces in an id": (badge(id="https://e.org/{id}"), "illegal_iri", "/id"),
    "backslash in an id": (badge(id="https://e.org\\@f.org/"), "illegal_iri", "/id"),
    "a type said as IRI that has a name": (
        badge(
            type=[
                "VerifiableCredential",
                "OpenBadgeCredential",
                "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Profile",
            ]
        ),
        "rekeyed_term",
        "/type",
    ),
    "a word said as IRI that has a name": (
        badge(
            proof={"type": "DataIntegrityProof", "proofPurpose": "https://w3id.org/security#assertionMethod"}
        ),
        "rekeyed_term",
        "/proof/proofPurpose",
    ),
    "expires under its older name": (
        badge(
            **{"@context": [*CONTEXT, "https://w3id.org/security/v1"]},
            proof={"type": "DataIntegrityProof", "expiration": "2020-01-01T00:00:00Z"},
        ),
        "rekeyed_term",
        "/proof/expiration",
    ),
    "T7 OB 3.0.1 after VC 2.0": (
        badge(**{"@context": [V2, OB.replace("3.0.3", "3.0.1")]}),
        "protected_term_redefined",
        "/@context",
    ),
    "language that is none": (
        badge(name={"@value": "x", "@language": "not a tag"}),
        "invalid_language",
        "/name/@language",
    ),
    "no context": (badge(**{"@context": None}), "context_missing", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_both_routes_refuse(name: str) -> None:
    document, code, at = REFUSED[name]
    with pytest.raises(InputError) as by_walk:
        ROUTES["walk"](document)
    assert (by_walk.value.code, by_walk.value.at) == (code, at)
    with pytest.raises(InputError) as by_general:
        ROUTES["general"](document)
    assert by_general.value.code == code
    with pytest.raises(InputError) as by_terms:
        check_terms(document, WITH_EXAMPLES)
    assert (by_terms.value.code, by_terms.value.at) == (code, at)


MALFORMED: dict[str, Json] = {
    "id a number": badge(id=7),
    "id an array": badge(id=["https://example.org/1"]),
    "id an object": badge(id={}),
    "id null": {**badge(), "id": None},
    "issuer id null": badge(issuer={"id": None, "name": "x"}),
    "lonely id null": badge(issuer={"id": None}),
    "type a number": badge(type=7),
    "type with an object": badge(type=["VerifiableCredential", {}]),
    "type with a null": badge(type=["VerifiableCredential", None]),
    "direction that is none": badge(name={"@value": "x", "@direction": "up"}),
}


@both_routes
@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_json_ld_is_refused(name: str, route: str) -> None:
    with pytest.raises(InputError):
        ROUTES[route](MALFORMED[name])


UNUSUAL: dict[str, Json] = {
    "null member": {**badge(), "name": None},
    "null type": badge(issuer={"id": "https://example.edu/1", "type": None, "name": "x"}),
    "null in an array": achievement(tag=["a", None]),
    "inline context": badge(**{"@context": [*CONTEXT, {"colour": "urn:x:colour"}], "colour": "red"}),
    "null context": badge(issuer={"@context": None, "id": "https://example.edu/1", "type": "Profile"}),
    "keyword @id": {**badge(id=None), "@id": "urn:x:1"},
    "keyword @type": badge(issuer={"id": "https://example.edu/1", "@type": "Profile"}),
    "keyword @graph": {"@context": CONTEXT, "@graph": [badge()]},
    "keyword @set": badge(evidence={"@set": []}),
    "keyword @reverse": badge(**{"@reverse": {"evidence": {"id": "urn:x:1"}}}),
    "IRI as a key": badge(**{"urn:x:colour": "red"}),
    "typed value object": badge(name={"@value": "1", "@type": "urn:x:t"}),
    "blank node label": badge(id="_:b0"),
    "array in an array": achievement(tag=[["a"], "b"]),
    "number beyond 2^53": badge(name=2**53),
    "a language map": badge(name={"en": "x", "de": "y"}) and badge(**{"@value": "x"}),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_the_walk_declines(name: str) -> None:
    document = UNUSUAL[name]
    with pytest.raises(CannotTellError) as declined:
        canonize(document)
    assert declined.value.code == "unusual_json_ld"
    assert (
        canonize(document, exact=lambda algorithm, given: f"{algorithm} {given is document}".encode())
        == b"sha256 True"
    )
    with pytest.raises(CannotTellError):
        check_terms(document)


def test_a_broken_document_does_not_reach_the_exact_route() -> None:
    with pytest.raises(InputError):
        canonize(badge(colour="red"), exact=lambda algorithm, document: pytest.fail("asked"))


AGREED_BY_THE_GENERAL_ROUTE: dict[str, tuple[Json, Json]] = {
    "null is absent": ({**badge(), "description": None}, badge()),
    "nested arrays are flat": (achievement(tag=[["a"], "b"]), achievement(tag=["a", "b"])),
    "null items are absent": (achievement(tag=["a", None]), achievement(tag=["a"])),
}


@pytest.mark.parametrize("name", AGREED_BY_THE_GENERAL_ROUTE)
def test_the_general_route_reads_what_the_walk_declines(name: str) -> None:
    unusual, usual = AGREED_BY_THE_GENERAL_ROUTE[name]
    assert canonize_exactly(unusual) == canonize(usual)


def test_an_inline_context_may_add_terms() -> None:
    found = canonize_exactly(badge(**{"@context": [*CONTEXT, {"colour": "urn:x:colour"}], "colour": "red"}))
    assert b'<urn:x:colour> "red" .\n' in found


VALID_UNTIL = "https://www.w3.org/2018/credentials#validUntil"
DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
REKEYED: dict[str, Json] = {
    "an IRI for a term": badge(**{VALID_UNTIL: {"@value": "2020-01-01T00:00:00Z", "@type": DATE_TIME}}),
    "another name for a term": badge(
        **{
            "@context": [*CONTEXT, {"bestBefore": {"@id": VALID_UNTIL, "@type": DATE_TIME}}],
            "bestBefore": "2020-01-01T00:00:00Z",
        }
    ),
    "another name by a prefix": badge(
        **{
            "@context": [*CONTEXT, {"cred": "https://www.w3.org/2018/credentials#"}],
            "cred:validUntil": "2020-01-01T00:00:00Z",
        }
    ),
    "another name below": badge(
        **{
            "@context": [
                *CONTEXT,
                {
                    "wrapped": {
                        "@id": "urn:x:w",
                        "@context": {"due": {"@id": VALID_UNTIL, "@type": DATE_TIME}},
                    }
                },
            ],
            "wrapped": {"due": "2020-01-01T00:00:00Z"},
        }
    ),
    "a term with another meaning below": badge(
        **{
            "@context": [*CONTEXT, {"wrapped": {"@id": "urn:x:w", "@context": {"name": "urn:x:name"}}}],
            "wrapped": {"name": "Mine"},
        }
    ),
    "another name for a type": badge(
        **{
            "@context": [*CONTEXT, {"Medal": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement"}],
            "evidence": {"type": "Medal"},
        }
    ),
    "inline copies of contexts with another name in them": {
        **badge(),
        "@context": [
            V2,
            {"bestBefore": {"@id": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#awardedDate"}},
        ],
        "bestBefore": "2020-01-01T00:00:00Z",
    },
    "an object nested by @nest": badge(**{"@nest": {"validUntil": "2020-01-01T00:00:00Z"}}),
    "an alias of @nest": badge(
        **{"@context": [*CONTEXT, {"also": "@nest"}], "also": {"validUntil": "2020-01-01T00:00:00Z"}}
    ),
    "an alias of @included": badge(
        **{
            "@context": [*CONTEXT, {"also": "@included"}],
            "also": [{"id": "urn:x:1", "type": "VerifiableCredential", "validUntil": "2020-01-01T00:00:00Z"}],
        }
    ),
    "an alias of @id": {**badge(id=None), "@context": [*CONTEXT, {"uri": "@id"}], "uri": "urn:x:1"},
}


@both_routes
@pytest.mark.parametrize("name", REKEYED)
def test_a_known_meaning_under_another_name_is_refused(name: str, route: str) -> None:
    # TRUST.md lesson 9: it would be signed, and not seen by whoever reads the JSON.
    with pytest.raises((InputError, CannotTellError)) as refused:
        ROUTES[route](REKEYED[name])
    assert refused.value.code in ("rekeyed_term", "unusual_json_ld")


def test_a_protected_term_stays_protected_after_a_scoped_override() -> None:
    # PyLD caches the context that a property brings, and would reuse it where overriding is forbidden.
    scoped = {"name": "urn:x:name"}
    document = badge(
        **{
            "@context": [*CONTEXT, {"wrapped": {"@id": "urn:x:w", "@context": scoped}}],
            "wrapped": [{"id": "urn:x:1"}, {"@context": scoped, "id": "urn:x:2", "name": "Mine"}],
        }
    )
    with pytest.raises(ExchangeError) as refused:
        canonize_exactly(document)
    assert refused.value.code in ("rekeyed_term", "protected_term_redefined")
    with pytest.raises(InputError) as redefined:
        canonize_exactly(badge(**{"@context": [*CONTEXT, scoped]}))
    assert redefined.value.code == "protected_term_redefined"


def test_unknown_context_cannot_be_told() -> None:
    document = badge(**{"@context": [*CONTEXT, "https://example.org/mine"]})
    for route in ROUTES.values():
        with pytest.raises(CannotTellError) as unknown:
            route(document)
        assert unknown.value.code == "unknown_context"
        assert "https://example.org/mine" in unknown.value.message
