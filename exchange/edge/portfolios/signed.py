"""What is signed of a link of mine: a presentation, by a key of this browser, and a record, by the exchange.

As with endorsements, the page shows the very document before it is signed (`web/static/endorse.js`). Nothing
is stored in between: the second page carries what was asked for, and the flow makes the same bytes of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args

from litestar import Response, post
from litestar.params import FromPath

from exchange.core.dates import parse_date
from exchange.core.plain_text import as_named
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.portfolios.exports import RECORD, SIGNED
from exchange.edge.portfolios.mine import PLACE, beside, said_done
from exchange.edge.portfolios.read import read_item
from exchange.errors import ConflictError, ExchangeError, InputError, TooManyError, UnavailableError
from exchange.flows.endorsements import keys
from exchange.flows.portfolios import copies as flow
from exchange.flows.portfolios import record as recording
from exchange.flows.portfolios import sign_presentation as signing
from exchange.flows.portfolios.records import CopyKind
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

LINK = f"{PLACE}/{{key:str}}/links/{{link:str}}/signed"
DAYS = {
    "1": gettext_noop("For a day"),
    "7": gettext_noop("For a week"),
    "30": gettext_noop("For 30 days"),
    "90": gettext_noop("For 90 days"),
}
_REFUSED = (InputError, ConflictError, TooManyError, UnavailableError)
_EMPTY = {"domain": "", "challenge": "", "days": "30"}


@reads(LINK)
async def signed_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """What was signed of it, and the forms to have it signed."""
    return await _page(request, site, ports, key, link)


@post(f"{LINK}/record", status_code=303, request_max_body_size=10_000)
async def record_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Have the exchange sign a record of what it shows now."""
    try:
        await recording.record(ports, key, link)
    except _REFUSED as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, link, error=error)
    return see_other(f"{PLACE}/{key}/links/{link}/signed?done=record-signed")


@post(f"{LINK}/look", status_code=200, request_max_body_size=10_000)
async def look_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """The very document that this browser is to sign."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        return await _look(request, site, ports, key, link, fields)
    except _REFUSED as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, link, fields, beside(error))


@post(f"{LINK}/sign", status_code=303, request_max_body_size=10_000)
async def sign_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Keep what the browser signed; what was changed meanwhile is to be looked at anew."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        made, signature = _made(fields), fields.get("signature", "")
        await signing.sign_presentation(ports, key, link, _question(fields), made, signature)
    except _REFUSED as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, link, fields, beside(error))
    return see_other(f"{PLACE}/{key}/links/{link}/signed?done=presentation-signed")


@reads(f"{LINK}/{{kind:str}}")
async def signed_file(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], link: FromPath[str], kind: FromPath[str]
) -> Response[bytes]:
    """One of them, to be handed over: `record`, `presentation` or `answer`."""
    return await copy_file(request, ports, key, link, kind)


async def copy_file(request: AnyRequest, ports: Ports, key: str, link: str, kind: str) -> Response[bytes]:
    """The bytes of a copy, as a file."""
    known: CopyKind | None = next((one for one in get_args(CopyKind) if one == kind), None)
    if known is None:
        raise flow.no_copy()
    body = await flow.my_copy(ports, key, link, known)
    name = "clr.json" if known == "record" else "presentation.jwt"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    media_type = RECORD if known == "record" else SIGNED
    return reply(request, body, media_type, cache="no-store", headers=headers)


def _question(fields: Mapping[str, str]) -> signing.Question:
    days = fields.get("days", "")
    return signing.Question(
        did=fields.get("did", ""),
        days=int(days) if days.isdecimal() and len(days) < 4 else 0,
        domain=fields.get("domain", "").strip(),
        challenge=fields.get("challenge", "").strip(),
    )


def _made(fields: Mapping[str, str]) -> datetime:
    """When the document was made that was looked at."""
    try:
        return parse_date(fields.get("made", ""))
    except InputError:
        return datetime.fromtimestamp(0, UTC)


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    link: str,
    fields: Mapping[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    found = await flow.seen(ports, key, link)
    known = await keys.keys(ports) if ports.who.person else []
    return await own_page(
        request,
        site,
        "account/portfolio_signed.html",
        error,
        done=said_done(request),
        kept=found.kept,
        link=found.link,
        copies={one.copy.kind: one for one in await flow.copies(ports, found)},
        person=ports.who.person,
        dids=json.dumps([one.did for one in known if one.custody == "holder" and one.retired_at is None]),
        may_add=await keys.may_add(ports),
        days=[(code, gettext(words)) for code, words in DAYS.items()],
        fields={**_EMPTY, **{name: text[:300] for name, text in (fields or {}).items() if name in _EMPTY}},
    )


async def _look(
    request: AnyRequest, site: Site, ports: Ports, key: str, link: str, fields: Mapping[str, str]
) -> Response[bytes]:
    question = _question(fields)
    ready = await signing.prepare(ports, key, link, question)
    return await own_page(
        request,
        site,
        "account/portfolio_sign.html",
        done="",
        kept=ready.seen.kept,
        link=ready.seen.link,
        name=as_named(ready.seen.name, 200),
        shown=[read_item(one) for one in ready.seen.shown.items],
        question=question,
        until=ready.until,
        made=ready.made.isoformat(),
        person=ports.who.person,
        message=ready.message.decode(),
        document=json.dumps(ready.presentation, indent=2, ensure_ascii=False),
    )


ROUTES = (signed_page, record_form, look_form, sign_form, signed_file)
