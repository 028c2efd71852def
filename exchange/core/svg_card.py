"""The card of a portfolio as an SVG: a picture that any size is sharp in, for pages and slides.

It is seen as a picture, so it has no script, asks for nothing, and knows none of our fonts: the width of a
text is estimated, generously, and what would be wider all the same is cut off where its room ends. Each text
runs in its own direction, and is broken at spaces, or anywhere between letters that have no spaces.

A picture cannot ask how things stand. So it is green for as long as its value may be shown as good, on the
clock of whoever looks (SMIL, which needs no script), and says then that nobody has looked since; a card that
is kept in a file, which is looked at some day, is not green at all. Where nothing moves in an SVG, the moment
that stands on it is all there is.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from exchange.core.shield import COLOURS, SIGNS, breadth

WIDTH, HEIGHT = 1200, 630
MOST_ROWS = 4
_LEFT, _RIGHT, _QR, _PILL = 60, 1140, 200, 990
_BOLD = 1.14
"""How much wider letters are in bold."""
_SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif"
_LIGHT: Mapping[str, str] = {"paper": "#fffefa", "ink": "#1b2422", "soft": "#55605c", "line": "#dbd8cd"}
_DARK: Mapping[str, str] = {"paper": "#1a211f", "ink": "#e9ece7", "soft": "#a5b0ab", "line": "#313a37"}
_ONLY_WHILE_FRESH = ("good", "note")
"""Tones that say good things, which are believed for so long only; bad news does not grow old."""
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One of its badges: its name, and who issued it, or since when it does not stand (`over`)."""

    name: str
    about: str
    tone: str
    over: bool


@dataclass(frozen=True, slots=True)
class SvgCard:
    """`line` says how it all stands, with `tone` one of `shield.COLOURS`, and `when` at which moment that
    was; `old` is what is said once `seconds` are over, 0 for a card that is kept. `more` says how many of its
    badges `rows` leave out, `code` are the modules of a QR code, `()` for none, and `portrait` is a JPEG."""

    title: str
    person: str
    line: str
    others: str
    when: str
    old: str
    tone: str
    rows: tuple[Row, ...]
    more: str
    foot: str
    language: str
    seconds: int
    code: tuple[bytes, ...] = ()
    portrait: bytes = field(default=b"", repr=False)


def svg_card(card: SvgCard) -> bytes:
    """The SVG. What it says to who cannot see it are the same words."""
    said = (card.title, card.person, card.line, card.others, card.when)
    about = " · ".join(_clean(one) for one in said if one)
    right = _RIGHT - (_QR + 40 if card.code else 0)
    line = _attributes(_paint("line", "stroke"))
    parts = (
        f'<rect width="{WIDTH}" height="{HEIGHT}" {_attributes(_paint("paper"))}/>',
        _turning(card, card.tone, lambda tone: f'<rect width="{WIDTH}" height="14" fill="{COLOURS[tone]}"/>'),
        _who(card, right),
        _title(card.title, right),
        _state(card),
        _text(_LEFT, 364, _RIGHT - _LEFT, 24, " · ".join(filter(None, (card.when, card.others))), "soft"),
        f'<path d="M{_LEFT} 412H{_RIGHT}" fill="none" stroke-width="2" {line}/>',
        *(_row(card, n, row) for n, row in enumerate(card.rows[:MOST_ROWS])),
        _text(_LEFT, 586, 760, 20, card.foot, "soft"),
        _text(840, 586, _RIGHT - 840, 20, card.more, "soft", end=True) if card.more else "",
        _qr(card.code),
    )
    dark = "".join(
        f".{name}-fill{{fill:{colour}}}.{name}-stroke{{stroke:{colour}}}" for name, colour in _DARK.items()
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" lang={quoteattr(card.language)} '
        f"aria-label={quoteattr(about)} font-family={quoteattr(_SANS)}>"
        f"<title>{escape(about)}</title>"
        f"<style>@media (prefers-color-scheme:dark){{{dark}}}</style>"
        f'<clipPath id="card"><rect width="{WIDTH}" height="{HEIGHT}" rx="24"/></clipPath>'
        f'<g clip-path="url(#card)">{"".join(parts)}</g>'
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="23" fill="none" '
        f'stroke-width="2" {line}/></svg>\n'
    ).encode()


