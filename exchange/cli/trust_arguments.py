"""What can be typed after `exchange trust`; a part of `arguments.py`."""

from __future__ import annotations

import argparse


def arguments(trust: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """What can be typed after it."""
    trust.add_argument(
        "badge",
        nargs="+",
        metavar="ID",
        help="a badge's id (its URL), or the last part of it; several are summed up as one portfolio",
    )
    trust.add_argument("--team", metavar="SLUG", default="", help="say how many endorsers were in that team")
    trust.add_argument("--documents", action="store_true", help="list the endorsements behind each line")
    return trust
