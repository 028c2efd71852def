"""The shield: a small SVG for READMEs and wikis, a name on the left and how it stands on the right.

It is shown as a picture, so without our fonts: each text is given the width that it was laid out with.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

COLOURS: Mapping[str, str] = {
    "good": "#17663c",
    "note": "#755300",
    "pause": "#8c4400",
    "past": "#5b5566",
    "stop": "#a02a20",
    "unsure": "#4a5563",
}
"""Of each tone, dark enough for white letters (WCAG 2.2 AA)."""

SIGNS: Mapping[str, str] = {
    "good": '<path d="M3 7.4l2.8 2.8L11 4.4"/>',
    "note": '<circle cx="7" cy="7" r="5"/><path d="M7 6.6v2.8M7 4.6v.1"/>',
    "pause": '<path d="M5 3.6v6.8M9 3.6v6.8"/>',
    "past": '<circle cx="7" cy="7" r="5"/><path d="M7 4.2V7l2 1.4"/>',
    "stop": '<path d="M3.6 3.6l6.8 6.8M10.4 3.6l-6.8 6.8"/>',
    "unsure": '<path d="M5 5a2 2 0 1 1 3 1.8c-.7.4-1 .8-1 1.5"/><path d="M7 10.9v.1"/>',
}
_HEIGHT = 22
_NARROW = frozenset("iljtfrI.,:;'|!()[]· ")
_WIDE = frozenset("mwMW@%—…")
_MOST = 60


def shield(name: str, word: str, note: str, tone: str, about: str) -> bytes:
    """The SVG; `about` says all of it to who cannot see it. Told by words and a sign, not by colour alone."""
    name = name if len(name) <= _MOST else name[: _MOST - 1].rstrip() + "…"
    parts = [(name, "#ffffff"), (word, "#ffffff"), (note, "#ffffff")]
    left = breadth(name) + 16
    middle = 18 + breadth(word) + 8
    right = (breadth(note) + 8) if note else 0
    total = left + middle + right
    starts = [8.0, left + 22.0, left + middle + 0.0]
    texts = "".join(
        f'<text x="{x:g}" y="15" fill="{colour}" textLength="{breadth(text):g}" '
        f'lengthAdjust="spacingAndGlyphs"{weight}>{escape(text)}</text>'
        for (text, colour), x, weight in zip(parts, starts, ("", ' font-weight="700"', ""), strict=True)
        if text
    )
    sign = SIGNS.get(tone, SIGNS["unsure"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:g}" height="{_HEIGHT}" '
        f'viewBox="0 0 {total:g} {_HEIGHT}" role="img" aria-label={quoteattr(about)}>'
        f"<title>{escape(about)}</title>"
        f'<clipPath id="r"><rect width="{total:g}" height="{_HEIGHT}" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left:g}" height="{_HEIGHT}" fill="#2b3633"/>'
        f'<rect x="{left:g}" width="{middle + right:g}" height="{_HEIGHT}" fill="{COLOURS[tone]}"/></g>'
        f'<g transform="translate({left + 5:g} 4)" fill="none" stroke="#ffffff" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round">{sign}</g>'
        f'<g font-family="Verdana,\'DejaVu Sans\',Geneva,sans-serif" font-size="11">{texts}</g></svg>\n'
    ).encode()


def breadth(text: str) -> float:
    """How wide the text is at 11 pixels, about: Verdana's widths in three sizes, and full width for scripts
    that have it."""
    return round(sum(map(_advance, text)), 1)


def _advance(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 11.5
    if character in _NARROW:
        return 4.4
    return 10.4 if character in _WIDE else 7.6 if character.isupper() else 6.8
