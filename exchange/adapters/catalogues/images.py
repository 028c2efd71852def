"""Pictures: draws a badge as PNG and as SVG."""

from __future__ import annotations

import io
from array import array
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from PIL import Image, ImageDraw

from exchange.adapters.catalogues.badge_scene import SIZE, Area, Mark, Part, Words, flatten, font, mix, scene
from exchange.adapters.catalogues.clean_pictures import clean_picture
from exchange.core.catalogues.design import Design
from exchange.core.catalogues.glyphs import LINE

_FINE = 4  # masks are drawn this many times larger and averaged: Pillow does not smooth edges itself
_SIDE = SIZE * _FINE
_FAMILY = "'Source Sans 3','Source Sans Pro','Segoe UI',Helvetica,Arial,sans-serif"


def draw_png(design: Design) -> bytes:
    """The badge as a PNG of 512 × 512 with a clear ground; the same design gives the same bytes."""
    picture, rim = Image.new("RGB", (SIZE, SIZE)), Image.new("RGB", (SIZE, SIZE))
    clear = Image.new("L", (SIZE, SIZE), 0)
    for part in scene(design):
        mask = _mask(part)
        picture.paste(_paint(part), mask=mask)
        rim.paste(_colour(part), mask=mask.point(lambda level: 255 * (level > 0)))
        clear.paste(255, mask=mask)
    # half clear pixels get one colour unmixed: no dark fringe, and few enough colours for a palette
    picture = Image.composite(picture, rim, clear.point(lambda level: 255 * (level == 255)))
    return encode(_with_palette(picture, clear))


def _colour(part: Part) -> str:
    return mix(part.top, part.bottom, 0.5) if isinstance(part, Area) else part.colour


def encode(picture: Image.Image) -> bytes:
    """The picture as a PNG, as small as Pillow makes it."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _with_palette(picture: Image.Image, clear: Image.Image) -> Image.Image:
    """The picture in 256 colours, each with its own opacity: a third of the bytes and no difference to see.

    Pillow's own palette with opacity (the octree) bands every gradient, so the colours are chosen without it.
    """
    for colours in (232, 200, 160, 112, 64):
        fewer = picture.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
        fewer.putalpha(clear)
        pixels = array("I", fewer.tobytes())
        palette = sorted(set(pixels))
        if len(palette) <= 256:
            break
    else:
        return fewer
    index = {colour: i for i, colour in enumerate(palette)}
    out = Image.frombytes("P", picture.size, bytes(map(index.__getitem__, pixels)))
    out.putpalette(array("I", palette).tobytes(), "RGBA")
    return out


def _paint(part: Part) -> Image.Image:
    """What shows where the mask lets it: one colour, or two shaded from top to bottom."""
    if not isinstance(part, Area) or part.top == part.bottom:
        return Image.new("RGB", (SIZE, SIZE), _colour(part))
    ramp = Image.linear_gradient("L").resize((SIZE, SIZE))
    top, bottom = (Image.new("RGB", (SIZE, SIZE), colour) for colour in (part.top, part.bottom))
    return Image.composite(bottom, top, ramp)


def _mask(part: Part) -> Image.Image:
    mask = Image.new("L", (_SIDE, _SIDE), 0)
    draw = ImageDraw.Draw(mask)
    if isinstance(part, Area):
        for line in flatten(part.path):
            draw.polygon([(x * _FINE, y * _FINE) for x, y in line], fill=255)
    elif isinstance(part, Mark):
        _draw_mark(draw, part)
    else:
        _draw_words(draw, part)
    return mask.reduce(_FINE)


def _draw_mark(draw: ImageDraw.ImageDraw, mark: Mark) -> None:
    half = LINE * mark.scale * _FINE / 2
    for d in mark.stroked:
        for line in flatten(d):
            points = [
                ((mark.left + x * mark.scale) * _FINE, (mark.top + y * mark.scale) * _FINE) for x, y in line
            ]
            if d in mark.filled:
                draw.polygon(points, fill=255)
            draw.line(points, fill=255, width=round(2 * half))
            for x, y in points:
                draw.ellipse((x - half, y - half, x + half, y + half), fill=255)


def _draw_words(draw: ImageDraw.ImageDraw, words: Words) -> None:
    face = font(words.size * _FINE)
    x, y = (words.x - words.width / 2) * _FINE, words.baseline * _FINE
    if not words.tracking:
        draw.text((x, y), words.text, fill=255, font=face, anchor="ls")
        return
    for character in words.text:
        draw.text((x, y), character, fill=255, font=face, anchor="ls")
        x += face.getlength(character) + words.tracking * _FINE


def draw_svg(design: Design) -> bytes:
    """The same badge as an SVG; its words are real text, its description is the `alt`."""
    name = f"b{crc32(repr(design).encode()):08x}"  # ids must differ where several badges stand in one page
    shades: list[str] = []
    body = "\n".join(_element(part, name, shades) for part in scene(design))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" role="img" '
        f'aria-labelledby="{name}-title {name}-alt" font-family={quoteattr(_FAMILY)} font-weight="700" '
        f'text-anchor="middle">\n<title id="{name}-title">{escape(design.title)}</title>\n'
        f'<desc id="{name}-alt">{escape(design.alt)}</desc>\n'
        f"<defs>{''.join(shades)}</defs>\n{body}\n</svg>\n"
    ).encode()


def _element(part: Part, name: str, shades: list[str]) -> str:
    """One part as SVG; a gradient it needs is added to `shades`."""
    if isinstance(part, Words):
        tracking = f' letter-spacing="{part.tracking:.2f}"' if part.tracking else ""
        return (  # textLength: with another font than ours the words still fit
            f'<text x="{part.x:g}" y="{part.baseline:.1f}" font-size="{part.size:.1f}" fill="{part.colour}"'
            f'{tracking} textLength="{part.width:.1f}" lengthAdjust="spacingAndGlyphs">'
            f"{escape(part.text)}</text>"
        )
    if isinstance(part, Mark):
        fills = (f' fill="{part.colour}"' if d in part.filled else "" for d in part.stroked)
        paths = "".join(f'<path d="{d}"{fill}/>' for d, fill in zip(part.stroked, fills, strict=True))
        return (
            f'<g transform="translate({part.left:.1f} {part.top:.1f}) scale({part.scale:.3f})" fill="none" '
            f'stroke="{part.colour}" stroke-width="{LINE:g}" stroke-linecap="round" stroke-linejoin="round">'
            f"{paths}</g>"
        )
    if part.top == part.bottom:
        return f'<path d="{part.path}" fill="{part.top}"/>'
    shade = f"{name}-{len(shades)}"
    shades.append(
        f'<linearGradient id="{shade}" gradientUnits="userSpaceOnUse" x1="0" y1="0" x2="0" y2="{SIZE}">'
        f'<stop stop-color="{part.top}"/><stop offset="1" stop-color="{part.bottom}"/></linearGradient>'
    )
    return f'<path d="{part.path}" fill="url(#{shade})"/>'


def clean_png(data: bytes, *, side: int = 1024) -> bytes:
    """A stranger's PNG, JPEG or WebP as a fresh PNG of at most `side` × `side`: its pixels, nothing else.

    Raises InputError: image_too_large (bytes or pixels), image_animated, image_malformed.
    """
    return encode(clean_picture(data, side=side))
