"""Whether a document has the form of what it says it is: our JSON Schemas, and what no schema can say.

The schemas in `schemas/` (draft 2020-12) are compiled once each, with formats on and retrieval off: they can
refer to one another and to nothing else. A yes takes microseconds (`jsonschema_rs`). A no is explained by a
second implementation (`jsonschema`) that finds one fault after the other, in plain words: the clauses are the
descriptions in the schemas themselves. Documents are looked at as they came and never altered; what may be
one value or a list is both in the schemas.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import jsonschema_rs
import msgspec

from exchange import resources
from exchange.core.canonical.effort import EXPLAINING, Effort
from exchange.core.credentials.semantics import check_badge, check_credential, check_presentation
from exchange.core.verdict.finding import Finding, Level

Kind = Literal[
    "badge",
    "endorsement",
    "clr",
    "credential",
    "presentation",
    "envelope",
    "status_list",
    "profile",
    "achievement",
    "issuer_file",
    "policy_file",
    "badge_file",
    "group_file",
]

_FILES = {
    "badge": "open-badge-credential",
    "endorsement": "endorsement-credential",
    "clr": "clr-credential",
    "credential": "verifiable-credential",
    "presentation": "verifiable-presentation",
    "envelope": "enveloped",
    "status_list": "status-list-credential",
    "profile": "profile",
    "achievement": "achievement",
    "issuer_file": "issuer-catalogue",
    "policy_file": "policy-catalogue",
    "badge_file": "badge-catalogue",
    "group_file": "group-file",
}
_MEANING = {
    "badge": check_badge,
    "endorsement": check_credential,
    "clr": check_credential,
    "credential": check_credential,
    "presentation": check_presentation,
    "status_list": check_credential,
}
_GRAVITY = {"error": 0, "unknown": 1, "warning": 2, "ok": 3}
_MAX_FINDINGS = 50
_MAX_EXPLAINED = 3_000
"""Commas in the JSON of a document up to which its faults are explained one by one: explaining is slow."""


def check_schema(document: Any, kind: Kind | str, effort: Effort | None = None) -> list[Finding]:
    """All that is wrong with the form of `document` as a `kind`: errors and warnings, `[]` if nothing is.

    At most 50 findings, the gravest first. `at` is a JSON Pointer into the document, to the place where a
    missing member should be. A `kind` that is not known is looked at as any verifiable credential. With no
    `effort` left, only the first fault is told. Words out of the standards' vocabularies and bare URLs as
    images are warnings: good badges have them, and they change no truth.

    Implements the data models of Open Badges 3.0, CLR 2.0, VCDM 2.0 §4 and 1.1 §4, Bitstring Status List §2.
    """
    if kind not in _FILES:
        kind = "credential"
    name = _FILES[kind]
    findings = [] if _validator(name).is_valid(document) else _explain(name, document, effort or Effort())
    if kind in _MEANING and isinstance(document, dict):
        said = {finding.at for finding in findings if finding.level == "error"}
        findings += [finding for finding in _MEANING[kind](document) if finding.at not in said]
    if not findings:
        return findings
    return sorted(findings, key=lambda finding: _GRAVITY[finding.level])[:_MAX_FINDINGS]


def check_vcdm(document: Any) -> list[Finding]:
    """What breaks the musts of the W3C data model in a credential, presentation or envelope, if anything.

    VCDM 2.0 §4 and 1.1 §4. Proofs, and terms and types in the JSON-LD contexts, are checked elsewhere.
    """
    types = document.get("type") if isinstance(document, dict) else None
    named = types if isinstance(types, list) else [types]
    if "VerifiablePresentation" in named:
        return check_schema(document, "presentation")
    enveloped = "EnvelopedVerifiableCredential" in named or "EnvelopedVerifiablePresentation" in named
    return check_schema(document, "envelope" if enveloped else "credential")


def load_schemas() -> Mapping[str, Any]:
    """`$id` → schema of every file that `schemas/manifest.json` lists, its references made absolute."""
    folder = resources.data_path("schemas")
    listed = json.loads((folder / "manifest.json").read_bytes())["schemas"]
    return {entry["$id"]: _absolute(json.loads((folder / entry["file"]).read_bytes())) for entry in listed}


def words(reference: str) -> tuple[str, ...]:
    """The words that a vocabulary such as `achievement#/$defs/ResultType` lists; others may follow `ext:`."""
    listed: tuple[str, ...] = tuple(_schema_at(f"urn:exchange:schema:{reference}")["anyOf"][0]["enum"])
    return listed


def _absolute(schema: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(schema, ensure_ascii=False)
    absolute: dict[str, Any] = json.loads(text.replace('"$ref": "#', f'"$ref": "{schema["$id"]}#'))
    return absolute


@cache
def _schemas() -> Mapping[str, Any]:
    return load_schemas()


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """Says yes or no."""
    schemas = _schemas()
    return jsonschema_rs.Draft202012Validator(
        schemas[f"urn:exchange:schema:{name}"],
        registry=jsonschema_rs.Registry(list(schemas.items())),
        retriever=_refuse,
        validate_formats=True,
        ignore_unknown_formats=False,
        pattern_options=jsonschema_rs.RegexOptions(),  # linear time
    )


@cache
def _explainer(name: str) -> Any:
    """Finds every fault, one after the other; 200 times slower, and loaded only when needed."""
    import jsonschema
    import referencing
    from referencing.jsonschema import DRAFT202012

    # Python's `$` also matches before a last line break; `\Z` is what the schemas mean by it.
    schemas = json.loads(json.dumps(_schemas()).replace('$"', r'\\Z"'))
    known = [(identifier, DRAFT202012.create_resource(schema)) for identifier, schema in schemas.items()]
    return jsonschema.Draft202012Validator(
        schemas[f"urn:exchange:schema:{name}"],
        registry=referencing.Registry().with_resources(known),  # without retrieval
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


def _refuse(uri: str) -> Any:
    raise LookupError(f"{uri} is not among our schemas, and nothing is fetched")


def _explain(name: str, document: Any, effort: Effort) -> list[Finding]:
    """A finding for each fault of a refused document; never only warnings if there is more to find."""
    commas = msgspec.json.encode(document).count(b",")
    if commas > _MAX_EXPLAINED or not effort.affords(commas * EXPLAINING):
        return [_first_fault(name, document)]
    errors = list(itertools.islice(_explainer(name).iter_errors(document), _MAX_FINDINGS))
    findings = {(found.at, found.code): found for error in reversed(errors) for found in _say(error)}
    explained = list(reversed(findings.values()))
    if len(errors) == _MAX_FINDINGS or not explained:
        explained.append(_first_fault(name, document))
    return explained


def _first_fault(name: str, document: Any) -> Finding:
    """Where the first fault is, for a document of which no more can be said.

    What alone would be a warning is *cannot tell* here: worse may come after it.
    """
    path: list[str | int] = []
    level: Level = "error"
    try:
        _validator(name).validate(document)
    except jsonschema_rs.ValidationError as error:
        path = error.instance_path
        holder = _schema_at((error.absolute_keyword_location or "").rpartition("/")[0])
        level = "unknown" if holder.get("severity") == "warning" else "error"
    fact = f"{_place(path)} does not have the form its schema asks for"
    return _fault("schema_wrong", fact, "", path, level)


def _say(error: Any) -> Iterator[Finding]:
    """The findings that one `jsonschema.ValidationError` stands for."""
    keyword, instance, schema = error.validator, error.instance, error.schema
    path = list(error.absolute_path)
    place, properties = _place(path), schema.get("properties", {})
    if keyword == "required":
        for name in error.validator_value:
            if name not in instance:
                fact = f"{_place([*path, name])} is missing"
                clause = _clause(properties.get(name, {}))
                yield _fault("schema_missing", fact, clause, [*path, name])
    elif keyword == "additionalProperties":
        for name in [name for name in instance if name not in properties][:5]:
            clause = f"only {', '.join(properties)} may stand here"
            yield _fault("schema_unknown", f"{place} has {_shown(name)}", clause, [*path, name])
    else:
        partial = isinstance(instance, dict) and keyword in ("anyOf", "minProperties")
        fact = f"{place} is {'incomplete' if partial else _shown(instance)}"
        yield _fault("schema_wrong", fact, _clause(schema), path, schema.get("severity", "error"))


def _fault(code: str, fact: str, clause: str, path: Sequence[str | int], level: Level = "error") -> Finding:
    return Finding(code, level, f"{fact}: {clause}." if clause else f"{fact}.", _pointer(path))


def _clause(schema: Mapping[str, Any]) -> str:
    """What a schema says of itself, or else what the one it refers to says."""
    while "description" not in schema and "$ref" in schema:
        schema = _schema_at(schema["$ref"])
    return str(schema.get("description", ""))


def _schema_at(reference: str) -> Mapping[str, Any]:
    """The schema at a reference such as `urn:exchange:schema:achievement#/$defs/Criteria`."""
    base, _, pointer = reference.partition("#")
    node: Any = _schemas().get(base, {})
    for step in pointer.split("/")[1:]:
        node = node[int(step)] if isinstance(node, list) else node.get(step, {})
    found: Mapping[str, Any] = node
    return found


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
