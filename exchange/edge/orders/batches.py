"""What programs may do with batches: give a roster, fix it, confirm it, follow it, and take the receipt.

Mounted by `batch_pages.build_batches`, behind its guards.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.orders import until_of
from exchange.core.roster import Roster, Row, read_roster
from exchange.core.sheet import MAX_BYTES
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, as_object, flag, read_body, text, texts
from exchange.edge.http.describe import JSON, Answer, Operation, Parameter, described, told
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.orders import shapes
from exchange.errors import InputError, NotFoundError
from exchange.flows.badges.award import Order
from exchange.flows.orders import batches as flow
from exchange.flows.orders.receipts import (
    STATES,
    batch_document,
    receipt_document,
    receipt_sheet,
    row_document,
)
from exchange.flows.orders.records import Batch, RowState
from exchange.flows.ports import Ports
from exchange.flows.sign import PROOFS

MAX_BODY = MAX_BYTES + 1_000_000
CSV = "text/csv"
ROW_PAGE = 500
ROW = ("to", "evidence", "narrative", "validUntil")
MOST = 1_000_000_000
"""The greatest number of a row."""

_ABOUT = "Batches"
_UNABLE = "signing_stopped no_active_key read_only"
_NONE = "unknown_batch"
_BATCH = Parameter("batch", "path", {"type": "string", "minLength": 1}, "Its id.", required=True)
DRAFT = Operation(
    _ABOUT,
    {
        201: Answer(
            "It was judged and is kept for a day; nothing is signed.",
            {JSON: shapes.JudgedBatch},
            {"location": "The batch's address."},
            {
                "batches.batch": {"batch": "$response.body#/id"},
                "batches.fix": {"batch": "$response.body#/id"},
                "batches.confirm": {"batch": "$response.body#/id"},
            },
        )
    },
    {
        400: f"{IN_BODY} not_a_list unknown_proof valid_until_malformed roster_empty "
        "roster_encoding roster_quotes roster_twice "
        "roster_without_recipients",
        404: "unknown_issuer unknown_achievement",
        409: "achievement_retired given_by_people",
        413: "roster_too_large",
        503: _UNABLE,
    },
    body={JSON: shapes.BatchRequest},
    closed=True,
    scopes=("award",),
)
FIX = Operation(
    _ABOUT,
    told("All rows were judged anew.", shapes.JudgedBatch),
    {
        400: f"{IN_BODY} not_a_list not_a_number",
        404: f"{_NONE} unknown_row unknown_achievement",
        409: "batch_begun achievement_retired given_by_people",
        503: _UNABLE,
    },
    parameters=(_BATCH,),
    body={JSON: shapes.FixRequest},
    closed=True,
    scopes=("award",),
)
CONFIRM = Operation(
    _ABOUT,
    told("It runs.", shapes.Batch),
    {
        400: f"{IN_BODY} nothing_to_award",
        404: f"{_NONE} unknown_achievement",
        409: "roster_changed rows_wrong batch_begun achievement_retired given_by_people",
        503: _UNABLE,
    },
    parameters=(_BATCH,),
    body={JSON: shapes.ConfirmRequest},
    closed=True,
    scopes=("award",),
)
ACT = Operation(
    _ABOUT,
    told("It is done.", shapes.Batch),
    {404: f"{_NONE} unknown_act", 409: "not_running not_paused batch_begun", 503: _UNABLE},
    parameters=(
        _BATCH,
        Parameter("act", "path", {"enum": ["pause", "resume", "discard"]}, "What to do.", required=True),
    ),
    closed=True,
    scopes=("award",),
)
_AFTER = Parameter("after", "query", {"type": "integer", "minimum": 0}, "Rows after the one of this number.")
_STATE = Parameter("state", "query", {"enum": [*STATES]}, "Only rows in that state.")
LIST = Operation(
    _ABOUT,
    told("A page of at most 50.", shapes.BatchList),
    parameters=(Parameter("before", "query", {"type": "string"}, "Batches after the one with this id."),),
    closed=True,
)
READ = Operation(
    _ABOUT, told("As it is just now.", shapes.Batch), {404: _NONE}, (_BATCH,), closed=True, scopes=("read",)
)
ROWS = Operation(
    _ABOUT,
    told("A page of at most 500.", shapes.RowList),
    {400: "query_malformed", 404: _NONE},
    (_BATCH, _AFTER, _STATE),
    closed=True,
    scopes=("read",),
)
RECEIPT = Operation(
    _ABOUT, told("Every row.", shapes.BatchReceipt), {404: _NONE}, (_BATCH,), closed=True, scopes=("read",)
)
RECEIPT_CSV = Operation(
    _ABOUT,
    {200: Answer("Every row, for a spreadsheet; no cell is a formula.", {CSV: {"type": "string"}})},
    {404: _NONE},
    (_BATCH,),
    closed=True,
    scopes=("read",),
)


@reads("/api/batches", opt=described(LIST))
async def list_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List batches, newest first: those of issuers where who asks may read."""
    page, older = await flow.listed(ports, request.query_params.get("before"))
    document: dict[str, Any] = {"batches": [batch_document(one.batch, one.counts) for one in page]}
    if older:
        document["next"] = f"{ports.base_url}/api/batches?{urlencode({'before': older})}"
    return reply(request, strict_json.dump(document), JSON, cache="no-store")


