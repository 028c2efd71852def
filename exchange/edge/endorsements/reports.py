"""Reports: the form for everybody, what an issuer's owner and an operator see of them, and deciding.

The same for programs; who reported is in no answer.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.core.dates import format_date
from exchange.core.plain_text import as_named, one_line, plain
from exchange.edge.endorsements import shapes
from exchange.edge.http.access import ThePorts, browser_of, guarded, own_site_only, visitor_ports
from exchange.edge.http.body import IN_BODY, read_body, text
from exchange.edge.http.describe import JSON, Operation, Parameter, described, told
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.paging import with_next
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.issuers.desk_frame import desk_page
from exchange.errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    TooManyError,
    UnavailableError,
)
from exchange.flows.endorsements import reports as flow
from exchange.flows.endorsements.records import Report
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

REASONS = {
    "untrue": gettext_noop("It is not true"),
    "insulting": gettext_noop("It insults somebody"),
    "private": gettext_noop("It tells what is private"),
    "traded": gettext_noop("It was given for something in return"),
    "other": gettext_noop("Something else"),
}
STATES = {
    "open": gettext_noop("Open"),
    "dismissed": gettext_noop("Dismissed"),
    "hidden": gettext_noop("Hidden"),
    "handed": gettext_noop("Handed over"),
}
ACTS: dict[flow.Act, tuple[str, str, str]] = {
    "dismiss": (
        gettext_noop("Dismiss this report?"),
        gettext_noop("What was reported stays as it is, or is displayed again if it was hidden for this."),
        gettext_noop("Dismiss"),
    ),
    "hide": (
        gettext_noop("Hide this endorsement?"),
        gettext_noop(
            "Nobody sees it any more where it stands, and it does not count there. Whom it is about gets "
            "your reason by mail; who wrote it learns only that it is not displayed."
        ),
        gettext_noop("Hide it"),
    ),
    "hand-over": (
        gettext_noop("Hand this report over?"),
        gettext_noop("Who runs this exchange gets it, with your reason, and may suspend a profile."),
        gettext_noop("Hand it over"),
    ),
}
UNABLE = "read_only disk_full"
_BEFORE = Parameter("before", "query", {"type": "string"}, "Those before this one; `next` has it.")
_SETTLED = Parameter("settled", "query", {"enum": ["yes"]}, "Those that were decided.")
REPORT = Operation(
    "Endorsements",
    told("It is on record, or was already.", shapes.Reported),
    {
        400: f"{IN_BODY} reason_unknown note_too_long",
        404: "unknown_endorsement",
        429: "too_many",
        503: UNABLE,
    },
    body={JSON: shapes.ReportRequest},
    closed=True,
)
HANDED = Operation(
    "Endorsements",
    told("A page of at most 50.", shapes.ReportList),
    {400: "settled_unknown"},
    parameters=(_BEFORE, _SETTLED),
    closed=True,
    scopes=("people",),
)
LIST = Operation(
    "Endorsements",
    told("A page of at most 50.", shapes.ReportList),
    {400: "settled_unknown", 404: "unknown_issuer"},
    parameters=(_BEFORE, _SETTLED),
    closed=True,
    scopes=("people",),
)
SETTLE = Operation(
    "Endorsements",
    told("It is decided.", shapes.Report),
    {
        400: f"{IN_BODY} reason_missing",
        404: "unknown_report unknown_act",
        409: "already_so not_on_a_badge conflict",
        503: UNABLE,
    },
    parameters=(Parameter("act", "path", {"enum": [*ACTS]}, "What to do.", required=True),),
    body={JSON: shapes.SettleRequest},
    closed=True,
    scopes=("people",),
)


def build_report(site: Site) -> Router:
    """Open to everybody who can read what is reported."""
    return Router(path="/", route_handlers=[report_page, report_form], guards=[own_site_only(site)])


def build_reports(site: Site) -> Router:
    """For who decides, and for programs; the flows refuse everybody else."""
    return guarded(
        site,
        [issuer_page, operator_page, act_page, act_form, report_api, handed_api, list_api, settle_api],
    )


# --- who reports ------------------------------------------------------------------------------------------


@reads("/report/{kind:str}/{key:str}")
async def report_page(
    request: AnyRequest, site: TheSite, kind: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """The form: what is wrong with an `endorsement` or a `vouch`."""
    return await _form(request, site, await visitor_ports(request, site), kind, key)


@post("/report/{kind:str}/{key:str}", status_code=303, request_max_body_size=10_000)
async def report_form(
    request: AnyRequest, site: TheSite, kind: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """Report it; no address is asked for."""
    ports = await visitor_ports(request, site)
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        network = browser_of(request, site).network
        await flow.report(ports, kind, key, fields.get("reason", ""), fields.get("note", ""), network)
    except (InputError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _form(request, site, ports, kind, key, fields, error)
    return see_other(f"/report/{kind}/{key}?done=report")


async def _form(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    kind: str,
    key: str,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    found = await flow.thing(ports, kind, key)
    typed = fields or {}
    return await own_page(
        request,
        site,
        "report.html",
        error,
        kind=found.kind,
        key=key,
        by=as_named(found.by),
        about=as_named(found.about),
        reasons=[(code, gettext(word), "") for code, word in REASONS.items()],
        reason=typed.get("reason", ""),
        note=typed.get("note", "")[:1000],
        max_note=flow.MAX_NOTE,
        done=request.query_params.get("done") == "report" and request.method != "POST",
    )


# --- who decides ------------------------------------------------------------------------------------------


@reads("/desk/issuers/{issuer:str}/reports")
async def issuer_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """What is open, or `?settled=yes` decided; `?before=` pages on. For its owners."""
    query = request.query_params
    settled = query.get("settled") == "yes"
    found, older = await flow.reports(ports, issuer, settled, query.get("before", ""))
    return await desk_page(
        request,
        site,
        ports,
        issuer,
        "design/reports.html",
        reports=[_row(one) for one in found],
        older=older,
        settled=settled,
    )


@reads("/operator/reports")
async def operator_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What is who runs the exchange's to decide, or `?settled=yes` what they decided of no issuer's badge."""
    query = request.query_params
    settled = query.get("settled") == "yes"
    found, older = await flow.handed(ports, settled, query.get("before", ""))
    return await own_page(
        request,
        site,
        "operator_reports.html",
        reports=[_row(one) for one in found],
        older=older,
        settled=settled,
        done=gettext("It is decided.") if query.get("done") == "decided" else "",
    )


