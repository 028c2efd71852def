"""Many badges changed at once: what would change, yes or no, and how far it has come. In pages and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.dates import format_date
from exchange.edge.badges.cards import read_identity
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, as_object, flag, read_body, text, texts
from exchange.edge.http.describe import JSON, Answer, Operation, described, told
from exchange.edge.http.forms import read_form
from exchange.edge.http.once import once_in, once_of
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.edge.recipients import shapes
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.ports import Ports
from exchange.flows.recipients import recipients
from exchange.flows.recipients import status_many as flow
from exchange.flows.recipients.records import Act, Job
from exchange.languages import gettext, gettext_noop, ngettext

SECONDS = 2.0
"""How long a request itself carries out what it began; the service does the rest."""

DOES = {
    "suspend": gettext_noop("Suspend"),
    "reinstate": gettext_noop("Reinstate"),
    "revoke": gettext_noop("Revoke for good"),
    "renew": gettext_noop("Renew"),
}
PASSED_WORDS = {
    "valid": gettext_noop("valid"),
    "expiring": gettext_noop("valid, but not for long"),
    "expired": gettext_noop("expired"),
    "suspended": gettext_noop("suspended"),
    "revoked": gettext_noop("revoked"),
    "unsigned": gettext_noop("not signed yet"),
    "renewed": gettext_noop("renewed already"),
    "retired": gettext_noop("of an achievement that is no longer awarded"),
}
MEMBERS = ("act", "badges", "filter", "reason", "digest", "mail")

PREVIEW = Operation(
    "Badges",
    told("What would change; nothing was.", shapes.ChangePreview),
    {
        400: f"{IN_BODY} not_a_list unknown_status unknown_claim date_malformed search_malformed "
        "too_many_chosen too_many_found",
        404: "unknown_issuer unknown_act",
    },
    body={JSON: shapes.ChangesRequest},
    closed=True,
    scopes=("award",),
)
BEGIN = Operation(
    "Badges",
    {
        202: Answer(
            "It is on record, and carried out.", {JSON: shapes.ChangeJob}, {"location": "How far it is."}
        )
    },
    {
        400: f"{IN_BODY} not_a_list unknown_status unknown_claim date_malformed search_malformed "
        "too_many_chosen too_many_found "
        "reason_missing",
        404: "unknown_issuer unknown_act",
        409: "selection_changed nothing_to_change",
        503: "signing_stopped key_unavailable no_active_key read_only clock_wrong disk_full",
    },
    body={JSON: shapes.ChangesConfirmed},
    closed=True,
    scopes=("award",),
    once=True,
)
JOB = Operation(
    "Badges",
    told("How far it has come.", shapes.ChangeJob),
    {404: "unknown_job"},
    closed=True,
    scopes=("award",),
)


# --- pages ------------------------------------------------------------------------------------------------


@reads("/desk/changes")
async def preview_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What a change would do: `?act=` to the badges `?badge=` or, with `?scope=all`, to all that the filter
    finds."""
    query = request.query_params
    fields = dict(query.items())
    fields["badges"] = " ".join(query.getall("badge", [])) if query.get("scope") != "all" else ""
    if query.get("scope") != "all" and not fields["badges"]:
        back = {name: fields[name] for name in ("issuer", *recipients.FIELDS) if fields.get(name)}
        return see_other(f"/desk/badges?{urlencode(back)}")
    return await _preview(request, site, ports, fields)


@post("/desk/changes", status_code=303, request_max_body_size=100_000)
async def begin_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Do what was seen."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        act, choice = _chosen(fields)
        act = "replace" if act == "renew" and fields.get("replace") == "on" else act
        once, mail = once_in(request, fields, ports), fields.get("mail") == "on"
        reason = fields.get("reason", "")
        job = await flow.begin(ports, act, choice, reason, fields.get("digest", ""), once, mail=mail)
        await _carry_on(ports, job)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _preview(request, site, ports, fields, error)
    return see_other(f"/desk/changes/{job.id}")


