"""A broken catalogue is refused with file and line; what is begun can be synced at once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from exchange.adapters.catalogues.catalogue_files import load_catalogues, new_catalogue, save_catalogue
from exchange.adapters.catalogues.toml_files import line_of
from exchange.core.catalogues.catalogue import CatalogueBadge
from exchange.core.catalogues.design import SHAPES
from exchange.core.catalogues.glyphs import GLYPHS
from exchange.core.catalogues.picture import Picture
from exchange.core.catalogues.toml_text import write_toml
from exchange.errors import ConflictError, InputError
from exchange.resources import data_path


@pytest.fixture
def issuers(tmp_path: Path) -> Path:
    """A copy of one shipped catalogue, to be broken."""
    shutil.copytree(data_path("issuers") / "atlas", tmp_path / "issuers" / "atlas")
    return tmp_path / "issuers"


def refusal(issuers: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_catalogues(issuers)
    assert caught.value.code == "catalogue_malformed"
    return caught.value.message.splitlines()


def rewrite(path: Path, old: str, new: str) -> int:
    """Replace the first `old` by `new`; the line it stands in."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def test_wrong_value_is_refused_in_its_line(issuers: Path) -> None:
    badge = issuers / "atlas" / "badges" / "incident-coach.toml"
    line = rewrite(badge, "valid_days = 1095", 'valid_days = "long"')
    assert refusal(issuers) == [
        f'issuers/atlas/badges/incident-coach.toml:{line}: valid_days is "long": '
        "it must be a whole number of days from 1 to 3660."
    ]


def test_wrong_value_deep_inside_is_refused_in_its_line(issuers: Path) -> None:
    badge = issuers / "atlas" / "badges" / "incident-lead.toml"
    text = badge.read_text()
    place = text.rindex('key = "teachable"')
    badge.write_text(text[:place] + 'key = "Teachable!"' + text[place + len('key = "teachable"') :])
    line = text[:place].count("\n") + 1
    assert refusal(issuers)[0].startswith(
        f'issuers/atlas/badges/incident-lead.toml:{line}: results[1].levels[2].key is "Teachable!"'
    )


def test_missing_value_is_refused_in_the_line_of_its_table(issuers: Path) -> None:
    badge = issuers / "atlas" / "badges" / "incident-lead.toml"
    rewrite(badge, 'framework = "O*NET Content Model"\n', "")
    rewrite(badge, 'url = "https://www.onetonline.org/find/descriptor/result/2.B.1.b"\n', "")
    lines = badge.read_text().splitlines()
    second = [number for number, text in enumerate(lines, start=1) if text == "[[alignments]]"][1]
    assert refusal(issuers)[0].startswith(
        f"issuers/atlas/badges/incident-lead.toml:{second}: alignments[1].url is missing"
    )


def test_what_is_no_toml_is_refused_in_its_line(issuers: Path) -> None:
    line = rewrite(issuers / "atlas" / "issuer.toml", 'url = "', "url = ")
    assert refusal(issuers)[0].startswith(f"issuers/atlas/issuer.toml:{line}: ")


def test_every_fault_of_every_file_is_listed(issuers: Path) -> None:
    rewrite(issuers / "atlas" / "issuer.toml", "email =", "mail =")
    rewrite(issuers / "atlas" / "policy.toml", "730", "0")
    rewrite(issuers / "atlas" / "badges" / "first-responder.toml", 'glyph = "lifebuoy"', 'glyph = "unicorn"')
    files = [re.match(r"issuers/atlas/(.+?):\d+: ", line) for line in refusal(issuers)]
    assert [found and found[1] for found in files] == [
        "issuer.toml",
        "policy.toml",
        "badges/first-responder.toml",
    ]


def test_folder_without_an_issuer_is_refused_and_not_passed_over(issuers: Path) -> None:
    (issuers / "empty").mkdir()
    assert refusal(issuers) == [
        "issuers/empty/issuer.toml:1: issuers/empty has no issuer.toml: it says who issues."
    ]


