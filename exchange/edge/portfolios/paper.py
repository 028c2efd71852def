"""A portfolio as the words of one sheet of paper, in the language of the moment."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import segno

from exchange import languages
from exchange.core import strict_json, urls
from exchange.core.portfolio.paper import Entry, Paper, Section
from exchange.core.portfolio.shown import Item, Shown
from exchange.edge.endorsements.trust_lines import say_line
from exchange.edge.http.site import BRAND
from exchange.edge.portfolios.words import say, whole
from exchange.languages import gettext

MOST_FACTS = 6


def paper(
    shown: Shown, presentation: Mapping[str, Any], base: str, checked: datetime, portrait: bytes = b""
) -> Paper:
    """The sheet of what a link shows, as it was found at `checked`; `portrait` is the JPEG of its holder."""
    said, url, place = whole(shown), urls.shared(base, shown.key), f"{base}/verify"
    items = {item.key: item for item in shown.items}
    hanging = [item for item in shown.items if item.about]
    sections = tuple(
        Section(
            group.title,
            tuple(
                entry
                for key in group.items
                for entry in (
                    _entry(items[key]),
                    *(_entry(one, under=True) for one in hanging if one.about == key),
                )
            ),
        )
        for group in shown.groups
    )
    return Paper(
        language=languages.spoken().code,
        title=shown.headline,
        person=shown.person,
        points=shown.points,
        line=said.line,
        others=said.others,
        tone=said.tone,
        sections=sections,
        facts_title=gettext("What they say together"),
        facts=tuple(say_line(fact.says) for fact in shown.facts[:MOST_FACTS]),
        limits_title=gettext("What this does not prove"),
        limits=(
            gettext("That it is all there is: its holder chose what is shown."),
            gettext("That whoever sent you this is that person: ask them."),
            gettext("That an issuer or a colleague is right: a signature says who said it."),
        ),
        seen=gettext("Seen on %(day)s.", day=languages.day(checked)),
        note=gettext(
            "Paper does not change. The code above leads to what holds now; to check every document by "
            "itself, hand this file in at %(place)s.",
            place=place,
        ),
        more=gettext("… and {n} more, which the link shows."),
        url=url,
        qr=_qr(url),
        qr_says=gettext("QR code of the link: %(url)s", url=url),
        attached=strict_json.dump(presentation),
        attached_says=gettext("The documents that were signed, in a presentation"),
        made=checked.replace(second=0, microsecond=0),  # so that a minute's readers share one
        brand=BRAND,
        portrait=portrait,
        portrait_says=gettext("Picture of %(name)s", name=shown.person),
    )


def _entry(item: Item, *, under: bool = False) -> Entry:
    said = say(item)
    about = [said.proof] if said.proof else []
    if item.skills and item.kind != "endorsement" and not item.tombstone:
        about.append(", ".join(skill.name for skill in item.skills[:4]))
    about += [
        f"{one.name or one.url}: {one.narrative}" if one.narrative else one.name or one.url
        for one in item.evidence
    ]
    return Entry(said.name, said.word, said.tone, said.by, said.sentence, tuple(about), under)


def _qr(url: str) -> bytes:
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", border=2, dark="#000", light="#fff", nl=False
    )
    return out.getvalue()
