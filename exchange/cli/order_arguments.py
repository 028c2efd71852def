"""What can be typed after `exchange batches` and `exchange held`."""

from __future__ import annotations

import argparse
from pathlib import Path


def batches(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in (
        ("list", "Show the newest ones and how far they are."),
        ("show", "Show how far one is."),
        ("pause", "Stop after the rows that are under way."),
        ("resume", "Go on."),
        ("discard", "Forget one that was not confirmed."),
        ("receipt", "What came of each row, with badges and positions in the log."),
        ("run", "Carry out what was confirmed, where no service runs."),
    ):
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if name not in ("list", "run"):
            action.add_argument("id", metavar="ID", help="as `exchange batches list` shows it")
        if name == "receipt":
            said = "write it there: CSV if its name ends so, else JSON (default: print JSON)"
            action.add_argument("--out", type=Path, metavar="FILE", help=said)
        action.add_argument("--json", action="store_true", help="answer in JSON")


def held(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in (
        ("list", "Show what waits, and what was decided lately."),
        ("approve", "Award it; not by who asked for it."),
        ("refuse", "Let nothing come of it; not by who asked for it."),
    ):
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if name != "list":
            action.add_argument("id", metavar="ID", help="as `exchange held list` shows it")
        if name == "refuse":
            action.add_argument("--reason", required=True, metavar="TEXT", help="why: shown to who asked")
        action.add_argument("--json", action="store_true", help="answer in JSON")
