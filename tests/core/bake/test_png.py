"""Badges in PNG files."""

from __future__ import annotations

import contextlib
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib import baking
from PIL import Image

from exchange.core.bake import MAX_FILE, MAX_TEXT, bake_png, extract
from exchange.errors import InputError
from tests.core.bake.pictures import HEAD, JSON, JWS, chunk, chunks_of, itxt, pixels, png, with_chunks

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300).map(lambda inner: "{" + inner + "}"),
    st.lists(st.text("abcXYZ019-_", min_size=1), min_size=3, max_size=3).map(".".join),
)


def codes(picture: bytes) -> list[str]:
    return [finding.code for finding in extract(picture).warnings]


@given(TEXTS)
def test_what_was_baked_comes_out(text: str) -> None:
    baked = bake_png(png(), text)
    assert extract(baked).text == text
    assert extract(baked).warnings == ()
    assert pixels(baked) == pixels(png())


@given(TEXTS, TEXTS)
def test_baking_again_replaces_and_leaves_everything_else_alone(first: str, second: str) -> None:
    once = bake_png(with_chunks(chunk(b"tEXt", b"Author\0Ada"), chunk(b"pHYs", bytes(9))), first)
    assert bake_png(once, second) == bake_png(
        with_chunks(chunk(b"tEXt", b"Author\0Ada"), chunk(b"pHYs", bytes(9))), second
    )


def test_the_chunk_is_what_open_badges_3_asks_for() -> None:
    kind, data = chunks_of(bake_png(png(), JSON))[1]
    assert (kind, data) == (b"iTXt", b"openbadgecredential\0\0\0\0\0" + JSON.encode())
    with Image.open(io.BytesIO(bake_png(png(), JSON))) as image:
        image.load()
        assert image.info["openbadgecredential"] == JSON


@pytest.mark.parametrize(
    "old",
    [
        itxt(b"{}"),
        itxt(b"{}", b"openbadges"),
        itxt(b"{}", b"clrcredential"),
        itxt(zlib.compress(b"{}"), flags=b"\1\0"),
        chunk(b"tEXt", b"openbadges\0https://example.org/1"),
        chunk(b"zTXt", b"openbadges\0\0" + zlib.compress(b"{}")),
        itxt(b"{}") + itxt(b"{}", b"openbadges"),
    ],
    ids=["ob3", "ob2", "clr", "compressed", "legacy url", "ztxt", "two"],
)
@pytest.mark.parametrize("place", ["after IHDR", "before IEND"])
def test_an_older_badge_of_any_kind_is_replaced(old: bytes, place: str) -> None:
    clean = png()
    at = HEAD if place == "after IHDR" else len(clean) - 12
    assert bake_png(clean[:at] + old + clean[at:], JSON) == bake_png(clean, JSON)


