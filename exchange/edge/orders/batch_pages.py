"""Award to many, as pages: give a roster, look at every row, confirm, and follow how it goes.

All of it works without a script; with one, progress comes as server-sent events (WHATWG HTML §9.2).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Stream

from exchange.core import strict_json
from exchange.core.orders import until_of
from exchange.core.roster import Row, read_roster
from exchange.core.sheet import decode
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.language import choose
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.edge.orders import batches
from exchange.edge.orders.award_form import Found, badge_choices, find_people, proof_choices
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.badges.award import Order
from exchange.flows.orders import batches as flow
from exchange.flows.orders.records import RowState
from exchange.flows.people.rights import check, may
from exchange.flows.ports import Ports
from exchange.flows.sign import PROOFS
from exchange.languages import gettext, gettext_noop, ngettext, number, speaking

WORDS = {
    "draft": (gettext_noop("Not confirmed"), "plain"),
    "running": (gettext_noop("Running"), "note"),
    "paused": (gettext_noop("Paused"), "pause"),
    "done": (gettext_noop("Done"), "good"),
}
ROW_WORDS = {
    "ready": (gettext_noop("Ready"), "plain"),
    "wrong": (gettext_noop("Wrong"), "stop"),
    "skipped": (gettext_noop("Skipped"), "past"),
    "awarded": (gettext_noop("Awarded"), "good"),
    "failed": (gettext_noop("Failed"), "stop"),
}
FIELDS = ("badge", "roster", "search", "valid_until", "proof")
WRONG_AT_ONCE = 25
STREAM_SECONDS = 15.0
"""How long one stream of events lasts: then the browser asks again, and who may is asked again."""
LOOK_SECONDS = 0.5


def build_batches(site: Site) -> Router:
    """Awards to many, for who is signed in, as pages and as JSON."""
    return guarded(
        site,
        [
            people_found,
            award_page,
            award_form,
            batches_page,
            batch_page,
            fix_form,
            act_form,
            events,
            *batches.HANDLERS,
        ],
    )


@reads("/desk/people")
async def people_found(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Who has an account and `?q=` in their name, handle or address, for who may award: what a form suggests
    while somebody types. Nobody for less than two letters; never an address."""
    found = await find_people(ports, request.query_params.get("q", "")[:200])
    people = [{"to": to, "name": plain(name, 200), "at": hint} for to, name, hint in found.people]
    words = ngettext("%(num)s person was found", "%(num)s people were found", len(people))
    told = {"people": people, "words": words % {"num": number(len(people))}}
    return reply(request, strict_json.dump(told), "application/json", cache="no-store")


