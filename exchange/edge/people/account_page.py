"""The frame of every page of an account."""

from __future__ import annotations

from typing import Any

from litestar import Response

from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest
from exchange.edge.http.site import Site
from exchange.errors import ExchangeError
from exchange.languages import gettext, gettext_noop

DONE = {
    "accept": gettext_noop("It is yours."),
    "decline": gettext_noop("You have declined this badge."),
    "report": gettext_noop("Your words are on their way to who answers for the issuer."),
    "profile": gettext_noop("Your profile was changed."),
    "picture": gettext_noop("Your picture was changed."),
    "picture-removed": gettext_noop("Your picture was removed."),
    "asked": gettext_noop("We sent a mail to that address. Open its link in this browser."),
    "verified": gettext_noop("That address is yours now."),
    "merged": gettext_noop("The two accounts are merged."),
    "preferred": gettext_noop("Mail goes there from now on."),
    "removed": gettext_noop("The address was removed."),
    "ended": gettext_noop("That session is over."),
    "alone": gettext_noop("You are signed in here only."),
    "passkey-added": gettext_noop("The passkey was added. You can sign in with it from now on."),
    "passkey-removed": gettext_noop(
        "The passkey was removed. It signs nobody in any more, and you are signed out everywhere else."
    ),
    "signed": gettext_noop("It is signed, and on its way to whom it is about."),
    "show": gettext_noop("Everybody who sees the badge sees it now."),
    "hide": gettext_noop("It is not displayed. Who wrote it learns no more than that."),
    "withdraw": gettext_noop("It is withdrawn. Whoever verifies it from now on sees that."),
    "vouched": gettext_noop("It is signed, and theirs. They are told by mail."),
    "vouch-show": gettext_noop("It is displayed to everybody who has its address."),
    "vouch-hide": gettext_noop("It is not displayed. Who gave it learns no more than that."),
    "vouch-withdrawn": gettext_noop("It is withdrawn. Whoever verifies it from now on sees that."),
    "portfolio-made": gettext_noop(
        "It is there, with your badges and vouches; below, put in what colleagues say. Nobody sees it yet."
    ),
    "portfolio": gettext_noop("It is saved."),
    "portfolio-removed": gettext_noop("The portfolio was removed, and its links show nothing any more."),
    "record-signed": gettext_noop("The record is signed. Whoever has the link can download it."),
    "presentation-signed": gettext_noop("It is signed by you, and given out while the link shows just that."),
    "link-off": gettext_noop("The link is off. Whoever has it sees nothing any more."),
    "link-framed": gettext_noop("It is saved, for every frame that is loaded from now on."),
    "published": gettext_noop("It is public. Everybody who opens its address sees it."),
    "unpublished": gettext_noop("It is not public any more. Its address answers as if nothing was there."),
    "brought": gettext_noop("It is kept here now, and checked again by itself."),
    "looked": gettext_noop("It was looked at just now."),
    "imported-removed": gettext_noop("It was removed here. Where it was issued, nothing changed."),
    "asked-for": gettext_noop("Your request is on its way."),
    "taken-back": gettext_noop("It is taken back. Their link says so, and nothing reminds them of it."),
    "key-added": gettext_noop("This browser can endorse in your name from now on."),
    "key-retired": gettext_noop("The key signs nothing in your name any more."),
    "token-removed": gettext_noop("The token was removed. It is good for nothing any more."),
}
"""What a page says after an act; `?done=` names the act, and nothing else of a query is ever shown."""


async def account_page(
    request: AnyRequest, site: Site, template: str, error: ExchangeError | None = None, **context: Any
) -> Response[bytes]:
    """`own_page`, with what was just done."""
    done = request.query_params.get("done", "")
    said = gettext(DONE[done]) if done in DONE and request.method in ("GET", "HEAD") else ""
    return await own_page(request, site, template, error, done=said, **context)
