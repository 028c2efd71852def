"""Awards that wait for a second person: a page of them, and the same for programs.

Mounted beside the desk, behind its guards.
"""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.body import IN_BODY, read_body, text
from exchange.edge.http.describe import JSON, Operation, Parameter, described, told
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.orders import shapes
from exchange.edge.orders.held_reply import held_document, held_reply
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.orders import hold as flow
from exchange.flows.orders.records import Held
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

DONE = {
    "hold": gettext_noop("It waits for a second person"),
    "approve": gettext_noop("Approved and awarded"),
    "refuse": gettext_noop("Refused"),
}
ACTS = ("approve", "refuse")
_ACT = Parameter("act", "path", {"enum": [*ACTS]}, "What to do.", required=True)
LIST = Operation("Badges", told("What waits first.", shapes.HeldList), closed=True)
DECIDE = Operation(
    "Badges",
    told("It is decided.", shapes.HeldAward),
    {
        400: f"{IN_BODY} reason_missing",
        403: "own_order",
        404: "unknown_held unknown_act unknown_achievement",
        409: "already_refused already_approved achievement_retired given_by_people",
        503: "signing_stopped key_unavailable key_retired no_active_key read_only clock_wrong "
        "refused_to_sign self_check_failed disk_full",
    },
    parameters=(_ACT,),
    body={JSON: shapes.DecideRequest},
    closed=True,
    scopes=("award",),
)


def build_held(site: Site) -> Router:
    """Awards that wait, for who is signed in."""
    return guarded(site, [held_page, held_form, list_api, decide_api])


@reads("/desk/award/held")
async def held_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What waits to be approved where who asks may read, and what was decided lately."""
    return await _page(request, site, ports)


@post("/desk/award/held/{id:str}/{act:str}", status_code=303, request_max_body_size=20_000)
async def held_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, id: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Approve or refuse."""
    try:
        fields, _ = await read_form(request)
        await _decide(ports, id, act, fields.get("reason", ""))
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _page(request, site, ports, error, id)
    return see_other(f"/desk/award/held?done={act}")


@reads("/api/held", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List awards that wait for a second person, and what was decided lately."""
    found = [held_document(ports, one.held) for one in await flow.held(ports)]
    return reply(request, strict_json.dump({"held": found}), JSON, cache="no-store")


@post("/api/held/{id:str}/{act:str}", status_code=200, opt=described(DECIDE))
async def decide_api(
    request: AnyRequest, ports: ThePorts, id: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Approve a held award, which awards it, or refuse it. Never by who asked for it."""
    body = await read_body(request, "reason")
    return await held_reply(request, ports, await _decide(ports, id, act, text(body, "reason", "")))


async def _decide(ports: Ports, id: str, act: str, reason: str) -> Held:
    if act not in ACTS:
        raise NotFoundError("unknown_act", f"What can be done to a held award is {', '.join(ACTS)}.")
    if act == "refuse":
        return await flow.refuse(ports, id, reason)
    decided, _ = await flow.approve(ports, id)
    return decided


async def _page(
    request: AnyRequest, site: Site, ports: Ports, error: ExchangeError | None = None, at: str = ""
) -> Response[bytes]:
    found = await flow.held(ports)
    done = request.query_params.get("done", "")
    return await own_page(
        request,
        site,
        "held.html",
        error,
        at=at,
        waiting=[one for one in found if one.held.badge is None and one.held.state != "refused"],
        decided=[one for one in found if one.held.badge is not None or one.held.state == "refused"],
        done=gettext(DONE[done]) if done in DONE and error is None else "",
    )
