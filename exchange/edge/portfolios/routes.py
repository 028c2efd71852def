"""What a holder does with their portfolios, behind the guards: pages and programs alike."""

from __future__ import annotations

from litestar import Router

from exchange.edge.http.access import guarded
from exchange.edge.http.site import Site
from exchange.edge.portfolios import (
    frame,
    links,
    mine,
    my_views,
    portfolios,
    publish,
    signed,
    signed_api,
)


def build_portfolios(site: Site) -> Router:
    """All of it; the flows refuse who may not."""
    routes = (mine, links, frame, publish, signed, my_views, portfolios, signed_api)
    return guarded(site, [handler for room in routes for handler in room.ROUTES])
