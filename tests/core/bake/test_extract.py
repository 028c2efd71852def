"""Which kind of file it is, and the published baked pictures."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.bake import MAX_TEXT, bake_png, bake_svg, extract
from exchange.errors import InputError
from tests.core.bake.pictures import JSON, JWS, SVG, png


@pytest.mark.parametrize(
    ("data", "text", "carrier"),
    [
        (JSON.encode(), JSON, "json"),
        (b"\r\n\t " + JSON.encode() + b"\n", JSON, "json"),
        (b"{broken", "{broken", "json"),
        (JWS.encode(), JWS, "jwt"),
        (f" \n{JWS}\n".encode(), JWS, "jwt"),
        (b"eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.e30.", "jwt"),
        (bake_png(png(), JWS), JWS, "png"),
        (bake_svg(SVG, JWS), JWS, "svg"),
    ],
    ids=[
        "json",
        "json with whitespace",
        "broken json",
        "jws",
        "jws with whitespace",
        "unsigned",
        "png",
        "svg",
    ],
)
def test_finds_the_credential(data: bytes, text: str, carrier: str) -> None:
    got = extract(data)
    assert (got.text, got.carrier, got.standard, got.warnings) == (text, carrier, "ob3", ())


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "unknown_file", "empty"),
        (b" \n", "unknown_file", "empty"),
        (b"%PDF-1.7\n", "unknown_file", "PDF"),
        (b"\xff\xd8\xff\xe0" + bytes(9), "unknown_file", "JPEG"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "unknown_file", "WebP"),
        (b"PK\x03\x04", "unknown_file", "ZIP"),
        (b"\x1f\x8b\x08", "unknown_file", "gzip"),
        (b"[{}]", "unknown_file", "Accepted are"),
        (JWS.encode() + b"==", "jwt_malformed", "padded"),
        (b"hello", "unknown_file", "Accepted are"),
        (b"a.b", "unknown_file", "Accepted are"),
        (b"a..c", "unknown_file", "Accepted are"),
        (b"a.b.c~d", "unknown_file", "Accepted are"),
        (JWS.encode().replace(b".", b"\n.", 1), "unknown_file", "Accepted are"),
        (b"\xef\xbb\xbf{}", "json_malformed", "byte order mark"),
        (b'{"a":"\xff"}', "json_not_utf8", "UTF-8"),
        (b"{" + b" " * MAX_TEXT + b"}", "credential_too_large", str(MAX_TEXT)),
        (b"a.b." + b"c" * MAX_TEXT, "credential_too_large", str(MAX_TEXT)),
        (b"\x89PNG\n\x1a\n", "image_malformed", "begin"),
    ],
)
def test_refuses_and_says_what_is_accepted(data: bytes, code: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        extract(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "standard"),
    [
        ({"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["OpenBadgeCredential"]}, "ob3"),
        ({"@context": ["https://www.w3.org/2018/credentials/v1"]}, "ob3"),
        ({"@context": "https://w3id.org/openbadges/v2", "type": "Assertion"}, "ob2"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["ClrCredential"]}, "clr"),
        (
            {"@context": ["https://www.w3.org/ns/credentials/v2"], "name": "https://w3id.org/openbadges/v2"},
            "ob3",
        ),
        ({}, "ob3"),
    ],
)
def test_peeks_at_the_standard(value: dict[str, object], standard: str) -> None:
    from base64 import urlsafe_b64encode

    text = json.dumps(value)
    token = "e30." + urlsafe_b64encode(text.encode()).rstrip(b"=").decode() + ".e30"
    assert extract(text.encode()).standard == standard
    assert extract(text.replace("/", "\\/").encode()).standard == standard
    assert extract(token.encode()).standard == standard


@given(st.binary() | st.text().map(str.encode))
def test_anything_else_is_an_error_with_a_name(data: bytes) -> None:
    with contextlib.suppress(InputError):
        extract(data)


def test_the_published_pictures(shared_vectors: Path) -> None:
    """Each as its index says; `malformed` is broken JSON, which comes out as text and fails as JSON."""
    folder = shared_vectors / "baked-images"
    got = {}
    for entry in json.loads((folder / "index.json").read_text())["entries"]:
        if entry["format"] in ("png", "svg"):
            got[entry["file"]] = entry["expected"], _outcome((folder / entry["file"]).read_bytes())
    assert len(got) == 10
    assert {file: found for file, (expected, found) in got.items() if found != expected} == {}


def _outcome(data: bytes) -> str:
    try:
        extracted = extract(data)
    except InputError as error:
        return "no-badge" if error.code == "no_badge_in_image" else error.code
    assert extracted.standard == "ob2"
    if not extracted.text:
        return "url-or-signature-only" if extracted.url else "nothing"
    try:
        json.loads(extracted.text)
    except ValueError:
        return "malformed"
    return "extractable"


def test_the_published_json_files_are_json(shared_vectors: Path) -> None:
    for path in sorted((shared_vectors / "baked-images").glob("vc-ed__*.json")):
        got = extract(path.read_bytes())
        assert (got.carrier, got.standard) == ("json", "ob3"), path.name
        assert json.loads(got.text) == json.loads(path.read_bytes())
