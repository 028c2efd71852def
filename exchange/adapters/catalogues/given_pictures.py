"""Badge images that somebody made elsewhere: made safe to keep, and there as PNG and as SVG."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

from exchange.adapters.catalogues.badge_scene import SIZE
from exchange.adapters.catalogues.clean_pictures import clean_picture
from exchange.adapters.catalogues.images import encode
from exchange.adapters.catalogues.svg import clean_svg, titled
from exchange.core.catalogues.picture import Picture
from exchange.errors import InputError

_SMALLEST = 90


def make_picture(title: str, alt: str, raster: bytes, svg: bytes | None) -> Picture:
    """The picture in a PNG, JPEG or WebP, at most as large as those we draw and on a clear square.

    Without an SVG of its own, its SVG is one that shows the PNG. InputError (`at` is `file` or `svg`):
    image_too_small, and those of `clean_picture` and `clean_svg`.
    """
    with _blamed_on("file"):
        pixels = _squared(clean_picture(raster, side=SIZE))
    with _blamed_on("svg"):
        cleaned = clean_svg(svg) if svg is not None else None
    png = encode(pixels)
    return Picture(
        png=png,
        svg=titled(cleaned or _framed(png, pixels.width), title, alt),
        alt=alt,
        png_digest=hashlib.sha256(b"%d:%b" % (pixels.width, pixels.tobytes())).hexdigest(),
        svg_digest=hashlib.sha256(cleaned).hexdigest() if cleaned else "",
    )


@contextmanager
def _blamed_on(name: str) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise InputError(error.code, error.message, name) from error


def _squared(pixels: Image.Image) -> Image.Image:
    """The picture in the middle of a clear square: pages and wallets show badges as squares."""
    side = max(pixels.size)
    if side < _SMALLEST:
        said = f"The picture is {pixels.width} × {pixels.height} pixels; make one side at least {_SMALLEST}."
        raise InputError("image_too_small", said)
    square = Image.new("RGBA", (side, side))
    square.paste(pixels, ((side - pixels.width) // 2, (side - pixels.height) // 2))
    return square


def _framed(png: bytes, side: int) -> bytes:
    """An SVG that shows a PNG; `xlink:href`, because older programs know no other."""
    url = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {side} {side}"><image width="{side}" height="{side}" xlink:href="{url}"/></svg>\n'
    ).encode()
