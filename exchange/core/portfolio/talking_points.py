"""Talking points: what to say of what a portfolio shows, whom one can ask about it, and what may be asked.

For the holder, before a conversation, on a sheet or two. Made of the value that a reader has (`shown.py`);
the questions follow from what is there and what is not, by rule, so that the same portfolio always asks the
same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from exchange.core.portfolio.shown import Item, Shown, Skill

MOST_FULL = 12
"""How many items are told in full; of the others the name: two sheets are what somebody takes along."""
MOST_QUESTIONS = 3
"""About one item."""
SENTENCE = 220
"""Characters at most."""

Ask = Literal["part", "occasion", "show", "witness", "issuer"]
"""What may be asked of an item: what one's `part` in the evidence was; on which `occasion` who endorses it
saw it; what one could `show` of it, where no evidence is shown; who was a `witness`, where nobody says
anything; and who its `issuer` is, whom nobody here knows."""


class Question(msgspec.Struct, frozen=True):
    """`name` is the evidence's, or the endorser's; `skill` the first that they name, `""` for none."""

    ask: Ask
    name: str = ""
    skill: str = ""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """An item: what was done, in a `sentence`; the `voices` that can be asked, and the `questions`."""

    item: Item
    sentence: str
    voices: tuple[Item, ...] = ()
    questions: tuple[Question, ...] = ()


class Section(msgspec.Struct, frozen=True):
    """Points under a heading of the portfolio, `""` for none."""

    title: str
    points: tuple[Point, ...]


class TalkingPoints(msgspec.Struct, frozen=True):
    """`more` are items that stand and for which there is no room; `past` what does not stand any more: it may
    come up. `skills` are all that are named."""

    sections: tuple[Section, ...]
    more: tuple[Item, ...] = ()
    past: tuple[Item, ...] = ()
    skills: tuple[Skill, ...] = ()


_MARKS = re.compile(r"\*\*|__|`|^\s*(?:#+|>|[-*])\s+", re.MULTILINE)


def talking_points(shown: Shown) -> TalkingPoints:
    """What to say of what is shown."""
    items = {item.key: item for item in shown.items}
    room, more, sections = MOST_FULL, [], []
    for group in shown.groups:
        standing = [items[key] for key in group.items if not items[key].tombstone]
        told, rest = standing[:room], standing[room:]
        room -= len(told)
        more += rest
        if told:
            sections.append(Section(group.title, tuple(_point(item, _voices(shown, item)) for item in told)))
    past = tuple(item for item in shown.items if item.tombstone)
    skills = {skill.name.casefold(): skill for item in shown.items for skill in item.skills}
    return TalkingPoints(tuple(sections), tuple(more), past, tuple(skills.values()))


def _voices(shown: Shown, item: Item) -> tuple[Item, ...]:
    return tuple(one for one in shown.items if one.about == item.key and not one.tombstone)


def _point(item: Item, voices: tuple[Item, ...]) -> Point:
    said = (
        item.line if item.kind == "endorsement" else item.text if item.kind == "vouch" else item.description
    )
    asked = tuple(_questions(item, voices))[:MOST_QUESTIONS]
    return Point(item=item, sentence=first_sentence(said), voices=voices, questions=asked)


def _questions(item: Item, voices: Sequence[Item]) -> Iterator[Question]:
    if item.state == "issuer_unknown":
        yield Question("issuer", item.issuer)
    if item.kind in ("endorsement", "vouch"):
        yield Question("occasion", item.issuer, item.skills[0].name if item.skills else "")
        return
    for voice in voices[:1]:
        yield Question("occasion", voice.issuer, voice.skills[0].name if voice.skills else "")
    if not voices:
        yield Question("witness")
    for proof in [one.name or one.url for one in item.evidence][:1]:
        if proof:
            yield Question("part", proof)
    if not item.evidence:
        yield Question("show")


def first_sentence(text: str, most: int = SENTENCE) -> str:
    """The first sentence of a text, without its Markdown, on one line; cut at a word where it is longer than
    `most`."""
    line = " ".join(_MARKS.sub("", text).split())
    sentence = re.split(r"(?<=[.!?…])\s", line, maxsplit=1)[0]
    if len(sentence) <= most:
        return sentence
    return sentence[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
