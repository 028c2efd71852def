"""The files a command reads and writes."""

from __future__ import annotations

import sys
from pathlib import Path

from exchange.core.bake import MAX_FILE
from exchange.errors import InputError


def read_file(name: str) -> bytes:
    """The bytes of a file, or of stdin for `-`; one byte over the limit is enough to be refused by it."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MAX_FILE + 1)
        with Path(name).open("rb") as file:
            return file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError("file_unreadable", f"{name} could not be read: {reason}.", name) from None


def new_folder(path: Path) -> Path:
    """`path`, made if it is not there yet."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            "out_unwritable", f"{path} cannot be made a folder: {error.strerror}.", "--out"
        ) from None
    return path


def write_new(files: dict[Path, bytes]) -> None:
    """Write new files; one that is there already is never replaced. OSError."""
    for path, body in files.items():
        with path.open("xb") as file:
            file.write(body)
