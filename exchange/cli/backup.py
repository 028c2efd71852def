"""`exchange backup` and `exchange restore`: everything but the kek in one file, and the way back."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from exchange import app
from exchange.adapters.backup import Backup, open_backup, write_backup
from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.private_files import write_private
from exchange.adapters.witness import CheckpointFile, names_in
from exchange.cli.arguments import UsageError
from exchange.cli.output import Reply
from exchange.core import strict_json
from exchange.core.dates import format_date
from exchange.core.log.checkpoint import peek_checkpoint
from exchange.core.log.proof import peek_log_proof
from exchange.core.log.signed_note import MAX_NOTE_BYTES
from exchange.errors import InputError, UnavailableError
from exchange.flows.instance import restore as restoring
from exchange.flows.instance.backup import note_backup, signed_checkpoint
from exchange.flows.instance.standing import Hold, standing
from exchange.flows.people.erase import erase_again
from exchange.flows.ports import Ports
from exchange.settings import Settings

_MAX_PROOF_BYTES = 1_000_000


async def backup(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange backup FILE`, `exchange backup --checkpoint FILE`: also while the service runs."""
    if args.file is None and args.checkpoint is None:
        raise UsageError("Say where to: a FILE, or --checkpoint FILE.", "exchange backup")
    if args.scrub:
        return await _scrub(ports, args)
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


async def _scrub(ports: Ports, args: Namespace) -> Reply:
    """Restore it aside, erase there whom our list names, and write it anew in its place."""
    if args.file is None or args.checkpoint is not None:
        raise UsageError("Say which: --scrub FILE, and no --checkpoint.", "exchange backup")
    beside = args.file.absolute().parent
    with TemporaryDirectory(dir=beside, prefix=".scrub-") as folder, open_backup(args.file) as old:
        home = Path(folder)
        url = f"sqlite://{home / 'exchange.sqlite3'}"
        await old.restore(url, home, Hold("restored").to_text())
        store, witness = await open_store(url), CheckpointFile(home)
        try:
            aside = replace(ports, store=store, witness=witness)
            await witness.keep_erased(old.erased | set(await ports.witness.erased()))
            count = await erase_again(aside)
            written = await write_backup(store, home, old.checkpoint, args.file, old.at, replace=True)
        finally:
            await store.close()
    value = {"file": str(args.file), "erased": count, "rows": written.rows}
    return Reply(value, [("", f"took {count} accounts and badges out of {args.file}")])


async def restore(settings: Settings, args: Namespace) -> Reply:
    """`exchange restore FILE [--checkpoint FILE]…`, `… --acknowledge [--missing N] [--newest]`"""
    if (args.file is None) is not args.acknowledge:
        raise UsageError("Say what: a FILE to restore, or --acknowledge.", "exchange restore")
    if args.acknowledge:
        async with app.open_ports(settings) as ports:
            return await _acknowledge(ports, args.missing, args.newest)
    notes = [await asyncio.to_thread(read_note, path) for path in args.checkpoint]
    with open_backup(args.file) as archive:
        names = archive.erased
        if args.erased is not None:
            names |= names_in(await asyncio.to_thread(read_file, args.erased), str(args.erased))
        await CheckpointFile(settings.home).keep_erased(names)  # whom `open_ports` then erases
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


async def _acknowledge(ports: Ports, missing: int, newest: bool) -> Reply:
    done = await restoring.acknowledge(ports, missing, newest=newest)
    lines = [
        ("", "acknowledged: this exchange writes again, and new badges get new status lists"),
        ("", f"{'A new log was begun' if done.begun else 'The log goes on'}: {done.origin}"),
    ]
    if done.begun:
        lines.append(("warning", "What was revoked after the backup, badges or keys, must be revoked again."))
    return Reply({"log": done.origin, "begun": done.begun}, lines)


def read_file(path: Path, limit: int = -1) -> bytes:
    """What a file holds. InputError("file_unreadable")."""
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise InputError("file_unreadable", f"{path} cannot be read: {error.strerror}.", str(path)) from None


def read_note(path: Path) -> bytes:
    """A checkpoint that was kept elsewhere: the note itself, or a log proof (JSON) that came with a badge.

    InputError: file_unreadable, and those of the note or the proof.
    """
    body = read_file(path, _MAX_PROOF_BYTES)
    if body.lstrip()[:1] == b"{":
        body = peek_log_proof(strict_json.parse(body)).checkpoint
    with suppress(UnicodeDecodeError):  # a mail program may have changed the ends of lines
        body = body[: MAX_NOTE_BYTES + 1].decode().replace("\r\n", "\n").encode()
    peek_checkpoint(body)
    return body