def _row(seen: flow.Seen) -> dict[str, Any]:
    """A report, ready for a template."""
    one, thing = seen.report, seen.thing
    page = urls.badge_page("", one.subject) if one.kind == "vouch" else f"/endorsements/{one.subject}"
    word = REASONS.get(one.reason)
    return {
        "id": one.id,
        "at": one.at,
        "kind": one.kind,
        "has_issuer": bool(one.issuer),
        "reason": gettext(word) if word else one.reason,
        "note": plain(one.note),
        "state": one.state,
        "word": gettext(STATES[one.state]),
        "answer": plain(one.answer, 500),
        "page": page,
        "by": as_named(thing.by) if thing else "",
        "person": thing.person if thing else "",
        "says": one_line(thing.says, 300) if thing else "",
        "about": as_named(thing.about) if thing else "",
    }


@reads("/desk/reports/{report:str}/{act:str}")
async def act_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, report: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """What will happen: the step before it is decided."""
    return await _ask(request, site, ports, report, act)


@post("/desk/reports/{report:str}/{act:str}", status_code=303, request_max_body_size=10_000)
async def act_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, report: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Decide it."""
    reason = ""
    _, place = await _over(ports, report)
    try:
        reason = (await read_form(request))[0].get("reason", "")
        await flow.settle(ports, report, _act(act), reason)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _ask(request, site, ports, report, act, reason, error)
    return see_other(f"{place}?done=decided")


async def _over(ports: Ports, id: str) -> tuple[flow.Seen, str]:
    """The report, and the list that it stands in."""
    seen = await flow.find(ports, id)
    if flow.is_operators(seen.report) and ports.who.operator:
        return seen, "/operator/reports"
    return seen, f"/desk/issuers/{seen.report.issuer}/reports"


def _act(name: str) -> flow.Act:
    for act in ACTS:
        if act == name:
            return act
    raise NotFoundError("unknown_act", f"What can be done to a report is {', '.join(ACTS)}.")


async def _ask(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    id: str,
    act: str,
    reason: str = "",
    error: ExchangeError | None = None,
) -> Response[bytes]:
    name = _act(act)
    seen, place = await _over(ports, id)
    title, effect, does = ACTS[name]
    row = _row(seen)
    ask = Ask(
        title=gettext(title),
        effects=[f"{row['by']}: {row['says']}", gettext(effect)] if seen.thing else [gettext(effect)],
        does=gettext(does),
        place=f"/desk/reports/{id}/{act}",
        over=(gettext("Reports"), place),
        reason=None if name == "dismiss" else reason[:1000],
    )
    return await ask_page(request, site, ask, error)


# --- programs ---------------------------------------------------------------------------------------------


@post("/api/reports", status_code=200, request_max_body_size=10_000, opt=described(REPORT))
async def report_api(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Report an endorsement or a vouch to who answers for its badge.

    Body: `{"kind", "key", "reason"}` and, if wanted, a `note` of at most 300 characters. Reporting the same
    thing again does nothing. Nobody is shown who reported."""
    body = await read_body(request, "kind", "key", "reason", "note")
    key = text(body, "key").rpartition("/")[2]
    await flow.report(ports, text(body, "kind"), key, text(body, "reason"), text(body, "note", ""))
    return reply(request, strict_json.dump({"reported": True}), JSON, cache="no-store")


