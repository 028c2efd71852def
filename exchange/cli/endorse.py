"""`exchange endorse`, `withdraw` and `endorsements`: what issuers say of others and of what others award."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from exchange.cli.output import Reply
from exchange.core import urls
from exchange.flows.endorsements import as_issuer, backings
from exchange.flows.endorsements.as_issuer import Words
from exchange.flows.endorsements.backings import Backing
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.ports import Ports
from exchange.settings import Settings

_STATES = {
    "active": "endorses",
    "withdrawn": "endorsed (withdrawn)",
    "superseded": "endorsed (replaced)",
    "key_revoked": "endorsed (its key is revoked)",
}


async def endorse(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange endorse ISSUER SUBJECT --line TEXT …`"""
    words = Words(args.subject, args.line, args.text, args.proof)
    return await _one(ports, await as_issuer.endorse(ports, args.issuer, words))


async def withdraw(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange withdraw ID [--reason TEXT]`"""
    return await _one(ports, await as_issuer.withdraw(ports, args.id, args.reason))


async def endorsements(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange endorsements list|show|hide …`"""
    if args.action != "list":
        act = as_issuer.show if args.action == "show" else as_issuer.hide
        return await _one(ports, await act(ports, args.id))
    given = await backings.given(ports, args.issuer)
    received = await backings.received(ports, args.issuer)
    value = {
        "given": [_value(ports, one) for one in given],
        "received": [_value(ports, one) for one in received],
    }
    lines = [("", _line(ports, one)) for one in (*given, *received)] or [("", "no endorsements")]
    return Reply(value, lines)


async def _one(ports: Ports, row: Endorsement) -> Reply:
    one = await backings.one(ports, row)
    assert one is not None  # noqa: S101 - it was read when it was signed
    return Reply(_value(ports, one), [("", _line(ports, one))])


def _line(ports: Ports, one: Backing) -> str:
    row = one.endorsement
    notes = [", of an earlier version"] * one.earlier + [", not displayed"] * one.hidden
    said = f"{row.issuer} {_STATES[one.state]} {row.subject}{''.join(notes)}"
    return f"{said}: {urls.endorsement(ports.base_url, row.id)}"


def _value(ports: Ports, one: Backing) -> dict[str, Any]:
    row = one.endorsement
    return {
        "id": urls.endorsement(ports.base_url, row.id),
        "issuer": row.issuer,
        "subject": row.subject,
        "state": one.state,
        "earlierVersion": one.earlier,
        "displayed": not one.hidden,
    }
