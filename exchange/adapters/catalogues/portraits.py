"""Pictures that people give of themselves: made safe to keep, square, small, and all of one kind.

What somebody uploads is never kept and never served. Its pixels are decoded within bounds, one picture at a
time, so that many at once cannot fill the memory, and written anew as a JPEG: no place where a camera wrote
itself, no comment, no thumbnail of what was cut away, nothing after the end.
"""

from __future__ import annotations

import io
from threading import Lock

from PIL import Image, ImageOps

from exchange.adapters.catalogues.clean_pictures import clean_picture
from exchange.errors import InputError

SIDE = 320
"""Pixels: five times the largest place where a page shows one, for screens that have more of them."""
SMALLEST = 48
_QUALITY = 85
_ONE_AT_A_TIME = Lock()


def portrait(data: bytes) -> bytes:
    """A stranger's PNG, JPEG or WebP as a JPEG: the square in its middle, at most `SIDE` wide.

    What was clear is white. InputError (`at` is `picture`): image_too_small, and those of `clean_picture`.
    """
    try:
        with _ONE_AT_A_TIME:
            return _portrait(data)
    except InputError as error:
        raise InputError(error.code, error.message, "picture") from error


def _portrait(data: bytes) -> bytes:
    pixels = clean_picture(data, side=4 * SIDE, photo=True)
    side = min(*pixels.size, SIDE)
    if side < SMALLEST:
        said = f"The picture is {pixels.width} × {pixels.height} pixels; make both sides at least {SMALLEST}."
        raise InputError("image_too_small", said)
    square = ImageOps.fit(pixels, (side, side), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", square.size, "white")
    ground.paste(square, mask=square.getchannel("A"))
    out = io.BytesIO()
    ground.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
