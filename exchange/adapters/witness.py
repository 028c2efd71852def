"""The last checkpoint that was signed here, as a file beside the database: `HOME/checkpoints/last`.

It is written before anybody gets that checkpoint. So when somebody puts an older copy of the database in its
place, the file knows more than the database does, and says so. It is readable without the exchange: a signed
note (c2sp.org/tlog-checkpoint). Keep a copy of it elsewhere.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from exchange.adapters.private_files import write_private
from exchange.core.checkpoint import newer
from exchange.core.signed_note import MAX_NOTE_BYTES
from exchange.errors import UnavailableError

PLACE = Path("checkpoints") / "last"


class CheckpointFile:
    """Implements `exchange.flows.ports.Witness` under `home`."""

    def __init__(self, home: Path) -> None:
        self._path = home / PLACE

    async def keep(self, note: bytes) -> None:
        """As the port says. UnavailableError("file_unwritable"): then nobody may get the checkpoint."""
        await asyncio.to_thread(self._keep, note)

    async def last(self) -> bytes | None:
        """As the port says. UnavailableError("file_unreadable")."""
        return await asyncio.to_thread(self._last)

    def _keep(self, note: bytes) -> None:
        kept = self._last()
        if kept is None or newer(kept, note) != kept:
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise UnavailableError("file_unwritable", f"{self._path.parent}: {error.strerror}.") from None
            write_private(self._path, note, replace=True)

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
