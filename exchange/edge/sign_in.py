"""Signing in and out, and the two guards of everything that only the operator may do.

The session is a cookie with a secret that the store knows by its hash. Only the answers to `/sign-in` and
`/sign-out` ever set it; public pages neither read nor set any.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, Router, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from exchange.edge.forms import read_form
from exchange.edge.problems import SignInNeededError
from exchange.edge.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.site import Site, TheSite
from exchange.errors import ExchangeError, InputError
from exchange.flows import sign_in as flow
from exchange.flows.standing import standing

OWN_PAGES = {"referrer-policy": "same-origin"}
"""With the site's own `no-referrer`, browsers would send `Origin: null` with these forms."""

_READS = ("GET", "HEAD", "OPTIONS")
_Connection = ASGIConnection[Any, Any, Any, Any]


class CrossSiteError(ExchangeError):
    """403: a page of another site tries to act with the operator's cookie."""

    status = 403


def build_sign_in(site: Site) -> Router:
    """The routes by which the operator comes and goes."""
    return Router(path="/", route_handlers=[sign_in_page, sign_in, sign_out], guards=[own_site_only(site)])


def own_site_only(site: Site) -> Guard:
    """Lets a write pass only if no browser says that another site sent it: Sec-Fetch-Site where there is one
    (a neighbouring port or host is another site too), else Origin. Beside SameSite, not instead of it."""

    async def guard(connection: _Connection, _: BaseRouteHandler) -> None:
        if connection.scope["method"] in _READS:  # type: ignore[typeddict-item]
            return
        fetch_site, origin = (connection.headers.get(name) for name in ("sec-fetch-site", "origin"))
        ours = fetch_site in ("same-origin", "none") if fetch_site else origin in (None, site.ports.base_url)
        if not ours:
            raise CrossSiteError(
                "cross_site_request", "Another site sent this request. Open the desk here and do it there."
            )

    return guard


def signed_in_only(site: Site) -> Guard:
    """Lets pass who has a session; SignInNeededError for all others."""

    async def guard(connection: _Connection, _: BaseRouteHandler) -> None:
        name = cookie_name(site)
        if not await flow.is_signed_in(site.ports, connection.cookies.get(name)):
            raise SignInNeededError(name)

    return guard


def cookie_name(site: Site) -> str:
    """Over https with the prefix that lets no neighbouring host set it (RFC 6265bis §4.1.3.2)."""
    return "__Host-exchange_session" if _is_https(site) else "exchange_session"


@reads("/sign-in")
async def sign_in_page(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The form. The link's secret stands in the fragment, so that opening the page spends nothing."""
    return await _page(site, request)


@post("/sign-in", status_code=303, request_max_body_size=10_000)
async def sign_in(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """Spend a link, given by its secret or as a whole, and open the desk."""
    try:
        fields, _ = await read_form(request)
        session = await flow.redeem(site.ports, fields.get("code", "").rpartition("#")[2])
    except InputError as error:
        if not wants_page(request):
            raise
        return await _page(site, request, status=error.status, problem=error.message)
    life = int(flow.SESSION_LIFE.total_seconds())
    return see_other("/desk", cookies=[_cookie(site, session, life)])


@post("/sign-out", status_code=303, request_max_body_size=10_000)
async def sign_out(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """End the session, here and in the store."""
    await flow.sign_out(site.ports, request.cookies.get(cookie_name(site), ""))
    return see_other("/", cookies=[_cookie(site, "", 0)])


def _is_https(site: Site) -> bool:
    return site.ports.base_url.startswith("https://")


def _cookie(site: Site, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=cookie_name(site),
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(site),
    )


async def _page(site: Site, request: AnyRequest, *, status: int = 200, problem: str = "") -> Response[bytes]:
    context = {"problem": problem, "standing": await standing(site.ports)}
    page = site.page(request, "sign_in.html", status=status, cache="no-store", **context)
    page.headers.update(OWN_PAGES)
    return page
