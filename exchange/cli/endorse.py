"""`exchange endorse …`: what issuers say of others and of what others award."""

from __future__ import annotations

from argparse import Namespace

from exchange.cli.output import Reply
from exchange.core import urls
from exchange.flows.endorsements import back as flow
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.ports import Ports
from exchange.settings import Settings


async def endorse(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange endorse give|list|withdraw …`"""
    if args.action == "list":
        found = [one.endorsement for one in await flow.by_issuer(ports, args.issuer)]
        lines = [("", _line(ports, one)) for one in found] or [("", f"{args.issuer} endorses nobody.")]
        return Reply({"endorsements": [_value(ports, one) for one in found]}, lines)
    if args.action == "withdraw":
        made = await flow.withdraw(ports, args.id, args.reason)
    else:
        made = await flow.back(ports, args.issuer, args.subject, args.line, args.text)
    return Reply(_value(ports, made), [("", _line(ports, made))])


def _line(ports: Ports, one: Endorsement) -> str:
    did = "endorses" if one.state == "signed" else "endorsed (withdrawn)"
    return f"{one.issuer} {did} {one.subject}: {urls.endorsement(ports.base_url, one.id)}"


def _value(ports: Ports, one: Endorsement) -> dict[str, str]:
    state = "active" if one.state == "signed" else one.state
    id = urls.endorsement(ports.base_url, one.id)
    return {"id": id, "issuer": one.issuer, "subject": one.subject, "state": state}
