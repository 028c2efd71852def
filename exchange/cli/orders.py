"""`exchange batches …` and `exchange held …`: awards to many, and those that wait for a second person."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace

from exchange.cli.bulk import bar
from exchange.cli.files import write_new
from exchange.cli.output import Reply
from exchange.core.dates import format_date
from exchange.flows.orders import batches, hold
from exchange.flows.orders.carry_out import Pace, carry_out_turn
from exchange.flows.orders.receipts import batch_document, receipt_document, receipt_sheet
from exchange.flows.orders.records import Held
from exchange.flows.ports import Ports
from exchange.settings import Settings

ALONE = Pace(chunk=250, breath=0.0)
"""Where no service runs, nobody has to be let by."""


async def batches_(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange batches list|show|pause|resume|discard|receipt|run …`"""
    if args.action == "list":
        page, _ = await batches.listed(ports)
        value = {"batches": [batch_document(one.batch, one.counts) for one in page]}
        return Reply(value, [line for one in page for line in _lines(one)] or [("", "no batches")])
    if args.action == "run":
        return await _run(ports)
    if args.action == "receipt":
        return await _receipt(ports, args)
    if args.action == "discard":
        batch = await batches.discard(ports, args.id)
        return Reply({"id": batch.id}, [("", f"discarded {batch.id}")])
    if args.action == "pause":
        await batches.pause(ports, args.id)
    elif args.action == "resume":
        await batches.resume(ports, args.id)
    said = await batches.progress(ports, args.id)
    return Reply(batch_document(said.batch, said.counts), _lines(said))


async def held(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange held list|approve|refuse …`"""
    if args.action == "approve":
        decided, awarded = await hold.approve(ports, args.id)
        return Reply({**held_value(decided), "award": awarded.id}, [("", f"awarded {awarded.id}")])
    if args.action == "refuse":
        refused = await hold.refuse(ports, args.id, args.reason)
        return Reply(held_value(refused), [("", f"refused {refused.id}: {refused.reason}")])
    found = [one.held for one in await hold.held(ports)]
    lines = [("", f"{one.id}  {one.state}  {one.issuer}/{one.achievement}  {one.recipient}") for one in found]
    return Reply({"held": [held_value(one) for one in found]}, lines or [("", "nothing waits")])


def held_value(one: Held) -> dict[str, object]:
    """For --json."""
    return {
        "id": one.id,
        "issuer": one.issuer,
        "badge": one.achievement,
        "to": one.recipient,
        "state": one.state,
        "at": format_date(one.asked_at),
        "reason": one.reason,
    }


async def _run(ports: Ports) -> Reply:
    """Carry out what was confirmed, where no service does."""
    name, turns = ports.new_id(), 0
    page, _ = await batches.listed(ports)
    running = [one.batch.id for one in page if one.batch.state == "running"]
    with bar("Awarding", sum(one.total for one in page if one.batch.state == "running")) as show:
        while await carry_out_turn(ports, name, ALONE):
            turns += 1
            counts = await ports.store.batch_counts(running)
            show(sum(n for states in counts.values() for state, n in states.items() if state != "ready"))
    said = [await batches.progress(ports, id) for id in running]
    lines = [line for one in said for line in _lines(one)]
    value = {"batches": [batch_document(one.batch, one.counts) for one in said]}
    return Reply(value, lines or [("", "nothing is to be carried out")])


async def _receipt(ports: Ports, args: Namespace) -> Reply:
    said, rows = await batches.receipt(ports, args.id)
    document = receipt_document(ports.base_url, said, rows)
    if args.out is None:
        return Reply(document, document=json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    whole = json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"
    body = receipt_sheet(rows) if args.out.suffix.lower() == ".csv" else whole
    await asyncio.to_thread(write_new, {args.out: body})
    return Reply({"file": str(args.out)}, [("", f"wrote {args.out}")])


def _lines(said: batches.Progress) -> list[tuple[str, str]]:
    batch = said.batch
    counts = ", ".join(f"{count} {state}" for state, count in said.counts.items())
    lines = [("", f"{batch.id}  {batch.state}  {batch.issuer}/{batch.achievement}  {counts}")]
    if batch.reason:
        lines.append(("warning", f"  {batch.reason}"))
    return lines
