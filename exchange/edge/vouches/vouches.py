"""A vouch for everybody who has its address: of which kind it is, by whom, and how many its giver has out."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.edge.badges.status import BITS
from exchange.edge.http.describe import JSON, Operation, described, found
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.http.site import TheSite
from exchange.edge.vouches import shapes
from exchange.edge.vouches.told import told
from exchange.errors import NotFoundError
from exchange.flows.vouches.listed import of_badge

ONE = Operation(
    "Vouches", found("The vouch, as it stands now.", {JSON: shapes.Vouch}), {404: "unknown_badge no_vouch"}
)


@reads("/badges/{key:str}/vouch", public=True, opt=described(ONE))
async def vouch(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """Whose word a badge is that a person gave: a peer's, a sponsor's, or thanks; and how many vouches its
    giver has in use, of how many."""
    view = await of_badge(site.ports, key)
    if view is None:
        raise NotFoundError("no_vouch", "This badge was awarded by an issuer; it is no vouch.")
    return reply(request, strict_json.dump(told(site.ports, view)), JSON, cache=BITS)
