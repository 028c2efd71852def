"""My vouches: what I gave and got, how many of mine are in use, giving one, and taking one back.

The browser makes and keeps the key, by the script of endorsing (`web/static/endorse.js`). Where it cannot,
the exchange signs for the person, and the pages say so, before and after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core.credentials.said import MAX_EVIDENCE
from exchange.core.credentials.vouch import MAX_WORDS
from exchange.core.proofs.jwt import peek_jwt
from exchange.edge.endorsements.voices import RELATIONSHIPS, relationship_word
from exchange.edge.http.access import ThePorts, browser_of, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.edge.people.account_page import account_page
from exchange.edge.vouches.told import kind_word, shown
from exchange.errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    TooManyError,
    UnavailableError,
)
from exchange.flows.people.people import find
from exchange.flows.ports import Ports
from exchange.flows.vouches import listed, show, withdraw
from exchange.flows.vouches import write as flow
from exchange.flows.vouches.give import give
from exchange.languages import gettext

FORM = 50_000
MOST_ADDRESSES = 2
PLACE = "/account/vouches"
_FIELDS = ("to", "mate", "offer", "relationship", "words", "name", "evidence-0", "evidence-1")


@reads(PLACE)
async def vouches(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What I gave, what I got, and how many of my vouches are in use."""
    mine = await listed.mine(ports)
    return await account_page(
        request,
        site,
        "account/vouches.html",
        own=await find(ports, ports.who.person),
        given=list(map(shown, mine.given)),
        received=list(map(shown, mine.received)),
        in_use=mine.in_use,
        budget=mine.budget,
    )


@reads(f"{PLACE}/new")
async def write_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The form."""
    return await _form(request, site, ports)


@post(f"{PLACE}/new", status_code=303, request_max_body_size=FORM)
async def write_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Draft it; a mistake comes back beside its field, with all that was typed."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        draft = await flow.write(ports, _order(fields))
    except (InputError, ConflictError, NotFoundError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _form(request, site, ports, fields, _beside(error))
    return see_other(f"{PLACE}/{draft.id}/sign")


def _order(fields: Mapping[str, str]) -> flow.Order:
    evidence = [text for name, text in sorted(fields.items()) if name.startswith("evidence-") and text]
    return flow.Order(
        to=fields.get("to", "").strip() or fields.get("mate", ""),
        offer=fields.get("offer", ""),
        relationship=fields.get("relationship", ""),
        words=fields.get("words", ""),
        evidence=tuple(evidence[:MAX_EVIDENCE]),
        name=fields.get("name", ""),
        did=fields.get("did", ""),
    )


def _beside(error: ExchangeError) -> ExchangeError:
    """The same, at the field of the form that it is about."""
    at = error.at.removeprefix("/").replace("/", "-")
    if error.code == "unknown_offer":
        at = "offer"
    return (
        InputError(error.code, error.message, at) if isinstance(error, InputError | NotFoundError) else error
    )


async def _form(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: Mapping[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    view = await flow.page(ports)
    typed = dict.fromkeys(_FIELDS, "") | ({"name": view.person.name} if fields is None else {})
    typed |= {name: text[:3000] for name, text in (fields or {}).items() if name in _FIELDS}
    return await own_page(
        request,
        site,
        "vouch/write.html",
        error,
        place=f"{PLACE}/new",
        offers=[
            (
                kind,
                kind_word(kind),
                [(one.key, plain(one.name)) for one in view.offers if one.offer.kind == kind],
            )
            for kind in dict.fromkeys(one.offer.kind for one in view.offers)
        ],
        mates=[("", gettext("Somebody else"))] + [(one.id, plain(one.name)) for one in view.mates],
        relationships=[("", gettext("Choose"))] + [(code, relationship_word(code)) for code in RELATIONSHIPS],
        fields=typed,
        person=view.person.id,
        dids=json.dumps(view.dids),
        may_add=view.may_add,
        agent=browser_of(request, site).agent,
        max_words=MAX_WORDS,
        in_use=view.in_use,
        budget=view.budget,
        addresses=[f"evidence-{n}" for n in range(MOST_ADDRESSES)],
    )


@reads(f"{PLACE}/{{key:str}}/sign")
async def sign_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Exactly what will be signed, in words and as JSON."""
    return await _review(request, site, ports, key)


@post(f"{PLACE}/{{key:str}}/sign", status_code=303, request_max_body_size=FORM)
async def sign_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Put the browser's `signature` on it, or have it recorded by the exchange."""
    try:
        fields, _ = await read_form(request)
        await give(ports, key, fields.get("signature", ""))
    except (InputError, ConflictError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _review(request, site, ports, key, error)
    return see_other(f"{PLACE}?done=vouched")


async def _review(
    request: AnyRequest, site: Site, ports: Ports, key: str, error: ExchangeError | None = None
) -> Response[bytes]:
    draft = await flow.draft_of(ports, key)
    if draft.state != "drafted":
        return see_other(PLACE)
    payload = peek_jwt(draft.unsigned + b".AA").credential
    pointed = tuple(str(one.get("id", "")) for one in payload.get("evidence", ()))
    return await own_page(
        request,
        site,
        "vouch/sign.html",
        error,
        key=draft.id,
        vouch=shown(await listed.drafted(ports, draft), pointed),
        document=json.dumps(payload, indent=2, ensure_ascii=False),
        message=draft.unsigned.decode(),
        person=draft.giver,
        did=draft.did,
        custody=draft.custody,
    )


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
    """Take it back; its place is free at once."""
    try:
        await withdraw.withdraw(ports, key)
    except (ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _asks(request, site, ports, key, error)
    return see_other(f"{PLACE}?done=vouch-withdrawn")


async def _asks(
    request: AnyRequest, site: Site, ports: Ports, key: str, error: ExchangeError | None = None
) -> Response[bytes]:
    one = await listed.one_given(ports, await withdraw.given(ports, key))
    return await account_page(request, site, "account/vouch_withdraw.html", error, vouch=shown(one))


@post(f"{PLACE}/{{key:str}}/{{act:str}}", status_code=303, request_max_body_size=10_000)
async def settle(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """`show` or `hide` one that was given to me."""
    if act not in ("show", "hide"):
        raise NotFoundError("unknown_act", "A vouch is shown or hidden.")
    await (show.show if act == "show" else show.hide)(ports, key)
    return see_other(f"{PLACE}?done=vouch-{act}")


def build_vouching(site: Site) -> Router:
    """What people do with their vouches: no token gives or withdraws one for them."""
    return guarded(
        site, [vouches, write_page, write_form, sign_page, sign_form, withdraw_page, withdraw_form, settle]
    )
