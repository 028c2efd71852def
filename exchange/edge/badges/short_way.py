"""The short way: what programs ask for most is answered before the router.

Finding a route, its parameters and dependencies costs twice what reading a badge does. Only the plain case
goes this way: a GET of `/badges/{key}`, and of the value of a portfolio, `/p/{secret}.json` or `/embed/…`,
for what is there. Everything else, errors and pages too, goes on to the application, whose route says the
same of the same request (`badges.credential`, `value_answer`).
"""

from __future__ import annotations

import re

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from exchange.edge.badges import badges
from exchange.edge.embeds import portfolios
from exchange.edge.http.replies import Answer
from exchange.edge.http.site import Site
from exchange.edge.portfolios import shared
from exchange.errors import ExchangeError
from exchange.flows.badges.status import find_published
from exchange.flows.portfolios.kept import kept_by_secret

_PATH = re.compile(
    r"/badges/([0-9A-Za-z-]{1,80})|/p/([0-9A-Za-z_-]{1,80})\.json|/embed/portfolios/([0-9A-Za-z_-]{1,80})\.json"
)
_HOST = re.compile(rb"[0-9A-Za-z.:\[\]-]+")
"""A name that needs no second look; of others the application decides whether it answers to them."""


def short_way(site: Site, application: ASGIApp) -> ASGIApp:
    """`application`, with a short way to the credentials of `site` before it."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await _answer(site, scope) if scope["type"] == ScopeType.HTTP else None
        if answer is None:
            await application(scope, receive, send)
        else:
            await answer.send(scope, receive, send)

    return serve


async def _answer(site: Site, scope: HTTPScope) -> Answer | None:
    found = _PATH.fullmatch(scope["path"])
    if (
        not found
        or scope["method"] != "GET"
        or scope["query_string"]
        or scope.get("root_path")
        or not _is_plain(scope)
    ):
        return None
    badge, secret, embedded = found.groups()
    try:
        if badge:
            handler = badges.badge
            answer = badges.credential(scope, site, await find_published(site.ports, badge))
        elif secret:
            handler = shared.shared
            answer = shared.value_answer(scope, site, await kept_by_secret(site.ports, secret))
        else:
            handler = portfolios.portfolio
            answer = portfolios.value_answer(scope, site, await portfolios.portfolio_value(site, embedded))
    except ExchangeError:
        return None
    if answer is not None:
        scope["route_handler"] = handler  # which says for whom the answer is, see `headers`
    return answer


def _is_plain(scope: HTTPScope) -> bool:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None
