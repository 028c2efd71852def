"""The bytes that a browser finds were signed: to the last those that our own walk finds, or none at all.

The browser's table of words is held to the compiled contexts, entry by entry; then documents of every noun
are written by both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

import pytest
import rfc8785

from exchange.core.canonical.compiled import LIST, LITERAL, REFERENCE, Meter, Record
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.effort import Effort
from exchange.core.canonical.nquads import RDF
from exchange.core.canonical.our_terms import NAMESPACE, terms_digest
from exchange.core.canonical.rdf import canonize
from exchange.core.credentials.credential import CONTEXT
from exchange.core.credentials.schema import load_schemas
from tests.browser.recheck_documents import Maker, by_builders, by_chance
from tests.browser.rechecked import KNOWING_OURS, SCRIPTS, Json, badge, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as page:
        yield page


@pytest.fixture(scope="module")
def nouns(page: Page) -> Json:
    table: Json = page.evaluate("window.NOUNS")
    return table


# --- the table ---

KINDS = {
    **dict.fromkeys(("text", "word", "words", "number", "flag"), (LITERAL,)),
    **dict.fromkeys(("node", "nodes", "either"), (LITERAL, REFERENCE)),
    **dict.fromkeys(("link", "named"), (REFERENCE,)),
    "ordered": (LIST,),
}
"""What the compiled contexts make of a value, by the form that the browser's table says it has."""


def contexts_of(name: str, *parts: Json) -> list[list[str]]:
    """The contexts in which the browser reads a noun, or a word of it."""
    if name in ("StatusList", "Bits"):
        return [CONTEXT[:1]]
    ours = [*CONTEXT, NAMESPACE]
    return [ours] if any(part.get("ours") for part in parts) else [CONTEXT, ours]


def record(context: list[str], types: list[str]) -> Record:
    return SHIPPED.compiled.root.record({"@context": context, "type": types}, Meter(Effort()))


def test_each_word_makes_the_statement_that_the_contexts_say(nouns: Json) -> None:
    for name, noun in nouns.items():
        for term, word in noun["members"].items():
            for context in contexts_of(name, noun, word):
                kind, predicate, suffix, iris, slot = record(context, noun["types"])[0][term]
                said = name, term
                assert kind in KINDS[word["form"]], said
                assert predicate == f" <{word['iri']}> ", said
                if "datatype" in word:
                    datatype = word["datatype"]
                    assert slot.datatype == (datatype or None), said
                    assert suffix == (f'"^^<{datatype}> .\n' if datatype else '" .\n'), said
                assert not slot.maps
                assert not iris.prefixes  # so an identifier with a colon in it is no compact one
                if word["form"] in ("node", "nodes", "either", "named"):
                    below = slot.record({"type": []}, Meter(Effort()))[0]
                    assert below is record(context, [])[0], said  # no term has a context of its own


def test_each_type_is_the_one_that_the_contexts_say(page: Page, nouns: Json) -> None:
    types = page.evaluate("window.TYPES")
    for name, noun in nouns.items():
        for context in contexts_of(name, noun):
            texts = record(context, noun["types"])[1]
            assert texts == tuple(f" <{RDF}type> <{types[one]}> .\n" for one in noun["types"]), name
    assert {one for noun in nouns.values() for one in noun["types"]} == set(types)


SCHEMAS = {
    "Badge": ("verifiable-credential", "open-badge-credential"),
    "Endorsement": ("verifiable-credential", "endorsement-credential"),
    "StatusList": ("verifiable-credential", "status-list-credential"),
    "Bits": ("status-list-credential#BitstringStatusList",),
    "StatusEntry": ("verifiable-credential#StatusEntry",),
    "RelatedResource": ("verifiable-credential#RelatedResource",),
    "Subject": ("open-badge-credential#AchievementSubject",),
    "Vouch": ("open-badge-credential#AchievementSubject",),
    "Endorsed": ("endorsement-credential#EndorsementSubject",),
    "PeerEndorsement": (
        "endorsement-credential#EndorsementSubject",
        "endorsement-credential#PeerEndorsement",
    ),
    "EndorserKey": ("endorsement-credential#EndorsementSubject", "endorsement-credential#EndorserKey"),
    "EndorsedSkill": ("endorsement-credential#EndorsedSkill",),
    "Profile": ("profile",),
    "Address": ("profile#Address",),
    "IdentifierEntry": ("profile#IdentifierEntry",),
    "Achievement": ("achievement",),
    "Image": ("definitions#ImageObject",),
    **{name: (f"achievement#{name}",) for name in ("Criteria", "Related", "Alignment", "ResultDescription")},
    "RubricCriterionLevel": ("achievement#RubricCriterionLevel",),
    **{name: (f"open-badge-credential#{name}",) for name in ("Result", "Evidence", "IdentityObject")},
}
"""The schemas of each noun, as the file and what it defines; that of GeoCoordinates has no name."""
LIKE = {
    "Uri": "uri",
    "Timestamp": "moment",
    "Date": "day",
    "Day": "day",
    "Language": "language",
    "Email": "email",
    "CompactJws": "token",
    "CompactJwss": "token",
}
OF_IDS = ("link", "named")


