"""An issuer's webhooks: who is told, what they were told, and telling once more. As pages and as JSON."""

from __future__ import annotations

from typing import Any

from litestar import Response, Router, delete, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.dates import format_date
from exchange.edge.badges.cards import read_identity
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.body import IN_BODY, read_body, text, texts
from exchange.edge.http.describe import JSON, Answer, Operation, Parameter, described, told
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import host_of
from exchange.edge.instance import read_only
from exchange.edge.webhooks import shapes
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.ports import Ports
from exchange.flows.webhooks import webhooks as flow
from exchange.flows.webhooks.records import EVENTS, Told, Webhook
from exchange.languages import gettext, gettext_noop

FORM = 10_000
EVENT_WORDS = {
    "badge.awarded": gettext_noop("a badge is awarded"),
    "badge.accepted": gettext_noop("somebody accepts their badge"),
    "badge.declined": gettext_noop("somebody declines their badge"),
    "badge.revoked": gettext_noop("a badge is revoked"),
    "badge.suspended": gettext_noop("a badge is suspended"),
    "badge.reinstated": gettext_noop("a badge is reinstated"),
}
DONE = {
    "removed": gettext_noop("Removed"),
    "replayed": gettext_noop("It is sent once more"),
    "tested": gettext_noop("A test is on its way"),
}

_CLOSED: dict[str, Any] = {"closed": True, "scopes": ("people",)}
LIST = Operation("Webhooks", told("All of them.", shapes.WebhookList), {404: "unknown_issuer"}, **_CLOSED)
ADD = Operation(
    "Webhooks",
    {201: Answer("It is told from now on.", {JSON: shapes.NewWebhook})},
    {
        400: f"{IN_BODY} not_a_list url_malformed unknown_event",
        404: "unknown_issuer",
        409: "webhook_exists too_many_webhooks",
        503: "read_only key_storage key_exposed key_damaged key_unknown",
    },
    body={JSON: shapes.WebhookRequest},
    **_CLOSED,
)
REMOVE = Operation(
    "Webhooks",
    told("It is told nothing more.", shapes.ListedWebhook),
    {404: "unknown_issuer unknown_webhook", 503: "read_only"},
    **_CLOSED,
)
LOG = Operation(
    "Webhooks",
    told("A page of at most 50.", shapes.DeliveryList),
    {400: "line_malformed", 404: "unknown_issuer unknown_webhook"},
    parameters=(
        Parameter(
            "before", "query", {"type": "string", "pattern": "^[0-9]{1,9}$"}, "Those before this line."
        ),
    ),
    **_CLOSED,
)
REPLAY = Operation(
    "Webhooks",
    {202: Answer("It is on its way.", {JSON: shapes.Replayed})},
    {404: "unknown_issuer unknown_webhook unknown_delivery", 503: "read_only"},
    **_CLOSED,
)


def build_webhooks(site: Site) -> Router:
    """The pages and the JSON; the flows refuse who is no owner."""
    return guarded(
        site,
        [page, add_form, log_page, ask, act_form, list_api, add_api, remove_api, log_api, replay_api],
    )


# --- pages ------------------------------------------------------------------------------------------------


