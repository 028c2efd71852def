"""What a badge looks like, as a catalogue says it in its `[image]` table: values only, no drawing.

`adapters/catalogues/images.py` draws a `Design`; everything here can be judged before anything is drawn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from exchange.core.catalogues.glyphs import GLYPHS
from exchange.errors import InputError

Shape = Literal["hexagon", "circle", "shield", "rosette", "tile"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_LONGEST = {"title": 48, "subtitle": 32, "alt": 300}
_INKS = ("#ffffff", "#1b1f2a")


@dataclass(frozen=True, slots=True)
class Design:
    """A badge image in words.

    `background` fills the shape, `accent` its edge and the subtitle, `ink` glyph and title; `ink` left empty
    becomes the lighter or darker of two inks, whichever reads better. `glyph` is a name in
    `exchange.core.catalogues.glyphs` or one to three letters or digits. `alt` says the image in words for
    those who do not see it (WCAG 1.1.1).

    Raises InputError: design_colour, design_shape, design_glyph, design_text.
    """

    glyph: str
    title: str
    alt: str
    shape: Shape = "hexagon"
    background: str = "#1f3a5f"
    accent: str = "#f2b134"
    ink: str = ""
    subtitle: str = ""

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self)):
            if not isinstance(getattr(self, name), str):
                raise InputError("design_text", f"`{name}` must be text.", name)
        if self.shape not in SHAPES:
            raise InputError(
                "design_shape", f"`{self.shape}` is no shape; choose {_one_of(SHAPES)}.", "shape"
            )
        for name in ("background", "accent", "ink"):
            value = getattr(self, name)
            if not (_COLOUR.match(value) or (name == "ink" and not value)):
                raise InputError("design_colour", f"`{value}` is no colour; write it as #rrggbb.", name)
        if self.glyph not in GLYPHS and not (1 <= len(self.glyph) <= 3 and self.glyph.isalnum()):
            said = f"`{self.glyph}` is no glyph; write one to three letters, or choose {_one_of(GLYPHS)}."
            raise InputError("design_glyph", said, "glyph")
        for name in _LONGEST:
            verify_text(name, getattr(self, name), required=name != "subtitle")

    @classmethod
    def from_toml(cls, table: Mapping[str, object]) -> Design:
        """The design of an `[image]` table; InputError also for a key that is unknown or missing."""
        known = [field.name for field in fields(cls)]
        for name in table:
            if name not in known:
                raise InputError(
                    "design_unknown_key", f"`{name}` is not known here; use {_one_of(known)}.", name
                )
        for name in ("glyph", "title", "alt"):
            if name not in table:
                raise InputError("design_missing_key", f"`{name}` is missing from the image table.", name)
        return cls(**table)  # type: ignore[arg-type]  # __post_init__ checks every type

    @property
    def ink_colour(self) -> str:
        """`ink`, or whichever of our two inks reads better on `background`."""
        return self.ink or best_ink(self.background)


def best_ink(ground: str) -> str:
    """The one of our two inks with the higher contrast on `ground`."""
    return max(_INKS, key=lambda ink: contrast(ink, ground))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def verify_text(name: str, text: object, *, required: bool = True) -> None:
    """InputError("design_text") for a `title`, `subtitle` or `alt` that cannot be shown."""
    if not isinstance(text, str):
        raise InputError("design_text", f"`{name}` must be text.", name)
    if required and not text.strip():
        raise InputError("design_text", f"`{name}` must not be empty.", name)
    longest = _LONGEST[name]
    if len(text) > longest:
        raise InputError("design_text", f"`{name}` has {len(text)} characters; at most {longest} fit.", name)
    # controls, bidirectional overrides, lone surrogates: they do not draw, and in SVG they break the file
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp") for c in text):
        raise InputError("design_text", f"`{name}` holds a control or unassigned character.", name)


def _one_of(names: Iterable[str]) -> str:
    return ", ".join(names)
