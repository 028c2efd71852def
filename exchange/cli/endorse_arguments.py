"""What can be typed after `exchange endorse`; a part of `arguments.py`."""

from __future__ import annotations

import argparse


def arguments(endorse: argparse.ArgumentParser) -> None:
    """What can be typed after it."""
    actions = endorse.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        action.add_argument("--json", action="store_true", help="answer in JSON")
        return action

    give = add("give", "Endorse in an issuer's name; other words about the same replace the first.")
    give.add_argument("issuer", metavar="ISSUER", help="who endorses")
    give.add_argument(
        "subject", metavar="SUBJECT", help="ISSUER, ISSUER/BADGE, ISSUER/BADGE@VERSION, or its address here"
    )
    give.add_argument("--line", required=True, metavar="TEXT", help="in one line, at most 140 characters")
    give.add_argument("--text", default="", metavar="TEXT", help="more, in Markdown, at most 600 characters")
    add("list", "Show what an issuer endorses.").add_argument("issuer", metavar="ISSUER")
    withdraw = add("withdraw", "Take an endorsement back for good.")
    withdraw.add_argument("id", metavar="ID", help="the endorsement's id (its URL), or the last part of it")
    withdraw.add_argument("--reason", required=True, metavar="TEXT", help="why, for the log")
