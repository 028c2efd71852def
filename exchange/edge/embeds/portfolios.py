"""A portfolio on other sites: the value of what a link shows, and its page, shield and card.

As for badges: no cookie, open to every page, and absent, private, switched off, expired and erased answer
alike. What is drawn does not tell the secret: a picture travels further than a link. Only the page is for the
sites that its holder lists: a browser puts it into no other's frame, and where a request tells us in whose
frame it would stand, that says so instead of staying empty.
"""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath
from litestar.types import HTTPScope

from exchange.core import urls
from exchange.core.portfolio.framing import may_frame
from exchange.core.portfolio.framing import origin_of as origin_of_url
from exchange.core.portfolio.shown import Shown
from exchange.core.shield import shield
from exchange.core.svg_card import svg_card
from exchange.edge.embeds.embeds import (
    EMBED,
    NOINDEX,
    PICTURE,
    QUIET,
    VALUE,
    drawn,
    framed,
    not_here,
    origin_of,
    width_of,
)
from exchange.edge.embeds.words import checked
from exchange.edge.http.describe import JSON, Operation, described, found
from exchange.edge.http.language import asked
from exchange.edge.http.replies import FRAMED, Answer, AnyRequest, header, reads, reply, reply_to, wants_page
from exchange.edge.http.shapes import Bytes
from exchange.edge.http.site import Site, TheSite
from exchange.edge.portfolios import shapes
from exchange.edge.portfolios.drawn import share_card, svg_card_of
from exchange.edge.portfolios.words import say, whole
from exchange.errors import ForbiddenError, NotFoundError
from exchange.flows.embeds.portfolio_value import PortfolioValue
from exchange.flows.portfolios.show import find_shared
from exchange.languages import ENGLISH, speaking

FORMS = ("", "json", "svg", "png", "card.svg")

PORTFOLIO = Operation(
    "Embeds",
    found(
        "The value; or, made of it, a page for a frame, a shield or a picture.",
        {
            JSON: shapes.Shown,
            "text/html": {"type": "string"},
            "image/svg+xml": {"type": "string"},
            "image/png": Bytes,
        },
    ),
    {**EMBED.problems, 403: "not_framed"},
    EMBED.parameters,
)


@reads("/embed/portfolios/{name:str}", public=True, opt={**FRAMED, **described(PORTFOLIO)})
async def portfolio(request: AnyRequest, site: TheSite, name: FromPath[str]) -> Response[bytes]:
    """A portfolio for other sites, as one of its links shows it: `{secret}.json` is its public value,
    `{secret}` a page for a frame, `{secret}.svg` a shield, `{secret}.png` a card, `{secret}.card.svg` one
    that is drawn."""
    key, _, form = name.partition(".")
    if form not in FORMS:
        raise not_here()
    if not form:
        return await _page(request, site, key)
    if form == "json":
        return value_answer(request.scope, site, await portfolio_value(site, key))
    shown = await shown_portfolio(site, key)
    with speaking(asked(request) or ENGLISH):
        if form == "svg":
            return _shield(request, site, shown)
        if form == "card.svg":
            card = await svg_card_of(site.ports, shown)
            return reply(request, svg_card(card), "image/svg+xml", cache=PICTURE, headers=QUIET)
        return await drawn(request, site, await share_card(site.ports, shown, width_of(request)))


def value_answer(scope: HTTPScope, site: Site, value: PortfolioValue) -> Answer:
    """The public value, for whoever has it already a 304."""
    made = value.served(site.ports.base_url, site.ports.now())
    return reply_to(scope, made.body, JSON, cache=VALUE, headers=NOINDEX, etag=made.etag)


async def portfolio_value(site: Site, key: str) -> PortfolioValue:
    """The value of what a link shows just now, or a public name. NotFoundError("not_embedded")."""
    if key.startswith("@"):
        key = await _whole_name(site, key)
    known = await site.ports.hub.current(site.ports, f"portfolios/{key}")
    if not isinstance(known.value, PortfolioValue):
        raise not_here()
    return known.value


async def shown_portfolio(site: Site, secret: str) -> Shown:
    """What a link shows just now. NotFoundError("not_embedded")."""
    return (await portfolio_value(site, secret)).shown


async def _whole_name(site: Site, key: str) -> str:
    """As things are kept by: in small letters; a handle alone is what is all that its holder has made
    public."""
    if "~" in key:
        return urls.small_key(key)
    try:
        return (await find_shared(site.ports, key)).link.name
    except NotFoundError:
        raise not_here() from None


async def _page(request: AnyRequest, site: Site, key: str) -> Response[bytes]:
    try:
        shown = await shown_portfolio(site, key)
    except NotFoundError:
        if not wants_page(request):
            raise
        shown = None
    host = _framing(request) if shown else ""
    if shown and host and not may_frame(shown.framed_by, host) and host != origin_of(site):
        if not wants_page(request):
            raise ForbiddenError("not_framed", "Its holder lets it stand in frames on other sites only.")
        return framed(
            request,
            site,
            "embed/refused.html",
            found=False,
            status=403,
            host=host.partition("//")[2],
            page=urls.shared("", shown.key),
        )
    return framed(
        request,
        site,
        "embed/portfolio.html",
        found=shown is not None,
        origins=shown.framed_by if shown else None,
        shown=shown,
        place=urls.shared("", shown.key) if shown else "",
        whole=whole(shown) if shown else None,
        said={item.key: say(item) for item in shown.items} if shown else {},
    )


def _framing(request: AnyRequest) -> str:
    """The origin of the page in whose frame the answer is to stand, if the browser tells; who asks for the
    page by itself has come from somewhere too."""
    if header(request, b"sec-fetch-dest") not in ("iframe", "frame", "embed", "object"):
        return ""
    return origin_of_url(header(request, b"referer"))


def _shield(request: AnyRequest, site: Site, shown: Shown) -> Response[bytes]:
    said, when = whole(shown), checked(site.ports.now())
    about = f"{shown.headline}: {said.line}. {when}"
    body = shield(shown.headline, said.line, when, said.tone, about)
    return reply(request, body, "image/svg+xml", cache=PICTURE, headers=QUIET)
