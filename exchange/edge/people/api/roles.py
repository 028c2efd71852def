"""Roles at an issuer, for programs: list, grant, withdraw."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, read_body, text
from exchange.edge.http.describe import JSON, Operation, described, told
from exchange.edge.http.once import once_of
from exchange.edge.http.paging import AFTER, page_after, with_next
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.people.api import shapes
from exchange.edge.people.api.people import UNABLE
from exchange.flows.issuers.issuers import issuer
from exchange.flows.people import roles as flow
from exchange.flows.people.records import Grant
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports

LIST = Operation(
    "Roles",
    told("A page of at most 50.", shapes.RoleList),
    {404: "unknown_issuer"},
    parameters=(AFTER,),
    closed=True,
    scopes=("read",),
)
GRANT = Operation(
    "Roles",
    told("It is theirs.", shapes.Granted),
    {
        400: f"{IN_BODY} unknown_role address_malformed",
        403: "account_suspended",
        404: "unknown_issuer unknown_person unknown_team",
        409: "already_granted last_owner conflict",
        503: UNABLE,
    },
    body={JSON: shapes.GrantRequest},
    closed=True,
    scopes=("people",),
    once=True,
)
WITHDRAW = Operation(
    "Roles",
    told("It was theirs, and is no more.", shapes.Granted),
    {
        400: f"{IN_BODY} address_malformed",
        404: "unknown_issuer unknown_person unknown_team",
        409: "not_granted last_owner",
        503: UNABLE,
    },
    body={JSON: shapes.WithdrawRequest},
    closed=True,
    scopes=("people",),
    once=True,
)


@reads("/api/issuers/{slug:str}/roles", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts, slug: FromPath[str]) -> Response[bytes]:
    """List who has which role at an issuer: people and teams, by `holder`. For who has one there, and for
    operators. `next` is where more are."""
    await issuer(ports, slug)
    check(ports, "read", slug)
    found = sorted(await flow.roles(ports, slug), key=lambda one: one.holder)
    grants, after = page_after(found, lambda one: one.holder, request.query_params.get("after"))
    roles = [{"holder": one.holder, "name": await _called(ports, one), "role": one.role} for one in grants]
    listed = with_next({"roles": roles}, ports, f"/api/issuers/{slug}/roles", after=after)
    return reply(request, strict_json.dump(listed), JSON, cache="no-store")


@post(
    "/api/issuers/{slug:str}/roles/grant", status_code=200, request_max_body_size=10_000, opt=described(GRANT)
)
async def grant_api(request: AnyRequest, ports: ThePorts, slug: FromPath[str]) -> Response[bytes]:
    """Give a person or a team a role at an issuer, instead of the one that they hold. For its owners, and for
    operators; the log keeps it. With an `Idempotency-Key`, once for that key."""
    once, body = await once_of(request, ports), await read_body(request, "holder", "role")
    return _granted(request, await flow.grant(ports, slug, text(body, "holder"), text(body, "role"), once))


@post(
    "/api/issuers/{slug:str}/roles/withdraw",
    status_code=200,
    request_max_body_size=10_000,
    opt=described(WITHDRAW),
)
async def withdraw_api(request: AnyRequest, ports: ThePorts, slug: FromPath[str]) -> Response[bytes]:
    """Take away the role that a person or a team holds at an issuer. For its owners, and for operators; the
    log keeps it. With an `Idempotency-Key`, once for that key."""
    once, body = await once_of(request, ports), await read_body(request, "holder")
    return _granted(request, await flow.withdraw(ports, slug, text(body, "holder"), once))


ROUTES = (list_api, grant_api, withdraw_api)


def _granted(request: AnyRequest, grant: Grant) -> Response[bytes]:
    told = {"issuer": grant.issuer, "holder": grant.holder, "role": grant.role}
    return reply(request, strict_json.dump(told), JSON, cache="no-store")


async def _called(ports: Ports, grant: Grant) -> str:
    """The name of who holds it."""
    if grant.team:
        team = await ports.store.team(grant.team)
        return team.name if team else grant.team
    person = await ports.store.person(grant.person)
    return person.name if person else grant.person
