"""What a link shows, by skill and by day: further pages of the reader's, each with its own address.

As the page itself: no cookie, kept by no cache, and whatever is not shown answers alike. Only the page itself
counts as opening the link. What is missing (`gaps`) is said to nobody but the holder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.portfolio.shown import Shown
from exchange.core.portfolio.skills import by_skill, skills_json
from exchange.core.portfolio.timeline import timeline, timeline_json
from exchange.edge.http.describe import JSON, Answer, Operation, described
from exchange.edge.http.replies import AnyRequest, reads, reply, wants_page
from exchange.edge.http.shapes import Bytes
from exchange.edge.http.site import Site, TheSite
from exchange.edge.portfolios import shapes
from exchange.edge.portfolios.exports import SECRET
from exchange.edge.portfolios.read import tone_of, verdict_line
from exchange.edge.portfolios.read_views import read_skills, read_timeline
from exchange.edge.portfolios.shared import BYTES, none_page, private, root_of
from exchange.errors import NotFoundError
from exchange.flows.people.pictures import MEDIA_TYPE
from exchange.flows.portfolios.portrait import portrait_of
from exchange.flows.portfolios.show import shown_by_secret

View = Literal["skills", "timeline"]

SKILLS = Operation(
    "Portfolios",
    {
        200: Answer(
            "What the link shows, by skill, verified just now; or the page of it.",
            {JSON: shapes.BySkill, "text/html": {"type": "string"}},
        )
    },
    {404: "not_shared"},
    (SECRET,),
)
TIMELINE = Operation(
    "Portfolios",
    {
        200: Answer(
            "What happened to what the link shows, the newest first; or the page of it.",
            {JSON: shapes.Timeline, "text/html": {"type": "string"}},
        )
    },
    {404: "not_shared"},
    (SECRET,),
)
PORTRAIT = Operation(
    "Portfolios", {200: Answer("The picture.", {MEDIA_TYPE: Bytes})}, {404: "not_shared"}, (SECRET,)
)


@reads("/p/{secret:str}/skills", public=True, opt=described(SKILLS))
async def shared_skills(request: AnyRequest, site: TheSite, secret: FromPath[str]) -> Response[bytes]:
    """A portfolio by skill: for each what names it, who says so, and what is shown of it."""
    return await _shared(request, site, secret, "skills")


@reads("/p/{secret:str}/timeline", public=True, opt=described(TIMELINE))
async def shared_timeline(request: AnyRequest, site: TheSite, secret: FromPath[str]) -> Response[bytes]:
    """A portfolio by day: what was awarded, said and taken back, the newest first."""
    return await _shared(request, site, secret, "timeline")


@reads("/p/{secret:str}/portrait", public=True, opt=described(PORTRAIT))
async def shared_portrait(request: AnyRequest, site: TheSite, secret: FromPath[str]) -> Response[bytes]:
    """The picture of the holder, where they show it in this portfolio."""
    body = await portrait_of(site.ports, secret)
    return private(reply(request, body, MEDIA_TYPE, cache="no-store", headers=BYTES))


async def _shared(request: AnyRequest, site: Site, secret: str, view: View) -> Response[bytes]:
    page = wants_page(request)
    try:
        shown, _ = await shown_by_secret(site.ports, secret)
    except NotFoundError as error:
        if not page:
            raise
        return none_page(request, site, error)
    if page:
        return view_page(request, site, shown, view)
    body = strict_json.dump(value_of(shown, view))
    return private(reply(request, body, JSON, cache="no-store", negotiated=True))


def value_of(shown: Shown, view: View) -> dict[str, Any]:
    """The view for programs, as its reader has it."""
    if view == "skills":
        return skills_json(by_skill(shown), gaps=False)
    return timeline_json(timeline(shown))


def view_page(request: AnyRequest, site: Site, shown: Shown, view: View, bar: str = "") -> Response[bytes]:
    """The view for people; `bar` is where its holder goes back to, who only looks at it."""
    found: Mapping[View, Any] = {
        "skills": lambda: read_skills(by_skill(shown), shown),
        "timeline": lambda: read_timeline(timeline(shown)),
    }
    return private(
        site.page(
            request,
            f"portfolio/{view}.html",
            cache="no-store",
            tab=view,
            found=found[view](),
            shown=shown,
            tone=tone_of(shown),
            verdict=verdict_line(shown),
            checked_at=site.ports.now(),
            bar=bar,
            root=root_of(shown, bar),
        )
    )
