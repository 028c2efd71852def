"""`exchange people|teams|roles|tokens …`: who has an account and may do what, from a terminal."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from exchange.cli.files import read_file
from exchange.cli.output import Reply, on_a_terminal, show, typed
from exchange.core.dates import format_date
from exchange.core.plain_text import one_line
from exchange.flows.people import erase as erase_flow
from exchange.flows.people import people as flow
from exchange.flows.people import pictures as picture_flow
from exchange.flows.people import roles as role_flow
from exchange.flows.people import teams as team_flow
from exchange.flows.people.records import Grant, Member, Person, Session, Token
from exchange.flows.ports import Ports
from exchange.flows.sign_in import sessions as session_flow
from exchange.flows.sign_in import tokens as token_flow
from exchange.flows.sign_in.sign_in import make_link
from exchange.settings import Settings

Lines = list[tuple[str, str]]
Action = Callable[[Ports, Namespace], Awaitable[Reply]]


async def people(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange people ACTION …`"""
    return await PEOPLE[args.action](ports, args)


async def teams(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange teams ACTION …`"""
    return await TEAMS[args.action](ports, args)


async def roles(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange roles ACTION …`"""
    return await ROLES[args.action](ports, args)


async def tokens(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange tokens ACTION …`"""
    return await TOKENS[args.action](ports, args)


# --- people -----------------------------------------------------------------------------------------------


async def _list(ports: Ports, args: Namespace) -> Reply:
    found, older = await flow.people(ports, args.before, args.search)
    lines: Lines = [(_mark(person), _said(person)) for person in found]
    if older:
        lines.append(("", f"… and older ones: exchange people list --before {older}"))
    empty = [("", "There is nobody yet: the first to open the link of `exchange serve` runs this exchange.")]
    return Reply({"people": [_plain(person) for person in found], "before": older}, lines or empty)


async def _show(ports: Ports, args: Namespace) -> Reply:
    view = await flow.view(ports, args.person)
    sessions = await session_flow.sessions(ports, view.person.id)
    tokens = await token_flow.tokens(ports, view.person.id)
    lines: Lines = [(_mark(view.person), _said(view.person)), ("", f"  id: {view.person.id}")]
    for one in view.addresses:
        what = "former" if one.former else "primary" if one.is_primary else "also"
        lines.append(("", f"  {one.address} ({what}{'' if one.verified_at else ', not verified'})"))
    lines += [("", f"  in {one.team}{' (lead)' if one.lead else ''}") for one in view.teams]
    lines += [("", f"  {role} at {issuer}") for issuer, role in sorted(view.roles.items())]
    lines += [("", f"  {_session_said(one)}") for one in sessions]
    lines += [("", f"  {_token_said(one)}") for one in tokens]
    value = {
        "person": _plain(view.person),
        "addresses": [_plain(one) for one in view.addresses],
        "teams": [_plain(one) for one in view.teams],
        "roles": view.roles,
        "sessions": [_plain(one) for one in sessions],
        "tokens": [_plain(one) for one in tokens],
    }
    return Reply(value, lines)


async def _add(ports: Ports, args: Namespace) -> Reply:
    person = await flow.add(ports, args.name, args.address, args.handle)
    return _about(
        "invited", person, f"  They sign in at {ports.base_url}/sign-in, by a mail to their address."
    )


async def _change(ports: Ports, args: Namespace) -> Reply:
    person = await flow.change(ports, args.person, name=args.name, handle=args.handle, language=args.language)
    return _about("changed", person)


async def _picture(ports: Ports, args: Namespace) -> Reply:
    if args.remove:
        return _about("without a picture", await picture_flow.remove(ports, args.person))
    person = await picture_flow.put(ports, args.person, read_file(args.file))
    return _about("with a picture", person)


async def _link(ports: Ports, args: Namespace) -> Reply:
    person = await flow.find(ports, args.person) if args.person else None
    link = await make_link(ports, person)
    return Reply(
        {"link": link}, [("", link), ("", "  It signs in once, within a day. Show it to nobody else.")]
    )


async def _suspend(ports: Ports, args: Namespace) -> Reply:
    return _about("suspended", await flow.suspend(ports, args.person))


async def _reinstate(ports: Ports, args: Namespace) -> Reply:
    return _about("reinstated", await flow.reinstate(ports, args.person))


async def _suspend_profile(ports: Ports, args: Namespace) -> Reply:
    person = await flow.suspend_profile(ports, args.person, args.reason)
    return _about(
        "profile suspended", person, "  What they said of others reads “suspended” until that ends."
    )


async def _reinstate_profile(ports: Ports, args: Namespace) -> Reply:
    return _about("profile reinstated", await flow.reinstate_profile(ports, args.person))


async def _operator(ports: Ports, args: Namespace) -> Reply:
    person = await flow.set_operator(ports, args.person, not args.off)
    return _about("operator" if person.operator else "no operator any more", person)


async def _erase(ports: Ports, args: Namespace) -> Reply:
    seen = await erase_flow.preview(ports, args.person)
    name = seen.person.name if seen.person else seen.word
    if args.confirm is None and not args.json and on_a_terminal():
        told = [
            f"{name}: {', '.join(seen.addresses) or 'no address'}; {len(seen.badges)} badges",
            "Everything on record about them goes, for good. Badges they hold stay valid, or revoked.",
        ]
        show(Reply({}, [("", line) for line in told]), as_json=False, colours=False)
        args.confirm = await asyncio.to_thread(typed, f"Type {seen.word} to erase them: ")
    done = await erase_flow.erase(ports, args.person, args.confirm or "")
    lines: Lines = [("", f"erased {done.account} and what was on record about {done.badges} badges")]
    clean = await ports.store.scrub()
    if not clean:
        said = "Its bytes are still in the database's files; the service takes them out within a minute."
        lines.append(("warning", said))
    value = {"account": done.account, "badges": done.badges, "clean": clean}
    return Reply(value, [*lines, ("", "Older backups still have them: exchange backup FILE --scrub")])


async def _sign_out(ports: Ports, args: Namespace) -> Reply:
    person = await flow.find(ports, args.person)
    count = await session_flow.end_all(ports, person.id)
    return Reply({"ended": count}, [("", f"ended {count} sessions of {person.name}")])


async def _forget_address(ports: Ports, args: Namespace) -> Reply:
    await flow.remove_address(ports, args.person, args.address)
    return Reply({"address": args.address}, [("", f"{args.address} lets nobody in any more")])


# --- teams ------------------------------------------------------------------------------------------------


async def _list_teams(ports: Ports, args: Namespace) -> Reply:
    lines: Lines = []
    value = []
    for team in await team_flow.teams(ports):
        members = await team_flow.members(ports, team.slug)
        lines.append(("", f"{team.slug}: {team.name}"))
        lines += [
            ("", f"  {await _called(ports, one.person)}{' (lead)' if one.lead else ''}") for one in members
        ]
        value.append({**_plain(team), "members": [_plain(one) for one in members]})
    return Reply({"teams": value}, lines or [("", "There are no teams yet: exchange teams add.")])


async def _add_team(ports: Ports, args: Namespace) -> Reply:
    team = await team_flow.add(ports, args.team, args.name)
    return Reply(_plain(team), [("", f"{team.slug} is {team.name}")])


async def _remove_team(ports: Ports, args: Namespace) -> Reply:
    team = await team_flow.remove(ports, args.team)
    return Reply(_plain(team), [("", f"removed {team.slug}, with the roles it held")])


async def _join(ports: Ports, args: Namespace) -> Reply:
    return await _membership(ports, "in", await team_flow.join(ports, args.team, args.person, lead=args.lead))


async def _leave(ports: Ports, args: Namespace) -> Reply:
    return await _membership(ports, "not in", await team_flow.leave(ports, args.team, args.person))


async def _membership(ports: Ports, what: str, member: Member) -> Reply:
    lead = ", as a lead" if member.lead else ""
    return Reply(
        _plain(member), [("", f"{await _called(ports, member.person)} is {what} {member.team}{lead}")]
    )


# --- roles ------------------------------------------------------------------------------------------------


async def _list_roles(ports: Ports, args: Namespace) -> Reply:
    found = await role_flow.roles(ports, args.issuer)
    lines: Lines = [("", f"{one.role} {await _holder(ports, one)}") for one in found]
    nobody = [
        ("", f"Nobody has a role at {args.issuer} yet: exchange roles grant {args.issuer} PERSON owner")
    ]
    return Reply({"roles": [_plain(one) for one in found]}, lines or nobody)


async def _grant(ports: Ports, args: Namespace) -> Reply:
    made = await role_flow.grant(ports, args.issuer, args.holder, args.role)
    return Reply(_plain(made), [("", f"{await _holder(ports, made)} is {made.role} at {made.issuer}")])


async def _withdraw(ports: Ports, args: Namespace) -> Reply:
    gone = await role_flow.withdraw(ports, args.issuer, args.holder)
    said = f"{await _holder(ports, gone)} is no longer {gone.role} at {gone.issuer}"
    return Reply(_plain(gone), [("", said)])


# --- tokens -----------------------------------------------------------------------------------------------


async def _list_tokens(ports: Ports, args: Namespace) -> Reply:
    person = (await flow.find(ports, args.person)).id if args.person else None
    found = await token_flow.tokens(ports, person)
    lines: Lines = [("", f"{_token_said(one)} of {await _called(ports, one.person)}") for one in found]
    return Reply({"tokens": [_plain(one) for one in found]}, lines or [("", "There are no tokens.")])


async def _add_token(ports: Ports, args: Namespace) -> Reply:
    person = await flow.find(ports, args.person)
    token, secret = await token_flow.add(ports, person.id, args.name, args.scope, args.days or None)
    lines: Lines = [("", secret), ("", f"  {_token_said(token)}. It is shown this once.")]
    return Reply({"token": _plain(token), "secret": secret}, lines)


async def _remove_token(ports: Ports, args: Namespace) -> Reply:
    token = await token_flow.remove(ports, args.id)
    return Reply({"token": _plain(token)}, [("", f"removed {_token_said(token)}")])


PEOPLE: dict[str, Action] = {
    "list": _list,
    "show": _show,
    "add": _add,
    "change": _change,
    "picture": _picture,
    "link": _link,
    "suspend": _suspend,
    "reinstate": _reinstate,
    "suspend-profile": _suspend_profile,
    "reinstate-profile": _reinstate_profile,
    "operator": _operator,
    "erase": _erase,
    "sign-out": _sign_out,
    "forget-address": _forget_address,
}
TEAMS: dict[str, Action] = {
    "list": _list_teams,
    "add": _add_team,
    "remove": _remove_team,
    "join": _join,
    "leave": _leave,
}
ROLES: dict[str, Action] = {"list": _list_roles, "grant": _grant, "withdraw": _withdraw}
TOKENS: dict[str, Action] = {"list": _list_tokens, "add": _add_token, "remove": _remove_token}


def _about(what: str, person: Person, more: str = "") -> Reply:
    return Reply(_plain(person), [("", f"{what}: {_said(person)}"), *([("", more)] if more else [])])


def _mark(person: Person) -> str:
    return "error" if person.state != "active" else "warning" if person.halted else "ok"


def _said(person: Person) -> str:
    told = [person.handle or "", "operator" if person.operator else "", person.state]
    told += [f"profile suspended: {one_line(person.halted)}"] if person.halted else []
    return f"{person.name} ({', '.join(filter(None, told))})"


def _session_said(one: Session) -> str:
    where = ", ".join(filter(None, (one.method, one.agent, one.network)))
    return f"session {one.hash[:12]} by {where}, seen {format_date(one.seen_at)}"


def _token_said(one: Token) -> str:
    used = format_date(one.last_used_at) if one.last_used_at else "never"
    until = f"until {format_date(one.expires_at)}" if one.expires_at else "for good"
    return f"token {one.id} “{one.name}” ({', '.join(one.scopes)}), {until}, last used {used}"


async def _called(ports: Ports, id: str) -> str:
    person = await ports.store.person(id)
    return (person.handle or person.name) if person else id


async def _holder(ports: Ports, grant: Grant) -> str:
    return f"team/{grant.team}" if grant.team else await _called(ports, grant.person)


def _plain(row: Any) -> dict[str, Any]:
    """A row as JSON has it; of a session's hash as much as names it."""
    told = {
        name: format_date(value) if isinstance(value, datetime) else value
        for name, value in asdict(row).items()
        if name != "hash"
    }
    return told | ({"id": row.hash[:12]} if isinstance(row, Session) else {})
