"""What a program sends: a JSON object, read member by member, each fault by the member it is about.

`at` is where an object stands that is a part of the request (RFC 6901).
"""

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
    return as_object(strict_json.parse(await request.body()), *names)


def as_object(value: Any, *names: str, at: str = "") -> dict[str, Any]:
    """The object, with these members and no others."""
    if not isinstance(value, dict):
        raise InputError("not_an_object", "The request must be a JSON object.", at)
    for name in value:
        if name not in names:
            message = f"{plain(name, 60)!r} is not a member of this request; it has {', '.join(names)}."
            raise InputError("unknown_member", message, f"{at}/{name}")
    return value


def text(body: dict[str, Any], name: str, default: str | None = None, at: str = "") -> str:
    """A string; without a default it has to be there."""
    value = body.get(name, default)
    if value is None:
        raise InputError("member_missing", f"{name} is missing.", f"{at}/{name}")
    if not isinstance(value, str):
        raise InputError("not_a_string", f"{name} must be a string.", f"{at}/{name}")
    return value


def texts(body: dict[str, Any], name: str, at: str = "") -> tuple[str, ...]:
    """A list of strings, empty if it is not there. InputError("not_a_list")."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InputError("not_a_list", f"{name} must be a list of strings.", f"{at}/{name}")
    return tuple(value)


def flag(body: dict[str, Any], name: str, default: bool, at: str = "") -> bool:
    """True or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise InputError("not_a_boolean", f"{name} must be true or false.", f"{at}/{name}")
    return value


def whole(body: dict[str, Any], name: str, default: int | None = None) -> int:
    """A whole number; without a default it has to be there."""
    value = body.get(name, default)
    if value is None:
        raise InputError("member_missing", f"{name} is missing.", f"/{name}")
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # to JSON, 2.0 is the same number as 2
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError("not_a_number", f"{name} must be a whole number.", f"/{name}")
    return value
