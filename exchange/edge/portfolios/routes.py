"""What a holder does with their portfolios, behind the guards: pages and programs alike."""

from __future__ import annotations

from litestar import Router

from exchange.edge.http.access import guarded
from exchange.edge.http.site import Site
from exchange.edge.portfolios import links, mine, my_views, portfolios, signed, signed_api


def build_portfolios(site: Site) -> Router:
    """All of it; the flows refuse who may not."""
    pages = (*mine.ROUTES, *links.ROUTES, *signed.ROUTES, *my_views.ROUTES)
    return guarded(site, [*pages, *portfolios.ROUTES, *signed_api.ROUTES])
