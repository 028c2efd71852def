"""Signing in and out: by a mail, by the company's provider, by a passkey; and leaving.

`next` says where somebody wanted to go. It is a place of ours, or it is not followed (`own_place`).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, post
from litestar.datastructures import Cookie

from exchange.core import strict_json
from exchange.edge.http.access import OWN_PAGES, browser_of, cookie, cookie_name, own_site_only
from exchange.edge.http.forms import read_form
from exchange.edge.http.language import language_of
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.errors import (
    ConflictError,
    ExchangeError,
    ForbiddenError,
    InputError,
    TooManyError,
    UnavailableError,
)
from exchange.flows.instance.standing import standing
from exchange.flows.sign_in import ceremonies, oidc, passkeys
from exchange.flows.sign_in import sign_in as flow
from exchange.flows.sign_in.secrets import CODE_DIGITS

INTRODUCTION = ("introduction_missing", "name_malformed", "address_malformed")
"""What is wrong with how the first operator introduces themselves: asked again, nothing was spent."""

DESK = "/desk"
CEREMONY_LIFE = int(ceremonies.LIFE.total_seconds())
_PLACE = re.compile(r"/(?:[\w.~-]+(?:/[\w.~-]+)*/?)?(?:\?[\w.~%&=+@-]*)?", re.ASCII)
_SAID = (InputError, ConflictError, ForbiddenError, TooManyError, UnavailableError)


def build_sign_in(site: Site) -> Router:
    """The routes by which people come and go."""
    handlers = [
        *(sign_in_page, ask_for_mail, sign_in, sign_out),
        *(begin_oidc, finish_oidc, begin_passkey, finish_passkey),
    ]
    return Router(path="/", route_handlers=handlers, guards=[own_site_only(site)])


@reads("/sign-in")
async def sign_in_page(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The forms. A link's secret stands in the fragment, so that opening the page spends nothing."""
    query = request.query_params
    fields = {"next": query.get("next", "")}
    return await _page(site, request, fields, asked="asked" in query, confirm="confirm" in query)


