"""`exchange recipients …`: who has which badge of an issuer, and changing many of them at once."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path
from typing import Any

from exchange.cli.output import Reply, on_a_terminal, typed
from exchange.core import urls
from exchange.core.dates import format_date
from exchange.core.sheet import BOM, write_lines
from exchange.errors import InputError, UnavailableError
from exchange.flows.claims.claim import claim_at
from exchange.flows.ports import Ports
from exchange.flows.recipients import recipients as flow
from exchange.flows.recipients import status_many as many
from exchange.flows.recipients.records import Recipient, Wanted
from exchange.settings import Settings


async def recipients(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange recipients list|export|suspend|reinstate|revoke|renew|replace ISSUER …`"""
    said = {name: getattr(args, name) or "" for name in flow.FIELDS}
    wanted = flow.read_wanted(args.issuer, said)
    if args.action == "list":
        return await _list(ports, wanted, args.before)
    if args.action == "export":
        return await _export(ports, wanted, args.file)
    return await _change(ports, wanted, args)


async def _list(ports: Ports, wanted: Wanted, before: str | None) -> Reply:
    rows, older = await flow.recipients(ports, wanted, before)
    lines = [(_mark(row), _said(ports, row)) for row in rows] or [("", "Nobody has such a badge.")]
    if older:
        lines.append(("", f"… and older ones: --before {older}"))
    return Reply({"recipients": [_plain(ports, row) for row in rows], "before": older}, lines)


async def _export(ports: Ports, wanted: Wanted, file: Path) -> Reply:
    count = 0
    try:
        with file.open("x", encoding="utf-8", newline="") as out:
            out.write(BOM + write_lines([flow.CSV_HEAD]))
            async for rows in flow.every_recipient(ports, wanted):
                lines = write_lines(flow.csv_cells(ports, row) for row in rows)
                await asyncio.to_thread(out.write, lines)
                count += len(rows)
    except FileExistsError:
        raise InputError("file_exists", f"{file} is there already; name another file.") from None
    except OSError as error:
        raise UnavailableError("files_not_written", f"{file} was not written: {error.strerror}.") from None
    return Reply({"file": str(file), "rows": count}, [("", f"{count} rows in {file}")])


async def _change(ports: Ports, wanted: Wanted, args: Namespace) -> Reply:
    """Shown first, then asked; `--yes` stands for the answer."""
    act = many.act_named(args.action)
    badges = tuple(urls.badge_key(ports.bases, badge) or badge for badge in args.badge)
    seen = await many.preview(ports, act, many.Choice(wanted, badges))
    value: dict[str, Any] = {
        "act": act,
        "count": seen.count,
        "achievements": dict(seen.achievements),
        "passed": dict(seen.passed),
    }
    lines = [("", f"{act}: {seen.count} badges")]
    lines += [("", f"  {count} × {slug}") for slug, count in seen.achievements.most_common()]
    lines += [("", f"  left as they are: {count} {how}") for how, count in seen.passed.most_common()]
    if not seen.count or args.dry_run:
        return Reply(value, lines)
    if not args.yes:
        if args.json or not on_a_terminal():
            raise InputError("not_confirmed", "Nothing was changed: say --yes, or answer on a terminal.")
        print("\n".join(text for _, text in lines))
        if typed("Do it? [y/N] ").lower() not in ("y", "yes"):
            return Reply(value, [("", "Nothing was changed.")], 1)
    reason = getattr(args, "reason", None) or ""
    job = await many.begin(ports, act, seen.choice, reason, seen.digest, mail=not args.no_mail)
    await many.carry_on(ports, job.id)
    job = await many.find_job(ports, job.id)
    value |= {"job": job.id, "done": job.done, "left": job.total - job.done}
    lines.append(("ok", f"done: {job.done}, left as they were: {job.total - job.done}"))
    return Reply(value, lines)


def _mark(row: Recipient) -> str:
    return {"valid": "ok", "revoked": "error", "suspended": "warning"}.get(row.status, "")


def _said(ports: Ports, row: Recipient) -> str:
    said = claim_at(row.claim, row.at, ports.now())
    claim = f", {said}" if said else ""
    mail = f", mail {row.mail.replace('_', ' ')}" if row.mail else ""
    until = f", until {format_date(row.valid_until)}" if row.valid_until else ""
    who = row.to.removeprefix("mailto:")
    return f"{who}  {row.achievement}  {row.status}{until}{claim}{mail}  ({row.badge})"


def _plain(ports: Ports, row: Recipient) -> dict[str, Any]:
    return dict(zip(flow.CSV_HEAD, flow.csv_cells(ports, row), strict=True)) | {"key": row.badge}
