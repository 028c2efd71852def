"""A stranger's picture made safe to keep: its pixels, decoded within bounds, and nothing else of the file."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from exchange.errors import InputError

MAX_UPLOAD = 10_000_000
_MAX_PIXELS = 2048 * 2048  # decoded and converted that is some 50 MB
_MAX_PHOTO = 25_000_000  # of a JPEG, which is decoded at a half, a quarter or an eighth of it
_MAX_SCANS = 100  # of a progressive JPEG: each is decoded over the whole picture, and may have a few bytes
_TOO_MANY = "The picture has too many pixels; make it 2048 × 2048 or smaller."


def clean_picture(data: bytes, *, side: int, photo: bool = False) -> Image.Image:
    """A PNG, JPEG or WebP as pixels (RGBA), upright, at most `side` wide and high. A `photo` may come from a
    camera as it is: a JPEG of 25 million pixels.

    InputError: image_too_large (bytes or pixels), image_animated, image_malformed.
    """
    if len(data) > MAX_UPLOAD:
        said = f"The picture has {len(data)} bytes; at most {MAX_UPLOAD} are taken."
        raise InputError("image_too_large", said)
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if photo and picture.format == "JPEG":
                _shrink(picture, data, side)
            return _pixels(picture, side)
    except InputError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise InputError("image_too_large", _TOO_MANY) from None
    except Exception as error:  # damaged files make Pillow's decoders raise nearly anything
        said = "The picture cannot be read; save it again as PNG, JPEG or WebP."
        raise InputError("image_malformed", said) from error


def _shrink(picture: Image.Image, data: bytes, side: int) -> None:
    """Have a JPEG decoded at a part of its size, none of it below half a `side`; before anything is."""
    if picture.width * picture.height > _MAX_PHOTO or data.count(b"\xff\xda") > _MAX_SCANS:
        raise InputError("image_too_large", _TOO_MANY)
    picture.draft("RGB", (side // 2, side // 2))


def _pixels(picture: Image.Image, side: int) -> Image.Image:
    """The pixels alone, upright, at most `side` wide and high; the header is judged before any is decoded."""
    if picture.width * picture.height > _MAX_PIXELS:
        raise InputError("image_too_large", _TOO_MANY)
    if getattr(picture, "n_frames", 1) > 1:
        raise InputError("image_animated", "The picture moves; choose one that stands still.")
    if picture.mode.startswith("I"):  # 16-bit grey
        picture = picture.point(lambda level: level / 256).convert("L")
    elif picture.mode not in ("L", "LA", "RGB", "RGBA"):
        picture = picture.convert("RGBA")
    picture.thumbnail((side, side))
    picture = ImageOps.exif_transpose(picture).convert("RGBA")
    return Image.frombytes("RGBA", picture.size, picture.tobytes())
