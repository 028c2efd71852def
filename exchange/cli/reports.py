"""`exchange reports …`: what readers say is wrong with what peers said, and deciding it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from exchange.cli.output import Reply
from exchange.core.dates import format_date
from exchange.flows.endorsements import reports as flow
from exchange.flows.endorsements.records import Report
from exchange.flows.ports import Ports
from exchange.settings import Settings


async def reports(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange reports list|report|dismiss|hide|hand-over …`"""
    if args.action == "report":
        key = args.key.rpartition("/")[2]
        await flow.report(ports, args.kind, key, args.reason, args.note)
        return Reply({"reported": True}, [("", "reported; nobody is shown by whom")])
    if args.action != "list":
        settled = await flow.settle(ports, args.id, args.action, getattr(args, "reason", ""))
        return Reply(_plain(settled), [("", f"{settled.state}: {settled.id}")])
    if args.issuer:
        found, older = await flow.reports(ports, args.issuer, args.settled, args.before)
    else:
        found, older = await flow.handed(ports, args.settled, args.before)
    lines = [line for one in found for line in _lines(one)]
    if older:
        lines.append(("", f"… and older ones: --before {older}"))
    value = {"reports": [_plain(one.report) for one in found], "before": older}
    return Reply(value, lines or [("", "Nothing is reported.")])


def _lines(seen: flow.Seen) -> list[tuple[str, str]]:
    one, thing = seen.report, seen.thing
    level = "warning" if one.state == "open" else ""
    lines = [(level, f"{one.id}  {one.state}  {one.reason}  {one.kind} {one.subject}")]
    if thing:
        lines.append(("", f"  {thing.by}: {thing.says}"))
    lines += [("", f"  note: {one.note}")] if one.note else []
    return lines + ([("", f"  because: {one.answer}")] if one.answer else [])


def _plain(one: Report) -> dict[str, Any]:
    """For --json; who reported is told to nobody."""
    return {
        **{"id": one.id, "kind": one.kind, "key": one.subject, "issuer": one.issuer, "reason": one.reason},
        **{"note": one.note, "state": one.state, "answer": one.answer, "at": format_date(one.at)},
    }
