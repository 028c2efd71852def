"""People, for programs: list, find, invite, suspend, reinstate, sign out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.dates import format_date
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, read_body, text
from exchange.edge.http.describe import JSON, Answer, Operation, Parameter, described, told
from exchange.edge.http.once import once_of
from exchange.edge.http.paging import with_next
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.people.api import shapes
from exchange.errors import NotFoundError
from exchange.flows.people import people as flow
from exchange.flows.people.records import Person
from exchange.flows.ports import Ports
from exchange.flows.records import Once
from exchange.flows.sign_in import sessions

UNABLE = "read_only disk_full"
WHO = Parameter("name", "path", {"type": "string", "minLength": 1}, "A handle, an address, or an id.", True)


async def _sign_out(ports: Ports, name: str, once: Once | None) -> Person:
    person = await flow.find_own(ports, name)
    await sessions.end_all(ports, person.id, once)
    return person


Do = Callable[[Ports, str, Once | None], Awaitable[Person]]
ACTS: Mapping[str, Do] = {
    "suspend": flow.suspend,
    "reinstate": flow.reinstate,
    "reinstate-profile": flow.reinstate_profile,
    "sign-out": _sign_out,
}

LIST = Operation(
    "People",
    told("A page of at most 50.", shapes.PersonList),
    parameters=(
        Parameter("search", "query", {"type": "string"}, "What is in the name, the handle or an address."),
        Parameter("before", "query", {"type": "string"}, "People after the one with this id."),
    ),
    closed=True,
    scopes=("people",),
)
ADD = Operation(
    "People",
    {
        201: Answer(
            "They can sign in.",
            {JSON: shapes.Invited},
            {"location": "Where they are shown."},
            {
                "people.show": {"name": "$response.body#/id"},
                "people.change": {"name": "$response.body#/id"},
            },
        )
    },
    {
        400: f"{IN_BODY} name_malformed address_malformed handle_malformed",
        409: "handle_taken address_taken",
        503: UNABLE,
    },
    body={JSON: shapes.InviteRequest},
    closed=True,
    scopes=("people",),
    once=True,
)
SHOW = Operation(
    "People",
    told("Who they are here.", shapes.PersonView),
    {400: "address_malformed", 404: "unknown_person"},
    parameters=(WHO,),
    closed=True,
    scopes=("people",),
)
CHANGE = Operation(
    "People",
    told("It is done.", shapes.PersonState),
    {
        400: "address_malformed",
        404: "unknown_person unknown_act",
        403: "confirmation_needed",
        409: "own_account already_suspended already_active conflict",
        503: UNABLE,
    },
    parameters=(WHO, Parameter("act", "path", {"enum": [*ACTS]}, "What to do.", required=True)),
    closed=True,
    scopes=("people",),
    once=True,
)


SUSPEND_PROFILE = Operation(
    "People",
    told("It is done.", shapes.PersonState),
    {
        400: f"{IN_BODY} reason_missing address_malformed",
        403: "confirmation_needed",
        404: "unknown_person",
        409: "own_account already_suspended conflict",
        503: UNABLE,
    },
    parameters=(WHO,),
    body={JSON: shapes.ReasonRequest},
    closed=True,
    scopes=("people",),
    once=True,
)


@reads("/api/people", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List people, newest first. For operators. `next` is where more are."""
    search = request.query_params.get("search", "").strip()[:300]
    found, older = await flow.people(ports, request.query_params.get("before"), search)
    people = [_listed(person) for person in found]
    listed = with_next({"people": people}, ports, "/api/people", before=older, search=search)
    return reply(request, strict_json.dump(listed), JSON, cache="no-store")


@post("/api/people", status_code=201, request_max_body_size=10_000, opt=described(ADD))
async def add_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Invite somebody. For operators.

    Body: `{"name", "address"}` and, if wanted, `"handle"`. Nobody is mailed: they sign in by mail to that
    address when they come. With an `Idempotency-Key`, once for that key."""
    once, body = await once_of(request, ports), await read_body(request, "name", "address", "handle")
    handle = text(body, "handle", "") or None
    person = await flow.add(ports, text(body, "name"), text(body, "address"), handle, once)
    headers = {"location": f"{ports.base_url}/api/people/{person.id}"}
    answer = strict_json.dump({"id": person.id})
    return reply(request, answer, JSON, status=201, cache="no-store", headers=headers)


@reads("/api/people/{name:str}", opt=described(SHOW))
async def show_api(request: AnyRequest, ports: ThePorts, name: FromPath[str]) -> Response[bytes]:
    """Find somebody by handle, address or id: their addresses, teams and roles. For operators."""
    view = await flow.view(ports, name)
    shown = {
        **_listed(view.person),
        "addresses": [
            {
                "address": one.address,
                "verified": one.verified_at is not None,
                "primary": one.is_primary,
                "former": one.former,
            }
            for one in view.addresses
        ],
        "teams": [{"team": one.team, "lead": one.lead} for one in view.teams],
        "roles": view.roles,
    }
    return reply(request, strict_json.dump(shown), JSON, cache="no-store")


@post(
    "/api/people/{name:str}/{act:str}", status_code=200, request_max_body_size=10_000, opt=described(CHANGE)
)
async def change_api(
    request: AnyRequest, ports: ThePorts, name: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Suspend or reinstate somebody or reinstate their profile, or sign them out everywhere. For operators.

    Who is suspended is signed out, and their tokens do nothing. A token suspends no operator. With an
    `Idempotency-Key`, once for that key."""
    if act not in ACTS:
        raise NotFoundError("unknown_act", f"What can be done to an account is {', '.join(ACTS)}.")
    person = await ACTS[act](ports, name, await once_of(request, ports))
    return reply(request, strict_json.dump(_state(person)), JSON, cache="no-store")


@post(
    "/api/people/{name:str}/suspend-profile",
    status_code=200,
    request_max_body_size=10_000,
    opt=described(SUSPEND_PROFILE),
)
async def suspend_profile_api(request: AnyRequest, ports: ThePorts, name: FromPath[str]) -> Response[bytes]:
    """Let all that somebody said of others read "suspended", and not count. For operators.

    Body: `{"reason"}`, which they are told by mail. They keep their account and their badges, but cannot ask,
    endorse or vouch until `reinstate-profile` ends it. With an `Idempotency-Key`, once for that key."""
    once, body = await once_of(request, ports), await read_body(request, "reason")
    person = await flow.suspend_profile(ports, name, text(body, "reason"), once)
    return reply(request, strict_json.dump(_state(person)), JSON, cache="no-store")


ROUTES = (list_api, add_api, show_api, change_api, suspend_profile_api)


def _state(person: Person) -> dict[str, str]:
    halted = {"profileSuspended": person.halted} if person.halted else {}
    return {"id": person.id, "state": person.state, **halted}


def _listed(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        **({"handle": person.handle} if person.handle else {}),
        "operator": person.operator,
        "state": person.state,
        **({"profileSuspended": person.halted} if person.halted else {}),
        "at": format_date(person.created_at),
    }
