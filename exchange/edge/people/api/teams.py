"""Teams, for programs: list, begin, show, rename, remove; take somebody in, and let them go."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, flag, read_body, text
from exchange.edge.http.describe import JSON, Answer, Operation, described, told
from exchange.edge.http.once import once_of
from exchange.edge.http.paging import AFTER, page_after, with_next
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.people.api import shapes
from exchange.edge.people.api.people import UNABLE
from exchange.flows.people import teams as flow
from exchange.flows.people.records import Member, Team

LIST = Operation("Teams", told("A page of at most 50.", shapes.TeamList), parameters=(AFTER,), closed=True)
ADD = Operation(
    "Teams",
    {
        201: Answer(
            "It is there.",
            {JSON: shapes.ListedTeam},
            {"location": "Where it is shown."},
            {
                name: {"slug": "$response.body#/team"}
                for name in ("teams.show", "teams.join", "teams.leave", "teams.rename", "teams.remove")
            },
        )
    },
    {400: f"{IN_BODY} slug_malformed name_malformed", 409: "team_known", 503: UNABLE},
    body={JSON: shapes.TeamRequest},
    closed=True,
    scopes=("people",),
    once=True,
)
SHOW = Operation(
    "Teams",
    told("Who is in it, and what it may.", shapes.TeamView),
    {404: "unknown_team"},
    closed=True,
    scopes=("people",),
)
RENAME = Operation(
    "Teams",
    told("It is called so.", shapes.ListedTeam),
    {400: f"{IN_BODY} name_malformed", 404: "unknown_team", 503: UNABLE},
    body={JSON: shapes.NameRequest},
    closed=True,
    scopes=("people",),
    once=True,
)
REMOVE = Operation(
    "Teams",
    told("It was that, and is gone.", shapes.ListedTeam),
    {404: "unknown_team", 503: UNABLE},
    closed=True,
    scopes=("people",),
    once=True,
)
JOIN = Operation(
    "Teams",
    told("They are in it.", shapes.Membership),
    {
        400: f"{IN_BODY} address_malformed",
        404: "unknown_team unknown_person",
        409: "already_member conflict",
        503: UNABLE,
    },
    body={JSON: shapes.JoinRequest},
    closed=True,
    scopes=("people",),
    once=True,
)
LEAVE = Operation(
    "Teams",
    told("They are in it no more.", shapes.Membership),
    {
        400: f"{IN_BODY} address_malformed",
        404: "unknown_team unknown_person",
        409: "no_member",
        503: UNABLE,
    },
    body={JSON: shapes.LeaveRequest},
    closed=True,
    scopes=("people",),
    once=True,
)


@reads("/api/teams", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List teams: one's own, and for operators with the scope `people` all of them. `next` is where more
    are."""
    found = await flow.teams(ports)
    teams, after = page_after(found, lambda team: team.slug, request.query_params.get("after"))
    listed = with_next({"teams": [_listed(team) for team in teams]}, ports, "/api/teams", after=after)
    return reply(request, strict_json.dump(listed), JSON, cache="no-store")


@post("/api/teams", status_code=201, request_max_body_size=10_000, opt=described(ADD))
async def add_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Create a team. For operators. With an `Idempotency-Key`, once for that key."""
    once, body = await once_of(request, ports), await read_body(request, "team", "name")
    team = await flow.begin(ports, text(body, "team"), text(body, "name"), once)
    headers = {"location": f"{ports.base_url}/api/teams/{team.slug}"}
    answer = strict_json.dump(_listed(team))
    return reply(request, answer, JSON, status=201, cache="no-store", headers=headers)


@reads("/api/teams/{slug:str}", opt=described(SHOW))
async def show_api(request: AnyRequest, ports: ThePorts, slug: FromPath[str]) -> Response[bytes]:
    """Who is in a team, its leads first, and which roles it holds. For who is in it, and for operators."""
    members, team = await flow.members(ports, slug), await flow.find_team(ports, slug)
    people = [(await ports.store.person(one.person), one.lead) for one in members]
    shown = {
        **_listed(team),
        "members": [{"id": one.id, "name": one.name, "lead": lead} for one, lead in people if one],
        "roles": [
            {"issuer": one.issuer, "role": one.role}
            for one in await ports.store.grants()
            if one.team == team.slug
        ],
    }
    return reply(request, strict_json.dump(shown), JSON, cache="no-store")


@post("/api/teams/{slug:str}/rename", status_code=200, request_max_body_size=10_000, opt=described(RENAME))
async def rename_api(request: AnyRequest, ports: ThePorts, slug: FromPath[str]) -> Response[bytes]:
    """Give a team another name; what it is typed as stays. For operators. With an `Idempotency-Key`, once for
    that key."""
    once, body = await once_of(request, ports), await read_body(request, "name")
    team = await flow.rename(ports, slug, text(body, "name"), once)
    return reply(request, strict_json.dump(_listed(team)), JSON, cache="no-store")


@post("/api/teams/{slug:str}/remove", status_code=200, request_max_body_size=10_000, opt=described(REMOVE))
async def remove_api(request: AnyRequest, ports: ThePorts, slug: FromPath[str]) -> Response[bytes]:
    """Take a team away, with the roles that it held. For operators. With an `Idempotency-Key`, once for that
    key."""
    team = await flow.remove(ports, slug, await once_of(request, ports))
    return reply(request, strict_json.dump(_listed(team)), JSON, cache="no-store")


@post("/api/teams/{slug:str}/join", status_code=200, request_max_body_size=10_000, opt=described(JOIN))
async def join_api(request: AnyRequest, ports: ThePorts, slug: FromPath[str]) -> Response[bytes]:
    """Add somebody to a team, with `lead` as a lead; what it may, they may. For operators, and for leads
    who are signed in. With an `Idempotency-Key`, once for that key."""
    once, body = await once_of(request, ports), await read_body(request, "person", "lead")
    lead = flag(body, "lead", False)
    return _membership(request, await flow.join(ports, slug, text(body, "person"), lead=lead, once=once))


@post("/api/teams/{slug:str}/leave", status_code=200, request_max_body_size=10_000, opt=described(LEAVE))
async def leave_api(request: AnyRequest, ports: ThePorts, slug: FromPath[str]) -> Response[bytes]:
    """Let somebody go from a team. For operators, and for leads who are signed in. With an `Idempotency-Key`,
    once for that key."""
    once, body = await once_of(request, ports), await read_body(request, "person")
    return _membership(request, await flow.leave(ports, slug, text(body, "person"), once))


ROUTES = (list_api, add_api, show_api, rename_api, remove_api, join_api, leave_api)


def _listed(team: Team) -> dict[str, str]:
    return {"team": team.slug, "name": team.name}


def _membership(request: AnyRequest, member: Member) -> Response[bytes]:
    told = {"team": member.team, "person": member.person, "lead": member.lead}
    return reply(request, strict_json.dump(told), JSON, cache="no-store")