@reads("/desk/issuers/{issuer:str}/webhooks")
async def page(request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Who is told, and a form for another."""
    return await _page(request, site, ports, issuer)


@post("/desk/issuers/{issuer:str}/webhooks", status_code=200, request_max_body_size=FORM)
async def add_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Add one. The answer to this very request is the only place where its secret ever stands."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        events = [event for event in EVENTS if fields.get(event) == "on"]
        _, secret = await flow.add(ports, issuer, fields.get("url", ""), events)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _page(request, site, ports, issuer, fields, error)
    return await _page(request, site, ports, issuer, secret=secret)


@reads("/desk/issuers/{issuer:str}/webhooks/{id:str}")
async def log_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str], id: FromPath[str]
) -> Response[bytes]:
    """What it was told, newest first."""
    done = request.query_params.get("done", "")
    hook, lines, older = await flow.log(ports, issuer, id, _before(request))
    place = f"/desk/issuers/{issuer}/webhooks/{id}"
    return await own_page(
        request,
        site,
        "webhook.html",
        hook=hook,
        host=host_of(hook.url) or hook.url,
        place=place,
        lines=[(line, flow.event_in(line.payload)) for line in lines],
        newest=place if "before" in request.query_params else "",
        older=f"{place}?before={older}" if older else "",
        done=gettext(DONE[done]) if done in DONE else "",
    )


@reads("/desk/issuers/{issuer:str}/webhooks/{id:str}/{act:str}")
async def ask(
    request: AnyRequest,
    site: TheSite,
    ports: ThePorts,
    issuer: FromPath[str],
    id: FromPath[str],
    act: FromPath[str],
) -> Response[bytes]:
    """What removing it will do; nothing else asks before."""
    if act != "remove":
        raise NotFoundError("unknown_act", "What is asked before is whether to remove a webhook.")
    return await _ask(request, site, ports, issuer, id)


@post("/desk/issuers/{issuer:str}/webhooks/{id:str}/{act:str}", status_code=303, request_max_body_size=FORM)
async def act_form(
    request: AnyRequest,
    site: TheSite,
    ports: ThePorts,
    issuer: FromPath[str],
    id: FromPath[str],
    act: FromPath[str],
) -> Response[bytes]:
    """Remove it, try it, or tell it once more of what is in line `line` of its log."""
    fields, _ = await read_form(request)
    place = f"/desk/issuers/{issuer}/webhooks"
    if act == "replay":
        await flow.replay(ports, issuer, id, _line(fields.get("line", "")))
        return see_other(f"{place}/{id}?done=replayed")
    if act == "test":
        await flow.test(ports, issuer, id)
        return see_other(f"{place}/{id}?done=tested")
    if act != "remove":
        raise NotFoundError("unknown_act", "What can be done with a webhook is remove, replay, test.")
    await flow.remove(ports, issuer, id)
    return see_other(f"{place}?done=removed")


async def _ask(
    request: AnyRequest, site: Site, ports: Ports, issuer: str, id: str, error: ExchangeError | None = None
) -> Response[bytes]:
    hook = await flow.find(ports, issuer, id)
    place = f"/desk/issuers/{issuer}/webhooks"
    asked = Ask(
        title=gettext("Remove this webhook?"),
        effects=[
            hook.url,
            gettext("It gets no more messages, not even those that wait for it. Its log is removed too."),
        ],
        does=gettext("Remove"),
        place=f"{place}/{id}/remove",
        over=(gettext("Webhooks"), place),
        final=True,
    )
    return await ask_page(request, site, asked, error)


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    issuer: str,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
    secret: str = "",
) -> Response[bytes]:
    hooks = await flow.webhooks(ports, issuer)
    row = await ports.store.issuer(issuer)
    done = request.query_params.get("done", "")
    fields = fields or dict.fromkeys(EVENTS, "on")
    return await own_page(
        request,
        site,
        "webhooks.html",
        error,
        issuer=issuer,
        name=read_identity(row.profile).name if row else issuer,
        hooks=[(hook, host_of(hook.url) or hook.url) for hook in hooks],
        full=len(hooks) >= flow.MOST,
        words={event: gettext(EVENT_WORDS.get(event, event)) for event in EVENTS},
        url=fields.get("url", "")[:1024],
        chosen=[event for event in EVENTS if fields.get(event) == "on"],
        secret_text=secret,
        done=gettext(DONE[done]) if done in DONE else "",
    )


def _before(request: AnyRequest) -> int | None:
    before = request.query_params.get("before", "")
    return _line(before) if before else None


def _line(text: str) -> int:
    """InputError("line_malformed")."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError("line_malformed", "A line of the log is a number.", "line")
    return int(text)


# --- for programs -----------------------------------------------------------------------------------------


@reads("/api/issuers/{issuer:str}/webhooks", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """List an issuer's webhooks; their secrets are not told."""
    hooks = [_listed(hook) for hook in await flow.webhooks(ports, issuer)]
    return reply(request, strict_json.dump({"webhooks": hooks}), JSON, cache="no-store")


@post("/api/issuers/{issuer:str}/webhooks", status_code=201, opt=described(ADD))
async def add_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Add a webhook.

    201 with the `secret` its messages are signed with, told this once. Body: `{"url"}` (https) and, if not
    all, the `"events"`. Messages are as Standard Webhooks has them; every attempt has the same `webhook-id`.
    """
    body = await read_body(request, "url", "events")
    events = texts(body, "events") if "events" in body else EVENTS
    hook, secret = await flow.add(ports, issuer, text(body, "url"), events)
    document = strict_json.dump({**_listed(hook), "secret": secret})
    return reply(request, document, JSON, status=201, cache="no-store")


@delete("/api/issuers/{issuer:str}/webhooks/{id:str}", status_code=200, opt=described(REMOVE))
async def remove_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], id: FromPath[str]
) -> Response[bytes]:
    """Remove a webhook, with its log and what waits for it."""
    hook = await flow.remove(ports, issuer, id)
    return reply(request, strict_json.dump(_listed(hook)), JSON, cache="no-store")


@reads("/api/issuers/{issuer:str}/webhooks/{id:str}/deliveries", opt=described(LOG))
async def log_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], id: FromPath[str]
) -> Response[bytes]:
    """List what a webhook was told in the last 30 days, and what waits, newest first."""
    _, lines, older = await flow.log(ports, issuer, id, _before(request))
    listed: dict[str, Any] = {"deliveries": [_delivery(line) for line in lines]}
    if older:
        place = f"{ports.base_url}/api/issuers/{issuer}/webhooks/{id}/deliveries"
        listed["next"] = f"{place}?before={older}"
    return reply(request, strict_json.dump(listed), JSON, cache="no-store")


@post(
    "/api/issuers/{issuer:str}/webhooks/{id:str}/deliveries/{line:int}/replay",
    status_code=202,
    opt=described(REPLAY),
)
async def replay_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], id: FromPath[str], line: FromPath[int]
) -> Response[bytes]:
    """Tell a webhook once more of what a line of its log tells, under the same id."""
    event = await flow.replay(ports, issuer, id, min(line, 2**31 - 2))
    return reply(request, strict_json.dump({"id": event}), JSON, status=202, cache="no-store")


def _listed(hook: Webhook) -> dict[str, Any]:
    return {"id": hook.id, "url": hook.url, "events": [*hook.events], "since": format_date(hook.created_at)}


def _delivery(line: Told) -> dict[str, Any]:
    said = flow.event_in(line.payload)
    moments = {"sent": line.sent_at, "givenUp": line.failed_at}
    if line.sent_at is None and line.failed_at is None:
        moments["due"] = line.due_at
    return {
        "line": line.number,
        "event": said["id"],
        "type": said["type"],
        "badge": said["badge"],
        "posted": format_date(line.posted_at),
        "attempts": line.attempts,
        "reason": line.reason,
        **{name: format_date(at) for name, at in moments.items() if at},
    }
