"""An image table that names files instead of saying how to draw."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core.catalogues.design import Design
from exchange.core.catalogues.picture import Given, Picture, read_image_table
from exchange.errors import InputError

TABLE = {"file": "lead.png", "svg": "lead.svg", "alt": "A compass"}


def test_an_image_table_is_drawn_or_given() -> None:
    assert read_image_table(TABLE) == Given("lead.png", "A compass", "lead.svg")
    assert read_image_table({"file": "a.b-C_1.webp", "alt": "x"}) == Given("a.b-C_1.webp", "x")
    assert isinstance(read_image_table({"glyph": "eye", "title": "x", "alt": "x"}), Design)


@pytest.mark.parametrize(
    ("change", "code", "at"),
    [
        ({"alt": None}, "design_missing_key", "alt"),
        ({"alt": ""}, "design_text", "alt"),
        ({"alt": 7}, "design_text", "alt"),
        ({"alt": "x" * 301}, "design_text", "alt"),
        ({"file": None}, "picture_alone", "svg"),
        ({"file": ""}, "picture_alone", "svg"),
        ({"file": "../../key.png"}, "picture_file", "file"),
        ({"file": "images/lead.png"}, "picture_file", "file"),
        ({"file": ".png"}, "picture_file", "file"),
        ({"file": "lead.gif"}, "picture_file", "file"),
        ({"file": "lead.svg"}, "picture_file", "file"),
        ({"file": "lead.png\n"}, "picture_file", "file"),
        ({"file": ["lead.png"]}, "picture_file", "file"),
        ({"svg": "lead.png"}, "picture_file", "svg"),
        ({"svg": 7}, "picture_file", "svg"),
        ({"glyph": "eye"}, "design_unknown_key", "glyph"),
    ],
)
def test_refuses(change: dict[str, Any], code: str, at: str) -> None:
    table = {name: value for name, value in {**TABLE, **change}.items() if value is not None}
    with pytest.raises(InputError) as caught:
        read_image_table(table)
    assert (caught.value.code, caught.value.at) == (code, at)


def test_a_source_says_what_is_seen_and_not_where_it_was() -> None:
    assert Picture(b"", b"", "x", "ab").to_source() == {"alt": "x", "png_digest": "ab"}
    assert Picture(b"", b"", "x", "ab", "cd").to_source()["svg_digest"] == "cd"
