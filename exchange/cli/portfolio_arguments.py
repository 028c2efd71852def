"""What can be typed after `exchange portfolios`; a part of `arguments.py`."""

from __future__ import annotations

import argparse
from typing import Any

from exchange.cli.people_arguments import PERSON, adder
from exchange.core.portfolio.portfolio import GROUPINGS, TEMPLATES

ID: dict[str, Any] = {"metavar": "ID", "help": "as `exchange portfolios list` names it"}
ACTS = {
    "in": ("KIND/ID", "put this in, at the end: badge/ID, endorsement/ID or vouch/ID"),
    "out": ("KEY", "take this item off"),
    "hide": ("KEY", "show this item in no link for now"),
    "unhide": ("KEY", "show it again"),
    "up": ("KEY", "move this item up by one"),
    "down": ("KEY", "move this item down by one"),
}


def arguments(portfolios: argparse.ArgumentParser) -> None:
    """`exchange portfolios …`"""
    add = adder(portfolios)
    add("list", "Show the portfolios of somebody.", person=PERSON)
    add("show", "Show one: its items and how each stands, its links, what could be put in.", id=ID)
    make = add("make", "Make one of everything that somebody has; nobody sees it yet.", person=PERSON)
    make.add_argument("--headline", required=True, metavar="TEXT", help="in a line, what it shows")
    make.add_argument("--template", choices=list(TEMPLATES), default="skills")
    edit = add("edit", "Change one.", id=ID)
    edit.add_argument("--headline", metavar="TEXT")
    edit.add_argument("--point", action="append", metavar="TEXT", help="up to three, instead of those there")
    edit.add_argument("--grouping", choices=GROUPINGS)
    edit.add_argument("--portrait", choices=("on", "off"), help="show the picture of their account in it")
    edit.add_argument("--revision", type=int, metavar="N", help="refuse if it was changed since")
    for act, (metavar, words) in ACTS.items():
        edit.add_argument(
            f"--{act}", action="append", default=[], dest=f"item_{act}", metavar=metavar, help=words
        )
    share = add("share", "Make a link to it, for one audience; its address is shown once.", id=ID)
    share.add_argument("--label", required=True, metavar="TEXT", help="for whom it is")
    share.add_argument("--item", action="append", metavar="KEY", help="show only this; all unless said")
    share.add_argument("--days", type=int, metavar="N", help="how long it is good; until off unless said")
    share.add_argument("--receipt", action="store_true", help="count openings; its reader is told")
    _sites(share)
    frame = add("frame", "Say which sites may show what a link shows in a frame; none unless said.", id=ID)
    frame.add_argument("link", metavar="LINK", help="as `exchange portfolios show` names it")
    _sites(frame)
    publish = add("publish", "Show it to everybody, at the handle of its holder; or change how.", id=ID)
    publish.add_argument(
        "--slug", default="", metavar="NAME", help="its name there; from the headline unless said"
    )
    publish.add_argument("--search", action="store_true", help="let search engines list it")
    publish.add_argument(
        "--no-frames", action="store_true", help="on no other site in a frame; on any unless said"
    )
    _sites(publish)
    add("unpublish", "Show it to nobody any more but by its links.", id=ID)
    off = add("off", "Switch a link off for good.", id=ID)
    off.add_argument("link", metavar="LINK", help="as `exchange portfolios show` names it")
    record = add("record", "Sign what a link shows as one learner record (CLR 2.0).", id=ID)
    record.add_argument("link", metavar="LINK", help="as `exchange portfolios show` names it")
    export = add("export", "Write what a link shows into a file, as its reader has it now.")
    export.add_argument("address", metavar="LINK", help="the address that `share` said, or its secret")
    forms = ("markdown", "pdf", "png", "svg", "presentation", "signed", "clr")
    export.add_argument("--form", choices=forms, default="pdf", help="png and svg are a card of it")
    export.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    skills = add("skills", "Show one by skill: what names each, who says so, and what is missing.", id=ID)
    skills.add_argument("--role", metavar="FAMILY", help="a family of roles, whose skills are among them")
    add("timeline", "Show what happened to what one shows, the newest first.", id=ID)
    add("talking-points", "Write, for a conversation, what to say of one, and what may be asked.", id=ID)
    add("remove", "Remove one, with all its links.", id=ID)


def _sites(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--site", action="append", default=[], metavar="https://HOST", help="let it stand in frames there"
    )
    verb.add_argument("--any-site", action="store_true", help="let it stand in frames anywhere")
