"""Asked: where a mail leads which asks for an endorsement, for who has an account and who has none.

The secret stands in the link's fragment: opening the page spends nothing, and no server or proxy sees it.
Only the page's form sends it.
"""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.plain_text import as_named
from exchange.edge.http.access import browser_of, cookie, own_site_only, visitor_ports
from exchange.edge.http.forms import read_form
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
    NotFoundError,
    TooManyError,
    UnavailableError,
)
from exchange.flows.endorsements import asked as flow
from exchange.flows.people.records import NOBODY
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

DONE = {
    "decline": gettext_noop("You have said no. You get no more mail about this."),
    "not-me": gettext_noop("Thank you. The link is good for nothing any more, and who asked is told that."),
    "block": gettext_noop(
        "You get no request, endorsement or vouch of theirs any more that you did not ask for. "
        "They are not told."
    ),
    "again": gettext_noop("A new link is on its way to the same address."),
}
"""What a page says after an answer; `?done=` names it, and nothing else of a query is ever shown."""


def build_asked(site: Site) -> Router:
    """Open to everybody: the link's secret, or a session, says who it is."""
    return Router(
        path="/",
        route_handlers=[asked_page, asked_form, again_form],
        guards=[own_site_only(site)],
    )


@reads("/endorse/{request_id:str}")
async def asked_page(request: AnyRequest, site: TheSite, request_id: FromPath[str]) -> Response[bytes]:
    """Who asks for what, with what there is to answer."""
    return await _page(request, site, await visitor_ports(request, site), request_id)


@post("/endorse/{request_id:str}", status_code=303, request_max_body_size=10_000)
async def asked_form(request: AnyRequest, site: TheSite, request_id: FromPath[str]) -> Response[bytes]:
    """`answer` says which; `code` is the secret of the link, or the link as a whole; `reply` goes
    with a no."""
    ports = await visitor_ports(request, site)
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        said = _answer_named(fields.get("answer", ""))
        code = fields.get("code", "").rpartition("#")[2]
        reply = fields.get("reply", "").replace("\r\n", "\n")
        answered = await flow.answer(ports, request_id, said, code, browser_of(request, site), reply)
    except (InputError, ConflictError, ForbiddenError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, request_id, fields, error)
    if said != "endorse":
        return see_other(f"/endorse/{request_id}?done={said}")
    opened = answered.opened
    cookies = [cookie(site, opened.session, int(opened.life.total_seconds()))] if opened else []
    return see_other(f"/account/endorsements/new/request/{request_id}", cookies=cookies)


@post("/endorse/{request_id:str}/again", status_code=303, request_max_body_size=10_000)
async def again_form(request: AnyRequest, site: TheSite, request_id: FromPath[str]) -> Response[bytes]:
    """Send the same to the same address, once its link is too old."""
    ports = await visitor_ports(request, site)
    try:
        await flow.again(ports, request_id)
    except (TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, request_id, error=error)
    return see_other(f"/endorse/{request_id}?done=again")


def _answer_named(name: str) -> flow.Answer:
    for answer in flow.ANSWERS:
        if answer == name:
            return answer
    raise NotFoundError("unknown_answer", f"An answer here is one of {', '.join(flow.ANSWERS)}.")


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    id: str,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    view = await flow.view(ports, id)
    one = view.subject.achievement
    done = request.query_params.get("done", "") if request.method != "POST" else ""
    again = error is not None and error.code in ("other_account", "read_only", "reply_too_long")
    return await own_page(
        request,
        site,
        "endorse/asked.html",
        error,
        asked=view.request,
        name=as_named(view.asker.name),
        subject=view.subject,
        image=urls.achievement_image("", one.issuer, one.slug, one.version) if one else "",
        alt=one.alt if one else "",
        note=plain(view.request.note, 300),
        skills=[as_named(skill) for skill in view.request.skills],
        mine=view.mine,
        over=view.over,
        signed_in=ports.who != NOBODY,
        done=gettext(DONE[done]) if done in DONE else "",
        code=(fields or {}).get("code", "")[:2000] if again else "",
        reply=(fields or {}).get("reply", "")[:1000],
        max_reply=flow.MAX_REPLY,
    )
