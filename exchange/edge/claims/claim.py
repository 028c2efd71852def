"""Claim: the page that a mail about a badge leads to, for who has an account and for who has none.

The secret stands in the link's fragment: opening the page spends nothing, and no server or proxy sees it.
Only the page's form sends it. What was said to a badge before, only its holder is shown here.
"""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.edge.badges.verdicts import read_verdict
from exchange.edge.claims import shapes
from exchange.edge.http.access import browser_of, client_of, cookie, network_of, own_site_only, visitor_ports
from exchange.edge.http.body import read_body, text
from exchange.edge.http.describe import JSON, Operation, described, told
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
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
from exchange.flows.badges import show
from exchange.flows.claims import claim as flow
from exchange.flows.people.records import NOBODY, Browser
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

DONE = {
    "accept": gettext_noop("It is yours."),
    "decline": gettext_noop("You have declined this badge."),
}
"""What a page says after an answer; `?done=` names it, and nothing else of a query is ever shown."""

CLAIM = Operation(
    "Badges",
    told("It is on record.", shapes.Claimed),
    {
        400: "not_an_object unknown_member member_missing not_a_string claim_link_missing claim_link_spent",
        403: "account_suspended",
        404: "unknown_badge unknown_answer",
        409: "badge_revoked",
        429: "too_many",
        503: "read_only clock_wrong disk_full",
    },
    body={JSON: shapes.ClaimRequest},
)


def build_claim(site: Site) -> Router:
    """Open to everybody: the link's secret, or a session, says who it is."""
    return Router(path="/", route_handlers=[claim_page, claim_form, claim_api], guards=[own_site_only(site)])


@reads("/claim/{key:str}")
async def claim_page(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """The badge, who issued it and what it says, with what there is to answer."""
    return await _page(request, site, await visitor_ports(request, site), key)


@post("/claim/{key:str}", status_code=303, request_max_body_size=10_000)
async def claim_form(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """Accept or decline: `answer` says which, `code` is the secret of the link, or the link as a whole."""
    ports = await visitor_ports(request, site)
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        said = answer_named(fields.get("answer", ""))
        code = fields.get("code", "").rpartition("#")[2]
        answered = await flow.answer(ports, key, said, code, browser_of(request, site))
    except (InputError, ConflictError, ForbiddenError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _page(request, site, ports, key, fields, error)
    opened = answered.opened
    cookies = [cookie(site, opened.session, int(opened.life.total_seconds()))] if opened else []
    if opened or await flow.is_mine(ports, answered.badge):
        return see_other(f"/account/badges/{answered.badge.id}?done={said}", cookies=cookies)
    return see_other(f"/claim/{answered.badge.id}?done={said}")


@post("/api/claim/{key:str}", status_code=200, opt=described(CLAIM))
async def claim_api(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """Accept or decline a badge for who holds the secret of its link.

    200 and `{"id", "claim"}`. Body: `{"answer": "accept" or "decline", "secret": …}`; the secret is what
    stands after the `#` of the link that was mailed, and is spent. Accepting makes an account, if there is
    none, and opens no session.
    """
    body = await read_body(request, "answer", "secret")
    answer, secret = text(body, "answer"), text(body, "secret")
    network = Browser(network=network_of(client_of(request, site)))
    answered = await flow.answer(site.ports, key, answer_named(answer), secret, network, opens=False)
    document = {"id": urls.badge(site.ports.base_url, answered.badge.id), "claim": answered.claim}
    return reply(request, strict_json.dump(document), JSON, cache="no-store")


def answer_named(name: str) -> flow.Answer:
    """NotFoundError("unknown_answer")."""
    for answer in flow.ANSWERS:
        if answer == name:
            return answer
    raise NotFoundError("unknown_answer", f"An answer to a badge is {' or '.join(flow.ANSWERS)}.")


async def _page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    view = await show.badge(ports, key)
    row, mine = view.badge, await flow.is_mine(ports, view.badge)
    done = request.query_params.get("done", "")
    again = error is not None and error.code in ("other_account", "read_only")
    return await own_page(
        request,
        site,
        "claim.html",
        error,
        key=row.id,
        reading=read_verdict(view.verdict, ports.base_url, view.history),
        image=urls.achievement_image("", row.issuer, row.achievement, row.version),
        achievement=view.achievement,
        issuer=view.issuer,
        checked_at=ports.now(),
        mine=mine,
        revoked=any(one.purpose == "revocation" and one.on for one in view.history),
        claim=flow.claim_of(row, ports.now()) if mine else "",
        signed_in=ports.who != NOBODY,
        done=gettext(DONE[done]) if done in DONE and not mine and request.method != "POST" else "",
        accepted=done == "accept",
        code=(fields or {}).get("code", "")[:2000] if again else "",
    )
