"""The front door: the home page, our static files, and a word to robots."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.edge.badges.cards import read_identity
from exchange.edge.http.replies import IMMUTABLE, LIVE, AnyRequest, reads, reply
from exchange.edge.http.site import TheSite
from exchange.errors import NotFoundError
from exchange.flows.badges import show

_ROBOTS = (
    b"User-agent: *\nAllow: /badges/*.html$\n"
    b"Disallow: /badges/\nDisallow: /api/\nDisallow: /status/\nDisallow: /p/\n"
)
"""People find a badge when its holder shows it, not by searching for them. Its page says `noindex` itself:
what makes cards of links for networks asks here too, and does not look at what is closed."""


@reads("/")
async def home(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """What this is, and who issues what here."""
    shelves = [
        (shelf.issuer, read_identity({**shelf.issuer.profile, "id": shelf.issuer.did}), shelf.achievements)
        for shelf in await show.shelves(site.ports)
    ]
    return site.page(request, "home.html", shelves=shelves)


@reads("/static/{path:path}")
async def static_file(request: AnyRequest, site: TheSite, path: FromPath[str]) -> Response[bytes]:
    """A file of `web/static`; for good under the URL with its version, revalidated under any other."""
    file = site.static.get(path.lstrip("/"))
    if file is None:
        raise NotFoundError("no_such_file", "There is no such file.")
    versioned = request.query_params.get("v") == file.version
    return reply(request, file.body, file.media_type, cache=IMMUTABLE if versioned else LIVE)


@reads("/robots.txt")
async def robots(request: AnyRequest) -> Response[bytes]:
    """Keep search engines away from people's badges."""
    return reply(request, _ROBOTS, "text/plain", cache="public, max-age=86400")
