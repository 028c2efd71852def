"""What a picture carries: the credential text itself, its limits, and how to tell its forms apart."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Literal

from exchange.core.verdict.finding import Finding
from exchange.errors import InputError

MAX_FILE = 10_000_000
MAX_TEXT = 1_048_576

Carrier = Literal["json", "jwt", "png", "svg"]
Standard = Literal["ob3", "ob2", "clr"]

WHITESPACE = " \t\r\n"
PREFERENCE: tuple[Standard, ...] = ("ob3", "clr", "ob2")
ACCEPTED = "Accepted are a credential as .json or .jwt, and a PNG or SVG picture that carries one."
NO_BADGE = (
    "This picture carries no badge. Phones (iOS 16 and later), chat programs and image editors take the "
    "badge out without a word: ask for the file as it was first downloaded, or for the .json or .jwt file."
)
TWO_BADGES = "This picture carries two badges of the same kind; nobody could say which one is meant."
OLDER_IGNORED = Finding(
    "older_badge_ignored",
    "warning",
    "The picture also carries a badge of an older standard, which was not read.",
)
_JWS_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
_URL = re.compile(r"https?://[^\s\x00-\x20<>\"]{1,2000}\Z")


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a file held, unverified.

    `text` is the credential as it stands there: JSON (it begins with `{`) or a compact JWS, `""` when the
    file only names a hosted assertion at `url`. It has not been parsed: damaged JSON is found by the JSON
    layer. `carrier` is the kind of file; `standard` a peek, good for choosing a reader and for nothing else.
    `warnings` tell what was strange about the file.
    """

    text: str
    carrier: Carrier
    standard: Standard
    url: str = ""
    warnings: tuple[Finding, ...] = ()


def encode(text: str) -> bytes:
    """A credential as UTF-8, ready to be put into a picture, ASCII whitespace around it taken off.

    It is looked at, not parsed. Raises InputError("not_a_credential") when it is neither a JSON object nor a
    compact JWS, InputError("credential_too_large") beyond `MAX_TEXT` bytes.
    """
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise InputError(
            "not_a_credential", "The credential holds a lone surrogate; that is no text."
        ) from None
    if len(raw) > MAX_TEXT:
        raise InputError(
            "credential_too_large", f"The credential has {len(raw)} bytes; at most {MAX_TEXT} fit."
        )
    if (raw[:1] == b"{" and raw[-1:] == b"}") or is_jws(raw):
        return raw
    if len(text) > len(text.strip(WHITESPACE)):
        return encode(text.strip(WHITESPACE))
    raise InputError("not_a_credential", "Only a JSON object or a compact JWS can be baked; this is neither.")


def check_size(data: bytes) -> None:
    """InputError("image_too_large") beyond `MAX_FILE` bytes."""
    if len(data) > MAX_FILE:
        raise InputError(
            "image_too_large", f"The picture has {len(data)} bytes; at most {MAX_FILE} are read."
        )


def warning(code: str, message: str) -> Finding:
    return Finding(code, "warning", message)


def is_jws(raw: bytes) -> bool:
    """Whether these bytes have the form of a compact JWS (RFC 7515, section 3.1): three base64url parts."""
    return (
        raw.count(b".") == 2
        and raw[:1] != b"."
        and b".." not in raw
        and not raw.translate(None, _JWS_ALPHABET)
    )


def is_url(text: str) -> bool:
    return _URL.match(text) is not None


def decode(raw: bytes, where: str, code: str) -> str:
    """Bytes from a picture as text, without ASCII whitespace around it; InputError(`code`) if not UTF-8."""
    try:
        return raw.decode().strip(WHITESPACE)
    except UnicodeDecodeError as error:
        said = f"The text in {where} is not UTF-8 (byte {error.start}); the program that baked it damaged it."
        raise InputError(code, said) from None


def peek_standard(text: str, otherwise: Standard) -> Standard:
    """Which reader a credential wants, told by the context URLs in it; `otherwise` when they say nothing.

    Bakers write Open Badges 3.0 under 2.0 keywords and the other way round, so the picture cannot be asked.
    Untrusted: a wrong guess ends in a reader that refuses.
    """
    if text[:1] != "{":
        payload = text.partition(".")[2].partition(".")[0]
        try:
            text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode("utf-8", "replace")
        except ValueError:
            return otherwise
    text = text.replace("\\/", "/")
    if "://www.w3.org/ns/credentials/v2" in text or "://www.w3.org/2018/credentials/v1" in text:
        return "clr" if '"ClrCredential"' in text else "ob3"
    return "ob2" if "://w3id.org/openbadges/v" in text else otherwise
