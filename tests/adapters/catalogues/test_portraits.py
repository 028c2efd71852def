"""Pictures of people: square, small, and nothing of the file but what can be seen in its middle."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from exchange.adapters.catalogues import portraits
from exchange.adapters.catalogues.portraits import SIDE, portrait
from exchange.errors import InputError


def photo(width: int = 400, height: int = 300, kind: str = "JPEG", mode: str = "RGB", **more: Any) -> bytes:
    """Red on the left, blue in the middle, green on the right."""
    picture = Image.new(mode, (width, height), "blue")
    edge = (width - min(width, height)) // 2
    picture.paste("red", (0, 0, edge, height))
    picture.paste("green", (width - edge, 0, width, height))
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(portrait(data)))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(400, 300), (300, 400), (2000, 700), (100, 60), (320, 320)])
def test_the_middle_stays_as_a_square(kind: str, size: tuple[int, int]) -> None:
    picture = opened(photo(*size, kind))
    side = picture.width
    assert picture.size == (side, side)
    assert min(*size, SIDE) * 0.9 <= side <= SIDE
    for place in ((side // 2, side // 2), (8, side // 2), (side - 8, side // 2)):
        red, green, blue = picture.getpixel(place)  # type: ignore[misc]
        assert blue > 180 > 60 > max(red, green)


def test_a_photo_comes_from_a_camera_as_it_is() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = opened(photo(5000, 4000, exif=exif, progressive=True))
    assert picture.size == (SIDE, SIDE)


def test_nothing_is_left_but_what_can_be_seen() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    for data in (
        photo(exif=exif, comment="secret comment", icc_profile=b"secret colours"),
        photo(kind="WEBP", exif=exif, xmp=b"<secret/>") + b"secret end",
        photo() + b"<script>secret()</script>",
    ):
        made = portrait(data)
        assert b"secret" not in made
        assert not Image.open(io.BytesIO(made)).getexif()
        assert len(made) < 60_000


def test_what_was_clear_is_white() -> None:
    picture = opened(photo(kind="PNG", mode="RGBA"))
    assert picture.getpixel((SIDE // 2, 9))[2] > 200  # type: ignore[index]
    out = io.BytesIO()
    Image.new("RGBA", (90, 90)).save(out, "PNG")
    assert opened(out.getvalue()).getpixel((45, 45)) == (255, 255, 255)


SCANS = photo()[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 200 + b"\xff\xd9"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "image_malformed"),
        (b"GIF89a", "image_malformed"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image_malformed"),
        (photo()[:400], "image_malformed"),
        (photo(47, 400), "image_too_small"),
        (photo(2100, 2100, "PNG"), "image_too_large"),
        (photo(5010, 5010), "image_too_large"),
        (SCANS, "image_too_large"),
        (photo() + bytes(10_000_000), "image_too_large"),
        (photo(kind="PNG", save_all=True, append_images=[Image.new("RGB", (400, 300))]), "image_animated"),
    ],
    ids=[
        "none",
        "gif",
        "svg",
        "cut off",
        "small",
        "large png",
        "large photo",
        "many scans",
        "bytes",
        "moving",
    ],
)
def test_refuses_beside_its_field(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as error:
        portrait(data)
    assert (error.value.code, error.value.at) == (code, "picture")
    assert not portraits._ONE_AT_A_TIME.locked()


@given(
    st.sampled_from([photo(kind=kind) for kind in ("PNG", "JPEG", "WEBP")]), st.integers(0, 9999), st.binary()
)
def test_a_damaged_picture_is_an_error_with_a_name_or_redrawn(sample: bytes, at: int, noise: bytes) -> None:
    at %= len(sample)
    with suppress(InputError):
        assert portrait(sample[:at] + noise + sample[at + len(noise) :])[:3] == b"\xff\xd8\xff"
