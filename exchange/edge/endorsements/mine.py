"""My endorsements: what I have said, with how it stands; what was said of me; and taking mine back."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.plain_text import as_named
from exchange.edge.endorsements.bridge_map import own_table
from exchange.edge.endorsements.voices import voice
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.people.account_page import account_page
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.endorsements import asked, listed, show, trust, withdraw
from exchange.flows.people.people import find
from exchange.flows.ports import Ports

PLACE = "/account/endorsements"


@reads(PLACE)
async def endorsements(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What waits for me, what I am asked for, what I have said, and what was said of me."""
    received = await listed.received(ports)
    own_map = own_table(await trust.own_map(ports), received.settled)
    return await account_page(
        request,
        site,
        "account/endorsements.html",
        own=await find(ports, ports.who.person),
        waiting=[await _with_badge(ports, line) for line in received.waiting],
        settled=[await _with_badge(ports, line) for line in received.settled],
        bridge_table=own_map if received.settled else None,
        given=[
            (voice(one.line), as_named(one.name), as_named(one.holder)) for one in await listed.given(ports)
        ],
        asked=[
            (one.request, as_named(one.subject.name), as_named(one.asker.name))
            for one in await asked.mine(ports)
        ],
    )


async def _with_badge(ports: Ports, line: listed.Line) -> tuple[object, str, str]:
    """With the name and the page of what it is about."""
    one = line.endorsement
    if one.kind != "badge":
        return voice(line), "", ""
    return voice(line), await listed.name_of(ports, one), f"/account/badges/{one.subject}"


@reads(f"{PLACE}/{{key:str}}")
async def endorsement(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """One that I signed: how it appears, and how to change or withdraw it."""
    one = await listed.one_given(ports, await withdraw.given(ports, key))
    return await account_page(
        request,
        site,
        "account/endorsement.html",
        voice=voice(one.line),
        name=as_named(one.name),
        holder=as_named(one.holder),
        url=urls.endorsement(ports.base_url, one.line.endorsement.id),
        kind=one.line.endorsement.kind,
        subject=one.line.endorsement.subject,
    )


@post(f"{PLACE}/{{key:str}}/{{act:str}}", status_code=303, request_max_body_size=10_000)
async def settle(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """`show` or `hide` one that is about me; `next` is where to go on."""
    fields, _ = await read_form(request)
    if act not in ("show", "hide"):
        raise NotFoundError("unknown_act", "An endorsement is shown or hidden.")
    made = await (show.show if act == "show" else show.hide)(ports, key)
    badge = f"/account/badges/{made.subject}"
    place = badge if made.kind == "badge" and fields.get("next") == "badge" else PLACE
    return see_other(f"{place}?done={act}")


@reads(f"{PLACE}/{{key:str}}/withdraw")
async def withdraw_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """What taking it back does, then yes or back."""
    return await _asks(request, site, ports, key)


@post(f"{PLACE}/{{key:str}}/withdraw", status_code=303, request_max_body_size=10_000)
async def withdraw_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Take it back, with a `reason` or without."""
    reason = ""
    try:
        fields, _ = await read_form(request)
        reason = fields.get("reason", "")
        await withdraw.withdraw(ports, key, reason)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _asks(request, site, ports, key, reason, error)
    return see_other(f"{PLACE}/{key}?done=withdraw")


async def _asks(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    reason: str = "",
    error: ExchangeError | None = None,
) -> Response[bytes]:
    one = await listed.one_given(ports, await withdraw.given(ports, key))
    return await account_page(
        request,
        site,
        "account/withdraw.html",
        error,
        voice=voice(one.line),
        name=as_named(one.name),
        holder=as_named(one.holder),
        reason=reason[:1000],
        max_reason=withdraw.MAX_REASON,
    )
