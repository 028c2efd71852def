"""Drawing badges, and cleaning pictures that somebody uploads."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import unicodedata
import zlib
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from exchange.adapters.catalogues.badge_scene import Area, Mark, Words, flatten, outline, scene, uncovered
from exchange.adapters.catalogues.images import clean_png, draw_png, draw_svg
from exchange.core.bake import bake_png, bake_svg, extract
from exchange.core.catalogues.design import SHAPES, Design, Shape, contrast
from exchange.core.catalogues.glyphs import GLYPHS
from exchange.errors import InputError


def design(
    title: str = "Bridge Builder", glyph: str = "bridge", subtitle: str = "Level 2", **more: str
) -> Design:
    return Design.from_toml({"glyph": glyph, "title": title, "subtitle": subtitle, "alt": "A badge", **more})


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_badge_is_512_square_small_clear_around_and_always_the_same(shape: str) -> None:
    png = draw_png(design(shape=shape))
    picture = opened(png)
    assert picture.size == (512, 512)
    assert len(png) <= 40_000
    assert all(picture.getpixel(corner)[3] == 0 for corner in ((0, 0), (511, 0), (0, 511), (511, 511)))  # type: ignore[index]
    assert picture.getpixel((256, 60))[3] == 255  # type: ignore[index]
    assert draw_png(design(shape=shape)) == png


def test_the_outer_edge_has_no_fringe_of_another_colour() -> None:
    picture = opened(draw_png(design(background="#000000", accent="#ffffff", shape="circle", subtitle="")))
    edges = [
        pixel
        for _, pixel in picture.getcolors(1 << 18) or ()
        if isinstance(pixel, tuple) and 0 < pixel[3] < 255
    ]
    assert edges
    assert min(pixel[0] for pixel in edges) > 200


def test_every_field_shows() -> None:
    drawn = [
        draw_png(one)
        for one in (
            design(),
            design(title="Other"),
            design(glyph="star"),
            design(glyph="AB"),
            design(subtitle=""),
            design(background="#7c2d12"),
            design(accent="#ffffff"),
            design(ink="#ffddcc"),
            design(shape="circle"),
        )
    ]
    assert len(set(drawn)) == len(drawn)


def test_the_colours_are_those_asked_for() -> None:
    picture = opened(draw_png(design(background="#7c2d12", accent="#fdba74", shape="circle")))
    edge, ground = picture.getpixel((256, 14)), picture.getpixel((120, 256))
    for got, wanted in ((edge, (253, 186, 116)), (ground, (124, 45, 18))):
        assert isinstance(got, tuple)
        assert max(abs(a - b) for a, b in zip(got, wanted, strict=False)) < 40


@pytest.mark.parametrize("glyph", GLYPHS)
def test_every_glyph_is_a_mark_in_the_middle(glyph: str) -> None:
    mark = next(part for part in scene(design(glyph=glyph)) if isinstance(part, Mark))
    assert mark.left + 50 * mark.scale == 256
    assert 40 < mark.top < 200


@pytest.mark.parametrize("title", ["Zażółć gęślą jaźń", "Ελληνικά Ωμέγα", "Машинное обучение", "Größe ≥ 3 €"])
def test_letters_beyond_ascii_are_drawn(title: str) -> None:
    words = [part.text for part in scene(design(title=title, subtitle="")) if isinstance(part, Words)]
    assert " ".join(words) == title


@pytest.mark.parametrize(
    ("field", "text", "named"),
    [
        ("title", "学習 A", "学 (U+5B66), 習 (U+7FD2)"),
        ("title", "تعلم", "ت (U+062A)"),
        ("title", "Cap 🎓", "🎓 (U+1F393)"),
        ("title", "x\u0302", "\u0302 (U+0302)"),
        ("subtitle", "学", "学 (U+5B66)"),
        ("glyph", "学", "学 (U+5B66)"),
    ],
)
def test_what_the_font_lacks_is_named_instead_of_drawn_as_boxes(field: str, text: str, named: str) -> None:
    wrong = design(**{field: text})
    assert [(error.code, error.at) for error in uncovered(wrong)] == [("design_uncovered", field)]
    for draw in (draw_png, draw_svg):
        with pytest.raises(InputError, match=re.escape(f"`{field}` holds {named}")):
            draw(wrong)
    assert not list(uncovered(design(**{field: "AB"})))


@pytest.mark.parametrize("title", ["e\u0301lan", "Việt ngữ", "Łódź ß", "ΐ ў ѣ"])
def test_letters_with_accents_are_drawn_however_they_are_written(title: str) -> None:
    words = [part.text for part in scene(design(title=title, subtitle="")) if isinstance(part, Words)]
    assert " ".join(words) == unicodedata.normalize("NFC", title)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Knowledge-sharing", ["Knowledge-", "sharing"]),
        ("Cross-team help", ["Cross-team", "help"]),
        ("Wissensvermittlung", ["Wissensvermittlung"]),
        ("Donaudampfschifffahrtsgesellschaft", ["Donaudampfschifff-", "ahrtsgesellschaft"]),
        ("3-D", ["3-D"]),
    ],
)
def test_lines_break_at_spaces_and_hyphens_and_in_words_beyond_measure(title: str, lines: list[str]) -> None:
    parts = scene(design(title=title, shape="circle"))
    assert [part.text for part in parts if isinstance(part, Words)][:-1] == lines


def test_a_subtitle_stands_in_capitals_as_its_language_writes_them() -> None:
    for subtitle, shown in (("Βήμα 4", "ΒΗΜΑ 4"), ("Größe", "GRÖSSE"), ("Żółw", "ŻÓŁW")):
        words = scene(design(subtitle=subtitle))[-1]
        assert isinstance(words, Words)
        assert words.text == shown


def left_edge(polygon: list[tuple[float, float]], y: float) -> float:
    """Where a horizontal line at `y` enters the polygon."""
    return min(
        x1 + (x2 - x1) * (y - y1) / (y2 - y1)
        for (x1, y1), (x2, y2) in pairwise(polygon)
        if min(y1, y2) <= y <= max(y1, y2) and y1 != y2
    )


TITLES = st.text(st.sampled_from("Wmil Wordy äÖ-"), min_size=1, max_size=48).filter(str.strip)


@given(TITLES, st.sampled_from(SHAPES), st.sampled_from(["", "Level 2", "W" * 32]))
def test_words_stay_inside(title: str, shape: Shape, subtitle: str) -> None:
    parts = scene(design(title=title, shape=shape, subtitle=subtitle))
    polygon = flatten(outline(shape, 248))[0]
    words = [part for part in parts if isinstance(part, Words)]
    assert (
        "".join("".join(one.text for one in words).replace("-", "").split()).lower()
        == "".join((title + subtitle).replace("-", "").split()).lower()
    )
    for one in words:
        left = one.x - one.width / 2
        if one.text == subtitle.upper():
            assert left >= 256 - 190
            continue
        assert left >= max(
            left_edge(polygon, one.baseline), left_edge(polygon, one.baseline - 0.6 * one.size)
        )
        assert one.size >= 10


@given(st.sampled_from(["#000000", "#f8fafc", "#f2b134", "#7f7f7f", "#22d3ee", "#6d28d9"]))
def test_the_subtitle_reads_well_on_every_accent(accent: str) -> None:
    parts = scene(design(accent=accent))
    bar, words = [part for part in parts if isinstance(part, Area)][-1], parts[-1]
    assert isinstance(words, Words)
    assert contrast(words.colour, bar.top) >= 4


def test_the_svg_says_in_words_what_it_shows() -> None:
    root = ElementTree.fromstring(draw_svg(design(title="<b>&", alt='"A" & </svg><script>', subtitle="]]>")))
    name = "{http://www.w3.org/2000/svg}"
    assert root.get("viewBox") == "0 0 512 512"
    assert [root.findtext(f"{name}{tag}") for tag in ("title", "desc")] == ["<b>&", '"A" & </svg><script>']
    assert [text.text for text in root.iter(f"{name}text")] == ["<b>&", "]]>"]
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert set(str(root.get("aria-labelledby")).split()) <= set(ids)


def test_two_svgs_in_one_page_do_not_share_ids() -> None:
    one, other = (ElementTree.fromstring(draw_svg(design(title=title))) for title in ("One", "Other"))
    assert {e.get("id") for e in one.iter()} & {e.get("id") for e in other.iter()} == {None}


def test_a_drawn_badge_can_be_baked() -> None:
    text = '{"name":"ż ]]> "}'
    assert extract(bake_png(draw_png(design()), text)).text == text
    assert extract(bake_svg(draw_svg(design()), text)).text == text


# ── pictures that somebody uploads


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def plain(width: int = 40, height: int = 20) -> Image.Image:
    return Image.new("RGB", (width, height), (200, 30, 60))


def huge_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that promises many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_cleaning_keeps_the_pixels(kind: str) -> None:
    cleaned = opened(clean_png(encoded(plain(), kind)))
    assert cleaned.size == (40, 20)
    got = cleaned.getpixel((20, 10))
    assert isinstance(got, tuple)
    assert all(abs(a - b) < 6 for a, b in zip(got, (200, 30, 60, 255), strict=True))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_cleaning_takes_every_kind_of_png(mode: str) -> None:
    grey = Image.new(mode, (4, 4), 40_000) if mode == "I;16" else plain(4, 4).convert(mode)
    cleaned = opened(clean_png(encoded(grey, "PNG")))
    assert cleaned.size == (4, 4)
    if mode == "I;16":
        assert cleaned.getpixel((0, 0)) == (156, 156, 156, 255)


def test_cleaning_leaves_nothing_but_pixels() -> None:
    info = PngInfo()
    info.add_itxt("openbadgecredential", '{"secret":1}')
    info.add_text("Comment", "secret")
    exif = Image.Exif()
    exif[0x010E] = "secret"
    for data in (
        encoded(plain(), "PNG", pnginfo=info, exif=exif, icc_profile=b"secret"),
        encoded(plain(), "JPEG", exif=exif, comment="secret"),
        encoded(plain(), "WEBP", exif=exif, xmp=b"<secret/>") + b"secret",
    ):
        assert b"secret" in data
        cleaned = clean_png(data)
        left = [kind for kind in (b"iTXt", b"tEXt", b"zTXt", b"eXIf", b"iCCP", b"secret") if kind in cleaned]
        assert left == []


def test_a_phone_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(clean_png(encoded(plain(40, 20), "JPEG", exif=exif))).size == (20, 40)


def test_a_large_picture_is_made_smaller() -> None:
    assert opened(clean_png(encoded(plain(2400, 1200), "PNG"))).size == (1024, 512)


GIF = encoded(plain(), "GIF")
MOVING = encoded(plain(), "PNG", save_all=True, append_images=[Image.new("RGB", (40, 20), "#00ff00")])
MOVING_WEBP = encoded(plain(), "WEBP", save_all=True, append_images=[Image.new("RGB", (40, 20), "#00ff00")])
COMMENT_BOMB = encoded(plain(), "PNG")[:33] + (
    lambda data: struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
)(b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)) + encoded(plain(), "PNG")[33:]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "image_malformed"),
        (b"hello", "image_malformed"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image_malformed"),
        (GIF, "image_malformed"),
        (encoded(plain(400, 400), "JPEG")[:-400], "image_malformed"),
        (encoded(plain(), "PNG")[:60], "image_malformed"),
        (huge_png(10, 10), "image_malformed"),
        (huge_png(2049, 2048), "image_too_large"),
        (huge_png(12_000, 12_000), "image_too_large"),
        (huge_png(60_000, 60_000), "image_too_large"),
        (MOVING, "image_animated"),
        (MOVING_WEBP, "image_animated"),
        (COMMENT_BOMB, "image_malformed"),
        (encoded(plain(), "PNG") + bytes(10_000_000), "image_too_large"),
    ],
    ids=["empty", "text", "svg", "gif", "jpeg cut", "png cut", "no pixels", "one row over 4 million",
         "144 million", "3.6 billion", "moving png", "moving webp", "comment bomb", "large file"],
)  # fmt: skip
def test_refuses(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        clean_png(data)
    assert caught.value.code == code


SAMPLES = [encoded(plain(), kind) for kind in ("PNG", "JPEG", "WEBP")]


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@given(st.sampled_from(SAMPLES), st.integers(0, 600), st.binary(min_size=1, max_size=20))
def test_a_damaged_picture_is_an_error_with_a_name_or_clean(sample: bytes, at: int, noise: bytes) -> None:
    with contextlib.suppress(InputError):
        assert clean_png(sample[:at] + noise + sample[at + len(noise) :]).startswith(b"\x89PNG")
