"""The last checkpoint that was signed here, as a file beside the database: `HOME/checkpoints/last`.

It is written before anybody gets that checkpoint. So when somebody puts an older copy of the database in its
place, the file knows more than the database does, and says so. It is readable without the exchange: a signed
note (c2sp.org/tlog-checkpoint). Keep a copy of it elsewhere.

Beside it `HOME/erased` lists what was erased, by ids that name nobody, a line each: `account/ID`, `badge/ID`,
and `handle/MARK` of what nobody is to be called any more.
An older copy of the database knows nothing of it, so it is erased there once more.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

from exchange.adapters.private_files import write_private
from exchange.core.log.checkpoint import newer
from exchange.core.log.signed_note import MAX_NOTE_BYTES
from exchange.errors import InputError, UnavailableError

PLACE = Path("checkpoints") / "last"
ERASED = "erased"
_NAME = re.compile(r"(account|badge|handle)/[A-Za-z0-9_-]{1,80}", re.ASCII)


class CheckpointFile:
    """Implements `exchange.flows.ports.Witness` under `home`."""

    def __init__(self, home: Path) -> None:
        self._path, self._erased = home / PLACE, home / ERASED

    async def keep(self, note: bytes) -> None:
        """As the port says. UnavailableError("file_unwritable"): then nobody may get the checkpoint."""
        await asyncio.to_thread(self._keep, note)

    async def last(self) -> bytes | None:
        """As the port says. UnavailableError("file_unreadable")."""
        return await asyncio.to_thread(self._last)

    async def keep_erased(self, names: Iterable[str]) -> None:
        """As the port says. UnavailableError("file_unwritable"): then nobody is erased."""
        await asyncio.to_thread(self._keep_erased, set(names))

    async def erased(self) -> list[str]:
        """As the port says. UnavailableError("file_unreadable"), InputError("erasures_malformed")."""
        return sorted(await asyncio.to_thread(read_erased, self._erased))

    def _keep_erased(self, names: set[str]) -> None:
        known = read_erased(self._erased)
        if names - known:
            body = "".join(f"{name}\n" for name in sorted(known | names))
            _write(self._erased, body.encode())

    def _keep(self, note: bytes) -> None:
        kept = self._last()
        if kept is None or newer(kept, note) != kept:
            _write(self._path, note)

    def _last(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                return file.read(MAX_NOTE_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnavailableError(
                "file_unreadable", f"{self._path} cannot be read: {error.strerror}.", str(self._path)
            ) from None


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError("file_unwritable", f"{path.parent}: {error.strerror}.") from None
    write_private(path, content, replace=True)


def read_erased(path: Path) -> set[str]:
    """The names in a list of erasures; none where there is no file.

    UnavailableError("file_unreadable"), InputError("erasures_malformed").
    """
    try:
        return names_in(path.read_bytes(), str(path))
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise UnavailableError(
            "file_unreadable", f"{path} cannot be read: {error.strerror}.", str(path)
        ) from None


def names_in(body: bytes, place: str) -> set[str]:
    """The names in a list of erasures. InputError("erasures_malformed")."""
    names = set(body.decode("ascii", "replace").split())
    if not all(_NAME.fullmatch(name) for name in names):
        raise InputError("erasures_malformed", f"{place} is no list of what was erased.", place)
    return names
