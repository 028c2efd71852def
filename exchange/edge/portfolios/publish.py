"""A portfolio of mine for everybody: what that shows, to whom, and where; and one button that ends it."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.handles import is_handle
from exchange.core.portfolio.portfolio import chosen
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.portfolios.frame import FORM, said_of, sites_in
from exchange.edge.portfolios.mine import PLACE, beside, said_done
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.people import people
from exchange.flows.portfolios import mine as flow
from exchange.flows.portfolios import publish as publishing
from exchange.flows.ports import Ports


@reads(f"{PLACE}/{{key:str}}/publish")
async def publish_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """What everybody would see, and whether they do."""
    return await _page(request, site, ports, key)


@post(f"{PLACE}/{{key:str}}/publish", status_code=303, request_max_body_size=FORM)
async def publish(request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Show it to everybody; who has no handle yet chooses one with it."""
    await flow.find(ports, key)
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        wish = publishing.Publish(fields.get("slug", ""), "search" in fields, sites_in(fields))
        if fields.get("handle"):
            await people.change(ports, ports.who.person, handle=fields["handle"])
        await publishing.publish(ports, key, wish)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, fields, beside(error))
    return see_other(f"{PLACE}/{key}/publish?done=published")


@post(f"{PLACE}/{{key:str}}/unpublish", status_code=303, request_max_body_size=10_000)
async def unpublish(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Show it to nobody any more but by links."""
    try:
        await publishing.unpublish(ports, key)
    except UnavailableError as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, error=error)
    return see_other(f"{PLACE}/{key}/publish?done=unpublished")


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    fields: Mapping[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    found = await flow.one(ports, key)
    public = found.public
    person = await ports.store.person(found.kept.person)
    handle = person.handle if person and person.handle and is_handle(person.handle) else ""
    now = {"slug": public.slug if public else "", **said_of(public.origins if public else None)}
    if (public and public.search) or "search" in (fields or {}):
        now["search"] = "on"
    return await own_page(
        request,
        site,
        "account/portfolio_public.html",
        error,
        done=said_done(request),
        kept=found.kept,
        public=public,
        url=urls.shared(ports.base_url, public.name) if public else "",
        home=urls.at_handle(ports.base_url, handle) if handle else "",
        handle=handle,
        shown=len(chosen(found.kept.portfolio)),
        fields={"handle": "", **now, **(fields or {})},
    )


ROUTES = (publish_page, publish, unpublish)
