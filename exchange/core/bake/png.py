"""A badge in a PNG: one `iTXt` chunk (Open Badges 3.0, section 5.3.1; PNG, third edition, section 11.3.3.4).

The chunk goes directly after `IHDR`: that is always byte 33, a reader finds it before any pixel, and the
order rules of the other chunks (before `PLTE`, before `IDAT`) never mention it.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError
from zlib import crc32, decompressobj
from zlib import error as ZlibError

from exchange.core.bake.carried import (
    MAX_TEXT,
    NO_BADGE,
    OLDER_IGNORED,
    PREFERENCE,
    TWO_BADGES,
    WHITESPACE,
    Extracted,
    Standard,
    check_size,
    decode,
    encode,
    is_jws,
    is_url,
    peek_standard,
    warning,
)
from exchange.core.verdict.finding import Finding
from exchange.errors import InputError

_BEGINNING = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"
_AFTER_IHDR = 33
_MAX_CHUNKS = 20_000
_header = Struct(">I4s").unpack_from
_uint32 = Struct(">I").pack
_PREFIX = b"iTXtopenbadgecredential\x00\x00\x00\x00\x00"  # flag 0, method 0, no language, no translation
_PREFIX_CRC = crc32(_PREFIX)
_LEAST = len(_PREFIX) - len(b"iTXt")
_KEYWORDS: dict[bytes, Standard] = {
    b"openbadgecredential": "ob3",
    b"clrcredential": "clr",
    b"openbadges": "ob2",
}
_TEXT_KINDS = frozenset((b"iTXt", b"tEXt", b"zTXt"))

_Chunk = tuple[bytes, int, int]
"""A chunk's type and where its data lies; the whole chunk is `start - 8 : end + 4`."""


def bake_png(png: bytes, text: str) -> bytes:
    """The same picture carrying the credential `text` (JSON or compact JWS).

    A badge already in it is replaced, every other chunk stays byte for byte. For pictures that are trusted:
    checksums are not looked at. Open Badges 3.0, section 5.3.1.1.
    Raises InputError: image_malformed, image_too_large, not_a_credential, credential_too_large.
    """
    raw = encode(text)
    crc = crc32(raw, _PREFIX_CRC)
    parts: list[bytes | memoryview] = [
        png[:_AFTER_IHDR],
        _uint32(_LEAST + len(raw)),
        _PREFIX,
        raw,
        _uint32(crc),
    ]
    kept = at = _AFTER_IHDR
    kind = b""
    try:  # not `_walk`: half of what baking a small picture costs is this loop, so it carries no words
        while kind != b"IEND":
            length, kind = _header(png, at)
            start, at = at, at + 12 + length
            if kind in _TEXT_KINDS and _keyword(png, start + 8, at - 4) in _KEYWORDS:
                parts.append(memoryview(png)[kept:start])
                kept = at
    except StructError:
        at = len(png) + 1
    if at > len(png) or not png.startswith(_BEGINNING):
        raise InputError("image_malformed", _walk(png)[1])
    parts.append(memoryview(png)[kept:])
    baked = b"".join(parts)
    check_size(baked)
    return baked


def extract_png(png: bytes) -> Extracted:
    """The credential in a PNG, its CRC checked; a damaged rest of the picture is a warning.

    Of several standards in one picture the newest is read, with a warning; the same one twice is refused, for
    nobody could say which was meant. Open Badges 3.0, section 5.3.1.2; 2.0, baking, section 1.
    Raises InputError: image_malformed, image_too_large, no_badge_in_image, badge_chunk_damaged,
    badge_chunk_duplicate, badge_chunk_unsupported, credential_too_large.
    """
    warnings: list[Finding] = []
    found = _badges(png, warnings)
    newest = next((standard for standard in PREFERENCE if standard in found), None)
    if newest is None:
        raise InputError("no_badge_in_image", NO_BADGE)
    if len(found) > 1:
        warnings.append(OLDER_IGNORED)
    return _read(png, found[newest], newest, warnings)


