"""Small secrets that lie in the database, sealed: who reads it, or a backup of it, has nothing.

They are sealed under a key of their own, a file beside the others in HOME/keys, so that another
key-encryption key (`exchange keys rewrap`) reaches them too. Nodes that share a database share that file.
"""

from __future__ import annotations

import asyncio
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from exchange.adapters.keys.local import LocalKeys
from exchange.errors import UnavailableError

_NONCE = 12


class Sealing:
    """Implements `exchange.flows.webhooks.ports.Sealer`: AES-256-GCM, bound to what it is about."""

    def __init__(self, keys: LocalKeys) -> None:
        self._keys = keys
        self._key: bytes | None = None

    async def seal(self, about: str, secret: bytes) -> bytes:
        """Nonce and ciphertext."""
        key = await self._made()
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(key).encrypt(nonce, secret, about.encode())

    async def unseal(self, about: str, sealed: bytes) -> bytes:
        """UnavailableError("seal_broken") for what was sealed elsewhere, or about something else."""
        if self._key is None:
            self._key = await asyncio.to_thread(self._keys.sealing_key)
        try:
            return AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except (InvalidTag, ValueError):
            message = "A secret in the database does not open: it was sealed with another home's keys."
            raise UnavailableError("seal_broken", message) from None

    async def derive(self, about: str) -> bytes:
        """HKDF-SHA-256 (RFC 5869) of the key."""
        info = b"exchange derived " + about.encode()
        return HKDF(SHA256(), 32, salt=None, info=info).derive(await self._made())

    async def _made(self) -> bytes:
        if self._key is None:
            self._key = await asyncio.to_thread(self._keys.sealing_key, create=True)
        return self._key
