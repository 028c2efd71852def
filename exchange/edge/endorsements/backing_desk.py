"""Endorsements at an issuer's desk: what it says of others, and what others say of it."""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core.credentials.said import MAX_LINE, MAX_TEXT
from exchange.edge.badges.cards import read_identity
from exchange.edge.endorsements import backing
from exchange.edge.endorsements.backing import row_of
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.once import once_in
from exchange.edge.http.own_page import Ask, ask_page
from exchange.edge.http.replies import AnyRequest, allows, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.edge.issuers.desk_frame import desk_page
from exchange.errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    TooManyError,
    UnavailableError,
)
from exchange.flows.badges.show import shelves
from exchange.flows.endorsements import as_issuer, backings
from exchange.flows.endorsements.as_issuer import Words
from exchange.flows.people.rights import check, may
from exchange.flows.ports import Ports
from exchange.languages import gettext

PLACE = "/desk/issuers/{issuer:str}/endorsements"


def build_backing(site: Site) -> Router:
    """For who is signed in; the flows refuse who has no role there."""
    return guarded(
        site,
        [
            allows(backing.API, "GET", "HEAD", "POST"),
            desk,
            endorse_form,
            withdraw_page,
            withdraw_form,
            display,
            backing.list_api,
            backing.endorse_api,
            backing.withdraw_api,
            backing.show_api,
            backing.hide_api,
        ],
    )


@reads(PLACE)
async def desk(request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """What an issuer endorses, the form that endorses more, and what others say of it."""
    return await _desk(request, site, ports, issuer, dict(request.query_params))


@post(PLACE, status_code=303, request_max_body_size=20_000)
async def endorse_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Endorse. Sent twice, it is one."""
    check(ports, "endorse", issuer)
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        words = Words(*(fields.get(one, "") for one in ("subject", "line", "text")))
        await as_issuer.endorse(ports, issuer, words, once_in(request, fields, ports))
    except (InputError, ConflictError, UnavailableError, NotFoundError, TooManyError) as error:
        read_only.only(error)
        if error.at:
            error.at = error.at.removeprefix("/")
        return await _desk(request, site, ports, issuer, fields, error)
    return see_other(f"/desk/issuers/{issuer}/endorsements?done=endorsed")


async def _desk(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    fields: dict[str, str],
    error: ExchangeError | None = None,
) -> Response[bytes]:
    check(ports, "endorse", slug)
    options, names = await _options(ports, slug)
    return await desk_page(
        request,
        site,
        ports,
        slug,
        "design/endorsements.html",
        error,
        given=[row_of(one) for one in await backings.given(ports, slug)],
        received=[row_of(one) for one in await backings.received(ports, slug)],
        displays=may(ports.who, "display", slug),
        names=names,
        options=options,
        fields={name: fields.get(name, "") for name in ("subject", "line", "text")},
        max_line=MAX_LINE,
        max_text=MAX_TEXT,
    )


async def _options(ports: Ports, slug: str) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """What can be endorsed, by name; and how everything is called, without its version."""
    options, names = [("", gettext("Choose one"))], dict[str, str]()
    for shelf in await shelves(ports):
        name = read_identity(shelf.issuer.profile).name
        mine = [(shelf.issuer.slug, name)]
        names[shelf.issuer.slug] = name
        for one in shelf.achievements:
            called = plain(one.document.get("name"))
            mine.append((f"{one.issuer}/{one.slug}@{one.version}", f"{name}: {called}"))
            names[f"{one.issuer}/{one.slug}"] = called
        if shelf.issuer.slug != slug:
            options += mine
    return options, names


@reads(f"{PLACE}/{{key:str}}/withdraw")
async def withdraw_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """What taking it back does, then yes or back."""
    return await _ask(request, site, ports, issuer, key)


@post(f"{PLACE}/{{key:str}}/withdraw", status_code=303, request_max_body_size=10_000)
async def withdraw_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """Take it back, with a `reason` or without."""
    check(ports, "endorse", issuer)
    reason = ""
    try:
        fields, _ = await read_form(request)
        reason = fields.get("reason", "")
        await as_issuer.withdraw(ports, key, reason, issuer)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _ask(request, site, ports, issuer, key, reason, error)
    return see_other(f"/desk/issuers/{issuer}/endorsements?done=unendorsed")


async def _ask(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    key: str,
    reason: str = "",
    error: ExchangeError | None = None,
) -> Response[bytes]:
    check(ports, "endorse", slug)
    one = await backings.find(ports, key)
    if one.issuer != slug:
        raise NotFoundError("unknown_endorsement", f"There is no such endorsement by {slug!r:.80}.")
    place = f"/desk/issuers/{slug}/endorsements"
    ask = Ask(
        title=gettext("Withdraw the endorsement of %(subject)s?")
        % {"subject": plain(await backings.name_of(ports, one))},
        effects=[
            gettext("It does not count any more, and no check finds it valid. This cannot be undone."),
            gettext("Where it was shown, it stays, as withdrawn, with the day and without what it said."),
        ],
        does=gettext("Withdraw the endorsement"),
        place=f"{place}/{key}/withdraw",
        over=(gettext("Endorsements"), place),
        reason=reason,
        reason_about=gettext("Optional. It stands in the log of this exchange, and is not published."),
        final=True,
    )
    return await ask_page(request, site, ask, error)


@post(f"{PLACE}/{{key:str}}/{{act:str}}", status_code=303, request_max_body_size=10_000)
async def display(
    request: AnyRequest,
    site: TheSite,
    ports: ThePorts,
    issuer: FromPath[str],
    key: FromPath[str],
    act: FromPath[str],
) -> Response[bytes]:
    """`show` or `hide` one that is about this issuer, or about what it awards."""
    check(ports, "display", issuer)
    if act not in ("show", "hide"):
        raise NotFoundError("unknown_act", "An endorsement is shown or hidden.")
    try:
        await (as_issuer.show if act == "show" else as_issuer.hide)(ports, key, issuer)
    except UnavailableError as error:
        read_only.only(error)
        return await _desk(request, site, ports, issuer, {}, error)
    return see_other(f"/desk/issuers/{issuer}/endorsements?done={'displayed' if act == 'show' else 'hidden'}")
