"""The shield: a small picture whose words fit, whoever wrote them."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from exchange.core.shield import COLOURS, SIGNS, shield

SVG = "{http://www.w3.org/2000/svg}"
words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=90
)


@given(words, words, words, st.sampled_from(sorted(COLOURS)))
def test_every_text_has_its_place_and_is_read_out(name: str, word: str, note: str, tone: str) -> None:
    root = ElementTree.fromstring(shield(name, word, note, tone, f"{name}: {word}. {note}"))
    total = float(root.attrib["width"])
    ends = [float(text.attrib["x"]) + float(text.attrib["textLength"]) for text in root.iter(f"{SVG}text")]
    assert ends == sorted(ends)
    assert all(end <= total for end in ends)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"].startswith(name.replace("\n", " ")[:1])


def test_what_is_good_is_told_by_a_sign_of_its_own() -> None:
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert b"#17663c" in shield("A", "Valid", "", "good", "A")
