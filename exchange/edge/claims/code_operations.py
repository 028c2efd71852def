"""Claim codes for programs, as JSON: list, make, show and close them, say yes or no to who waits.

Mounted by `codes.build_codes`, behind its guards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.edge.claims import shapes
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import flag, read_body, text, whole
from exchange.edge.http.describe import JSON, Answer, Operation, Parameter, described, told
from exchange.edge.http.once import once_of
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.errors import NotFoundError
from exchange.flows.claims import codes as flow
from exchange.flows.claims.documents import code_document, use_document
from exchange.flows.claims.records import CodeUse
from exchange.flows.ports import Ports

ACTS: dict[str, Callable[[Ports, str], Awaitable[CodeUse]]] = {
    "approve": flow.approve,
    "refuse": flow.refuse,
}
_UNABLE = (
    "signing_stopped key_unavailable key_retired no_active_key read_only clock_wrong refused_to_sign "
    "self_check_failed disk_full"
)
_CODE = Parameter("code", "path", {"type": "string"}, "The id of a code.", required=True)
_BEFORE = Parameter("before", "query", {"type": "string"}, "Older ones than the one with this id.")
LIST = Operation(
    "Claim codes",
    told("A page of at most 50.", shapes.CodeList),
    {404: "unknown_issuer"},
    parameters=(Parameter("issuer", "query", {"type": "string"}, "Whose codes.", required=True), _BEFORE),
    closed=True,
    scopes=("award",),
)
MAKE = Operation(
    "Claim codes",
    {201: Answer("It is on record and in the log.", {JSON: shapes.CodeMade})},
    {
        400: "not_an_object unknown_member member_missing not_a_string not_a_boolean not_a_number "
        "quota_malformed days_malformed title_malformed evidence_required",
        404: "unknown_issuer unknown_achievement",
        409: "achievement_retired given_by_people codes_lost",
        503: "read_only disk_full key_storage key_exposed key_damaged key_unknown",
    },
    body={JSON: shapes.CodeRequest},
    closed=True,
    scopes=("award",),
    once=True,
)
SHOW = Operation(
    "Claim codes",
    told("The code, and a page of who used it.", shapes.CodeShown),
    {404: "unknown_code"},
    parameters=(_CODE, _BEFORE),
    closed=True,
    scopes=("award",),
)
CLOSE = Operation(
    "Claim codes",
    told("It is closed.", shapes.CodeTold),
    {404: "unknown_code", 409: "already_closed", 503: "read_only disk_full"},
    parameters=(_CODE,),
    closed=True,
    scopes=("award",),
)
USE = Operation(
    "Claim codes",
    told("It is decided.", shapes.CodeUse),
    {
        403: "account_suspended",
        404: "unknown_code unknown_use unknown_act unknown_achievement",
        409: "not_waiting achievement_retired given_by_people address_needed",
        503: _UNABLE,
    },
    parameters=(
        _CODE,
        Parameter("use", "path", {"type": "string"}, "The id of a use.", required=True),
        Parameter("act", "path", {"enum": [*ACTS]}, "Yes or no.", required=True),
    ),
    closed=True,
    scopes=("award",),
)


@reads("/api/codes", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List an issuer's claim codes, newest first."""
    slug = request.query_params.get("issuer", "")
    found, older = await flow.codes(ports, slug, request.query_params.get("before"))
    listed: dict[str, Any] = {"codes": [code_document(ports, code) for code in found]}
    if older:
        listed["next"] = f"{ports.base_url}/api/codes?issuer={slug}&before={older}"
    return _said(request, listed)


@post("/api/codes/make", status_code=201, opt=described(MAKE))
async def make_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Make a claim code: a link for up to `quota` people, or with `"singles": true` a link for each of them.

    Body: `{"issuer", "badge", "quota"}` and, if wanted, `"days"` (30), `"title"`, `"approval"`, `"singles"`.
    With an `Idempotency-Key`, once for that key, with the same links.
    """
    body = await read_body(request, "issuer", "badge", "quota", "days", "title", "approval", "singles")
    order = flow.CodeOrder(
        text(body, "issuer"),
        text(body, "badge"),
        whole(body, "quota"),
        whole(body, "days", 30),
        title=text(body, "title", ""),
        approval=flag(body, "approval", False),
        singles=flag(body, "singles", False),
    )
    once = await once_of(request, ports)
    made = await flow.make(ports, order, once.key if once else "")
    document = {**code_document(ports, made.code), "singles": flow.links(ports.base_url, made.singles)}
    return _said(request, document, 201)


@reads("/api/codes/{code:str}", opt=described(SHOW))
async def show_api(request: AnyRequest, ports: ThePorts, code: FromPath[str]) -> Response[bytes]:
    """Show a claim code and who used it, newest first."""
    row = await flow.find(ports, code)
    found, older = await flow.uses(ports, code, before=request.query_params.get("before"))
    document = {**code_document(ports, row), "uses": [use_document(ports, one) for one in found]}
    if older:
        document["next"] = f"{ports.base_url}/api/codes/{row.id}?before={older}"
    return _said(request, document)


@post("/api/codes/{code:str}/close", status_code=200, opt=described(CLOSE))
async def close_api(request: AnyRequest, ports: ThePorts, code: FromPath[str]) -> Response[bytes]:
    """Close a claim code: nobody gets a badge by it any more."""
    return _said(request, code_document(ports, await flow.close(ports, code)))


@post("/api/codes/{code:str}/uses/{use:str}/{act:str}", status_code=200, opt=described(USE))
async def use_api(
    request: AnyRequest, ports: ThePorts, code: FromPath[str], use: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Say yes or no to who waits for a badge by a claim code: a yes awards it."""
    row = await flow.find(ports, code)
    asked = await ports.store.code_use(use)
    if asked is None or asked.code != row.id:
        raise NotFoundError("unknown_use", f"Nobody asked under {use!r:.60} here.")
    return _said(request, use_document(ports, await act_named(act)(ports, use)))


def act_named(name: str) -> Callable[[Ports, str], Awaitable[CodeUse]]:
    """NotFoundError("unknown_act")."""
    if name not in ACTS:
        raise NotFoundError("unknown_act", f"What can be said to who waits is {', '.join(ACTS)}.")
    return ACTS[name]


def _said(request: AnyRequest, document: dict[str, Any], status: int = 200) -> Response[bytes]:
    return reply(request, strict_json.dump(document), JSON, status=status, cache="no-store")
