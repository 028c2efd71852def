"""`exchange codes …`: claim codes, from a terminal."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Awaitable, Callable

from exchange.cli.output import Reply
from exchange.core import urls
from exchange.core.dates import format_date
from exchange.flows.claims import codes as flow
from exchange.flows.claims.documents import code_document, use_document
from exchange.flows.claims.records import Code
from exchange.flows.ports import Ports
from exchange.settings import Settings

Lines = list[tuple[str, str]]
MARKS = {"awarded": "ok", "refused": "error", "waiting": "unknown", "granted": "unknown"}


async def codes(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange codes ACTION …`"""
    return await ACTIONS[args.action](ports, args)


async def _list(ports: Ports, args: Namespace) -> Reply:
    found, older = await flow.codes(ports, args.issuer, args.before)
    lines: Lines = [line for code in found for line in _lines(ports, code)]
    if older:
        lines.append(("", f"… and older ones: exchange codes list {args.issuer} --before {older}"))
    empty: Lines = [("", f"{args.issuer} has no codes: exchange codes add {args.issuer}/BADGE --quota N")]
    return Reply({"codes": [code_document(ports, code) for code in found], "before": older}, lines or empty)


async def _add(ports: Ports, args: Namespace) -> Reply:
    issuer, badge = args.badge
    order = flow.CodeOrder(
        issuer, badge, args.quota, args.days, args.title, approval=args.approval, singles=args.singles
    )
    made = await flow.make(ports, order)
    links = flow.links(ports.base_url, made.singles)
    lines = [*_lines(ports, made.code), *(("", f"  {link}") for link in links)]
    if links:
        lines.append(("", "  Each is good for one person. Keep them: they are not shown again."))
    return Reply({**code_document(ports, made.code), "singles": links}, lines)


async def _show(ports: Ports, args: Namespace) -> Reply:
    code = await flow.find(ports, args.code)
    found, older = await flow.uses(ports, code.id, before=args.before)
    lines = _lines(ports, code)
    lines += [(MARKS[one.state], f"{one.state} {format_date(one.at)} {one.person} {one.id}") for one in found]
    if older:
        lines.append(("", f"… and older ones: exchange codes show {code.id} --before {older}"))
    value = {
        **code_document(ports, code),
        "uses": [use_document(ports, one) for one in found],
        "before": older,
    }
    return Reply(value, lines)


async def _close(ports: Ports, args: Namespace) -> Reply:
    code = await flow.close(ports, args.code)
    return Reply(code_document(ports, code), [("", f"closed {code.id}")])


async def _approve(ports: Ports, args: Namespace) -> Reply:
    use = await flow.approve(ports, args.use)
    return Reply(use_document(ports, use), [("", f"awarded {urls.badge(ports.base_url, use.badge or '')}")])


async def _refuse(ports: Ports, args: Namespace) -> Reply:
    use = await flow.refuse(ports, args.use)
    return Reply(use_document(ports, use), [("", f"refused {use.id}")])


ACTIONS: dict[str, Callable[[Ports, Namespace], Awaitable[Reply]]] = {
    "list": _list,
    "add": _add,
    "show": _show,
    "close": _close,
    "approve": _approve,
    "refuse": _refuse,
}


def _lines(ports: Ports, code: Code) -> Lines:
    taken = f"{code.taken} of {code.quota} taken, until {format_date(code.expires_at)}"
    closed = ", closed" if code.closed_at else ""
    title = f" “{code.title}”" if code.title else ""
    lines: Lines = [
        ("", f"{code.issuer}/{code.achievement}{title}: {taken}{closed}"),
        ("", f"  id: {code.id}"),
    ]
    return lines + ([("", f"  {flow.link(ports.base_url, code.word)}")] if code.word else [])
