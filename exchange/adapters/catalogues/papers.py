"""Draws a portfolio on one sheet: PDF/A-3a, tagged, with the signed documents attached (typst).

Every word is data to the template (`web/templates/portfolio/one_page.typ`), never markup; what the font lacks
is left out, since PDF/A wants a glyph for each letter. Where not all of it fits, it is said in fewer words,
then in smaller letters, and at last not all of it: the live page has the rest.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

from font_source_sans_pro import SourceSansPro  # type: ignore[import-untyped]

from exchange import resources
from exchange.adapters.catalogues.badge_scene import is_missing
from exchange.core.portfolio.paper import INK, Paper, Section

_ATTEMPTS = ((10.5, True, 999), (9.5, True, 999), (9.5, False, 999), (8.5, False, 999), (8.5, False, 40))
"""Size of letters, whether items have their further lines, and how many items there are."""
_FEWEST = (30, 20, 12, 6, 0)


def draw_paper(paper: Paper) -> bytes:
    """The PDF, of one page; the same bytes for the same paper."""
    import typst  # 80 MB that only this needs

    options: dict[str, Any] = {"font_paths": [str(Path(SourceSansPro).parent)], "ignore_system_fonts": True}
    for size, about, most in (*_ATTEMPTS, *((8.5, False, most) for most in _FEWEST)):
        files = _files(paper, size, about, most)
        if typst.query(files, "<pages>", field="value", one=True, **options) == "1":
            break
    pdf: bytes = typst.compile(
        files, pdf_standards=["a-3a"], timestamp=int(paper.made.timestamp()), **options
    )
    return pdf


def _files(paper: Paper, size: float, about: bool, most: int) -> dict[str, bytes]:
    sections, left = _first(paper, about, most)
    said = asdict(replace(paper, sections=sections, qr=b"", attached=b"", portrait=b""))
    said |= {
        "size": size,
        "ink": INK,
        "made": [paper.made.year, paper.made.month, paper.made.day],
        "more": paper.more.replace("{n}", str(left)) if left else "",
        "qr": "",
        "attached": "",
        "portrait": list(paper.portrait),  # files are text to typst
    }
    return {
        "main": _template(),
        "data.json": json.dumps(_drawable(said)).encode(),
        "qr.svg": paper.qr,
        "presentation.json": paper.attached,
    }


def _first(paper: Paper, about: bool, most: int) -> tuple[tuple[Section, ...], int]:
    """The first items, and how many are left out."""
    sections, left = [], 0
    for section in paper.sections:
        kept = section.entries[:most]
        left += len(section.entries) - len(kept)
        most -= len(kept)
        if kept:
            shown = kept if about else tuple(replace(one, about=()) for one in kept)
            sections.append(Section(section.title, shown))
    return tuple(sections), left


def _drawable(value: Any) -> Any:
    """The same with nothing in it that the font cannot draw; addresses stay as they are, in ASCII."""
    if isinstance(value, str):
        if value.isascii():
            return value
        kept = "".join(one for one in value if not is_missing(one))
        return " ".join(kept.split())
    if isinstance(value, dict):
        return {name: _drawable(one) for name, one in value.items()}
    return [_drawable(one) for one in value] if isinstance(value, list | tuple) else value


@cache
def _template() -> bytes:
    return (resources.data_path("web") / "templates/portfolio/one_page.typ").read_bytes()
