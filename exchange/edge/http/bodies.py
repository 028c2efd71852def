"""The JSON that programs send: an object, its members named, each of its kind."""

from __future__ import annotations

from typing import Any

from exchange.core import strict_json
from exchange.edge.http.describe import JSON
from exchange.edge.http.problems import UnsupportedMediaTypeError
from exchange.edge.http.replies import AnyRequest
from exchange.edge.http.words import plain
from exchange.errors import InputError


async def read_body(request: AnyRequest) -> dict[str, Any]:
    """UnsupportedMediaTypeError; InputError("not_an_object") among those of `strict_json.parse`."""
    if request.content_type[0] != JSON:
        raise UnsupportedMediaTypeError(f"Send {JSON}.")
    body = strict_json.parse(await request.body())
    if not isinstance(body, dict):
        raise InputError("not_an_object", "The request must be a JSON object.")
    return body


def only(body: dict[str, Any], names: tuple[str, ...]) -> None:
    """InputError("unknown_member") for any other."""
    for name in body:
        if name not in names:
            message = f"{plain(name, 60)!r} is not a member of this request; it has {', '.join(names)}."
            raise InputError("unknown_member", message, f"/{name}")


def text(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """InputError: "member_missing", "not_a_string"."""
    value = body.get(name, default)
    if value is None:
        raise InputError("member_missing", f"{name} is missing.", f"/{name}")
    if not isinstance(value, str):
        raise InputError("not_a_string", f"{name} must be a string.", f"/{name}")
    return value


def flag(body: dict[str, Any], name: str, default: bool) -> bool:
    """InputError("not_a_boolean")."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise InputError("not_a_boolean", f"{name} must be true or false.", f"/{name}")
    return value


def whole(body: dict[str, Any], name: str, default: int | None = None) -> int:
    """InputError: "member_missing", "not_a_number"."""
    value = body.get(name, default)
    if value is None:
        raise InputError("member_missing", f"{name} is missing.", f"/{name}")
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError("not_a_number", f"{name} must be a whole number.", f"/{name}")
    return value