@reads("/api/reports", opt=described(HANDED))
async def handed_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List what is for who runs the exchange to decide, newest first. For operators.

    It was handed to them, or it is about what is on no issuer's badge; of the latter, those that were decided
    are listed too."""
    settled = _settled(request)
    found, older = await flow.handed(ports, settled, request.query_params.get("before", ""))
    value = {"reports": [_told(ports, one.report) for one in found]}
    value = with_next(value, ports, "/api/reports", before=older, settled="yes" if settled else "")
    return reply(request, strict_json.dump(value), JSON, cache="no-store")


@reads("/api/issuers/{issuer:str}/reports", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """List what readers report about an issuer's badges, newest first. For its owners."""
    settled = _settled(request)
    found, older = await flow.reports(ports, issuer, settled, request.query_params.get("before", ""))
    value = {"reports": [_told(ports, one.report) for one in found]}
    more = {"before": older, "settled": "yes" if settled else ""}
    value = with_next(value, ports, f"/api/issuers/{issuer}/reports", **more)
    return reply(request, strict_json.dump(value), JSON, cache="no-store")


def _settled(request: AnyRequest) -> bool:
    if request.query_params.get("settled", "yes") != "yes":
        raise InputError("settled_unknown", "settled is yes, or left out.", "settled")
    return "settled" in request.query_params


@post(
    "/api/reports/{report:str}/{act:str}",
    status_code=200,
    request_max_body_size=10_000,
    opt=described(SETTLE),
)
async def settle_api(
    request: AnyRequest, ports: ThePorts, report: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Dismiss a report, hide what it is about, or hand it to who runs the exchange.

    The latter two take a `reason`. For owners of the issuer; for operators, where it was handed over or is
    about no issuer's badge."""
    body = await read_body(request, "reason")
    settled = await flow.settle(ports, report, _act(act), text(body, "reason", ""))
    return reply(request, strict_json.dump(_told(ports, settled)), JSON, cache="no-store")


def _told(ports: Ports, one: Report) -> dict[str, Any]:
    url = urls.badge if one.kind == "vouch" else urls.endorsement
    value: dict[str, Any] = {
        "id": one.id,
        "kind": one.kind,
        "about": url(ports.base_url, one.subject),
        "issuer": one.issuer,
        "reason": one.reason,
        "note": one.note,
        "state": one.state,
        "answer": one.answer,
        "at": format_date(one.at),
    }
    if one.settled_at:
        value["settledAt"] = format_date(one.settled_at)
    return value
