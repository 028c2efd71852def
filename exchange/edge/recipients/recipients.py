"""Who has which badge of an issuer: the table with its filter, as a page, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router
from litestar.params import FromPath
from litestar.response import Stream

from exchange.core import strict_json, urls
from exchange.core.dates import format_date
from exchange.core.sheet import BOM, write_lines
from exchange.edge.badges.cards import read_identity
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.describe import JSON, Operation, Parameter, described, told
from exchange.edge.http.kinds import alone, claim_word
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.recipients import changes, shapes
from exchange.errors import InputError
from exchange.flows.claims.claim import claim_at
from exchange.flows.people.rights import may
from exchange.flows.ports import Ports
from exchange.flows.recipients import recipients as flow
from exchange.flows.recipients.records import ANSWERS, STATUSES, Recipient, Wanted
from exchange.flows.recipients.status_many import ACTS
from exchange.languages import gettext, gettext_noop

STATUS_WORDS = {
    "valid": gettext_noop("Valid"),
    "expiring": gettext_noop("Expires soon"),
    "expired": gettext_noop("Expired"),
    "suspended": gettext_noop("Suspended"),
    "revoked": gettext_noop("Revoked"),
    "unsigned": gettext_noop("Not signed yet"),
}
TONES = {
    "valid": "good",
    "expiring": "pause",
    "expired": "past",
    "suspended": "pause",
    "revoked": "stop",
    "unsigned": "past",
}
MAIL_WORDS = {
    "waiting": gettext_noop("on its way"),
    "delivered": gettext_noop("delivered"),
    "given_up": gettext_noop("given up"),
}

_DAY = {"anyOf": [{"const": ""}, *({"type": "string", "format": one} for one in ("date", "date-time"))]}
_FILTER = (
    Parameter("achievement", "query", {"type": "string"}, "Of this achievement only."),
    Parameter("status", "query", {"enum": ["", *STATUSES]}, "Those that stand so; `expiring` are valid too."),
    Parameter("claim", "query", {"enum": ["", *ANSWERS]}, "Those whose holders said so, or nothing."),
    Parameter("to", "query", {"type": "string", "maxLength": 320}, "How the recipient's address begins."),
    Parameter("since", "query", _DAY, "Awarded since that day, or moment (RFC 3339)."),
    Parameter("until", "query", _DAY, "Awarded until the end of that day, or before a moment."),
)
LIST = Operation(
    "Badges",
    told("A page of at most 50.", shapes.RecipientList),
    {400: "unknown_status unknown_claim date_malformed search_malformed", 404: "unknown_issuer"},
    parameters=(*_FILTER, Parameter("before", "query", {"type": "string"}, "Those after this badge's key.")),
    closed=True,
    scopes=("read",),
)


def build_recipients(site: Site) -> Router:
    """The table, and the changes of many badges that begin there."""
    return guarded(site, [table_page, export, list_api, *changes.HANDLERS])


@reads("/desk/badges")
async def table_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The table of the issuer that `?issuer=` names, or of the first where who asks may read."""
    query = request.query_params
    slugs = await _readable(ports)
    issuer = query.get("issuer", "") or (slugs[0] if slugs else "")
    if not issuer:
        return see_other("/account")
    rows, older, error = list[Recipient](), None, None
    try:
        wanted = flow.read_wanted(issuer, query)
        rows, older = await flow.recipients(ports, wanted, query.get("before"))
    except InputError as fault:
        wanted, error = Wanted(issuer), fault
        await flow.recipients(ports, wanted)  # whoever may not read learns nothing here
    said = {name: query.get(name, "")[:320] for name in flow.FIELDS}
    kept = {name: value for name, value in {"issuer": issuer, **said}.items() if value}
    names = {
        one.slug: str(one.document["name"]) for one in await ports.store.achievements(issuer, retired=True)
    }
    issuers = [
        (slug, read_identity(row.profile).name) for slug in slugs if (row := await ports.store.issuer(slug))
    ]
    return await own_page(
        request,
        site,
        "recipients.html",
        error,
        issuer=issuer,
        issuers=issuers,
        names=names,
        said=said,
        filtered=any(said.values()),
        whole=flow.write_wanted(wanted),
        claims=[(name, alone(claim_word(name))) for name in ANSWERS],
        statuses=[(name, gettext(STATUS_WORDS[name])) for name in STATUSES],
        rows=[
            (
                row,
                plain(row.to.removeprefix("mailto:"), 320),
                claim_word(claim_at(row.claim, row.at, ports.now())),
            )
            for row in rows
        ],
        words={name: gettext(word) for name, word in STATUS_WORDS.items()},
        tones=TONES,
        mails={name: gettext(word) for name, word in MAIL_WORDS.items()},
        acts=[act for act, (verb, _) in ACTS.items() if act != "replace" and may(ports.who, verb, issuer)],
        owns=may(ports.who, "webhooks", issuer),
        newest=f"/desk/badges?{urlencode(kept)}" if "before" in query else "",
        older=f"/desk/badges?{urlencode({**kept, 'before': older})}" if older else "",
        export=f"/desk/badges/export?{urlencode(kept)}",
    )


@reads("/desk/badges/export")
async def export(request: AnyRequest, ports: ThePorts) -> Response[Any]:
    """Every row that the filter finds, as CSV; no cell of it is a formula."""
    query = request.query_params
    wanted = flow.read_wanted(query.get("issuer", ""), query)
    await flow.recipients(ports, wanted)  # what is wrong is said before anything is sent
    name = f"{wanted.issuer}-badges.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Stream(_csv(ports, wanted), media_type="text/csv", headers=headers)


async def _csv(ports: Ports, wanted: Wanted) -> AsyncIterator[bytes]:
    yield (BOM + write_lines([flow.CSV_HEAD])).encode()
    async for rows in flow.every_recipient(ports, wanted):
        yield write_lines(flow.csv_cells(ports, row) for row in rows).encode("utf-8", "replace")


@reads("/api/issuers/{issuer:str}/recipients", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """List who has which badge of an issuer, newest first, as far as a filter goes. `next` is where older
    ones are; as CSV all of it is at `/desk/badges/export`."""
    query = request.query_params
    wanted = flow.read_wanted(issuer, query)
    rows, older = await flow.recipients(ports, wanted, query.get("before"))
    listed: dict[str, Any] = {"recipients": [listed_row(ports, row) for row in rows]}
    if older:
        kept: Mapping[str, str] = {**flow.write_wanted(wanted), "before": older}
        listed["next"] = f"{ports.base_url}/api/issuers/{issuer}/recipients?{urlencode(kept)}"
    return reply(request, strict_json.dump(listed), JSON, cache="no-store")


def listed_row(ports: Ports, row: Recipient) -> dict[str, Any]:
    """A row for a program."""
    said: dict[str, Any] = {
        "id": urls.badge(ports.base_url, row.badge),
        "key": row.badge,
        "badge": row.achievement,
        "version": row.version,
        "to": row.to,
        "at": format_date(row.at),
        "status": row.status,
    }
    more = {
        "validUntil": format_date(row.valid_until) if row.valid_until else "",
        "mail": row.mail,
        "mailProblem": row.problem,
        "renews": row.renews,
        "renewedBy": row.renewed_by,
        "claim": claim_at(row.claim, row.at, ports.now()),
    }
    return said | {name: value for name, value in more.items() if value}


async def _readable(ports: Ports) -> list[str]:
    """The issuers where who asks may read, those where they have a role first."""
    found = [one.slug for one in await ports.store.issuers() if may(ports.who, "read", one.slug)]
    return sorted(found, key=lambda slug: (slug not in ports.who.roles, slug))
