"""Reads the list of skills that is shipped: `issuers/skills.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exchange.core.catalogues.skills import Skill


def load_skills(file: Path) -> tuple[Skill, ...]:
    """Every skill, in the order of the file."""
    frameworks = tomllib.loads(file.read_text("utf-8"))["frameworks"]
    return tuple(skill for framework in frameworks for skill in _skills(framework))


def _skills(framework: dict[str, Any]) -> Iterator[Skill]:
    listed = framework["skills"]
    named = listed.items() if isinstance(listed, dict) else (("", name) for name in listed)
    for code, name in named:
        yield Skill(name, framework["url"].format(code=code), framework["name"], code)
