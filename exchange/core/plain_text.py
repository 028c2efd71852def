"""What strangers wrote, as text that cannot pretend to be something else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

MAX_NAME = 300
MAX_LINE = 1000

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control and direction characters: they can make a name read as another one."""


def pretends(text: str) -> bool:
    """Whether some of it is not seen, or turns around what is: no address of ours needs that."""
    return _UNSEEN.search(text) is not None


def plain(value: object, limit: int = MAX_NAME) -> str:
    """`value` as one safe piece of text, `""` when it has none; a language string gives its `@value`."""
    if isinstance(value, dict):
        value = value.get("@value")
    if not isinstance(value, str):
        return ""
    text = _UNSEEN.sub("\ufffd", value[: limit + 1].replace("\r\n", "\n")).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(value: object, limit: int = MAX_LINE) -> str:
    """`plain`, on one line: for headers, and for terminals, where a line must not pretend to be ours."""
    return " ".join(plain(value, limit).split())


_ACTIVE = re.compile(r"[\\`*_{}\[\]()#+\-.!|~:=$^]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u2060"})


def as_markdown(text: str) -> str:
    """One line of Markdown that shows `text`, and nothing else: no link, no picture, no tag, no heading.

    `<` is an entity, since old readers of Markdown take no backslash before it; and after `@` stands a word
    joiner, which nobody sees, so that nobody is called by it and no address becomes a link.
    """
    return _ACTIVE.sub(r"\\\g<0>", " ".join(text.split())).translate(_ENTITIES)


def safe_link(value: object) -> str:
    """`value` if it is an absolute http(s) URL that a page may link to, else `""`."""
    if not isinstance(value, str) or len(value) > 2000 or re.search(r"[\s\x00-\x1f\x7f<>\"\\]", value):
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
