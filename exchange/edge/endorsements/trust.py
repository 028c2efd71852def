"""The trust summary for programs: sentences, each with the documents behind it, and no score."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.edge.badges.status import BITS
from exchange.edge.endorsements import shapes
from exchange.edge.http.describe import JSON, Operation, Parameter, described, found
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.http.site import TheSite
from exchange.flows.endorsements.trust import of_badge

SUMMARY = Operation(
    "Endorsements",
    found("The lines, in an order that means nothing.", {JSON: shapes.TrustSummary}),
    {404: "unknown_badge"},
    parameters=(
        Parameter(
            "team",
            "query",
            {"type": "string"},
            "The slug of a team that reads it: a line says how many endorsers were in it.",
        ),
    ),
)


@reads("/badges/{key:str}/trust", public=True, opt=described(SUMMARY))
async def trust(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """What the endorsements of a badge say when they are put together: who, from which teams, since when, by
    whose key; what was withdrawn, and what does not verify. Each line names the documents that it rests on,
    so that it can be counted again. There is no score."""
    summary = await of_badge(site.ports, key, request.query_params.get("team", ""))
    return reply(request, strict_json.dump(summary.to_json()), JSON, cache=BITS)
