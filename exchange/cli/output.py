"""Results as a terminal shows them; what strangers wrote is cleaned: one line, no control characters."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any

from exchange.core.plain_text import one_line

MARKS = {"ok": "✓", "warning": "!", "unknown": "?", "error": "✗"}
_COLOURS = {"ok": "32", "warning": "33", "unknown": "33", "error": "31"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command has to say: `value` for --json, `lines` for people, and the exit status.

    A line is (level, text): the level of a finding gives its mark and colour, `""` gives none. A `document`
    is printed as it is, instead of both: it is for a program, or for a file. `said`: all was
    printed while it happened.
    """

    value: dict[str, Any]
    lines: list[tuple[str, str]] = field(default_factory=list)
    status: int = 0
    document: str = ""
    said: bool = False


def show(reply: Reply, *, as_json: bool, colours: bool) -> None:
    """Print a reply on stdout."""
    if reply.document:
        print(reply.document, end="")
        return
    if reply.said:
        return
    if as_json:
        print(json.dumps(reply.value, indent=2))
        return
    for level, text in reply.lines:
        indent = text[: len(text) - len(text.lstrip(" "))]
        line = one_line(text)
        if level:
            line = f"{MARKS[level]} {line}"
        print(indent + (f"\x1b[{_COLOURS[level]}m{line}\x1b[0m" if level and colours else line))


def wants_colours(no_color: bool) -> bool:
    """Whether stdout is a terminal whose user did not say NO_COLOR."""
    return sys.stdout.isatty() and not no_color


def on_a_terminal() -> bool:
    """Whether there is somebody who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def typed(question: str) -> str:
    """What somebody at the terminal answers, without the space around it; `""` for the end of input."""
    try:
        return input(question).strip()
    except EOFError:
        return ""
