"""What can be typed after `exchange reports`."""

from __future__ import annotations

import argparse

from exchange.flows.endorsements.reports import KINDS, MAX_NOTE, REASONS


def reports(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in (
        ("list", "Show what is open at an issuer; without one, what is the operator's to decide."),
        ("report", "Report an endorsement or a vouch."),
        ("dismiss", "Leave it as it is, or show it again."),
        ("hide", "Hide the endorsement where it stands."),
        ("hand-over", "Hand it to who runs the exchange."),
    ):
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if name == "list":
            action.add_argument("issuer", nargs="?", metavar="ISSUER", default="")
            action.add_argument("--settled", action="store_true", help="those that were decided")
            action.add_argument("--before", metavar="ID", default="", help="go on after this one")
        elif name == "report":
            action.add_argument("kind", choices=KINDS)
            action.add_argument("key", metavar="ID")
            action.add_argument("--reason", required=True, choices=[*REASONS])
            action.add_argument("--note", metavar="TEXT", default="", help=f"at most {MAX_NOTE} characters")
        else:
            action.add_argument("id", metavar="ID", help="as `exchange reports list` shows it")
        if name in ("hide", "hand-over"):
            action.add_argument("--reason", required=True, metavar="TEXT", help="why; it stands in the log")
        action.add_argument("--json", action="store_true", help="answer in JSON")
