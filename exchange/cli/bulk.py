"""`exchange award ISSUER/BADGE --to-file FILE`: many badges, told one line of JSON each as they are done.

The file is a roster as the desk takes it (`core/roster.py`): a recipient a line, or a table. Every row is
judged first; `--dry-run` ends there.
"""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from exchange.cli.arguments import UsageError
from exchange.cli.output import Reply
from exchange.core.dates import format_date
from exchange.core.orders import until_of
from exchange.core.roster import Fault, Judged, Roster, Row, read_roster
from exchange.errors import InputError
from exchange.flows.badges.award import Order, find_achievement
from exchange.flows.badges.award_many import Made, award_many
from exchange.flows.issuers.issuers import issuer
from exchange.flows.orders.batches import judge_rows
from exchange.flows.ports import Ports

NOTED = ("has_it", "ordered_already")
"""What is no reason to refuse a row here: under a batch's name nobody gets the badge twice."""
TOLD = 20


class Bar(Protocol):
    """What shows how far something is."""

    def __call__(self, done: int) -> None: ...


@contextmanager
def bar(words: str, total: int) -> Iterator[Bar]:
    """A bar on a terminal; elsewhere nothing is shown."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    own = sys.stdout.isatty()  # then lines and bar share the screen; else the lines go where they should
    with Progress(*columns, console=console, transient=True, redirect_stdout=own) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.update(task, completed=done)


async def award_file(ports: Ports, args: Namespace) -> Reply:
    """Exit status 1 when something was not done for somebody."""
    if args.out is not None or args.hold:
        raise UsageError("argument --to-file: not allowed with --out or --hold.", "exchange award")
    roster = await asyncio.to_thread(_read, args.to_file)
    rows = [_with_defaults(row, args) for row in roster.rows]
    await issuer(ports, args.badge[0])
    achievement = await find_achievement(ports, _order(args, Row(0, "")))
    judged = await judge_rows(ports, achievement, rows)
    if args.dry_run:
        return _dry(roster, judged)
    wrong = [one for one in judged if _faults(one)]
    if wrong and not args.skip_wrong:
        told = [f"row {one.row.number}: {fault.message}" for one in wrong for fault in _faults(one)]
        more = ["And there is more."] if len(told) > TOLD else []
        hint = "Nothing was awarded. With --skip-wrong these rows are left out."
        raise InputError("rows_wrong", "\n".join([*told[:TOLD], *more, hint]))
    orders = [_order(args, one.row, one.recipient) for one in judged if not _faults(one)]
    return await _award(ports, args.batch or args.to_file.name, orders, len(wrong))


async def _award(ports: Ports, batch: str, orders: list[Order], left_out: int) -> Reply:
    done = again = failed = 0
    with bar("Awarding", len(orders)) as show:
        async for chunk in award_many(ports, orders, batch):
            for made in chunk:
                print(json.dumps(_told(made), ensure_ascii=False))
            sys.stdout.flush()
            done += sum(made.problem is None and not made.again for made in chunk)
            again += sum(made.again for made in chunk)
            failed += sum(made.problem is not None for made in chunk)
            show(done + again + failed)
    skipped = f", {left_out} left out" if left_out else ""
    print(f"{done} awarded, {again} had it, {failed} not done{skipped}", file=sys.stderr)
    return Reply({}, status=1 if failed or left_out else 0, said=True)


def _read(path: Path) -> Roster:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("file_unreadable", f"{path} could not be read: {error.strerror}.") from None
    return read_roster(data)


def _with_defaults(row: Row, args: Namespace) -> Row:
    until = row.until or (format_date(args.valid_until) if args.valid_until else "")
    evidence, narrative = row.evidence or tuple(args.evidence), row.narrative or args.narrative
    return Row(row.number, row.to, evidence, narrative, until)


def _order(args: Namespace, row: Row, recipient: str = "") -> Order:
    return Order(
        args.badge[0],
        args.badge[1],
        recipient,
        row.evidence,
        row.narrative,
        until_of(row.until),
        args.proof,
        not args.no_mail,
    )


def _faults(one: Judged) -> list[Fault]:
    return [fault for fault in one.faults if fault.code not in NOTED]


def _dry(roster: Roster, judged: tuple[Judged, ...]) -> Reply:
    """What every row would do."""
    wrong = [one for one in judged if _faults(one)]
    noted = [one for one in judged if one.faults and not _faults(one)]
    lines = [("warning", f"nobody reads the columns {', '.join(roster.unread)}")] if roster.unread else []
    lines += [
        ("warning" if fault.code in NOTED else "error", f"row {one.row.number}: {fault.message}")
        for one in judged
        for fault in one.faults
    ]
    right = len(judged) - len(wrong) - len(noted)
    lines.append(("", f"{right} right, {len(noted)} have it, {len(wrong)} wrong; nothing was signed"))
    value = {
        "rows": [
            {
                "number": one.row.number,
                "to": one.row.to,
                "recipient": one.recipient,
                "faults": [
                    {"code": fault.code, "at": fault.at, "message": fault.message} for fault in one.faults
                ],
            }
            for one in judged
        ],
        "unread": list(roster.unread),
    }
    return Reply(value, lines, status=1 if wrong else 0)


def _told(made: Made) -> dict[str, object]:
    if made.problem is not None:
        return {"to": made.to, "error": {"code": made.problem.code, "message": made.problem.message}}
    return {"to": made.to, "id": made.id, "again": made.again}
