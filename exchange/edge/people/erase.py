"""Erasing one's own account: what goes and what stays, and the word that makes it so."""

from __future__ import annotations

from litestar import Response, Router, post

from exchange.edge.http.access import ThePorts, cookie, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.people import erase as flow
from exchange.flows.people.rights import check_confirmed
from exchange.flows.ports import Ports


def build_erase(site: Site) -> Router:
    """What somebody who is signed in can do to be forgotten."""
    return guarded(site, [erase_page, erase_form])


@reads("/account/erase")
async def erase_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What erasing one's account will take away; nothing is done yet."""
    check_confirmed(ports)
    return await _page(request, site, ports)


@post("/account/erase", status_code=200, request_max_body_size=10_000)
async def erase_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Erase the account of who asks, if they typed the word of the page; they are signed out with it."""
    check_confirmed(ports)
    try:
        fields, _ = await read_form(request)
        await flow.erase(ports, ports.who.person, fields.get("typed", ""))
    except (InputError, ConflictError, UnavailableError) as error:
        if not wants_page(request):
            raise
        return await _page(request, site, ports, error)
    page = site.page(request, "erased.html", cache="no-store")
    page.cookies.append(cookie(site, "", 0))
    return page


async def _page(
    request: AnyRequest, site: Site, ports: Ports, error: ExchangeError | None = None
) -> Response[bytes]:
    seen = await flow.preview(ports, ports.who.person)
    return await own_page(request, site, "erase.html", error, seen=seen)
