"""A badge image that somebody made elsewhere, as a catalogue names it in its `[image]` table.

The files lie in the `images/` folder of the catalogue. A PNG, JPEG or WebP is always needed, because some
readers show nothing else; an SVG may stand beside it. `adapters/catalogues/given_pictures.py` makes
them safe to keep.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from exchange.core.catalogues.design import Design, verify_text
from exchange.errors import InputError

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(png|jpg|jpeg|webp)\Z")
_SVG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.svg\Z")
_KNOWN = ("file", "svg", "alt")


@dataclass(frozen=True, slots=True)
class Given:
    """Which files a picture is in; `svg` is `""` where there is none. `alt` says in words what is seen.

    Raises InputError: picture_file, picture_alone (an SVG without the other), design_text.
    """

    file: str
    alt: str
    svg: str = ""

    def __post_init__(self) -> None:
        if not self.file:
            said = (
                "Beside an SVG the same picture is needed as a PNG, JPEG or WebP, named by `file`: some "
                "readers show no SVG."
            )
            raise InputError("picture_alone", said, "svg")
        for name, form, kinds in (("file", _FILE, ".png, .jpg or .webp"), ("svg", _SVG, ".svg")):
            value = getattr(self, name)
            if not (isinstance(value, str) and (form.match(value) or (name == "svg" and not value))):
                said = f"`{value!r:.80}` is not the name of a {kinds} file in images/."
                raise InputError("picture_file", said, name)
        verify_text("alt", self.alt)


@dataclass(frozen=True, slots=True)
class Picture:
    """A given picture, made safe: the PNG, and the SVG that shows the same.

    `png_digest` is the SHA-256 (hex) of what is seen in the PNG, `svg_digest` that of the given SVG, `""` if
    none was given. They stay the same when the same picture is cleaned again or its file is renamed.
    """

    png: bytes
    svg: bytes
    alt: str
    png_digest: str
    svg_digest: str = ""

    def to_source(self) -> dict[str, str]:
        """What a badge's source says of it, in place of the names of files."""
        digests = {"png_digest": self.png_digest, "svg_digest": self.svg_digest}
        return {"alt": self.alt, **{name: value for name, value in digests.items() if value}}


Look = Design | Picture
"""What a badge looks like: drawn by us, or given."""


def read_image_table(table: Mapping[str, object]) -> Design | Given:
    """What an `[image]` table describes. InputError for what is wrong with it, `at` being one of its keys."""
    if "file" not in table and "svg" not in table:
        return Design.from_toml(table)
    for name in table:
        if name not in _KNOWN:
            said = (
                f"`{name}` is not known beside a picture of your own: use {', '.join(_KNOWN)}, or leave out "
                "`file` and `svg` and let the picture be drawn."
            )
            raise InputError("design_unknown_key", said, name)
    if "alt" not in table:
        raise InputError("design_missing_key", "`alt` is missing from the image table.", "alt")
    return Given(**{"file": "", **table})  # type: ignore[arg-type]  # __post_init__ checks every type
