"""`exchange backup` and `exchange restore`: everything but the kek in one file, and the way back."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from contextlib import suppress
from pathlib import Path
from typing import cast

from exchange import app
from exchange.adapters.backup import Backup, open_backup, write_backup
from exchange.adapters.database import DatabaseStore
from exchange.adapters.private_files import write_private
from exchange.cli.arguments import UsageError
from exchange.cli.output import Reply
from exchange.core import strict_json
from exchange.core.checkpoint import peek_checkpoint
from exchange.core.dates import format_date
from exchange.core.log_proof import peek_log_proof
from exchange.core.signed_note import MAX_NOTE_BYTES
from exchange.errors import InputError, UnavailableError
from exchange.flows import restore as restoring
from exchange.flows.backup import note_backup, signed_checkpoint
from exchange.flows.ports import Ports
from exchange.flows.standing import Hold, standing
from exchange.settings import Settings

_MAX_PROOF_BYTES = 1_000_000


async def backup(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange backup FILE`, `exchange backup --checkpoint FILE`: also while the service runs."""
    if args.file is None and args.checkpoint is None:
        raise UsageError("Say where to: a FILE, or --checkpoint FILE.", "exchange backup")
    note, problem = await signed_checkpoint(ports)
    lines = [("warning", f"No new checkpoint was signed: {problem}")] if problem else []
    value: dict[str, object] = {}
    if args.file is not None:
        at, store = ports.now(), cast(DatabaseStore, ports.store)
        written = await write_backup(store, settings.home, note, args.file, at)
        await note_backup(ports, at)
        value |= {"file": str(args.file), "rows": written.rows, "keys": written.keys}
        lines.append(
            ("", f"backed up to {args.file}: {written.rows} rows, {written.keys} encrypted keys, no kek")
        )
    if note:
        size = peek_checkpoint(note).size
        value["checkpoint"] = {"size": size, "file": str(args.checkpoint) if args.checkpoint else None}
        if args.checkpoint is not None:
            await asyncio.to_thread(write_private, args.checkpoint, note, replace=True)
            lines.append(("", f"checkpoint of log size {size} in {args.checkpoint}: keep it elsewhere"))
    elif args.checkpoint is not None:
        raise UnavailableError("no_checkpoint", problem)
    return Reply(value, lines)


async def restore(settings: Settings, args: Namespace) -> Reply:
    """`exchange restore FILE [--checkpoint FILE]…`, `exchange restore --acknowledge [--missing N]`"""
    if (args.file is None) is not args.acknowledge:
        raise UsageError("Say what: a FILE to restore, or --acknowledge.", "exchange restore")
    if args.acknowledge:
        async with app.open_ports(settings) as ports:
            return await _acknowledge(ports, args.missing)
    notes = [await asyncio.to_thread(read_note, path) for path in args.checkpoint]
    with open_backup(args.file) as archive:
        await archive.restore(settings.database_url, settings.home, Hold("restored").to_text())
        async with app.open_ports(settings) as ports:
            return await _settle(ports, settings, archive, notes)


async def _settle(ports: Ports, settings: Settings, archive: Backup, notes: list[bytes]) -> Reply:
    """Hold what was restored for what is known about it, and say so."""
    if kept := await ports.witness.last():
        notes.append(kept)
    if archive.checkpoint and (await restoring.compare(ports, archive.checkpoint)).missing:
        notes.append(archive.checkpoint)
    hold = await restoring.hold(ports, "restored", notes)
    found = await standing(ports)
    lines = [("", f"restored what was on record at {format_date(archive.at)}, log size {hold.size}")]
    if not (settings.home / "kek").exists():
        lines.append(("warning", f"A backup holds no kek: put it back into {settings.home}, mode 600."))
    if found:
        lines += [("warning", f"read-only: {found.message}"), ("", found.remedy)]
    value = {"at": archive.at.isoformat(), "size": hold.size, "missing": hold.missing, "whole": hold.whole}
    return Reply({**value, "read_only": found.message if found else None}, lines)


async def _acknowledge(ports: Ports, missing: int) -> Reply:
    done = await restoring.acknowledge(ports, missing)
    lines = [
        ("", "acknowledged: this exchange writes again, and new badges get new status lists"),
        ("", f"{'A new log was begun' if done.begun else 'The log goes on'}: {done.origin}"),
    ]
    if done.begun:
        lines.append(("warning", "What was revoked after the backup, badges or keys, must be revoked again."))
    return Reply({"log": done.origin, "begun": done.begun}, lines)


def read_note(path: Path) -> bytes:
    """A checkpoint that was kept elsewhere: the note itself, or a log proof (JSON) that came with a badge.

    InputError: file_unreadable, and those of the note or the proof.
    """
    try:
        with path.open("rb") as file:
            body = file.read(_MAX_PROOF_BYTES)
    except OSError as error:
        raise InputError("file_unreadable", f"{path} cannot be read: {error.strerror}.", str(path)) from None
    if body.lstrip()[:1] == b"{":
        body = peek_log_proof(strict_json.parse(body)).checkpoint
    with suppress(UnicodeDecodeError):  # a mail program may have changed the ends of lines
        body = body[: MAX_NOTE_BYTES + 1].decode().replace("\r\n", "\n").encode()
    peek_checkpoint(body)
    return body
