"""Where the key-encryption key (KEK) comes from, by URI: `EXCHANGE_KEK`.

    file:kek              32 bytes in hexadecimal in HOME/kek, 0600, made on first need; or file:/any/where
    passphrase:           scrypt over a passphrase; salt and cost are in HOME/kek.scrypt, it itself nowhere
    passphrase:2027       the same with HOME/kek-2027.scrypt, so that a passphrase can be changed
    exec:/path/program    a program of the operator's that prints 64 hexadecimal digits (a TPM, a cloud KMS)

A source is one class with one method. What it returns never leaves the process, and is in no message.
"""

from __future__ import annotations

import getpass
import hmac
import json
import os
import re
import secrets
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from exchange.adapters.keys.files import read_private, write_new
from exchange.errors import InputError, UnavailableError

Passphrase = Callable[[bool], str]
"""Gets the passphrase; the argument says that it is a new one, so a person has to type it twice."""

_COST = {"n": 2**17, "r": 8, "p": 1}  # 128 MiB and a third of a second, once a start
_SHORTEST = 12
_SECONDS = 10.0


class Kek(Protocol):
    """One source of the key-encryption key."""

    uri: str

    def key(self, *, create: bool = False) -> bytes:
        """The 32 bytes; `create`: nothing is sealed under it yet, so it may be made now.

        UnavailableError "key_unknown", "key_exposed", "key_damaged", "key_storage", "passphrase_missing",
        "passphrase_wrong", "kek_program".
        """


class FileKek:
    """32 bytes in hexadecimal in a file that only its owner can read."""

    def __init__(self, path: Path, uri: str = "file:kek") -> None:
        self.uri = uri
        self._path = path

    def key(self, *, create: bool = False) -> bytes:
        if create and not self._path.exists():
            write_new(self._path.parent, self._path.name, secrets.token_hex(32).encode() + b"\n")
        kek = _from_hex(read_private(self._path))
        if kek is None:
            message = f"The file {self._path.name} does not hold a key; restore it from a backup."
            raise UnavailableError("key_damaged", message)
        return kek


class PassphraseKek:
    """scrypt over a passphrase. It is asked for at most once: an answer, right or wrong, is remembered."""

    def __init__(self, path: Path, passphrase: Passphrase, uri: str = "passphrase:") -> None:
        self.uri = uri
        self._path = path
        self._passphrase = passphrase
        self._key: bytes | UnavailableError | None = None

    def key(self, *, create: bool = False) -> bytes:
        if self._key is None:
            try:
                self._key = self._derived(create and not self._path.exists())
            except UnavailableError as error:
                self._key = error
        if isinstance(self._key, UnavailableError):
            raise self._key
        return self._key

    def _derived(self, new: bool) -> bytes:
        if not new:
            read_private(self._path)  # says what is wrong before anybody is asked
        passphrase = self._passphrase(new)
        if new:
            self._begin(passphrase)
        try:
            about = json.loads(read_private(self._path))
            cost = {name: int(about[name]) for name in _COST}
            salt, check = bytes.fromhex(about["salt"]), bytes.fromhex(about["check"])
            if not (2**14 <= cost["n"] <= 2**20 and cost["r"] <= 16 and cost["p"] <= 4):
                raise ValueError
            derived = _scrypt(passphrase, salt, cost)
        except (ValueError, KeyError, TypeError, RecursionError):
            message = f"The file {self._path.name} is damaged; restore it from a backup."
            raise UnavailableError("key_damaged", message) from None
        if not hmac.compare_digest(derived[32:], check):
            message = f"The passphrase is not the one that {self._path.name} was made with."
            raise UnavailableError("passphrase_wrong", message)
        return derived[:32]

    def _begin(self, passphrase: str) -> None:
        if len(passphrase) < _SHORTEST:
            message = f"A passphrase for keys has at least {_SHORTEST} characters; take five random words."
            raise UnavailableError("passphrase_short", message)
        salt = secrets.token_bytes(16)
        check = _scrypt(passphrase, salt, _COST)[32:]
        about = {"kdf": "scrypt", **_COST, "salt": salt.hex(), "check": check.hex()}
        write_new(self._path.parent, self._path.name, json.dumps(about, indent=1).encode() + b"\n")


