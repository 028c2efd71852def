"""The links of a portfolio of mine: who was given which, a new one, and one that is switched off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.portfolios.frame import said_of, sites_in
from exchange.edge.portfolios.mine import FORM, PLACE, beside, said_done
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.portfolios import choices as choosing
from exchange.flows.portfolios import mine as flow
from exchange.flows.portfolios import share as sharing
from exchange.flows.portfolios.records import Link
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

DAYS = {
    "7": gettext_noop("For a week"),
    "30": gettext_noop("For 30 days"),
    "90": gettext_noop("For 90 days"),
    "": gettext_noop("Until I switch it off"),
}


@reads(f"{PLACE}/{{key:str}}/links")
async def links(request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Who was given a link, and the form for another."""
    return await _page(request, site, ports, key)


@post(f"{PLACE}/{{key:str}}/links", status_code=200, request_max_body_size=FORM)
async def share(request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """A link; its address stands on the answer, and nowhere else."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        _, url = await sharing.share(ports, key, _wish(ports, fields))
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, fields, beside(error))
    return await _page(request, site, ports, key, url=url)


def _wish(ports: Ports, fields: Mapping[str, str]) -> sharing.Wish:
    days = fields.get("days", "")
    if days not in DAYS:
        raise InputError("expiry_past", "Choose how long it is to be good.", "/days")
    items = None
    if fields.get("which") == "some":
        items = [name.removeprefix("item-") for name in fields if name.startswith("item-")]
    until = ports.now() + timedelta(days=int(days)) if days else None
    return sharing.Wish(fields.get("label", ""), items, until, "receipt" in fields, sites_in(fields))


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    fields: Mapping[str, str] | None = None,
    error: ExchangeError | None = None,
    url: str = "",
) -> Response[bytes]:
    found = await flow.one(ports, key)
    names = {(one.kind, one.id): one for one in await choosing.choices(ports, found.kept.person)}
    shown = [one for one in found.kept.portfolio.items if not one.hidden]
    now = ports.now()
    return await own_page(
        request,
        site,
        "account/portfolio_links.html",
        error,
        done=said_done(request),
        kept=found.kept,
        url=url,
        on=[one for one in found.links if one.stands(now)],
        over=[one for one in found.links if not one.stands(now)],
        items=[(one, names[one.kind, one.id]) for one in shown if (one.kind, one.id) in names],
        days=[(code, gettext(words)) for code, words in DAYS.items()],
        public=urls.shared(ports.base_url, found.public.name) if found.public else "",
        fields={"label": "", "days": "30", "which": "all", **said_of(()), **(fields or {})},
    )


@reads(f"{PLACE}/{{key:str}}/links/{{link:str}}/off")
async def off_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """What switching it off does, then yes or back."""
    return await _asks(request, site, await flow.link_of(ports, key, link))


@post(f"{PLACE}/{{key:str}}/links/{{link:str}}/off", status_code=303, request_max_body_size=10_000)
async def off(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Switch it off for good."""
    try:
        await sharing.off(ports, key, link)
    except UnavailableError as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _asks(request, site, await flow.link_of(ports, key, link), error)
    return see_other(f"{PLACE}/{key}/links?done=link-off")


async def _asks(
    request: AnyRequest, site: Site, link: Link, error: ExchangeError | None = None
) -> Response[bytes]:
    place = f"{PLACE}/{link.portfolio}/links"
    ask = Ask(
        title=gettext("Switch off the link “%(name)s”?", name=link.label),
        effects=[
            gettext("Whoever has it sees nothing from then on, wherever they put it. Other links stay."),
            gettext("It cannot be switched on again, but you can make another."),
        ],
        does=gettext("Switch it off"),
        place=f"{place}/{link.id}/off",
        over=(gettext("Links"), place),
        final=True,
    )
    return await ask_page(request, site, ask, error)


ROUTES = (links, share, off_page, off)
