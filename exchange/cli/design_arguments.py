"""What can be typed after `exchange achievements`, and what `exchange issuers` has beside files."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

Add = Callable[[str, str], argparse.ArgumentParser]


def achievements(parser: argparse.ArgumentParser, badge: Callable[[str], Any]) -> None:
    """`badge` reads ISSUER/BADGE."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    place: dict[str, Any] = {"type": badge, "metavar": "ISSUER/BADGE"}

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        action.add_argument("--json", action="store_true", help="answer in JSON")
        return action

    add("list", "Show an issuer's achievements and drafts.").add_argument("issuer", metavar="ISSUER")
    add("templates", "Show what a draft can begin from.")
    skills = add("skills", "Find skills of public frameworks that a badge may name.")
    skills.add_argument("words", nargs="+", metavar="WORD", help="of their name, framework or code")
    begin = add("begin", "Begin a draft; of a badge that is on record, with its newest version.")
    begin.add_argument("badge", **place)
    begin.add_argument("--name", default="", metavar="TEXT", help="what it recognises, in a few words")
    begin.add_argument(
        "--from", dest="start", default="", metavar="ISSUER/BADGE", help="a badge or template to begin from"
    )
    add("show", "Show a draft as a file, and what it still lacks.").add_argument("badge", **place)
    save = add("save", "Let a draft say what a badge's file says.")
    save.add_argument("badge", **place)
    save.add_argument(
        "file", type=Path, metavar="FILE", help="as in a catalogue; its picture is looked for in ../images/"
    )
    publish = add("publish", "Make a draft the next version, which stays as it is.")
    publish.add_argument("badge", **place)
    add("discard", "Let a draft go.").add_argument("badge", **place)
    add("retire", "Award a badge no more; what was awarded stays valid.").add_argument("badge", **place)
    export = add("export", "Write a badge's newest version as the files of a catalogue.")
    export.add_argument("badge", **place)
    export.add_argument("folder", type=Path, metavar="DIR", help="where badges/ and images/ are made")


def issuers(add: Add) -> None:
    """What an issuer says of itself."""
    create = add("create", "Make an issuer, with a key of its own.")
    create.add_argument("issuer", metavar="SLUG", help="small letters, digits, hyphens; it stays for good")
    _words(create, required=True)
    describe = add("describe", "Change what an issuer says of itself.")
    describe.add_argument("issuer", metavar="ISSUER")
    _words(describe, required=False)
    describe.add_argument("--picture", type=Path, metavar="FILE", help="a PNG, JPEG or WebP")
    describe.add_argument("--alt", default="", metavar="TEXT", help="what is seen in the picture, in words")
    describe.add_argument("--no-picture", action="store_true", help="take the picture away")
    prove = add("prove", "Ask the domain of an issuer's web address whether the issuer is its own.")
    prove.add_argument("issuer", metavar="ISSUER")
    for action in (create, describe, prove):
        action.add_argument("--json", action="store_true", help="answer in JSON")


def _words(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--name", metavar="TEXT", required=required, help="as everybody reads it")
    parser.add_argument("--description", metavar="TEXT", required=required, help="who it is, in a sentence")
    parser.add_argument("--url", metavar="URL", help="a page about it, whose domain can prove it")
    parser.add_argument("--email", metavar="ADDRESS", help="public: where questions go")
