"""What stands on other sites: the public value of a badge, and its page, shield and card.

All of it is for everybody: no cookie is read or set, any page may ask, and only the page may be framed.
Absent, private and erased answer alike.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.core.portfolio.framing import Origins
from exchange.core.share_card import WIDTHS, ShareCard
from exchange.core.shield import shield
from exchange.edge.embeds import shapes
from exchange.edge.embeds.words import checked, old, say
from exchange.edge.http.describe import JSON, Operation, Parameter, described, found
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.language import asked
from exchange.edge.http.replies import FRAMED, IMMUTABLE, LIVE, AnyRequest, reads, reply, wants_page
from exchange.edge.http.shapes import Bytes
from exchange.edge.http.site import BRAND, Site, TheSite
from exchange.errors import InputError, NotFoundError
from exchange.flows.badges.show import achievement
from exchange.flows.badges.status import find_published
from exchange.flows.embeds.value import Value
from exchange.languages import ENGLISH, day, gettext, speaking

VALUE = "public, max-age=3"
"""As long as a status list may be kept: see `status.BITS`."""
PICTURE = "public, max-age=60"
THEMES = ("light", "dark")
TEXT = {"type": "string"}
NOINDEX = {"x-robots-tag": "noindex"}
QUIET = {"content-security-policy": PICTURE_POLICY, **NOINDEX}

EMBED = Operation(
    "Embeds",
    found(
        "The value; or, made of it, a page for a frame, a shield or a picture.",
        {
            JSON: shapes.EmbeddedBadge,
            "text/html": {"type": "string"},
            "image/svg+xml": {"type": "string"},
            "image/png": Bytes,
        },
    ),
    {400: "width_unknown", 404: "not_embedded"},
    (
        Parameter("name", "path", {**TEXT, "minLength": 1}, "`KEY`, `KEY.json`, `.svg` or `.png`.", True),
        Parameter("lang", "query", TEXT, "The language of words, `en` unless said."),
        Parameter("width", "query", TEXT, "Of the picture: 1200, unless said, 800, 600, 400 or 240."),
        Parameter("theme", "query", TEXT, "Of the page: `light` or `dark`, else as its host is."),
        Parameter("compact", "query", TEXT, "There, whatever it says: the page shows a line, not a card."),
    ),
)


CODE = Operation(
    "Embeds",
    found("The file.", {"text/javascript": TEXT, "text/css": TEXT}),
    {404: "no_such_file"},
)


@reads("/embed/badges/{name:str}", public=True, opt={**FRAMED, **described(EMBED)})
async def badge(request: AnyRequest, site: TheSite, name: FromPath[str]) -> Response[bytes]:
    """A badge for other sites: `{key}.json` is its public value, `{key}` a page for a frame, `{key}.svg` a
    shield, `{key}.png` a card."""
    key, _, form = name.partition(".")
    if form not in ("", "json", "svg", "png"):
        raise not_here()
    if not form:
        return await _page(request, site, key)
    value = await badge_value(site, key)
    if form == "json":
        body = strict_json.dump(value.to_json(site.ports.base_url, site.ports.now()))
        return reply(request, body, JSON, cache=VALUE, headers=NOINDEX)
    with speaking(asked(request) or ENGLISH):  # not Accept-Language: proxies keep one picture for all
        if form == "svg":
            return _shield(request, site, value)
        return await _card(request, site, value)


@reads("/embed/code/{name:str}", public=True, opt=described(CODE))
async def code(request: AnyRequest, site: TheSite, name: FromPath[str]) -> Response[bytes]:
    """The scripts and styles of embeds. A name with a version is for good, `verified-badge.js` the newest."""
    file = site.static.get(f"embed/{NEWEST.get(name, name)}")
    if file is None:
        raise NotFoundError("no_such_file", "There is no such file.")
    cache = "public, max-age=300" if name in NEWEST else IMMUTABLE
    return reply(request, file.body, file.media_type, cache=cache)


NEWEST = {
    name: f"{name.partition('.')[0]}-1.{name.partition('.')[2]}"
    for name in ("verified-badge.js", "frame.js", "frame.css", "frames.js")
}
"""Which file stands at an address without a version. A file that was released is never changed: a new version
is a file beside it, so that whoever pinned the old one, by its hash even, keeps it."""


async def badge_value(site: Site, key: str) -> Value:
    """The value of a badge just now. NotFoundError("not_embedded")."""
    known = await site.ports.hub.current(site.ports, f"badges/{key}")
    if not isinstance(known.value, Value):
        raise not_here()
    return known.value


def not_here() -> NotFoundError:
    """What is said of whatever is absent, private or erased."""
    return NotFoundError("not_embedded", "There is nothing here that can be embedded.")


def frame_policy(site: Site, origins: Origins = None) -> str:
    """What the page in a frame may load, and who may frame it: these sites and our own pages, or anyone. In a
    sandbox without an origin, `'self'` is no help, so the address is named."""
    anyone = ("*", "file:", "data:", "blob:")
    sources = dict.fromkeys(
        ("img-src", "style-src", "script-src", "connect-src"), ("'self'", origin_of(site))
    )
    policy = {
        "default-src": ("'none'",),
        **sources,
        "base-uri": ("'none'",),
        "form-action": ("'none'",),
        "frame-ancestors": anyone if origins is None else ("'self'", origin_of(site), *origins),
    }
    return "; ".join(" ".join((name, *values)) for name, values in policy.items())


def origin_of(site: Site) -> str:
    """Scheme and host of this exchange, as policies name it."""
    parts = urlsplit(site.ports.base_url)
    return f"{parts.scheme}://{parts.netloc}"


async def _page(request: AnyRequest, site: Site, key: str) -> Response[bytes]:
    try:
        value = await badge_value(site, key)
    except NotFoundError:
        if not wants_page(request):
            raise
        value = None
    said = say(value) if value else None
    return framed(request, site, "embed/badge.html", found=value is not None, key=key, value=value, said=said)


def framed(
    request: AnyRequest,
    site: Site,
    template: str,
    *,
    found: bool,
    origins: Origins = None,
    status: int = 404,
    **context: Any,
) -> Response[bytes]:
    """A page for a frame on these sites; `found`: whether there is anything to show, else with this
    `status`."""
    theme = request.query_params.get("theme", "")
    answer = site.page(
        request,
        template,
        status=200 if found else status,
        cache=(VALUE if origins is None else LIVE) if found else "no-store",
        checked=checked(site.ports.now()),
        old=old(site.ports.now()),
        theme=theme if theme in THEMES else "",
        compact="compact" in request.query_params,
        newest=NEWEST,
        **context,
    )
    answer.headers["content-security-policy"] = frame_policy(site, origins)
    answer.headers["cross-origin-embedder-policy"] = "require-corp"
    return answer


def _shield(request: AnyRequest, site: Site, value: Value) -> Response[bytes]:
    said, when = say(value), checked(site.ports.now())
    about = f"{said.name}: {said.word}. {when}"
    body = shield(said.name, said.word, when, said.tone, about)
    return reply(request, body, "image/svg+xml", cache=PICTURE, headers=QUIET)


async def _card(request: AnyRequest, site: Site, value: Value) -> Response[bytes]:
    return await drawn(request, site, await _on_card(site, value, width_of(request)))


def width_of(request: AnyRequest) -> int:
    """How wide a card is asked for. InputError("width_unknown")."""
    width = request.query_params.get("width", str(WIDTHS[0]))
    known = ", ".join(map(str, WIDTHS))
    if width not in known.split(", "):
        raise InputError("width_unknown", f"It comes in these widths: {known}.", "width")
    return int(width)


async def drawn(request: AnyRequest, site: Site, card: ShareCard) -> Response[bytes]:
    """The picture, made once for what is on it."""
    body = await site.ports.hub.pictures.get(card, site.ports.draw.card)
    return reply(request, body, "image/png", cache=PICTURE, headers=QUIET)


async def _on_card(site: Site, value: Value, width: int) -> ShareCard:
    """What is on the card. The day stands on it, because a network keeps it for weeks."""
    said, picture = say(value), b""
    if value.picture:
        row = await find_published(site.ports, value.key)
        picture = (await achievement(site.ports, row.issuer, row.achievement, row.version)).image
    seen = gettext("Seen on %(day)s. The link tells what holds now.", day=day(site.ports.now()))
    host = urlsplit(urls.badge(site.ports.base_url, value.key))
    return ShareCard(
        title=said.name,
        issuer=said.issuer,
        proof=said.proof,
        word=said.word,
        note="\n".join(filter(None, (said.sentence, said.reason))) if value.state != "valid" else seen,
        tone=said.tone,
        foot=f"{BRAND} · {host.netloc}{host.path}",
        badge=picture,
        width=width,
    )
