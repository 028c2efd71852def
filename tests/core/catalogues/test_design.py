"""What a badge looks like, in words."""

from __future__ import annotations

import re

import pytest

from exchange.core.catalogues.design import SHAPES, Design, contrast
from exchange.core.catalogues.glyphs import GLYPHS
from exchange.errors import InputError

TABLE = {"glyph": "bridge", "title": "Bridge Builder", "alt": "A bridge on a blue hexagon"}


def test_reads_a_table() -> None:
    design = Design.from_toml({**TABLE, "shape": "shield", "background": "#0F766E", "subtitle": "Level 2"})
    assert (design.shape, design.background, design.glyph, design.ink) == ("shield", "#0F766E", "bridge", "")


@pytest.mark.parametrize(
    ("change", "code", "at"),
    [
        ({"shape": "blob"}, "design_shape", "shape"),
        ({"background": "navy"}, "design_colour", "background"),
        ({"background": "#1234567"}, "design_colour", "background"),
        ({"accent": ""}, "design_colour", "accent"),
        ({"accent": "#12345\n"}, "design_colour", "accent"),
        ({"ink": "white"}, "design_colour", "ink"),
        ({"ink": 16777215}, "design_text", "ink"),
        ({"glyph": "unicorn"}, "design_glyph", "glyph"),
        ({"glyph": ""}, "design_glyph", "glyph"),
        ({"glyph": "ABCD"}, "design_glyph", "glyph"),
        ({"glyph": "<a>"}, "design_glyph", "glyph"),
        ({"title": " "}, "design_text", "title"),
        ({"title": "x" * 49}, "design_text", "title"),
        ({"title": ["x"]}, "design_text", "title"),
        ({"alt": ""}, "design_text", "alt"),
        ({"alt": "x" * 301}, "design_text", "alt"),
        ({"subtitle": "x" * 33}, "design_text", "subtitle"),
        ({"title": "a\x00b"}, "design_text", "title"),
        ({"title": "\u202egnp.live"}, "design_text", "title"),
        ({"alt": "\ufffe"}, "design_text", "alt"),
        ({"subtitle": "\ud800"}, "design_text", "subtitle"),
        ({"colour": "#123456"}, "design_unknown_key", "colour"),
    ],
)
def test_refuses(change: dict[str, object], code: str, at: str) -> None:
    with pytest.raises(InputError) as caught:
        Design.from_toml({**TABLE, **change})
    assert (caught.value.code, caught.value.at) == (code, at)


@pytest.mark.parametrize("name", TABLE)
def test_a_missing_key_is_named(name: str) -> None:
    with pytest.raises(InputError) as caught:
        Design.from_toml({key: value for key, value in TABLE.items() if key != name})
    assert (caught.value.code, caught.value.at) == ("design_missing_key", name)


def test_every_name_and_letters_are_glyphs() -> None:
    for glyph in (*GLYPHS, "A", "ÄÖÜ", "42", "Жя"):
        assert Design(glyph=glyph, title="x", alt="x").glyph == glyph
    assert SHAPES


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ff0000", 1.0)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize("ground", ["#000000", "#1f3a5f", "#777777", "#ffe08a", "#ffffff"])
def test_an_ink_that_was_not_chosen_reads_well(ground: str) -> None:
    design = Design(glyph="star", title="x", alt="x", background=ground)
    assert contrast(design.ink_colour, ground) >= 4.0
    assert Design(glyph="star", title="x", alt="x", background=ground, ink="#123456").ink_colour == "#123456"


@pytest.mark.parametrize("name", GLYPHS)
def test_a_glyph_is_path_data_inside_its_box(name: str) -> None:
    for path in GLYPHS[name]:
        assert path.d.startswith("M ")
        for word in path.d.split():
            assert re.fullmatch(r"[MLCZ]|\d+(?:\.\d+)?", word), word
            assert word.isalpha() or 3.5 <= float(word) <= 96.5
