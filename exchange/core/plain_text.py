"""What strangers wrote, as text that cannot pretend to be something else."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

MAX_NAME = 300
MAX_LINE = 1000

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a]"
    # Two that join and part letters: Persian and emoji need them, among letters of Europe they hide.
    r"|(?:^|(?<=[\x00-\u052f\u1e00-\u1fff]))[\u200c\u200d]|[\u200c\u200d](?=[\x00-\u052f\u1e00-\u1fff]|$)"
    # Tags spell the flags of countries, and nothing else that anybody sees.
    r"|(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]"
    # What chooses a form of the sign before it: letters have one. (Keycaps, © and ® have two.)
    r"|(?:^|(?<=[\x00-\x22\x24-\x29\x2b-\x2f\x3a-\xa8\xaa-\xad\xaf-\u052f\u1e00-\u1fff]))"
    r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Control and direction characters, and those that nobody sees: they can make a name read as another one."""

_MARK = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACK = re.compile(f"({_MARK}{{4}}){_MARK}+")
"""More marks on a letter than any language has: they cover what stands above and below."""

_ALIKE = frozenset(
    [
        "ARMENIAN",
        "CHEROKEE",
        "COPTIC",
        "CYRILLIC",
        "FULLWIDTH",
        "GEORGIAN",
        "GREEK",
        "LATIN",
        "LISU",
        "MATHEMATICAL",
    ]
)
"""Scripts with letters that look like those of another."""
MAX_ODD = 5


def pretends(text: str) -> bool:
    """Whether some of it is not seen, or turns around what is: no address of ours needs that."""
    return not _is_open(text) and _UNSEEN.search(text) is not None


def _is_open(text: str) -> bool:
    """Whether it is all ASCII that is seen, as most is: then no pattern has to look at it."""
    return text.isascii() and text.isprintable()


def plain(value: object, limit: int = MAX_NAME) -> str:
    """`value` as one safe piece of text, `""` when it has none; a language string gives its `@value`."""
    if isinstance(value, dict):
        value = value.get("@value")
    if not isinstance(value, str):
        return ""
    text = value[: limit + 1]
    if not _is_open(text):
        text = _UNSEEN.sub("\ufffd", text.replace("\r\n", "\n")).strip()
        text = _STACK.sub("\\1\ufffd", text)
    else:
        text = text.strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(value: object, limit: int = MAX_LINE) -> str:
    """`plain`, on one line: for headers, and for terminals, where a line must not pretend to be ours."""
    return " ".join(plain(value, limit).split())


_ACTIVE = re.compile(
    r"[\\`*_{}\[\]#+!|~=$^]"
    # Of these, only where they could be a list, a rule, an address or a picture of a face, so that what is
    # read as it is, in a mail say, stays a sentence.
    r"|(?<![0-9A-Za-z])-|-(?![0-9A-Za-z])|:(?! )|(?<![0-9A-Za-z)]):|(?<=[wW])\."
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u2060"})


def as_markdown(text: str) -> str:
    """One line of Markdown that shows `text`, and nothing else: no link, no picture, no tag, no heading.

    `<` is an entity, since old readers of Markdown take no backslash before it; and after `@` stands a word
    joiner, which nobody sees, so that nobody is called by it and no address becomes a link.
    """
    quiet = _ACTIVE.sub(r"\\\g<0>", " ".join(text.split())).translate(_ENTITIES)
    return _NUMBERED.sub(r"\1\\\2", quiet)


_NO_LINK = re.compile(r"[\s\x00-\x1f\x7f<>\"\\]")


def safe_link(value: object) -> str:
    """`value` if it is an absolute http(s) URL that a page may link to, else `""`."""
    if not isinstance(value, str) or len(value) > 2000 or _NO_LINK.search(value):
        return ""
    if pretends(value):
        return ""
    try:
        parts = urlsplit(value)
        return (
            value if parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc else ""
        )
    except ValueError:
        return ""


def as_named(value: object, limit: int = MAX_NAME) -> str:
    """`one_line` of a name; and where a word of it mixes scripts whose letters look alike, which are the odd
    ones: "Pаul [CYRILLIC а]". A name that is in one script, or whose words are each, stays as it is.

    It depends on the name alone, so that every page, mail and terminal shows the same.
    """
    name = one_line(value, limit)
    if name.isascii():
        return name
    odd: dict[tuple[str, str], None] = {}
    letters = "".join(one for one in name if one != "\ufffd" and unicodedata.category(one)[0] not in "MC")
    for word in re.split(r"[\W\d_]+", letters):
        odd |= dict.fromkeys(_odd_ones(word))
    if not odd:
        return name
    told = ", ".join(f"{script} {letter}" for script, letter in list(odd)[:MAX_ODD])
    return f"{name} [{told}{', …' if len(odd) > MAX_ODD else ''}]"


def _odd_ones(word: str) -> list[tuple[str, str]]:
    """(script, letter) of those that are not in the script most of the word is in."""
    letters = [(unicodedata.name(letter, "").partition(" ")[0], letter) for letter in word]
    scripts = [script for script, _ in letters if script in _ALIKE]
    if len(set(scripts)) < 2:
        return []
    most = max(dict.fromkeys(scripts), key=scripts.count)
    return [one for one in letters if one[0] in _ALIKE and one[0] != most]
