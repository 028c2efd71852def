"""Claim codes for issuers, as pages: make one, print its poster, say yes or no to who waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.edge.badges.cards import read_identity
from exchange.edge.claims import code_operations as operations
from exchange.edge.claims.qr import qr
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.once import once_in
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.badges.award import awardable
from exchange.flows.claims import codes as flow
from exchange.flows.claims.documents import state_of
from exchange.flows.claims.records import Code, CodeUse
from exchange.flows.issuers.issuers import issuer
from exchange.flows.people.rights import may
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

DONE = {
    "make": gettext_noop("The code is made."),
    "close": gettext_noop("The code is closed."),
    "approve": gettext_noop("Approved: the badge is awarded."),
    "approve-all": gettext_noop("Everybody who waited has the badge."),
    "refuse": gettext_noop("Refused."),
}
STATES = {
    "open": ("good", gettext_noop("Open")),
    "full": ("past", gettext_noop("Used up")),
    "over": ("past", gettext_noop("Over")),
    "closed": ("past", gettext_noop("Closed")),
}
USES = {
    "waiting": ("pause", gettext_noop("Waiting for approval")),
    "granted": ("pause", gettext_noop("About to be awarded")),
    "awarded": ("good", gettext_noop("Awarded")),
    "refused": ("stop", gettext_noop("Refused")),
}
FIELDS = ("badge", "quota", "days", "title", "approval", "kind")
DAYS = ("1", "7", "30", "90", "365")


@dataclass(frozen=True, slots=True)
class Row:
    """A code as a page shows it; `link` is `""` where each person has a code of their own."""

    id: str
    name: str
    issuer: str
    title: str
    image: str
    link: str
    quota: int
    taken: int
    approval: bool
    until: datetime
    state: str
    tone: str
    word: str


@dataclass(frozen=True, slots=True)
class UseRow:
    """Somebody who used it."""

    id: str
    name: str
    at: datetime
    state: str
    tone: str
    word: str
    badge: str


def build_codes(site: Site) -> Router:
    """The pages and the JSON; the flows refuse who may not award at the code's issuer."""
    return guarded(
        site,
        [
            *(codes_page, make_form, code_page, poster_page, close_page, close_form, use_form),
            *(operations.list_api, operations.make_api, operations.show_api),
            *(operations.close_api, operations.use_api),
        ],
    )


@reads("/desk/codes")
async def codes_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """The form, and the newest codes of the issuers where who asks may award."""
    return await _codes(request, site, ports)


@post("/desk/codes", status_code=303, request_max_body_size=20_000)
async def make_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Make one. Single codes stand in the answer to this very request, and nowhere else."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        once = once_in(request, fields, ports)
        made = await flow.make(ports, _order(fields), once.key if once else "")
    except (InputError, NotFoundError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _codes(request, site, ports, fields, error)
    if not made.singles:
        return see_other(f"/desk/codes/{made.code.id}?done=make")
    links = flow.links(ports.base_url, made.singles)
    cards = [(word, link, qr(link)) for word, link in zip(made.singles, links, strict=True)]
    row = await _row(ports, made.code)
    return await own_page(request, site, "code_cards.html", row=row, cards=cards)


@reads("/desk/codes/{code:str}")
async def code_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, code: FromPath[str]
) -> Response[bytes]:
    """One code, who waits, and who has the badge by it; `?before=` shows older ones."""
    return await _code(request, site, ports, code)


@reads("/desk/codes/{code:str}/poster")
async def poster_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, code: FromPath[str]
) -> Response[bytes]:
    """A page to print. NotFoundError for a code that has no link for all."""
    row = await _row(ports, await flow.find(ports, code))
    if not row.link:
        raise NotFoundError("no_poster", "This code has no poster: each person has a code of their own.")
    return await own_page(request, site, "code_poster.html", row=row, drawing=qr(row.link))


@reads("/desk/codes/{code:str}/close")
async def close_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, code: FromPath[str]
) -> Response[bytes]:
    """What closing it does."""
    return await _close(request, site, ports, code)


