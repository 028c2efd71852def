"""`exchange trust`: what the endorsements of badges say when they are put together."""

from __future__ import annotations

from argparse import Namespace

from exchange.cli.output import Reply
from exchange.core import urls
from exchange.flows.endorsements.trust import of_badges
from exchange.flows.ports import Ports
from exchange.settings import Settings


async def trust(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange trust ID… [--team SLUG] [--documents]`"""
    keys = [urls.badge_key(ports.bases, badge) or badge for badge in args.badge]
    summary = await of_badges(ports, keys, args.team)
    lines = []
    for line in summary.lines:
        lines.append(("", line.says))
        if args.documents:
            lines += [("", f"  {id}") for id in line.credentials]
    return Reply(summary.to_json(), lines)