def test_openbadgeslib_reads_ours_and_we_read_theirs() -> None:
    keyword = b"openbadgecredential"
    assert baking.extract_png(bake_png(png(), JWS), keyword=keyword) == JWS
    assert extract(baking.bake_png(png(), JWS, keyword=keyword)).text == JWS


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_a_credential"),
        ("hello", "not_a_credential"),
        ("https://example.org/1.2.3", "not_a_credential"),
        ("[1]", "not_a_credential"),
        ("a.b", "not_a_credential"),
        ("a..c", "not_a_credential"),
        ('a.b".c', "not_a_credential"),
        ('{"a":"\ud800"}', "not_a_credential"),
        ("{" + "x" * MAX_TEXT + "}", "credential_too_large"),
    ],
)
def test_only_a_credential_can_be_baked(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        bake_png(png(), text)
    assert caught.value.code == code


def test_whitespace_around_the_credential_is_not_baked() -> None:
    assert bake_png(png(), f"\n {JWS} \r\n") == bake_png(png(), JWS)


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (b"", "image_malformed"),
        (b"\x89PNG\r\n\x1a\n", "image_malformed"),
        (png()[:-1], "image_malformed"),
        (png()[:40], "image_malformed"),
        (png()[:HEAD] + b"\xff\xff\xff\xffIDAT" + png()[HEAD:], "image_malformed"),
        (png().replace(b"\r\n", b"\n"), "image_malformed"),
        (b"GIF89a" + bytes(40), "image_malformed"),
        (with_chunks(chunk(b"prVt", bytes(MAX_FILE))), "image_too_large"),
    ],
    ids=["empty", "only signature", "end cut", "cut", "lying length", "text mode transfer", "gif", "large"],
)
def test_a_broken_picture_is_not_baked_into(picture: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        bake_png(picture, JSON)
    assert caught.value.code == code


def flipped(picture: bytes, at: int) -> bytes:
    return picture[:at] + bytes([picture[at] ^ 1]) + picture[at + 1 :]


BAKED = bake_png(png(), JSON)
TEXT_AT = BAKED.index(b'{"@context"')


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (png(), "no_badge_in_image"),
        (png()[:-1], "image_malformed"),
        (png()[:50], "image_malformed"),
        (png()[:HEAD] + b"\x7f\xff\xff\xffIDAT" + png()[HEAD:], "image_malformed"),
        (png().replace(b"\r\n", b"\n", 1), "image_malformed"),
        (flipped(BAKED, TEXT_AT + 20), "badge_chunk_damaged"),
        (BAKED[: TEXT_AT + 20], "image_malformed"),
        (with_chunks(itxt(JSON.encode()), itxt(JSON.encode())), "badge_chunk_duplicate"),
        (with_chunks(itxt(b"{}"), itxt(zlib.compress(b"{}"), flags=b"\1\0")), "badge_chunk_duplicate"),
        (with_chunks(itxt(b"")), "badge_chunk_damaged"),
        (with_chunks(itxt("{Käse}".encode("latin-1"))), "badge_chunk_damaged"),
        (with_chunks(itxt(b"not a badge")), "badge_chunk_damaged"),
        (with_chunks(itxt(b"https://example.org/1")), "badge_chunk_damaged"),
        (with_chunks(itxt(b"{}", flags=b"\0\1")), "badge_chunk_damaged"),
        (with_chunks(itxt(b"{}", flags=b"\2\0")), "badge_chunk_damaged"),
        (with_chunks(chunk(b"iTXt", b"openbadgecredential")), "badge_chunk_damaged"),
        (with_chunks(chunk(b"iTXt", b"openbadgecredential\0\0\0{}")), "badge_chunk_damaged"),
        (with_chunks(itxt(b"no zlib", flags=b"\1\0")), "badge_chunk_damaged"),
        (with_chunks(itxt(zlib.compress(JSON.encode())[:-6], flags=b"\1\0")), "badge_chunk_damaged"),
        (with_chunks(itxt(zlib.compress(bytes(99 * MAX_TEXT)), flags=b"\1\0")), "credential_too_large"),
        (with_chunks(itxt(b"{" + b" " * MAX_TEXT + b"}")), "credential_too_large"),
        (with_chunks(chunk(b"tEXt", b"openbadgecredential\0{}")), "badge_chunk_unsupported"),
        (with_chunks(chunk(b"tEXt", b"openbadges\0javascript:alert(1)")), "badge_chunk_unsupported"),
        (with_chunks(chunk(b"zTXt", b"openbadges\0\0" + zlib.compress(b"{}"))), "badge_chunk_unsupported"),
        (with_chunks(itxt(b"{}", b"OpenBadgeCredential")), "no_badge_in_image"),
        (with_chunks(itxt(b"{}", b"openbadgecredential2")), "no_badge_in_image"),
        (with_chunks(*[chunk(b"tEXt", b"")] * 20_001, itxt(b"{}")), "image_malformed"),
        (BAKED + bytes(MAX_FILE), "image_too_large"),
    ],
    ids=[
        "no badge", "end cut", "cut", "lying length", "text mode transfer", "wrong crc", "cut in the badge",
        "two badges", "two, one compressed", "empty", "latin-1", "no credential", "bare url",
        "unknown method", "unknown flag", "no flags", "no language", "no zlib data", "zlib cut", "zlib bomb",
        "large text", "json in tEXt", "script url", "zTXt", "keyword case", "keyword prefix",
        "20,001 chunks", "large file",
    ],
)  # fmt: skip
def test_refuses(picture: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        extract(picture)
    assert caught.value.code == code


def test_no_badge_says_why_that_happens() -> None:
    with pytest.raises(InputError, match="iOS 16"):
        extract(png())


@pytest.mark.parametrize(
    ("picture", "warning"),
    [
        (flipped(BAKED, BAKED.index(b"IDAT") + 8), "image_damaged"),
        (BAKED[:-12], "image_damaged"),
        (BAKED[: BAKED.index(b"IDAT") + 8], "image_damaged"),
        (with_chunks(itxt(zlib.compress(JSON.encode()), flags=b"\1\0")), "badge_chunk_compressed"),
        (with_chunks(itxt(b"{}", b"openbadges"), itxt(JSON.encode())), "older_badge_ignored"),
        (with_chunks(itxt(JSON.encode()), itxt(b"{}", b"clrcredential")), "older_badge_ignored"),
    ],
    ids=["pixels damaged", "no end mark", "cut after the badge", "compressed", "and 2.0", "and clr"],
)
def test_strange_but_readable_comes_with_a_warning(picture: bytes, warning: str) -> None:
    assert extract(picture).text == JSON
    assert codes(picture) == [warning]


@pytest.mark.parametrize(
    ("added", "text", "url", "standard"),
    [
        (itxt(JSON.encode()), JSON, "", "ob3"),
        (itxt(JWS.encode()), JWS, "", "ob3"),
        (itxt(b'{"id":"x"}', b"openbadges"), '{"id":"x"}', "", "ob2"),
        (itxt(JWS.encode(), b"openbadges"), JWS, "", "ob2"),
        (itxt(JSON.encode(), b"openbadges"), JSON, "", "ob3"),
        (itxt(b"https://example.org/1", b"openbadges"), "", "https://example.org/1", "ob2"),
        (chunk(b"tEXt", b"openbadges\0https://example.org/1\n"), "", "https://example.org/1", "ob2"),
        (itxt(b'{"id":"x"}', b"clrcredential"), '{"id":"x"}', "", "clr"),
        (chunk(b"iTXt", b"openbadgecredential\0\0\0en\0Abzeichen\0" + JSON.encode()), JSON, "", "ob3"),
        (itxt(b"\n" + JSON.encode() + b"\r\n "), JSON, "", "ob3"),
        (itxt(b"{verify: broken}"), "{verify: broken}", "", "ob3"),
    ],
    ids=["json", "jws", "2.0 json", "2.0 jws", "3.0 under the 2.0 keyword", "2.0 url", "legacy url", "clr",
         "language and translated keyword", "whitespace", "broken json is left to the json layer"],
)  # fmt: skip
def test_reads(added: bytes, text: str, url: str, standard: str) -> None:
    got = extract(with_chunks(added))
    assert (got.text, got.url, got.standard, got.carrier) == (text, url, standard, "png")


@given(st.binary(max_size=200), st.integers(0, 400))
def test_noise_in_a_picture_is_an_error_with_a_name_or_does_not_matter(noise: bytes, at: int) -> None:
    damaged = BAKED[:at] + noise + BAKED[at + len(noise) :]
    with contextlib.suppress(InputError):
        assert extract(damaged).text == JSON
