"""My badges: to look through, each on a page of its own with everything in it, to accept or decline, to take
along, to put into a profile elsewhere, and to tell its issuer that something is wrong with it.

Mounted by `account.build_account`.
"""

from __future__ import annotations

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.linkedin import add_to_profile
from exchange.edge.badges.cards import Card
from exchange.edge.badges.desk import row_of
from exchange.edge.badges.verdicts import read_verdict
from exchange.edge.claims.claim import answer_named
from exchange.edge.endorsements.voices import voice
from exchange.edge.http.access import ThePorts, browser_of
from exchange.edge.http.forms import read_form
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.log.about import line_of
from exchange.edge.people.account_page import account_page
from exchange.errors import ConflictError, ExchangeError, InputError, TooManyError
from exchange.flows.badges import show
from exchange.flows.claims import claim, mine
from exchange.flows.claims.report import MAX_WORDS, report
from exchange.flows.claims.seen import seen
from exchange.flows.endorsements import listed
from exchange.flows.log.about import about, about_me
from exchange.flows.people import account as flow
from exchange.flows.ports import Ports
from exchange.flows.records import Badge
from exchange.languages import gettext, gettext_noop

CLAIMS = {
    "offered": ("note", gettext_noop("Waiting for you")),
    "expired": ("note", gettext_noop("Waiting for you")),
    "accepted": ("good", gettext_noop("Accepted")),
    "declined": ("past", gettext_noop("Declined")),
}


@reads("/account/badges")
async def badges(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What was awarded to me, what waits for an answer first, and everything the log has about me, each entry
    with its proof. `?q=` looks through the badges."""
    await flow.view(ports)
    search = plain(request.query_params.get("q", ""), 200)
    found = await mine.mine(ports, search)
    return await account_page(
        request,
        site,
        "account/badges.html",
        q=search,
        waiting=[row_of(entry, ports.now()) for entry in found.waiting],
        kept=[row_of(entry, ports.now()) for entry in found.kept],
        declined=[row_of(entry, ports.now()) for entry in found.declined],
        lines=[] if search else [await line_of(site, one) for one in reversed(await about_me(ports))],
    )


@reads("/account/badges/{key:str}")
async def badge(request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """One of mine with everything in it. Whose badge it is not, to them it is not here."""
    return await _badge(request, site, ports, key)


@post("/account/badges/{key:str}/claim", status_code=303, request_max_body_size=10_000)
async def answer_badge(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Accept or decline one of mine; `next` is `list` where that was done in the list."""
    await flow.view(ports)
    row = await mine.find_mine(ports, key)
    fields, _ = await read_form(request)
    said = answer_named(fields.get("answer", ""))
    try:
        await claim.answer(ports, row.id, said, browser=browser_of(request, site))
    except ConflictError as error:
        if not wants_page(request):
            raise
        return await _badge(request, site, ports, key, error=error)
    place = "/account/badges" if fields.get("next") == "list" else f"/account/badges/{row.id}"
    return see_other(f"{place}?done={said}")


@post("/account/badges/{key:str}/report", status_code=303, request_max_body_size=20_000)
async def report_badge(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Tell its issuer what is wrong with it."""
    await flow.view(ports)
    words = ""
    try:
        fields, _ = await read_form(request)
        words = fields.get("words", "").replace("\r\n", "\n")
        await report(ports, key, words, fields.get("once", "")[:255])
    except (InputError, ConflictError, TooManyError) as error:
        if not wants_page(request):
            raise
        page = await _badge(request, site, ports, key, words, error)
        if isinstance(error, TooManyError):
            page.headers["retry-after"] = str(error.retry_after)
        return page
    return see_other(f"/account/badges/{key}?done=report")


async def _badge(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    key: str,
    words: str = "",
    error: ExchangeError | None = None,
) -> Response[bytes]:
    await flow.view(ports)
    row = await mine.find_mine(ports, key)
    view = await show.badge(ports, row.id)
    reading = read_verdict(view.verdict, ports.base_url, view.history)
    standing = claim.claim_of(row, ports.now())
    revoked = any(one.purpose == "revocation" and one.on for one in view.history)
    unanswered = standing in ("offered", "expired")
    tone, word = ("", "") if revoked and unanswered else CLAIMS.get(standing, ("", ""))
    received = await listed.received(ports, "badge", row.id)
    return await account_page(
        request,
        site,
        "account/badge.html",
        error,
        key=row.id,
        to=plain(row.recipient.removeprefix("mailto:"), 1024),
        its_page=urls.badge_page(ports.base_url, row.id),
        extension="jwt" if row.proof == "jwt" else "json",
        reading=reading,
        image=urls.achievement_image("", row.issuer, row.achievement, row.version),
        achievement=view.achievement,
        issuer=view.issuer,
        history=view.history,
        checked_at=ports.now(),
        claim=standing,
        claimed_at=row.claimed_at,
        claim_tone=tone,
        claim_word=gettext(word) if word else "",
        revoked=revoked,
        linkedin=_linkedin(ports, row, reading.card),
        lines=[await line_of(site, one) for one in reversed((await about(ports, row.id)).told)],
        seen=await seen(ports, row.id),
        words=words[: MAX_WORDS * 2],
        max_words=MAX_WORDS,
        once=ports.new_secret(),
        can_ask=reading.tone in ("good", "note"),
        received=[voice(line) for line in (*received.waiting, *received.settled)],
    )


def _linkedin(ports: Ports, row: Badge, card: Card | None) -> str:
    """The link that puts it into a profile there; `""` for a badge that is not to be shown."""
    if card is None:
        return ""
    issued = card.issued or row.intended_at
    return add_to_profile(
        card.name, card.issuer.name, issued, card.expires, urls.badge_page(ports.base_url, row.id), row.id
    )
