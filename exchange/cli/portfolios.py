"""`exchange portfolios …`: what somebody shows, and to whom, from a terminal. Who has the machine acts for
anybody, so who it is about is said."""

from __future__ import annotations

import asyncio
import dataclasses
from argparse import Namespace
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from exchange.cli.files import write_new
from exchange.cli.output import Reply
from exchange.core import strict_json, urls
from exchange.core.dates import format_date
from exchange.core.portfolio.framing import Origins
from exchange.core.portfolio.portfolio import Portfolio
from exchange.core.portfolio.skills import by_skill, skills_json
from exchange.core.portfolio.timeline import timeline as timeline_of
from exchange.core.portfolio.timeline import timeline_json
from exchange.core.svg_card import svg_card
from exchange.edge.portfolios.drawn import share_card, svg_card_of
from exchange.edge.portfolios.markdown import markdown
from exchange.edge.portfolios.paper import paper
from exchange.edge.portfolios.read import Read
from exchange.edge.portfolios.read_views import read_skills, read_timeline, who
from exchange.edge.portfolios.talking_points import talking_points_markdown
from exchange.edge.portfolios.talking_points import told as talking_points_told
from exchange.edge.portfolios.words import whole
from exchange.errors import InputError
from exchange.flows.people.people import find as find_person
from exchange.flows.portfolios import choices as choosing
from exchange.flows.portfolios import edit as editing
from exchange.flows.portfolios import frame as framing
from exchange.flows.portfolios import make as making
from exchange.flows.portfolios import mine, told
from exchange.flows.portfolios import publish as publishing
from exchange.flows.portfolios import record as recording
from exchange.flows.portfolios import remove as removing
from exchange.flows.portfolios import share as sharing
from exchange.flows.portfolios.look import look, needed_by, role_families
from exchange.flows.portfolios.mine import Mine
from exchange.flows.portfolios.portrait import portrait_in
from exchange.flows.portfolios.present import present, take
from exchange.flows.portfolios.records import Link
from exchange.flows.portfolios.show import show as show_flow
from exchange.flows.ports import Ports
from exchange.settings import Settings

Lines = list[tuple[str, str]]


