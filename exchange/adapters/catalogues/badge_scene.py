"""From a `Design` to a scene: shapes and words at their places, for either renderer of `images.py`.

Both renderers draw the same scene, so the PNG and the SVG of a badge cannot drift apart. Units are pixels of
a 512 × 512 picture; paths are SVG path data with absolute `M L C Z`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from math import ceil, cos, dist, pi, sin

from font_source_sans_pro import SourceSansProBold  # type: ignore[import-untyped]
from PIL import ImageFont

from exchange.core.catalogues.design import Design, Shape, best_ink, contrast
from exchange.core.catalogues.glyphs import GLYPHS, circle
from exchange.errors import InputError

SIZE = 512
_MIDDLE = SIZE / 2
_WHITE, _BLACK = "#ffffff", "#000000"
_CAP_HEIGHT = 0.66  # of the font size, Source Sans
_LINE_HEIGHT = 1.08
_LONGEST_WORD = 22
_SOFT = "\u00ad"  # joins the halves of a word that is too long; becomes a hyphen at the end of a line
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A filled path, shaded from `top` to `bottom` over the height of the picture."""

    path: str
    top: str
    bottom: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A glyph: stroked paths, of which `filled` are filled too, scaled from its 100 × 100 box to `box`."""

    stroked: tuple[str, ...]
    filled: tuple[str, ...]
    colour: str
    left: float
    top: float
    scale: float


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text, centred on `x`, standing on `baseline`; `width` measures it with its `tracking`."""

    text: str
    x: float
    baseline: float
    size: float
    colour: str
    width: float
    tracking: float = 0.0


Part = Area | Mark | Words

