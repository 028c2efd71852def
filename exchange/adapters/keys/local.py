"""Custody of private keys in files on this machine, encrypted at rest.

    HOME/keys/<id>.key    one Ed25519 key as JSON: what it is in the clear, its seed under AES-256-GCM

The key-encryption key comes from elsewhere (`kek`). Who steals a key file, or a backup of `keys/`, has
nothing without it; and since a key's id, issuer and purpose are authenticated with it, nobody can put one
issuer's key in the place of another's.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from exchange.adapters.keys.files import check_private, locked, read_private, replace, write_new
from exchange.adapters.keys.kek import FileKek, Kek
from exchange.adapters.keys.signer import Signer
from exchange.core.keys.public_key import ed25519_key
from exchange.errors import UnavailableError

_URI = re.compile(r"file:keys/([0-9a-f]{32})\.key", re.ASCII)
_PURPOSE = "assertionMethod"
_VERIFIED = 4
"""Signatures of a batch that are verified."""
_chance = secrets.SystemRandom()
_SEALING = "0" * 32
"""The id of the one key that signs nothing: `sealing_key`."""
_ABOUT = ("id", "issuer", "purpose", "multikey")
_SEAL = ("nonce", "sealed")


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """A key that is in this process; `secret` is its seed and its public half, as libsodium takes them."""

    uri: str
    multikey: str
    secret: bytes = field(repr=False)

    async def sign(self, message: bytes) -> bytes:
        """The raw Ed25519 signature (64 bytes) over `message` (RFC 8032)."""
        return crypto_sign(message, self.secret)[:64]

    async def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """Some of them, drawn by chance, are verified by another library before any is given out.

        That finds a key or a library that signs wrongly; a bit that flips once, in one of many, it need not:
        `exchange log fsck` looks at every signature. To sign each twice and compare would cost as much again.
        UnavailableError("self_check_failed").
        """
        return await asyncio.to_thread(self._sign_many, messages)

    def _sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        secret = self.secret
        signatures = [crypto_sign(message, secret)[:64] for message in messages]
        public = Ed25519PublicKey.from_public_bytes(secret[32:])
        numbers = range(len(messages))
        for number in _chance.sample(numbers, min(len(numbers), _VERIFIED)):
            try:
                public.verify(signatures[number], messages[number])
            except InvalidSignature:
                message = "A signature that was just made did not verify; none of its batch is used."
                raise UnavailableError("self_check_failed", message) from None
        return signatures


class LocalKeys:
    """Ed25519 keys under `home`, created on demand. A `Place`.

    Every method raises UnavailableError: "key_unknown" (no such file), "key_exposed" (others can read it),
    "key_damaged" (does not decrypt), "key_storage" (disk), and those of the `kek`.
    """

    def __init__(self, home: Path, kek: Kek | None = None) -> None:
        self._home = home
        self._kek = kek or FileKek(home / "kek")

    async def create(self, issuer: str) -> Signer:
        """Make a key for `issuer`, durable on return."""
        key_id = secrets.token_hex(16)
        seed = secrets.token_bytes(32)
        public, secret = crypto_sign_seed_keypair(seed)
        multikey = ed25519_key(public).multikey
        about = {"id": key_id, "issuer": issuer, "purpose": _PURPOSE, "multikey": multikey}
        directory = self._directory()
        with locked(directory):
            seal = _seal(about, seed, self._kek_for_a_new_key(directory))
            write_new(directory, f"{key_id}.key", _dump({**about, **seal}))
        return LocalSigner(f"file:keys/{key_id}.key", multikey, secret)

    async def open(self, uri: str) -> Signer:
        """The key at `uri`, decrypted."""
        match = _URI.fullmatch(uri)
        if match is None:
            raise UnavailableError("key_unknown", f"{uri!r:.80} is not the URI of a key kept here.")
        document = _read(self._directory() / f"{match[1]}.key", uri)
        _, secret = crypto_sign_seed_keypair(_unseal(document, self._kek.key(), uri))
        if document["id"] != match[1] or document["purpose"] != _PURPOSE:
            raise _damaged(uri)
        return LocalSigner(uri, document["multikey"], secret)

    def sealing_key(self, *, create: bool = False) -> bytes:
        """The 32 bytes that secrets in the database are sealed under; `create`: made, if there are none."""
        directory, name = self._directory(), f"{_SEALING}.key"
        if create and not (directory / name).exists():
            about = {"id": _SEALING, "issuer": "", "purpose": "sealing", "multikey": ""}
            with locked(directory):
                seal = _seal(about, secrets.token_bytes(32), self._kek_for_a_new_key(directory))
                write_new(directory, name, _dump({**about, **seal}))  # of two at once, the first stays
        document = _read(directory / name, name)
        if document["id"] != _SEALING or document["purpose"] != "sealing":
            raise _damaged(name)
        return _unseal(document, self._kek.key(), name)

    async def aclose(self) -> None:
        """Nothing is held open."""

    def rewrap(self, new: Kek) -> int:
        """Seal every key under `new` instead; how many keys there are.

        First every key gets a second seal, then every key loses its first. So at any moment, also after a
        crash, the old source opens all of them or the new one does, and doing it again finishes the work.
        """
        directory = self._directory()
        with locked(directory):
            paths = sorted(directory.glob("*.key"))
            kek = new.key(create=True)
            for path in paths:
                document = _read(path, path.name)
                if _seal_for(document, kek) is None:
                    seed = _unseal(document, self._kek.key(), path.name)
                    replace(directory, path.name, _dump({**document, "next": _seal(document, seed, kek)}))
            for path in paths:
                document = _read(path, path.name)
                seal = _seal_for(document, kek)
                if seal is None:
                    raise _damaged(path.name)
                if "next" in document:
                    about = {name: document[name] for name in _ABOUT}
                    replace(directory, path.name, _dump({**about, **{name: seal[name] for name in _SEAL}}))
        return len(paths)

    def _directory(self) -> Path:
        directory = self._home / "keys"
        if directory.exists():
            check_private(directory.stat().st_mode, "key directory keys", "chmod 700")
        return directory

    def _kek_for_a_new_key(self, directory: Path) -> bytes:
        """The kek, if it opens what is there: another one would hide that the one they need is gone."""
        there = list(directory.glob("*.key"))
        kek = self._kek.key(create=not there)
        if there and not any(_opens(path, kek) for path in there):
            message = f"{self._kek.uri} does not open the keys that are here, so it seals no new one."
            raise UnavailableError("key_damaged", f"{message} Check EXCHANGE_KEK.")
        return kek


def _read(path: Path, name: str) -> dict[str, Any]:
    """A key file as JSON; what it says is not yet believed."""
    try:
        document = json.loads(read_private(path))
        if not all(isinstance(document[member], str) for member in _ABOUT):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(name) from None
    return dict(document)


def _opens(path: Path, kek: bytes) -> bool:
    try:
        return _seal_for(_read(path, path.name), kek) is not None
    except UnavailableError:
        return False


def _unseal(document: dict[str, Any], kek: bytes, name: str) -> bytes:
    seal = _seal_for(document, kek)
    if seal is None:
        raise _damaged(name)
    return _seed(document, seal, kek)


def _seal_for(document: dict[str, Any], kek: bytes) -> dict[str, Any] | None:
    """The seal that this kek opens: the key's own, or a second one left by a rewrapping that was cut off."""
    for seal in (document, document.get("next")):
        if isinstance(seal, dict):
            try:
                _seed(document, seal, kek)
            except (ValueError, KeyError, TypeError, InvalidTag):
                continue
            return seal
    return None


def _seed(document: dict[str, Any], seal: dict[str, Any], kek: bytes) -> bytes:
    nonce, sealed = (bytes.fromhex(seal[name]) for name in _SEAL)
    return AESGCM(kek).decrypt(nonce, sealed, _authenticated(document))


def _seal(about: dict[str, Any], seed: bytes, kek: bytes) -> dict[str, str]:
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(kek).encrypt(nonce, seed, _authenticated(about))
    return {"nonce": nonce.hex(), "sealed": sealed.hex()}


def _authenticated(about: dict[str, Any]) -> bytes:
    """What AES-GCM authenticates with a seed, unambiguous whatever the values hold."""
    return json.dumps([about[name] for name in _ABOUT]).encode()


def _dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1).encode() + b"\n"


def _damaged(name: str) -> UnavailableError:
    why = "it is damaged, or EXCHANGE_KEK is not what it was sealed under"
    return UnavailableError(
        "key_damaged", f"The key {name} does not open: {why}. Or restore it from a backup."
    )
