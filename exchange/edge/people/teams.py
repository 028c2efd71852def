"""Teams as pages: which there are, who is in one and leads it; each change after a step that asks."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.kinds import role_word
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.people import teams as flow
from exchange.flows.people.people import find
from exchange.flows.people.rights import check, is_self, may
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop, ngettext

FIELDS = ("name", "slug")
DONE = {
    "join": gettext_noop("Added"),
    "leave": gettext_noop("Remove"),
    "remove": gettext_noop("Taken away"),
}


def build_teams(site: Site) -> Router:
    """The pages; the flows refuse who is not in a team, and changes by who does not lead it."""
    return guarded(site, [teams_page, add_form, team_page, act_page, act_form])


@reads("/teams")
async def teams_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """One's own teams; for operators all of them, and the form that begins one."""
    return await _teams(request, site, ports)


@post("/teams", status_code=303, request_max_body_size=10_000)
async def add_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Create a team."""
    fields: dict[str, str] = {}
    try:
        check(ports, "teams")
        fields, _ = await read_form(request)
        team = await flow.begin(ports, fields.get("slug", ""), fields.get("name", ""))
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _teams(request, site, ports, fields, error)
    return see_other(f"/teams/{team.slug}")


@reads("/teams/{slug:str}")
async def team_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, slug: FromPath[str]
) -> Response[bytes]:
    """Who is in it, what it may do, and for its leads how that changes."""
    return await _team(request, site, ports, slug)


@reads("/teams/{slug:str}/{act:str}")
async def act_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, slug: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """What will change: `?person=` joins or leaves, `?lead=` as a lead; or the team is taken away."""
    return await _ask(request, site, ports, slug, act, request.query_params)


@post("/teams/{slug:str}/{act:str}", status_code=303, request_max_body_size=10_000)
async def act_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, slug: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Do it."""
    _check_act(act)
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        if act == "remove":
            await flow.remove(ports, slug)
            return see_other("/teams?done=remove")
        person = fields.get("person", "")
        if act == "join":
            await flow.join(ports, slug, person, lead=bool(fields.get("lead")))
        else:
            await flow.leave(ports, slug, person)
            if ports.who.person == person and not may(ports.who, "teams"):
                return see_other("/teams?done=leave")
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _ask(request, site, ports, slug, act, fields, error)
    return see_other(f"/teams/{slug}?done={act}")


async def _teams(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: Mapping[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    found = await flow.teams(ports)
    return await own_page(
        request,
        site,
        "teams.html",
        error,
        rows=[(team, len(await ports.store.members(team.slug))) for team in found],
        operates=may(ports.who, "teams"),
        fields={name: (fields or {}).get(name, "") for name in FIELDS},
        done=_done(request),
    )


async def _team(
    request: AnyRequest, site: Site, ports: Ports, slug: str, error: ExchangeError | None = None
) -> Response[bytes]:
    members, team = await flow.members(ports, slug), await flow.find_team(ports, slug)
    operates = may(ports.who, "teams")
    return await own_page(
        request,
        site,
        "team.html",
        error,
        team=team,
        rows=[(person, one.lead) for one in members if (person := await ports.store.person(one.person))],
        roles=[(one.issuer, one.role) for one in await ports.store.grants() if one.team == slug],
        own=ports.who.person,
        leads=operates or any(one.lead and one.person == ports.who.person for one in members),
        operates=operates,
        typed=request.query_params.get("person", "")[:320],
        done=_done(request),
    )


async def _ask(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    act: str,
    fields: Mapping[str, str],
    error: ExchangeError | None = None,
) -> Response[bytes]:
    _check_act(act)
    members, team = await flow.members(ports, slug), await flow.find_team(ports, slug)
    over, place = (team.name, f"/teams/{slug}"), f"/teams/{slug}/{act}"
    if act == "remove":
        check(ports, "teams")
        count = len(members)
        said = ngettext(
            "The %(num)s person in it loses the roles it holds; nothing they awarded changes.",
            "The %(num)s people in it lose the roles it holds; nothing they awarded changes.",
            count,
        )
        effects = [said % {"num": count}, *await _held(ports, slug)]
        title = gettext("Remove the team %(team)s?") % {"team": team.name}
        ask = Ask(title, effects, gettext("Remove the team"), place, over, final=True)
        return await ask_page(request, site, ask, error)
    wanted = fields.get("person", "")
    if act == "join" or not is_self(ports, wanted):
        await flow.check_lead(ports, slug)
    try:
        person = await find(ports, wanted)
    except (InputError, NotFoundError) as fault:
        return await _team(request, site, ports, slug, fault)
    about, lead = {"who": person.name, "team": team.name}, fields.get("lead", "")
    if act == "join":
        title = gettext("Add %(who)s to %(team)s?") % about
        effects = [gettext("What the team may do, they may from now on.")]
        if lead:
            effects.append(gettext("As a lead they say who else is in it."))
    else:
        title = gettext("Remove %(who)s from %(team)s?") % about
        effects = [
            gettext("What only the team lets them do, they may no more. What they awarded stays valid.")
        ]
    ask = Ask(
        title=title,
        effects=[*effects, *await _held(ports, slug)],
        does=gettext("Add") if act == "join" else gettext("Remove"),
        place=place,
        over=over,
        fields={"person": person.id, "lead": lead},
    )
    return await ask_page(request, site, ask, error)


async def _held(ports: Ports, slug: str) -> list[str]:
    held = [f"{role_word(one.role)} ({one.issuer})" for one in await ports.store.grants() if one.team == slug]
    roles = ", ".join(held) or gettext("none")
    return [gettext("Roles of the team: %(roles)s.") % {"roles": roles}]


def _done(request: AnyRequest) -> str:
    done = request.query_params.get("done", "")
    return gettext(DONE[done]) if done in DONE else ""


def _check_act(act: str) -> None:
    if act not in DONE:
        raise NotFoundError("unknown_act", f"What can be done with a team is {', '.join(DONE)}.")
