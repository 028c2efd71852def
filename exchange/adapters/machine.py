"""The machine that this runs on: room, the kernel's clock, and who else can read the files of the home."""

from __future__ import annotations

import ctypes
import shutil
import stat
from pathlib import Path

from exchange.adapters.database.fault import floor_of
from exchange.flows.instance.ports import Room
from exchange.settings import Settings

_TIME_ERROR = 5
"""adjtimex(2): the clock is not synchronized."""
_TIMEX_BYTES = 512
"""More than struct timex has; zeros ask for nothing but the state."""


class ThisMachine:
    """Implements `ports.Machine` for the home that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home
        scheme, _, rest = settings.kek.partition(":")
        named = (settings.passphrase_file, settings.vault_token_file)
        self._secrets = [settings.home / rest] if scheme == "file" else []
        self._secrets += [path for path in named if path is not None]

    def room(self) -> Room:
        disk = shutil.disk_usage(self._home)
        return Room(str(self._home), disk.free, floor_of(disk.total))

    def in_step(self) -> bool | None:
        """adjtimex(2) tells it without any right, in a container too."""
        state = _kernel_clock()
        return None if state < 0 else state != _TIME_ERROR

    def exposed(self) -> list[tuple[str, str]]:
        home = self._home
        found = [home, home / "keys", *home.glob("keys/*"), *home.glob("kek*"), *home.glob("*.sqlite3*")]
        return [
            (str(path), "700" if path.is_dir() else "600")
            for path in dict.fromkeys([*found, *self._secrets])
            if _is_open(path)
        ]

    def lacks(self, uri: str) -> bool:
        return uri.startswith("file:") and not (self._home / uri.removeprefix("file:")).exists()


def _is_open(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _kernel_clock() -> int:
    """The state of the kernel's clock, -1 where it does not say."""
    libc = ctypes.CDLL(None)
    return libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) if hasattr(libc, "adjtimex") else -1
