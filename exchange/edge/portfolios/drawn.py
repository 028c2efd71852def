"""What is on a card of a portfolio, in the language of the moment: the picture that networks show beside a
link, and the drawing.

Neither tells the secret of a link: a picture travels further than a link. What everybody may see has its
address on the drawing, as a code too.
"""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import segno

from exchange import languages
from exchange.core import urls
from exchange.core.portfolio.shown import Item, Shown
from exchange.core.share_card import WIDTHS, ShareCard
from exchange.core.svg_card import MOST_ROWS, Row, SvgCard
from exchange.edge.embeds.words import checked
from exchange.edge.http.site import BRAND
from exchange.edge.portfolios.words import say, whole
from exchange.flows.badges.show import achievement
from exchange.flows.portfolios.portrait import portrait_in
from exchange.flows.ports import Ports
from exchange.languages import day, gettext, ngettext

_IMAGE = re.compile(r"/achievements/([^/]+)/([^/]+)/([0-9]+)/image\.png")
_ON_CARD = 4


async def share_card(ports: Ports, shown: Shown, width: int = WIDTHS[0]) -> ShareCard:
    """What is on the picture: of the badges, some of those that stand."""
    said = whole(shown)
    seen = gettext("Seen on %(day)s. The link tells what holds now.", day=day(ports.now()))
    places = dict.fromkeys(item.picture for item in shown.items if item.picture and not item.tombstone)
    pictures = [await _picture(ports, place) for place in list(places)[:_ON_CARD]]
    first, *more = filter(None, [*pictures, b""]) if any(pictures) else [b""]
    badges_first = sorted(shown.items, key=lambda item: item.kind == "endorsement")
    fallen = [line for item in badges_first if item.tombstone and (line := _fallen(item))]
    past = [*fallen[:1], " … ".join(fallen[1:])] if len(fallen) > 1 else fallen
    return ShareCard(
        title=shown.headline,
        issuer=shown.person,
        proof=said.others,
        word=said.line,
        note="\n".join([*past, seen]),
        tone=said.tone,
        foot=f"{BRAND} · {urlsplit(ports.base_url).netloc}",
        badge=first,
        width=width,
        more=tuple(more),
        portrait=await portrait_in(ports, shown),
    )


def _fallen(item: Item) -> str:
    """What does not stand, in a line: since when, and why where that is public; `""` of what has no day."""
    since = item.since or (item.ends if item.state == "expired" else None)
    if since is None:
        return ""
    said = say(item)
    return " · ".join(filter(None, (f"{said.name}: {said.word}", day(since), item.reason)))


async def svg_card_of(ports: Ports, shown: Shown, *, kept: bool = False) -> SvgCard:
    """What is on the drawing; `kept`: in a file, which nobody looks at now."""
    said, now = whole(shown), ports.now()
    at = languages.moment(now)
    badges = shown.of_kind("badge", "vouch", "imported") or shown.items
    over = len(badges) - MOST_ROWS
    place = urls.shared(ports.base_url, shown.key) if shown.key.startswith("@") else ""
    fresh = shown.fresh_until(now) - now
    return SvgCard(
        title=shown.headline,
        person=shown.person,
        line=said.line,
        others=said.others,
        when=gettext("As of %(at)s", at=at) if kept else checked(now),
        old=gettext("Not checked since %(at)s", at=at),
        tone=said.tone,
        rows=tuple(map(_row, badges[:MOST_ROWS])),
        more=ngettext("and %(num)s more", "and %(num)s more", over) if over > 0 else "",
        foot=" · ".join((BRAND, (place or ports.base_url).partition("://")[2])),
        language=languages.spoken().code,
        seconds=0 if kept else max(fresh // timedelta(seconds=1), 1),
        code=tuple(map(bytes, segno.make(place, error="m", micro=False).matrix)) if place else (),
        portrait=await portrait_in(ports, shown),
    )


def _row(item: Item) -> Row:
    said = say(item)
    about = said.by if item.state == "valid" else said.sentence or said.word
    return Row(said.name, about, said.tone, item.tombstone)


async def _picture(ports: Ports, path: str) -> bytes:
    """The picture of one of our achievements; nothing for others."""
    found = _IMAGE.fullmatch(path)
    if found is None:
        return b""
    issuer, slug, version = found.groups()
    return (await achievement(ports, issuer, slug, int(version))).image
