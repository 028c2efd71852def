"""The operator's page about issuers: their keys, and stopping and resuming what is signed in their name."""

from __future__ import annotations

from collections import Counter

from litestar import Response, post
from litestar.params import FromPath

from exchange.edge.badges.cards import read_identity
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.issuers import keys as flow
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.people.rights import check, may
from exchange.flows.ports import Ports
from exchange.flows.records import EVERY
from exchange.languages import gettext, gettext_noop

DONE = {"stop": gettext_noop("Stopped"), "resume": gettext_noop("Resumed")}


@reads("/operator/issuers")
async def issuers_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Every issuer with its id and its keys by state, and whether anything is stopped."""
    check(ports, "operate")
    store, done = ports.store, request.query_params.get("done", "")
    stops = {stop.issuer: stop for stop in await store.stops()}
    rows = [
        (
            one.slug,
            read_identity(one.profile).name,
            one.did,
            sorted(Counter(key.state for key in await store.keys(one.slug)).items()),
            stops.get(one.slug),
        )
        for one in await store.issuers()
    ]
    return await own_page(
        request,
        site,
        "signing.html",
        rows=rows,
        everybody=stops.get(EVERY),
        done=gettext(DONE[done]) if done in DONE else "",
    )


@reads("/operator/issuers/{act:str}")
async def signing_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, act: FromPath[str]
) -> Response[bytes]:
    """What stopping or resuming will affect; `?issuer=` one, or without it everybody."""
    return await _ask(request, site, ports, act, request.query_params.get("issuer", ""))


@post("/operator/issuers/{act:str}", status_code=303, request_max_body_size=20_000)
async def signing_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, act: FromPath[str]
) -> Response[bytes]:
    """Do it."""
    _check_act(act)
    issuer = reason = ""
    try:
        fields, _ = await read_form(request)
        issuer, reason = fields.get("issuer", ""), fields.get("reason", "")
        if act == "stop":
            await flow.stop(ports, issuer or None, reason)
        else:
            await flow.resume(ports, issuer or None)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _ask(request, site, ports, act, issuer, reason, error)
    return see_other(f"/operator/issuers?done={act}" if may(ports.who, "operate") else "/desk")


async def _ask(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    act: str,
    issuer: str,
    reason: str = "",
    error: ExchangeError | None = None,
) -> Response[bytes]:
    _check_act(act)
    check(ports, "stop", issuer or EVERY)
    name = read_identity((await find_issuer(ports, issuer)).profile).name if issuer else ""
    about = {"name": name or gettext("everybody")}
    if act == "stop":
        title = gettext("Stop signing for %(name)s?") % about
        effects = [
            gettext("Nothing is signed from the next signature on: no badge, no change of one."),
            gettext("Badges can be checked for about a day more; then checks cannot tell any more."),
        ]
    else:
        title = gettext("Sign for %(name)s again?") % about
        effects = [gettext("What waits is signed at once, and checks can tell again.")]
    ask = Ask(
        title=title,
        effects=effects,
        does=gettext("Stop signing") if act == "stop" else gettext("Resume signing"),
        place=f"/operator/issuers/{act}",
        over=(gettext("Issuers"), "/operator/issuers" if may(ports.who, "operate") else "/desk"),
        fields={"issuer": issuer},
        reason=reason if act == "stop" else None,
        final=act == "stop",
    )
    return await ask_page(request, site, ask, error)


def _check_act(act: str) -> None:
    if act not in DONE:
        raise NotFoundError("unknown_act", f"What can be done with signing is {', '.join(DONE)}.")
