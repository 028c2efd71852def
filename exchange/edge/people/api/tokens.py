"""Tokens, for programs: which one is this, which are there, and away with it. None is made here."""

from __future__ import annotations

from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.dates import format_date
from exchange.edge.http.access import ThePorts
from exchange.edge.http.describe import JSON, Operation, Parameter, described, told
from exchange.edge.http.paging import AFTER, page_after, with_next
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.people.api import shapes
from exchange.edge.people.api.people import UNABLE
from exchange.flows.people.people import find_own
from exchange.flows.people.records import Token
from exchange.flows.people.rights import check
from exchange.flows.sign_in import tokens as flow

OWN = Operation(
    "Tokens",
    told("What it is good for, and until when.", shapes.ListedToken),
    {404: "unknown_token"},
    closed=True,
)
LIST = Operation(
    "Tokens",
    told("A page of at most 50.", shapes.TokenList),
    {400: "address_malformed", 404: "unknown_person"},
    parameters=(
        Parameter("person", "query", {"type": "string"}, "Whose: a handle, an address, or an id."),
        AFTER,
    ),
    closed=True,
    scopes=("people",),
)
REMOVE = Operation(
    "Tokens",
    told("It is gone.", shapes.RemovedToken),
    {404: "unknown_token", 503: UNABLE},
    closed=True,
    scopes=("people",),
)


@reads("/api/token", opt=described(OWN))
async def own_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """What the token that you send is: whose, its scopes, and its end."""
    return reply(request, strict_json.dump(_listed(await flow.own(ports))), JSON, cache="no-store")


@reads("/api/tokens", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List everybody's tokens, or somebody's, the oldest first, without their secrets. For operators. `next`
    is where more are."""
    check(ports, "people")
    query = request.query_params
    person = query.get("person", "").strip()
    found = await flow.tokens(ports, (await find_own(ports, person)).id if person else None)
    tokens, after = page_after(found, _age, query.get("after"))
    listed = {"tokens": [_listed(token) for token in tokens]}
    listed = with_next(listed, ports, "/api/tokens", after=after, person=person)
    return reply(request, strict_json.dump(listed), JSON, cache="no-store")


@post("/api/tokens/{id:str}/remove", status_code=200, request_max_body_size=10_000, opt=described(REMOVE))
async def remove_api(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """Take a token away; it is good for nothing from then on. For operators; and any token may remove itself,
    whatever its scopes are."""
    token = await flow.remove(ports, id)
    return reply(request, strict_json.dump({"id": token.id}), JSON, cache="no-store")


ROUTES = (own_api, list_api, remove_api)


def _age(token: Token) -> str:
    """As tokens are ordered."""
    return f"{token.created_at.isoformat(timespec='microseconds')}~{token.id}"


def _listed(token: Token) -> dict[str, Any]:
    times = {"expires": token.expires_at, "used": token.last_used_at}
    return {
        "id": token.id,
        "person": token.person,
        "name": token.name,
        "scopes": [*token.scopes],
        "at": format_date(token.created_at),
        **{name: format_date(at) for name, at in times.items() if at is not None},
    }
