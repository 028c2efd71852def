"""oEmbed 1.0: what a wiki, a blog or a chat makes of a link to a badge that somebody pastes into it.

`rich` is a frame, `photo` the card; both obey maxwidth and maxheight. Where nothing fits, the answer is a
`link`. 401 is never said: whether something is private, or is not there, is nobody's business (P16).
"""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape as xml

from litestar import Response

from exchange.core import strict_json, urls
from exchange.core.share_card import WIDTHS, height_of
from exchange.edge.embeds import shapes
from exchange.edge.embeds.embeds import badge_value, not_here
from exchange.edge.embeds.words import Said, say
from exchange.edge.http.describe import JSON, Operation, Parameter, described, found
from exchange.edge.http.language import asked
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.http.site import BRAND, Site, TheSite
from exchange.errors import ExchangeError, InputError
from exchange.flows.embeds.value import Value
from exchange.languages import ENGLISH, speaking

XML = "text/xml"
TEXT = {"type": "string", "minLength": 1}
PIXELS = {"type": "integer", "minimum": 1, "maximum": 999_999}
WIDTH, HEIGHT = 480, 176
"""Of a frame, where there is room; `frames.js` gives it the height that it really needs."""
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
        Parameter("url", "query", TEXT, "The address of a badge here, or of one of its embeds.", True),
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
    """An oEmbed answer for the address of a badge."""
    query = request.query_params
    form = query.get("format", "json")
    if form not in ("json", "xml"):
        raise FormatUnknownError("format_unknown", "The formats are json and xml.", "format")
    if not query.get("url"):
        raise InputError("url_missing", "Say as `url` which badge is meant.", "url")
    wide, high = _size(request, "maxwidth"), _size(request, "maxheight")
    key, photo = _named(site, query["url"])
    value = await badge_value(site, key)
    code = asked(request)
    with speaking(code or ENGLISH):
        said = say(value)
        answer = _about(site, value, said)
        fits = wide >= SMALLEST and high >= LOWEST
        if (photo or query.get("type") == "photo" or not fits) and (width := _card(wide, high)):
            card = urls.embed(site.ports.base_url, "badges", key, ".png")
            answer |= {"type": "photo", "url": _with(card, width, value)}
            answer |= {"width": width, "height": height_of(width)}
        elif fits:
            answer |= rich(site, value, said, min(WIDTH, wide), min(HEIGHT, high), code)
        if width := _card(min(wide, 600), high):
            answer |= _thumbnail(site, value, width)
    body, kind = (_xml(answer), XML) if form == "xml" else (strict_json.dump(answer), JSON)
    return reply(request, body, kind, cache=CACHE)


def rich(site: Site, value: Value, said: Said, width: int, height: int, code: str = "") -> dict[str, Any]:
    """A frame of that size; one that is too low for a card shows a line."""
    query = {**({"compact": "1"} if height < HEIGHT else {}), **({"lang": code} if code else {})}
    source = urls.embed(site.ports.base_url, "badges", value.key) + (f"?{urlencode(query)}" if query else "")
    return {"type": "rich", "html": frame(source, said, width, height), "width": width, "height": height}


def frame(source: str, said: Said, width: int, height: int) -> str:
    """The code of a frame, which may do nothing but look again and open the badge's page."""
    title = escape(f"{said.name}, {said.issuer}" if said.issuer else said.name)
    return (
        f'<iframe src="{escape(source)}" title="{title}" width="{width}" height="{height}" loading="lazy" '
        'frameborder="0" sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )


def discovery(base: str, key: str) -> list[tuple[str, str]]:
    """The media types and addresses that a badge's page names, so that readers find this provider (§4)."""
    page = urls.badge(base, key)
    kinds = (("application/json+oembed", "json"), ("text/xml+oembed", "xml"))
    return [(kind, f"{base}/oembed?{urlencode({'url': page, 'format': form})}") for kind, form in kinds]


def _named(site: Site, url: str) -> tuple[str, bool]:
    """The key of the badge that an address of ours is about, and whether it is that of a picture."""
    url = url.partition("#")[0].partition("?")[0].rstrip("/")
    for room in ("badges", "embed/badges"):
        name = urls.key_of(site.ports.bases, room, url)
        if name and name != url:
            key, _, form = name.partition(".")
            return key, form == "png" and room == "embed/badges"
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


def _with(card: str, width: int, value: Value) -> str:
    """The address of a card of that width; the revision in it makes who keeps pictures ask for a new one."""
    return f"{card}?{urlencode({'width': width, 'r': value.revision})}"


def _about(site: Site, value: Value, said: Said) -> dict[str, Any]:
    parts = urlsplit(site.ports.base_url)
    answer: dict[str, Any] = {
        "version": "1.0",
        "type": "link",
        "title": said.name if value.state == "valid" else f"{said.name} ({said.word})",
        "provider_name": BRAND,
        "provider_url": f"{parts.scheme}://{parts.netloc}/",
        "cache_age": 60,
    }
    if value.issuer:
        answer |= {
            "author_name": value.issuer,
            "author_url": site.ports.base_url + value.issuer_page,
        }
    return answer


def _thumbnail(site: Site, value: Value, width: int) -> dict[str, Any]:
    card = urls.embed(site.ports.base_url, "badges", value.key, ".png")
    return {
        "thumbnail_url": _with(card, width, value),
        "thumbnail_width": width,
        "thumbnail_height": height_of(width),
    }


def _xml(answer: dict[str, Any]) -> bytes:
    inner = "".join(f"<{name}>{xml(str(said))}</{name}>" for name, said in answer.items())
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{inner}</oembed>\n'.encode()