_SHIELD = (  # around 0 0, of radius 1
    "M -.88 -.68 C -.88 -.77 -.85 -.8 -.77 -.8 C -.48 -.8 -.22 -.87 -.06 -.965 "
    "C -.025 -.985 .025 -.985 .06 -.965 C .22 -.87 .48 -.8 .77 -.8 C .85 -.8 .88 -.77 .88 -.68 "
    "L .88 .1 C .88 .55 .5 .84 .05 .985 C .02 .995 -.02 .995 -.05 .985 C -.5 .84 -.88 .55 -.88 .1 Z"
)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a shape has room: glyph and title between `top` and `bottom`, the ribbon around `ribbon`.

    `inner` is the radius of the ground inside the edge.
    """

    top: float
    bottom: float
    ribbon: float
    inner: float = 224


_FRAMES: dict[Shape, _Frame] = {
    "hexagon": _Frame(76, 408, 420),
    "circle": _Frame(64, 420, 424),
    "shield": _Frame(88, 404, 396),
    "rosette": _Frame(84, 408, 420, inner=208),
    "tile": _Frame(60, 430, 430),
}


def scene(design: Design) -> tuple[Part, ...]:
    """The parts of a badge, back to front. InputError("design_uncovered")."""
    for error in uncovered(design):
        raise error
    accent, ground, ink = design.accent, design.background, design.ink_colour
    shape, inner = _ground(design.shape), _FRAMES[design.shape].inner
    light, dark, deep = mix(ground, _WHITE, 0.16), mix(ground, _BLACK, 0.20), mix(ground, _BLACK, 0.30)
    ribbon = tuple(_ribbon(design, deep))
    return (
        Area(outline(design.shape, 248), mix(accent, _WHITE, 0.22), mix(accent, _BLACK, 0.10)),
        Area(outline(shape, inner + 6), deep, deep),
        Area(outline(shape, inner), light, dark),
        Area(outline(shape, inner - 11), mix(light, ink, 0.35), mix(dark, ink, 0.35)),
        Area(outline(shape, inner - 14), light, dark),
        *_centre(design, bool(ribbon)),
        *ribbon,
    )


def _ground(shape: Shape) -> Shape:
    """The shape inside the edge: a rosette's is round."""
    return "circle" if shape == "rosette" else shape


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` in it."""
    pairs = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


@lru_cache(maxsize=64)
def font(size: float) -> ImageFont.FreeTypeFont:
    """Source Sans Bold; the simple layout engine, so that the same picture comes out everywhere."""
    return ImageFont.truetype(SourceSansProBold, size, layout_engine=ImageFont.Layout.BASIC)


def measure(text: str, size: float, tracking: float = 0.0) -> float:
    """The width of one line in pixels; measured large, so that it scales exactly."""
    if tracking:
        return sum(font(200).getlength(c) for c in text) * size / 200 + tracking * (len(text) - 1)
    return font(200).getlength(text) * size / 200


def outline(shape: Shape, r: float) -> str:
    """The outline of a shape of radius `r` around the middle of the picture."""
    if shape == "circle":
        return circle(_MIDDLE, _MIDDLE, r)
    if shape == "hexagon":
        return _rounded([_at(r, pi / 3 * i - pi / 2) for i in range(6)], r * 0.16)
    if shape == "rosette":
        corners = [_at(r * (0.9 if i % 2 else 1.02), pi / 16 * i) for i in range(32)]
        return _rounded(corners, dist(corners[0], corners[1]) / 2)
    if shape == "tile":
        return _rounded([_at(r * 1.3, pi / 2 * i + pi / 4) for i in range(4)], r * 0.46)
    numbers = iter(_SHIELD.split())
    return " ".join(
        word
        if word.isalpha()
        else f"{_MIDDLE + r * float(word):.2f} {_MIDDLE + r * float(next(numbers)):.2f}"
        for word in numbers
    )


def flatten(d: str) -> list[list[Point]]:
    """The polygons of a path, curves as 12 straight pieces each."""
    lines: list[list[Point]] = []
    words = iter(d.split())
    for command in words:
        if command == "Z":
            lines[-1].append(lines[-1][0])
            continue
        points = [(float(next(words)), float(next(words))) for _ in range(3 if command == "C" else 1)]
        if command == "M":
            lines.append(points)
        elif command == "L":
            lines[-1] += points
        else:
            lines[-1] += _cubic(lines[-1][-1], *points)
    return lines


def _cubic(a: Point, b: Point, c: Point, d: Point) -> Iterator[Point]:
    for i in range(1, 13):
        t = i / 12
        u = 1 - t
        weights = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
        x, y = (sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))
        yield x, y


def _at(r: float, angle: float) -> Point:
    return _MIDDLE + r * cos(angle), _MIDDLE + r * sin(angle)


def _rounded(corners: list[Point], cut: float) -> str:
    """A closed polygon whose corners are rounded, beginning `cut` before each."""
    parts: list[str] = []
    around = [corners[-1], *corners, corners[0]]
    for (before, corner), (_, after) in pairwise(pairwise(around)):
        enter, leave = _towards(corner, before, cut), _towards(corner, after, cut)
        one, two = _towards(enter, corner, cut * 0.58), _towards(leave, corner, cut * 0.58)
        curve = " ".join(f"{x:.2f} {y:.2f}" for x, y in (one, two, leave))
        parts.append(f"{'L' if parts else 'M'} {enter[0]:.2f} {enter[1]:.2f} C {curve}")
    return " ".join(parts) + " Z"


def _towards(start: Point, goal: Point, far: float) -> Point:
    share = far / dist(start, goal)
    return start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share


def _ribbon(design: Design, deep: str) -> Iterator[Part]:
    """The subtitle on a bar of the accent colour that lies across the lower edge."""
    text = _capitals(design.subtitle)
    if not text:
        return
    bar = mix(design.accent, _WHITE, 0.10)
    ink = deep if contrast(deep, bar) >= 4.5 else best_ink(bar)
    natural = measure(text, 30, 2.2)
    shrink = min(1.0, 372 / natural)
    half, y = max(natural * shrink / 2 + 34, 104), _FRAMES[design.shape].ribbon
    for grown, colour in ((7, deep), (0, bar)):
        x, height = half + grown, 29 + grown
        corners = [(_MIDDLE + i * x, y + j * height) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        yield Area(_rounded(corners, height - 1), colour, colour)
    size = 30 * shrink
    baseline = y + size * _CAP_HEIGHT / 2
    yield Words(text, _MIDDLE, baseline, size, ink, natural * shrink, 2.2 * shrink)


def _centre(design: Design, has_ribbon: bool) -> Iterator[Part]:
    """Glyph above title, both as large as the shape allows, in the middle of its room."""
    frame = _FRAMES[design.shape]
    bottom = min(frame.bottom, frame.ribbon - 54) if has_ribbon else frame.bottom
    ink = design.ink_colour
    lines, size, glyph_size = _fitted(_composed(design.title), design.shape, frame.top, bottom)
    baselines, top = _stack(len(lines), size, glyph_size, frame.top, bottom)
    yield _glyph(design.glyph, glyph_size, top, ink)
    for line, baseline in zip(lines, baselines, strict=True):
        yield Words(line, _MIDDLE, baseline, size, ink, measure(line, size))


def _glyph(name: str, size: float, top: float, ink: str) -> Part:
    paths = GLYPHS.get(name)
    if paths is None:
        cap = min(size * 0.60, size * 1.4 * _CAP_HEIGHT / measure(name, 1))
        height = cap / _CAP_HEIGHT
        return Words(name, _MIDDLE, top + (size + cap) / 2, height, ink, measure(name, height))
    filled = tuple(path.d for path in paths if path.filled)
    return Mark(tuple(path.d for path in paths), filled, ink, _MIDDLE - size / 2, top, size / 100)


def _fitted(title: str, shape: Shape, top: float, bottom: float) -> tuple[list[str], float, float]:
    """The lines of the title, their font size and the size of the glyph above them.

    Large letters count most; then few lines, no word in two, a large glyph; of two that are alike the more
    even lines.
    """
    best: tuple[tuple[float, float], list[str], float, float] = ((-1e9, 0.0), [], 0.0, 236.0)
    polygon = flatten(outline(_ground(shape), _FRAMES[shape].inner - 28))[0]
    for count, glyph_size in ((1, 190.0), (1, 168.0), (2, 168.0), (2, 146.0), (3, 140.0)):
        for lines in _wraps(title, count):
            size = _largest(lines, polygon, glyph_size, top, bottom)
            if not size:
                continue
            torn = sum(line.endswith("-") for line in lines[:-1])
            worth = size - 3 * count - 8 * torn + glyph_size / 6
            even = -max(measure(line, 1) for line in lines)
            best = max(best, ((worth, even), lines, size, glyph_size), key=lambda one: one[0])
    return best[1:]


def _largest(lines: list[str], polygon: list[Point], glyph_size: float, top: float, bottom: float) -> float:
    """The largest font size at which every line stays inside the polygon, 0 if none does."""
    widths = [measure(line, 1) for line in lines]
    for size in range(60, 11, -1):
        baselines, start = _stack(len(lines), size, glyph_size, top, bottom)
        if start >= top and all(
            width * size <= min(_chord(polygon, y - 0.72 * size), _chord(polygon, y + 0.2 * size))
            for width, y in zip(widths, baselines, strict=True)
        ):
            return size
    return 0


def _stack(
    count: int, size: float, glyph_size: float, top: float, bottom: float
) -> tuple[list[float], float]:
    """The baselines of `count` lines and the top of the glyph above them, the whole centred in its room."""
    first = glyph_size + (18 + size * _CAP_HEIGHT if count else 0)
    height = first + size * (_LINE_HEIGHT * (count - 1) + 0.2) if count else first
    start = (top + bottom - height) / 2
    return [start + first + size * _LINE_HEIGHT * i for i in range(count)], start


def _chord(polygon: list[Point], y: float) -> float:
    """How wide the polygon is at height `y`."""
    crossed = [
        x1 + (x2 - x1) * (y - y1) / (y2 - y1)
        for (x1, y1), (x2, y2) in pairwise(polygon)
        if y1 != y2 and min(y1, y2) <= y <= max(y1, y2)
    ]
    return max(crossed) - min(crossed) if crossed else 0.0


def _wraps(text: str, count: int) -> Iterator[list[str]]:
    """Every way to write the text in `count` lines."""
    pieces = list(_pieces(text))
    for cuts in combinations(range(1, len(pieces)), count - 1):
        lines = ["".join(pieces[a:b]).rstrip(" ") for a, b in pairwise((0, *cuts, len(pieces)))]
        if pieces:
            yield [line[:-1].replace(_SOFT, "") + line[-1].replace(_SOFT, "-") for line in lines]


def _pieces(text: str) -> Iterator[str]:
    """What a line can end after: words, the parts of a compound, and the halves of words beyond measure."""
    for word in text.split():
        parts = [part for part in re.split(r"(?<=\w\w\w-)(?=\w\w\w)", word) if part]
        for part in parts:
            step = ceil(len(part) / ceil(len(part) / _LONGEST_WORD))
            cut = [part[i : i + step] for i in range(0, len(part), step)]
            yield from (piece + _SOFT for piece in cut[:-1])
            yield cut[-1] + (" " if part is parts[-1] else "")


def uncovered(design: Design) -> Iterator[InputError]:
    """One error for each text of the design that the font cannot write, naming the characters."""
    texts = {"title": design.title, "subtitle": _capitals(design.subtitle), "glyph": ""}
    if design.glyph not in GLYPHS:
        texts["glyph"] = design.glyph
    for name, text in texts.items():
        missing = dict.fromkeys(character for character in _composed(text) if is_missing(character))
        if missing:
            told = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing)
            said = (
                f"`{name}` holds {told}, which the font of the badges does not cover: it has Latin, Greek "
                "and Cyrillic letters. Write it otherwise, or give a picture of your own as `file`."
            )
            yield InputError("design_uncovered", said, name)


def _capitals(text: str) -> str:
    """The text in capitals; Greek ones carry no accents."""
    loose = unicodedata.normalize("NFD", text.upper())
    return _composed(re.sub("(?<=[\u0391-\u03a9])\u0301", "", loose))


def _composed(text: str) -> str:
    """The text as it is drawn: one space between words, letters and their accents in one."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


@lru_cache(maxsize=4096)
def is_missing(character: str) -> bool:
    """Whether the font draws a box instead. A loose accent counts too: it would stand beside its letter."""
    if character == " " or unicodedata.category(character).startswith("M"):
        return character != " "
    face = font(40)
    mask, none = face.getmask(character), face.getmask("\U0010fffd")
    return (mask.size, bytes(mask)) == (none.size, bytes(none))
