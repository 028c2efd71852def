"""The ground under the typed nouns of Open Badges: how they are read, written, and made fit to be signed.

A noun is a `Node`: one definition, with the JSON names of the specification, serves reading and building.
Reading is lenient in form (one value or a list, VCDM 1.1 or 2.0) because the schema has already judged the
document; it gives a view, and what was signed stays as it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from exchange.core.dates import format_date, parse_date
from exchange.errors import InputError

JsonObject = dict[str, Any]
N = TypeVar("N", bound="Node")

_MANY = frozenset(
    {
        *("type", "alignment", "allowedValue", "endorsement", "endorsementJwt", "evidence", "identifier"),
        "endorsedSkill",
        *("credentialSchema", "credentialStatus", "otherIdentifier", "refreshService", "related"),
        *("relatedResource", "result", "resultDescription", "rubricCriterionLevel", "tag", "termsOfUse"),
    }
)
_ONE_WHEN_TEXT = frozenset(("identifier", "resultDescription"))  # in a smaller noun, one text
_VERSION_1 = {"issuanceDate": "validFrom", "expirationDate": "validUntil"}

# What an RDFC-1.0 canonicaliser must escape and the most used one does not; text never needs it.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_PRIVATE = re.compile("[\ue000-\uffff]")


class LanguageValue(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={"value": "@value", "language": "@language", "direction": "@direction"},
):
    """A text that says its language and base direction (VCDM 2.0 §11.1)."""

    value: str
    language: str | None = None
    direction: str | None = None


Text = str | LanguageValue | tuple[str | LanguageValue, ...]


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A noun of the specification. What is unset is not written."""

    def to_json(self) -> JsonObject:
        """The JSON object, with the names of the specification and lists for tuples."""
        value: JsonObject = msgspec.json.decode(msgspec.json.encode(self))
        return value


def types(*names: str) -> Any:
    """A `type` that is always written, as a list."""
    return msgspec.field(default_factory=lambda: names)


def one_type(name: str) -> Any:
    """A `type` that is always written, as one word: for the nouns of which Open Badges allows no list."""
    return msgspec.field(default_factory=lambda: name)


def as_json(value: Node | Mapping[str, Any]) -> JsonObject:
    """The JSON object of a noun, whichever way it was given."""
    return value.to_json() if isinstance(value, Node) else dict(value)


def plain(text: Text | None, language: str = "en") -> str:
    """The text to show: the one in `language` if there is one, else the first; `""` for none."""
    choices = text if isinstance(text, tuple) else (text,)
    values = [LanguageValue(choice) if isinstance(choice, str) else choice for choice in choices if choice]
    fitting = [value for value in values if (value.language or "").partition("-")[0] == language]
    return (fitting or values)[0].value if values else ""


def read(document: Mapping[str, Any], noun: type[N]) -> N:
    """`document` as a `noun`. InputError("credential_malformed") when it is none; check the schema first."""
    try:
        return msgspec.convert(normalise(document), noun)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        at = re.sub(r"[.\[]", "/", place.strip("`$").replace("]", ""))
        raise InputError("credential_malformed", f"{message}.", at) from error


def normalise(document: Mapping[str, Any]) -> JsonObject:
    """A copy in one form: lists where there may be many, the dates of VCDM 2.0, nothing null or empty.

    The dates of validity become moments (aware `datetime`s).
    """
    normal: JsonObject = {}
    for key, value in document.items():
        if value is None or value == []:
            continue
        if key in _MANY and type(value) is not list and (type(value) is not str or key not in _ONE_WHEN_TEXT):
            value = [value]
        elif key in _SPECIAL:
            key, value = _SPECIAL[key](key, value)
        if type(value) is dict:
            value = normalise(value)
        elif type(value) is list:
            value = [normalise(item) if type(item) is dict else item for item in value]
        normal[key] = value
    return normal


def _dated(key: str, value: Any) -> tuple[str, Any]:
    return _VERSION_1.get(key, key), parse_date(value) if isinstance(value, str) else value


def _issuer(key: str, value: Any) -> tuple[str, Any]:
    return key, {"id": value} if isinstance(value, str) else value


def _image(key: str, value: Any) -> tuple[str, Any]:
    return key, {"id": value} if isinstance(value, str) else value


def _subject(key: str, value: Any) -> tuple[str, Any]:
    return key, value[0] if isinstance(value, list) and len(value) == 1 else value


_SPECIAL = {
    "image": _image,
    **dict.fromkeys(("validFrom", "validUntil", "awardedDate", "issuanceDate", "expirationDate"), _dated),
    "issuer": _issuer,
    "credentialSubject": _subject,
}


def moment(value: datetime, at: str) -> str:
    """A point in time as credentials write it. InputError("date_without_zone")."""
    if value.tzinfo is None:
        raise InputError("date_without_zone", f"{value.isoformat()} names no time zone.", at)
    return format_date(value)


def fit_to_sign(value: Any) -> Any:
    """A copy that all software signs and reads alike: no null, nothing empty, whole floats as integers.

    InputError, `at` its JSON Pointer: `control_character`; `fragile_number` (JSON-LD processors write numbers
    of more than 15 digits, or far from 1, differently); `fragile_order` (a list whose texts sort otherwise by
    code point, as RDFC-1.0 says, than by UTF-16 unit, as JavaScript does).
    """
    kind = type(value)
    if kind is str:
        if not value.isprintable() and _CONTROL.search(value):
            raise InputError("control_character", f"The text {value[:40]!r} holds a control character.")
        return value
    if kind is dict:
        return _fit_members(value)
    if kind is list or kind is tuple:
        return _fit_items(value)
    if kind is int or kind is float:
        return _fit_number(value)
    return value


def _fit_members(value: Mapping[str, Any]) -> JsonObject:
    members = {}
    for key, item in value.items():
        try:
            fit = fit_to_sign(item)
        except InputError as error:
            raise InputError(error.code, error.message, f"/{key}{error.at}") from None
        if fit is not None and fit not in ([], {}):
            members[key] = fit
    return members


def _fit_items(value: Sequence[Any]) -> list[Any]:
    items = []
    for index, item in enumerate(value):
        try:
            fit = fit_to_sign(item)
        except InputError as error:
            raise InputError(error.code, error.message, f"/{index}{error.at}") from None
        if fit is not None:
            items.append(fit)
    texts = "".join([item for item in items if type(item) is str])
    if not texts.isascii() and _ASTRAL.search(texts) and _PRIVATE.search(texts):
        raise InputError("fragile_order", "These texts are sorted differently by different software.")
    return items


def _fit_number(value: float) -> float:
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        if abs(value) < 10**15:
            return value
    elif 1e-5 <= abs(value) < 1e15 and len(repr(abs(value)).replace(".", "").strip("0")) <= 15:
        return value
    raise InputError("fragile_number", f"{value!r} is not written alike by all software.")