def test_what_a_noun_needs_and_how_its_words_look_is_what_the_schemas_say(nouns: Json) -> None:
    assert nouns.keys() - SCHEMAS.keys() == {"GeoCoordinates"}
    files = load_schemas()
    for name, places in SCHEMAS.items():
        noun, own = nouns[name], {"type", "@context"}
        for place in places:
            file, _, part = place.partition("#")
            whole = files[f"urn:exchange:schema:{file}"]
            schema = whole["$defs"][part] if part else whole
            needs = {*schema.get("required", [])} - own
            if name == "StatusEntry":
                needs |= {*schema["then"]["required"]}  # if it is one of bitstrings
            if file in ("open-badge-credential", "endorsement-credential"):
                needs |= {*schema.get("else", {}).get("required", [])}  # not of the first version
            one_of = {one for some in schema.get("anyOf", []) for one in some["required"]}
            assert needs <= {*noun["needs"]}, place
            assert not one_of or one_of & {*noun["needs"]} or one_of == {*noun["needsOne"]}, place
            assert "additionalProperties" not in schema or noun.get("nameless") or name == "Image", place
            for member, said in schema.get("properties", {}).items():
                word = noun["members"].get(member)
                if word is None or word["form"] in OF_IDS:
                    continue  # ids are looked at where statements are made
                kind = said.get("$ref", "").rpartition("/")[2]
                asked = said.get("enum") or (
                    LIKE.get(kind) if "definitions#" in said.get("$ref", "") else None
                )
                assert asked is None or word.get("like") == asked, (place, member)


def test_the_terms_that_a_browser_knows_are_ours() -> None:
    assert f'"{terms_digest()}"' in (SCRIPTS / "recheck" / "statements.js").read_text()


# --- the statements ---

STATEMENTS = """documents => Promise.all(documents.map(text =>
  window.statementsOf(JSON.parse(text)).catch(({ code, about }) => `${code} ${JSON.stringify(about)}`)))"""


def written(page: Page, documents: list[Json]) -> list[str]:
    found: list[str] = page.evaluate(STATEMENTS, [json.dumps(one) for one in documents])
    return found


def test_every_document_makes_the_statements_that_it_makes_here(page: Page, nouns: Json) -> None:
    plain, ours = Maker(nouns), Maker(nouns, ours=True)
    documents = [plain.document(kind) for kind in ("Badge", "Endorsement", "StatusList") for _ in range(40)]
    documents += [ours.document(kind) for kind in ("Badge", "Endorsement") for _ in range(40)]
    documents += [*by_builders(), *by_chance(60)]
    words = {(name, term) for name, noun in nouns.items() for term in noun["members"]}
    assert words == plain.used | ours.used
    for document, found in zip(documents, written(page, documents), strict=True):
        assert found == canonize(document, contexts=KNOWING_OURS).decode(), document


def test_parts_that_are_alike_are_told_apart_in_the_same_way_or_not_at_all(page: Page, nouns: Json) -> None:
    alike = Maker(nouns, alike=True)
    documents = [alike.document("Badge") for _ in range(100)]
    found = written(page, documents)
    assert found.count("alike {}") < 10
    for document, statements in zip(documents, found, strict=True):
        if statements != "alike {}":
            assert statements == canonize(document).decode(), document


def test_what_would_take_any_time_is_given_up(page: Page) -> None:
    alignments = [{"type": ["Alignment"], "targetName": "A"}] * 12
    results = [{"type": ["Result"], "alignment": alignments}] * 2
    subject = {"id": "urn:x", "type": ["AchievementSubject"], "result": results}
    assert written(page, [badge(credentialSubject=subject)]) == ["alike {}"]


def test_a_number_makes_the_same_statement_or_none(page: Page) -> None:
    """JavaScript and Python write numbers by rules of their own, and round them differently in the middle."""
    random = Random(7)
    numbers = [random.randrange(10**15) / 10 ** random.randint(0, 19) for _ in range(500)]
    numbers += [-0.0, 0.1 + 0.2, 1e21, 1e15, 2.0**53, 1e-6, 999999999999999.1, 4503599627370497.5, 5e-324]
    subject = {"id": "urn:x", "type": ["AchievementSubject"]}
    documents = [badge(credentialSubject={**subject, "creditsEarned": number}) for number in numbers]
    found = written(page, documents)
    assert found.count("form_unknown {}") < 100
    for document, statements in zip(documents, found, strict=True):
        if statements != "form_unknown {}":
            assert statements == canonize(document).decode()


# --- RFC 8785 ---

ODD = [
    0.0, -0.0, 1.0, -1.5, 1e21, 1e20, 123456789012345680000.0, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308,
    333333333.33333329, 0.1 + 0.2, 2**53 - 1, -(2**53 - 1), 4.5, 2e-3, 1e-27, math.pi,
    "", '"\\/\b\f\n\r\t', "\x00\x1f\x7f\u0080\u2028\u2029\ufeff", "€$\u000f\nA'B\"\\\\\"/", "דּ😂", "e\u0301é",
    None, True, False, [], {}, [[], [{}]], {"": ""}, {"10": 1, "9": 2, "1": 3, "a": 4, "A": 5},
    {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
    {"__proto__": 1, "constructor": {"toString": 2}, "length": 3},
]  # fmt: skip


def test_the_canonical_form_is_that_of_rfc_8785(page: Page) -> None:
    texts = [json.dumps(value, ensure_ascii=False) for value in ODD]
    written = page.evaluate("texts => texts.map(text => window.canonicalize(JSON.parse(text)))", texts)
    assert written == [rfc8785.dumps(value).decode() for value in ODD]  # type: ignore[arg-type]
    refuse = """texts => texts.filter(text => {
      try { return window.canonicalize(JSON.parse(text)) || true; } catch { return false; }
    })"""
    assert page.evaluate(refuse, ["1e999", '"\\ud800"', '{"\\udc00": 1}', '["\\ud800x"]']) == []
