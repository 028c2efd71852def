"""What can be typed after `exchange`: the parser, and the forms its values have."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from exchange import __version__
from exchange.cli import (
    design_arguments,
    endorse_arguments,
    imported_arguments,
    instance_arguments,
    order_arguments,
    people_arguments,
    portfolio_arguments,
    recipient_arguments,
    report_arguments,
    trust_arguments,
    vouch_arguments,
)
from exchange.core.dates import parse_date
from exchange.errors import InputError
from exchange.setting_forms import kek_uri

T = TypeVar("T")
EPILOG = "Settings come from the environment; `exchange doctor` shows them all."
VERIFY_EPILOG = "Exit status: 0 valid, 1 invalid, 2 cannot tell, 3 used wrongly."
FSCK_EPILOG = "Exit status: 0 in order, 1 something is wrong, 3 used wrongly."
PROVEN_EPILOG = "Exit status: 0 proven, 1 not true, 2 cannot tell, 3 used wrongly."
AT_END_OF_DAY = "T23:59:59Z"


class UsageError(InputError):
    """The command line is wrong; `command` is the part whose --help says how it is right."""

    def __init__(self, message: str, command: str) -> None:
        super().__init__("usage", message)
        self.command = command


class _Parser(argparse.ArgumentParser):
    """Raises instead of exiting, so that every error leaves by the same door with the same exit status."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", self.prog)


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; `command` in its result names what is to be done."""
    parser = _Parser(
        prog="exchange", description="Signed, revocable badges.", epilog=EPILOG, allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"exchange {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, summary: str, epilog: str = EPILOG) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=summary, description=summary, epilog=epilog, allow_abbrev=False)

    add("demo", "Start with sample issuers, badges and holders, and keep serving.")
    add("serve", "Start the service.")
    add("test", "Run the tests of this checkout; further arguments go to pytest.")
    _json(add("doctor", "Show every setting in force and check that everything is in order."))
    _issuers(add("issuers", "Issuers and their badges as code."))
    design_arguments.achievements(
        add("achievements", "What can be earned: drafts, and what was published."), _badge_name
    )
    _keys(add("keys", "The keys that badges are signed with, and who may sign."))
    _award(add("award", "Sign a badge for one recipient."))
    order_arguments.batches(add("batches", "Awards to many that were begun at the desk or by a program."))
    order_arguments.held(add("held", "Awards that wait for a second person."))
    report_arguments.reports(add("reports", "What readers say is wrong with endorsements and vouches."))
    _mail(add("mail", "Mails: try the server, see what waits, try again."))
    _verify(add("verify", "Say whether a badge is true now, and why.", VERIFY_EPILOG))
    _json(
        trust_arguments.arguments(add("trust", "What endorsements of a badge, or of several, say together."))
    )
    portfolio_arguments.arguments(add("portfolios", "What somebody shows of their badges, and to whom."))
    vouch_arguments.vouches(add("vouches", "What people give in their own name: vouches, and thanks."))
    _json(endorse_arguments.endorse(add("endorse", "Let an issuer endorse another one, or a badge of it.")))
    _json(endorse_arguments.withdraw(add("withdraw", "Take an issuer's endorsement back for good.")))
    endorse_arguments.endorsements(
        add("endorsements", "What issuers say of each other: list it, show or hide it.")
    )
    _log(add("log", "The log of everything that was done: check it, sign it, prove what is in it."))
    for name, summary in (
        ("revoke", "Take a badge back for good."),
        ("suspend", "Put a badge on hold."),
        ("reinstate", "End the suspension of a badge."),
    ):
        change = add(name, summary)
        change.add_argument("badge", metavar="ID", help="the badge's id (its URL), or the last part of it")
        change.add_argument("--reason", required=True, metavar="TEXT", help="why, for the badge's history")
        _no_mail(change)
        _json(change)
    recipient_arguments.recipients(add("recipients", "Who has which badge; change many at once."))
    recipient_arguments.webhooks(add("webhooks", "Programs that are told of an issuer's events."))
    instance_arguments.clock(add("clock", "The clock that everything is dated by."))
    _codes(add("codes", "Claim codes: links, posters and cards by which people get a badge."))
    people_arguments.people(add("people", "Who has an account."))
    people_arguments.teams(add("teams", "People under one name, which may hold roles."))
    people_arguments.roles(add("roles", "Who may do what at an issuer."))
    people_arguments.tokens(add("tokens", "What programs act with for somebody."))
    imported_arguments.imported(add("imported", "Badges that people brought from elsewhere."))
    instance_arguments.backup(
        add("backup", "Write everything but the kek to one file, also while the service runs.")
    )
    instance_arguments.restore(
        add("restore", "Fill an empty exchange from a backup; it is read-only until acknowledged.")
    )
    return parser


def _issuers(issuers: argparse.ArgumentParser) -> None:
    actions = issuers.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=summary, description=summary, epilog=EPILOG, allow_abbrev=False)

    sync = add("sync", "Bring a folder of issuers into the exchange: show what changes, ask, write it.")
    sync.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="default: the issuers that are shipped"
    )
    sync.add_argument("--yes", action="store_true", help="do not ask; scripts need it to change anything")
    sync.add_argument(
        "--over-desk", action="store_true", help="also replace what was written at the desk since"
    )
    sync.add_argument("--dry-run", action="store_true", help="show what would change and write nothing")
    _json(sync)
    export = add("export", "Write an issuer and its badges back as files.")
    export.add_argument("issuer", metavar="ISSUER", help="as in issuers/ISSUER")
    export.add_argument("folder", type=Path, metavar="DIR", help="where the folder ISSUER is made")
    _json(export)
    new = add("new", "Begin a catalogue: files that explain themselves and can be synced at once.")
    new.add_argument(
        "folder", type=Path, metavar="DIR/SLUG", help="the folder to make; SLUG names the issuer"
    )
    _json(new)
    design_arguments.issuers(add)


def _keys(keys: argparse.ArgumentParser) -> None:
    actions = keys.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        _json(action)
        return action

    key: dict[str, Any] = {"metavar": "KEY", "help": "its multikey (z6Mk…), its id, or a URL that ends in it"}
    why: dict[str, Any] = {
        "required": True,
        "metavar": "TEXT",
        "help": "why: shown to who wants to sign, and kept",
    }
    everybody: dict[str, Any] = {"nargs": "?", "metavar": "ISSUER", "help": "default: everybody"}
    add("list", "Show every key and its state, and who must not sign.").add_argument("issuer", **everybody)
    add("show", "Show one key and what it signed.").add_argument("key", **key)
    rotate = add("rotate", "Let a new key take over; what the old one signed stays good.")
    rotate.add_argument("issuer", metavar="ISSUER")
    rotate.add_argument(
        "--uri", default="", metavar="URI", help="a key that is in a vault already, vault:transit/keys/NAME"
    )
    revoke = add(
        "revoke",
        "Believe a key no more, nor anything it signed. If it is the active one, a new one takes over.",
    )
    revoke.add_argument("key", **key)
    revoke.add_argument("--reason", **why)
    revoke.add_argument(
        "--since", type=_moment, metavar="TIME", help="when it may have been lost (RFC 3339; default: now)"
    )
    stop = add("stop", "Sign nothing any more, on every node, until it is resumed.")
    stop.add_argument("issuer", **everybody)
    stop.add_argument("--reason", **why)
    add("resume", "End a stop.").add_argument("issuer", **everybody)
    rewrap = add("rewrap", "Seal the keys in the home under another key-encryption key.")
    rewrap.add_argument("--to", type=_kek, required=True, metavar="URI", help="as EXCHANGE_KEK will be")
    rewrap.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="the new passphrase (default: asked for)"
    )


def _codes(codes: argparse.ArgumentParser) -> None:
    actions = codes.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        _json(action)
        return action

    listed = add("list", "Show an issuer's codes, newest first.")
    listed.add_argument("issuer", metavar="ISSUER", help="as in issuers/ISSUER")
    listed.add_argument("--before", metavar="ID", help="go on after this code")
    made = add("add", "Create a code; single codes are shown this once.")
    made.add_argument("badge", type=_badge_name, metavar="ISSUER/BADGE")
    made.add_argument("--quota", type=int, required=True, metavar="N", help="for how many people")
    made.add_argument("--days", type=int, default=30, metavar="N", help="how long it is good (30)")
    made.add_argument("--title", default="", metavar="TEXT", help="to tell one from another")
    made.add_argument("--approval", action="store_true", help="somebody has to say yes to each")
    made.add_argument("--singles", action="store_true", help="a code for each person instead of a link")
    shown = add("show", "Show a code and who used it.")
    shown.add_argument("code", metavar="CODE", help="its id, as `codes list` shows it")
    shown.add_argument("--before", metavar="ID", help="go on after this use")
    add("close", "Let nobody use a code any more.").add_argument("code", metavar="CODE")
    approved = add("approve", "Say yes to who waits, and award it.")
    approved.add_argument("use", metavar="USE", help="as `codes show` shows it")
    refused = add("refuse", "Say no to who waits.")
    refused.add_argument("use", metavar="USE")


def _award(award: argparse.ArgumentParser) -> None:
    award.add_argument(
        "badge", type=_badge_name, metavar="ISSUER/BADGE", help="as in issuers/ISSUER/badges/BADGE.toml"
    )
    who = award.add_mutually_exclusive_group(required=True)
    who.add_argument("--to", metavar="WHO", help="mailto:…, an e-mail address, a DID or an https URL")
    who.add_argument(
        "--to-file",
        type=Path,
        metavar="FILE",
        help="many: one recipient a line, or a CSV with columns to, evidence, narrative; prints a line of "
        "JSON for each; a second run goes on",
    )
    award.add_argument(
        "--dry-run", action="store_true", help="with --to-file: judge every row and sign nothing"
    )
    award.add_argument(
        "--skip-wrong", action="store_true", help="with --to-file: leave out the rows that are wrong"
    )
    award.add_argument("--hold", action="store_true", help="sign nothing until a second person approves it")
    award.add_argument(
        "--batch",
        metavar="NAME",
        help="with --to-file: nobody gets the badge twice under this name (default: the name of the file)",
    )
    award.add_argument(
        "--evidence", action="append", default=[], metavar="URL", help="may be given several times"
    )
    award.add_argument("--narrative", default="", metavar="TEXT", help="how it was earned (Markdown)")
    award.add_argument(
        "--valid-until",
        type=_end,
        metavar="TIME",
        help="RFC 3339, or a date: then to the end of that day (UTC)",
    )
    award.add_argument(
        "--proof",
        default="eddsa-rdfc-2022",
        metavar="PROOF",
        help="eddsa-rdfc-2022 (default), eddsa-jcs-2022 or jwt",
    )
    award.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where the files go (default: awards/ in EXCHANGE_HOME); with --to-file none are written",
    )
    _no_mail(award)
    _json(award)


def _no_mail(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-mail", action="store_true", help="tell nobody by mail")


def _mail(mail: argparse.ArgumentParser) -> None:
    actions = mail.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, summary: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        _json(action)
        return action

    add("test", "Send a mail now, to see that it gets out.").add_argument("address", metavar="ADDRESS")
    add("list", "Show what waits, and what was given up and why.")
    retry = add("retry", "Let what was put off or given up be due now.")
    retry.add_argument("id", nargs="?", metavar="ID", help="as `exchange mail list` shows it; default: all")
    add("send", "Send what is due, where no service runs.")


def _verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument(
        "badge", metavar="FILE|URL|-", help="JSON, JWT, or a PNG or SVG with a badge inside; - is stdin"
    )
    verify.add_argument(
        "--at", type=_end, metavar="TIME", help="judge as of that time (RFC 3339), or the end of a day"
    )
    verify.add_argument(
        "--recipient", metavar="ID", help="must be about them: an e-mail address, a DID or a URL"
    )
    verify.add_argument("--expect", choices=("badge", "endorsement"), help="must be one of these")
    verify.add_argument("--domain", metavar="TEXT", help="a presentation: must be signed for this reader")
    verify.add_argument("--challenge", metavar="TEXT", help="a presentation: must answer this question")
    verify.add_argument("--offline", action="store_true", help="fetch nothing")
    verify.add_argument(
        "--documents",
        type=Path,
        metavar="DIR",
        help="saved documents instead of the network: DIR/index.json maps each URL to "
        '{"file", "status", "content_type"}; implies --offline',
    )
    _json(verify)


def _log(log: argparse.ArgumentParser) -> None:
    actions = log.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, summary: str, epilog: str = EPILOG) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=summary, description=summary, epilog=epilog, allow_abbrev=False)

    _json(add("fsck", "Check the whole log, and everything on record against it.", FSCK_EPILOG))
    prove = add(
        "prove", "Write the proof that an award or endorsement is in the log, or that the log only grew."
    )
    prove.add_argument(
        "badge",
        metavar="ID|FROM..TO",
        help="the id (URL) of a badge or endorsement, or its last part; or the sizes of two checkpoints",
    )
    _out(prove)
    _json(prove)
    checkpoint = add("checkpoint", "Sign for the log as it is now; print that, and the key that verifies it.")
    _out(checkpoint)
    _json(checkpoint)
    verify = add("verify", "Say what files prove, with nothing but them and the log's key.", PROVEN_EPILOG)
    verify.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="log proofs, checkpoints, consistency proofs, badges in any form; the key, too, may be one",
    )
    verify.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY|FILE",
        help="the log's verifier key, from whom you trust to know it; not from the same place as the files",
    )
    _json(verify)
    about = add("about", "List everything in the log about somebody, or about a badge, with proofs.")
    about.add_argument(
        "who", metavar="WHO", help="mailto:…, an e-mail address, a DID, an https URL, or a badge's id"
    )
    _out(about, "DIR", "write each proof into this folder")
    _json(about)


def _out(parser: argparse.ArgumentParser, metavar: str = "FILE", said: str = "write it there") -> None:
    parser.add_argument("--out", type=Path, metavar=metavar, help=said)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def _form(read: Callable[[str], T]) -> Callable[[str], T]:
    def typed(text: str) -> T:
        try:
            return read(text)
        except InputError as error:
            raise argparse.ArgumentTypeError(error.message.rstrip(".")) from None

    return typed


@_form
def _moment(text: str) -> datetime:
    return parse_date(text)


@_form
def _end(text: str) -> datetime:
    return parse_date(text + AT_END_OF_DAY if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else text)


@_form
def _kek(text: str) -> str:
    return kek_uri("--to", text)


def _badge_name(text: str) -> tuple[str, str]:
    issuer, slash, badge = text.partition("/")
    if not (issuer and slash and badge) or "/" in badge:
        raise argparse.ArgumentTypeError(f"{text!r} should name an issuer and its badge: ISSUER/BADGE")
    return issuer, badge
