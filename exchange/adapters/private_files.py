"""Files that only their owner can read, and that are whole or not there, whenever the power fails."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from exchange.errors import ConflictError, UnavailableError


@contextmanager
def new_private(path: Path, *, replace: bool = False) -> Iterator[IO[bytes]]:
    """A file to write to; it appears under its name, durable and 0600, when the block ends without an error.

    ConflictError("file_exists") for a name that is taken, unless it may be replaced; UnavailableError
    ("file_unwritable") for what the disk says.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if replace:
                temporary.replace(path)
            else:
                os.link(temporary, path)  # fails where a rename would replace
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
        _sync(path.parent)
    except FileExistsError:
        raise ConflictError(
            "file_exists", f"{path} is already there. Give another name.", str(path)
        ) from None
    except OSError as error:
        raise UnavailableError(
            "file_unwritable", f"{path} cannot be written: {error.strerror}.", str(path)
        ) from None


def write_private(path: Path, content: bytes, *, replace: bool = False) -> None:
    """As `new_private`, in one go."""
    with new_private(path, replace=replace) as file:
        file.write(content)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
