"""Credentials inside pictures: put one in (`bake_png`, `bake_svg`), get one out of any file (`extract`)."""

from __future__ import annotations

from exchange.core.bake.carried import (
    ACCEPTED,
    MAX_FILE,
    MAX_TEXT,
    Carrier,
    Extracted,
    Standard,
    decode,
    is_jws,
    peek_standard,
)
from exchange.core.bake.png import bake_png, extract_png
from exchange.core.bake.svg import bake_svg, extract_svg
from exchange.errors import InputError

__all__ = ["MAX_FILE", "MAX_TEXT", "Carrier", "Extracted", "Standard", "bake_png", "bake_svg", "extract"]

_BOM = b"\xef\xbb\xbf"
_TAG_OPENS = (b"<", b"\x00<", b"\xff\xfe<", b"\xfe\xff\x00<")  # UTF-16 too: it is refused in words
_OTHER_KINDS = {
    b"%PDF": "a PDF",
    b"\xff\xd8\xff": "a JPEG picture, which cannot carry a badge",
    b"GIF8": "a GIF picture, which cannot carry a badge",
    b"RIFF": "a WebP picture, which cannot carry a badge",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip file",
}


def extract(data: bytes) -> Extracted:
    """The credential in a file, whatever the file is: JSON, a compact JWS, a baked PNG or a baked SVG.

    Nothing is verified or parsed here, only found. Whitespace around JSON or a JWS is taken off.
    Raises InputError: unknown_file, json_not_utf8, jwt_malformed, credential_too_large, and what
    `extract_png` and `extract_svg` raise.
    """
    if data.startswith(b"\x89PNG"):
        return extract_png(data)
    head = data[:4096].removeprefix(_BOM).lstrip()
    if head.startswith(_TAG_OPENS):
        return extract_svg(data)
    if head.startswith(b"{"):
        _check_size(data)
        if data.startswith(_BOM):
            raise InputError(
                "json_malformed", "The JSON begins with a byte order mark, which JSON must not have."
            )
        text = decode(data, "the file", "json_not_utf8")
        return Extracted(text, "json", peek_standard(text, "ob3"))
    token = data.strip()
    if is_jws(token):
        _check_size(token)
        text = token.decode("ascii")
        return Extracted(text, "jwt", peek_standard(text, "ob3"))
    if is_jws(token.replace(b"=", b"")):
        raise InputError(
            "jwt_malformed",
            "This is a signed token (JWT), but padded with =, which base64url in one must not be.",
        )
    if head[:8].lower() in (b"+adw-svg", b"+adw-?xm"):
        raise InputError(
            "svg_forbidden", "The SVG is written in UTF-7, which hides its tags; save it as UTF-8."
        )
    kind = next((said for magic, said in _OTHER_KINDS.items() if data.startswith(magic)), "")
    said = (
        f"This is {kind}."
        if kind
        else "The file is empty."
        if not data.strip()
        else "This kind of file is not known."
    )
    raise InputError("unknown_file", f"{said} {ACCEPTED}")


def _check_size(data: bytes) -> None:
    if len(data) > MAX_TEXT:
        raise InputError(
            "credential_too_large", f"The file has {len(data)} bytes; at most {MAX_TEXT} are read."
        )
