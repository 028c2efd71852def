"""Who may do what at an issuer, as a page: roles are granted and withdrawn, each after a step that asks."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core.plain_text import as_named
from exchange.edge.badges.cards import read_identity
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.kinds import ROLES as ROLE_NAMES
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.errors import (
    ConflictError,
    ExchangeError,
    ForbiddenError,
    InputError,
    NotFoundError,
    UnavailableError,
)
from exchange.flows.issuers.issuers import issuer
from exchange.flows.people import roles as flow
from exchange.flows.people.people import find
from exchange.flows.people.records import ROLES
from exchange.flows.people.rights import check, may
from exchange.flows.people.teams import find_team
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop, ngettext

ROLE_WORDS = {
    "viewer": (ROLE_NAMES["viewer"], gettext_noop("sees whom its badges were awarded to.")),
    "issuer": (ROLE_NAMES["issuer"], gettext_noop("awards its badges and takes them back.")),
    "editor": (ROLE_NAMES["editor"], gettext_noop("changes its badges, and does what an issuer does.")),
    "owner": (ROLE_NAMES["owner"], gettext_noop("changes its keys and says who has which role.")),
}
DONE = {"grant": gettext_noop("Granted"), "withdraw": gettext_noop("Withdrawn")}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds or is to hold a role: `key` as the flows take it, `count` of people behind a team."""

    key: str
    name: str
    place: str
    count: int | None = None


def build_members(site: Site) -> Router:
    """The pages; the flows refuse who has no role there."""
    return guarded(site, [members_page, role_page, role_form])


@reads("/issuers/{slug:str}/members")
async def members_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, slug: FromPath[str]
) -> Response[bytes]:
    """Everybody with a role, the strongest first; for owners the form that gives one."""
    await issuer(ports, slug)
    check(ports, "read", slug)
    return await _members(request, site, ports, slug)


@reads("/issuers/{slug:str}/members/{act:str}")
async def role_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, slug: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """What will change: `?holder=` and, to grant, `?role=`. Who cannot be found is said on the list."""
    query = request.query_params
    return await _ask(request, site, ports, slug, act, query.get("holder", ""), query.get("role", ""))


@post("/issuers/{slug:str}/members/{act:str}", status_code=303, request_max_body_size=10_000)
async def role_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, slug: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Grant or withdraw."""
    _check_act(act)
    holder = role = ""
    try:
        fields, _ = await read_form(request)
        holder, role = fields.get("holder", ""), fields.get("role", "")
        if act == "grant":
            await flow.grant(ports, slug, holder, role)
        else:
            await flow.withdraw(ports, slug, holder)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _ask(request, site, ports, slug, act, holder, role, error)
    if not may(ports.who, "read", slug):
        return see_other("/desk")
    return see_other(f"/issuers/{slug}/members?done={act}")


async def _members(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    error: ExchangeError | None = None,
    holder: str = "",
    role: str = "",
) -> Response[bytes]:
    row = await issuer(ports, slug)
    grants = sorted(await flow.roles(ports, slug), key=lambda one: -ROLES.index(one.role))
    done = request.query_params.get("done", "")
    return await own_page(
        request,
        site,
        "members.html",
        error,
        slug=slug,
        name=read_identity(row.profile).name,
        rows=[
            (await _holder(ports, f"team/{one.team}" if one.team else one.person), one.role) for one in grants
        ],
        words={name: gettext(said) for name, (said, _) in ROLE_WORDS.items()},
        options=[(name, gettext(said), gettext(does)) for name, (said, does) in ROLE_WORDS.items()],
        grants=may(ports.who, "grant", slug),
        operates=may(ports.who, "people"),
        holder=holder,
        role=role or "issuer",
        done=gettext(DONE[done]) if done in DONE else "",
    )


async def _ask(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    act: str,
    holder: str,
    role: str,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    _check_act(act)
    row = await issuer(ports, slug)
    check(ports, "grant", slug)
    try:
        one = await _holder(ports, holder)
        if act == "grant" and role not in ROLES:
            raise InputError("unknown_role", f"A role is one of {', '.join(reversed(ROLES))}.", "role")
        known = await flow.held(ports, slug, one.key)
        if act == "withdraw" and known is None:
            raise ConflictError("not_granted", f"{one.name} has no role of their own at {slug}.")
    except (InputError, NotFoundError, ConflictError, ForbiddenError) as fault:
        return await _members(request, site, ports, slug, error or fault, holder, role)
    about = {"who": one.name, "place": read_identity(row.profile).name}
    told = role if act == "grant" or known is None else known.role
    about["role"] = gettext(ROLE_WORDS[told][0])
    if act == "grant":
        title = gettext("Make %(who)s %(role)s at %(place)s?") % about
        effects = [f"{about['role']}: {gettext(ROLE_WORDS[told][1])}"]
        if known is not None:
            before = {"role": gettext(ROLE_WORDS[known.role][0])}
            effects.append(gettext("This replaces the role they have there now: %(role)s.") % before)
    else:
        title = gettext("Withdraw the role %(role)s at %(place)s from %(who)s?") % about
        effects = [gettext("What they awarded stays valid. A role that a team of theirs holds stays theirs.")]
    if one.count is not None:
        said = ngettext(
            "It holds for the %(num)s person in the team, and for who joins later.",
            "It holds for the %(num)s people in the team, and for who joins later.",
            one.count,
        )
        effects.append(said % {"num": one.count})
    effects.append(gettext("The log of this exchange keeps it, by an id that names nobody."))
    ask = Ask(
        title=title,
        effects=effects,
        does=gettext("Grant") if act == "grant" else gettext("Withdraw"),
        place=f"/issuers/{slug}/members/{act}",
        over=(about["place"], f"/issuers/{slug}/members"),
        fields={"holder": one.key, "role": role},
    )
    return await ask_page(request, site, ask, error)


async def _holder(ports: Ports, name: str) -> Holder:
    if name.startswith(flow.TEAM):
        team = await find_team(ports, name.removeprefix(flow.TEAM))
        count = len(await ports.store.members(team.slug))
        return Holder(f"{flow.TEAM}{team.slug}", team.name, f"/teams/{team.slug}", count)
    person = await find(ports, name)
    return Holder(person.id, as_named(person.name), f"/operator/people/{person.id}")


def _check_act(act: str) -> None:
    if act not in DONE:
        raise NotFoundError("unknown_act", f"What can be done with a role is {', '.join(DONE)}.")
