"""What documents have in common is looked at once, and comes out as for each of them alone."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core.canonical import rdf
from exchange.core.common import LONGEST, MOST, Common
from exchange.core.credentials.plain import is_plain
from exchange.errors import ExchangeError
from tests.core.canonical.documents import Json, achievement, badge
from tests.core.strategies import EXTENSIONS, V2, badges, endorsements


def told(document: Json, algorithm: str, common: Common | None) -> bytes | tuple[str, str, str]:
    try:
        return rdf.canonize(document, algorithm=algorithm, common=common)
    except ExchangeError as error:
        return error.code, error.message, error.at


def assert_as_alone(documents: list[Json]) -> None:
    common = Common()
    for document in documents:
        alone = copy.deepcopy(document)
        common.share(document)
        assert json.dumps(document) == json.dumps(alone)
        assert is_plain(document, common) is is_plain(alone)
        for algorithm in ("sha256", "sha384"):
            assert told(document, algorithm, common) == told(alone, algorithm, None)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(badges(), endorsements()), min_size=2, max_size=4), st.data())
def test_any_badges_that_share_parts(documents: list[Json], data: st.DataObject) -> None:
    made = []
    for document in [*documents, *documents]:
        twin = copy.deepcopy(document)
        twin["issuer"] = copy.deepcopy(data.draw(st.sampled_from(documents))["issuer"])
        other = data.draw(st.sampled_from(documents))["credentialSubject"]
        if "achievement" in twin["credentialSubject"] and "achievement" in other:
            twin["credentialSubject"]["achievement"] = copy.deepcopy(other["achievement"])
        made.append(twin)
    assert_as_alone(made)


def _earned(**changed: Any) -> Callable[[Json], None]:
    return lambda document: document["credentialSubject"]["achievement"].update(changed)


def _backwards(document: Json) -> None:
    earned = document["credentialSubject"]["achievement"]
    document["credentialSubject"]["achievement"] = dict(reversed(earned.items()))


def _without_id(document: Json) -> None:
    del document["credentialSubject"]["achievement"]["id"]


def _in_other_contexts(document: Json) -> None:
    document["@context"] = [*document["@context"], EXTENSIONS]


def _without_open_badges(document: Json) -> None:
    document["@context"] = [V2]


def _endorsed(document: Json) -> None:
    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofValue": "z1"}
    inner = {"type": ["VerifiableCredential", "EndorsementCredential"], "proof": [proof, dict(proof)]}
    document["credentialSubject"]["achievement"]["endorsement"] = [inner]


def _deep(document: Json) -> None:
    value: Any = []
    for _ in range(300):
        value = [value]
    document["credentialSubject"]["achievement"]["tag"] = value


CHANGES: dict[str, Callable[[Json], None]] = {
    "nothing": lambda document: None,
    "a member more": _earned(humanCode="X"),
    "a whole number as a double": _earned(creditsAvailable=1.0),
    "members in another order": _backwards,
    "an achievement without an id": _without_id,
    "the id of the issuer": _earned(id="https://example.edu/issuers/1"),
    "the id of the badge": _earned(id=badge()["id"]),
    "a word that nobody defines": _earned(shadowName="X"),
    "an id that is none": _earned(id="no-iri"),
    "a null": _earned(description=None),
    "a long id, whose repetition is paid for": _earned(id="https://example.edu/" + "x" * 400),
    "an endorsement with two proofs alike": _endorsed,
    "nested too deep": _deep,
    "other contexts": _in_other_contexts,
    "contexts in which it means nothing": _without_open_badges,
    "an issuer that is only an id": lambda document: document.update(issuer={"id": "https://example.edu/1"}),
    "an issuer that is a text": lambda document: document.update(issuer="https://example.edu/1"),
    "several subjects": lambda document: document.update(credentialSubject=[document["credentialSubject"]]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_part_is_shared_only_with_what_is_the_same(name: str) -> None:
    plain, changed = achievement(creditsAvailable=1), achievement(creditsAvailable=1)
    CHANGES[name](changed)
    for order in ((plain, changed), (changed, plain)):
        assert_as_alone([copy.deepcopy(one) for one in (*order, *order)])


def test_the_same_part_is_one_object_and_another_is_not() -> None:
    first, same, other = badge(), badge(), achievement(name="Other")
    common = Common()
    for document in (first, same, other):
        common.share(document)
    earned = [one["credentialSubject"]["achievement"] for one in (first, same, other)]
    assert earned[0] is earned[1]
    assert earned[0] is not earned[2]
    assert first["issuer"] is same["issuer"] is other["issuer"]


def test_what_is_found_out_is_found_out_once_and_a_refusal_each_time() -> None:
    common, document, asked = Common(), badge(), []
    common.share(document)

    def refuse() -> None:
        asked.append("refused")
        raise ValueError("no")

    for _ in range(2):
        assert common.once(document["issuer"], "length", lambda: asked.append("once") or 3) == 3  # type: ignore[func-returns-value]
        assert common.once({}, "length", lambda: asked.append("each time") or 0) == 0  # type: ignore[func-returns-value]
        with pytest.raises(ValueError, match="no"):
            common.once(document["issuer"], "refusal", refuse)
    assert sorted(asked) == ["each time", "each time", "once", "refused", "refused"]


def test_there_is_an_end_to_what_is_kept() -> None:
    documents = [achievement(name=f"Number {n}") for n in range(MOST + 5)]
    documents += [achievement(description="x" * LONGEST)] * 2
    assert_as_alone(copy.deepcopy(documents))
    common = Common()
    for document in [documents[-1], *documents]:
        common.share(document)
    assert len(common.parts) == MOST
