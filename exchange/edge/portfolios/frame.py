"""Where a link of mine may stand in a frame: the page of one link's sites, and how forms say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar import Response, post
from litestar.params import FromPath

from exchange.core.portfolio.framing import Origins
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.portfolios.mine import PLACE, beside
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.portfolios import frame as framing
from exchange.flows.portfolios import mine as flow
from exchange.flows.ports import Ports

FORM = 20_000


@reads(f"{PLACE}/{{key:str}}/links/{{link:str}}/frame")
async def frame_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Which sites may show it in a frame."""
    return await _page(request, site, ports, key, link)


@post(f"{PLACE}/{{key:str}}/links/{{link:str}}/frame", status_code=303, request_max_body_size=FORM)
async def frame(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Let these sites show it in a frame, and no others."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        await framing.frame(ports, key, link, sites_in(fields))
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, link, fields, beside(error))
    return see_other(f"{PLACE}/{key}/links?done=link-framed")


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    link: str,
    fields: Mapping[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    one = await flow.link_of(ports, key, link)
    return await own_page(
        request,
        site,
        "account/portfolio_frame.html",
        error,
        done="",
        portfolio=key,
        link=one,
        fields={**said_of(one.origins), **(fields or {})},
    )


def sites_in(fields: Mapping[str, str]) -> Sequence[str] | None:
    """What a form says of frames: the sites in it, none of them, or any. InputError("origins_missing")."""
    frames = fields.get("frames", "none")
    if frames == "any":
        return None
    if frames != "listed":
        return ()
    sites = fields.get("origins", "").split()
    if not sites:
        raise InputError("origins_missing", "Name at least one site, or choose another answer.", "/origins")
    return sites


def said_of(origins: Origins) -> dict[str, str]:
    """The fields of a form that says so."""
    frames = "any" if origins is None else "listed" if origins else "none"
    return {"frames": frames, "origins": "\n".join(origins or ())}


ROUTES = (frame_page, frame)
