"""A client that holds every answer it gets to what the API's description says of it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema_rs

from exchange.edge.application import build_litestar
from exchange.edge.http.openapi import describe
from exchange.edge.http.site import build_site
from tests.edge.served import Served
from tests.simulator import World


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document of an exchange; what is in the exchange makes no difference."""
    ports = World().ports
    return describe(build_litestar(ports), build_site(ports))


@cache
def _operations() -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
    return [
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), method.upper(), operation)
        for path, operations in description()["paths"].items()
        for method, operation in operations.items()
    ]


@cache
def _validator(operation: str, status: str, media_type: str) -> Any:
    (responses,) = (one["responses"] for _, _, one in _operations() if one["operationId"] == operation)
    schema = responses[status]["content"][media_type]["schema"]
    return jsonschema_rs.validator_for(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **schema,
            "components": description()["components"],
        }
    )


def fault(method: str, path: str, answer: Any) -> str:
    """What in an answer is other than described; `""` for nothing, and for a route that is not described."""
    for pattern, verb, operation in _operations():
        if verb == method and pattern.fullmatch(path):
            return _fault(operation, answer)
    return ""


def _fault(operation: dict[str, Any], answer: Any) -> str:
    name, status = operation["operationId"], str(answer.status_code)
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if status == "303" and answer.headers["location"].startswith("/sign-in"):  # a 401, for people
        return "" if operation["security"] else f"{name}: who is there is asked"
    if answer.status_code >= 400 and media_type == "text/html":  # the same, for people
        return "" if status in operation["responses"] else f"{name}: no {status}"
    if status not in operation["responses"]:
        return f"{name}: no {status}: {answer.text:.500}"
    said = operation["responses"][status]
    if missing := set(said.get("headers", ())) - set(answer.headers):
        return f"{name} {status}: lacks {missing}"
    if status == "304":
        return ""
    if media_type not in said.get("content", {"": None}):
        return f"{name} {status}: is {media_type}"
    value = (
        answer.json()
        if media_type.endswith("json") or media_type in ("application/vc", "application/vp")
        else answer.text
    )
    errors = [
        f"{error.message:.300} at {error.instance_path}"
        for error in _validator(name, status, media_type).iter_errors(value)
    ]
    return f"{name} {status}: {errors}" if errors else ""


class DescribedClient(Served):
    """A test client whose every answer must be as described."""

    def request(self, method: str, url: Any, **sent: Any) -> Any:  # type: ignore[override]
        answer = super().request(method, url, **sent)
        told = fault(method.upper(), answer.request.url.path, answer)
        assert not told, told
        return answer
