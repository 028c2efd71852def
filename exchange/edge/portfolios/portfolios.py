"""What programs do with portfolios: the verbs of the pages and of the command line, for who is signed in. An
account is its person's, so no token reads or changes what they show."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.dates import parse_date
from exchange.core.portfolio import portfolio as core
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, as_object, flag, read_body, text, texts, whole
from exchange.edge.http.describe import JSON, Answer, Operation, described
from exchange.edge.http.describe import told as tells
from exchange.edge.http.once import once_of
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.portfolios import shapes
from exchange.errors import InputError
from exchange.flows.portfolios import choices as choosing
from exchange.flows.portfolios import edit as editing
from exchange.flows.portfolios import frame as framing
from exchange.flows.portfolios import make as making
from exchange.flows.portfolios import mine, told
from exchange.flows.portfolios import publish as publishing
from exchange.flows.portfolios import remove as removing
from exchange.flows.portfolios import share as sharing

BODY = 300_000
FAULTS = (
    "headline_missing headline_too_long points_too_many point_too_long group_too_long items_too_many "
    "item_twice template_unknown "
)
SITES = "origin_malformed origins_too_many"
PLACE = "/api/portfolios"

LIST = Operation(
    "Portfolios",
    tells("All of yours, the oldest first.", shapes.PortfolioList),
    {403: "not_permitted"},
    closed=True,
)
MAKE = Operation(
    "Portfolios",
    {201: Answer("It is there, and nobody sees it yet.", {JSON: shapes.Portfolio}, {"location": "Where."})},
    {400: f"{FAULTS}{IN_BODY}", 403: "not_permitted", 409: "portfolios_too_many"},
    body={JSON: shapes.MakePortfolio},
    closed=True,
    once=True,
)
SHOW = Operation(
    "Portfolios",
    tells("It, with its links.", shapes.Portfolio),
    {403: "not_permitted", 404: "unknown_portfolio"},
    closed=True,
)
CHOICES = Operation(
    "Portfolios",
    tells("What may be put in.", shapes.Choices),
    {403: "not_permitted", 404: "unknown_portfolio"},
    closed=True,
)
EDIT = Operation(
    "Portfolios",
    tells("What it says now, with its revision.", shapes.Portfolio),
    {
        400: f"{FAULTS}grouping_unknown item_not_yours key_malformed not_a_list not_a_number {IN_BODY}",
        403: "not_permitted",
        404: "unknown_portfolio",
        409: "portfolio_changed",
    },
    body={JSON: shapes.EditPortfolio},
    closed=True,
)
REMOVE = Operation(
    "Portfolios",
    tells("It is gone.", shapes.Removed),
    {403: "not_permitted", 404: "unknown_portfolio"},
    closed=True,
)
SHARE = Operation(
    "Portfolios",
    {201: Answer("The link, with its address.", {JSON: shapes.SharedLink})},
    {
        400: "label_missing label_too_long unknown_item nothing_chosen expiry_past date_malformed not_a_list "
        f"{SITES} {IN_BODY}",
        403: "not_permitted",
        404: "unknown_portfolio",
        409: "links_too_many conflict",
    },
    body={JSON: shapes.SharePortfolio},
    closed=True,
)
OFF = Operation(
    "Portfolios",
    tells("It is off.", shapes.Link),
    {403: "not_permitted", 404: "unknown_portfolio unknown_link"},
    closed=True,
)


FRAME = Operation(
    "Portfolios",
    tells("The link, with the sites that may frame it.", shapes.Link),
    {
        400: f"{SITES} not_a_list {IN_BODY}",
        403: "not_permitted",
        404: "unknown_portfolio unknown_link",
        409: "link_off",
    },
    body={JSON: shapes.FrameLink},
    closed=True,
)
PUBLISH = Operation(
    "Portfolios",
    tells("Everybody sees it, there.", shapes.Publication),
    {
        400: f"slug_malformed {SITES} not_a_list {IN_BODY}",
        403: "not_permitted",
        404: "unknown_portfolio",
        409: "handle_needed slug_taken conflict",
    },
    body={JSON: shapes.PublishPortfolio},
    closed=True,
)
UNPUBLISH = Operation(
    "Portfolios",
    tells("It is public no more.", shapes.Removed),
    {403: "not_permitted", 404: "unknown_portfolio"},
    closed=True,
)


@reads(PLACE, opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List your portfolios, with their links."""
    found = await mine.portfolios(ports, ports.who.person)
    listed = {"portfolios": [told.mine(ports, one) for one in found]}
    return reply(request, strict_json.dump(listed), JSON, cache="no-store")


@post(PLACE, status_code=201, request_max_body_size=10_000, opt=described(MAKE))
async def make_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Make a portfolio of everything that you have, by a template. With an `Idempotency-Key`, once for that
    key."""
    once, body = await once_of(request, ports), await read_body(request, "headline", "template")
    template: Any = text(body, "template", "skills")
    kept = await making.make(ports, ports.who.person, text(body, "headline"), template, once)
    headers = {"location": f"{ports.base_url}{PLACE}/{kept.id}"}
    answer = strict_json.dump(told.portfolio(ports, kept))
    return reply(request, answer, JSON, status=201, cache="no-store", headers=headers)


@reads(f"{PLACE}/{{key:str}}", opt=described(SHOW))
async def show_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """A portfolio of yours as you keep it, with its links. What a reader sees is at the link."""
    found = await mine.one(ports, key)
    return reply(request, strict_json.dump(told.mine(ports, found)), JSON, cache="no-store")


@reads(f"{PLACE}/{{key:str}}/choices", opt=described(CHOICES))
async def choices_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """What you may put into a portfolio: your badges, what you show of their endorsements, your vouches."""
    kept = await mine.find(ports, key)
    found = [told.choice(one) for one in await choosing.choices(ports, kept.person)]
    return reply(request, strict_json.dump({"choices": found}), JSON, cache="no-store")


@post(f"{PLACE}/{{key:str}}", status_code=200, request_max_body_size=BODY, opt=described(EDIT))
async def edit_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Change what a portfolio says, as a whole, if `revision` is the one that it has."""
    body = await read_body(
        request, "revision", "headline", "points", "template", "grouping", "items", "portrait"
    )
    kept = await editing.edit(ports, key, portfolio_in(body), whole(body, "revision"))
    return reply(request, strict_json.dump(told.portfolio(ports, kept)), JSON, cache="no-store")


