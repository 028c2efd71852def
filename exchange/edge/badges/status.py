"""The status lists: small, public, fresh. Whoever checks a badge reads these bits, never a stored verdict."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.edge.badges.badges import JSON_TYPES
from exchange.edge.http.describe import Operation, Shared, described, found
from exchange.edge.http.replies import AnyRequest, best, reads, reply
from exchange.edge.http.site import TheSite
from exchange.flows.badges import status

BITS = "public, max-age=3"
"""How long a cache may not know of a revocation; asked again, it gets a 304 for a few microseconds' work."""


LIST = Operation(
    "Badges",
    found("The signed list.", dict.fromkeys(JSON_TYPES, Shared("status-list-credential"))),
    {404: "unknown_status_list", 503: "signing_stopped key_unavailable read_only clock_wrong"},
)


@reads("/status/{key:str}", public=True, opt=described(LIST))
async def status_list(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """The signed BitstringStatusListCredential; a browser gets it as plain JSON."""
    signed = await status.published_list(site.ports, key)
    media_type = best(request.headers.get("accept", ""), (*JSON_TYPES, "text/html"))
    media_type = "application/json" if media_type == "text/html" else media_type or JSON_TYPES[0]
    return reply(request, signed, media_type, cache=BITS, negotiated=True)
