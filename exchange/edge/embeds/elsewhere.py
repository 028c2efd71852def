"""Put it elsewhere: each form in which a badge or a portfolio can stand on another site, alive and with its
code to copy."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.plain_text import as_markdown
from exchange.core.portfolio.framing import Origins, may_frame
from exchange.edge.embeds.embeds import NEWEST, badge_value, origin_of
from exchange.edge.embeds.oembed import HEIGHT, WHOLE, WIDTH, frame
from exchange.edge.embeds.portfolios import shown_portfolio
from exchange.edge.embeds.words import say
from exchange.edge.http.access import client_of, network_of
from exchange.edge.http.forms import read_form
from exchange.edge.http.headers import PAGE_POLICY
from exchange.edge.http.replies import AnyRequest, reads
from exchange.edge.http.site import Site, TheSite
from exchange.edge.portfolios.shared import private
from exchange.edge.portfolios.words import whole
from exchange.errors import InputError
from exchange.flows.embeds.hosts import Host, look_at_host, site_of, without_frame


@dataclass(frozen=True, slots=True)
class Thing:
    """What is to stand elsewhere. `place`, `page` and `home` are the paths of where it is told how, of its
    page and of its embeds, `tag` its element; `words` say its name and whose it is; `height` is that of its
    frame, and `framed_by` are the sites on which it may stand, None for any."""

    place: str
    page: str
    home: str
    tag: str
    name: str
    words: str
    tone: str
    word: str
    height: int
    framed_by: Origins = None


@reads("/badges/{key:str}/elsewhere")
async def elsewhere(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """Every form with a live preview and its code."""
    return _page(request, site, await _badge(site, key))


@post("/badges/{key:str}/elsewhere", status_code=200, request_max_body_size=10_000)
async def look(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """The same page, with what a place lets stand on it: `host` is an address there."""
    return await _looked(request, site, await _badge(site, key))


@reads("/p/{secret:str}/elsewhere")
async def portfolio_elsewhere(request: AnyRequest, site: TheSite, secret: FromPath[str]) -> Response[bytes]:
    """The same of a portfolio, as a link shows it."""
    return private(_page(request, site, await _portfolio(site, secret)))


@post("/p/{secret:str}/elsewhere", status_code=200, request_max_body_size=10_000)
async def portfolio_look(request: AnyRequest, site: TheSite, secret: FromPath[str]) -> Response[bytes]:
    """The same page, with what a place lets stand on it: `host` is an address there."""
    return private(await _looked(request, site, await _portfolio(site, secret)))


async def _badge(site: Site, key: str) -> Thing:
    said = say(await badge_value(site, key))
    words = f"{said.name}, {said.issuer}" if said.issuer else said.name
    place, page, home = urls.badge_elsewhere("", key), urls.badge_page("", key), urls.embed("", "badges", key)
    return Thing(place, page, home, "verified-badge", said.name, words, said.tone, said.word, HEIGHT)


async def _portfolio(site: Site, secret: str) -> Thing:
    shown = await shown_portfolio(site, secret)
    said, words = whole(shown), f"{shown.headline}, {shown.person}"
    page, home = urls.shared("", shown.key), urls.embed("", "portfolios", shown.key)
    place, tag, by = f"{page}/elsewhere", "badge-portfolio", shown.framed_by
    return Thing(place, page, home, tag, shown.headline, words, said.tone, said.line, WHOLE, by)


async def _looked(request: AnyRequest, site: Site, thing: Thing) -> Response[bytes]:
    host, problem, asked = None, None, ""
    try:
        fields, _ = await read_form(request)
        asked = fields.get("host", "")[:2000]
        host = await look_at_host(site.ports, asked, network_of(client_of(request, site)))
        if not may_frame(thing.framed_by, site_of(asked)):
            host = without_frame(host)
    except InputError as mistake:
        problem = mistake
    return _page(request, site, thing, host, asked, problem)


def _page(
    request: AnyRequest,
    site: Site,
    thing: Thing,
    host: Host | None = None,
    asked: str = "",
    error: InputError | None = None,
) -> Response[bytes]:
    answer = site.page(
        request,
        "elsewhere.html",
        status=error.status if error else 200,
        cache="no-store" if request.method == "POST" or thing.tag == "badge-portfolio" else "no-cache",
        thing=thing,
        codes=codes(site, thing),
        newest=NEWEST,
        host=host,
        asked=asked,
        error=error,
    )
    answer.headers["content-security-policy"] = "; ".join(
        (PAGE_POLICY, " ".join(("frame-src", "'self'", origin_of(site))))
    )
    return answer


def codes(site: Site, thing: Thing) -> dict[str, str]:
    """What is to be pasted, by the form's name."""
    base = site.ports.base_url
    page, home = base + thing.page, base + thing.home
    link = f'<a href="{page}">{escape(thing.words)}</a>'
    script = site.static[f"embed/{NEWEST['verified-badge.js']}"].body
    whole_script = base64.b64encode(hashlib.sha384(script).digest()).decode()
    return {
        "link": page,
        "component": (
            f'<script type="module" src="{urls.embed_code(base, NEWEST["verified-badge.js"])}"\n'
            f'  integrity="sha384-{whole_script}" crossorigin="anonymous"></script>\n'
            f'<{thing.tag} src="{home}.json">{link}</{thing.tag}>'
        ),
        "frame": (
            f"{frame(home, thing.words, WIDTH, thing.height, told=thing.framed_by is not None)}\n"
            f'<script type="module" src="{urls.embed_code(base, NEWEST["frames.js"])}"></script>'
        ),
        "policy": "; ".join(f"{name} {origin_of(site)}" for name in ("script-src", "connect-src", "img-src")),
        "markdown": f"[![{as_markdown(thing.words)}]({home}.svg)]({page})",
        "drawing": (
            f'<a href="{page}"><img src="{home}.card.svg" width="600" height="315"\n'
            f'  alt="{escape(thing.words)}"></a>'
        ),
        "image": (
            f'<a href="{page}"><img src="{home}.png?width=600" width="600" height="315"\n'
            f'  alt="{escape(thing.words)}"></a>'
        ),
    }
