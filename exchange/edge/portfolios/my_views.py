"""My portfolio by skill, by day, and as talking points for a conversation: pages and programs alike.

Everything is made of what a reader of all that is not hidden has. What is missing is said here and to nobody
else; "view as reader" shows these pages as readers have them.
"""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.portfolio.skills import by_skill, skills_json
from exchange.core.portfolio.timeline import timeline, timeline_json
from exchange.edge.http.access import ThePorts
from exchange.edge.http.describe import JSON, Operation, Parameter, described
from exchange.edge.http.describe import told as tells
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.http.site import TheSite
from exchange.edge.portfolios import shapes
from exchange.edge.portfolios import talking_points as sheets
from exchange.edge.portfolios.exports import MARKDOWN
from exchange.edge.portfolios.mine import PLACE
from exchange.edge.portfolios.portfolios import PLACE as API
from exchange.edge.portfolios.read_views import proofs_of, read_skills, read_timeline, where, who
from exchange.edge.portfolios.views import view_page
from exchange.flows.portfolios.look import look, needed_by, role_families
from exchange.languages import gettext

ROLE = Parameter(
    "role", "query", {"type": "string"}, "A family of roles: what it asks for is among the skills."
)
_THEIRS = {403: "not_permitted", 404: "unknown_portfolio"}
SKILLS = Operation(
    "Portfolios",
    tells("By skill what you show, and what is missing.", shapes.MyBySkill),
    {400: "unknown_role", **_THEIRS},
    (ROLE,),
    closed=True,
)
TIMELINE = Operation(
    "Portfolios", tells("What happened to it, the newest first.", shapes.Timeline), _THEIRS, closed=True
)
TALKING_POINTS = Operation(
    "Portfolios", tells("What to say, and what may be asked.", shapes.TalkingPoints), _THEIRS, closed=True
)


@reads(f"{PLACE}/{{key:str}}/skills")
async def skills(request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """By skill what I show, and what is missing; for a family of roles, if one is chosen."""
    kept, shown = await look(ports, key)
    families, role = await role_families(ports), request.query_params.get("role", "")
    found = read_skills(by_skill(shown, needed_by(families, role)), shown)
    badges = {one.key: one.id for one in kept.portfolio.items if one.kind == "badge"}
    return await own_page(
        request,
        site,
        "account/portfolio_skills.html",
        done="",
        kept=kept,
        found=found,
        badges=badges,
        role=role,
        roles=[("", gettext("No role")), *((one, one.capitalize()) for one in families)],
    )


@reads(f"{PLACE}/{{key:str}}/timeline")
async def timeline_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """What happened to what I show."""
    kept, shown = await look(ports, key)
    found = read_timeline(timeline(shown))
    template = "account/portfolio_timeline.html"
    return await own_page(request, site, template, done="", kept=kept, found=found)


@reads(f"{PLACE}/{{key:str}}/talking-points")
async def talking_points(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """A sheet or two to take to a conversation, made to be printed."""
    kept, shown = await look(ports, key)
    return await own_page(
        request,
        site,
        "account/talking_points.html",
        kept=kept,
        shown=shown,
        found=sheets.talking_points_of(shown),
        checked_at=ports.now(),
        where=where,
        who=who,
        proofs_of=proofs_of,
    )


@reads(f"{PLACE}/{{key:str}}/talking-points.md")
async def talking_points_file(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """The same as Markdown."""
    _, shown = await look(ports, key)
    body = sheets.talking_points_markdown(shown, ports.base_url, ports.now()).encode()
    headers = {"content-disposition": 'attachment; filename="talking-points.md"'}
    return reply(request, body, MARKDOWN, cache="no-store", headers=headers)


@reads(f"{PLACE}/{{key:str}}/view/skills")
async def view_skills(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """By skill, as a reader has it."""
    kept, shown = await look(ports, key)
    return view_page(request, site, shown, "skills", f"{PLACE}/{kept.id}")


@reads(f"{PLACE}/{{key:str}}/view/timeline")
async def view_timeline(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """By day, as a reader has it."""
    kept, shown = await look(ports, key)
    return view_page(request, site, shown, "timeline", f"{PLACE}/{kept.id}")


@reads(f"{API}/{{key:str}}/skills", opt=described(SKILLS))
async def skills_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """A portfolio of yours by skill, with what is missing in what you show; for a family of roles, if one is
    named."""
    _, shown = await look(ports, key)
    families = await role_families(ports)
    needed = needed_by(families, request.query_params.get("role", ""))
    value = {**skills_json(by_skill(shown, needed), gaps=True), "roles": list(families)}
    return reply(request, strict_json.dump(value), JSON, cache="no-store")


@reads(f"{API}/{{key:str}}/timeline", opt=described(TIMELINE))
async def timeline_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """What happened to what a portfolio of yours shows, the newest first."""
    _, shown = await look(ports, key)
    return reply(request, strict_json.dump(timeline_json(timeline(shown))), JSON, cache="no-store")


@reads(f"{API}/{{key:str}}/talking-points", opt=described(TALKING_POINTS))
async def talking_points_api(request: AnyRequest, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """What to say of a portfolio of yours, whom one can ask, and what may be asked; in the language of the
    request."""
    _, shown = await look(ports, key)
    return reply(request, strict_json.dump(sheets.told(shown)), JSON, cache="no-store")


ROUTES = (
    skills,
    timeline_page,
    talking_points,
    talking_points_file,
    view_skills,
    view_timeline,
    skills_api,
    timeline_api,
    talking_points_api,
)