@post("/api/batches", status_code=201, opt=described(DRAFT), request_max_body_size=MAX_BODY)
async def draft_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Judge a roster: the dry run of an award to many.

    Every row comes back with all that is wrong with it, and the whole with a digest to confirm it by; nothing
    is signed. A draft that is not touched for a day is forgotten.
    """
    body = await read_body(request, "issuer", "badge", "csv", "rows", "validUntil", "proof", "mail")
    order = Order(
        text(body, "issuer"),
        text(body, "badge"),
        "",
        valid_until=until_of(text(body, "validUntil", "")),
        proof=text(body, "proof", PROOFS[0]),
        mail=flag(body, "mail", True),
    )
    roster = _roster(body)
    batch = await flow.draft(ports, order, roster.rows, roster.unread)
    place = f"{ports.base_url}/api/batches/{batch.id}"
    document = await _judged(ports, batch, roster.unread)
    headers = {"location": place}
    return reply(request, strict_json.dump(document), JSON, status=201, cache="no-store", headers=headers)


@reads("/api/batches/{batch:str}", opt=described(READ))
async def batch_api(request: AnyRequest, ports: ThePorts, batch: FromPath[str]) -> Response[bytes]:
    """How far a batch is."""
    said = await flow.progress(ports, batch)
    return reply(request, strict_json.dump(batch_document(said.batch, said.counts)), JSON, cache="no-store")


@reads("/api/batches/{batch:str}/rows", opt=described(ROWS))
async def rows_api(request: AnyRequest, ports: ThePorts, batch: FromPath[str]) -> Response[bytes]:
    """The rows of a batch, by their numbers."""
    after, state = request.query_params.get("after", "0"), request.query_params.get("state")
    states: list[RowState] = [one for one in STATES if one == state]
    if not re.fullmatch(r"[0-9]+", after, re.ASCII) or (state is not None and not states):
        message = f"after is a number of a row, state one of {', '.join(STATES)}."
        raise InputError("query_malformed", message, "after" if states or state is None else "state")
    found = await flow.rows(ports, batch, min(int(after[:12]), MOST), states, ROW_PAGE + 1)
    document: dict[str, Any] = {"rows": [row_document(ports.base_url, row) for row in found[:ROW_PAGE]]}
    if len(found) > ROW_PAGE:
        query = {"after": found[ROW_PAGE - 1].number, **({"state": state} if states else {})}
        document["next"] = f"{ports.base_url}/api/batches/{batch}/rows?{urlencode(query)}"
    return reply(request, strict_json.dump(document), JSON, cache="no-store")


@post("/api/batches/{batch:str}/rows", status_code=200, opt=described(FIX), request_max_body_size=MAX_BODY)
async def fix_api(request: AnyRequest, ports: ThePorts, batch: FromPath[str]) -> Response[bytes]:
    """Fix or skip rows of a draft; all rows are judged anew, and there is another digest."""
    body = await read_body(request, "rows")
    rows: list[Row] = []
    skip: list[int] = []
    take: list[int] = []
    for n, one in enumerate(_list(body, "rows")):
        at = f"/rows/{n}"
        given = as_object(one, "number", *ROW, "skip", at=at)
        number = _number(given, at)
        if "to" in given:
            rows.append(_row_of(given, number, at))
        (skip if flag(given, "skip", False, at) else take).append(number)
    kept = await flow.fix(ports, batch, rows, skip, take)
    return reply(request, strict_json.dump(await _judged(ports, kept)), JSON, cache="no-store")


@post("/api/batches/{batch:str}/confirm", status_code=200, opt=described(CONFIRM))
async def confirm_api(request: AnyRequest, ports: ThePorts, batch: FromPath[str]) -> Response[bytes]:
    """Begin a batch: what was seen is named by its digest, and what has changed since is refused."""
    body = await read_body(request, "digest", "skipWrong")
    seen, skip = text(body, "digest"), flag(body, "skipWrong", False)
    begun = await flow.confirm(ports, batch, seen, skip_wrong=skip)
    return await _as_it_is(request, ports, begun)


@post("/api/batches/{batch:str}/{act:str}", status_code=200, opt=described(ACT))
async def act_api(
    request: AnyRequest, ports: ThePorts, batch: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Pause a batch, resume it, or discard a draft."""
    return await _as_it_is(request, ports, await act_named(act)(ports, batch))


