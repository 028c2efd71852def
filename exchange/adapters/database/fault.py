"""What keeps a database from being written to, as far as this process has seen, and the room on its disk."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

AGAIN_SECONDS = 15.0
"""How long after a failure nothing is written; then it is tried again, and a success ends the matter."""

ROOM = 64 * 1024 * 1024
"""Bytes that must be free on the disk of a SQLite database: a transaction and its log need some of them."""

_NEARLY_FULL = "Only {free} MB are free on the disk of the database, and {floor} are needed. Make room on it."


class Fault:
    """The last failure to write. One thread notes it, others read it: `said` is replaced, never changed."""

    def __init__(self) -> None:
        self._said: tuple[str, float] | None = None

    @property
    def said(self) -> str | None:
        """Why nothing is written just now, and what to do; None when it may be tried."""
        said = self._said
        return said[0] if said and time.monotonic() < said[1] else None

    def passes(self, message: str) -> None:
        if self._said is None or self._said[1] != float("inf"):
            self._said = (message, time.monotonic() + AGAIN_SECONDS)

    def stays(self, message: str) -> None:
        """Until the process ends."""
        self._said = (message, float("inf"))

    def over(self) -> None:
        """Something was written."""
        if self._said is not None and self._said[1] != float("inf"):
            self._said = None


def floor_of(total: int) -> int:
    """The bytes that must be free on a disk of `total` bytes: on a small one a twentieth of it will do."""
    return min(ROOM, total // 20)


def little_room(folder: Path) -> str | None:
    """What to say when the disk of `folder` is nearly full."""
    try:
        disk = shutil.disk_usage(folder)
    except OSError:
        return None  # then the database does not answer either, and says why
    floor = floor_of(disk.total)
    if disk.free >= floor:
        return None
    return _NEARLY_FULL.format(free=disk.free // 2**20, floor=-(-floor // 2**20))
