"""The general route on input that nobody means well with: bounded, and never a stranger's exception."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core.canonical import general
from exchange.core.canonical.general import canonize_exactly
from exchange.errors import CannotTellError, ExchangeError, InputError
from tests.core.canonical.documents import Json, badge
from tests.core.strategies import CONTEXT, V2


def inline(context: Any, **members: Any) -> Json:
    return badge(**{"@context": [*CONTEXT, context], **members})


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


LIMITS: dict[str, tuple[Json, str]] = {
    "too deep": (badge(name=deep(64)), "json_too_deep"),
    "too many values": (badge(name=["x"] * general.MAX_VALUES), "json_too_large"),
    "too much text": (badge(name="x" * general.MAX_TEXT), "json_too_large"),
    "too many contexts": (badge(**{"@context": [V2] * 41}), "unusual_json_ld"),
    "infinity": (badge(name=float("inf")), "json_number"),
    "not a number": (badge(name=float("nan")), "json_number"),
    "no document": ([badge()], "context_missing"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", LIMITS)
def test_too_much_is_refused_before_pyld_sees_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(general, "_Exact", lambda *_: pytest.fail("PyLD was asked"))
    document, code = LIMITS[name]
    with pytest.raises(ExchangeError) as refused:
        canonize_exactly(document)
    assert refused.value.code == code


HOSTILE: dict[str, Json] = {
    "@import of an unknown context": inline({"@version": 1.1, "@import": "https://example.org/c"}),
    "@import of a number": inline({"@version": 1.1, "@import": 7}),
    "@vocab relative": inline({"@vocab": "x"}),
    "@language null": inline({"@language": None}),
    "@vocab null": inline({"@vocab": None}),
    "@base": inline({"@base": "https://example.org/"}, id="badge"),
    "@version 2": inline({"@version": 2}),
    "a context that is a number": inline(7),
    "a term that is a number": inline({"x": 7}),
    "a term by itself": inline({"x": {"@id": "y"}, "y": {"@id": "x"}}),
    "a keyword redefined": inline({"@type": "urn:x:x"}),
    "a reserved word": inline({"@colour": "urn:x:x"}),
    "a container that is none": inline({"x": {"@id": "urn:x:x", "@container": "@cup"}}),
    "a type map of numbers": inline({"x": {"@id": "urn:x:x", "@container": "@type"}}, x={"Profile": 7}),
    "an index map of odd things": inline(
        {"x": {"@id": "urn:x:x", "@container": "@index"}}, x={"a": [[None]]}
    ),
    "a language map of numbers": inline({"x": {"@id": "urn:x:x", "@container": "@language"}}, x={"en": 7}),
    "a blank node as a term": inline({"x": "_:x"}, x="y"),
    "a JSON literal of half a pair": inline({"x": {"@id": "urn:x:x", "@type": "@json"}}, x="\ud800"),
    "half a pair": badge(name="\ud800", description=None),
    "nullification": badge(**{"@context": [*CONTEXT, None]}),
    "a type that is a keyword": badge(type=["VerifiableCredential", "@json"]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_gives_an_error_of_ours(name: str) -> None:
    with pytest.raises((InputError, CannotTellError)):
        canonize_exactly(HOSTILE[name])


ODD: dict[str, Json] = {
    "@propagate behind a URL": badge(**{"@context": [{"@propagate": True}, *CONTEXT]}),
    "@propagate of a known context": inline(
        {"x": {"@id": "urn:x:x", "@context": [V2, {"@propagate": False}]}}
    ),
    "a list of lists": inline({"x": {"@id": "urn:x:x", "@container": "@list"}}, x=[["a"], [[]]]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_json_ld_that_loses_nothing_is_read(name: str) -> None:
    assert canonize_exactly(ODD[name])


def test_a_blank_clique_by_labels_is_poison() -> None:
    nodes = [{"id": f"_:b{one}", "knows": [{"id": f"_:b{two}"} for two in range(10)]} for one in range(10)]
    with pytest.raises(InputError) as refused:
        canonize_exactly(inline({"knows": "urn:x:knows"}, knows=nodes))
    assert refused.value.code == "poison_graph"