def test_hidden_folder_is_passed_over(issuers: Path) -> None:
    (issuers / ".git").mkdir()
    assert [catalogue.slug for catalogue in load_catalogues(issuers)] == ["atlas"]


def test_no_catalogue_at_all_is_said(tmp_path: Path) -> None:
    assert refusal(tmp_path)[0].endswith("holds no folder with a catalogue in it.")


def test_file_that_is_not_utf8_is_named(issuers: Path) -> None:
    (issuers / "atlas" / "issuer.toml").write_bytes(b'name = "Caf\xe9"')
    assert "is not written in UTF-8" in refusal(issuers)[0]


def test_file_that_is_too_large_is_named(issuers: Path) -> None:
    (issuers / "atlas" / "policy.toml").write_bytes(b"#" * 300_000)
    assert "is larger than 256 KB" in refusal(issuers)[0]


def test_a_catalogue_itself_is_no_folder_of_catalogues(issuers: Path) -> None:
    assert refusal(issuers / "atlas")[0].endswith(f"name the folder it is in, {issuers}.")


# --- images ---


LEAD = "atlas/badges/incident-lead.toml"
DRAWN = re.compile(r"\[image\].*?\n\n", re.DOTALL)


def own_image(issuers: Path, **table: str) -> dict[str, int]:
    """Write the image table of one badge anew; the line of each of its members, and of the table."""
    text = DRAWN.sub(write_toml({"image": table}) + "\n", (issuers / LEAD).read_text(), count=1)
    (issuers / LEAD).write_text(text)
    lines = text.splitlines()
    start = lines.index("[image]") + 1
    return {"image": start, **{name: start + number for number, name in enumerate(table, start=1)}}


@pytest.fixture
def images(issuers: Path) -> Path:
    """The folder of images, with one of each kind in it."""
    folder = issuers / "atlas" / "images"
    folder.mkdir()
    Image.new("RGB", (100, 100), "#c81e3c").save(folder / "lead.png")
    (folder / "lead.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    )
    return folder


def lead_of(issuers: Path) -> CatalogueBadge:
    return next(badge for badge in load_catalogues(issuers)[0].badges if badge.slug == "incident-lead")


def test_a_picture_of_ones_own_is_there_as_png_and_svg(issuers: Path, images: Path) -> None:
    own_image(issuers, file="lead.png", alt="Red")
    look = lead_of(issuers).look
    assert isinstance(look, Picture)
    assert look.png.startswith(b"\x89PNG")
    assert b"data:image/png" in look.svg
    assert (look.alt, b"<title" in look.svg, b"Incident lead" in look.svg) == ("Red", True, True)
    own_image(issuers, file="lead.png", svg="lead.svg", alt="Red")
    with_svg = lead_of(issuers).look
    assert isinstance(with_svg, Picture)
    assert (with_svg.png, b"<rect" in with_svg.svg) == (look.png, True)


def test_alt_text_that_is_missing_is_refused_in_the_line_of_its_table(issuers: Path, images: Path) -> None:
    line = own_image(issuers, file="lead.png")["image"]
    assert refusal(issuers) == [f"issuers/{LEAD}:{line}: `alt` is missing from the image table."]


def test_a_picture_that_is_not_there_is_refused_in_its_line(issuers: Path, images: Path) -> None:
    line = own_image(issuers, file="leader.png", alt="Red")["file"]
    missing = "images/leader.png cannot be read: No such file or directory."
    assert refusal(issuers) == [f"issuers/{LEAD}:{line}: {missing}"]


def test_an_svg_that_does_more_than_draw_is_refused_in_its_line(issuers: Path, images: Path) -> None:
    rewrite(images / "lead.svg", "<rect", "<foreignObject")
    line = own_image(issuers, file="lead.png", svg="lead.svg", alt="Red")["svg"]
    assert refusal(issuers)[0].startswith(f"issuers/{LEAD}:{line}: The SVG")


def test_a_picture_that_is_broken_is_refused_in_its_line(issuers: Path, images: Path) -> None:
    (images / "lead.png").write_bytes((images / "lead.png").read_bytes()[:60])
    line = own_image(issuers, file="lead.png", alt="Red")["file"]
    assert refusal(issuers)[0].startswith(f"issuers/{LEAD}:{line}: The picture cannot be read")


def test_characters_that_the_font_lacks_are_named_with_their_line(issuers: Path) -> None:
    line = rewrite(issuers / LEAD, 'title = "Incident lead"', 'title = "Incident 学 lead"')
    rewrite(issuers / LEAD, 'subtitle = "Step 4 of 6"', 'subtitle = "🎓"')
    found = refusal(issuers)
    assert found[0].startswith(f"issuers/{LEAD}:{line}: `title` holds 学 (U+5B66), which the font")
    assert found[1].startswith(f"issuers/{LEAD}:{line + 1}: `subtitle` holds 🎓 (U+1F393), which the font")


# --- what is begun and written ---


def test_what_is_begun_can_be_synced_at_once(tmp_path: Path) -> None:
    files = new_catalogue(tmp_path / "issuers" / "data-guild")
    assert list(files) == ["badges/first-badge.toml", "issuer.toml", "policy.toml"]
    (catalogue,) = load_catalogues(tmp_path / "issuers")
    assert (catalogue.slug, catalogue.profile["name"]) == ("data-guild", "Data guild")
    text = files["badges/first-badge.toml"].decode()
    assert all(glyph in text for glyph in GLYPHS)
    assert all(shape in text for shape in SHAPES)


def test_every_line_that_is_commented_out_would_be_right(tmp_path: Path) -> None:
    new_catalogue(tmp_path / "issuers" / "guild")
    for file in (tmp_path / "issuers" / "guild").rglob("*.toml"):
        text = re.sub(r"(?ms)^# Or bring .*?^# alt = [^\n]*$", "", file.read_text())
        file.write_text(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))
    (catalogue,) = load_catalogues(tmp_path / "issuers")
    assert catalogue.profile["url"]
    assert catalogue.badges[0].alignments
    assert catalogue.badges[0].results[0].required


