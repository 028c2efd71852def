"""The JSON object that a program sent, member by member; errors name the member."""

from __future__ import annotations

from typing import Any

from exchange.core import strict_json
from exchange.edge.http.describe import JSON
from exchange.edge.http.problems import UnsupportedMediaTypeError
from exchange.edge.http.replies import AnyRequest
from exchange.edge.http.words import plain
from exchange.errors import InputError

IN_BODY = "not_an_object unknown_member member_missing not_a_string not_a_boolean"
"""The codes of what can be wrong with one."""


async def read_object(request: AnyRequest) -> dict[str, Any]:
    """InputError("not_an_object") and those of `strict_json.parse`; 415 for another content type."""
    if request.content_type[0] != JSON:
        raise UnsupportedMediaTypeError(f"Send {JSON}.")
    return as_object(strict_json.parse(await request.body()))


def as_object(value: Any, at: str = "") -> dict[str, Any]:
    """InputError("not_an_object")."""
    if not isinstance(value, dict):
        raise InputError("not_an_object", "The request must be a JSON object.", at)
    return value


def only(body: dict[str, Any], names: tuple[str, ...], at: str = "") -> None:
    """InputError("unknown_member") if it has others."""
    for name in body:
        if name not in names:
            message = f"{plain(name, 60)!r} is not a member of this request; it has {', '.join(names)}."
            raise InputError("unknown_member", message, f"{at}/{name}")


def text(body: dict[str, Any], name: str, default: str | None = None, at: str = "") -> str:
    """InputError: member_missing, not_a_string."""
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
    """InputError("not_a_boolean")."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise InputError("not_a_boolean", f"{name} must be true or false.", f"{at}/{name}")
    return value