@post("/sign-in/mail", status_code=303, request_max_body_size=10_000)
async def ask_for_mail(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """Mail a link and a code to `address`. The answer is the same whoever has an account."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        browser, language = browser_of(request, site), language_of(request)
        nonce = await flow.ask(site.ports, fields.get("address", ""), browser, language)
    except (InputError, TooManyError) as error:
        if not wants_page(request):
            raise
        known = {"address": fields.get("address", "")[:320], "next": fields.get("next", "")}
        return await _page(site, request, known, error)
    life = int(flow.MAIL_LIFE.total_seconds())
    place = own_place(fields.get("next", ""))
    onward = "" if place == DESK else "&" + urlencode({"next": place})
    # The link in the mail knows no `next`, which only this browser needs to know: a cookie keeps it.
    cookies = [cookie(site, nonce, life, "code"), cookie(site, place, life, "next")]
    return see_other(f"/sign-in?asked{onward}", cookies=cookies)


@post("/sign-in", status_code=303, request_max_body_size=10_000)
async def sign_in(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """Spend a link, given by its secret or as a whole, or a code, and open the desk; or, for who has nothing
    to do there, their account."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        opened = await _opened(request, site, fields)
    except (InputError, TooManyError, ForbiddenError) as error:
        if not wants_page(request):
            raise
        return await _page(site, request, fields, error)
    place = own_place(fields.get("next") or request.cookies.get(cookie_name(site, "next"), ""))
    return see_other(place, cookies=_came_in(request, site, opened, "code", "next"))


@post("/sign-in/oidc", status_code=200, request_max_body_size=10_000)
async def begin_oidc(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """Send the browser on to the provider: by a page, for `form-action` in our policy would forbid a form to
    end anywhere else."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        secret, place = await oidc.begin(site.ports, browser_of(request, site))
    except _SAID as error:
        if not wants_page(request):
            raise
        return await _page(site, request, {"next": fields.get("next", "")}, error)
    page = site.page(
        request, "leave.html", cache="no-store", place=place, provider=site.ports.identity_provider
    )
    page.cookies.append(cookie(site, secret, CEREMONY_LIFE, "oidc"))
    page.cookies.append(cookie(site, own_place(fields.get("next", "")), CEREMONY_LIFE, "next"))
    return page


@reads(oidc.CALLBACK)
async def finish_oidc(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """Where the provider sends the browser back to."""
    secret = request.cookies.get(cookie_name(site, "oidc"), "")
    place = own_place(request.cookies.get(cookie_name(site, "next"), ""))
    query = list(request.query_params.multi_items())
    try:
        opened = await oidc.finish(site.ports, secret, query, browser_of(request, site))
    except _SAID as error:
        if not wants_page(request):
            raise
        return await _page(site, request, {"next": place}, error)
    return see_other(place, cookies=_came_in(request, site, opened, "oidc", "next"))


@post("/sign-in/passkey/begin", status_code=200, request_max_body_size=10_000)
async def begin_passkey(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The options for `navigator.credentials.get`, for `passkey.js`."""
    secret, options = await passkeys.begin_sign_in(site.ports, browser_of(request, site))
    return options_of(request, site, secret, options)


@post("/sign-in/passkey", status_code=200, request_max_body_size=50_000)
async def finish_passkey(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The passkey's answer opens a session."""
    answer = await answer_in(request)
    secret = request.cookies.get(cookie_name(site, "passkey"), "")
    opened = await passkeys.sign_in(site.ports, secret, answer.get("answer"), browser_of(request, site))
    said = json_reply(request, {})
    said.cookies.extend(_came_in(request, site, opened, "passkey"))
    return said


@post("/sign-out", status_code=303, request_max_body_size=10_000)
async def sign_out(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """End the session, here and in the store."""
    await flow.sign_out(site.ports, request.cookies.get(cookie_name(site), ""))
    return see_other("/", cookies=[cookie(site, "", 0)])


async def _opened(request: AnyRequest, site: Site, fields: dict[str, str]) -> flow.Opened:
    code, browser = fields.get("code", "").rpartition("#")[2], browser_of(request, site)
    digits = "".join(code.split())
    if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit():
        nonce = request.cookies.get(cookie_name(site, "code"), "")
        return await flow.redeem_code(site.ports, nonce, digits, browser)
    introduction = flow.Introduction(fields["name"], fields.get("address", "")) if "name" in fields else None
    return await flow.redeem(site.ports, code, browser, introduction)


def own_place(place: str) -> str:
    """`place`, if it is a path of ours with a plain query; else the desk: never another site."""
    return place if len(place) <= 500 and _PLACE.fullmatch(place) else DESK


def options_of(request: AnyRequest, site: Site, secret: str, options: dict[str, Any]) -> Response[bytes]:
    """What `passkey.js` begins with; the secret that its answer needs goes into a cookie."""
    said = json_reply(request, {"options": options})
    said.cookies.append(cookie(site, secret, CEREMONY_LIFE, "passkey"))
    return said


async def answer_in(request: AnyRequest) -> dict[str, Any]:
    """What `passkey.js` ends with. InputError("not_json") among others."""
    value = strict_json.parse(await request.body())
    if not isinstance(value, dict):
        raise InputError("passkey_malformed", "A passkey's answer is a JSON object.")
    return value


def json_reply(request: AnyRequest, value: dict[str, Any]) -> Response[bytes]:
    return reply(request, strict_json.dump(value), "application/json", cache="no-store")


def _came_in(request: AnyRequest, site: Site, opened: flow.Opened, *over: str) -> list[Cookie]:
    """The cookie of the new session, and the ends of those it took to get there."""
    life = int(opened.life.total_seconds())
    there = [what for what in over if cookie_name(site, what) in request.cookies]
    return [cookie(site, opened.session, life), *(cookie(site, "", 0, what) for what in there)]


async def _page(
    site: Site,
    request: AnyRequest,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
    *,
    asked: bool = False,
    confirm: bool = False,
) -> Response[bytes]:
    fields = fields or {}
    introduce = error is not None and error.code in INTRODUCTION and "code" in fields
    page = site.page(
        request,
        "sign_in.html",
        status=error.status if error and not (introduce and "name" not in fields) else 200,
        cache="no-store",
        error=None if introduce and "name" not in fields else error,
        introduce=introduce,
        asked=asked,
        confirm=confirm,
        provider=site.ports.identity_provider,
        next=own_place(fields.get("next", "")),
        code=fields.get("code", "").rpartition("#")[2] if introduce else "",
        name=fields.get("name", ""),
        address=fields.get("address", ""),
        standing=await standing(site.ports),
    )
    page.headers.update(OWN_PAGES)
    if isinstance(error, TooManyError):
        page.headers["retry-after"] = str(error.retry_after)
    return page
