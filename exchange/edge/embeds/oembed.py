"""oEmbed 1.0: what a wiki, a blog or a chat makes of a link to a badge or a portfolio that somebody pastes
into it.

`rich` is a frame, `photo` the card; both obey maxwidth and maxheight. Where nothing fits, the answer is a
`link`. 401 is never said: whether something is private, or is not there, is nobody's business (P16). What its
holder lets nobody frame is a `photo`: a frame would stay empty. Where they list sites, it is a frame: nobody
says where it is to stand (oEmbed has no such parameter), and on other sites the frame itself tells why it is
bare.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape as xml

from litestar import Response

from exchange.core import strict_json, urls
from exchange.core.portfolio.framing import Origins
from exchange.core.share_card import WIDTHS, height_of
from exchange.edge.embeds import shapes
from exchange.edge.embeds.embeds import badge_value, not_here
from exchange.edge.embeds.portfolios import shown_portfolio
from exchange.edge.embeds.words import say
from exchange.edge.http.describe import JSON, Operation, Parameter, described, found
from exchange.edge.http.language import asked
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.http.site import BRAND, Site, TheSite
from exchange.edge.portfolios.words import whole
from exchange.errors import ExchangeError, InputError
from exchange.languages import ENGLISH, speaking

XML = "text/xml"
TEXT = {"type": "string", "minLength": 1}
PIXELS = {"type": "integer", "minimum": 1, "maximum": 999_999}
WIDTH, HEIGHT = 480, 176
WHOLE = 420
"""Of a frame, where there is room, and how high that of a portfolio is; `frames.js` gives it the height that
it really needs."""
SMALLEST, LOWEST = 220, 64
"""Of a frame: below, nothing could be read."""
CACHE = "public, max-age=60"


class FormatUnknownError(ExchangeError):
    """501, as oEmbed says (§2.3.4)."""

    status = 501


OEMBED = Operation(
    "Embeds",
    found("The answer of oEmbed 1.0.", {JSON: shapes.Rich, XML: TEXT}),
    {400: "url_missing size_malformed", 404: "not_embedded", 501: "format_unknown"},
    (
        Parameter(
            "url", "query", TEXT, "The address of a badge or a portfolio here, or of an embed of it.", True
        ),
        Parameter("format", "query", {"enum": ["json", "xml"]}, "`json` unless said."),
        Parameter("maxwidth", "query", PIXELS),
        Parameter("maxheight", "query", PIXELS),
        Parameter(
            "type",
            "query",
            {"enum": ["photo", "rich"]},
            "`photo` for a picture instead of a frame (ours, not oEmbed's).",
        ),
    ),
)


@reads("/oembed", public=True, opt=described(OEMBED))
async def oembed(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """An oEmbed answer for the address of a badge or a portfolio."""
    query = request.query_params
    form = query.get("format", "json")
    if form not in ("json", "xml"):
        raise FormatUnknownError("format_unknown", "The formats are json and xml.", "format")
    if not query.get("url"):
        raise InputError("url_missing", "Say as `url` what is meant.", "url")
    wide, high = _size(request, "maxwidth"), _size(request, "maxheight")
    room, key, photo = _named(site, query["url"])
    code = asked(request)
    with speaking(code or ENGLISH):
        meant = await _meant(site, room, key)
        answer = _about(site, meant)
        fits = wide >= SMALLEST and high >= LOWEST and meant.framed_by != ()
        if (photo or query.get("type") == "photo" or not fits) and (width := _card(wide, high)):
            answer |= {"type": "photo", "url": _picture(site, meant, width)}
            answer |= {"width": width, "height": height_of(width)}
        elif fits:
            answer |= rich(site, meant, min(WIDTH, wide), min(meant.height, high), code)
        if width := _card(min(wide, 600), high):
            answer |= _thumbnail(site, meant, width)
    body, kind = (_xml(answer), XML) if form == "xml" else (strict_json.dump(answer), JSON)
    return reply(request, body, kind, cache=CACHE)


@dataclass(frozen=True, slots=True)
class Meant:
    """What an address is about: `room` and `key` are its embeds'. `title` is its name and how it stands,
    `name` its name and whose it is; `height` that of its frame. `page` is where its `author` is, `""` for
    nowhere."""

    room: str
    key: str
    revision: str
    title: str
    name: str
    author: str
    page: str
    height: int
    framed_by: Origins = None

    def embed(self, site: Site, form: str = "") -> str:
        return urls.embed(site.ports.base_url, self.room, self.key, form)


async def _meant(site: Site, room: str, key: str) -> Meant:
    if room == "portfolios":
        shown = await shown_portfolio(site, key)
        title = f"{shown.headline} ({whole(shown).line})"
        name = f"{shown.headline}, {shown.person}"
        handle = shown.key.partition("~")[0] if shown.key.startswith("@") else ""
        home = urls.shared(site.ports.base_url, handle) if handle else ""
        return Meant(room, shown.key, shown.revision, title, name, shown.person, home, WHOLE, shown.framed_by)
    value = await badge_value(site, key)
    said = say(value)
    title = said.name if value.state == "valid" else f"{said.name} ({said.word})"
    name = f"{said.name}, {said.issuer}" if said.issuer else said.name
    home = site.ports.base_url + value.issuer_page if value.issuer else ""
    return Meant(room, key, value.revision, title, name, value.issuer, home, HEIGHT)


def rich(site: Site, meant: Meant, width: int, height: int, code: str = "") -> dict[str, Any]:
    """A frame of that size; one that is too low for a card shows a line."""
    query = {**({"compact": "1"} if height < HEIGHT else {}), **({"lang": code} if code else {})}
    source = meant.embed(site) + (f"?{urlencode(query)}" if query else "")
    html = frame(source, meant.name, width, height, told=meant.framed_by is not None)
    return {"type": "rich", "html": html, "width": width, "height": height}


def frame(source: str, title: str, width: int, height: int, *, told: bool = False) -> str:
    """The code of a frame, which may do nothing but look again and open the page behind it. `told`: it says
    on which site it stands, and no more of the page there, so that it can say why it shows nothing."""
    policy = 'referrerpolicy="strict-origin" ' if told else ""
    return (
        f'<iframe src="{escape(source)}" title="{escape(title)}" width="{width}" height="{height}" '
        f'loading="lazy" frameborder="0" {policy}'
        'sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )


def discovery(base: str, page: str) -> list[tuple[str, str]]:
    """The media types and addresses that a page names, so that readers find this provider (§4)."""
    kinds = (("application/json+oembed", "json"), ("text/xml+oembed", "xml"))
    return [(kind, f"{base}/oembed?{urlencode({'url': page, 'format': form})}") for kind, form in kinds]


_ROOMS = {"badges": "badges", "embed/badges": "badges", "p": "portfolios", "embed/portfolios": "portfolios"}
"""Where pages and embeds are, and what is there."""


def _named(site: Site, url: str) -> tuple[str, str, bool]:
    """The room and key of what an address of ours is about, and whether it is that of a picture."""
    url = url.partition("#")[0].partition("?")[0].rstrip("/")
    if any(url.startswith(f"{base}/@") for base in site.ports.bases):
        return "portfolios", urls.shared_key(site.ports.bases, url), False
    for place, room in _ROOMS.items():
        name = urls.key_of(site.ports.bases, place, url)
        if name and name != url:
            key, _, form = name.partition(".")
            return room, key, form == "png" and place.startswith("embed/")
    raise not_here()


def _size(request: AnyRequest, name: str) -> int:
    said = request.query_params.get(name, "")
    if not said:
        return 100_000
    if not (said.isascii() and said.isdigit() and len(said) <= 6 and int(said) > 0):
        raise InputError("size_malformed", f"`{name}` is a number of pixels.", name)
    return int(said)


def _card(wide: int, high: int) -> int:
    """The widest card that fits; 0 for none."""
    return next((width for width in WIDTHS if width <= wide and height_of(width) <= high), 0)


def _picture(site: Site, meant: Meant, width: int) -> str:
    """The address of a card of that width; the revision in it makes who keeps pictures ask for a new one."""
    return f"{meant.embed(site, '.png')}?{urlencode({'width': width, 'r': meant.revision})}"


def _about(site: Site, meant: Meant) -> dict[str, Any]:
    parts = urlsplit(site.ports.base_url)
    answer: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": meant.title,
        "provider_name": BRAND,
        "provider_url": f"{parts.scheme}://{parts.netloc}/",
        "cache_age": 60,
    }
    if meant.author:
        answer["author_name"] = meant.author
    if meant.page:
        answer["author_url"] = meant.page
    return answer


def _thumbnail(site: Site, meant: Meant, width: int) -> dict[str, Any]:
    return {
        "thumbnail_url": _picture(site, meant, width),
        "thumbnail_width": width,
        "thumbnail_height": height_of(width),
    }


def _xml(answer: dict[str, Any]) -> bytes:
    inner = "".join(f"<{name}>{xml(str(said))}</{name}>" for name, said in answer.items())
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{inner}</oembed>\n'.encode()
