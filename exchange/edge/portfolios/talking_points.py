"""Talking points for programs and as Markdown, in the language of the moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from exchange import languages
from exchange.core.plain_text import as_markdown
from exchange.core.portfolio.shown import Shown
from exchange.core.portfolio.skills import named
from exchange.core.portfolio.talking_points import talking_points
from exchange.edge.portfolios.markdown import evidence_line, link
from exchange.edge.portfolios.read import Read
from exchange.edge.portfolios.read_views import (
    ReadPoint,
    ReadTalkingPoints,
    read_talking_points,
    who,
)
from exchange.languages import gettext


def talking_points_of(shown: Shown) -> ReadTalkingPoints:
    """What stands on the sheet."""
    return read_talking_points(talking_points(shown), shown)


def told(shown: Shown) -> dict[str, Any]:
    """For programs."""
    found = talking_points_of(shown)
    return {
        "person": shown.person,
        "headline": shown.headline,
        "points": list(shown.points),
        "skills": list(found.skills),
        "sections": [
            {
                "title": title,
                "points": [
                    {
                        "item": named(point.item),
                        "sentence": point.sentence,
                        "ask": [named(voice.item) for voice in point.voices],
                        "evidence": msgspec.to_builtins(point.item.evidence),
                        "questions": list(point.questions),
                    }
                    for point in points
                ],
            }
            for title, points in found.sections
        ],
        "more": [named(one.item) for one in found.more],
        "past": [named(one.item) for one in found.past],
        "questions": list(found.questions),
    }


def talking_points_markdown(shown: Shown, base: str, checked: datetime) -> str:
    """The sheet as Markdown, in which nothing that anybody wrote is active; as it was at `checked`."""
    found = talking_points_of(shown)
    blocks = [
        f"# {as_markdown(gettext('Talking points'))}: {as_markdown(shown.headline)}",
        f"**{as_markdown(shown.person)}** · {as_markdown(languages.day(checked))}",
        "\n".join(f"- {as_markdown(point)}" for point in shown.points),
    ]
    if found.skills:
        skills = ", ".join(map(as_markdown, found.skills))
        blocks.append(f"**{as_markdown(gettext('Skills'))}**: {skills}")
    for title, points in found.sections:
        if title:
            blocks.append(f"## {as_markdown(title)}")
        blocks += ["\n".join(_point(point, base)) for point in points]
    blocks += _list(gettext("Also shown"), [_name(one, base) for one in found.more])
    past = [f"{_name(one, base)}. {as_markdown(f'{one.word}. {one.sentence}'.strip())}" for one in found.past]
    blocks += _list(gettext("What does not stand any more"), past)
    blocks += _list(gettext("What else may be asked"), [as_markdown(one) for one in found.questions])
    return "\n\n".join(filter(None, blocks)) + "\n"


def _point(point: ReadPoint, base: str) -> Iterator[str]:
    by = who(point.now)
    yield f"### {_name(point.now, base)}{f', {as_markdown(by)}' if by else ''}"
    if point.sentence:
        yield f"\n{as_markdown(point.sentence)}\n"
    for voice in point.voices:
        said = f": “{voice.item.line}”" if voice.item.line else ""
        yield f"- {as_markdown(gettext('Can be asked'))}: {as_markdown(who(voice) + said)}"
    for one in point.item.evidence:
        yield f"- {evidence_line(one)}"
    for question in point.questions:
        yield f"- *{as_markdown(question)}*"


def _name(one: Read, base: str) -> str:
    name = gettext("About you") if one.item.kind == "endorsement" and not one.item.about else one.name
    return link(name, base + one.item.page if one.item.page else "")


def _list(title: str, lines: list[str]) -> list[str]:
    return [f"## {as_markdown(title)}", "\n".join(f"- {line}" for line in lines)] if lines else []
