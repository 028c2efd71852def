"""Small pictures to bake into and to damage."""

from __future__ import annotations

import io
import struct
from zlib import crc32

from PIL import Image

JSON = '{"@context":["https://www.w3.org/ns/credentials/v2"],"name":"Käsekuchen ≤ 3 \\" ]]> 🧁"}'
JWS = "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJ1cm46dXVpZDoxIn0.c2lnbmF0dXJl_-"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
HEAD = 33


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (9, 7), (200, 30, 60, 128)).save(out, "PNG")
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))


def itxt(text: bytes, keyword: bytes = b"openbadgecredential", flags: bytes = b"\0\0") -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + flags + b"\0\0" + text)


def with_chunks(*chunks: bytes) -> bytes:
    """A picture with these chunks after IHDR."""
    picture = png()
    return picture[:HEAD] + b"".join(chunks) + picture[HEAD:]


def chunks_of(picture: bytes) -> list[tuple[bytes, bytes]]:
    """Type and data of every chunk, read by the plain rule of the PNG standard."""
    at, found = 8, []
    while at < len(picture):
        length = int.from_bytes(picture[at : at + 4], "big")
        found.append((picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def pixels(picture: bytes) -> bytes:
    with Image.open(io.BytesIO(picture)) as image:
        return image.convert("RGBA").tobytes()
