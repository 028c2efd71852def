"""`exchange mail …`: whether mail gets out, what waits, and what was given up."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

from exchange.cli.output import Reply
from exchange.core.dates import format_date
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail import post
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry, trial_letter
from exchange.flows.ports import Ports
from exchange.flows.records import Delivery
from exchange.settings import Settings

SHOWN = 1_000
"""Parcels that a list tells of."""


async def mail(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange mail ACTION …`"""
    return await ACTIONS[args.action](ports, args)


async def test(ports: Ports, args: Namespace) -> Reply:
    """`exchange mail test ADDRESS`: past the outbox, so that what the server says is seen at once."""
    letter = trial_letter(ports, args.address)
    await ports.mailer.send(letter)
    return Reply({"id": letter.id, "to": letter.to}, [("ok", f"handed on for {letter.to}")])


async def listed(ports: Ports, args: Namespace) -> Reply:
    """`exchange mail list`"""
    waiting, given_up = await ports.store.count_undelivered()
    found = await ports.store.undelivered(SHOWN)
    lines = [("", f"waiting: {waiting}, given up: {given_up}")]
    lines += [line for one in found for line in _lines(one)]
    if len(found) < waiting + given_up:
        lines.append(("", f"… and {waiting + given_up - len(found)} more"))
    return Reply({"waiting": waiting, "given_up": given_up, "mails": [_json(one) for one in found]}, lines)


async def retry(ports: Ports, args: Namespace) -> Reply:
    """`exchange mail retry [ID]`"""
    count = await post.retry(ports, args.id)
    told = "A running service sends them now; or: exchange mail send" if count else "nothing was to be done"
    return Reply({"due": count}, [("", f"due again: {count}"), ("", f"  {told}")])


async def send(ports: Ports, args: Namespace) -> Reply:
    """`exchange mail send`: what is due, without a running service. Exit status 1 when some was not sent."""
    await check_writable(ports)
    sent, failed = await deliver_due(ports, "mail", carry)
    lines = [("", f"sent: {sent}, not sent: {failed}")]
    if failed:
        lines.append(("", "  Why, says: exchange mail list"))
    return Reply({"sent": sent, "failed": failed}, lines, int(failed > 0))


ACTIONS: dict[str, Callable[[Ports, Namespace], Awaitable[Reply]]] = {
    "test": test,
    "list": listed,
    "retry": retry,
    "send": send,
}


def _lines(one: Delivery) -> list[tuple[str, str]]:
    parcel = one.parcel
    what = f"{_name(one)} for {parcel.recipient or 'somebody who was erased'} ({parcel.id})"
    if one.failed_at is not None:
        state, level = f"given up {format_date(one.failed_at)}", "error"
    elif one.attempts:
        state, level = f"tried {one.attempts} times, next {format_date(one.due_at)}", "warning"
    else:
        state, level = f"waits since {format_date(parcel.posted_at)}", ""
    return [(level, f"{what}: {state}"), *([("", f"    {one.reason}")] if one.reason else [])]


def _json(one: Delivery) -> dict[str, Any]:
    failed = one.failed_at and format_date(one.failed_at)
    return {
        "id": one.parcel.id,
        "mail": _name(one),
        "to": one.parcel.recipient,
        "posted": format_date(one.parcel.posted_at),
        "due": format_date(one.due_at),
        "attempts": one.attempts,
        "reason": one.reason,
        "givenUp": failed,
    }


def _name(one: Delivery) -> str:
    return post.mail_in(one.parcel) or "a mail, erased,"
