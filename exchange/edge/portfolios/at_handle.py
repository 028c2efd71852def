"""What is public, at the handle of its holder: `/@ann`, `/@ann/slug`, and everything below.

These addresses are other words for `/p/@ann~slug`, which the routes of links answer: so a public portfolio
has every form that one behind a link has, and there is one place that knows them.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from litestar import Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from exchange.core import strict_json, urls
from exchange.edge.http.describe import JSON
from exchange.edge.http.replies import AnyRequest, reply
from exchange.edge.http.site import Site
from exchange.flows.portfolios.records import Shared

_PLACE = re.compile(r"/(@[^/]+)(?:/([^/]+)(/.*)?)?/?")


def by_handle(application: ASGIApp) -> ASGIApp:
    """`application`, which also answers to addresses with a handle in them."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and (found := _PLACE.fullmatch(scope["path"])):
            handle, slug, rest = found.groups()
            path = f"/p/{handle}~{slug}{rest or ''}" if slug else f"/p/{handle}"
            scope["path"], scope["raw_path"] = path, quote(path).encode()
        await application(scope, receive, send)

    return serve


def list_page(request: AnyRequest, site: Site, found: list[Shared], page: bool) -> Response[bytes]:
    """All that somebody has made public, when that is more than one."""
    base, handle = site.ports.base_url, found[0].link.name.partition("~")[0].removeprefix("@")
    if page:
        return site.page(
            request,
            "portfolio/public.html",
            cache="no-store",
            person=found[0].name,
            handle=handle,
            found=[(one.kept.portfolio, urls.shared("", one.link.name)) for one in found],
            search=listed(found),
        )
    told = {
        "type": "portfolios",
        "person": found[0].name,
        "handle": handle,
        "portfolios": [
            {"headline": one.kept.portfolio.headline, "url": urls.shared(base, one.link.name)}
            for one in found
        ],
    }
    return reply(request, strict_json.dump(told), JSON, cache="no-store", negotiated=True)


def listed(found: list[Shared]) -> bool:
    """Whether search engines may list the list: what it names is to be found by all of them, or by none."""
    return all(getattr(one.link, "search", False) for one in found)
