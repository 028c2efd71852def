"""The schemas themselves: all listed, none refers outside, and two implementations read them alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.credentials import schema
from exchange.core.credentials.schema import check_schema, load_schemas
from exchange.resources import data_path
from tests.core.credentials.test_schema import WHOLE
from tests.core.samples import V1, V2, Json, drop, put


def test_manifest_lists_every_schema_by_its_own_id() -> None:
    folder = data_path("schemas")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    listed, contexts = manifest["schemas"], manifest["contexts"]
    assert {entry["file"] for entry in (*listed, *contexts)} == {
        path.name for path in folder.glob("*.json")
    } - {"manifest.json"}
    for entry in listed:
        assert json.loads((folder / entry["file"]).read_bytes())["$id"] == entry["$id"]
        assert entry["purpose"]


def test_no_schema_refers_to_anything_outside() -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    schemas = load_schemas()
    for identifier, one in schemas.items():
        jsonschema.Draft202012Validator.check_schema(one)
        for reference in references(one):
            assert reference.partition("#")[0] in ("", *schemas), (identifier, reference)


def test_schema_that_refers_outside_is_refused_and_not_fetched() -> None:
    import jsonschema_rs

    with pytest.raises(Exception, match="nothing is fetched"):
        jsonschema_rs.Draft202012Validator(
            {"$ref": "https://schemas.example/x.json"}, retriever=schema._refuse
        )


_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from(["", "x", V1, V2, "did:x:y", "urn:a:b\n", "2026-11-21T09:30:00Z", "Profile", "a b:c"]),
    st.text(max_size=8),
    st.sampled_from([[], {}, [{}], ["x"], [[]], {"id": "did:x:y"}, {"@value": "x"}, {"type": "x"}]),
)


def _places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in items:
        yield (*path, step)
        yield from _places(value, (*path, step))


@st.composite
def _broken(draw: st.DrawFn, document: Json) -> Json:
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            break
        path = draw(st.sampled_from(places))
        (drop(*path) if draw(st.booleans()) else put(draw(_JUNK), *path))(document)
    return document


@given(st.data())
def test_two_implementations_agree_and_no_refusal_is_silent(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(WHOLE)))
    document = data.draw(_broken(WHOLE[kind]()))
    accepted = schema._validator(schema._FILES[kind]).is_valid(document)
    assert accepted == schema._explainer(schema._FILES[kind]).is_valid(document)
    explained = [found for found in check_schema(document, kind) if found.code.startswith("schema_")]
    assert bool(explained) != accepted


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("1edtech-impl-guide-vectors/ob3-signed.json", "badge"),
        ("1edtech-impl-guide-vectors/clr2-signed.json", "clr"),
        ("baked-images/vc-ed__signed_badge_example-p2.json", "badge"),
        ("baked-images/vc-ed__signed_badge_example-p3.json", "badge"),
        ("w3c-di-vectors/vc-di-eddsa/eddsa-rdfc-2022/employ/signedDataInt.json", "credential"),
        ("w3c-di-vectors/vc-di-eddsa/Ed25519Signature2020/signedEdSig.json", "credential"),
    ],
)
def test_published_document_has_the_form_it_claims(shared_vectors: Path, name: str, kind: str) -> None:
    assert check_schema(json.loads((shared_vectors / name).read_bytes()), kind) == []