@reads("/desk/award")
async def award_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Where a roster is given: typed, picked or as a file."""
    badge = request.query_params.get("badge", "")
    return await _award(request, site, ports, {"badge": badge, "mail": "on"})


@post("/desk/award", status_code=303, request_max_body_size=batches.MAX_BODY)
async def award_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Judge the roster; or find people, or add one, which are steps of the same form."""
    fields: dict[str, str] = {}
    try:
        fields, files = await read_form(request)
        data = await _uploaded(files.get("file"))
        if "add" in fields or "find" in fields:
            return await _pick(request, site, ports, fields, data)
        if data and fields.get("roster"):
            raise InputError("roster_twice", "Give a file or rows, not both.", "roster")
        roster = read_roster(data or fields.get("roster", "").encode())
        issuer, _, achievement = fields.get("badge", "").partition("/")
        proof = fields.get("proof") or PROOFS[0]
        until = until_of(fields.get("valid_until", ""))
        order = Order(issuer, achievement, "", valid_until=until, proof=proof, mail="mail" in fields)
        batch = await flow.draft(ports, order, roster.rows, roster.unread)
    except (InputError, NotFoundError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _award(request, site, ports, fields, error)
    return see_other(f"/desk/batches/{batch.id}")


@reads("/desk/batches")
async def batches_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Every award to many, newest first; `?before=` an id shows older ones."""
    page, older = await flow.listed(ports, request.query_params.get("before"))
    return await own_page(
        request,
        site,
        "batches.html",
        page=page,
        older=older,
        paged="before" in request.query_params,
        words=_words(WORDS),
        awards=bool(await badge_choices(ports)),
    )


@reads("/desk/batches/{batch:str}")
async def batch_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, batch: FromPath[str]
) -> Response[bytes]:
    """A draft to be looked at, or how far it is; `?after=` a row shows those behind it."""
    return await _batch(request, site, ports, batch)


@post("/desk/batches/{batch:str}/fix", status_code=303, request_max_body_size=batches.MAX_BODY)
async def fix_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, batch: FromPath[str]
) -> Response[bytes]:
    """Put the rows of the form in the place of what they were; what is ticked is skipped."""
    try:
        fields, _ = await read_form(request)
        rows = [_row(fields, name) for name in fields if re.fullmatch(r"to-[0-9]{1,9}", name)]
        skip = [row.number for row in rows if f"skip-{row.number}" in fields]
        take = [int(name) for name in [fields.get("take", "")] if re.fullmatch(r"[0-9]{1,9}", name)]
        await flow.fix(ports, batch, rows, skip, take)
    except (InputError, NotFoundError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _batch(request, site, ports, batch, error)
    return see_other(f"/desk/batches/{batch}")


@post("/desk/batches/{batch:str}/{act:str}", status_code=303, request_max_body_size=10_000)
async def act_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, batch: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Confirm, pause, resume or discard."""
    try:
        fields, _ = await read_form(request)
        if act == "confirm":
            await flow.confirm(ports, batch, fields.get("digest", ""), skip_wrong="skip_wrong" in fields)
        else:
            await batches.act_named(act)(ports, batch)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _batch(request, site, ports, batch, error)
    return see_other("/desk/batches" if act == "discard" else f"/desk/batches/{batch}")


@get("/desk/batches/{batch:str}/events")
async def events(request: AnyRequest, ports: ThePorts, batch: FromPath[str]) -> Stream:
    """How far it is, as events, until it runs no more or the stream has lasted long enough."""
    await flow.progress(ports, batch)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    told = _events(ports, batch, choose(request))
    return Stream(told, media_type="text/event-stream", headers=headers)


async def _events(ports: Ports, batch: str, language: str) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    end, before = loop.time() + STREAM_SECONDS, b""
    yield b"retry: 1000\n\n"
    while loop.time() < end:
        try:
            said = await flow.progress(ports, batch)
        except ExchangeError:  # gone, or nobody's business any more: the page will say so
            yield b'data: {"state":"gone"}\n\n'
            return
        with speaking(language):
            data = strict_json.dump(_told(said))
        if data != before:
            yield b"data: " + data + b"\n\n"
        if said.batch.state != "running":
            return
        before = data
        await asyncio.sleep(LOOK_SECONDS)


def _told(said: flow.Progress) -> dict[str, Any]:
    """Numbers for the bar, and the words beside it."""
    words = gettext("%(done)s of %(all)s", done=number(said.over), all=number(said.total))
    return {"state": said.batch.state, "done": said.over, "all": said.total, "words": words}


async def _uploaded(file: UploadFile | None) -> bytes:
    return await file.read() if file is not None else b""


async def _pick(
    request: AnyRequest, site: Site, ports: Ports, fields: dict[str, str], data: bytes
) -> Response[bytes]:
    """The form again, with who was found, or with one more in the roster; what a file had is in it too."""
    roster = fields.get("roster", "") or (decode(data).strip() if data else "")
    if fields.get("add"):
        roster = f"{roster}\n{fields['add']}".strip()
    found = await find_people(ports, fields.get("search", ""))
    return await _award(request, site, ports, {**fields, "roster": roster}, found=found)


async def _award(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: dict[str, str],
    error: ExchangeError | None = None,
    found: Found | None = None,
) -> Response[bytes]:
    return await own_page(
        request,
        site,
        "award_many.html",
        error,
        choices=await badge_choices(ports),
        proofs=proof_choices(),
        fields={name: fields.get(name, "") for name in FIELDS},
        mail="mail" in fields,
        found=found or Found(),
    )


async def _batch(
    request: AnyRequest, site: Site, ports: Ports, id: str, error: ExchangeError | None = None
) -> Response[bytes]:
    said = await flow.progress(ports, id)
    if error is not None and said.batch.state != "draft":
        check(ports, "award", said.batch.issuer)
    after, draft = batches.number_in(request, "after"), said.batch.state == "draft"
    wrong: list[RowState] = ["wrong"]
    others: list[RowState] = ["ready", "skipped"] if draft else []
    rows = await flow.rows(ports, id, after, others, flow.PAGE + 1)
    return await own_page(
        request,
        site,
        "batch_draft.html" if draft else "batch.html",
        error,
        said=said,
        batch=said.batch,
        wrong=await flow.rows(ports, id, 0, wrong, WRONG_AT_ONCE) if draft else [],
        failed=await flow.rows(ports, id, 0, ["failed"], WRONG_AT_ONCE),
        rows=rows[: flow.PAGE],
        after=after,
        more=rows[flow.PAGE - 1].number if len(rows) > flow.PAGE else None,
        words=_words(WORDS),
        row_words=_words(ROW_WORDS),
        may_award=may(ports.who, "award", said.batch.issuer),
    )


def _words(words: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {state: (gettext(word), tone) for state, (word, tone) in words.items()}


def _row(fields: dict[str, str], name: str) -> Row:
    number_ = name.removeprefix("to-")
    evidence = tuple(fields.get(f"evidence-{number_}", "").split())
    narrative = fields.get(f"narrative-{number_}", "").replace("\r\n", "\n")
    until = fields.get(f"valid_until-{number_}", "").replace("\0", "")
    return Row(int(number_), fields[name].replace("\0", ""), evidence, narrative.replace("\0", ""), until)
