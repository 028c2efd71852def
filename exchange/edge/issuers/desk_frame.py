"""The frame of an issuer's pages at the desk: which of them who looks may open, and what was just done."""

from __future__ import annotations

from typing import Any

from litestar import Response

from exchange.edge.badges.cards import read_identity
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest
from exchange.edge.http.site import Site
from exchange.errors import ExchangeError
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.people.rights import may
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

DONE = {
    "described": gettext_noop("The profile was changed. Badges that were awarded keep what they say."),
    "proved": gettext_noop("The domain was asked."),
    "endorsed": gettext_noop("It is endorsed: signed, and shown to everybody."),
    "displayed": gettext_noop("It is displayed."),
    "hidden": gettext_noop("It is not displayed any more. Who said it learns only that."),
    "unendorsed": gettext_noop("The endorsement is withdrawn, and shown as that."),
    "rotated": gettext_noop("A new key signs from now on. What the old one signed stays good."),
    "begun": gettext_noop("The draft was begun. Nobody else sees it until it is published."),
    "saved": gettext_noop("Saved."),
    "published": gettext_noop("Published. This version stays as it is for good."),
    "kept": gettext_noop("The draft said what the newest version says; nothing was changed."),
    "discard": gettext_noop("The draft is gone."),
    "retire": gettext_noop("It is awarded no more. What was awarded stays valid."),
    "decided": gettext_noop("It is decided."),
    "created": gettext_noop("The issuer was made. Give somebody a role, who then designs its badges."),
}
"""What a page says after an act; `?done=` names the act, and nothing else of a query is ever shown."""


async def desk_page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    template: str,
    error: ExchangeError | None = None,
    **context: Any,
) -> Response[bytes]:
    """The page, in the frame of that issuer. NotFoundError("unknown_issuer")."""
    row = await find_issuer(ports, slug)
    done = request.query_params.get("done", "") if request.method in ("GET", "HEAD") else ""
    base = f"/desk/issuers/{slug}"
    places = [(f"{base}/achievements", gettext("Achievements"), ""), (base, gettext("Profile"), "")]
    if may(ports.who, "endorse", slug):
        places.append((f"{base}/endorsements", gettext("Endorsements"), ""))
    if may(ports.who, "keys", slug):
        places.append((f"{base}/keys", gettext("Keys"), ""))
    if may(ports.who, "reports", slug):
        places.append((f"{base}/reports", gettext("Reports"), ""))
    return await own_page(
        request,
        site,
        template,
        error,
        slug=slug,
        issuer_name=read_identity(row.profile).name,
        places=places,
        done=gettext(DONE[done]) if done in DONE else "",
        **context,
    )
