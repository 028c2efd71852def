"""Badges from elsewhere, for programs that a person's own browser runs: list, bring, look at, look again,
remove.

No token does it: what somebody keeps of their own is theirs, signed in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import Response, delete, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.dates import format_date
from exchange.edge.badges.submissions import RAW_TYPES, read_submission
from exchange.edge.http.access import ThePorts
from exchange.edge.http.describe import JSON, Answer, Operation, Parameter, described, told
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.imported import shapes
from exchange.errors import InputError
from exchange.flows.badges.verify import Options
from exchange.flows.imported import listed
from exchange.flows.imported.bring import bring
from exchange.flows.imported.look_again import look_again
from exchange.flows.imported.records import Imported, at_moment
from exchange.flows.imported.remove import remove
from exchange.flows.people.rights import check_person

MAX_UPLOAD = 12_000_000
"""Bytes of a request: a large baked picture, with room."""
UNABLE = "read_only disk_full"
PLACE = "/api/imported"
_ID = Parameter("id", "path", {"type": "string", "minLength": 1}, "As the list names it.", True)
_ANY_BYTES: dict[str, Any] = {}

LIST = Operation(
    "Imported badges",
    told("All of them.", shapes.ImportedList),
    {403: "not_permitted"},
    closed=True,
)
BRING = Operation(
    "Imported badges",
    {
        201: Answer(
            "It is kept; the one that was there, looked at anew, for the same bytes again.",
            {JSON: shapes.Imported},
            {"location": "Where it is."},
        )
    },
    {
        400: "badge_not_valid not_fetched nothing_to_bring nothing_to_verify two_to_verify unknown_member "
        "not_a_string not_a_credential form_malformed image_too_large expect_unknown recipient_too_long "
        "date_malformed json_malformed",
        403: "recipient_other not_permitted",
        409: "issued_here imported_full",
        429: "too_many",
        503: UNABLE,
    },
    body={**dict.fromkeys(RAW_TYPES, _ANY_BYTES), JSON: {"anyOf": [shapes.BringCredential, shapes.BringUrl]}},
    closed=True,
)
SHOW = Operation(
    "Imported badges",
    told("How it stands.", shapes.Imported),
    {403: "not_permitted", 404: "unknown_imported"},
    parameters=(_ID,),
    closed=True,
)
LOOK = Operation(
    "Imported badges",
    told("How it was found.", shapes.Imported),
    {403: "not_permitted", 404: "unknown_imported", 429: "too_many", 503: UNABLE},
    parameters=(_ID,),
    closed=True,
)
REMOVE = Operation(
    "Imported badges",
    told("What was removed.", shapes.Imported),
    {403: "not_permitted", 404: "unknown_imported", 503: UNABLE},
    parameters=(_ID,),
    closed=True,
)


@reads(PLACE, opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List the badges that I brought from elsewhere, newest first, each as the last look found it."""
    rows = await listed.mine(ports)
    return _said(request, {"imported": [as_json(row, ports.now()) for row in rows]})


@post(PLACE, status_code=201, request_max_body_size=MAX_UPLOAD, opt=described(BRING))
async def bring_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Bring a badge that was issued elsewhere. It is verified first, and has to be mine.

    Body: `{"credential": {…} or "…"}` or `{"url": "…"}`; or the credential itself (JSON, JWT, PNG, SVG)."""
    check_person(ports)
    given = await read_submission(request)
    if given.options != Options():
        raise InputError(
            "unknown_member", "A badge is brought as it is, whose and when it may be is not asked."
        )
    row = await bring(ports, given.data, given.url)
    headers = {"location": f"{ports.base_url}{PLACE}/{row.id}"}
    body = strict_json.dump(as_json(row, ports.now()))
    return reply(request, body, JSON, status=201, cache="no-store", headers=headers)


@reads(f"{PLACE}/{{id:str}}", opt=described(SHOW))
async def show_api(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """Show one of my badges from elsewhere, as the last look found it."""
    return _said(request, as_json(await listed.one_mine(ports, id), ports.now()))


@post(f"{PLACE}/{{id:str}}/look", status_code=200, request_max_body_size=10_000, opt=described(LOOK))
async def look_api(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """Look at one of my badges from elsewhere now."""
    return _said(request, as_json(await look_again(ports, id), ports.now()))


@delete(f"{PLACE}/{{id:str}}", status_code=200, opt=described(REMOVE))
async def remove_api(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """Remove one of my badges from elsewhere, with its file."""
    row = await listed.one_mine(ports, id)
    await remove(ports, id)
    return _said(request, as_json(row, ports.now()))


ROUTES = (list_api, bring_api, show_api, look_api, remove_api)


def as_json(row: Imported, now: datetime) -> dict[str, Any]:
    """One as programs have it; `exchange imported --json` too."""
    at, said = at_moment(row, now), row.look.outline
    return {
        "id": row.id,
        "state": at.state,
        "since": _time(at.since),
        "checkedAt": _time(at.checked_at),
        "triedAt": format_date(at.tried_at),
        "trouble": at.trouble,
        "recipient": at.recipient,
        "credential": said.id,
        "achievement": said.achievement,
        "name": said.name,
        "description": said.description,
        "issuer": {
            "name": said.issuer,
            "id": said.issuer_id,
            "domain": said.domain or None,
            "known": at.known,
        },
        "validFrom": _time(said.starts),
        "validUntil": _time(said.ends),
        "skills": [{"name": one.name, "id": one.id or None} for one in said.skills],
        "findings": [
            {"code": one.code, "level": one.level, "message": one.message, "at": one.at}
            for one in row.look.findings
        ],
        "mediaType": row.media_type,
        "size": row.size,
        "sha256": row.digest,
        "source": row.source,
        "addedAt": format_date(row.added_at),
    }


def _said(request: AnyRequest, value: Any) -> Response[bytes]:
    return reply(request, strict_json.dump(value), JSON, cache="no-store")


def _time(at: datetime | None) -> str | None:
    return format_date(at) if at else None
