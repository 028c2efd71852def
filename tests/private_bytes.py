"""Searches for private keys in every shape in which they are usually written down."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exchange.core.keys.multibase import base58btc_encode

ED25519_PRIVATE = b"\x80\x26"
"""The multicodec of an Ed25519 private key, as in `secretKeyMultibase`."""


def shapes(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, bytes to look for) of each shape of 32 secret bytes, wherever in a longer text they stand.

    In base64 three bytes make four letters, so a secret inside something longer (a PEM of PKCS #8, a key with
    its public half) begins at one of three places in such a group; letters that its neighbours share are left
    out. A JWK's `d` and a Vault's answer are base64 too.
    """
    yield "raw", secret
    yield "hexadecimal", secret.hex().encode()
    yield "escaped", repr(secret)[2:-1].encode()
    yield "a list of numbers", ", ".join(map(str, secret)).encode()
    yield "base58", base58btc_encode(secret).encode()
    yield "multibase", base58btc_encode(ED25519_PRIVATE + secret).encode()
    for before in range(3):
        padded = bytes(before) + secret + bytes(-(before + len(secret)) % 3)
        core = slice(math.ceil(before * 8 / 6), (before + len(secret)) * 8 // 6)
        yield f"base64 from {before}", base64.b64encode(padded)[core]
        yield f"base64url from {before}", base64.urlsafe_b64encode(padded)[core]


@dataclass(frozen=True)
class Search:
    """Looks for named secrets of 32 bytes."""

    secrets: Mapping[str, bytes]

    def found(self, places: Mapping[str, bytes]) -> list[str]:
        """Which secret lies where, in which shape: nothing, if all is well."""
        return [
            f"{name} ({shape}) in {place}"
            for place, content in places.items()
            for name, secret in self.secrets.items()
            for shape, wanted in shapes(secret)
            if any(wanted in text for text in _readings(content, shape))
        ]


def _readings(content: bytes, shape: str) -> Iterator[bytes]:
    """The content as it is, without line breaks, and for hexadecimal in small letters."""
    yield content
    yield content.replace(b"\r", b"").replace(b"\n", b"")
    if shape == "hexadecimal":
        yield content.lower()
