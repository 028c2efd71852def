"""Asking for endorsements: of one of my badges, or of myself."""

from __future__ import annotations

import re

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.edge.people.account_page import account_page
from exchange.errors import ConflictError, ExchangeError, InputError, TooManyError, UnavailableError
from exchange.flows.endorsements import ask as flow
from exchange.flows.endorsements.records import Request
from exchange.flows.ports import Ports

FORM = 20_000


@reads("/account/badges/{key:str}/ask")
async def badge_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Whom to ask about a badge of mine, and whom I have asked."""
    return await _page(request, site, ports, key)


@reads("/account/ask")
async def profile_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The same about myself."""
    return await _page(request, site, ports, "")


@post("/account/badges/{key:str}/ask", status_code=303, request_max_body_size=FORM)
async def badge_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Send the mails: to whom was ticked (`person-1`, …) and to addresses or handles that were typed."""
    return await _ask(request, site, ports, key)


@post("/account/ask", status_code=303, request_max_body_size=FORM)
async def profile_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The same about myself."""
    return await _ask(request, site, ports, "")


@reads("/account/ask/{key:str}/take-back")
async def take_back_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """What taking a request back does, then yes or back."""
    return await _asks(request, site, ports, key)


@post("/account/ask/{key:str}/take-back", status_code=303, request_max_body_size=FORM)
async def take_back_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Ask for it no more."""
    try:
        made = await flow.take_back(ports, key)
    except (ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _asks(request, site, ports, key, error)
    return see_other(f"{_place_of(made)}?done=taken-back")


async def _asks(
    request: AnyRequest, site: Site, ports: Ports, key: str, error: ExchangeError | None = None
) -> Response[bytes]:
    made = await flow.own_request(ports, key)
    one = (await flow.told(ports, [made]))[0]
    return await account_page(
        request, site, "account/take_back.html", error, asked=made, to=plain(one.to), back=_place_of(made)
    )


async def _ask(request: AnyRequest, site: Site, ports: Ports, key: str) -> Response[bytes]:
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        to = [text for name, text in sorted(fields.items()) if name.startswith("person-")]
        to += re.split(r"[\s,;]+", fields.get("to", ""))
        skills = [text for name, text in sorted(fields.items()) if name.startswith("skill-")]
        note = fields.get("note", "").replace("\r\n", "\n")
        await flow.ask(ports, flow.Wish(key, to, skills, note), fields.get("once", "")[:255])
    except (InputError, ConflictError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, fields, error)
    return see_other(f"{_place(key)}?done=asked-for")


def _place(key: str) -> str:
    return f"/account/badges/{key}/ask" if key else "/account/ask"


def _place_of(made: Request) -> str:
    return _place(made.subject if made.kind == "badge" else "")


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    typed = fields or {}
    found = await flow.asked_subject(ports, key)
    one = found.achievement
    return await account_page(
        request,
        site,
        "account/ask.html",
        error,
        key=key,
        action=_place(key),
        subject=found,
        image=urls.achievement_image("", one.issuer, one.slug, one.version) if one else "",
        skills=[skill.name for skill in found.skills],
        ticked={text for name, text in typed.items() if name.startswith("skill-")},
        people=await flow.colleagues(ports),
        chosen={text for name, text in typed.items() if name.startswith("person-")},
        to=typed.get("to", "")[:3000],
        note=typed.get("note", "")[:1000],
        max_note=flow.MAX_NOTE,
        sent=[
            (row.request, plain(row.to), row.over, plain(row.request.reply, 300))
            for row in await flow.sent(ports, found.kind, found.key)
        ],
        once=ports.new_secret(),
    )
