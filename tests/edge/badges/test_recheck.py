"""The words for what a reader's own browser finds: one for each code, in each language."""

from __future__ import annotations

import re

import pytest

from exchange.settings import ROOT
from tests.edge.shop import PAGE, Shop

SCRIPTS = ROOT / "web" / "static"
TEXT = "".join(path.read_text() for path in [SCRIPTS / "recheck.js", *(SCRIPTS / "recheck").glob("*.js")])
SAID = re.compile(r'\b(?:wrong|unsure|ok|note|sentence)\((?:[^;]* \? )?"(\w+)"(?: : "(\w+)")?')
"""A code where it is said, or the two of which one is."""


def words(shop: Shop, language: str) -> dict[str, str]:
    page = shop.client.get(f"/badges/{shop.award().key}", headers={**PAGE, "accept-language": language}).text
    return dict(re.findall(r'<p data-says="(\w+)">(.*?)</p>', page))


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_finding_of_the_browser_has_words(language: str) -> None:
    said = words(Shop(), language)
    assert {code for found in SAID.findall(TEXT) for code in found if code} - said.keys() == set()
    assert [code for code in said if f'"{code}"' not in TEXT] == []


def test_what_is_filled_in_is_the_same_in_every_language() -> None:
    shop = Shop()
    english, german = words(shop, "en"), words(shop, "de")
    for code, sentence in english.items():
        assert sorted(re.findall(r"\{\w+\}", sentence)) == sorted(re.findall(r"\{\w+\}", german[code])), code
        assert german[code] != sentence
