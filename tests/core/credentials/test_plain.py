"""A plain document is one that every slower check approves: the one claim of `core.credentials.plain`.

Documents are made of the closed types themselves, so every member of every noun has its turn; and real ones
are damaged, so that whatever is still called plain is held to the same.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from benchmarks import samples
from benchmarks.proofs import CREATED
from exchange.core import strict_json
from exchange.core.canonical import jcs, rdf
from exchange.core.canonical.terms import check_terms
from exchange.core.credentials.credential import CONTEXT
from exchange.core.credentials.plain import PARTS, PLAIN, is_plain
from exchange.core.credentials.schema import check_schema
from exchange.core.proofs.data_integrity import prepare, seal
from exchange.core.verdict.binding import check_place, check_repeated
from exchange.core.verdict.verdict import kind_of
from exchange.errors import ExchangeError
from tests.hostile.mutations import mutated

DOCUMENTS = {
    f"{kind}, {suite}": seal(prepare(document, suite, "Ed25519", f"{samples.DID}#key-1", CREATED), bytes(64))
    for suite in ("eddsa-jcs-2022", "eddsa-rdfc-2022")
    for kind, document in (("badge", samples.badge()), ("endorsement", samples.endorsement()))
}


def _values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """What a closed type admits, as JSON."""
    match kind:
        case inspect.StructType(fields=fields):
            made = {
                name: _values(inspect.type_info(PARTS[name]) if name in PARTS else kind)
                for name, kind in ((field.encode_name, field.type) for field in fields)
                if name != "proof"
            }
            needed = {field.encode_name for field in fields if field.required}
            return st.fixed_dictionaries(
                {name: value for name, value in made.items() if name in needed},
                optional={name: value for name, value in made.items() if name not in needed},
            )
        case inspect.UnionType(types=types):
            return st.one_of(*(_values(one) for one in types))
        case inspect.ListType(item_type=item, min_length=least, max_length=most):
            return st.lists(_values(item), min_size=least or 0, max_size=most or 2)
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.StrType(pattern=None):
            return st.text(max_size=8)
        case inspect.StrType(pattern=pattern) if "T" in pattern:
            return st.datetimes().map(lambda moment: f"{moment.isoformat()[:19]}Z")
        case inspect.StrType(pattern=pattern):
            return st.from_regex(pattern)
        case inspect.IntType(gt=least, lt=most):
            return st.integers(least + 1, most - 1)
        case inspect.BoolType():
            return st.booleans()
        case _:
            return st.none()


def _documents() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        _values(inspect.type_info(noun)).map(
            lambda made, types=types: {**made, "@context": CONTEXT, "type": types}
        )
        for types, noun in PLAIN
    )


def _assert_approved(document: dict[str, Any]) -> None:
    """Every check that being plain spares finds nothing."""
    assert check_schema(document, kind_of(document)) == []
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    check_terms(unsecured)
    assert jcs.canonicalize(document, plain=True) == jcs.canonicalize(document)
    strict_json.check_depth(document)
    quads = rdf.canonize(unsecured)
    entries = unsecured.get("credentialStatus", [])
    entries = entries if isinstance(entries, list) else [entries]
    if len({entry["id"] for entry in entries}) == len(entries):
        assert _code(check_place, unsecured, quads) == _code(check_repeated, unsecured)


def _code(check: Callable[..., None], *args: Any) -> str:
    try:
        check(*args)
    except ExchangeError as error:
        return f"{error.code} {error.at}"
    return ""


@given(_documents())
def test_whatever_the_closed_types_admit_is_approved_by_every_slower_check(document: dict[str, Any]) -> None:
    faults = check_schema(document, kind_of(document))
    assert is_plain(document) is (faults == [])  # the types admit no fault but those of meaning
    if not faults:
        _assert_approved(document)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_we_issue_is_plain(name: str) -> None:
    document = strict_json.parse(DOCUMENTS[name])
    assert is_plain(document)
    _assert_approved(document)


@given(st.data())
def test_damage_is_plain_only_if_every_slower_check_approves(data: st.DataObject) -> None:
    document = strict_json.parse(data.draw(st.sampled_from(list(DOCUMENTS.values()))))
    damaged = data.draw(mutated(document))
    if isinstance(damaged, dict) and is_plain(damaged):
        _assert_approved(damaged)


_ACHIEVEMENT = ("credentialSubject", "achievement")


def _with(change: dict[str, Any], *path: str) -> dict[str, Any]:
    document = copy.deepcopy(samples.badge())
    node = document
    for step in path:
        node = node[step]
    node.update(change)
    return document


@pytest.mark.parametrize(
    ("fault", "document"),
    [
        ("an undefined term", _with({"extra": "x"})),
        ("a relative id", _with({"id": "badges/1"})),
        ("a compact IRI", _with({"id": "schema:thing"})),
        ("an id with a space", _with({"id": "https://b.example.org/ a"})),
        ("an id and a line break", _with({"id": "https://b.example.org/a\n"})),
        ("a null", _with({"description": None})),
        ("an empty list", _with({"evidence": []})),
        ("a fraction", _with({"creditsEarned": 2.5}, "credentialSubject")),
        ("a whole number written as a double", _with({"creditsEarned": 2.0}, "credentialSubject")),
        ("a further context", _with({"@context": [*CONTEXT, "https://w3id.org/security/v2"]})),
        ("contexts the other way round", _with({"@context": CONTEXT[::-1]})),
        ("types written as their list", _with({"type": str(samples.badge()["type"])})),
        ("a further type", _with({"type": [*samples.badge()["type"], "Profile"]})),
        ("a text in a language", _with({"name": {"@value": "x", "@language": "en"}})),
        ("an endorsement inside", _with({"endorsement": [samples.endorsement()]})),
        ("a period of the achievement", _with({"validUntil": "2030-01-01T00:00:00Z"}, *_ACHIEVEMENT)),
        ("a word of no vocabulary", _with({"achievementType": "Trophy"}, *_ACHIEVEMENT)),
        ("a date without a zone", _with({"validUntil": "2030-01-01T00:00:00"})),
        ("nothing", {"@context": CONTEXT}),
    ],
)  # fmt: skip
def test_not_plain(fault: str, document: dict[str, Any]) -> None:
    assert not is_plain(document)
