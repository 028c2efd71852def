"""JSON-LD to canonical N-Quads by both routes: the published vectors, and each other."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.general import canonize_exactly
from exchange.core.canonical.rdf import canonize
from exchange.core.canonical.terms import check_terms
from exchange.errors import CannotTellError, ExchangeError
from tests.core.canonical.documents import EXAMPLES, ROUTES, WITH_EXAMPLES, Json, achievement, badge
from tests.core.strategies import EXTENSIONS, OB, V2, badges, endorsements, texts

slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def vector_contexts(vectors: Path) -> Contexts:
    """The shipped contexts, and those of the vectors that are not shipped."""
    known = json.loads((vectors / "contexts" / "map.json").read_text())
    return SHIPPED.extended(
        {
            url: json.loads((vectors / "contexts" / file).read_text())
            for url, file in known.items()
            if url not in SHIPPED
        }
    )


def w3c_cases(vectors: Path) -> list[tuple[Path, Path, Path]]:
    """(directory, signed document, its canonical form) of every rdfc vector of the W3C."""
    found = []
    for canon in sorted((vectors / "w3c-di-vectors").rglob("canonDoc*.txt")):
        if "jcs" not in canon.parent.name:
            (signed,) = canon.parent.glob("signed*.json")
            found.append((canon.parent, signed, canon))
    return found


@pytest.mark.parametrize("suite", ["vc-di-eddsa", "vc-di-ecdsa"])
def test_w3c_vectors_are_reproduced(suite: str, shared_vectors: Path) -> None:
    contexts = vector_contexts(shared_vectors)
    cases = [case for case in w3c_cases(shared_vectors) if suite in case[0].parts]
    assert cases
    for directory, signed, canon in cases:
        document = json.loads(signed.read_text())
        del document["proof"]
        (config,) = directory.glob("proofConfig*.json")
        (config_canon,) = directory.glob("proofCanon*.txt")
        proof = json.loads(config.read_text())
        algorithm = "sha384" if "p384" in str(directory) else "sha256"
        for value, expected in ((document, canon), (proof, config_canon)):
            assert canonize(value, contexts=contexts, algorithm=algorithm) == expected.read_bytes(), expected
            assert canonize_exactly(value, contexts, algorithm) == expected.read_bytes(), expected


@pytest.mark.parametrize(("name", "canon"), [("ob3", "obv3p0"), ("clr2", "clrv2p0")])
def test_1edtech_vectors_are_reproduced(name: str, canon: str, shared_vectors: Path) -> None:
    folder = shared_vectors / "1edtech-impl-guide-vectors"
    document = json.loads((folder / f"{name}-signed.json").read_text())
    proof = document.pop("proof")
    proof = dict(proof[0] if isinstance(proof, list) else proof)
    del proof["proofValue"]
    expected = (folder / f"{canon}-document-canon.txt").read_bytes()
    assert canonize(document) == expected
    assert canonize_exactly(document) == expected
    assert (
        canonize({"@context": document["@context"], **proof})
        == (folder / f"{canon}-proof-canon.txt").read_bytes()
    )


@slow
@given(badges())
def test_the_walk_and_the_general_route_agree_on_badges(document: Json) -> None:
    before = copy.deepcopy(document)
    assert canonize(document) == canonize_exactly(document)
    assert document == before


@slow
@given(endorsements(signed=True), st.sampled_from(["sha256", "sha384"]))
def test_the_walk_and_the_general_route_agree_on_endorsements(document: Json, algorithm: str) -> None:
    assert canonize(document, algorithm=algorithm) == canonize_exactly(document, SHIPPED, algorithm)


@slow
@given(
    texts(controls=True),
    st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.booleans()),
)
def test_the_routes_agree_on_any_text_and_number(text: str, number: float) -> None:
    document = badge(name=[text, number], description={"@value": text, "@language": "DE-ch"})
    try:
        found = canonize(document)
    except CannotTellError:
        assert abs(number) >= 2**53
    else:
        assert found == canonize_exactly(document)


@slow
@given(badges())
def test_pyld_alone_agrees_where_it_escapes_rightly(document: Json) -> None:
    def load(url: str, options: object) -> Json:
        return {"contextUrl": None, "documentUrl": url, "document": SHIPPED[url]}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    assert canonize(document).decode() == jsonld.normalize(document, options)


@settings(deadline=None)
@given(badges(), st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_matter(document: Json, chance: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            names = list(value)
            chance.shuffle(names)
            return {name: shuffled(value[name]) for name in names}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    assert canonize(shuffled(document)) == canonize(document)


@settings(deadline=None)
@given(st.one_of(badges(), endorsements(signed=True)))
def test_terms_of_valid_documents_are_all_defined(document: Json) -> None:
    check_terms(document)


TERMS = [
    "name",
    "type",
    "id",
    "image",
    "proof",
    "issuer",
    "validUntil",
    "criteria",
    "tag",
    "allowedValue",
    "term",
]
TYPES = [
    "Achievement",
    "Profile",
    "Image",
    "Evidence",
    "DataIntegrityProof",
    "VerifiableCredential",
    "name",
    "X",
]
ODDITIES: list[Any] = [
    "x", "https://example.org/odd", "_:b", 7, 1.5, True, None, [], {}, ["a", ["b"]],
    {"id": "urn:x:1"}, {"id": "x"}, {"type": "Image", "id": "urn:x:2"},
    {"@value": "v", "@language": "en"}, {"@context": V2, "type": "Evidence"},
    [{"type": ["Evidence", "Image"], "caption": "c"}, "urn:x:3"], {"@id": "urn:x:4"}, "a\x00\"\\",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """A valid document with a few members changed, added, renamed or removed, anywhere in it."""
    document = copy.deepcopy(draw(st.one_of(badges(), endorsements(signed=True))))
    for _ in range(draw(st.integers(1, 3))):
        node: Any = document
        while True:
            below = [member for member in _members(node) if isinstance(member, dict | list) and member]
            if not below or draw(st.booleans()):
                break
            node = draw(st.sampled_from(below))
        if isinstance(node, list):
            node[0] = copy.deepcopy(draw(st.sampled_from(ODDITIES)))
            continue
        name = draw(st.one_of(st.sampled_from(sorted(node)), st.sampled_from(TERMS))) if node else "name"
        if name == "@context":
            node[name] = draw(st.sampled_from([V2, [V2], [V2, OB, EXTENSIONS], [OB], [], {}, None]))
        elif name == "type":
            node[name] = draw(st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), max_size=3)))
        else:
            node[name] = copy.deepcopy(draw(st.sampled_from(ODDITIES)))
    return document


def _members(node: Any) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_the_routes_never_disagree_on_what_is_broken(document: Json) -> None:
    walked, exact = outcome(canonize, document), outcome(canonize_exactly, document)
    checked = outcome(check_terms, document)
    if isinstance(walked, bytes):
        assert exact == walked
        assert checked is None
    elif walked != "unusual_json_ld":
        assert isinstance(exact, str)
        assert checked == walked


def outcome(route: Callable[[Json], Any], document: Json) -> Any:
    """What a route gives, or the code of its refusal."""
    try:
        return route(copy.deepcopy(document))
    except ExchangeError as error:
        return error.code


SAME: dict[str, Json] = {
    "embedded credential with its own contexts": badge(
        endorsement=[
            {
                **badge(
                    type=["VerifiableCredential", "EndorsementCredential"],
                    credentialSubject={"id": "urn:x:1", "type": "EndorsementSubject"},
                )
            }
        ]
    ),
    "embedded credential with more contexts": badge(
        endorsement=[
            badge(
                **{
                    "@context": [V2, OB, EXTENSIONS],
                    "credentialSchema": {"id": "urn:x:s", "type": "1EdTechJsonSchemaValidator2019"},
                }
            )
        ]
    ),
    "three identical proofs": badge(
        proof=[{"type": "DataIntegrityProof", "proofPurpose": "assertionMethod"}] * 3
    ),
    "a proof that is only an IRI": badge(proof="https://example.org/proof"),
    "an empty proof": badge(proof={}),
    "named proof": badge(
        proof={"id": "urn:x:proof", "type": "DataIntegrityProof", "previousProof": ["urn:x:1", "urn:x:2"]}
    ),
    "a list": achievement(
        resultDescription={"id": "urn:x:1", "type": "ResultDescription", "allowedValue": ["a", "b", "a"]}
    ),
    "an empty list": achievement(
        resultDescription={"id": "urn:x:1", "type": "ResultDescription", "allowedValue": []}
    ),
    "a list in a proof": badge(
        proof={"type": "DataIntegrityProof", "previousProof": "urn:x:2", "nonce": ["a", "b"]}
    ),
    "an empty array": achievement(tag=[]),
    "an empty object": badge(evidence=[{}, {}]),
    "a repeated value": achievement(tag=["a", "a", "b"]),
    "a node said twice": badge(
        evidence=[{"id": "urn:x:1", "type": "Evidence", "name": "A"}, {"id": "urn:x:1", "name": "A"}]
    ),
    "aliases of one type": badge(
        type=["VerifiableCredential", "OpenBadgeCredential", "AchievementCredential"]
    ),
    "two types with scoped contexts": badge(
        evidence=[{"type": ["Evidence", "Image"], "genre": "g", "caption": "c"}]
    ),
    "an absolute type": badge(evidence=[{"type": ["Evidence", "https://example.org/T"], "genre": "g"}]),
    "a value in a language": badge(name={"@value": "Hé", "@language": "FR"}),
    "a value with a direction": badge(
        name=[{"@value": "x", "@language": "ar", "@direction": "rtl"}, {"@value": "y", "@direction": "ltr"}]
    ),
    "booleans and numbers": badge(
        name=[True, False, 0, -1, 1.5, 4.0, -0.0, 1e-7, 123456.789, 9007199254740991, 0.1 + 0.2]
    ),
    "a coerced number": achievement(creditsAvailable=2.5),
    "a presentation": {
        "@context": [V2],
        "type": "VerifiablePresentation",
        "holder": "did:example:1",
        "verifiableCredential": [
            badge(),
            {
                "@context": V2,
                "id": "data:application/vc+jwt,e30.e30.e30",
                "type": "EnvelopedVerifiableCredential",
            },
        ],
    },
    "a status list": {
        "@context": [V2],
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": "did:example:1",
        "credentialSubject": {
            "id": "urn:x:1#list",
            "type": "BitstringStatusList",
            "statusPurpose": ["revocation", "message"],
            "encodedList": "uH4s",
            "ttl": 300000,
        },
    },
    "status messages": badge(
        credentialStatus={
            "type": "BitstringStatusListEntry",
            "statusSize": 2,
            "statusMessage": [{"status": "0x0", "message": "a"}],
        }
    ),
    "a JSON literal": {
        "@context": [V2],
        "type": ["VerifiableCredential", "JsonSchemaCredential"],
        "credentialSubject": {
            "type": "JsonSchema",
            "jsonSchema": {"b": [1, None, "x\n"], "a": {"@id": 1e30}},
        },
    },
    "examples with a vocabulary": badge(
        **{
            "@context": [V2, EXAMPLES],
            "type": ["VerifiableCredential", "Anything"],
            "whatever": {"type": "Other", "more": [1]},
            "name": None,
            "credentialSubject": {"degree": "x"},
            "issuer": "urn:x:1",
        }
    ),
    "VCDM 1.1": {
        "@context": [
            "https://www.w3.org/2018/credentials/v1",
            OB.replace("3.0.3", "3.0.1"),
            "https://w3id.org/security/suites/ed25519-2020/v1",
        ],
        "id": "urn:x:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "urn:x:2", "type": "Profile", "name": "E"},
        "issuanceDate": "2020-01-01T00:00:00Z",
        "name": "N",
        "credentialSubject": {
            "type": "AchievementSubject",
            "achievement": {"id": "urn:x:3", "type": "Achievement", "criteria": {"id": "urn:x:4"}},
        },
        "proof": {
            "type": "Ed25519Signature2020",
            "created": "2020-01-01T00:00:00Z",
            "proofPurpose": "assertionMethod",
            "verificationMethod": "urn:x:2#k",
            "proofValue": "z5",
        },
    },
}


@pytest.mark.parametrize("name", SAME)
def test_both_routes_give_the_same_bytes(name: str) -> None:
    document = SAME[name]
    found = ROUTES["walk"](document)
    assert found == ROUTES["general"](document)
    assert found
    check_terms(document, WITH_EXAMPLES)


def test_t0_a_moved_status_makes_the_same_dataset() -> None:
    # The reason why the verdict must look at where things stand: the signature cannot tell these apart.
    status = {"id": "urn:x:s", "type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    honest = badge(
        credentialStatus=status,
        endorsement=[{"id": "urn:x:e", "type": "EndorsementCredential", "evidence": {"id": badge()["id"]}}],
    )
    honest["endorsement"][0]["type"] = ["VerifiableCredential", "EndorsementCredential"]
    moved = copy.deepcopy(honest)
    del moved["credentialStatus"]
    moved["endorsement"][0]["evidence"].update(type="VerifiableCredential", credentialStatus=status)
    assert canonize(moved) == canonize(honest)


def test_t4_control_characters_are_escaped_where_pyld_leaves_them() -> None:
    assert b'"a\\b\\u007F\\u0001" .\n' in canonize(badge(name="a\x08\x7f\x01"))
