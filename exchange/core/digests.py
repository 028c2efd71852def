"""Digests as credentials write them: `digestSRI` and `digestMultibase` (VCDM 2.0 §5.3)."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from functools import lru_cache
from typing import Any

from exchange.core.keys.multibase import multibase_decode
from exchange.errors import InputError

Digest = tuple[str, bytes]
"""The name of a hash function and the digest it made."""

SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
_MULTIHASH = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}


def digest_sri(body: bytes) -> str:
    """The digest of `body` as `digestSRI` has it: `sha384-` and base64 (Subresource Integrity §3.1)."""
    return f"sha384-{b64encode(hashlib.sha384(body).digest()).decode()}"


@lru_cache(maxsize=16)
def hashed(algorithm: str, body: bytes) -> bytes:
    """Remembered, so that nobody has one megabyte hashed ten thousand times."""
    return hashlib.new(algorithm, body).digest()


def from_sri(value: Any) -> Digest:
    """Subresource Integrity §3.1: `sha384-` and base64. InputError("digest_malformed")."""
    algorithm, _, text = value.partition("-") if isinstance(value, str) else ("", "", "")
    try:
        digest = b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if SIZES.get(algorithm) != len(digest):
        raise _malformed(value, "/digestSRI", "sha256-, sha384- or sha512- and the digest in base64")
    return algorithm, digest


def from_multibase(value: Any) -> Digest:
    """VC-DI §2.6: a multihash; a bare SHA-256, as VCDM 2.0 shows it, is read too."""
    try:
        data = multibase_decode(value) if isinstance(value, str) else b""
    except InputError:
        data = b""
    algorithm = _MULTIHASH.get(data[:2])
    if algorithm is not None and len(data) == 2 + SIZES[algorithm]:
        return algorithm, data[2:]
    if len(data) == SIZES["sha256"]:
        return "sha256", data
    raise _malformed(value, "/digestMultibase", "a multihash of SHA-2 in multibase")


def _malformed(value: Any, at: str, form: str) -> InputError:
    return InputError("digest_malformed", f"{value!a:.80} is no digest; it must be {form}.", at)
