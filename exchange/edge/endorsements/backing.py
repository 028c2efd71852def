"""What issuers endorse: for everybody beside what is endorsed, as JSON; for their people at the desk, and for
their programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.core.dates import format_date
from exchange.edge.badges.cards import read_identity
from exchange.edge.badges.status import BITS
from exchange.edge.endorsements import shapes
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.body import IN_BODY, read_body, text
from exchange.edge.http.describe import JSON, Answer, Operation, described, found, told
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import Ask, ask_page
from exchange.edge.http.replies import AnyRequest, allows, reads, reply, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.edge.issuers.desk_frame import desk_page
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.badges.show import shelves
from exchange.flows.endorsements import back as flow
from exchange.flows.endorsements.back import Backing
from exchange.flows.people.rights import check, may
from exchange.flows.ports import Ports
from exchange.languages import gettext

ABOUT = "Endorsements"
PLACE = "/desk/issuers/{issuer:str}/endorsements"
API = "/api/issuers/{issuer:str}/endorsements"
_LIST = {JSON: shapes.BackingList}
_SAID = "line_missing line_too_long line_broken text_too_long control_character subject_malformed"


def build_backing(site: Site) -> Router:
    """For who is signed in; the flows refuse who has no role there."""
    return guarded(
        site,
        [
            allows(API, "GET", "HEAD", "POST"),
            desk,
            endorse_form,
            withdraw_page,
            withdraw_form,
            list_api,
            endorse_api,
            withdraw_api,
        ],
    )


@dataclass(frozen=True, slots=True)
class BackingRow:
    """One, ready for a template; of what was withdrawn, no word of what it said. `about`: the page of what is
    endorsed, and its name there."""

    key: str
    url: str
    name: str
    place: str
    line: str
    text: str
    at: datetime
    stands: bool
    ended_at: datetime | None
    earlier: bool
    subject: str
    subject_place: str


def row_of(one: Backing) -> BackingRow:
    """What a page shows of it."""
    row = one.endorsement
    path = row.subject.replace("@", "/")
    return BackingRow(
        key=row.id,
        url=f"/endorsements/{row.id}",
        name=plain(one.issuer_name),
        place=f"/issuers/{row.issuer}",
        line=plain(one.line, 1000) if one.stands else "",
        text=plain(one.text, 5000) if one.stands else "",
        at=flow.since(one),
        stands=one.stands,
        ended_at=row.ended_at,
        earlier=one.earlier,
        subject=row.subject,
        subject_place=f"/achievements/{path}" if row.kind == "achievement" else f"/issuers/{path}",
    )


@reads(
    "/issuers/{slug:str}/endorsements",
    public=True,
    opt=described(Operation(ABOUT, found("As they stand now.", _LIST), {404: "unknown_issuer"})),
)
async def of_issuer(request: AnyRequest, site: TheSite, slug: FromPath[str]) -> Response[bytes]:
    """Which other issuers endorse an issuer. What was withdrawn stays, with the day."""
    return _list(request, site.ports, await flow.of_issuer(site.ports, slug), BITS)


@reads(
    "/achievements/{issuer:str}/{slug:str}/{version:int}/endorsements",
    public=True,
    opt=described(
        Operation(ABOUT, found("As they stand now.", _LIST), {404: "unknown_achievement unknown_issuer"})
    ),
)
async def of_achievement(
    request: AnyRequest, site: TheSite, issuer: FromPath[str], slug: FromPath[str], version: FromPath[int]
) -> Response[bytes]:
    """Which other issuers endorse an achievement. What was withdrawn stays, with the day."""
    return _list(request, site.ports, await flow.of_achievement(site.ports, issuer, slug, version), BITS)


# --- for programs -----------------------------------------------------------------------------------------


@reads(
    API,
    opt=described(
        Operation(
            ABOUT,
            told("The newest first.", shapes.BackingList),
            {404: "unknown_issuer"},
            closed=True,
            scopes=("design",),
        )
    ),
)
async def list_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """What an issuer endorses and has endorsed, without what was replaced."""
    return _list(request, ports, await flow.by_issuer(ports, issuer), "no-store")


@post(
    API,
    status_code=201,
    opt=described(
        Operation(
            ABOUT,
            {201: Answer("It stands.", {JSON: shapes.Backing})},
            {
                400: f"{IN_BODY} {_SAID}",
                404: "unknown_issuer unknown_achievement",
                409: "own_subject",
                503: "read_only",
            },
            body={JSON: shapes.BackRequest},
            closed=True,
            scopes=("design",),
        )
    ),
)
async def endorse_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Let an issuer endorse another one, or an achievement of another one.

    Body: `subject` (ISSUER, ISSUER/BADGE, ISSUER/BADGE@VERSION, or its address here), `line`, and if wanted
    `text`. The same again is the one that stands; other words replace it.
    """
    body = await read_body(request, "subject", "line", "text")
    made = await flow.back(ports, issuer, text(body, "subject"), text(body, "line"), text(body, "text", ""))
    return _one(request, ports, flow.backing_of(made), 201)


