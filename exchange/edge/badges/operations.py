"""What programs may do for somebody: list badges, award, suspend, reinstate and revoke, as JSON over HTTP.

Mounted by `desk.build_desk`, behind its guards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.core.dates import format_date, parse_date
from exchange.edge.http import shapes
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, flag, read_body, text, texts
from exchange.edge.http.describe import JSON, Answer, Operation, Parameter, described, told
from exchange.edge.http.once import once_of
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.orders import shapes as order_shapes
from exchange.edge.orders.held_reply import held_reply
from exchange.errors import NotFoundError
from exchange.flows.badges import award as awarding
from exchange.flows.badges import desk
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.claims.claim import claim_of
from exchange.flows.orders.hold import hold
from exchange.flows.people.rights import Verb
from exchange.flows.ports import Ports
from exchange.flows.records import StatusChange
from exchange.flows.sign import PROOFS

Do: TypeAlias = Callable[..., Awaitable[StatusChange]]
ACTS: dict[Verb, Do] = {"suspend": suspend, "reinstate": reinstate, "revoke": revoke}


def act_named(name: str) -> tuple[Verb, Do]:
    """The flow that changes a badge's status so, and the right it takes. NotFoundError("unknown_act")."""
    for verb, do in ACTS.items():
        if verb == name:
            return verb, do
    raise NotFoundError("unknown_act", f"What can be done to a badge is {', '.join(ACTS)}.")


_UNABLE = (
    "signing_stopped key_unavailable key_retired no_active_key read_only clock_wrong refused_to_sign "
    "self_check_failed disk_full"
)
ORDER = ("issuer", "badge", "to", "evidence", "narrative", "validUntil", "proof", "mail", "hold")
_ACT = Parameter("act", "path", {"enum": [*ACTS]}, "What to do to it.", required=True)
AWARD = Operation(
    "Badges",
    {
        201: Answer(
            "It is signed, on record and in the log.",
            {JSON: shapes.Awarded},
            {"location": "The badge's address."},
            {
                "badges.badge": {"name": "$response.body#/key"},
                "badges.log_proof": {"key": "$response.body#/key"},
                "operations.change": {"key": "$response.body#/key"},
            },
        ),
        202: Answer("It waits for a second person.", {JSON: order_shapes.HeldAward}),
    },
    {
        400: f"{IN_BODY} not_a_list date_malformed recipient_malformed evidence_malformed evidence_required "
        "valid_until_past unknown_proof narrative_too_long control_character",
        404: "unknown_issuer unknown_achievement",
        409: "achievement_retired given_by_people",
        503: _UNABLE,
    },
    body={JSON: shapes.AwardRequest},
    closed=True,
    scopes=("award",),
    once=True,
)
CHANGE = Operation(
    "Badges",
    told("It is done, and public.", shapes.Changed),
    {
        400: f"{IN_BODY} reason_missing",
        404: "unknown_badge unknown_act",
        409: "revocation_is_final already_revoked already_suspended already_not_suspended",
        503: _UNABLE,
    },
    parameters=(_ACT,),
    body={JSON: shapes.ChangeRequest},
    closed=True,
    scopes=("award",),
    once=True,
)


LIST = Operation(
    "Badges",
    told("A page of at most 50.", shapes.BadgeList),
    parameters=(Parameter("before", "query", {"type": "string"}, "Badges after the one with this key."),),
    closed=True,
)


@reads("/api/badges", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List badges, newest first: those of issuers where who asks may read. `next` is where older ones are."""
    entries, older = await desk.newest(ports, request.query_params.get("before"))
    listed: dict[str, Any] = {"badges": [_listed(ports, entry) for entry in entries]}
    if older:
        listed["next"] = f"{ports.base_url}/api/badges?before={older}"
    return reply(request, strict_json.dump(listed), JSON, cache="no-store")


@post("/api/award", status_code=201, opt=described(AWARD))
async def award_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Award a badge.

    201 and `{"id": …, "key": …, "files": {"json" or "jwt": …, "png": …, "svg": …, "log": …}}`: URLs, but for
    the key; the last is that of the proof that it is in the log.

    Body: `{"issuer", "badge", "to"}` and, if wanted, `"evidence"` (a list of URLs), `"narrative"`
    (Markdown), `"validUntil"` (RFC 3339), `"proof"`, and `"mail": false` to tell nobody by mail. With an
    `Idempotency-Key`, once for that key. With `"hold": true`, it waits until a second person approves it:
    202, and nothing is signed.
    """
    once, asked = await once_of(request, ports), await read_body(request, *ORDER)
    order = _order(asked)
    if flag(asked, "hold", False):
        return await held_reply(request, ports, await hold(ports, order, once), 202)
    awarded = await awarding.award(ports, order, once)
    files = {kind: f"{awarded.id}.{kind}" for kind in (awarded.extension, "png", "svg")}
    files["log"] = urls.log_proof(ports.base_url, awarded.key)
    body = strict_json.dump({"id": awarded.id, "key": awarded.key, "files": files})
    return reply(request, body, JSON, status=201, cache="no-store", headers={"location": awarded.id})


@post("/api/badges/{key:str}/{act:str}", status_code=200, opt=described(CHANGE))
async def change_api(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Suspend, reinstate or revoke a badge.

    200 and what was changed. Body: `{"reason": …}` and, to tell nobody by mail, `"mail": false`. With an
    `Idempotency-Key`, once for that key."""
    (_, do), once = act_named(act), await once_of(request, ports)
    body = await read_body(request, "reason", "mail")
    change = await do(ports, key, text(body, "reason", ""), once, mail=flag(body, "mail", True))
    document = {
        "id": urls.badge(ports.base_url, change.badge),
        "purpose": change.purpose,
        "on": change.on,
        "reason": change.reason,
        "at": format_date(change.at),
    }
    return reply(request, strict_json.dump(document), JSON, cache="no-store")


def _listed(ports: Ports, entry: desk.Entry) -> dict[str, Any]:
    badge = entry.badge
    return {
        "id": urls.badge(ports.base_url, badge.id),
        "key": badge.id,
        "issuer": badge.issuer,
        "badge": badge.achievement,
        "version": badge.version,
        "to": badge.recipient,
        "at": format_date(badge.intended_at),
        "state": entry.state,
        "claim": claim_of(badge, ports.now()),
        "acts": list(entry.acts),
    }


def _order(body: dict[str, Any]) -> awarding.Order:
    until = text(body, "validUntil", "")
    return awarding.Order(
        text(body, "issuer"),
        text(body, "badge"),
        text(body, "to"),
        evidence=texts(body, "evidence"),
        narrative=text(body, "narrative", ""),
        valid_until=parse_date(until) if until else None,
        proof=text(body, "proof", PROOFS[0]),
        mail=flag(body, "mail", True),
    )
