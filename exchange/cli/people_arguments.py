"""What can be typed after `exchange people`, `teams`, `roles` and `tokens`; a part of `arguments.py`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from exchange.flows.people.records import SCOPES

PERSON: dict[str, Any] = {"metavar": "PERSON", "help": "a handle, an e-mail address, or an id"}
TEAM: dict[str, Any] = {"metavar": "TEAM", "help": "as it is typed: data-guild"}
ISSUER: dict[str, Any] = {"metavar": "ISSUER", "help": "as in issuers/ISSUER"}


def adder(parser: argparse.ArgumentParser) -> Callable[..., argparse.ArgumentParser]:
    """Adds actions; each has --json, and takes the positional arguments it is given."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, summary: str, **positional: dict[str, Any]) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        for argument, described in positional.items():
            action.add_argument(argument, **described)
        action.add_argument("--json", action="store_true", help="answer in JSON")
        return action

    return add


def people(people: argparse.ArgumentParser) -> None:
    """`exchange people …`"""
    add = adder(people)
    address: dict[str, Any] = {"metavar": "ADDRESS", "help": "an e-mail address"}
    listed = add("list", "Show everybody, newest first.")
    listed.add_argument("--before", metavar="ID", help="go on after this person")
    listed.add_argument("--search", metavar="TEXT", default="", help="in the name, the handle or an address")
    add("show", "Show one person: addresses, teams, roles, sessions, tokens.", person=PERSON)
    invite = add("add", "Invite somebody: they sign in by mail to that address.", address=address)
    invite.add_argument("--name", required=True, metavar="TEXT")
    invite.add_argument("--handle", metavar="HANDLE")
    change = add("change", "Change what somebody is called.", person=PERSON)
    change.add_argument("--name", metavar="TEXT")
    change.add_argument("--handle", metavar="HANDLE", help='"" for none')
    change.add_argument("--language", metavar="TAG", help='en, de-CH …; "" for what their browser asks for')
    picture = add("picture", "Give somebody a picture, or take it away.", person=PERSON)
    given = picture.add_mutually_exclusive_group(required=True)
    given.add_argument("file", nargs="?", metavar="FILE", help="a PNG, JPEG or WebP; it is drawn anew")
    given.add_argument("--remove", action="store_true", help="show the first letters of their name instead")
    link = add("link", "Print a link that signs somebody in once, should mail or passkeys be lost.")
    link.add_argument("person", nargs="?", **{**PERSON, "help": "default: the first operator"})
    add("suspend", "Let somebody in no more, and end their sessions.", person=PERSON)
    add("reinstate", "Let them in again.", person=PERSON)
    add(
        "suspend-profile", 'Let what somebody said of others read "suspended", and not count.', person=PERSON
    ).add_argument("--reason", required=True, metavar="TEXT", help="they are told; it stands in the log")
    add("reinstate-profile", "Let it read as before.", person=PERSON)
    operator = add("operator", "Make somebody an operator of this exchange.", person=PERSON)
    operator.add_argument("--off", action="store_true", help="no longer")
    erase = add("erase", "Erase somebody and what is on record about them, for good.", person=PERSON)
    erase.add_argument(
        "--confirm", metavar="WORD", help="what a terminal would ask for: their address, handle or name"
    )
    add("sign-out", "End every session of somebody.", person=PERSON)
    add("forget-address", "Let nobody in by an address any more.", person=PERSON, address=address)


def teams(teams: argparse.ArgumentParser) -> None:
    """`exchange teams …`"""
    add = adder(teams)
    add("list", "Show every team and who is in it.")
    add("add", "Create a team, or rename it.", team=TEAM).add_argument(
        "--name", required=True, metavar="TEXT"
    )
    add("remove", "Take a team away, with the roles it held.", team=TEAM)
    join = add("join", "Add somebody to a team.", team=TEAM, person=PERSON)
    join.add_argument("--lead", action="store_true", help="who says who else is in it")
    add("leave", "Let somebody go.", team=TEAM, person=PERSON)


def roles(roles: argparse.ArgumentParser) -> None:
    """`exchange roles …`"""
    add = adder(roles)
    holder: dict[str, Any] = {**PERSON, "metavar": "PERSON|team/TEAM"}
    role: dict[str, Any] = {"metavar": "ROLE", "help": "owner, editor, issuer or viewer"}
    add("list", "Show who may do what at an issuer.", issuer=ISSUER)
    add("grant", "Give a role, instead of the one they held.", issuer=ISSUER, holder=holder, role=role)
    add("withdraw", "Take their role away.", issuer=ISSUER, holder=holder)


def tokens(tokens: argparse.ArgumentParser) -> None:
    """`exchange tokens …`"""
    add = adder(tokens)
    add("list", "Show every token and when it was last used.").add_argument("person", nargs="?", **PERSON)
    made = add("add", "Create a token for somebody; it is shown this once.", person=PERSON)
    made.add_argument("--name", required=True, metavar="TEXT", help="what it is for")
    made.add_argument(
        "--scope",
        action="append",
        required=True,
        metavar="SCOPE",
        help=f"{', '.join(SCOPES[:-1])} or {SCOPES[-1]}; may be repeated",
    )
    made.add_argument("--days", type=int, default=90, metavar="N", help="how long it lasts; 0: until removed")
    add("remove", "Take a token away.", id={"metavar": "ID", "help": "as `tokens list` shows it"})
