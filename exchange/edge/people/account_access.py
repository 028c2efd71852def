"""How I come in, and what comes in for me: my addresses, sessions and tokens, each to see and to take away.

Mounted by `account.build_account`. Every act names one thing of its sender's; the flows know no other.
"""

from __future__ import annotations

from litestar import Response, post

from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.people.account_page import account_page
from exchange.errors import (
    ConflictError,
    ExchangeError,
    ForbiddenError,
    InputError,
    NotFoundError,
    TooManyError,
)
from exchange.flows.endorsements.merging import merging
from exchange.flows.people import account as flow
from exchange.flows.people import people
from exchange.flows.people.records import SCOPES
from exchange.flows.ports import Ports
from exchange.flows.sign_in import sessions as session_flow
from exchange.flows.sign_in import tokens as token_flow

DAYS = (7, 30, 90, 366)
FORM = 10_000
"""Bytes that any of these forms may have."""


# --- addresses --------------------------------------------------------------------------------------------


@reads("/account/addresses")
async def addresses(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Mine, the one that mail goes to first, and a form for another."""
    return await _addresses(request, site, ports)


@post("/account/addresses", status_code=303, request_max_body_size=FORM)
async def add_address(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Mail a link there; the answer is the same whoever has the address."""
    me = (await flow.view(ports)).person.id
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        await people.add_address(ports, me, fields.get("address", ""))
    except (InputError, TooManyError) as error:
        if not wants_page(request):
            raise
        page = await _addresses(request, site, ports, fields, error)
        if isinstance(error, TooManyError):
            page.headers["retry-after"] = str(error.retry_after)
        return page
    return see_other("/account/addresses?done=asked")


@post("/account/addresses/prefer", status_code=303, request_max_body_size=FORM)
async def prefer_address(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Send mail there first."""
    me, (fields, _) = (await flow.view(ports)).person.id, await read_form(request)
    try:
        await people.prefer_address(ports, me, fields.get("address", ""))
    except (InputError, NotFoundError) as error:
        if not wants_page(request):
            raise
        return await _addresses(request, site, ports, error=error)
    return see_other("/account/addresses?done=preferred")


@post("/account/addresses/remove", status_code=303, request_max_body_size=FORM)
async def remove_address(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Let nobody in by it any more."""
    me, (fields, _) = (await flow.view(ports)).person.id, await read_form(request)
    try:
        await people.remove_address(ports, me, fields.get("address", ""))
    except (InputError, NotFoundError, ConflictError) as error:
        if not wants_page(request):
            raise
        return await _addresses(request, site, ports, error=error)
    return see_other("/account/addresses?done=removed")


@reads("/account/address")
async def verify_page(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """Where a mailed link leads. Its secret is in the fragment, so that opening the page spends nothing."""
    return await account_page(request, site, "account/address.html", code="", merge=False)


@post("/account/addresses/verify", status_code=303, request_max_body_size=FORM)
async def verify_address(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Spend such a link, given by its secret or whole. Of an address of another account, ask first whether
    the two shall be one: `merge`."""
    await flow.view(ports)
    fields, _ = await read_form(request)
    code, merge = fields.get("code", "").rpartition("#")[2], fields.get("merge") == "yes"
    try:
        await people.verify_address(ports, code, merge=merge)
    except (InputError, ForbiddenError, ConflictError) as error:
        if not wants_page(request):
            raise
        asks = error.code == "address_of_another_account"
        ends = await merging(ports, code) if asks else []
        context = {"code": code if asks else "", "merge": asks, "ends": ends}
        return await account_page(request, site, "account/address.html", error, **context)
    return see_other(f"/account/addresses?done={'merged' if merge else 'verified'}")


async def _addresses(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    found = (await flow.view(ports)).addresses
    return await account_page(
        request,
        site,
        "account/addresses.html",
        error,
        addresses=[one for one in found if not one.former],
        former=[one for one in found if one.former],
        address=(fields or {}).get("address", "")[:320],
    )


# --- sessions ---------------------------------------------------------------------------------------------


@reads("/account/sessions")
async def sessions(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Where I am signed in."""
    return await _sessions(request, site, ports)


@post("/account/sessions/end", status_code=303, request_max_body_size=FORM)
async def end_session(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """End one of my sessions, named by the beginning of its hash."""
    me, (fields, _) = (await flow.view(ports)).person.id, await read_form(request)
    try:
        await session_flow.end(ports, me, fields.get("session", ""))
    except NotFoundError as error:
        if not wants_page(request):
            raise
        return await _sessions(request, site, ports, error)
    return see_other("/account/sessions?done=ended")


@post("/account/sessions/end-others", status_code=303, request_max_body_size=FORM)
async def end_sessions(ports: ThePorts) -> Response[bytes]:
    """Sign me out everywhere but here."""
    await session_flow.end_all(ports, (await flow.view(ports)).person.id)
    return see_other("/account/sessions?done=alone")


async def _sessions(
    request: AnyRequest, site: Site, ports: Ports, error: ExchangeError | None = None
) -> Response[bytes]:
    me = (await flow.view(ports)).person.id
    found = await session_flow.sessions(ports, me)
    here = [one for one in found if one.hash == ports.who.session]
    others = [one for one in found if one.hash != ports.who.session]
    return await account_page(request, site, "account/sessions.html", error, here=here, others=others)


# --- tokens -----------------------------------------------------------------------------------------------


@reads("/account/tokens")
async def tokens(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What programs act with for me, and a form for another."""
    return await _tokens(request, site, ports)


@post("/account/tokens", status_code=200, request_max_body_size=FORM)
async def add_token(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Create a token. The answer to this very request is the only place where it ever stands."""
    me = (await flow.view(ports)).person.id
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        scopes = [scope for scope in SCOPES if fields.get(scope) == "on"]
        _, secret = await token_flow.add(ports, me, fields.get("name", ""), scopes, _days(fields))
    except InputError as error:
        if not wants_page(request):
            raise
        return await _tokens(request, site, ports, fields, error)
    return await _tokens(request, site, ports, secret=secret)


@post("/account/tokens/remove", status_code=303, request_max_body_size=FORM)
async def remove_token(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Take one of mine away."""
    await flow.view(ports)
    fields, _ = await read_form(request)
    try:
        await token_flow.remove(ports, fields.get("token", ""))
    except NotFoundError as error:
        if not wants_page(request):
            raise
        return await _tokens(request, site, ports, error=error)
    return see_other("/account/tokens?done=token-removed")


def _days(fields: dict[str, str]) -> int:
    """As the form says; what is no number is no number of days."""
    text = fields.get("days", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0


async def _tokens(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
    secret: str = "",
) -> Response[bytes]:
    fields = fields or {"read": "on", "days": "90"}
    return await account_page(
        request,
        site,
        "account/tokens.html",
        error,
        tokens=await token_flow.tokens(ports, (await flow.view(ports)).person.id),
        now=ports.now(),
        secret_text=secret,
        name=fields.get("name", "")[:300],
        scopes=[scope for scope in SCOPES if fields.get(scope) == "on"],
        days=fields.get("days", ""),
        terms=DAYS,
    )
