"""Signing in and out: ask for a mail, hand its link or code in, and leave."""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.datastructures import Cookie

from exchange.edge.access import OWN_PAGES, browser_of, cookie_name, is_https, own_site_only
from exchange.edge.forms import read_form
from exchange.edge.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.site import Site, TheSite
from exchange.errors import ExchangeError, ForbiddenError, InputError, TooManyError
from exchange.flows import sign_in as flow
from exchange.flows.secrets import CODE_DIGITS
from exchange.flows.standing import standing

INTRODUCTION = ("introduction_missing", "name_malformed", "address_malformed")
"""What is wrong with how the first operator introduces themselves: asked again, nothing was spent."""


def build_sign_in(site: Site) -> Router:
    """The routes by which people come and go."""
    handlers = [sign_in_page, ask_for_mail, sign_in, sign_out]
    return Router(path="/", route_handlers=handlers, guards=[own_site_only(site)])


@reads("/sign-in")
async def sign_in_page(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The forms. A link's secret stands in the fragment, so that opening the page spends nothing."""
    return await _page(site, request, asked="asked" in request.query_params)


@post("/sign-in/mail", status_code=303, request_max_body_size=10_000)
async def ask_for_mail(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """Mail a link and a code to `address`. The answer is the same whoever has an account."""
    address = ""
    try:
        fields, _ = await read_form(request)
        address = fields.get("address", "")
        nonce = await flow.ask(site.ports, address, browser_of(request, site))
    except (InputError, TooManyError) as error:
        if not wants_page(request):
            raise
        return await _page(site, request, error=error, address=address[:320])
    life = int(flow.MAIL_LIFE.total_seconds())
    return see_other("/sign-in?asked", cookies=[_cookie(site, nonce, life, "code")])


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
    life = int(opened.life.total_seconds())
    gone = [_cookie(site, "", 0, "code")] if cookie_name(site, "code") in request.cookies else []
    home = "/desk" if await flow.works_here(site.ports, opened.person) else "/account"
    return see_other(home, cookies=[_cookie(site, opened.session, life), *gone])


@post("/sign-out", status_code=303, request_max_body_size=10_000)
async def sign_out(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """End the session, here and in the store."""
    await flow.sign_out(site.ports, request.cookies.get(cookie_name(site), ""))
    return see_other("/", cookies=[_cookie(site, "", 0)])


async def _opened(request: AnyRequest, site: Site, fields: dict[str, str]) -> flow.Opened:
    code, browser = fields.get("code", "").rpartition("#")[2], browser_of(request, site)
    digits = "".join(code.split())
    if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit():
        nonce = request.cookies.get(cookie_name(site, "code"), "")
        return await flow.redeem_code(site.ports, nonce, digits, browser)
    introduction = flow.Introduction(fields["name"], fields.get("address", "")) if "name" in fields else None
    return await flow.redeem(site.ports, code, browser, introduction)


def _cookie(site: Site, value: str, max_age: int, what: str = "session") -> Cookie:
    return Cookie(
        key=cookie_name(site, what),
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(site),
    )


async def _page(
    site: Site,
    request: AnyRequest,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
    *,
    asked: bool = False,
    address: str = "",
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
        code=fields.get("code", "").rpartition("#")[2] if introduce else "",
        name=fields.get("name", ""),
        address=address or fields.get("address", ""),
        standing=await standing(site.ports),
    )
    page.headers.update(OWN_PAGES)
    if isinstance(error, TooManyError):
        page.headers["retry-after"] = str(error.retry_after)
    return page
