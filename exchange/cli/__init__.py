"""The `exchange` command: a thin edge, like the HTTP one. Every way out of it is in this file.

Exit status: 0 done (or valid), 1 refused or failed (or invalid), 2 cannot tell, 3 used wrongly.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from exchange.adapters.memory import forbid_core_dumps
from exchange.cli.arguments import UsageError, build_parser
from exchange.cli.output import Reply, show, wants_colours
from exchange.core.plain_text import one_line
from exchange.errors import CannotTellError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.settings import Settings, load_settings


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line; the exit status. Never shows a traceback for an error we can name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verifying = arguments[:1] == ["verify"] or arguments[:2] == ["log", "verify"]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal without ✓ must not stop us
    try:
        status = _run(arguments)
        sys.stdout.flush()
    except ExchangeError as error:
        _complain(error, as_json="--json" in arguments)
        return _status(error, verifying)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains while exiting
        return 141
    except OSError as error:  # a full disk, a folder we may not write: the machine's fault, not a bug
        _complain(
            UnavailableError("system", f"{error.strerror}: {error.filename}"), as_json="--json" in arguments
        )
        return 2 if verifying else 1
    except Exception:
        traceback.print_exc()
        print(
            "error: this is a fault in exchange itself; please report it with the lines above",
            file=sys.stderr,
        )
        return 2 if verifying else 1
    return status


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["test"]:
        from exchange.cli.testing import run_tests

        return run_tests(arguments[1:])
    args = build_parser().parse_args(arguments)
    forbid_core_dumps()  # from here on, a key may be in memory
    settings = load_settings()
    if args.command in ("serve", "demo"):
        from exchange.service import serve

        serve(settings, demo=args.command == "demo")
        return 0
    if args.command == "doctor":
        from exchange.cli.doctor import examine

        reply = asyncio.run(examine(settings))
    elif args.command == "restore":
        from exchange.cli.backup import restore

        reply = asyncio.run(restore(settings, args))
    elif args.command == "issuers" and args.action == "new":
        from exchange.cli.catalogues import new

        reply = new(args)
    elif args.command == "log" and args.action == "verify":
        from exchange.cli.log import verify

        reply = verify(args)  # with nothing but files: no home, no database
    else:
        reply = asyncio.run(_with_ports(settings, args))
    show(reply, as_json=args.json, colours=wants_colours(settings.plain))
    return reply.status


async def _with_ports(settings: Settings, args: Namespace) -> Reply:
    from exchange.app import open_ports
    from exchange.cli.commands import COMMANDS

    with TemporaryDirectory() as folder:
        if args.command == "verify" and settings.is_new:  # who only looks at a badge founds no exchange
            settings = settings.elsewhere(Path(folder))
        async with open_ports(settings) as ports:
            return await COMMANDS[args.command](ports, settings, args)


def _complain(error: ExchangeError, *, as_json: bool) -> None:
    place = f" (at {error.at})" if error.at and error.at not in error.message else ""
    for fault in f"{error.message}{place}".splitlines():
        print(f"error: {one_line(fault)}", file=sys.stderr)
    if isinstance(error, UsageError):
        print(f"hint: {error.command} --help", file=sys.stderr)
    elif isinstance(error, UnavailableError):
        print("hint: exchange doctor", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": {"code": error.code, "message": error.message, "at": error.at}}, indent=2))


def _status(error: ExchangeError, verifying: bool) -> int:
    """What was asked for is wrong (3), could not be determined (2), or was refused or failed (1).

    `verify` never says 1 for a fault of ours: 1 is a verdict.
    """
    if isinstance(error, InputError | NotFoundError):
        return 3
    return 2 if verifying or isinstance(error, CannotTellError) else 1