# --- its parts --------------------------------------------------------------------------------------------


def _who(card: SvgCard, right: int) -> str:
    """Who it is about, beside their picture."""
    left, face = _LEFT, ""
    if card.portrait:
        data = base64.b64encode(card.portrait).decode()
        face = (
            f'<clipPath id="face"><circle cx="{_LEFT + 32}" cy="76" r="32"/></clipPath>'
            f'<image x="{_LEFT}" y="44" width="64" height="64" clip-path="url(#face)" '
            f'preserveAspectRatio="xMidYMid slice" href="data:image/jpeg;base64,{data}"/>'
        )
        left += 84
    return face + _text(left, 54, right - left, 32, card.person, "ink")


def _title(title: str, right: int) -> str:
    """The headline in at most three lines, as large as they allow."""
    for size, most in ((60, 2), (48, 2), (40, 3)):
        lines = wrapped(title, size * _BOLD, right - _LEFT, most)
        if not lines[-1].endswith("…"):
            break
    return _lines(_LEFT, 122, right - _LEFT, size, lines, title, "ink", weight=700)


def _state(card: SvgCard) -> str:
    """How it all stands, on its colour; and, once that may not be believed any more, that nobody has
    looked."""

    def pill(tone: str) -> str:
        words = card.line if tone == card.tone or not card.seconds else card.old
        for size, most in ((32, 1), (26, 1), (20, 2), (17, 2)):
            lines = wrapped(words, size * _BOLD, _PILL, most)
            if not lines[-1].endswith("…"):
                break
        width = min(max(breadth(line) for line in lines) * size * _BOLD / 11, _PILL)
        top = 319 - len(lines) * size * 0.6 - size * 0.02
        return (
            f'<rect x="{_LEFT}" y="290" width="{width + 90:.0f}" height="58" rx="29" '
            f'fill="{COLOURS[tone]}"/>{_sign(tone, _LEFT + 20, 305, 2)}'
            f"{_lines(_LEFT + 60, top, width + 4, size, lines, words, '', weight=700)}"
        )

    return _turning(card, card.tone, pill)


def _row(card: SvgCard, n: int, row: Row) -> str:
    """A badge, its sign on the side at which its name begins."""
    left, top = _LEFT + n % 2 * 550, 428 + n // 2 * 78
    mirrored = runs_left(row.name)
    at = left + 492 if mirrored else left
    sign = _turning(
        card,
        row.tone,
        lambda tone: (
            f'<circle cx="{at + 19}" cy="{top + 21}" r="19" fill="{COLOURS[tone]}"/>'
            f"{_sign(tone, at + 5, top + 7, 2)}"
        ),
    )
    room = left + (0 if mirrored else 54)
    name = wrapped(row.name, 25 * _BOLD, 476, 1)
    about = wrapped(row.about, 17, 476, 2)
    return (
        f"{sign}{_lines(room, top, 476, 25, name, row.name, 'soft' if row.over else 'ink', row.over, 600)}"
        f"{_lines(room, top + 31, 476, 17, about, row.about, 'soft', end=runs_left(row.about) != mirrored)}"
    )


def _qr(code: Sequence[bytes]) -> str:
    """Black on white whatever the card's colours are: scanners need the contrast."""
    if not code:
        return ""
    room, left, top = _QR / (len(code) + 4), _RIGHT - _QR, 50
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(code) for x, dark in enumerate(row) if dark)
    return (
        f'<rect x="{left}" y="{top}" width="{_QR}" height="{_QR}" rx="8" fill="#ffffff"/>'
        f'<path transform="translate({left + 2 * room:g} {top + 2 * room:g}) scale({room:g})" '
        f'shape-rendering="crispEdges" fill="#000000" d="{path}"/>'
    )


