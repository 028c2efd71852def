"""`exchange award ISSUER/BADGE --to-file FILE`: many badges, told one line of JSON each as they are done."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from exchange.cli.arguments import UsageError
from exchange.cli.output import Reply
from exchange.errors import InputError
from exchange.flows.badges.award import Order
from exchange.flows.badges.award_many import Made, award_many
from exchange.flows.ports import Ports

MAX_LINE = 2_048


class Roster:
    """The orders of a file with one recipient a line; blank lines and those that begin with # are none.

    Reading it again gives the same orders, so that they can be judged before the first is carried out and
    never all be in memory. InputError("file_unreadable").
    """

    def __init__(self, path: Path, args: Namespace) -> None:
        self._path = path
        self._args = args

    def __iter__(self) -> Iterator[Order]:
        args = self._args
        issuer, badge = args.badge
        for recipient in self._recipients():
            yield Order(
                issuer,
                badge,
                recipient,
                tuple(args.evidence),
                args.narrative,
                args.valid_until,
                args.proof,
                not args.no_mail,
            )

    def _recipients(self) -> Iterator[str]:
        try:
            with self._path.open(encoding="utf-8-sig") as file:
                while line := file.readline(MAX_LINE):
                    if len(line) == MAX_LINE and line[-1] != "\n":
                        raise InputError("recipient_malformed", f"A line of {self._path} is too long.")
                    recipient = line.strip()
                    if recipient and not recipient.startswith("#"):
                        yield recipient
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise InputError("file_unreadable", f"{self._path} could not be read: {reason}.") from None


async def award_file(ports: Ports, args: Namespace) -> Reply:
    """Exit status 1 when something was not done for somebody."""
    if args.out is not None:
        raise UsageError("argument --out: not allowed with argument --to-file.", "exchange award")
    batch = args.batch or args.to_file.name
    done = again = failed = 0
    async for chunk in award_many(ports, Roster(args.to_file, args), batch):
        for made in chunk:
            print(json.dumps(_told(made), ensure_ascii=False))
        sys.stdout.flush()
        done += sum(made.problem is None and not made.again for made in chunk)
        again += sum(made.again for made in chunk)
        failed += sum(made.problem is not None for made in chunk)
        if sys.stderr.isatty():
            print(f"\r{done} awarded, {again} had it", end="", file=sys.stderr, flush=True)
    start = "\r" if sys.stderr.isatty() else ""
    print(f"{start}{done} awarded, {again} had it, {failed} not done", file=sys.stderr)
    return Reply({}, status=1 if failed else 0, said=True)


def _told(made: Made) -> dict[str, object]:
    if made.problem is not None:
        return {"to": made.to, "error": {"code": made.problem.code, "message": made.problem.message}}
    return {"to": made.to, "id": made.id, "again": made.again}
