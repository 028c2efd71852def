"""The card as an SVG: its words stay inside, whoever wrote them, and it is green no longer than it may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.shield import COLOURS, breadth
from exchange.core.svg_card import HEIGHT, WIDTH, Row, SvgCard, runs_left, svg_card, wrapped

SVG = "{http://www.w3.org/2000/svg}"
GREEN = COLOURS["good"]
words = st.text(max_size=300)
CARD = SvgCard(
    title="Ready to lead on-call",
    person="Ana Ruiz",
    line="2 badges verified",
    others="3 endorsements",
    when="Checked 26 November 2026, 20:31 UTC",
    old="Not checked since 26 November 2026, 20:31 UTC",
    tone="good",
    rows=(Row("Incident lead", "Atlas", "good", False), Row("Observer", "Atlas", "good", False)),
    more="",
    foot="Badge Exchange · badges.example.org",
    language="en",
    seconds=60,
)


def drawn(**said: Any) -> ElementTree.Element:
    return ElementTree.fromstring(svg_card(replace(CARD, **said)))


def texts(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


@given(words, words, words, words, words, st.sampled_from(sorted(COLOURS)), st.integers(0, 60))
def test_whatever_is_written_it_is_one_picture_of_texts(
    title: str, person: str, line: str, name: str, about: str, tone: str, seconds: int
) -> None:
    rows = (Row(name, about, tone, tone == "stop"),) * 4
    root = drawn(title=title, person=person, line=line, rows=rows, tone=tone, seconds=seconds)
    names = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert names <= {"svg", "title", "style", "clipPath", "rect", "g", "path", "circle", "text", "set"}
    for room in root.iter(f"{SVG}svg"):
        if room is not root:
            assert float(room.attrib["x"]) + float(room.attrib["width"]) <= WIDTH
            assert float(room.attrib["y"]) + float(room.attrib["height"]) <= HEIGHT
            assert room.attrib["overflow"] == "hidden"
    for one in root.iter():
        assert not [name for name in one.attrib if name.startswith("on") or name.endswith("href")]


@given(st.text(min_size=1, max_size=300), st.sampled_from([17, 25, 60]), st.integers(1, 3))
def test_lines_fit_and_hold_the_whole_text_or_say_that_they_do_not(text: str, size: int, most: int) -> None:
    lines = wrapped(text, size, 476, most)
    assert 1 <= len(lines) <= most
    assert all(breadth(line) * size / 11 <= 476 + 0.1 or len(line) <= 2 for line in lines)
    if not lines[-1].endswith("…"):
        (whole,) = wrapped(text, 1, 1_000_000, 1)
        assert "".join(lines).replace(" ", "") == whole.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("Leads the response", ["Leads the", "response"], id="at a space"),
        pytest.param("インシデント対応", ["インシデン", "ト対応"], id="between letters without spaces"),
        pytest.param("Incidentcommander", ["Incidentco", "mmander"], id="in a word that is too long"),
    ],
)
def test_a_text_is_broken_where_its_script_allows(text: str, lines: list[str]) -> None:
    assert wrapped(text, 11, 62, 2) == lines


@pytest.mark.parametrize(
    ("text", "left"),
    [("Ana", False), ("أحمد Ana", True), ("12 ראש", True), ("Ana أحمد", False), ("田中", False), ("", False)],
)
def test_each_text_runs_as_its_first_letter_does(text: str, left: bool) -> None:
    assert runs_left(text) is left
    who = next(one for one in drawn(person=text).iter(f"{SVG}text") if one.attrib["font-size"] == "32")
    assert (who.attrib.get("direction") == "rtl") is left
    assert (who.attrib["x"] == "0") is not left


def test_all_lines_of_a_text_run_as_the_whole_does() -> None:
    root = drawn(title="ست سنوات من الهدوء في إدارة كبيرة (Incident lead, coach) مع الفريق")
    title = [one for one in root.iter(f"{SVG}text") if one.attrib.get("font-weight") == "700"][:2]
    assert [one.attrib.get("direction") for one in title] == ["rtl", "rtl"]


def test_it_says_who_what_how_it_stands_and_when_to_who_cannot_see_it_too() -> None:
    root = drawn()
    assert {CARD.title, CARD.person, CARD.line, f"{CARD.when} · {CARD.others}", CARD.foot} <= {*texts(root)}
    for said in (CARD.title, CARD.person, CARD.line, CARD.when):
        assert said in root.attrib["aria-label"]
    assert (root.attrib["role"], root.attrib["lang"]) == ("img", "en")


def green(root: ElementTree.Element, *, after: bool) -> bool:
    """Whether anything of it is green, before or after its limit."""

    def seen(one: ElementTree.Element) -> bool:
        change = one.find(f"{SVG}set")
        display = one.attrib.get("display", "inline")
        if change is not None and after:
            assert (change.attrib["attributeName"], change.attrib["fill"]) == ("display", "freeze")
            display = change.attrib["to"]
        return display != "none" and (one.attrib.get("fill") == GREEN or any(map(seen, one)))

    return seen(root)


@pytest.mark.parametrize("tone", sorted(COLOURS))
def test_it_is_green_for_its_seconds_and_only_where_it_is_good(tone: str) -> None:
    rows = tuple(replace(one, tone=tone) for one in CARD.rows)
    root = drawn(tone=tone, rows=rows, seconds=7)
    assert green(root, after=False) is (tone == "good")
    assert not green(root, after=True)
    begins = {one.attrib["begin"] for one in root.iter(f"{SVG}set")}
    assert begins == ({"7s"} if tone in ("good", "note") else set())
    assert (CARD.old in texts(root)) is (tone in ("good", "note"))


def test_what_is_kept_in_a_file_is_never_green_and_has_its_moment() -> None:
    root = drawn(seconds=0)
    assert GREEN not in ElementTree.tostring(root, "unicode")
    assert CARD.line in texts(root)
    assert CARD.old not in texts(root)


def test_a_code_has_all_its_modules_on_white() -> None:
    root = drawn(code=(b"\x01\x00", b"\x00\x01"))
    (path,) = [one.attrib["d"] for one in root.iter(f"{SVG}path") if "crispEdges" in one.attrib.values()]
    assert path == "M0 0h1v1h-1zM1 1h1v1h-1z"
