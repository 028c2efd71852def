"""What strangers wrote is shown for what it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.plain_text import as_named, one_line, plain, pretends

GONE = "\ufffd"
SEEN = {
    "an override": ("Ada \u202egnp.exe", f"Ada {GONE}gnp.exe"),
    "an isolate": ("\u2067Ada\u2069", f"{GONE}Ada{GONE}"),
    "an Arabic letter mark": ("A\u061cB", f"A{GONE}B"),
    "a zero-width space": ("Pa\u200bul", f"Pa{GONE}ul"),
    "a word joiner": ("Pa\u2060ul", f"Pa{GONE}ul"),
    "a soft hyphen": ("Pa\u00adul", f"Pa{GONE}ul"),
    "a filler that is a letter": ("\u3164", GONE),
    "a joiner among Latin letters": ("Pa\u200dul", f"Pa{GONE}ul"),
    "a joiner of an emoji": ("\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb"),
    "a non-joiner of Persian": ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    "a tag among letters": ("Pa\U000e0061ul", f"Pa{GONE}ul"),
    "the flag of Scotland": (
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    ),
    "a form of a letter": ("Pa\ufe0ful", f"Pa{GONE}ul"),
    "a form of an emoji": ("\u2764\ufe0f", "\u2764\ufe0f"),
    "a blank of Braille": ("Pa\u2800ul", f"Pa{GONE}ul"),
    "NUL": ("A\x00B", f"A{GONE}B"),
    "an escape": ("\x1b[31mred", f"{GONE}[31mred"),
    "a line separator": ("A\u2028B", f"A{GONE}B"),
    "a stack of marks": ("e" + "\u0301" * 40, "e" + "\u0301" * 4 + GONE),
    "Vietnamese": ("Nguye\u0302\u0303n", "Nguye\u0302\u0303n"),
}


@pytest.mark.parametrize("case", SEEN)
def test_what_is_not_seen_is_shown(case: str) -> None:
    text, shown = SEEN[case]
    assert plain(text) == shown


NAMES = {
    "Cyrillic among Latin": ("P\u0430ul", "P\u0430ul [CYRILLIC \u0430]"),
    "Greek first": ("\u0391da", "\u0391da [GREEK \u0391]"),
    "with a tag between": ("P\U000e0061\u0430ul", f"P{GONE}\u0430ul [CYRILLIC \u0430]"),
    "in a later word": ("Ada L\u043evelace", "Ada L\u043evelace [CYRILLIC \u043e]"),
    "parted by a mark": ("P\u0301\u0430ul", "P\u0301\u0430ul [CYRILLIC \u0430]"),
    "of mathematics": ("\U0001d400da", "\U0001d400da [MATHEMATICAL \U0001d400]"),
    "wide": ("\uff30aul", "\uff30aul [FULLWIDTH \uff30]"),
    "one script": ("\u0410\u0434\u0430", "\u0410\u0434\u0430"),
    "each word its own": ("\u0410\u0434\u0430 Lovelace", "\u0410\u0434\u0430 Lovelace"),
    "Japanese": ("\u5c71\u7530Taro", "\u5c71\u7530Taro"),
    "with accents": ("\u0141ucja \u0150ry", "\u0141ucja \u0150ry"),
    "on two lines": ("Ada\nLovelace", "Ada Lovelace"),
    "plain": ("Ada Lovelace", "Ada Lovelace"),
}


@pytest.mark.parametrize("case", NAMES)
def test_a_name_says_which_letters_only_look_like_others(case: str) -> None:
    name, shown = NAMES[case]
    assert as_named(name) == shown


@given(st.text(max_size=400))
def test_nothing_unseen_is_left_whatever_it_was(text: str) -> None:
    for shown in (plain(text), one_line(text), as_named(text)):
        assert not pretends(shown)
        assert len(shown) <= 1000
    assert "\n" not in as_named(text)
    assert plain(plain(text)) == plain(text)
