"""Files that hold secrets: complete or absent, durable, and for their owner's eyes only."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from exchange.errors import UnavailableError

_MAX_BYTES = 8_192


def write_new(directory: Path, name: str, content: bytes) -> None:
    """Write a file that is complete or absent, durable, 0600, never over another; an existing one stays."""
    with _written(directory, name, content) as temporary, suppress(FileExistsError):
        # A link fails where a rename would replace: of two first starts at once, one kek survives.
        os.link(temporary, directory / name)


def replace(directory: Path, name: str, content: bytes) -> None:
    """Put `content` in the place of a file: at any moment, also after a crash, one or the other is there."""
    with _written(directory, name, content) as temporary:
        temporary.replace(directory / name)


@contextmanager
def _written(directory: Path, name: str, content: bytes) -> Iterator[Path]:
    """A file beside the one that is meant, its bytes on the disk; what the block did is durable too."""
    temporary = directory / f".{name}.{secrets.token_hex(8)}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)
        _sync_directory(directory)
    except OSError as error:
        raise UnavailableError(
            "key_storage", f"The key file {name} cannot be written: {error.strerror}."
        ) from None


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One at a time among all processes: who makes a key and who changes the seals of all of them."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UnavailableError(
            "key_storage", f"The folder {directory.name} cannot be used: {error.strerror}."
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read_private(
    path: Path, what: str = "key file", remedy: str = "restore it from a backup", *, follow: bool = False
) -> bytes:
    """A file that only its owner can read; what is checked is the file that was opened.

    `follow`: it may be a link (the operator named the path). UnavailableError "key_unknown", "key_storage",
    "key_exposed"; none tells where the file is.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
    except FileNotFoundError:
        raise UnavailableError("key_unknown", f"There is no {what} {path.name}; {remedy}.") from None
    except OSError as error:
        raise UnavailableError(
            "key_storage", f"The {what} {path.name} cannot be read: {error.strerror}."
        ) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise UnavailableError("key_storage", f"The {what} {path.name} is not a plain file.")
        check_private(mode, f"{what} {path.name}", "chmod 600")
        return os.read(descriptor, _MAX_BYTES)
    finally:
        os.close(descriptor)


def check_private(mode: int, what: str, remedy: str) -> None:
    """UnavailableError("key_exposed") if others than the owner may do anything with it."""
    if mode & 0o077:
        raise UnavailableError(
            "key_exposed",
            f"The {what} can be read by others. Run `{remedy}` on it, and if somebody may have read it, "
            "make new keys.",
        )