@reads("/api/batches/{batch:str}/receipt.json", opt=described(RECEIPT))
async def receipt_api(request: AnyRequest, ports: ThePorts, batch: FromPath[str]) -> Response[bytes]:
    """What came of each row of a batch, with badges and positions in the log."""
    document = receipt_document(ports.base_url, *await flow.receipt(ports, batch))
    return reply(request, strict_json.dump(document), JSON, cache="no-store", headers=_file(batch, "json"))


@reads("/api/batches/{batch:str}/receipt.csv", opt=described(RECEIPT_CSV))
async def receipt_csv_api(request: AnyRequest, ports: ThePorts, batch: FromPath[str]) -> Response[bytes]:
    """The same for a spreadsheet."""
    _, found = await flow.receipt(ports, batch)
    return reply(request, receipt_sheet(found), CSV, cache="no-store", headers=_file(batch, "csv"))


Act = Callable[[Ports, str], Awaitable[Batch]]
ACTS: Mapping[str, Act] = {"pause": flow.pause, "resume": flow.resume, "discard": flow.discard}


def act_named(name: str) -> Act:
    """NotFoundError("unknown_act")."""
    if name not in ACTS:
        raise NotFoundError("unknown_act", f"What can be done to a batch is {', '.join(ACTS)}.")
    return ACTS[name]


def number_in(request: AnyRequest, name: str) -> int:
    """A number of the query; 0 for what is none."""
    value = request.query_params.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _file(batch: str, extension: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="batch-{batch[:8]}.{extension}"'}


def _roster(body: dict[str, Any]) -> Roster:
    given = text(body, "csv", "")
    rows = _list(body, "rows")
    if given and rows:
        raise InputError("roster_twice", "Give a file or rows, not both.", "/rows")
    if given:
        return read_roster(given.encode())
    return Roster(
        tuple(
            _row_of(as_object(one, *ROW, at=f"/rows/{n}"), n + 1, f"/rows/{n}") for n, one in enumerate(rows)
        )
    )


def _row_of(given: dict[str, Any], number: int, at: str) -> Row:
    to, narrative = text(given, "to", at=at), text(given, "narrative", "", at)
    evidence, until = tuple(map(_clean, texts(given, "evidence", at))), text(given, "validUntil", "", at)
    return Row(number, _clean(to), evidence, _clean(narrative), _clean(until))


def _clean(value: str) -> str:
    return value.strip().replace("\0", "\ufffd")


def _list(body: dict[str, Any], name: str) -> list[Any]:
    value = body.get(name, [])
    if not isinstance(value, list):
        raise InputError("not_a_list", f"{name} must be a list of objects.", f"/{name}")
    return value


def _number(given: dict[str, Any], at: str) -> int:
    value = given.get("number")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST:
        raise InputError("not_a_number", "number says which row is meant: a whole number from 1 on.", at)
    return value


async def _as_it_is(request: AnyRequest, ports: Ports, batch: Batch) -> Response[bytes]:
    counts = await ports.store.batch_counts([batch.id])
    return reply(request, strict_json.dump(batch_document(batch, counts[batch.id])), JSON, cache="no-store")


async def _judged(ports: Ports, batch: Batch, unread: tuple[str, ...] = ()) -> dict[str, Any]:
    counts, rows = await ports.store.batch_counts([batch.id]), await ports.store.batch_rows(batch.id)
    told = batch_document(batch, counts[batch.id])
    return {**told, "judged": [row_document(ports.base_url, row) for row in rows], "unread": list(unread)}


HANDLERS = [
    list_api,
    draft_api,
    batch_api,
    rows_api,
    fix_api,
    confirm_api,
    act_api,
    receipt_api,
    receipt_csv_api,
]
