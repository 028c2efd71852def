"""Skills of public frameworks that an achievement may name: looked up by any of their words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 12
"""How many a search lists."""


@dataclass(frozen=True, slots=True)
class Skill:
    """What it is called over there, where that says so, and its code there (`""` for none)."""

    name: str
    url: str
    framework: str
    code: str = ""

    def to_table(self) -> dict[str, str]:
        """As an `[[alignments]]` table says it."""
        said = {"name": self.name, "url": self.url, "framework": self.framework, "code": self.code}
        return {name: value for name, value in said.items() if value}


def find_skills(skills: Iterable[Skill], asked: str, most: int = MOST) -> list[Skill]:
    """Those in which every word that was asked for begins a word of name, framework or code.

    First those whose name begins so, then the others, each by name. `[]` for no word."""
    wanted = _words(asked)
    if not wanted:
        return []
    found = [
        skill
        for skill in skills
        if all(
            any(word.startswith(one) for word in _words(f"{skill.name} {skill.framework} {skill.code}"))
            for one in wanted
        )
    ]
    return sorted(found, key=lambda one: (not _words(one.name)[0].startswith(wanted[0]), one.name))[:most]


def _words(text: str) -> list[str]:
    """In small letters without accents, apart at everything that is neither letter nor digit."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))
