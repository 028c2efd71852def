"""What the shapes and drawings of the designer are called on a page."""

from __future__ import annotations

from exchange.core.catalogues.design import SHAPES
from exchange.core.catalogues.glyphs import GLYPHS
from exchange.languages import gettext, gettext_noop

_SHAPES = {
    "hexagon": gettext_noop("Hexagon"),
    "circle": gettext_noop("Circle"),
    "shield": gettext_noop("Shield"),
    "rosette": gettext_noop("Rosette"),
    "tile": gettext_noop("Tile"),
}
_GLYPHS = {
    "bolt": gettext_noop("Bolt of lightning"),
    "book": gettext_noop("Book"),
    "bridge": gettext_noop("Bridge"),
    "bulb": gettext_noop("Light bulb"),
    "cap": gettext_noop("Graduation cap"),
    "chart": gettext_noop("Chart"),
    "chat": gettext_noop("Speech bubbles"),
    "check": gettext_noop("Check mark"),
    "code": gettext_noop("Program text"),
    "compass": gettext_noop("Compass"),
    "eye": gettext_noop("Eye"),
    "flag": gettext_noop("Flag"),
    "gear": gettext_noop("Gear wheel"),
    "headset": gettext_noop("Headset"),
    "heart": gettext_noop("Heart"),
    "key": gettext_noop("Key"),
    "lifebuoy": gettext_noop("Lifebuoy"),
    "lens": gettext_noop("Magnifying glass"),
    "link": gettext_noop("Chain link"),
    "lock": gettext_noop("Padlock"),
    "loop": gettext_noop("Loop"),
    "megaphone": gettext_noop("Megaphone"),
    "mountain": gettext_noop("Mountain"),
    "pen": gettext_noop("Pen"),
    "people": gettext_noop("People (drawing)"),
    "screen": gettext_noop("Screen"),
    "spark": gettext_noop("Spark"),
    "sprout": gettext_noop("Sprout"),
    "stack": gettext_noop("Stack"),
    "star": gettext_noop("Star"),
    "steps": gettext_noop("Stairs"),
    "target": gettext_noop("Target"),
}


def shapes() -> list[tuple[str, str]]:
    """Each shape with its word, in their order."""
    return [(shape, gettext(_SHAPES[shape])) for shape in SHAPES]


def glyphs() -> list[tuple[str, str]]:
    """Each drawing with its words, in the order of the words."""
    return sorted(((glyph, gettext(_GLYPHS[glyph])) for glyph in GLYPHS), key=lambda one: one[1].casefold())
