"""What somebody hands in to be verified: a file, a form, a JSON request, or the credential as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange.core import strict_json
from exchange.core.dates import parse_date
from exchange.edge.http.forms import read_form
from exchange.edge.http.problems import UnsupportedMediaTypeError
from exchange.edge.http.replies import AnyRequest
from exchange.edge.http.words import plain, safe_link
from exchange.errors import InputError
from exchange.flows.badges.verify import Options

RAW_TYPES = (
    "application/vc",
    "application/vc+ld+json",
    "application/ld+json",
    "application/json",
    "text/plain",
    "application/vc+jwt",
    "application/vp",
    "application/vp+jwt",
    "application/pdf",
    "application/jwt",
    "image/png",
    "image/svg+xml",
    "application/octet-stream",
)
MAX_RECIPIENT = 1024
MAX_ASKED = 300
"""Characters of a domain or a challenge."""
FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
_OPTIONS = ("recipient", "expect", "at", "domain", "challenge")


@dataclass(frozen=True, slots=True)
class Submission:
    """Either `data`, the credential's bytes or a picture that carries it, or `url`, where it is."""

    data: bytes
    url: str
    options: Options


async def read_submission(request: AnyRequest) -> Submission:
    """What a request wants verified.

    Raises InputError when there is nothing to verify or an option is malformed, UnsupportedMediaTypeError
    for a content type that is none of RAW_TYPES and FORM_TYPES.
    """
    content_type = request.content_type[0] or "application/octet-stream"
    if content_type in FORM_TYPES:
        return await _from_form(request)
    if content_type not in RAW_TYPES:
        taken = ", ".join(RAW_TYPES + FORM_TYPES)
        raise UnsupportedMediaTypeError(f"{plain(content_type, 80)} is not taken here; send one of {taken}.")
    body = await request.body()
    if content_type == "application/json":
        value = strict_json.parse(body)
        if isinstance(value, dict) and "@context" not in value and ("credential" in value or "url" in value):
            _options(request.query_params.get)  # not used, but nothing malformed is passed over
            return _from_envelope(value)
    return _submission(body, "", request.query_params.get)


def _from_envelope(envelope: dict[str, Any]) -> Submission:
    """The request object of our API: one of `credential` and `url`, and options."""
    for name, value in envelope.items():
        if name not in ("credential", "url", *_OPTIONS):
            raise InputError(
                "unknown_member", f"{plain(name, 60)!r} is not a member of this request.", f"/{name}"
            )
        if name != "credential" and not isinstance(value, str):
            raise InputError("not_a_string", f"{name} must be a string.", f"/{name}")
    credential = envelope.get("credential", "")
    if not isinstance(credential, str | dict):
        raise InputError("not_a_credential", "credential must be an object or a string.", "/credential")
    if "credential" in envelope and "url" in envelope:
        raise _two_or_none(two=True)
    data = credential.encode() if isinstance(credential, str) else strict_json.dump(credential)
    return _submission(data, envelope.get("url", ""), envelope.get)


async def _from_form(request: AnyRequest) -> Submission:
    """The form of `/verify`: `file`, or `pasted` (a credential or a URL), and options."""
    fields, files = await read_form(request)
    data = await files["file"].read() if "file" in files else b""
    pasted = fields.get("pasted", "")
    if data:
        return _submission(data, "", fields.get)
    if safe_link(pasted):
        return _submission(b"", pasted, fields.get)
    return _submission(pasted.encode(), "", fields.get)


def _submission(data: bytes, url: str, option: Callable[[str], Any]) -> Submission:
    if bool(data.strip()) == bool(url):
        raise _two_or_none(two=bool(url))
    return Submission(data, url, _options(option))


def _options(option: Callable[[str], Any]) -> Options:
    expect = option("expect") or None
    if expect not in (None, "badge", "endorsement"):
        raise InputError("expect_unknown", "expect must be badge or endorsement.", "/expect")
    recipient = option("recipient") or None
    if recipient is not None and len(recipient) > MAX_RECIPIENT:
        raise InputError(
            "recipient_too_long", f"recipient has at most {MAX_RECIPIENT} characters.", "/recipient"
        )
    at = option("at")
    return Options(
        at=parse_date(at) if at else None,
        recipient=recipient,
        expect=expect,
        domain=_asked("domain", option),
        challenge=_asked("challenge", option),
    )


def _asked(name: str, option: Callable[[str], Any]) -> str | None:
    text = option(name) or None
    if text is not None and len(text) > MAX_ASKED:
        raise InputError("asked_too_long", f"{name} has at most {MAX_ASKED} characters.", f"/{name}")
    return str(text) if text is not None else None


def _two_or_none(*, two: bool) -> InputError:
    code = "two_to_verify" if two else "nothing_to_verify"
    return InputError(code, "Give one thing to verify: a file, a pasted credential, or the URL of one.")
