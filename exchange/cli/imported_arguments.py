"""What can be typed after `exchange imported`; a part of `arguments.py`."""

from __future__ import annotations

import argparse

from exchange.cli.people_arguments import PERSON, adder


def imported(imported: argparse.ArgumentParser) -> None:
    """`exchange imported …`"""
    add = adder(imported)
    id = {"metavar": "ID", "help": "as `exchange imported list` shows it"}
    badge = {"metavar": "BADGE", "help": "a file (JSON, JWT, PNG or SVG), a URL, or - for standard input"}
    add("list", "Show what somebody brought, as it was found when it was last looked at.", person=PERSON)
    add("bring", "Verify a badge from elsewhere and keep it for somebody.", person=PERSON, badge=badge)
    add("look", "Look at one of them now.", person=PERSON, id=id)
    add("remove", "Forget one of them, with its file.", person=PERSON, id=id)
