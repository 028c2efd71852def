"""`exchange webhooks …`: an issuer's own programs, and what they were told."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

from exchange.cli.output import Reply
from exchange.core.dates import format_date
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.ports import Ports
from exchange.flows.webhooks import webhooks as flow
from exchange.flows.webhooks.records import EVENTS, Told, Webhook
from exchange.settings import Settings


async def webhooks(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange webhooks ACTION …`"""
    return await ACTIONS[args.action](ports, args)


async def listed(ports: Ports, args: Namespace) -> Reply:
    """`exchange webhooks list ISSUER`"""
    hooks = await flow.webhooks(ports, args.issuer)
    lines = [("", f"{hook.url}  {' '.join(hook.events)}  ({hook.id})") for hook in hooks]
    empty = [("", f"{args.issuer} tells nobody.")]
    return Reply({"webhooks": [_plain(hook) for hook in hooks]}, lines or empty)


async def add(ports: Ports, args: Namespace) -> Reply:
    """`exchange webhooks add ISSUER URL`"""
    hook, secret = await flow.add(ports, args.issuer, args.url, args.event or EVENTS)
    lines = [
        ("ok", f"{hook.url} is told from now on ({hook.id})"),
        ("", f"  its secret, shown this once: {secret}"),
    ]
    return Reply({**_plain(hook), "secret": secret}, lines)


async def remove(ports: Ports, args: Namespace) -> Reply:
    """`exchange webhooks remove ISSUER ID`"""
    hook = await flow.remove(ports, args.issuer, args.id)
    return Reply(_plain(hook), [("", f"{hook.url} is told nothing more")])


async def log(ports: Ports, args: Namespace) -> Reply:
    """`exchange webhooks log ISSUER ID`"""
    _, told, older = await flow.log(ports, args.issuer, args.id, args.before)
    lines = [_line(line) for line in told] or [("", "It was told nothing in the last 30 days.")]
    if older:
        lines.append(("", f"… and older ones: --before {older}"))
    return Reply({"deliveries": [_json(line) for line in told], "before": older}, lines)


async def replay(ports: Ports, args: Namespace) -> Reply:
    """`exchange webhooks replay ISSUER ID LINE`"""
    event = await flow.replay(ports, args.issuer, args.id, args.line)
    return Reply({"id": event}, [("", f"told once more: {event}")])


async def test(ports: Ports, args: Namespace) -> Reply:
    """`exchange webhooks test ISSUER ID`"""
    event = await flow.test(ports, args.issuer, args.id)
    return Reply({"id": event}, [("", f"a test is on its way: {event}")])


async def send(ports: Ports, args: Namespace) -> Reply:
    """`exchange webhooks send`: what is due, without a service. Exit status 1 if some was not taken."""
    await check_writable(ports)
    sent, failed = await deliver_due(ports, flow.CHANNEL, flow.carry, flow.PACE)
    return Reply(
        {"sent": sent, "failed": failed}, [("", f"taken: {sent}, not taken: {failed}")], int(failed > 0)
    )


ACTIONS: dict[str, Callable[[Ports, Namespace], Awaitable[Reply]]] = {
    "list": listed,
    "add": add,
    "remove": remove,
    "log": log,
    "replay": replay,
    "test": test,
    "send": send,
}


def _plain(hook: Webhook) -> dict[str, Any]:
    return {"id": hook.id, "url": hook.url, "events": [*hook.events], "since": format_date(hook.created_at)}


def _line(line: Told) -> tuple[str, str]:
    said = flow.event_in(line.payload)
    what = f"{line.number}  {said['type']} {said['badge']}"
    if line.sent_at:
        return "ok", f"{what}: taken {format_date(line.sent_at)}"
    if line.failed_at:
        return "error", f"{what}: given up {format_date(line.failed_at)}: {line.reason}"
    return "", f"{what}: waits, {line.attempts} attempts{': ' + line.reason if line.reason else ''}"


def _json(line: Told) -> dict[str, Any]:
    moments = {"posted": line.posted_at, "sent": line.sent_at, "givenUp": line.failed_at}
    return {
        "line": line.number,
        **flow.event_in(line.payload),
        "attempts": line.attempts,
        "reason": line.reason,
        **{name: at and format_date(at) for name, at in moments.items()},
    }
