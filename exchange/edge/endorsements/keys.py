"""The keys that I endorse with: which browsers have one, making one, and retiring one."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, post

from exchange.edge.http.access import ThePorts, browser_of, cookie, cookie_name
from exchange.edge.http.forms import read_form
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.people.account_page import account_page
from exchange.edge.sign_in.sign_in import answer_in, json_reply
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.endorsements import keys as flow
from exchange.flows.people import account
from exchange.flows.ports import Ports
from exchange.flows.sign_in.ceremonies import LIFE

PAGE = "/account/signing-keys"


@reads(PAGE)
async def keys_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Mine, each with the browser that has it."""
    await account.view(ports)
    return await account_page(
        request,
        site,
        "account/signing_keys.html",
        keys=await flow.keys(ports),
        person=ports.who.person,
        may_add=await flow.may_add(ports),
    )


@post(f"{PAGE}/begin", status_code=200, request_max_body_size=10_000)
async def begin_key(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The challenge for a new key to sign, for `endorse.js`."""
    secret, challenge = await flow.begin(ports, browser_of(request, site).network)
    page = json_reply(request, {"challenge": challenge})
    page.cookies.append(cookie(site, secret, int(LIFE.total_seconds()), "endorser_key"))
    return page


@post(PAGE, status_code=200, request_max_body_size=10_000)
async def add_key(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Keep the key that was made: its `did`, and its `signature` of the challenge."""
    said = await answer_in(request)
    secret = request.cookies.get(cookie_name(site, "endorser_key"), "")
    label = browser_of(request, site).agent
    made = await flow.add(ports, secret, str(said.get("did", "")), str(said.get("signature", "")), label)
    return json_reply(request, {"did": made.did})


@reads(f"{PAGE}/retire")
async def retire_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """`?key=` one of mine: what retiring it does, simply or from a date."""
    return await _retire_page(request, site, ports, request.query_params.get("key", ""))


@post(f"{PAGE}/retire", status_code=303, request_max_body_size=10_000)
async def retire_key(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Retire it; with `lost`, from the day `since` on."""
    fields, _ = await read_form(request)
    key = fields.get("key", "")
    try:
        since = _day(fields.get("since", ""), ports.now()) if fields.get("how") == "lost" else None
        await flow.retire(ports, key, since)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _retire_page(request, site, ports, key, fields, error)
    return see_other(f"{PAGE}?done=key-retired")


def _day(text: str, now: datetime) -> datetime:
    """The beginning of a day; of none, this moment."""
    if not text:
        return now
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise InputError("since_malformed", "Give a day like 2026-11-21.", "since") from None


async def _retire_page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    found = await flow.find_key(ports, key)
    typed = fields or {}
    return await account_page(
        request,
        site,
        "account/retire.html",
        error,
        key=found,
        how=typed.get("how", "gone"),
        since=typed.get("since", "")[:20],
        signed=len(await flow.affected(ports, found, found.created_at))
        + len(await flow.vouched(ports, found, found.created_at)),
    )