def _badges(png: bytes, warnings: list[Finding]) -> dict[Standard, _Chunk]:
    """The badge chunks, all intact; damage around them is a warning, or raised if there is no badge."""
    chunks, problem = _walk(png)
    found: dict[Standard, _Chunk] = {}
    damaged = 0
    view = memoryview(png)
    for chunk in chunks:
        kind, start, end = chunk
        intact = crc32(view[start - 4 : end]) == int.from_bytes(view[end : end + 4], "big")
        standard = _KEYWORDS.get(_keyword(png, start, end)) if kind in _TEXT_KINDS else None
        if standard is None:
            damaged += not intact
        elif not intact:
            said = "The badge in this picture is damaged: its checksum (CRC) is wrong. Ask for the original."
            raise InputError("badge_chunk_damaged", said)
        elif standard in found:
            raise InputError("badge_chunk_duplicate", TWO_BADGES)
        else:
            found[standard] = chunk
    if problem and not found:
        raise InputError("image_malformed", problem)
    if damaged and not problem:
        problem = f"{damaged} other part(s) of it have a wrong checksum."
    if problem:
        warnings.append(warning("image_damaged", f"The badge is intact, the picture is not. {problem}"))
    return found


def _walk(png: bytes) -> tuple[list[_Chunk], str]:
    """The chunks of a PNG, `IHDR` first, and in words what broke them off before `IEND` (`""`: nothing)."""
    check_size(png)
    size, at = len(png), 8
    chunks: list[_Chunk] = []
    if png[:16] != _BEGINNING:
        return chunks, "This is not a whole PNG file: it does not begin as one."
    while at + 12 <= size and len(chunks) < _MAX_CHUNKS:
        length, kind = _header(png, at)
        start, at = at + 8, at + 12 + length
        if at > size:
            return chunks, f"The PNG is cut off, or lies: at byte {start} it promises {length} bytes."
        chunks.append((kind, start, at - 4))
        if kind == b"IEND":
            return chunks, ""
    return chunks, f"The PNG has no end mark (IEND), or more than {_MAX_CHUNKS} chunks."


def _keyword(png: bytes, start: int, end: int) -> bytes:
    """The keyword of a text chunk: at most 79 bytes up to the first NUL."""
    return png[start : min(end, start + 80)].partition(b"\x00")[0]


def _read(png: bytes, chunk: _Chunk, standard: Standard, warnings: list[Finding]) -> Extracted:
    kind, start, end = chunk
    keyword, _, rest = png[start:end].partition(b"\x00")
    name = f"{kind.decode()} “{keyword.decode()}”"
    if kind == b"tEXt" and standard == "ob2":
        url = rest.decode("latin-1").strip(WHITESPACE)
        if is_url(url):
            return Extracted("", "png", "ob2", url, tuple(warnings))
    if kind != b"iTXt":
        said = f"The badge stands in {name}; Open Badges allows iTXt, and tEXt “openbadges” with a URL."
        raise InputError("badge_chunk_unsupported", said)
    raw = _itxt_text(rest, name, warnings)
    text = decode(raw, f"the chunk {name}", "badge_chunk_damaged")
    if standard == "ob2" and is_url(text):
        return Extracted("", "png", "ob2", text, tuple(warnings))
    if text[:1] != "{" and not is_jws(text.encode()):
        said = f"The chunk {name} holds neither JSON nor a compact JWS; the program that baked it damaged it."
        raise InputError("badge_chunk_damaged", said)
    return Extracted(text, "png", peek_standard(text, standard), "", tuple(warnings))


def _itxt_text(rest: bytes, name: str, warnings: list[Finding]) -> bytes:
    """The text of an `iTXt` chunk after its keyword; inflated if compressed, never beyond MAX_TEXT."""
    flags, tail = rest[:2], rest[2:].split(b"\x00", 2)
    if len(flags) < 2 or len(tail) < 3 or flags not in (b"\x00\x00", b"\x01\x00"):
        raise InputError("badge_chunk_damaged", f"The chunk {name} is not laid out as PNG says.")
    raw = tail[2]
    if flags[0]:
        warnings.append(warning("badge_chunk_compressed", f"The chunk {name} is compressed; it must not be."))
        raw = _inflate(raw, name)
    if len(raw) > MAX_TEXT:
        raise InputError("credential_too_large", f"The badge in {name} is larger than {MAX_TEXT} bytes.")
    return raw


def _inflate(raw: bytes, name: str) -> bytes:
    inflater = decompressobj()
    try:
        text = inflater.decompress(raw, MAX_TEXT + 1)
    except ZlibError:
        raise InputError("badge_chunk_damaged", f"The compressed text in {name} cannot be read.") from None
    if len(text) <= MAX_TEXT and not inflater.eof:
        raise InputError("badge_chunk_damaged", f"The compressed text in {name} is cut off.")
    return text
