"""Draws the picture that social networks and chats show beside a link to a badge or a portfolio."""

from __future__ import annotations

import io
from functools import lru_cache

from font_source_sans_pro import SourceSansPro, SourceSansProBold  # type: ignore[import-untyped]
from PIL import Image, ImageDraw, ImageFont

from exchange.adapters.catalogues.badge_scene import is_missing
from exchange.core.share_card import WIDTHS, ShareCard
from exchange.core.shield import COLOURS

MOST_BYTES = 60_000
_PAPER, _INK, _SOFT, _LINE = "#f6f5f0", "#1b2422", "#55605c", "#dbd8cd"
_WIDTH, _HEIGHT = 1200, 630
_LEFT, _RIGHT = 440, 1140
_FACE = 84
_NOTES = 3
_COLOURS = (128, 64, 40, 24, 12)


def draw_card(card: ShareCard) -> bytes:
    """A PNG of at most 60 KB; the same card gives the same bytes."""
    picture = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, _WIDTH, 14), fill=COLOURS[card.tone])
    _badge(picture, card)
    top = _title(draw, _drawable(card.title))
    beside = _portrait(picture, card, top)
    for text, size, colour in ((card.issuer, 34, _INK), (card.proof, 26, _SOFT)):
        if line := _cut(_drawable(text), _font(size), _RIGHT - _LEFT - beside):
            draw.text((_LEFT + beside, top), line, fill=colour, font=_font(size))
            top += round(size * 1.4)
    _state(draw, card)
    draw.text((60, 570), _cut(_drawable(card.foot), _font(24), 1080), fill=_SOFT, font=_font(24))
    return _small(picture, card)


def _badge(picture: Image.Image, card: ShareCard) -> None:
    """The badge itself, or up to four in a square; what does not stand is grey and pale."""
    given = tuple(filter(None, (card.badge, *card.more)))[:4]
    size = 320 if len(given) == 1 else 152
    for n, one in enumerate(given):
        with Image.open(io.BytesIO(one)) as opened:
            badge = opened.convert("RGBA")
        badge.thumbnail((size, size), Image.Resampling.LANCZOS)
        if card.tone in ("stop", "unsure"):
            clear = badge.getchannel("A").point(lambda level: level * 2 // 5)
            badge = badge.convert("L").convert("RGBA")
            badge.putalpha(clear)
        left, top = 60 + n % 2 * (320 - size), 110 + n // 2 * (320 - size)
        picture.paste(badge, (left + (size - badge.width) // 2, top + (size - badge.height) // 2), badge)


def _portrait(picture: Image.Image, card: ShareCard, top: int) -> int:
    """Who it is about, in a circle beside their name; how far that moves to the right."""
    if not card.portrait:
        return 0
    with Image.open(io.BytesIO(card.portrait)) as opened:
        face = opened.convert("RGB").resize((_FACE, _FACE), Image.Resampling.LANCZOS)
    circle = Image.new("L", (_FACE * 4, _FACE * 4))
    ImageDraw.Draw(circle).ellipse((0, 0, _FACE * 4, _FACE * 4), fill=255)
    picture.paste(face, (_LEFT, top), circle.resize((_FACE, _FACE), Image.Resampling.LANCZOS))
    return _FACE + 20


def _title(draw: ImageDraw.ImageDraw, title: str) -> int:
    """The name in at most three lines, as large as they allow; where the next line begins."""
    for size, most in ((72, 2), (60, 2), (50, 3), (42, 3)):
        lines = _wrapped(title, _font(size, bold=True))
        if len(lines) <= most:
            break
    else:
        lines = [*lines[:2], _cut(" ".join(lines[2:]), _font(size, bold=True), _RIGHT - _LEFT)]
    top = 96
    for line in lines:
        draw.text((_LEFT, top), line, fill=_INK, font=_font(size, bold=True))
        top += round(size * 1.14)
    return top + 18


def _state(draw: ImageDraw.ImageDraw, card: ShareCard) -> None:
    """The word on its colour, and the line about it; a rule above."""
    draw.line((_LEFT, 400, _RIGHT, 400), fill=_LINE, width=2)
    word = _drawable(card.word)
    for size in (36, 30, 25):
        face = _font(size, bold=True)
        if face.getlength(word) <= _RIGHT - _LEFT - 56:
            break
    word = _cut(word, face, _RIGHT - _LEFT - 56)
    width = round(face.getlength(word)) + 56
    draw.rounded_rectangle((_LEFT, 428, _LEFT + width, 488), 30, fill=COLOURS[card.tone])
    draw.text((_LEFT + 28, 458), word, fill="#ffffff", font=face, anchor="lm")
    lines = card.note.split("\n")[:_NOTES]
    size, high = (28, 0) if len(lines) == 1 else (24, 31)
    for n, line in enumerate(lines):
        note = _cut(_drawable(line), _font(size), _RIGHT - _LEFT)
        draw.text((_LEFT, 506 - 4 * (len(lines) - 1) + n * high), note, fill=_SOFT, font=_font(size))


def _small(picture: Image.Image, card: ShareCard) -> bytes:
    if card.width != WIDTHS[0]:
        picture = picture.resize((card.width, card.height), Image.Resampling.LANCZOS)
    for colours in _COLOURS:
        fewer = picture.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        out = io.BytesIO()
        fewer.save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


@lru_cache(maxsize=32)
def _font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(SourceSansProBold if bold else SourceSansPro, size)


def _drawable(text: str) -> str:
    """The text without what the font lacks: better a gap than boxes; the badge stands beside it."""
    kept = "".join(character for character in " ".join(text.split()) if not is_missing(character))
    return " ".join(kept.split())


def _wrapped(text: str, face: ImageFont.FreeTypeFont) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and face.getlength(longer) <= _RIGHT - _LEFT:
            lines[-1] = longer
        else:
            lines += _broken(word, face)
    return lines


def _broken(word: str, face: ImageFont.FreeTypeFont) -> list[str]:
    """A word in pieces that fit."""
    pieces = [""]
    for character in word:
        if face.getlength(pieces[-1] + character) > _RIGHT - _LEFT:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _cut(text: str, face: ImageFont.FreeTypeFont, width: int) -> str:
    if face.getlength(text) <= width:
        return text
    while text and face.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
