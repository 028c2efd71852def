"""Custody of private keys in files on this machine, encrypted at rest.

    HOME/kek              the key-encryption key: 32 bytes in hexadecimal, 0600, in no backup of the database
    HOME/keys/<id>.key    one Ed25519 key as JSON: what it is in the clear, its seed under AES-256-GCM

Who steals a key file, or a backup of `keys/`, has nothing without the kek; and since a key's id, issuer and
purpose are authenticated with it, nobody can put one issuer's key in the place of another's.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import stat
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange.core.multikey import multikey_of
from exchange.errors import UnavailableError

_URI = re.compile(r"file:keys/([0-9a-f]{32})\.key", re.ASCII)
_PURPOSE = "assertionMethod"
_MAX_BYTES = 4_096


class LocalKeys:
    """Ed25519 keys under `home`, created on demand. Implements `exchange.flows.ports.Keys`.

    A key is decrypted once per process. Every method raises UnavailableError: "key_unknown" (no such file),
    "key_exposed" (others can read it), "key_damaged" (does not decrypt), "key_storage" (disk).
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._loaded: dict[str, Ed25519PrivateKey] = {}

    async def create(self, issuer: str) -> tuple[str, str]:
        """Make a key for `issuer`; (its multikey, URI of the private half), durable on return."""
        key_id = secrets.token_hex(16)
        key = Ed25519PrivateKey.generate()
        multikey = multikey_of(key.public_key())
        nonce = secrets.token_bytes(12)
        about = {"id": key_id, "issuer": issuer, "purpose": _PURPOSE, "multikey": multikey}
        sealed = AESGCM(self._kek(create=True)).encrypt(nonce, key.private_bytes_raw(), _authenticated(about))
        document = {**about, "nonce": nonce.hex(), "sealed": sealed.hex()}
        _write_new(self._directory(), f"{key_id}.key", json.dumps(document, indent=1).encode() + b"\n")
        uri = f"file:keys/{key_id}.key"
        self._loaded[uri] = key
        return multikey, uri

    async def sign(self, uri: str, message: bytes) -> bytes:
        """The raw Ed25519 signature (64 bytes) of the key at `uri` over `message` (RFC 8032)."""
        key = self._loaded.get(uri)
        if key is None:
            key = self._loaded[uri] = self._load(uri)
        return key.sign(message)

    def _load(self, uri: str) -> Ed25519PrivateKey:
        match = _URI.fullmatch(uri)
        if match is None:
            raise UnavailableError("key_unknown", f"{uri!r:.80} is not the URI of a key kept here.")
        damaged = UnavailableError(
            "key_damaged", f"The key {uri} does not decrypt; restore it from a backup."
        )
        try:
            document = json.loads(_read_private(self._directory(), f"{match[1]}.key"))
            about = {"id": match[1], **{name: document[name] for name in ("issuer", "purpose", "multikey")}}
            nonce, sealed = bytes.fromhex(document["nonce"]), bytes.fromhex(document["sealed"])
            seed = AESGCM(self._kek()).decrypt(nonce, sealed, _authenticated(about))
            key = Ed25519PrivateKey.from_private_bytes(seed)
        except (ValueError, KeyError, TypeError, RecursionError, InvalidTag):
            raise damaged from None
        if about["purpose"] != _PURPOSE:
            raise damaged
        return key

    def _directory(self) -> Path:
        directory = self._home / "keys"
        if directory.exists():
            _check_private(directory.stat().st_mode, "directory keys", "chmod 700")
        return directory

    def _kek(self, *, create: bool = False) -> bytes:
        # A new kek beside old keys would hide that the one they need is gone.
        if create and not (self._home / "kek").exists() and not any(self._directory().glob("*.key")):
            _write_new(self._home, "kek", secrets.token_hex(32).encode() + b"\n")
        try:
            kek = bytes.fromhex(_read_private(self._home, "kek").decode())
        except ValueError:
            kek = b""
        if len(kek) != 32:
            raise UnavailableError(
                "key_damaged", "The file kek does not hold a key; restore it from a backup."
            )
        return kek


def _authenticated(about: dict[str, Any]) -> bytes:
    """What AES-GCM authenticates with a seed, unambiguous whatever the values hold."""
    return json.dumps([about[name] for name in ("id", "issuer", "purpose", "multikey")]).encode()


def _write_new(directory: Path, name: str, content: bytes) -> None:
    """Write a file that is complete or absent, durable, 0600, never over another; an existing one stays."""
    temporary = directory / f".{name}.{secrets.token_hex(8)}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # A link fails where a rename would replace: of two first starts at once, one kek survives.
            os.link(temporary, directory / name)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
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


def _read_private(directory: Path, name: str) -> bytes:
    """A file that only its owner can read; what is checked is the file that was opened."""
    try:
        descriptor = os.open(directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise UnavailableError(
            "key_unknown", f"There is no key file {name}; restore it from a backup."
        ) from None
    except OSError as error:
        raise UnavailableError(
            "key_storage", f"The key file {name} cannot be read: {error.strerror}."
        ) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise UnavailableError("key_storage", f"The key file {name} is not a plain file.")
        _check_private(mode, f"file {name}", "chmod 600")
        return os.read(descriptor, _MAX_BYTES)
    finally:
        os.close(descriptor)


def _check_private(mode: int, what: str, remedy: str) -> None:
    if mode & 0o077:
        raise UnavailableError(
            "key_exposed",
            f"The key {what} can be read by others. Run `{remedy}` on it, and if somebody may have read it, "
            "make new keys.",
        )
