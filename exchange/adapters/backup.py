"""A backup: one zip file, 0600, that holds everything but the kek.

    checkpoint              the log's last signed checkpoint: a text, readable without the exchange
    manifest.json           what this is, when it was made, the database's steps and columns
    database/<table>.jsonl  the rows of each table, one JSON array a line
    erased                  who was erased before, by ids that name nobody (`adapters/witness.py`)
    keys/<id>.key           the key files as they lie in the home: encrypted, worthless without the kek

The key files are in it, because a restored exchange could not sign in its issuers' names without them. The
kek (or its passphrase, and any file kek…) is not: keep it elsewhere. Who has both has the keys.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from exchange.adapters.database import DatabaseStore
from exchange.adapters.database.copies import Line, check_empty, read_rows, tables, write_rows
from exchange.adapters.database.migrations import applied_steps
from exchange.adapters.private_files import new_private, write_private
from exchange.adapters.witness import ERASED, names_in, read_erased
from exchange.core.log.signed_note import MAX_NOTE_BYTES
from exchange.errors import ConflictError, InputError, UnavailableError

FORMAT = "exchange-backup-1"
MANIFEST, CHECKPOINT = "manifest.json", "checkpoint"
MAX_ERASED_BYTES = 100_000_000
MAX_KEY_BYTES = 4_096
_UNREADABLE = (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)
_KEY = re.compile(r"keys/[0-9a-f]{32}\.key", re.ASCII)


@dataclass(frozen=True, slots=True)
class Written:
    """What a backup holds: rows in all tables, key files."""

    rows: int
    keys: int


async def write_backup(
    store: DatabaseStore, home: Path, note: bytes, path: Path, at: datetime, *, replace: bool = False
) -> Written:
    """Write a backup of what is on record now, while others go on writing; with `replace` over an older one.

    ConflictError("file_exists"), UnavailableError("file_unwritable") and those of the database.
    """
    count = 0
    columns: dict[str, list[str]] = {}
    keys = sorted((home / "keys").glob("*.key"))
    with (
        new_private(path, replace=replace) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.writestr(CHECKPOINT, note)
        archive.writestr(ERASED, "\n".join(sorted(read_erased(home / ERASED))))
        steps = await applied_steps(store.engine)
        with ExitStack() as member:  # closed before the archive, whatever happens
            async for table, names, lines in read_rows(store.engine):
                if table not in columns:
                    columns[table] = names
                    member.close()
                    out = member.enter_context(archive.open(_member(table), "w", force_zip64=True))
                out.write(b"".join(line + b"\n" for line in lines))
                count += len(lines)
        for key in keys:
            archive.writestr(f"keys/{key.name}", key.read_bytes())
        manifest = {"format": FORMAT, "at": at.isoformat(), "steps": steps, "columns": columns, "rows": count}
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return Written(count, len(keys))


class Backup:
    """A backup that was opened to be restored. InputError("backup_damaged") when it is none."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        try:
            self._manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            self.at = datetime.fromisoformat(self._manifest["at"])
            self.steps: list[str] = list(self._manifest["steps"])
            self._columns: dict[str, list[str]] = dict(self._manifest["columns"])
        except (ValueError, KeyError, TypeError):
            raise _damaged("it has no list of what it holds") from None
        if self._manifest.get("format") != FORMAT:
            raise _damaged(f"it is not of the form {FORMAT}")
        self.checkpoint = self._read(CHECKPOINT, MAX_NOTE_BYTES)
        there = ERASED in archive.namelist()  # older ones have no such list
        self.erased = names_in(self._read(ERASED, MAX_ERASED_BYTES), ERASED) if there else set()

    async def restore(self, url: str, home: Path, hold: str) -> None:
        """Put the key files into the home and the rows into an empty database, which is then held.

        Keys that are there already stay; ConflictError("key_differs") when one is another. As `write_rows`.
        """
        if unknown := sorted(set(self._columns) - set(tables())):
            raise UnavailableError(
                "database_newer", f"The backup has a table {unknown[0]}, unknown here: use the newer program."
            )
        await check_empty(url)
        self._put_keys(home)
        await write_rows(url, self.steps, self._rows, hold)

    def _put_keys(self, home: Path) -> None:
        names = [name for name in self._archive.namelist() if name.startswith("keys/")]
        keys = {home / name: self._read(name, MAX_KEY_BYTES) for name in names if _KEY.fullmatch(name)}
        for path, body in keys.items():
            if path.exists() and path.read_bytes() != body:
                raise ConflictError(
                    "key_differs", f"{path} is there and is not what the backup has. Move it away.", str(path)
                )
        for folder in (home, home / "keys"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, body in keys.items():
            if not path.exists():
                write_private(path, body)

    def _rows(self, table: str) -> tuple[Sequence[str], Iterator[Line]]:
        return self._columns.get(table, []), self._lines(table)

    def _lines(self, table: str) -> Iterator[Line]:
        if table in self._columns:
            try:
                with self._archive.open(_member(table)) as lines:
                    yield from lines
            except _UNREADABLE as error:
                raise _damaged(f"the table {table} cannot be read: {error}") from None

    def _read(self, name: str, limit: int) -> bytes:
        try:
            with self._archive.open(name) as member:
                return member.read(limit)
        except _UNREADABLE as error:
            raise _damaged(f"{name} cannot be read: {error}") from None


@contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """InputError: file_unreadable, backup_damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Backup(archive)
    except zipfile.BadZipFile as error:
        raise _damaged(str(error)) from None
    except FileNotFoundError:
        raise InputError("file_unreadable", f"There is no file {path}.", str(path)) from None
    except OSError as error:
        raise InputError("file_unreadable", f"{path} cannot be read: {error.strerror}.", str(path)) from None


def _member(table: str) -> str:
    return f"database/{table}.jsonl"


def _damaged(why: str) -> InputError:
    return InputError("backup_damaged", f"This is no whole backup: {why}.")
