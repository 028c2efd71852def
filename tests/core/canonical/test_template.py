"""Templates: in bulk the same bytes as ever, or the same refusal."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import samples
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.rdf import canonize
from exchange.core.canonical.template import Template
from exchange.errors import ExchangeError, InputError
from tests.core.canonical.documents import Json, badge
from tests.core.strategies import badges, iris, texts

VARYING = (
    "/id",
    "/credentialSubject/id",
    "/credentialSubject/licenseNumber",
    "/credentialSubject/narrative",
    "/credentialSubject/identifier/0/identityHash",
    "/credentialSubject/identifier/0/salt",
    "/evidence/0/narrative",
    "/credentialStatus/id",
    "/credentialStatus/statusListIndex",
)
IDS = ("/id", "/credentialSubject/id", "/credentialStatus/id")
TEMPLATE = Template.of(samples.badge(), VARYING)


def place(document: Json, pointer: str, value: Any) -> None:
    *path, last = [int(step) if step.isdecimal() else step for step in pointer.split("/")[1:]]
    holder: Any = document
    for step in path:
        holder = holder[step]
    holder[last] = value


def filled(values: dict[str, Any]) -> Json:
    document: Json = json.loads(json.dumps(samples.badge()))
    for pointer, value in values.items():
        place(document, pointer, value)
    return document


VALUES = st.fixed_dictionaries(
    {pointer: iris() if pointer in IDS else texts(controls=True) for pointer in VARYING}
)


@settings(deadline=None)
@given(VALUES)
def test_a_filled_template_is_what_the_walk_gives(values: dict[str, str]) -> None:
    document = filled(values)
    assert TEMPLATE._lines([values[pointer] for pointer in VARYING]) is not None
    assert TEMPLATE.canonize(document) == canonize(document)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(badges(), st.data())
def test_any_badge_with_any_of_its_strings_varying(sample: Json, data: st.DataObject) -> None:
    def strings(value: Any, at: str = "") -> list[str]:
        if isinstance(value, str):
            return [at]
        members = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        return [pointer for key, member in members for pointer in strings(member, f"{at}/{key}")]

    words = ("type", "@context", "proofPurpose")
    free = [at for at in strings(sample) if not any(step in words for step in at.split("/"))]
    varying = data.draw(st.lists(st.sampled_from(free), min_size=1, max_size=6, unique=True))
    template = Template.of(sample, varying)
    assert template.canonize(sample) == canonize(sample)
    document = copy.deepcopy(sample)
    for at in varying:
        place(document, at, data.draw(st.one_of(iris(), iris(), texts())))
    assert outcome(template.canonize, document) == outcome(canonize, document)


def outcome(route: Callable[[Json], bytes], document: Json) -> object:
    """The bytes, or what was refused where."""
    try:
        return route(document)
    except ExchangeError as error:
        return error.code, error.at


OTHERS: dict[str, Json] = {
    "a member more": {**samples.badge(), "description": "more"},
    "a member less": {name: value for name, value in samples.badge().items() if name != "evidence"},
    "another constant": filled({"/name": "Another"}),
    "another constant deep down": filled({"/credentialSubject/achievement/criteria/narrative": "Another"}),
    "an array more": filled({"/evidence": samples.badge()["evidence"] * 2}),
    "one for true": filled({"/credentialSubject/identifier/0/hashed": 1}),
    "a number for a text": filled({"/credentialSubject/licenseNumber": 7}),
    "an object for a text": filled({"/credentialSubject/licenseNumber": {"@value": "x", "@language": "en"}}),
    "an array for an object": filled({"/credentialStatus": [samples.badge()["credentialStatus"]]}),
    "two blank nodes alike": filled({"/evidence/0/narrative": "x"})
    | {"evidence": [{"type": "Evidence"}] * 2},
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_document_that_does_not_fit_takes_the_walk(name: str) -> None:
    assert TEMPLATE.canonize(OTHERS[name]) == canonize(OTHERS[name])
    assert OTHERS[name] != samples.badge() or name == "one for true"


def test_blank_nodes_that_become_alike_are_labelled_rightly() -> None:
    sample = badge(evidence=[{"type": "Evidence", "name": "a"}, {"type": "Evidence", "name": "b"}])
    template = Template.of(sample, ["/evidence/0/name", "/evidence/1/name"])
    for first, second in (("a", "b"), ("b", "a"), ("c", "c"), ("x", "")):
        place(sample, "/evidence/0/name", first)
        place(sample, "/evidence/1/name", second)
        assert template.canonize(sample) == canonize(sample)


def test_values_that_become_equal_are_one_quad() -> None:
    sample = badge(evidence=[{"type": "Evidence", "name": ["a", "b"]}], name=["a", "b"])
    template = Template.of(sample, ["/evidence/0/name/0", "/name/0"])
    place(sample, "/evidence/0/name/0", "b")
    place(sample, "/name/0", "b")
    assert template.canonize(sample) == canonize(sample)


def test_a_template_does_not_follow_changes_of_its_sample() -> None:
    sample = badge()
    template = Template.of(sample, ["/id"])
    sample["credentialSubject"]["achievement"]["name"] = "Changed"
    assert b'"Changed"' in template.canonize(sample)


@pytest.mark.parametrize(
    "pointer",
    ["/type/0", "/@context/0", "/credentialSubject", "/nothing", "/name/0", "", "/evidence/7/name",
     "/credentialSubject/identifier/0/hashed"],
)  # fmt: skip
def test_only_texts_and_identifiers_may_vary(pointer: str) -> None:
    with pytest.raises(InputError) as refused:
        Template.of(samples.badge(), [pointer])
    assert refused.value.code == "template_varying"


@pytest.mark.parametrize("value", ["badge-1", "https://example.org/a b", "_:b0", "", None, ["x"]])
def test_a_bad_id_is_refused_like_anywhere(value: Any) -> None:
    document = filled({"/id": value})
    assert isinstance(outcome(canonize, document), tuple)
    assert outcome(TEMPLATE.canonize, document) == outcome(canonize, document)


def test_a_sample_that_is_broken_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        Template.of(badge(colour="red"), ["/id"])
    assert (refused.value.code, refused.value.at) == ("undefined_term", "/colour")


def test_templates_of_other_contexts() -> None:
    url = "https://example.org/mine"
    more = SHIPPED.extended({url: {"@context": {"colour": "https://example.org/colour"}}})
    document = badge(**{"@context": [*samples.CONTEXT, url]}, colour="red")
    template = Template.of(document, ["/colour"], contexts=more)
    for colour in ("red", "blue"):
        assert template.canonize({**document, "colour": colour}) == canonize(
            {**document, "colour": colour}, contexts=more
        )