@pytest.mark.parametrize("name", ["Data", "data_guild", "-", "a" * 65])
def test_a_name_that_is_no_slug_begins_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        new_catalogue(tmp_path / name)
    assert caught.value.code == "slug_malformed"
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_there_is_ever_written_over(issuers: Path) -> None:
    before = sorted(issuers.rglob("*"))
    for write in (new_catalogue, lambda folder: save_catalogue(folder, {"issuer.toml": b""})):
        with pytest.raises(ConflictError) as caught:
            write(issuers / "atlas")
        assert caught.value.code == "folder_exists"
    assert sorted(issuers.rglob("*")) == before


def test_a_catalogue_that_cannot_be_written_whole_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="File exists"):
        save_catalogue(tmp_path / "team", {"a": b"", "a/b": b""})
    assert list(tmp_path.iterdir()) == []


TOML = '''\
# name = "in a comment"
name = "first"          # 2
text = """
name = "in a text"
[image]
"""
tags = [
  "a = 1",
]
[image]                 # 10
alt = "x"
[[results]]             # 12
key = "one"
[[results.levels]]
key = "low"             # 15
[[results.levels]]
key = 'high'
[[results]]             # 18
key = "two"
[[results.levels]]
a.b = 1                 # 21
'''


@pytest.mark.parametrize(
    ("at", "line"),
    [
        ("", 1),
        ("/name", 2),
        ("/missing", 1),
        ("/tags/0", 7),
        ("/image", 10),
        ("/image/alt", 11),
        ("/image/missing", 10),
        ("/results/0/key", 13),
        ("/results/0/levels/0/key", 15),
        ("/results/0/levels/1/key", 17),
        ("/results/0/levels/1/missing", 16),
        ("/results/1/key", 19),
        ("/results/1/levels/0", 20),
        ("/results/1/levels/0/a/b", 21),
    ],
)
def test_line_of_a_place_in_toml(at: str, line: int) -> None:
    assert line_of(TOML, at) == line