@post(f"{PLACE}/{{key:str}}/remove", status_code=200, request_max_body_size=10_000, opt=described(REMOVE))
async def remove_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Remove a portfolio, with all its links."""
    kept = await removing.remove(ports, key)
    return reply(request, strict_json.dump({"id": kept.id}), JSON, cache="no-store")


@post(f"{PLACE}/{{key:str}}/links", status_code=201, request_max_body_size=BODY, opt=described(SHARE))
async def share_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Make a link to a portfolio, for one audience. Its address is told this once."""
    body = await read_body(request, "label", "items", "expires", "receipt", "origins")
    items = None if body.get("items") is None else texts(body, "items")
    expires = None if body.get("expires") is None else _moment(text(body, "expires"))
    sites = _sites(body) if "origins" in body else ()
    wish = sharing.Wish(text(body, "label"), items, expires, flag(body, "receipt", False), sites)
    link, url = await sharing.share(ports, key, wish)
    answer = strict_json.dump({**told.link(ports, link), "url": url})
    return reply(request, answer, JSON, status=201, cache="no-store")


@post(
    f"{PLACE}/{{key:str}}/links/{{link:str}}/off",
    status_code=200,
    request_max_body_size=10_000,
    opt=described(OFF),
)
async def off_api(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Switch a link off for good; the others stay."""
    ended = await sharing.off(ports, key, link)
    return reply(request, strict_json.dump(told.link(ports, ended)), JSON, cache="no-store")


@post(
    f"{PLACE}/{{key:str}}/links/{{link:str}}/frame",
    status_code=200,
    request_max_body_size=20_000,
    opt=described(FRAME),
)
async def frame_api(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Say which sites may show what a link shows in a frame: those in `origins` and no others; with null,
    any."""
    body = await read_body(request, "origins")
    framed = await framing.frame(ports, key, link, _sites(body))
    return reply(request, strict_json.dump(told.link(ports, framed)), JSON, cache="no-store")


@post(f"{PLACE}/{{key:str}}/publish", status_code=200, request_max_body_size=20_000, opt=described(PUBLISH))
async def publish_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Show a portfolio to everybody, at your handle, or change how it is public."""
    body = await read_body(request, "slug", "search", "origins")
    wish = publishing.Publish(text(body, "slug", ""), flag(body, "search", False), _sites(body))
    one = await publishing.publish(ports, key, wish)
    return reply(request, strict_json.dump(told.publication(ports, one)), JSON, cache="no-store")


@post(
    f"{PLACE}/{{key:str}}/unpublish", status_code=200, request_max_body_size=10_000, opt=described(UNPUBLISH)
)
async def unpublish_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Show a portfolio to nobody any more but by its links."""
    kept = await publishing.unpublish(ports, key)
    return reply(request, strict_json.dump({"id": kept.id}), JSON, cache="no-store")


ROUTES = (
    *(list_api, make_api, show_api, choices_api, edit_api, remove_api, share_api, off_api),
    *(frame_api, publish_api, unpublish_api),
)


# --- what is sent -----------------------------------------------------------------------------------------


def portfolio_in(body: dict[str, Any]) -> core.Portfolio:
    """What it is to say. InputError, by member."""
    items = body.get("items", [])
    if not isinstance(items, list):
        raise InputError("not_a_list", "items must be a list of objects.", "/items")
    template: Any = text(body, "template", "skills")
    grouping: Any = text(body, "grouping", "hand")
    return core.Portfolio(
        headline=text(body, "headline"),
        points=texts(body, "points"),
        template=template,
        grouping=grouping,
        portrait=flag(body, "portrait", False),
        items=tuple(_item(one, f"/items/{n}") for n, one in enumerate(items)),
    )


def _item(said: Any, at: str) -> core.Item:
    one = as_object(said, "key", "kind", "id", "group", "hidden", "evidence", at=at)
    kind: Any = text(one, "kind", at=at)
    if kind not in get_args(core.Kind):
        message = f"{kind!r:.40} is no kind of item; it is one of {', '.join(core.KINDS)}."
        raise InputError("item_not_yours", message, f"{at}/kind")
    return core.Item(
        key=text(one, "key", at=at),
        kind=kind,
        id=text(one, "id", at=at),
        group=text(one, "group", "", at=at),
        hidden=flag(one, "hidden", False, at=at),
        evidence=texts(one, "evidence", at=at),
    )


def _sites(body: dict[str, Any]) -> tuple[str, ...] | None:
    return None if body.get("origins") is None else texts(body, "origins")


def _moment(said: str) -> datetime:
    try:
        return parse_date(said)
    except InputError as error:
        raise InputError(error.code, error.message, "/expires") from None
