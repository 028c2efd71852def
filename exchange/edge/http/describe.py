"""What a route says of itself to programs, beside its handler: `openapi` makes the API's description of it.

The words are the handler's docstring. A route under `/api`, or one that any page may read, without a
description fails `tests/edge/http/test_openapi.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.flows.people.records import Scope

JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Shared:
    """The JSON Schema `schemas/{name}.json`."""

    name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the path, the query or the header; `schema` is its JSON Schema."""

    name: str
    place: str
    schema: Mapping[str, Any]
    words: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A success. `content` by media type: a type of `shapes`, a `Shared`, or a JSON Schema; `links` are names
    of operations, with what their parameters are taken from (OpenAPI 3.1 §4.8.20)."""

    words: str
    content: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. `problems` are the codes that an error can have, apart by spaces, by its status; those of
    guards, of Idempotency-Key and of a read-only database are added by what the route takes."""

    about: str
    answers: Mapping[int, Answer]
    problems: Mapping[int, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    closed: bool = False
    scopes: tuple[Scope, ...] = ()
    once: bool = False


def described(operation: Operation) -> dict[str, Any]:
    """The `opt` of a handler that is described so."""
    return {"operation": operation}


def found(words: str, content: Mapping[str, Any], **headers: str) -> dict[int, Answer]:
    """200 with `content`, and 304 for who has it already."""
    headers = {"etag": "Names these bytes.", **headers}
    return {200: Answer(words, content, headers), 304: Answer("You have it already (If-None-Match).")}


def told(words: str, shape: Any) -> dict[int, Answer]:
    """200 with JSON of that shape, kept by no cache."""
    return {200: Answer(words, {JSON: shape})}
