"""`exchange vouches …`: what people give in their own name, from a terminal.

Who has the machine may record somebody's vouch for them, as where a browser cannot sign: with the key that
the exchange keeps for that person, so that its credential, its page and every verdict say "recorded by the
exchange". Whoever it is recorded for hears of it at each of their addresses. Nobody's own key can be used
from here: only their browser has that.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import Any

from exchange.cli.output import Reply
from exchange.core import urls
from exchange.core.dates import format_date
from exchange.errors import NotFoundError
from exchange.flows.people.people import find
from exchange.flows.people.records import Principal
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import check_active
from exchange.flows.vouches import give, listed, show, withdraw, write
from exchange.flows.vouches.offers import offers
from exchange.flows.vouches.records import Vouch
from exchange.settings import Settings

Lines = list[tuple[str, str]]
MARKS = {"active": "ok", "withdrawn": "error", "superseded": "warning", "expired": "warning"}
KINDS = {"peer": "a peer's vouch", "sponsor": "a sponsor's vouch", "thanks": "thanks"}


async def vouches(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange vouches offers|list|view|give|withdraw|show|hide …`"""
    if args.action == "offers":
        return await _offers(ports)
    if args.action == "list":
        return await _list(await acting_as(ports, args.person))
    if args.action == "view":
        return await _view(ports, args.vouch)
    acting = await acting_as(ports, args.who)
    if args.action == "give":
        return await _give(acting, args)
    key = urls.badge_key(ports.bases, args.vouch) or args.vouch
    flow = {"withdraw": withdraw.withdraw, "show": show.show, "hide": show.hide}[args.action]
    done = {"withdraw": "withdrawn", "show": "displayed", "hide": "not displayed"}[args.action]
    return _done(ports, done, await flow(acting, key))


async def acting_as(ports: Ports, name: str) -> Ports:
    """The same world, in the name of somebody with an account here. NotFoundError("unknown_person"),
    ForbiddenError("account_suspended")."""
    person = check_active(await find(ports, name))
    return replace(ports, who=Principal(person.id, "shell", person.name, language=person.language))


async def _offers(ports: Ports) -> Reply:
    found = await offers(ports)
    lines: Lines = [("", f"{one.key}  {one.name} ({KINDS[one.offer.kind]})") for one in found]
    empty: Lines = [("", "No catalogue has any: `exchange issuers sync` brings the shipped ones.")]
    value = [{"offer": one.key, "name": one.name, "kind": one.offer.kind} for one in found]
    return Reply({"offers": value}, lines or empty)


async def _list(ports: Ports) -> Reply:
    mine = await listed.mine(ports)
    lines: Lines = [("", f"{mine.in_use} of {mine.budget} in use")]
    lines += [(MARKS[one.state], _said(ports, one, f"to {one.holder}")) for one in mine.given]
    lines += [(MARKS[one.state], _said(ports, one, f"by {one.giver}")) for one in mine.received]
    value = {
        "inUse": mine.in_use,
        "budget": mine.budget,
        "given": [_plain(ports, one) for one in mine.given],
        "received": [_plain(ports, one) for one in mine.received],
    }
    return Reply(value, lines)


async def _view(ports: Ports, name: str) -> Reply:
    view = await listed.of_badge(ports, urls.badge_key(ports.bases, name) or name)
    if view is None:
        raise NotFoundError("no_vouch", "This badge was awarded by an issuer; it is no vouch.")
    line = view.line
    lines: Lines = [(MARKS[line.state], _said(ports, line, f"by {line.giver}"))]
    if not line.own_key:
        lines.append(("warning", "  recorded by the exchange, with a key that it keeps for them"))
    if line.vouch.kind != "thanks":
        lines.append(("", f"  vouches that they have out: {view.in_use} of {view.budget} in use"))
    return Reply({**_plain(ports, line), "inUse": view.in_use, "budget": view.budget}, lines)


async def _give(ports: Ports, args: Namespace) -> Reply:
    order = write.Order(args.to, args.offer, args.relationship, args.words, tuple(args.evidence), args.days)
    draft = await write.write(ports, order)
    return _done(ports, "recorded", await give.give(ports, draft.id))


def _said(ports: Ports, one: listed.Line, who: str) -> str:
    until = f"until {one.vouch.until:%Y-%m-%d}" if one.state == "active" else one.state
    hidden = "" if one.vouch.shown == "shown" else ", not displayed"
    kind = KINDS[one.vouch.kind]
    return f"{one.name}, {kind} {who}, {until}{hidden}: {urls.badge(ports.base_url, one.vouch.id)}"


def _plain(ports: Ports, one: listed.Line) -> dict[str, Any]:
    return {
        "id": urls.badge(ports.base_url, one.vouch.id),
        "name": one.name,
        "kind": one.vouch.kind,
        "families": list(one.said.families),
        "giver": one.giver,
        "signedBy": "giver" if one.own_key else "exchange",
        "relationship": one.said.relationship,
        "state": one.state,
        "displayed": one.vouch.shown == "shown",
        "until": format_date(one.vouch.until),
    }


def _done(ports: Ports, what: str, one: Vouch) -> Reply:
    url = urls.badge(ports.base_url, one.id)
    value = {"id": url, "state": one.state, "displayed": one.shown == "shown"}
    return Reply(value, [("", f"{what} {url}")])
