"""What can be typed after `exchange clock`, `exchange backup` and `exchange restore`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path


def clock(clock: argparse.ArgumentParser) -> None:
    actions = clock.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "Say that the clock is right now, where it is behind the log because it was ahead before."
    confirm = actions.add_parser("confirm", help=summary, description=summary, allow_abbrev=False)
    confirm.add_argument("--reason", required=True, metavar="TEXT", help="what happened, for the log")
    confirm.add_argument("--json", action="store_true", help="answer in JSON")


def backup(backup: argparse.ArgumentParser) -> None:
    backup.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a new file, for you alone")
    backup.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="write the log's signed checkpoint by itself, to be kept elsewhere",
    )
    backup.add_argument(
        "--scrub", action="store_true", help="FILE is an older backup: take out of it who was erased since"
    )
    backup.add_argument("--json", action="store_true", help="answer in JSON")


def restore(restore: argparse.ArgumentParser) -> None:
    restore.add_argument("file", nargs="?", type=Path, metavar="FILE", help="what `exchange backup` wrote")
    restore.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="the newest checkpoint kept elsewhere, or a badge's log proof: tells what is missing",
    )
    restore.add_argument(
        "--erased", type=Path, metavar="FILE", help="the lost exchange's HOME/erased: whom not to bring back"
    )
    restore.add_argument("--acknowledge", action="store_true", help="let what was restored write again")
    restore.add_argument(
        "--missing", type=_count, default=0, metavar="N", help="how many entries of the log are missing"
    )
    restore.add_argument(
        "--newest",
        action="store_true",
        help="nothing was signed after the newest checkpoint that was given: the log goes on",
    )
    restore.add_argument("--json", action="store_true", help="answer in JSON")


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r:.40} is not a number of entries")
    return int(text)