@post("/desk/codes/{code:str}/close", status_code=303, request_max_body_size=10_000)
async def close_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, code: FromPath[str]
) -> Response[bytes]:
    """Close it."""
    try:
        await flow.close(ports, code)
    except (ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _close(request, site, ports, code, error)
    return see_other(f"/desk/codes/{code}?done=close")


@post("/desk/codes/{code:str}/uses", status_code=303, request_max_body_size=10_000)
async def use_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, code: FromPath[str]
) -> Response[bytes]:
    """Say yes or no to who waits: `act` is approve or refuse, `use` says who; or approve-all."""
    await flow.find(ports, code)
    try:
        fields, _ = await read_form(request)
        act, use = fields.get("act", ""), fields.get("use", "")
        if act == "approve-all":
            await flow.approve_all(ports, code)
        else:
            await operations.act_named(act)(ports, use)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _code(request, site, ports, code, error)
    return see_other(f"/desk/codes/{code}?done={act}")


def _order(fields: dict[str, str]) -> flow.CodeOrder:
    slug, _, achievement = fields.get("badge", "").partition("/")
    return flow.CodeOrder(
        slug,
        achievement,
        _number(fields.get("quota", "")),
        _number(fields.get("days", "")),
        title=fields.get("title", ""),
        approval=fields.get("approval") == "on",
        singles=fields.get("kind") == "singles",
    )


def _number(text: str) -> int:
    """As the form says; what is no number is none that is allowed."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


async def _codes(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    store = ports.store
    start = {"quota": "30", "days": "30", "kind": "link"}
    return await own_page(
        request,
        site,
        "codes.html",
        error,
        choices=[
            (
                one.slug,
                read_identity(one.profile).name,
                [what for what in await awardable(ports, one.slug) if not what.evidence_required],
            )
            for one in await store.issuers()
            if may(ports.who, "award", one.slug)
        ],
        fields={name: (start if fields is None else fields).get(name, "")[:300] for name in FIELDS},
        days=DAYS,
        rows=[await _row(ports, code) for code in await flow.all_codes(ports)],
    )


async def _code(
    request: AnyRequest, site: Site, ports: Ports, id: str, error: ExchangeError | None = None
) -> Response[bytes]:
    code = await flow.find(ports, id)
    row = await _row(ports, code)
    waiting, more = await flow.uses(ports, id, "waiting")
    found, older = await flow.uses(ports, id, before=request.query_params.get("before"))
    done = request.query_params.get("done", "")
    return await own_page(
        request,
        site,
        "code.html",
        error,
        row=row,
        drawing=qr(row.link) if row.link else "",
        waiting=[await _use(ports, one) for one in reversed(waiting)],
        more=more is not None,
        uses=[await _use(ports, one) for one in found if one.state != "waiting"],
        older=older,
        done=gettext(DONE[done]) if done in DONE and request.method != "POST" else "",
    )


async def _close(
    request: AnyRequest, site: Site, ports: Ports, id: str, error: ExchangeError | None = None
) -> Response[bytes]:
    row = await _row(ports, await flow.find(ports, id))
    ask = Ask(
        title=gettext("Close this code for “%(name)s”?") % {"name": row.name},
        effects=[
            gettext("Nobody gets the badge by it any more. This cannot be undone, but you can make another."),
            gettext("Whoever has the badge keeps it. Whoever waits for approval can still get it."),
        ],
        does=gettext("Close the code"),
        place=f"/desk/codes/{id}/close",
        over=(row.title or row.name, f"/desk/codes/{id}"),
        final=True,
    )
    return await ask_page(request, site, ask, error)


async def _row(ports: Ports, code: Code) -> Row:
    state = state_of(code, ports.now())
    tone, word = STATES[state]
    found = await ports.store.achievement(code.issuer, code.achievement)
    return Row(
        code.id,
        plain(found.document.get("name")) if found else code.achievement,
        read_identity((await issuer(ports, code.issuer)).profile).name,
        code.title,
        urls.achievement_image("", code.issuer, code.achievement, found.version) if found else "",
        flow.link(ports.base_url, code.word) if code.word else "",
        code.quota,
        code.taken,
        code.approval,
        code.expires_at,
        state,
        tone,
        gettext(word),
    )


async def _use(ports: Ports, use: CodeUse) -> UseRow:
    tone, word = USES[use.state]
    person = await ports.store.person(use.person)
    name = person.name if person and person.name else gettext("Somebody who was erased")
    return UseRow(use.id, name, use.at, use.state, tone, gettext(word), use.badge or "")