def _turning(card: SvgCard, tone: str, draw: Callable[[str], str]) -> str:
    """What is drawn in a tone that says something good is there for as long as that may be believed."""
    if tone not in _ONLY_WHILE_FRESH:
        return draw(tone)
    if not card.seconds:
        return draw("past" if tone == "good" else tone)
    change = f'<set attributeName="display" to="{{}}" begin="{card.seconds}s" fill="freeze"/>'
    return (
        f"<g>{change.format('none')}{draw(tone)}</g>"
        f'<g display="none">{change.format("inline")}{draw("unsure")}</g>'
    )


def _sign(tone: str, x: float, y: float, scale: float) -> str:
    return (
        f'<g transform="translate({x:g} {y:g}) scale({scale:g})" fill="none" stroke="#ffffff" '
        f'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">{SIGNS[tone]}</g>'
    )


# --- texts ------------------------------------------------------------------------------------------------


def _text(
    left: float, top: float, width: float, size: int, text: str, colour: str, *, end: bool = False
) -> str:
    """What of a text fits into one line."""
    return _lines(left, top, width, size, wrapped(text, size, width, 1), text, colour, end=end)


def _lines(
    left: float,
    top: float,
    width: float,
    size: int,
    lines: Sequence[str],
    whole: str,
    colour: str,
    over: bool = False,
    weight: int = 400,
    *,
    end: bool = False,
) -> str:
    """Lines of one text, each in a room of its own, all in the direction of the `whole`; `end`: at the far
    side."""
    rtl = runs_left(whole)
    said = _attributes(
        {
            "x": f"{width if rtl is not end else 0:g}",
            "y": str(size),
            "font-size": str(size),
            "font-weight": str(weight) if weight != 400 else "",
            "direction": "rtl" if rtl else "",
            "text-anchor": "end" if end else "",
            "text-decoration": "line-through" if over else "",
            **(_paint(colour) if colour else {"fill": "#ffffff"}),
        }
    )
    return "".join(
        f'<svg x="{left:g}" y="{top + n * size * 1.2:g}" width="{width:g}" height="{size * 1.4:g}" '
        f'overflow="hidden"><text {said}>{escape(line)}</text></svg>'
        for n, line in enumerate(lines)
    )


def wrapped(text: str, size: float, width: float, most: int) -> list[str]:
    """The text in at most so many lines that fit; what is left out, `…` stands for."""
    lines: list[str] = []
    left, room = " ".join(_clean(text).split()), width * 11 / size
    while len(lines) < most - 1 and breadth(left) > room:
        end = _fits(left, room)
        space = left.rfind(" ", 0, end + 1)
        if space > 0 and not _is_wide(left[end]) and not _is_wide(left[end - 1]):
            end = space
        lines.append(left[:end].rstrip())
        left = left[end:].lstrip()
    if breadth(left) > room:
        left = left[: _fits(left, room - breadth("…"))].rstrip() + "…"
    return [*lines, left]


def _fits(text: str, room: float) -> int:
    """How many characters of it fit, one at least; what belongs to the one before it goes with that."""
    end, taken = 0, 0.0
    while end < len(text) and (end == 0 or taken + breadth(text[end]) <= room):
        taken += breadth(text[end])
        end += 1
    while end > 1 and end < len(text) and unicodedata.combining(text[end]):
        end -= 1
    return end


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")


def runs_left(text: str) -> bool:
    """Whether its first letter that has a direction runs from right to left (UAX 9, P2)."""
    kinds = map(unicodedata.bidirectional, text)
    return next((kind in ("R", "AL") for kind in kinds if kind in ("L", "R", "AL")), False)


def _clean(text: str) -> str:
    """Without what no XML may hold."""
    return _NO_XML.sub("\ufffd", text)


def _paint(name: str, what: str = "fill") -> dict[str, str]:
    return {"class": f"{name}-{what}", what: _LIGHT[name]}


def _attributes(named: Mapping[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in named.items() if value)
