"""Who is asking: a session's cookie or a token's header becomes a `Principal`, and the ports a flow gets.

The guards are the first net: they let nobody pass who did not say who they are, and no page of another site
act with a cookie. What somebody may do, the flows ask `flows.people.rights`; the ports of the site itself
belong to nobody, so a handler that forgets to take those of its sender can do nothing.

The session is a cookie with a secret that the store knows by its hash. Only the answers to `/sign-in` and
`/sign-out` ever set it; public pages neither read nor set any.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from litestar import Response, Router
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler, route
from litestar.params import SkipValidation
from litestar.types import ControllerRouterHandler, Guard

from exchange.edge.http.kinds import SOME_PROGRAM
from exchange.edge.http.language import PERSONS
from exchange.edge.http.problems import SignInNeededError
from exchange.edge.http.replies import AnyRequest
from exchange.edge.http.site import Site, TheSite
from exchange.errors import ExchangeError
from exchange.flows.people.records import NOBODY, Browser, Principal
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import who_has
from exchange.flows.sign_in.tokens import who_holds
from exchange.setting_forms import Network

OWN_PAGES = {"referrer-policy": "same-origin"}
"""With the site's own `no-referrer`, browsers would send `Origin: null` with these forms."""

ThePorts = NamedDependency[SkipValidation[Ports]]
"""How a handler asks for the ports with who is asking: a parameter `ports: ThePorts`."""

# By the first mark that is in a User-Agent: all of them claim to be several.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_READS = ("GET", "HEAD", "OPTIONS")
_Connection = ASGIConnection[Any, Any, Any, Any]


class CrossSiteError(ExchangeError):
    """403: a page of another site tries to act with somebody's cookie."""

    status = 403


def guarded(site: Site, handlers: Sequence[ControllerRouterHandler]) -> Router:
    """Routes for who is signed in; their handlers get `ThePorts`."""
    return Router(
        path="/",
        route_handlers=[*_shared(handlers), *handlers],
        guards=[own_site_only(site), signed_in_only(site)],
        dependencies={"ports": Provide(_ports)},
    )


def _shared(handlers: Sequence[ControllerRouterHandler]) -> list[HTTPRouteHandler]:
    """OPTIONS of the paths that several handlers share: Litestar's own tells what the first of them takes."""
    taken: dict[str, list[HTTPRouteHandler]] = {}
    for one in handlers:
        if isinstance(one, HTTPRouteHandler):
            for path in one.paths:
                taken.setdefault(path, []).append(one)
    return [_options(path, sharing) for path, sharing in taken.items() if len(sharing) > 1]


def _options(path: str, handlers: Sequence[HTTPRouteHandler]) -> HTTPRouteHandler:
    allow = ", ".join(sorted({"OPTIONS"}.union(*(one.http_methods for one in handlers))))

    @route(path, http_method=[HttpMethod.OPTIONS], status_code=204)
    async def options() -> Response[None]:
        return Response(None, status_code=204, headers={"allow": allow})

    return options


def own_site_only(site: Site) -> Guard:
    """Lets a write pass only if no browser says that another site sent it: Sec-Fetch-Site where there is one
    (a neighbouring port or host is another site too), else Origin. Beside SameSite, not instead of it. What
    carries a token carries no cookie that would count."""

    async def guard(connection: _Connection, _: BaseRouteHandler) -> None:
        if connection.scope["method"] in _READS or _bearer(connection) is not None:  # type: ignore[typeddict-item]
            return
        fetch_site, origin = (connection.headers.get(name) for name in ("sec-fetch-site", "origin"))
        ours = fetch_site in ("same-origin", "none") if fetch_site else origin in (None, site.ports.base_url)
        if not ours:
            raise CrossSiteError(
                "cross_site_request", "Another site sent this request. Open the desk here and do it there."
            )

    return guard


def signed_in_only(site: Site) -> Guard:
    """Lets pass who has a session or a token that is good; SignInNeededError for all others."""

    async def guard(connection: _Connection, _: BaseRouteHandler) -> None:
        token, name = _bearer(connection), cookie_name(site)
        if token is not None:
            who = await who_holds(site.ports, token)
        else:
            who = await who_has(site.ports, connection.cookies.get(name, ""))
        if who is None:
            raise SignInNeededError(name, token=token is not None)
        connection.scope["auth"] = who
        connection.scope["state"][PERSONS] = who.language

    return guard


def principal(request: AnyRequest) -> Principal:
    """Who is asking, on a route behind `signed_in_only`."""
    who: Principal = request.scope["auth"]
    return who


def cookie_name(site: Site, what: str = "session") -> str:
    """Over https with the prefix that lets no neighbouring host set it (RFC 6265bis §4.1.3.2)."""
    return f"__Host-exchange_{what}" if is_https(site) else f"exchange_{what}"


def cookie(site: Site, value: str, max_age: int, what: str = "session") -> Cookie:
    """One of ours, which no script reads and no other site sends along with a form; age 0 takes it away."""
    return Cookie(
        key=cookie_name(site, what),
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(site),
    )


def is_https(site: Site) -> bool:
    return site.ports.base_url.startswith("https://")


def browser_of(request: AnyRequest, site: Site) -> Browser:
    """Where somebody signs in, coarse enough that a list of sessions tells no more than its reader knows."""
    return Browser(
        agent_of(request.headers.get("user-agent", "")),
        network_of(client_of(request, site)),
        request.cookies.get(cookie_name(site), ""),
    )


def client_of(request: AnyRequest, site: Site) -> str:
    """The address of who asks: of the last in X-Forwarded-For that is no proxy of ours, if a proxy of ours
    brought the request. Whatever else stands there, anybody could have written."""
    client = request.client.host if request.client else ""
    told = ",".join(request.headers.getall("x-forwarded-for", []))  # some proxies add a line of their own
    for hop in reversed(told.split(",")):
        if not hop.strip() or not _is_in(client, site.proxies):
            break
        client = hop.strip()
    return client


def _is_in(host: str, networks: Collection[Network]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


def network_of(host: str) -> str:
    """The /24 or, of IPv6, the /48 that an address is in; `""` for what is none."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def agent_of(header: str) -> str:
    """`Firefox, Linux`: which browser it says it is, and on what."""
    browser = next((name for mark, name in _BROWSERS if mark in header), "")
    system = next((name for mark, name in _SYSTEMS if mark in header), "")
    return ", ".join(filter(None, (browser, system))) or SOME_PROGRAM


async def visitor_ports(request: AnyRequest, site: Site) -> Ports:
    """The ports of who is signed in with a browser, or nobody's: for pages that are open to both."""
    who = await who_has(site.ports, request.cookies.get(cookie_name(site), ""))
    if who is not None:
        request.scope["auth"] = who
        request.scope["state"][PERSONS] = who.language
    return replace(site.ports, who=who or NOBODY)


async def _ports(request: AnyRequest, site: TheSite) -> Ports:
    return replace(site.ports, who=principal(request))


def _bearer(connection: _Connection) -> str | None:
    """The token of RFC 6750 §2.1; None where the header says something else, or nothing."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
