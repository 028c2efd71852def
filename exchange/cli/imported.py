"""`exchange imported …`: badges that people brought from elsewhere, for who looks after their account."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping

from exchange.cli.files import read_file
from exchange.cli.output import Reply
from exchange.core.dates import format_date
from exchange.edge.imported.api import as_json
from exchange.flows.imported import listed
from exchange.flows.imported.bring import bring
from exchange.flows.imported.look_again import look_again
from exchange.flows.imported.records import Imported, at_moment
from exchange.flows.imported.remove import remove
from exchange.flows.ports import Ports
from exchange.settings import Settings

_LEVELS = {"valid": "ok", "unknown": "unknown"}


async def imported(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange imported ACTION …`"""
    return await ACTIONS[args.action](ports, args)


async def _list(ports: Ports, args: Namespace) -> Reply:
    """`exchange imported list PERSON`"""
    rows = await listed.mine(ports, args.person)
    lines = [_line(row, ports) for row in rows] or [("", f"{args.person} has brought none.")]
    return Reply({"imported": [as_json(row, ports.now()) for row in rows]}, lines)


async def _bring(ports: Ports, args: Namespace) -> Reply:
    """`exchange imported bring PERSON FILE|URL|-`"""
    if args.badge.startswith(("https://", "http://")):
        return _about(ports, await bring(ports, b"", args.badge, args.person))
    data = await asyncio.to_thread(read_file, args.badge)
    return _about(ports, await bring(ports, data, "", args.person))


async def _look(ports: Ports, args: Namespace) -> Reply:
    """`exchange imported look PERSON ID`"""
    return _about(ports, await look_again(ports, args.id, args.person))


async def _remove(ports: Ports, args: Namespace) -> Reply:
    """`exchange imported remove PERSON ID`"""
    await remove(ports, args.id, args.person)
    return Reply({"id": args.id}, [("", f"removed {args.id}")])


ACTIONS: Mapping[str, Callable[[Ports, Namespace], Awaitable[Reply]]] = {
    "list": _list,
    "bring": _bring,
    "look": _look,
    "remove": _remove,
}


def _about(ports: Ports, row: Imported) -> Reply:
    return Reply(as_json(row, ports.now()), [_line(row, ports)])


def _line(row: Imported, ports: Ports) -> tuple[str, str]:
    """How it stands, and by which look; *valid* by somebody unknown here is a warning."""
    at = at_moment(row, ports.now())
    level = _LEVELS.get(at.state, "error")
    if at.state == "valid" and not at.known:
        level = "warning"
    said = row.look.outline
    by = (
        f" by {said.issuer or said.issuer_id}{'' if at.known else ', unknown here'}" if said.issuer_id else ""
    )
    when = f"as of {format_date(at.checked_at)}" if at.checked_at else "no look could tell"
    return level, f"{said.name or 'unread'}{by}: {at.state.replace('_', ' ')}, {when}  ({row.id})"
