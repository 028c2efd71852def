"""The operator's pages about people: find, invite, suspend, reinstate, sign out, make another operator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.core.plain_text import as_named
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import operating, read_only
from exchange.edge.issuers import signing
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.people import people as flow
from exchange.flows.people import teams
from exchange.flows.people.records import Person
from exchange.flows.people.rights import check, check_confirmed
from exchange.flows.ports import Ports
from exchange.flows.sign_in import sessions
from exchange.languages import gettext, gettext_noop

FIELDS = ("name", "address", "handle")
DONE = {
    "add": gettext_noop("Invited"),
    "suspend": gettext_noop("Account suspended"),
    "suspend-profile": gettext_noop("Profile suspended"),
    "reinstate-profile": gettext_noop("Profile reinstated"),
    "reinstate": gettext_noop("Account reinstated"),
    "sign-out": gettext_noop("Signed out everywhere"),
    "promote": gettext_noop("Operator from now on"),
    "demote": gettext_noop("No operator any more"),
}
"""What the page says after an act; `?done=` names the act, and nothing else of a query is ever shown."""


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done to an account: by which flow, and in which words it is asked for."""

    do: Callable[[Ports, str, str], Awaitable[object]]
    title: str
    effects: tuple[str, ...]
    does: str
    reason: bool = False
    confirmed: bool = False


async def _suspend(ports: Ports, id: str, reason: str) -> object:
    return await flow.suspend(ports, id)


async def _reinstate(ports: Ports, id: str, reason: str) -> object:
    return await flow.reinstate(ports, id)


async def _reinstate_profile(ports: Ports, id: str, reason: str) -> object:
    return await flow.reinstate_profile(ports, id)


async def _sign_out(ports: Ports, id: str, reason: str) -> object:
    return await sessions.end_all(ports, id)


async def _promote(ports: Ports, id: str, reason: str) -> object:
    return await flow.set_operator(ports, id, True)


async def _demote(ports: Ports, id: str, reason: str) -> object:
    return await flow.set_operator(ports, id, False)


ACTS = {
    "suspend": Act(
        _suspend,
        gettext_noop("Suspend %(name)s?"),
        (
            gettext_noop("They are signed out everywhere and cannot sign in; their tokens do nothing."),
            gettext_noop(
                "What they awarded and what they earned stays valid. You can reinstate them at any time."
            ),
            gettext_noop("What they said of others reads “suspended” until then, and does not count."),
        ),
        gettext_noop("Suspend account"),
    ),
    "reinstate": Act(
        _reinstate,
        gettext_noop("Reinstate %(name)s?"),
        (gettext_noop("They can sign in again, with the roles and teams they had; their tokens work."),),
        gettext_noop("Reinstate account"),
    ),
    "suspend-profile": Act(
        flow.suspend_profile,
        gettext_noop("Suspend the profile of %(name)s?"),
        (
            gettext_noop("Every endorsement and vouch of theirs reads “suspended”, and does not count."),
            gettext_noop("They cannot ask, endorse or vouch. They keep their account and their badges."),
            gettext_noop("They are told by mail, with your reason. You can end it at any time."),
        ),
        gettext_noop("Suspend profile"),
        reason=True,
        confirmed=True,
    ),
    "reinstate-profile": Act(
        _reinstate_profile,
        gettext_noop("Reinstate the profile of %(name)s?"),
        (
            gettext_noop("What they said of others reads as before, and they can ask, endorse and vouch."),
            gettext_noop("They are told by mail."),
        ),
        gettext_noop("Reinstate profile"),
        confirmed=True,
    ),
    "sign-out": Act(
        _sign_out,
        gettext_noop("Sign %(name)s out everywhere?"),
        (
            gettext_noop("Every session of theirs ends at once, in every browser. They can sign in again."),
            gettext_noop("Tokens of theirs go on working; to stop those too, suspend the account."),
        ),
        gettext_noop("Sign out everywhere"),
    ),
    "promote": Act(
        _promote,
        gettext_noop("Make %(name)s an operator?"),
        (
            gettext_noop(
                "An operator can invite and suspend everybody, give anybody any role, and stop signing."
            ),
            gettext_noop("They can take the same from you."),
        ),
        gettext_noop("Make operator"),
    ),
    "demote": Act(
        _demote,
        gettext_noop("Remove %(name)s as an operator?"),
        (gettext_noop("They cannot open these pages any more. Roles that they have at issuers stay."),),
        gettext_noop("Take away"),
    ),
}


