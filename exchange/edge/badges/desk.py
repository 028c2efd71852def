"""The desk: award a badge, see the newest ones, and take back what was wrong. Plain forms.

`build_desk` guards all of it at once, the JSON of `operations` too: a write must come from our own pages, and
its sender must be signed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.orders import until_of
from exchange.edge.badges import operations
from exchange.edge.badges.cards import read_card
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.kinds import claim_word
from exchange.edge.http.once import once_in
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.edge.log.about import about_page, whole_proof
from exchange.edge.orders.award_form import Found, badge_choices, find_people, hint_of, proof_choices
from exchange.errors import (
    ConflictError,
    ExchangeError,
    ForbiddenError,
    InputError,
    NotFoundError,
    UnavailableError,
)
from exchange.flows.badges import desk as flow
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import find_badge
from exchange.flows.claims.claim import claim_of
from exchange.flows.instance.restore import acknowledge
from exchange.flows.instance.standing import standing
from exchange.flows.orders.hold import hold
from exchange.flows.orders.pick import picked
from exchange.flows.people.rights import check, may
from exchange.flows.ports import Ports
from exchange.flows.sign import PROOFS
from exchange.languages import gettext, gettext_noop

DONE = {
    "award": gettext_noop("Awarded"),
    "acknowledge": gettext_noop("Acknowledged"),
    "suspend": gettext_noop("Suspended"),
    "reinstate": gettext_noop("Reinstated"),
    "revoke": gettext_noop("Revoked"),
}
"""What the desk says after an act; `?done=` names the act, and nothing else of a query is ever shown."""

STATES = {
    "active": gettext_noop("Active"),
    "suspended": gettext_noop("Suspended"),
    "revoked": gettext_noop("Revoked"),
    "expired": gettext_noop("Expired"),
}

TONES = {"active": "good", "suspended": "pause", "revoked": "stop", "expired": "past"}
FIELDS = ("badge", "to", "search", "evidence", "narrative", "valid_until", "proof")


@dataclass(frozen=True, slots=True)
class Row:
    """A badge as the desk lists it; `who` is its recipient, shortened so that a glance gives nobody away;
    `claim` what they said to it, `""` where nobody is asked."""

    key: str
    name: str
    image: str
    who: str
    at: datetime
    state: str
    word: str
    tone: str
    acts: tuple[str, ...]
    claim: str


def build_desk(site: Site) -> Router:
    """What the flows let somebody who is signed in do with badges, as pages and as JSON."""
    return guarded(
        site,
        [
            desk,
            award_form,
            change_page,
            change_form,
            acknowledge_form,
            about_page,
            whole_proof,
            operations.list_api,
            operations.award_api,
            operations.change_api,
        ],
    )


@reads("/desk")
async def desk(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The form and the newest badges; `?before=` a badge's key shows older ones. Who has nothing to do here
    is led to their account."""
    if not (ports.who.operator or ports.who.roles):
        return see_other("/account")
    return await _desk(request, site, ports)


