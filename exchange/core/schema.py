"""Whether a document has the form of what it says it is: our JSON Schemas, and what no schema can say.

The schemas in `schemas/` (draft 2020-12) are compiled once each, with formats on and retrieval off: they can
refer to one another and to nothing else. A yes takes microseconds. A no is put in plain words: the clauses
are the descriptions in the schemas themselves. Documents are looked at as they came and never altered; what
may be one value or a list is both in the schemas.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

import jsonschema_rs
import msgspec

from exchange import resources
from exchange.core.finding import Finding
from exchange.core.semantics import check_badge, check_credential, check_presentation

Kind = Literal[
    "badge",
    "endorsement",
    "clr",
    "credential",
    "presentation",
    "status_list",
    "profile",
    "achievement",
    "issuer_file",
    "policy_file",
    "badge_file",
]

_FILES = {
    "badge": "open-badge-credential",
    "endorsement": "endorsement-credential",
    "clr": "clr-credential",
    "credential": "verifiable-credential",
    "presentation": "verifiable-presentation",
    "status_list": "status-list-credential",
    "profile": "profile",
    "achievement": "achievement",
    "issuer_file": "issuer-catalogue",
    "policy_file": "policy-catalogue",
    "badge_file": "badge-catalogue",
}
_MEANING = {
    "badge": check_badge,
    "endorsement": check_credential,
    "clr": check_credential,
    "credential": check_credential,
    "presentation": check_presentation,
    "status_list": check_credential,
}
_MAX_FINDINGS = 50
_MAX_EXPLAINED = 65_536
"""Bytes of JSON up to which every fault is listed; above it the first, so that no document costs seconds."""


def check_schema(document: Any, kind: Kind | str) -> list[Finding]:
    """All that is wrong with the form of `document` as a `kind`: errors and warnings, `[]` if nothing is.

    `at` is a JSON Pointer into the document, to the place where a missing member should be. A `kind` that is
    not known is looked at as any verifiable credential. At most 50 findings.

    Implements the data models of Open Badges 3.0, CLR 2.0, VCDM 2.0 §4 and 1.1 §4, Bitstring Status List §2.
    """
    if kind not in _FILES:
        kind = "credential"
    validator = _validator(_FILES[kind])
    findings = [] if validator.is_valid(document) else _explain(validator, document)
    meaning = _MEANING.get(kind)
    if meaning is not None and isinstance(document, dict):
        findings.extend(meaning(document))
    return findings[:_MAX_FINDINGS]


def check_vcdm(document: Any) -> list[Finding]:
    """What breaks the musts of the W3C data model in any credential or presentation; `[]` if all hold.

    VCDM 2.0 §4 and 1.1 §4. Proofs, terms and types in the JSON-LD contexts are checked elsewhere.
    """
    types = document.get("type") if isinstance(document, dict) else None
    presented = types == "VerifiablePresentation" or (
        isinstance(types, list) and "VerifiablePresentation" in types
    )
    return check_schema(document, "presentation" if presented else "credential")


def load_schemas() -> Mapping[str, Any]:
    """`$id` → schema, of every file that `schemas/manifest.json` lists."""
    folder = resources.data_path("schemas")
    listed = json.loads((folder / "manifest.json").read_bytes())["schemas"]
    return {entry["$id"]: json.loads((folder / entry["file"]).read_bytes()) for entry in listed}


@cache
def _schemas() -> Mapping[str, Any]:
    return load_schemas()


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    schemas = _schemas()
    return jsonschema_rs.Draft202012Validator(
        schemas[f"urn:exchange:schema:{name}"],
        registry=jsonschema_rs.Registry(list(schemas.items())),
        retriever=_refuse,
        validate_formats=True,
        ignore_unknown_formats=False,
        pattern_options=jsonschema_rs.RegexOptions(),  # linear time
    )


def _refuse(uri: str) -> Any:
    raise LookupError(f"{uri} is not among our schemas, and nothing is fetched")


class _Fault(NamedTuple):
    """One failed keyword: the schema that holds it (and the file of that), and where in the document."""

    keyword: str
    expected: Any
    base: str
    schema: Mapping[str, Any]
    path: Sequence[str | int]
    instance: Any


def _explain(validator: jsonschema_rs.Draft202012Validator, document: Any) -> list[Finding]:
    """A finding for each fault. Never empty: what cannot be explained is still refused."""
    findings = {
        (finding.at, finding.code): finding
        for fault in itertools.islice(_faults(validator, document), _MAX_FINDINGS)
        for finding in _say(fault)
    }
    refused = Finding(
        "schema_wrong", "error", "The document does not have the form that its schema asks for."
    )
    return list(findings.values()) or [refused]


def _faults(validator: jsonschema_rs.Draft202012Validator, document: Any) -> Iterator[_Fault]:
    small = len(msgspec.json.encode(document)) <= _MAX_EXPLAINED
    for error in validator.iter_errors(document) if small else _first_error(validator, document):
        base, _, pointer = (error.absolute_keyword_location or "").partition("#")
        holder = _schema_at(base, pointer.rpartition("/")[0])
        yield _Fault(error.kind.name, error.kind.value, base, holder, error.instance_path, error.instance)


def _first_error(
    validator: jsonschema_rs.Draft202012Validator, document: Any
) -> list[jsonschema_rs.ValidationError]:
    try:
        validator.validate(document)
    except jsonschema_rs.ValidationError as error:
        return [error]
    return []


def _schema_at(base: str, pointer: str) -> Mapping[str, Any]:
    """The schema at a place such as `urn:exchange:schema:achievement`, `/$defs/Criteria`."""
    node: Any = _schemas().get(base, {})
    for step in pointer.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node.get(name, {})
    return node if isinstance(node, dict) else {}


def _say(fault: _Fault) -> Iterator[Finding]:
    place, at = _place(fault.path), _pointer(fault.path)
    properties = fault.schema.get("properties", {})
    if fault.keyword == "required":
        name = str(fault.expected)
        fact = f"{_place([*fault.path, name])} is missing"
        clause = _clause(properties.get(name, {}), fault.base)
        yield _error("schema_missing", fact, clause, _pointer([*fault.path, name]))
    elif fault.keyword == "additionalProperties":
        for name in list(fault.expected)[:5]:
            clause = f"only {', '.join(properties)} may stand here"
            at = _pointer([*fault.path, name])
            yield _error("schema_unknown", f"{place} has {_shown(name)}", clause, at)
    else:
        partial = isinstance(fault.instance, dict) and fault.keyword in ("anyOf", "minProperties")
        fact = f"{place} is {'incomplete' if partial else _shown(fault.instance)}"
        yield _error("schema_wrong", fact, _clause(fault.schema, fault.base), at)


def _error(code: str, fact: str, clause: str, at: str) -> Finding:
    return Finding(code, "error", f"{fact}: {clause}." if clause else f"{fact}.", at)


def _clause(schema: Mapping[str, Any], base: str) -> str:
    """What a schema says of itself, or else what the one it refers to says."""
    while "description" not in schema and "$ref" in schema:
        file, _, pointer = schema["$ref"].partition("#")
        base = file or base
        schema = _schema_at(base, pointer)
    return str(schema.get("description", ""))


def _place(path: Sequence[str | int]) -> str:
    """`credentialSubject.result[0].status`, as people say it."""
    said = "".join(f"[{step}]" if isinstance(step, int) else f".{step:.60}" for step in path)
    return said.removeprefix(".") or "the document"


def _pointer(path: Sequence[str | int]) -> str:
    return "".join("/" + str(step)[:200].replace("~", "~0").replace("/", "~1") for step in path)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, str):
        return json.dumps(value if len(value) <= 60 else value[:59] + "…", ensure_ascii=False)
    return json.dumps(value)