@reads("/desk/changes/{id:str}")
async def job_page(request: AnyRequest, site: TheSite, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """How far it has come, and when all is done what came of it."""
    job = await flow.find_job(ports, id)
    row = await ports.store.issuer(job.issuer)
    name = read_identity(row.profile).name if row else job.issuer
    return await own_page(request, site, "change_job.html", job=job, name=name)


async def _preview(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: Mapping[str, str],
    error: ExchangeError | None = None,
) -> Response[bytes]:
    act, choice = _chosen(fields)
    seen = await flow.preview(ports, act, choice)
    issuer = seen.choice.wanted.issuer
    row = await ports.store.issuer(issuer)
    names = {
        one.slug: str(one.document["name"]) for one in await ports.store.achievements(issuer, retired=True)
    }
    some = [badge for one in seen.some if (badge := await ports.store.badge(one.badge))]
    kept = recipients.write_wanted(seen.choice.wanted)
    back = {"issuer": issuer, **{name: kept[name] for name in kept if name != "until" or fields.get("until")}}
    return await own_page(
        request,
        site,
        "changes.html",
        error,
        act=act,
        title=_title(act, seen.count),
        does=gettext(DOES[act]),
        count=seen.count,
        counts=[(names.get(slug, slug), count) for slug, count in seen.achievements.most_common()],
        passed=[(gettext(PASSED_WORDS[name]), count) for name, count in seen.passed.most_common()],
        some=[(plain(one.recipient.removeprefix("mailto:"), 320), one) for one in some],
        names=names,
        hidden={
            "issuer": issuer,
            "act": act,
            "badges": " ".join(choice.badges),
            **kept,
            "digest": seen.digest,
        },
        back=f"/desk/badges?{urlencode(back)}",
        over=(read_identity(row.profile).name if row else issuer),
        reason=fields.get("reason", ""),
        mail=fields.get("mail", "on") == "on" if "digest" in fields else True,
        replace=fields.get("replace") == "on",
    )


def _title(act: Act, count: int) -> str:
    said = {
        "suspend": ngettext("Suspend %(num)s badge?", "Suspend %(num)s badges?", count),
        "reinstate": ngettext("Reinstate %(num)s badge?", "Reinstate %(num)s badges?", count),
        "revoke": ngettext("Revoke %(num)s badge?", "Revoke %(num)s badges?", count),
        "renew": ngettext("Renew %(num)s badge?", "Renew %(num)s badges?", count),
    }
    return said[act] % {"num": count}


def _chosen(fields: Mapping[str, str]) -> tuple[Act, flow.Choice]:
    act = flow.act_named(fields.get("act", ""))
    wanted = recipients.read_wanted(fields.get("issuer", ""), fields)
    return "renew" if act == "replace" else act, flow.Choice(wanted, tuple(fields.get("badges", "").split()))


async def _carry_on(ports: Ports, job: Job) -> None:
    """Most of what is done here is done at once; what is not waits for the service, also if it cannot be
    signed just now: it is on record, and that is what the sender asked for."""
    try:
        await flow.carry_on(ports, job.id, SECONDS)
    except UnavailableError:
        ports.bell.ring()


# --- for programs -----------------------------------------------------------------------------------------


@post("/api/issuers/{issuer:str}/changes/preview", status_code=200, opt=described(PREVIEW))
async def preview_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Say what a change of many badges would do, and change nothing.

    Body: `"act"`, and `"badges"` (keys) or a `"filter"`. The answer's `digest` and `filter` confirm it.
    """
    act, choice = _asked(issuer, await read_body(request, *MEMBERS))
    seen = await flow.preview(ports, act, choice)
    document = {
        "act": act,
        "count": seen.count,
        "digest": seen.digest,
        "achievements": dict(seen.achievements),
        "passed": dict(seen.passed),
        "badges": list(choice.badges),
        "filter": recipients.write_wanted(seen.choice.wanted),
    }
    return reply(request, strict_json.dump(document), JSON, cache="no-store")


@post("/api/issuers/{issuer:str}/changes", status_code=202, opt=described(BEGIN))
async def begin_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Change many badges: suspend, reinstate, revoke, renew, or replace (renew and revoke the old ones).

    Body: as the preview answered it, with its `"digest"`, a `"reason"` (none is needed to renew) and, to
    tell nobody by mail, `"mail": false`. 202 and how far it has come. With an `Idempotency-Key`, once for
    that key.
    """
    body = await read_body(request, *MEMBERS)
    act, choice = _asked(issuer, body)
    digest, reason, mail = text(body, "digest"), text(body, "reason", ""), flag(body, "mail", True)
    job = await flow.begin(ports, act, choice, reason, digest, await once_of(request, ports), mail=mail)
    await _carry_on(ports, job)
    location = {"location": f"{ports.base_url}/api/changes/{job.id}"}
    told_ = strict_json.dump(_told(await flow.find_job(ports, job.id)))
    return reply(request, told_, JSON, status=202, cache="no-store", headers=location)


@reads("/api/changes/{id:str}", opt=described(JOB))
async def job_api(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """Say how far a change of many badges has come."""
    return reply(request, strict_json.dump(_told(await flow.find_job(ports, id))), JSON, cache="no-store")


def _told(job: Job) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": job.id,
        "issuer": job.issuer,
        "act": job.act,
        "total": job.total,
        "done": job.done,
        "passed": job.passed,
        "begun": format_date(job.begun_at),
    }
    return said | ({"ended": format_date(job.ended_at)} if job.ended_at else {})


def _asked(issuer: str, body: dict[str, Any]) -> tuple[Act, flow.Choice]:
    badges, wanted = texts(body, "badges"), body.get("filter", {} if body.get("badges") else None)
    if wanted is None:
        raise InputError("member_missing", "Say which: badges, or a filter ({} is everything).", "/filter")
    wanted = as_object(wanted, *recipients.FIELDS, at="/filter")
    said = {name: text(wanted, name, at="/filter") for name in wanted}
    return flow.act_named(text(body, "act")), flow.Choice(recipients.read_wanted(issuer, said), badges)


HANDLERS = (preview_page, begin_form, job_page, preview_api, begin_api, job_api)