class ProgramKek:
    """What a program of the operator's prints. It gets no arguments, and what it complains of is dropped.

    Nobody but its owner (this user, or root) may be able to change it or to put another in its place.
    """

    def __init__(self, path: Path) -> None:
        self.uri = f"exec:{path}"
        self._path = path
        self._key: bytes | None = None

    def key(self, *, create: bool = False) -> bytes:
        if self._key is None:
            self._key = self._printed()
        return self._key

    def _printed(self) -> bytes:
        self._check_owner()
        try:
            done = subprocess.run(  # noqa: S603 (the operator's own choice, checked just now)
                [str(self._path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._failed(f"did not end within {_SECONDS:.0f} seconds") from None
        except OSError as error:
            raise self._failed(f"cannot be run: {error.strerror}") from None
        if done.returncode != 0:
            raise self._failed(f"ended with status {done.returncode}")
        kek = _from_hex(done.stdout)
        if kek is None:
            raise self._failed("did not print 64 hexadecimal digits and nothing else")
        return kek

    def _check_owner(self) -> None:
        try:
            program, folder = self._path.lstat(), self._path.parent.stat()
        except OSError as error:
            raise self._failed(f"cannot be looked at: {error.strerror}") from None
        if not stat.S_ISREG(program.st_mode):
            raise self._failed("is not a plain file")
        for what, found in (("it", program), ("its folder", folder)):
            sticky = what == "its folder" and found.st_mode & stat.S_ISVTX
            if found.st_uid not in (os.geteuid(), 0) or (found.st_mode & 0o022 and not sticky):
                raise self._failed(f"could be changed by others: {what} must be yours, and chmod go-w")

    def _failed(self, why: str) -> UnavailableError:
        return UnavailableError("kek_program", f"The program of EXCHANGE_KEK, {self._path.name}, {why}.")


def passphrase_from(file: Path | None, named_by: str = "EXCHANGE_PASSPHRASE_FILE") -> Passphrase:
    """The passphrase in `file`, or typed at the terminal when there is no file; `named_by` says who could
    have named one."""

    def ask(new: bool) -> str:
        if file is not None:
            return _first_line(read_private(file, "passphrase file", "make it, with 0600", follow=True))
        if not sys.stdin.isatty():
            message = f"The keys need a passphrase, and nobody can be asked: set {named_by}."
            raise UnavailableError("passphrase_missing", message)
        with _interruptible():
            typed = getpass.getpass("New passphrase for the keys: " if new else "Passphrase of the keys: ")
            if new and getpass.getpass("The same again: ") != typed:
                raise UnavailableError("passphrase_missing", "The two passphrases are not the same.")
        return typed

    return ask


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends the question: asyncio would note it and wait for the answer."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does, and only it is interrupted
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


Source = Callable[[str, str, Path, Passphrase], Kek]
"""(URI, what follows its scheme, home, passphrase) → the source."""


def _file(uri: str, rest: str, home: Path, passphrase: Passphrase) -> Kek:
    return FileKek(home / rest, uri)  # an absolute path stays what it is


def _from_passphrase(uri: str, rest: str, home: Path, passphrase: Passphrase) -> Kek:
    return PassphraseKek(home / (f"kek-{rest}.scrypt" if rest else "kek.scrypt"), passphrase, uri)


def _program(uri: str, rest: str, home: Path, passphrase: Passphrase) -> Kek:
    return ProgramKek(Path(rest))


SOURCES: dict[str, Source] = {"file": _file, "passphrase": _from_passphrase, "exec": _program}
"""Scheme → source: another kind of source is one more line here, and its form in `settings`."""


def kek_from(uri: str, home: Path, passphrase: Passphrase) -> Kek:
    """The source that a URI of the right form names (`settings` checks it); InputError("kek_unknown")."""
    scheme, _, rest = uri.partition(":")
    if scheme not in SOURCES:
        raise InputError("kek_unknown", f"{uri!r:.80} is no source of keys: {', '.join(SOURCES)}.")
    return SOURCES[scheme](uri, rest, home, passphrase)


def _scrypt(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    """64 bytes: the key, and as much again to tell a wrong passphrase by; one says nothing of the other."""
    return Scrypt(salt=salt, length=64, **cost).derive(passphrase.encode())


def _from_hex(text: bytes) -> bytes | None:
    return bytes.fromhex(text.decode()) if re.fullmatch(rb"\s*[0-9A-Fa-f]{64}\s*", text) else None


def _first_line(content: bytes) -> str:
    try:
        return content.decode().partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise UnavailableError("passphrase_missing", "The passphrase file does not hold a text.") from None
