"""The passkeys of an account: see them, add one, remove one."""

from __future__ import annotations

from litestar import Response, Router, post

from exchange.edge.http.access import ThePorts, browser_of, cookie_name, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.people.account_page import account_page
from exchange.edge.people.taking_away import passkey_page
from exchange.edge.sign_in.sign_in import answer_in, json_reply, options_of
from exchange.errors import ForbiddenError
from exchange.flows.people.rights import check_confirmed
from exchange.flows.ports import Ports
from exchange.flows.sign_in import passkeys as flow

PAGE = "/account/passkeys"


def build_passkeys(site: Site) -> Router:
    """The routes; each is for who is signed in, about themselves."""
    return guarded(site, [passkeys_page, begin_registration, register, passkey_page, remove])


@reads(PAGE)
async def passkeys_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The list. What changes it is offered to who has just proved that it is them."""
    known, sure = await flow.passkeys(ports), _is_confirmed(ports)
    return await account_page(request, site, "account/passkeys.html", passkeys=known, confirmed=sure)


@post(f"{PAGE}/begin", status_code=200, request_max_body_size=10_000)
async def begin_registration(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The options for `navigator.credentials.create`, for `passkey.js`."""
    secret, options = await flow.begin_registration(ports, browser_of(request, site).network)
    return options_of(request, site, secret, options)


@post(PAGE, status_code=200, request_max_body_size=50_000)
async def register(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Keep the passkey that was made, by the `name` that was typed."""
    said = await answer_in(request)
    secret = request.cookies.get(cookie_name(site, "passkey"), "")
    await flow.register(ports, secret, said.get("answer"), str(said.get("name", "")))
    return json_reply(request, {})


@post(f"{PAGE}/remove", status_code=303, request_max_body_size=10_000)
async def remove(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Take one away; every other session ends."""
    fields, _ = await read_form(request)
    await flow.remove(ports, fields.get("id", ""))
    return see_other(f"{PAGE}?done=passkey-removed")


def _is_confirmed(ports: Ports) -> bool:
    try:
        check_confirmed(ports)
    except ForbiddenError:
        return False
    return True
