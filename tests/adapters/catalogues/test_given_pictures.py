"""Badge images made elsewhere: there as PNG and SVG, square, bounded, and the same however often cleaned."""

from __future__ import annotations

import base64
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from exchange.adapters.catalogues.given_pictures import make_picture
from exchange.core.bake import bake_png, bake_svg, extract
from exchange.core.catalogues.picture import Picture
from exchange.errors import InputError

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'


def raster(width: int = 300, height: int = 200, kind: str = "PNG", colour: str = "#c81e3c") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


def make(data: bytes, svg: bytes | None = None, alt: str = "A red square") -> Picture:
    return make_picture("Red", alt, data, svg)


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_stands_on_a_clear_square(kind: str) -> None:
    picture = opened(make(raster(kind=kind)).png)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", (300, 300))
    top, middle = picture.getpixel((150, 10)), picture.getpixel((150, 150))
    assert top == (0, 0, 0, 0)
    assert isinstance(middle, tuple)
    assert all(abs(a - b) < 6 for a, b in zip(middle, (200, 30, 60, 255), strict=True))


def test_a_large_picture_becomes_as_large_as_those_we_draw() -> None:
    assert opened(make(raster(1600, 800)).png).size == (512, 512)


def test_without_an_svg_its_svg_shows_the_png() -> None:
    picture = make(raster())
    found = re.search(rb'xlink:href="data:image/png;base64,([^"]+)"', picture.svg)
    assert found
    assert base64.b64decode(found[1]) == picture.png
    assert b"A red square" in picture.svg
    assert picture.svg_digest == ""


def test_with_an_svg_both_are_kept() -> None:
    picture = make(raster(), SVG.replace(b"<rect", b"<script>x</script><rect"))
    assert b"<rect" in picture.svg
    assert b"script" not in picture.svg
    assert b"image/png" not in picture.svg
    assert picture.svg_digest


def test_both_can_be_baked() -> None:
    for svg in (None, SVG):
        picture = make(raster(), svg)
        assert extract(bake_png(picture.png, '{"a":1}')).text == '{"a":1}'
        assert extract(bake_svg(picture.svg, '{"a":1}')).text == '{"a":1}'


@given(st.integers(90, 140), st.integers(1, 140), st.sampled_from(["PNG", "JPEG", "WEBP"]), st.booleans())
def test_cleaning_what_was_cleaned_gives_the_same(width: int, height: int, kind: str, drawn: bool) -> None:
    once = make(raster(width, height, kind), SVG if drawn else None)
    assert make(once.png, once.svg if drawn else None) == once


def test_the_digest_is_of_what_is_seen() -> None:
    picture = make(raster())
    assert make(raster(colour="#c81e3d")).png_digest != picture.png_digest
    assert make(raster(200, 300)).png_digest != picture.png_digest
    said_otherwise = make(raster(), alt="Red")
    assert said_otherwise.png_digest == picture.png_digest
    assert said_otherwise.svg != picture.svg


@pytest.mark.parametrize(
    ("data", "svg", "code", "at"),
    [
        (raster(89, 89), None, "image_too_small", "file"),
        (b"GIF89a", None, "image_malformed", "file"),
        (raster(3000, 3000), None, "image_too_large", "file"),
        (SVG, SVG, "image_malformed", "file"),
        (raster(), b"<svg/>", "image_malformed", "svg"),
        (raster(), SVG.replace(b"<rect", b"<use"), "svg_forbidden", "svg"),
    ],
)
def test_refuses_and_says_which_file(data: bytes, svg: bytes | None, code: str, at: str) -> None:
    with pytest.raises(InputError) as caught:
        make(data, svg)
    assert (caught.value.code, caught.value.at) == (code, at)