@post("/desk", status_code=303)
async def award_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Award what the form says, or hold it; or find somebody, which is a step of the same form. A mistake
    comes back beside its field, with all that was typed."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        if "find" in fields or "add" in fields:
            return await _pick(request, site, ports, fields)
        once = once_in(request, fields, ports)
        if "hold" in fields:
            await hold(ports, _order(fields), once)
            return see_other("/desk/award/held?done=hold")
        awarded = await award(ports, _order(fields), once)
    except (InputError, NotFoundError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _desk(request, site, ports, fields, error)
    return see_other(f"/desk?done=award&badge={awarded.key}")


@reads("/desk/badges/{key:str}/{act:str}")
async def change_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """What will happen, and why it should: the step before a badge is suspended, reinstated or revoked."""
    return await _change(request, site, ports, key, act)


@post("/desk/badges/{key:str}/{act:str}", status_code=303, request_max_body_size=20_000)
async def change_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Suspend, reinstate or revoke it."""
    (_, do), reason = operations.act_named(act), ""
    try:
        fields, _ = await read_form(request)
        reason = fields.get("reason", "")
        change = await do(ports, key, reason, once_in(request, fields, ports))
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _change(request, site, ports, key, act, reason, error)
    return see_other(f"/desk?done={act}&badge={change.badge}")


@post("/desk/acknowledge", status_code=303, request_max_body_size=10_000)
async def acknowledge_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Let a restored exchange write again; the form names how many entries of the log are missing."""
    try:
        fields, _ = await read_form(request)
        missing = read_only.count(fields.get("missing", ""))
        await acknowledge(ports, missing, newest=fields.get("newest") == "on")
    except (InputError, ConflictError) as error:
        return await _desk(request, site, ports, error=error)
    return see_other("/desk?done=acknowledge")


def _order(fields: dict[str, str]) -> Order:
    issuer, _, achievement = fields.get("badge", "").partition("/")
    return Order(
        issuer,
        achievement,
        fields.get("to", ""),
        evidence=tuple(fields.get("evidence", "").split()),
        narrative=fields.get("narrative", "").replace("\r\n", "\n"),
        valid_until=until_of(fields.get("valid_until", "")),
        proof=fields.get("proof") or PROOFS[0],
        mail="mail" in fields,
    )


async def _pick(request: AnyRequest, site: Site, ports: Ports, fields: dict[str, str]) -> Response[bytes]:
    """The form again, with who was found by `search`, or by what was typed as recipient; or with who was
    chosen."""
    if "add" in fields:
        return await _desk(request, site, ports, {**fields, "to": fields["add"]})
    search = fields.get("search") or fields.get("to", "")
    return await _desk(
        request, site, ports, {**fields, "search": search}, found=await find_people(ports, search)
    )


async def _desk(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
    found: Found | None = None,
) -> Response[bytes]:
    somebody = await picked(ports, fields["to"]) if fields and fields.get("to") else None
    entries, older = await flow.newest(ports, request.query_params.get("before"))
    done, about = await _done(request, ports)
    return await own_page(
        request,
        site,
        "desk.html",
        error,
        choices=await badge_choices(ports),
        proofs=proof_choices(),
        fields={name: (fields or {}).get(name, "") for name in FIELDS},
        mail=fields is None or "mail" in fields,
        hold=fields is not None and "hold" in fields,
        found=found or Found(),
        somebody=(somebody.person.name, hint_of(somebody)) if somebody else None,
        rows=[row_of(entry, ports.now()) for entry in entries],
        older=older,
        paged="before" in request.query_params,
        done=done,
        about=about,
        operates=may(ports.who, "acknowledge"),
        designs=may(ports.who, "issuers") or any(may(ports.who, "design", slug) for slug in ports.who.roles),
    )


async def _done(request: AnyRequest, ports: Ports) -> tuple[str, Row | None]:
    """What was just done, and to which badge: a word of ours and a row of ours, or nothing."""
    act = request.query_params.get("done", "")
    done = gettext(DONE[act]) if act in DONE else ""
    if act == "acknowledge":  # about no badge
        return ("" if await standing(ports) else done), None
    try:
        about = await flow.entry(ports, request.query_params.get("badge", "")) if done else None
    except (NotFoundError, ForbiddenError):
        return "", None
    return done, row_of(about, ports.now()) if about else None


async def _change(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    act: str,
    reason: str = "",
    error: ExchangeError | None = None,
) -> Response[bytes]:
    verb, _ = operations.act_named(act)
    check(ports, verb, (await find_badge(ports, key)).issuer)
    entry = await flow.entry(ports, key)
    return await own_page(
        request,
        site,
        "change.html",
        error,
        act=act,
        row=row_of(entry, ports.now()),
        to=plain(entry.badge.recipient.removeprefix("mailto:"), 1024),
        reason=reason,
    )


def row_of(entry: flow.Entry, now: datetime) -> Row:
    """How a page lists it."""
    badge, claim = entry.badge, claim_of(entry.badge, now)
    return Row(
        key=badge.id,
        name=read_card(entry.document, "").name,
        image=urls.achievement_image("", badge.issuer, badge.achievement, badge.version),
        who=shortened(badge.recipient),
        at=badge.intended_at,
        state=entry.state,
        word=gettext(STATES[entry.state]),
        tone=TONES[entry.state],
        acts=entry.acts,
        claim=claim_word(claim),
    )


def shortened(recipient: str) -> str:
    """`a…@example.org`, `did:key:z6Mk…i2do`, `people.example.org/…`: enough to tell one from the next."""
    text = plain(recipient, 2000)
    if text.startswith("mailto:"):
        name, _, domain = text.removeprefix("mailto:").rpartition("@")
        return f"{name[:1]}…@{plain(domain, 60)}"
    if text.startswith("https://"):
        return f"{plain(text.split('/')[2], 60)}/…"
    return text if len(text) <= 24 else f"{text[:16]}…{text[-4:]}"