@post(
    f"{API}/{{key:str}}/withdraw",
    status_code=200,
    opt=described(
        Operation(
            ABOUT,
            told("It is withdrawn.", shapes.Backing),
            {
                400: f"{IN_BODY} reason_missing",
                404: "unknown_endorsement",
                409: "endorsement_over",
                503: "read_only",
            },
            body={JSON: shapes.BackWithdrawRequest},
            closed=True,
            scopes=("award",),
        )
    ),
)
async def withdraw_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """Take an issuer's endorsement back for good. Body: `reason`, which nobody else reads."""
    body = await read_body(request, "reason")
    gone = await flow.withdraw(ports, key, text(body, "reason", ""), issuer)
    return _one(request, ports, flow.backing_of(gone), 200)


def _list(request: AnyRequest, ports: Ports, backings: list[Backing], cache: str) -> Response[bytes]:
    body = strict_json.dump({"endorsements": [said_of(ports, one) for one in backings]})
    return reply(request, body, JSON, cache=cache)


def _one(request: AnyRequest, ports: Ports, one: Backing | None, status: int) -> Response[bytes]:
    assert one is not None  # noqa: S101 - it was read when it was signed
    return reply(request, strict_json.dump(said_of(ports, one)), JSON, status=status, cache="no-store")


def said_of(ports: Ports, one: Backing) -> dict[str, Any]:
    """For programs, as `shapes.Backing` has it."""
    row = one.endorsement
    about: dict[str, Any] = {
        "id": urls.endorsement(ports.base_url, row.id),
        "state": "active" if one.stands else row.state,
        "issuer": {"id": one.issuer_id, "name": one.issuer_name, "slug": row.issuer},
        "kind": row.kind,
        "about": one.subject_id,
        "earlierVersion": one.earlier,
        "signedAt": format_date(flow.since(one).astimezone(UTC)),
    }
    if row.ended_at:
        about["withdrawnAt"] = format_date(row.ended_at.astimezone(UTC))
    if one.stands:
        about |= {"line": one.line, "text": one.text}
    return about


# --- at the desk ------------------------------------------------------------------------------------------


@reads(PLACE)
async def desk(request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """What an issuer endorses, and the form that endorses more."""
    return await _desk(request, site, ports, issuer, dict(request.query_params))


@post(PLACE, status_code=303, request_max_body_size=20_000)
async def endorse_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Endorse. Sent twice, it is one."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        subject, line, more = (fields.get(one, "") for one in ("subject", "line", "text"))
        await flow.back(ports, issuer, subject, line, more)
    except (InputError, ConflictError, UnavailableError, NotFoundError) as error:
        read_only.only(error)
        if error.at:
            error.at = error.at.removeprefix("/")
        return await _desk(request, site, ports, issuer, fields, error)
    return see_other(f"/desk/issuers/{issuer}/endorsements?done=endorsed")


async def _desk(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    fields: dict[str, str],
    error: ExchangeError | None = None,
) -> Response[bytes]:
    rows = [row_of(one) for one in await flow.by_issuer(ports, slug)]
    options = [("", gettext("Choose one"))]
    for shelf in await shelves(ports):
        if shelf.issuer.slug != slug:
            name = read_identity(shelf.issuer.profile).name
            options.append((shelf.issuer.slug, name))
            options += [
                (f"{one.issuer}/{one.slug}@{one.version}", f"{name}: {plain(one.document.get('name'))}")
                for one in shelf.achievements
            ]
    return await desk_page(
        request,
        site,
        ports,
        slug,
        "design/endorsements.html",
        error,
        rows=rows,
        names=dict(options),
        options=options,
        withdraws=may(ports.who, "revoke", slug),
        fields={name: fields.get(name, "") for name in ("subject", "line", "text")},
    )


@reads(f"{PLACE}/{{key:str}}/withdraw")
async def withdraw_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """What taking it back does, then yes or back."""
    return await _ask(request, site, ports, issuer, key)


@post(f"{PLACE}/{{key:str}}/withdraw", status_code=303, request_max_body_size=10_000)
async def withdraw_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """Take it back."""
    reason = ""
    try:
        fields, _ = await read_form(request)
        reason = fields.get("reason", "")
        await flow.withdraw(ports, key, reason, issuer)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _ask(request, site, ports, issuer, key, reason, error)
    if not may(ports.who, "design", issuer):
        return see_other(f"/endorsements/{key}")
    return see_other(f"/desk/issuers/{issuer}/endorsements?done=unendorsed")


async def _ask(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    key: str,
    reason: str = "",
    error: ExchangeError | None = None,
) -> Response[bytes]:
    check(ports, "revoke", slug)
    one = await flow.find(ports, key)
    if one.issuer != slug:
        raise NotFoundError("unknown_endorsement", f"There is no such endorsement by {slug!r:.80}.")
    place = f"/desk/issuers/{slug}/endorsements"
    ask = Ask(
        title=gettext("Withdraw the endorsement of %(subject)s?") % {"subject": one.subject},
        effects=[
            gettext("It does not count any more, and no check finds it valid. This cannot be undone."),
            gettext("Where it was shown, it stays, as withdrawn, with the day and without what it said."),
            gettext("The reason is kept in the log; it is not published."),
        ],
        does=gettext("Withdraw"),
        place=f"{place}/{key}/withdraw",
        over=(gettext("Endorsements"), place if may(ports.who, "design", slug) else "/desk"),
        reason=reason,
        final=True,
    )
    return await ask_page(request, site, ask, error)
