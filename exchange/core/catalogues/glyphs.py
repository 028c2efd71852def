"""The marks a badge can carry: our own drawings, as SVG path data in a 100 × 100 box.

One source for both renderers: `draw_svg` writes the path as it stands, Pillow flattens it. So paths use
absolute `M L C Z` only, and a glyph is strokes (`LINE` wide, round ends) and fills, never cut-outs.
"""

from __future__ import annotations

from math import cos, pi, radians, sin, tan
from typing import NamedTuple

LINE = 7.0
"""Stroke width: thick enough to read when the whole badge is 96 px wide."""


class Path(NamedTuple):
    """SVG path data, stroked; `filled` paints the inside as well."""

    d: str
    filled: bool = False


def arc(cx: float, cy: float, r: float, start: float, end: float) -> str:
    """A circular arc as cubics, degrees clockwise from three o'clock (SVG's y points down)."""
    steps = max(1, round(abs(end - start) / 45))
    turn = radians(end - start) / steps
    reach = 4 / 3 * tan(turn / 4) * r
    a = radians(start)
    parts = [f"M {cx + r * cos(a):.2f} {cy + r * sin(a):.2f}"]
    for _ in range(steps):
        b = a + turn
        c1 = (cx + r * cos(a) - reach * sin(a), cy + r * sin(a) + reach * cos(a))
        c2 = (cx + r * cos(b) + reach * sin(b), cy + r * sin(b) - reach * cos(b))
        end_point = (cx + r * cos(b), cy + r * sin(b))
        parts.append("C " + " ".join(f"{x:.2f} {y:.2f}" for x, y in (c1, c2, end_point)))
        a = b
    return " ".join(parts)


def circle(cx: float, cy: float, r: float) -> str:
    return arc(cx, cy, r, 0, 360) + " Z"


def star(cx: float, cy: float, outer: float, inner: float, points: int) -> str:
    """A star standing on two of its points, the first one up."""
    corners = []
    for i in range(2 * points):
        r = inner if i % 2 else outer
        a = pi * i / points - pi / 2
        corners.append(f"{cx + r * cos(a):.2f} {cy + r * sin(a):.2f}")
    return "M " + " L ".join(corners) + " Z"


def gear(cx: float, cy: float, outer: float, inner: float, teeth: int) -> str:
    """The outline of a gear; a tooth is as wide as the gap beside it, and narrower at its top."""
    corners = []
    step = 2 * pi / teeth
    for tooth in range(teeth):
        for turn, r in ((-0.29, inner), (-0.17, outer), (0.17, outer), (0.29, inner)):
            a = step * (tooth + turn) - pi / 2
            corners.append(f"{cx + r * cos(a):.2f} {cy + r * sin(a):.2f}")
    return "M " + " L ".join(corners) + " Z"


def _spark(cx: float, cy: float, r: float) -> str:
    """Four points with hollow sides."""
    k = r * 0.16
    return (
        f"M {cx} {cy - r} C {cx + k} {cy - k * 2} {cx + k * 2} {cy - k} {cx + r} {cy} "
        f"C {cx + k * 2} {cy + k} {cx + k} {cy + k * 2} {cx} {cy + r} "
        f"C {cx - k} {cy + k * 2} {cx - k * 2} {cy + k} {cx - r} {cy} "
        f"C {cx - k * 2} {cy - k} {cx - k} {cy - k * 2} {cx} {cy - r} Z"
    )