async def portfolios(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange portfolios ACTION …`"""
    return await ACTIONS[args.action](ports, args)


async def listed(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios list PERSON`"""
    person = await find_person(ports, args.person)
    found = await mine.portfolios(ports, person.id)
    lines = [("", _said(one, ports)) for one in found]
    value = {"portfolios": [told.mine(ports, one) for one in found]}
    return Reply(value, lines or [("", f"{person.name} has no portfolio.")])


async def show(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios show ID`: with how each item stands now, its links, and what could be put in."""
    found = await mine.one(ports, args.id)
    said = found.kept.portfolio
    person = await ports.store.person(found.kept.person)
    everything = tuple(replace(item, hidden=False) for item in said.items)
    whole = dataclasses.replace(found.kept, portfolio=replace(said, items=everything))
    shown, _ = await show_flow(ports, whole, person.name if person else "")
    states = {item.key: item for item in shown.items}
    lines: Lines = [("", _said(found, ports))]
    lines += [("", f"  · {point}") for point in said.points]
    for item in said.items:
        state = states.get(item.key)
        how = "not shown" if state is None else state.state
        mark = "ok" if how == "valid" else "warning"
        hidden = " (hidden)" if item.hidden else ""
        name = (state.name or state.issuer) if state else item.id
        lines.append((mark, f"  {item.key}  {item.kind}  {name}: {how}{hidden}"))
    lines += [("", f"  {_link_said(ports, link)}") for link in found.links]
    inside = {(item.kind, item.id) for item in said.items}
    left = [
        one for one in await choosing.choices(ports, found.kept.person) if (one.kind, one.id) not in inside
    ]
    lines += [("", f"  could be put in: {one.kind}/{one.id}  {one.name or one.by}") for one in left]
    value = told.mine(ports, found)
    return Reply({**value, "choices": [told.choice(one) for one in left]}, lines)


async def make(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios make PERSON --headline …`"""
    person = await find_person(ports, args.person)
    kept = await making.make(ports, person.id, args.headline, args.template)
    return Reply(told.portfolio(ports, kept), [("ok", f"made, and seen by nobody yet: {kept.id}")])


async def edit(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios edit ID …`"""
    kept = await mine.find(ports, args.id)
    said = _changed(ports, kept.portfolio, args)
    kept = await editing.edit(ports, args.id, said, args.revision or kept.revision)
    return Reply(told.portfolio(ports, kept), [("ok", f"revision {kept.revision} of {kept.id}")])


def _changed(ports: Ports, said: Portfolio, args: Namespace) -> Portfolio:
    for act in ("in", "out", "hide", "unhide", "up", "down"):
        for what in getattr(args, f"item_{act}"):
            said = editing.changed(said, act, what, ports.new_id)
    if args.headline is not None:
        said = replace(said, headline=args.headline)
    if args.point is not None:
        said = replace(said, points=tuple(args.point))
    if args.grouping is not None:
        said = replace(said, grouping=args.grouping)
    if args.portrait is not None:
        said = replace(said, portrait=args.portrait == "on")
    return said


async def share(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios share ID --label …`"""
    until = ports.now() + timedelta(days=args.days) if args.days else None
    wish = sharing.Wish(args.label, args.item, until, args.receipt, _sites(args))
    link, url = await sharing.share(ports, args.id, wish)
    value = {**told.link(ports, link), "url": url}
    return Reply(value, [("ok", f"shown this once: {url}"), ("", f"  {_link_said(ports, link)}")])


async def off(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios off ID LINK`"""
    link = await sharing.off(ports, args.id, args.link)
    return Reply(told.link(ports, link), [("ok", f"{link.label} sees nothing any more")])


async def frame(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios frame ID LINK`: which sites may show it in a frame; none unless said."""
    link = await framing.frame(ports, args.id, args.link, _sites(args))
    return Reply(told.link(ports, link), [("ok", f"{link.label}: {_framed(link.origins)}")])


async def publish(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios publish ID`"""
    sites = None if not args.no_frames and not args.site else _sites(args)
    one = await publishing.publish(ports, args.id, publishing.Publish(args.slug, args.search, sites))
    value = told.publication(ports, one)
    search = "search engines may list it" if one.search else "search engines are asked to leave it out"
    return Reply(value, [("ok", f"everybody sees it: {value['url']}"), ("", f"  {search}")])


async def unpublish(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios unpublish ID`"""
    kept = await publishing.unpublish(ports, args.id)
    return Reply({"id": kept.id}, [("ok", "public no more; its links stay as they are")])


async def export(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios export LINK --form … --out FILE`: as its reader has it, now."""
    secret = urls.shared_key(ports.bases, args.address.rstrip("/"))
    shown, presentation = await present(ports, secret)
    body: bytes
    if args.form == "markdown":
        body = markdown(shown, ports.base_url, ports.now()).encode()
    elif args.form == "pdf":
        portrait = await portrait_in(ports, shown)
        sheet = paper(shown, presentation, ports.base_url, ports.now(), portrait)
        body = await asyncio.to_thread(ports.draw.paper, sheet)
    elif args.form == "svg":
        body = svg_card(await svg_card_of(ports, shown, kept=True))
    elif args.form == "png":
        body = await asyncio.to_thread(ports.draw.card, await share_card(ports, shown))
    elif args.form in ("clr", "signed"):
        body = await take(ports, secret, "record" if args.form == "clr" else "presentation")
    else:
        body = strict_json.dump(presentation)
    try:
        write_new({Path(args.out): body})
    except OSError as error:
        said = f"{args.out} cannot be written: {error.strerror}. Nothing that is there is replaced."
        raise InputError("out_unwritable", said, "--out") from None
    lines: Lines = [("ok", f"{args.out}: {len(body)} bytes"), ("", whole(shown).line)]
    return Reply({"file": args.out, "bytes": len(body), "revision": shown.revision}, lines)


async def record(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios record ID LINK`: as one CLR 2.0 record, which `export --form clr` then writes."""
    made = await recording.record(ports, args.id, args.link)
    until = format_date(made.until)
    return Reply(told.copy(made), [("ok", f"signed: a record of what that link shows, until {until}")])


async def skills(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios skills ID [--role FAMILY]`: with what is missing in what is shown."""
    _, shown = await look(ports, args.id)
    families = await role_families(ports)
    found = by_skill(shown, needed_by(families, args.role or ""))
    read = read_skills(found, shown)
    lines: Lines = []
    for one in read.skills:
        lines.append(("", f"{one.skill.name}{' (asked for by the role)' if one.needed else ''}"))
        lines += [(_mark(proof), f"  {_item_said(proof)}") for proof in one.proofs]
        lines += [("ok", f"  endorsed by {who(voice)}. {voice.signed}") for voice, _ in one.voices]
        lines += [("", f"  evidence: {proof.name or proof.url or proof.narrative}") for proof in one.evidence]
        lines += [("warning", f"  {gap}") for gap in one.gaps]
    if read.without:
        lines.append(("", "Without a skill"))
        lines += [(_mark(one), f"  {_item_said(one)}") for one, _ in read.without]
    value = {**skills_json(found, gaps=True), "roles": list(families)}
    return Reply(value, lines or [("", "No skill is named in it.")])


async def timeline(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios timeline ID`"""
    _, shown = await look(ports, args.id)
    found = timeline_of(shown)
    read = read_timeline(found)
    lines: Lines = []
    for _, months in read.years:
        for month in months:
            lines.append(("", month.title))
            for event in month.events:
                reason = f" Reason: {event.reason}" if event.reason else ""
                said = f"  {event.day}  {event.word}: {event.name}, {who(event.now)}.{reason}"
                lines.append(("warning" if event.over else "", said))
    lines += [(_mark(one), f"  without a day: {_item_said(one)}") for one in read.undated]
    return Reply(timeline_json(found), lines or [("", "Nothing has happened to it yet.")])


async def talking_points(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios talking-points ID`: as Markdown, for before a conversation."""
    _, shown = await look(ports, args.id)
    text = talking_points_markdown(shown, ports.base_url, ports.now())
    return Reply(talking_points_told(shown), [("", line) for line in text.splitlines()])


def _mark(one: Read) -> str:
    return "ok" if one.item.state == "valid" else "warning"


def _item_said(one: Read) -> str:
    """What it is, by whom, and how it stands."""
    return f"{one.name}, {who(one)}: {one.word}. {one.sentence}".rstrip()


async def remove(ports: Ports, args: Namespace) -> Reply:
    """`exchange portfolios remove ID`"""
    kept = await removing.remove(ports, args.id)
    return Reply({"id": kept.id}, [("ok", "removed; its links show nothing any more")])


ACTIONS: dict[str, Callable[[Ports, Namespace], Awaitable[Reply]]] = {
    "list": listed,
    "show": show,
    "make": make,
    "edit": edit,
    "share": share,
    "off": off,
    "record": record,
    "frame": frame,
    "publish": publish,
    "unpublish": unpublish,
    "export": export,
    "skills": skills,
    "timeline": timeline,
    "talking-points": talking_points,
    "remove": remove,
}


def _said(one: Mine, ports: Ports) -> str:
    on = sum(link.stands(ports.now()) for link in one.links)
    public = f", public at {urls.shared(ports.base_url, one.public.name)}" if one.public else ""
    said = one.kept.portfolio
    return f"{said.headline}  {len(said.items)} items, {on} links on{public}  ({one.id})"


def _sites(args: Namespace) -> tuple[str, ...] | None:
    return None if args.any_site else tuple(args.site)


def _framed(origins: Origins) -> str:
    if origins is None:
        return "in frames on any site"
    return f"in frames on {', '.join(origins)}" if origins else "in no frame"


def _link_said(ports: Ports, link: Link) -> str:
    parts = ["everything" if link.items is None else f"{len(link.items)} items"]
    parts.append("on" if link.stands(ports.now()) else "off")
    parts += [f"until {format_date(link.expires_at)}"] if link.expires_at else []
    parts.append(_framed(link.origins))
    parts += [f"opened {link.opened} times"] if link.receipt else []
    return f"link {link.id}  {link.label}: {', '.join(parts)}"
