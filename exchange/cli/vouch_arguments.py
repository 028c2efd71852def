"""What can be typed after `exchange vouches`; a part of `arguments.py`."""

from __future__ import annotations

import argparse
from typing import Any

from exchange.cli.people_arguments import PERSON, adder
from exchange.core.credentials.said import RELATIONSHIPS

VOUCH: dict[str, Any] = {"metavar": "ID", "help": "the vouch's address, or the last part of it"}


def vouches(vouches: argparse.ArgumentParser) -> None:
    """`exchange vouches …`"""
    add = adder(vouches)
    add("offers", "Show what people can give in their own name.")
    add("list", "Show what somebody gave and got, and how many are in use.", person=PERSON)
    add("view", "Show one as everybody sees it who has its address.", vouch=VOUCH)
    give = add("give", "Record a vouch or thanks in somebody's name, with a key that the exchange keeps.")
    give.add_argument("to", **PERSON)
    _as(give)
    give.add_argument("--offer", required=True, metavar="ISSUER/SLUG", help="as `vouches offers` shows it")
    give.add_argument(
        "--relationship", required=True, choices=list(RELATIONSHIPS), help="how they stand to who gets it"
    )
    give.add_argument("--words", required=True, metavar="TEXT", help="what they say")
    give.add_argument("--evidence", action="append", default=[], metavar="URL", help="may be repeated")
    give.add_argument("--days", type=int, metavar="N", help="how long it stands; default: as long as it may")
    _as(add("withdraw", "Take one back for good, for who gave it; its place is free at once.", vouch=VOUCH))
    _as(add("show", "Display one again, for whom it is for.", vouch=VOUCH))
    _as(add("hide", "Display one no more, for whom it is for; who gave it learns only that.", vouch=VOUCH))


def _as(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--as",
        dest="who",
        required=True,
        metavar="PERSON",
        help="in whose name: a handle, an e-mail address, or an id; they are told by mail of what is given "
        "or taken back so",
    )