GLYPHS: dict[str, tuple[Path, ...]] = {
    "bolt": (Path("M 56 10 L 24 55 L 47 55 L 41 90 L 76 41 L 53 41 Z", True),),
    "book": (
        Path("M 50 28 C 40 20 26 18 12 20 L 12 76 C 26 74 40 76 50 84"),
        Path("M 50 28 C 60 20 74 18 88 20 L 88 76 C 74 74 60 76 50 84"),
        Path("M 50 28 L 50 84"),
    ),
    "bridge": (
        Path("M 8 70 L 92 70"),
        Path("M 28 20 L 28 84"),
        Path("M 72 20 L 72 84"),
        Path("M 8 50 C 18 44 24 34 28 20 C 34 56 66 56 72 20 C 76 34 82 44 92 50"),
        Path("M 50 48 L 50 70"),
    ),
    "bulb": (
        Path("M 38 70 C 38 58 24 54 24 36 C 24 21 36 10 50 10 C 64 10 76 21 76 36 C 76 54 62 58 62 70 Z"),
        Path("M 39 81 L 61 81"),
        Path("M 45 92 L 55 92"),
    ),
    "cap": (
        Path("M 50 20 L 94 40 L 50 60 L 6 40 Z", True),
        Path("M 24 54 L 24 70 C 24 79 35 85 50 85 C 65 85 76 79 76 70 L 76 54"),
        Path("M 91 42 L 91 70"),
    ),
    "chart": (
        Path("M 12 88 L 88 88"),
        Path("M 22 56 L 32 56 L 32 73 L 22 73 Z", True),
        Path("M 45 38 L 55 38 L 55 73 L 45 73 Z", True),
        Path("M 68 16 L 78 16 L 78 73 L 68 73 Z", True),
    ),
    "chat": (
        Path(
            "M 20 16 L 80 16 C 86 16 90 20 90 26 L 90 60 C 90 66 86 70 80 70 "
            "L 50 70 L 30 88 L 30 70 L 20 70 C 14 70 10 66 10 60 L 10 26 C 10 20 14 16 20 16 Z"
        ),
        Path("M 32 36 L 68 36"),
        Path("M 32 51 L 54 51"),
    ),
    "check": (Path(circle(50, 50, 40)), Path("M 31 51 L 45 65 L 70 37")),
    "code": (Path("M 30 28 L 10 50 L 30 72"), Path("M 70 28 L 90 50 L 70 72"), Path("M 58 18 L 42 82")),
    "compass": (Path(circle(50, 50, 40)), Path("M 65 35 L 55.5 55.5 L 35 65 L 44.5 44.5 Z", True)),
    "eye": (
        Path("M 6 50 C 18 28 34 20 50 20 C 66 20 82 28 94 50 C 82 72 66 80 50 80 C 34 80 18 72 6 50 Z"),
        Path(circle(50, 50, 9), True),
    ),
    "flag": (Path("M 22 92 L 22 10"), Path("M 22 16 C 40 6 56 26 80 16 L 80 52 C 56 62 40 42 22 52 Z", True)),
    "gear": (Path(gear(50, 50, 43, 31, 8)), Path(circle(50, 50, 13))),
    "headset": (
        Path("M 14 58 L 14 50 C 14 29 30 13 50 13 C 70 13 86 29 86 50 L 86 58"),
        Path("M 14 54 L 27 54 L 27 78 L 14 78 Z", True),
        Path("M 73 54 L 86 54 L 86 78 L 73 78 Z", True),
        Path("M 86 76 C 86 86 76 91 60 91"),
    ),
    "heart": (
        Path(
            "M 50 84 C 22 64 11 49 11 34 C 11 22 20 15 30 15 C 39 15 46 20 50 29 "
            "C 54 20 61 15 70 15 C 80 15 89 22 89 34 C 89 49 78 64 50 84 Z",
            True,
        ),
    ),
    "key": (
        Path(circle(32, 66, 20)),
        Path("M 46 52 L 88 10"),
        Path("M 66 32 L 78 44"),
        Path("M 82 16 L 92 26"),
    ),
    "lifebuoy": (
        Path(circle(50, 50, 40)),
        Path(circle(50, 50, 17)),
        Path("M 62 38 L 78 22"),
        Path("M 38 62 L 22 78"),
        Path("M 38 38 L 22 22"),
        Path("M 62 62 L 78 78"),
    ),
    "lens": (Path(circle(42, 42, 30)), Path("M 65 65 L 90 90")),
    "link": (
        Path("M 44 56 C 38 50 38 41 44 35 L 60 19 C 66 13 75 13 81 19 C 87 25 87 34 81 40 L 70 51"),
        Path("M 56 44 C 62 50 62 59 56 65 L 40 81 C 34 87 25 87 19 81 C 13 75 13 66 19 60 L 30 49"),
    ),
    "lock": (
        Path("M 20 46 L 80 46 L 80 90 L 20 90 Z"),
        Path("M 32 46 L 32 30 C 32 19 40 11 50 11 C 60 11 68 19 68 30 L 68 46"),
        Path(circle(50, 63, 4), True),
        Path("M 50 64 L 50 75"),
    ),
    "loop": (
        Path(arc(50, 50, 38, 190, 335)),
        Path(arc(50, 50, 38, 10, 155)),
        Path("M 86 14 L 84.4 34 L 64 32"),
        Path("M 14 86 L 15.6 66 L 36 68"),
    ),
    "megaphone": (
        Path("M 10 40 L 30 40 L 76 18 L 76 80 L 30 60 L 10 60 Z"),
        Path("M 24 62 L 31 86 L 43 86 L 38 66"),
        Path(arc(76, 49, 15, -52, 52)),
    ),
    "mountain": (Path("M 6 84 L 38 28 L 56 58 L 66 44 L 94 84 Z"), Path(circle(76, 20, 6), True)),
    "pen": (
        Path("M 66 14 C 70 10 76 10 80 14 L 86 20 C 90 24 90 30 86 34 L 34 86 L 10 90 L 14 66 Z"),
        Path("M 56 24 L 76 44"),
    ),
    "people": (
        Path(circle(36, 30, 16)),
        Path("M 8 86 C 8 66 20 59 36 59 C 52 59 64 66 64 86"),
        Path(arc(62, 30, 16, -70, 70)),
        Path("M 76 61 C 87 64 93 72 93 86"),
    ),
    "screen": (
        Path("M 10 14 L 90 14 L 90 66 L 10 66 Z"),
        Path("M 27 52 L 43 37 L 55 46 L 73 29"),
        Path("M 28 90 L 50 68 L 72 90"),
    ),
    "spark": (Path(_spark(42, 56, 38), True), Path(_spark(80, 20, 13), True)),
    "sprout": (
        Path("M 50 90 L 50 46"),
        Path("M 50 58 C 50 38 37 29 14 30 C 14 49 27 59 50 58 Z", True),
        Path("M 50 44 C 50 24 63 13 86 14 C 86 34 73 45 50 44 Z", True),
    ),
    "stack": (
        Path("M 14 24 C 14 15 30 9 50 9 C 70 9 86 15 86 24 C 86 33 70 39 50 39 C 30 39 14 33 14 24 Z"),
        Path("M 14 24 L 14 76 C 14 85 30 91 50 91 C 70 91 86 85 86 76 L 86 24"),
        Path("M 14 50 C 14 59 30 65 50 65 C 70 65 86 59 86 50"),
    ),
    "star": (Path(star(50, 53, 42, 20, 5), True),),
    "steps": (Path("M 8 86 L 30 86 L 30 64 L 52 64 L 52 42 L 74 42 L 74 20 L 92 20"),),
    "target": (Path(circle(50, 50, 40)), Path(circle(50, 50, 23)), Path(circle(50, 50, 4), True)),
}