def build_operator(site: Site) -> Router:
    """What an operator sees and does; the flows refuse everybody else."""
    return guarded(
        site,
        [
            people_page,
            invite_form,
            person_page,
            act_page,
            act_form,
            signing.issuers_page,
            signing.signing_page,
            signing.signing_form,
            operating.health_page,
            operating.retry_form,
        ],
    )


@reads("/operator")
async def people_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Everybody, newest first, or whom `?q=` finds; `?before=` an id shows older ones."""
    return await _people(request, site, ports)


@post("/operator", status_code=303, request_max_body_size=10_000)
async def invite_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Invite somebody; a mistake comes back beside its field, with all that was typed."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        name, address, handle = (fields.get(one, "") for one in FIELDS)
        person = await flow.add(ports, name, address, handle or None)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _people(request, site, ports, fields, error)
    return see_other(f"/operator/people/{person.id}?done=add")


@reads("/operator/people/{id:str}")
async def person_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, id: FromPath[str]
) -> Response[bytes]:
    """One account: addresses, teams, roles, where they are signed in, and what can be done."""
    check(ports, "people")
    view = await flow.view(ports, id)
    names = {team.slug: team.name for team in await teams.teams(ports)}
    done = request.query_params.get("done", "")
    return await own_page(
        request,
        site,
        "person.html",
        view=view,
        sessions=await sessions.sessions(ports, view.person.id),
        teams=[(one.team, names.get(one.team, one.team), one.lead) for one in view.teams],
        acts=[(name, gettext(ACTS[name].does)) for name in _acts(ports, view.person)],
        done=gettext(DONE[done]) if done in DONE else "",
    )


@reads("/operator/people/{id:str}/{act:str}")
async def act_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, id: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """What will happen: the step before an account is changed."""
    return await _ask(request, site, ports, id, act)


@post("/operator/people/{id:str}/{act:str}", status_code=303, request_max_body_size=10_000)
async def act_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, id: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """Do it."""
    reason = ""
    try:
        what = _act_named(act)
        reason = (await read_form(request))[0].get("reason", "") if what.reason else ""
        await what.do(ports, id, reason)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _ask(request, site, ports, id, act, error, reason)
    return see_other(f"/operator/people/{id}?done={act}")


async def _people(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    query = request.query_params
    search = query.get("q", "").strip()[:300]
    found, older = await flow.people(ports, query.get("before"), search)
    return await own_page(
        request,
        site,
        "operator.html",
        error,
        people=found,
        older=older,
        paged="before" in query,
        search=search,
        fields={name: (fields or {}).get(name, "") for name in FIELDS},
    )


async def _ask(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    id: str,
    act: str,
    error: ExchangeError | None = None,
    reason: str = "",
) -> Response[bytes]:
    check(ports, "people")
    what, person = _act_named(act), await flow.find(ports, id)
    if what.confirmed:
        check_confirmed(ports)
    place = f"/operator/people/{person.id}"
    ask = Ask(
        title=gettext(what.title) % {"name": as_named(person.name)},
        effects=[gettext(effect) for effect in what.effects],
        does=gettext(what.does),
        place=f"{place}/{act}",
        over=(as_named(person.name), place),
        reason=reason[:1000] if what.reason else None,
    )
    return await ask_page(request, site, ask, error)


def _act_named(name: str) -> Act:
    if name not in ACTS:
        raise NotFoundError("unknown_act", f"What can be done to an account is {', '.join(ACTS)}.")
    return ACTS[name]


def _acts(ports: Ports, person: Person) -> list[str]:
    """What is offered: what would be refused anyhow is not."""
    own = person.id == ports.who.person
    profile = [] if own else ["reinstate-profile" if person.halted else "suspend-profile"]
    if person.state == "suspended":
        return ["reinstate", *profile]
    return ["sign-out", "demote" if person.operator else "promote", *profile, *([] if own else ["suspend"])]
