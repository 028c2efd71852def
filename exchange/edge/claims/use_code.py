"""Using a claim code: type it or scan it, sign in or up by an address, and the badge is yours."""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.edge.badges.cards import read_identity
from exchange.edge.http.access import browser_of, cookie, own_site_only, visitor_ports
from exchange.edge.http.forms import read_form
from exchange.edge.http.language import language_of
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.errors import (
    ConflictError,
    ExchangeError,
    ForbiddenError,
    InputError,
    TooManyError,
    UnavailableError,
)
from exchange.flows.badges import show
from exchange.flows.claims import codes as flow
from exchange.flows.issuers.issuers import issuer
from exchange.flows.people.records import NOBODY
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import MAIL_LIFE

_SAID = (InputError, ConflictError, ForbiddenError, TooManyError, UnavailableError)


def build_use_code(site: Site) -> Router:
    """Open to everybody; to take the badge one has to be signed in, which the flow says."""
    return Router(
        path="/", route_handlers=[type_page, code_page, mail_form, use_form], guards=[own_site_only(site)]
    )


@reads("/claim")
async def type_page(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """A field for a code; `?code=` leads on to what it stands for."""
    ports, typed = await visitor_ports(request, site), request.query_params.get("code", "")
    error: ExchangeError | None = None
    if typed:
        word = flow.normal(typed.rpartition("/")[2])
        if word:
            return see_other(f"/claim/code/{flow.spaced(word)}")
        error = InputError("unknown_code", "A code has 12 letters and digits.", "code")
    return await own_page(
        request, site, "use_code.html", error, typed=plain(typed, 100), signed_in=ports.who != NOBODY
    )


@reads("/claim/code/{word:str}")
async def code_page(request: AnyRequest, site: TheSite, word: FromPath[str]) -> Response[bytes]:
    """What one gets by it, from whom, and how."""
    return await _page(request, site, await visitor_ports(request, site), word)


@post("/claim/code/{word:str}/mail", status_code=303, request_max_body_size=10_000)
async def mail_form(request: AnyRequest, site: TheSite, word: FromPath[str]) -> Response[bytes]:
    """Mail a link to `address`, which signs in or up and leads back here."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        browser, language = browser_of(request, site), language_of(request)
        nonce = await flow.invite(site.ports, word, fields.get("address", ""), browser, language)
    except _SAID as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        ports = await visitor_ports(request, site)
        return await _page(request, site, ports, word, error, fields.get("address", ""))
    life = int(MAIL_LIFE.total_seconds())
    place = f"/claim/code/{flow.spaced(flow.normal(word))}"
    return see_other(f"/sign-in?asked&next={place}", cookies=[cookie(site, nonce, life, "code")])


@post("/claim/code/{word:str}", status_code=303, request_max_body_size=10_000)
async def use_form(request: AnyRequest, site: TheSite, word: FromPath[str]) -> Response[bytes]:
    """Take the badge."""
    ports = await visitor_ports(request, site)
    try:
        use = await flow.use(ports, word, browser_of(request, site))
    except _SAID as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, word, error)
    if use.badge is None:
        return see_other(f"/claim/code/{flow.spaced(flow.normal(word))}")
    return see_other(f"/account/badges/{use.badge}?done=accept")


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    word: str,
    error: ExchangeError | None = None,
    address: str = "",
) -> Response[bytes]:
    code = await flow.named(ports, word)
    found = await show.newest(ports, code.issuer, code.achievement)
    use, shut = await flow.mine(ports, code), None
    try:
        flow.check_open(code, ports.now())
    except ConflictError as reason:
        shut = reason
    row = await issuer(ports, code.issuer)
    criteria = found.document.get("criteria")
    return await own_page(
        request,
        site,
        "use_code.html",
        error,
        typed="",
        word=flow.spaced(flow.normal(word)),
        achievement=found,
        name=plain(found.document.get("name")),
        description=plain(found.document.get("description"), 2000),
        criteria=plain(criteria.get("narrative"), 20_000) if isinstance(criteria, dict) else "",
        image=urls.achievement_image("", found.issuer, found.slug, found.version),
        issuer=row,
        identity=read_identity({"id": row.did, **row.profile}),
        code=code,
        use=use,
        shut=shut if use is None else None,
        signed_in=ports.who != NOBODY,
        address=address[:320],
    )
