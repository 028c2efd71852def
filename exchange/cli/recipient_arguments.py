"""What can be typed after `exchange recipients` and `exchange webhooks`; a part of `arguments.py`."""

from __future__ import annotations

import argparse
from pathlib import Path

from exchange.cli.people_arguments import ISSUER, adder
from exchange.flows.recipients.records import ANSWERS, STATUSES
from exchange.flows.webhooks.records import EVENTS


def recipients(recipients: argparse.ArgumentParser) -> None:
    """`exchange recipients …`"""
    add = adder(recipients)
    listed = add("list", "Show who has which badge, newest first.", issuer=ISSUER)
    listed.add_argument("--before", metavar="KEY", help="go on after this badge")
    _filter(listed)
    export = add("export", "Write all rows as CSV.", issuer=ISSUER)
    export.add_argument("file", type=Path, metavar="FILE", help="a new file")
    _filter(export)
    for name, summary in (
        ("suspend", "Put many badges on hold."),
        ("reinstate", "End the suspension of many."),
        ("revoke", "Take many back for good."),
        ("renew", "Award each anew, by its newest version."),
        ("replace", "Renew, and revoke the old ones."),
    ):
        change = add(name, f"{summary} Shows what would change, and asks.", issuer=ISSUER)
        change.add_argument(
            "--badge", action="append", default=[], metavar="ID", help="just this one; may be repeated"
        )
        if name not in ("renew", "replace"):
            change.add_argument("--reason", required=True, metavar="TEXT", help="why, for everybody to read")
        change.add_argument("--no-mail", action="store_true", help="tell nobody by mail")
        change.add_argument("--dry-run", action="store_true", help="show what would change, and no more")
        change.add_argument("--yes", action="store_true", help="do not ask")
        _filter(change)


def _filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--achievement", metavar="BADGE", help="as in issuers/ISSUER/badges/BADGE.toml")
    parser.add_argument("--status", metavar="STATUS", help=f"{', '.join(STATUSES)}")
    parser.add_argument("--claim", metavar="CLAIM", help=f"{', '.join(ANSWERS)}")
    parser.add_argument("--to", metavar="TEXT", help="how the recipient's address begins")
    parser.add_argument(
        "--since", metavar="DAY", help="awarded since then: 2026-11-26, or a moment (RFC 3339)"
    )
    parser.add_argument(
        "--until", metavar="DAY", help="awarded until the end of that day, or before a moment"
    )


def webhooks(webhooks: argparse.ArgumentParser) -> None:
    """`exchange webhooks …`"""
    add = adder(webhooks)
    id = {"metavar": "ID", "help": "as `exchange webhooks list` shows it"}
    add("list", "Show who is told of an issuer's events.", issuer=ISSUER)
    made = add("add", "Tell a program of events; its secret is shown this once.", issuer=ISSUER)
    made.add_argument("url", metavar="URL", help="an https address on the public internet")
    made.add_argument(
        "--event",
        action="append",
        metavar="EVENT",
        help=f"default: all of {', '.join(EVENTS)}; may be repeated",
    )
    add("remove", "Tell it nothing more.", issuer=ISSUER, id=id)
    log = add("log", "Show what it was told, and what waits.", issuer=ISSUER, id=id)
    log.add_argument("--before", type=int, metavar="LINE", help="go on after this line")
    replay = add("replay", "Tell it once more of a line of its log.", issuer=ISSUER, id=id)
    replay.add_argument("line", type=int, metavar="LINE")
    add("test", "Send it a message about nothing.", issuer=ISSUER, id=id)
    add("send", "Deliver what is due, where no service runs.")
