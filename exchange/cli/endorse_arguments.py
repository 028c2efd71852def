"""What can be typed after `exchange endorse`, `withdraw` and `endorsements`; a part of `arguments.py`."""

from __future__ import annotations

import argparse

from exchange.flows.endorsements.as_issuer import PROOF

_ID = {"metavar": "ID", "help": "the endorsement's id (its URL), or the last part of it"}


def endorse(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """What can be typed after `endorse`."""
    parser.add_argument("issuer", metavar="ISSUER", help="who endorses")
    parser.add_argument(
        "subject", metavar="SUBJECT", help="ISSUER, ISSUER/BADGE, ISSUER/BADGE@VERSION, or its address here"
    )
    parser.add_argument("--line", required=True, metavar="TEXT", help="in one line, at most 140 characters")
    parser.add_argument(
        "--text", default="", metavar="TEXT", help="more, in Markdown, at most 600 characters"
    )
    parser.add_argument(
        "--proof", default=PROOF, metavar="PROOF", help="eddsa-rdfc-2022 (default), eddsa-jcs-2022 or jwt"
    )
    return parser


def withdraw(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """What can be typed after `withdraw`."""
    parser.add_argument("id", **_ID)  # type: ignore[arg-type]
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the log; it is not published")
    return parser


def endorsements(parser: argparse.ArgumentParser) -> None:
    """What can be typed after `endorsements`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        action.add_argument("--json", action="store_true", help="answer in JSON")
        return action

    listed = add("list", "Show what an issuer endorses, and what others say of it and of what it awards.")
    listed.add_argument("issuer", metavar="ISSUER", help="as in issuers/ISSUER")
    add("show", "Show one with what it is about.").add_argument("id", **_ID)  # type: ignore[arg-type]
    add("hide", "Do not show one with what it is about.").add_argument("id", **_ID)  # type: ignore[arg-type]
