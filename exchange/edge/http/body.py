"""What a program sends: a JSON object, read member by member, each fault by the member it is about."""

from __future__ import annotations

from typing import Any

from exchange.core import strict_json
from exchange.edge.http.describe import JSON
from exchange.edge.http.problems import UnsupportedMediaTypeError
from exchange.edge.http.replies import AnyRequest
from exchange.edge.http.words import plain
from exchange.errors import InputError

IN_BODY = "not_an_object unknown_member member_missing not_a_string not_a_boolean"
"""The codes of these faults."""


async def read_body(request: AnyRequest, *names: str) -> dict[str, Any]:
    """The object, with these members and no others. InputError, UnsupportedMediaTypeError."""
    if request.content_type[0] != JSON:
        raise UnsupportedMediaTypeError(f"Send {JSON}.")
    body = strict_json.parse(await request.body())
    if not isinstance(body, dict):
        raise InputError("not_an_object", "The request must be a JSON object.")
    for name in body:
        if name not in names:
            message = f"{plain(name, 60)!r} is not a member of this request; it has {', '.join(names)}."
            raise InputError("unknown_member", message, f"/{name}")
    return body


def text(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """A string; without a default it has to be there."""
    value = body.get(name, default)
    if value is None:
        raise InputError("member_missing", f"{name} is missing.", f"/{name}")
    if not isinstance(value, str):
        raise InputError("not_a_string", f"{name} must be a string.", f"/{name}")
    return value


def flag(body: dict[str, Any], name: str, default: bool) -> bool:
    """True or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise InputError("not_a_boolean", f"{name} must be true or false.", f"/{name}")
    return value
