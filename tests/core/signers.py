"""Keys for tests: made from names, so that every run makes the same ones."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from exchange.core.keys.multikey import multikey_of
from exchange.core.proofs import data_integrity, jwt

MADE = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def raw_signature(private: Any, message: bytes) -> bytes:
    """The signature as credentials carry it: 64 bytes, or r and s side by side (IEEE P1363)."""
    if isinstance(private, Ed25519PrivateKey):
        return private.sign(message)
    size = (private.curve.key_size + 7) // 8
    digest = hashes.SHA384() if size == 48 else hashes.SHA256()
    r, s = decode_dss_signature(private.sign(message, ec.ECDSA(digest)))
    return r.to_bytes(size) + s.to_bytes(size)


class Issuer:
    """Somebody with a key, known by did:key; signs what a test hands over, without looking at it."""

    def __init__(self, name: str, kind: str = "Ed25519") -> None:
        seed = hashlib.sha256(name.encode()).digest()
        self.kind = kind
        self.private: Any
        if kind == "Ed25519":
            self.private = Ed25519PrivateKey.from_private_bytes(seed)
        else:
            curve = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[kind]
            self.private = ec.derive_private_key(int.from_bytes(seed) >> 8, curve)
        self.multikey = multikey_of(self.private.public_key())
        self.did = f"did:key:{self.multikey}"
        self.method = f"{self.did}#{self.multikey}"

    def sign(
        self,
        document: dict[str, Any],
        proof: str = "eddsa-rdfc-2022",
        created: datetime = MADE,
        method: str | None = None,
        **options: Any,
    ) -> bytes:
        """`document` secured with this key, as bytes."""
        if proof == "jwt":
            prepared = jwt.prepare_jwt(document, self.kind, method or self.method)
            return jwt.seal_jwt(prepared, raw_signature(self.private, prepared.message))
        prepared = data_integrity.prepare(
            document, proof, self.kind, method or self.method, created, **options
        )
        return data_integrity.seal(prepared, raw_signature(self.private, prepared.message))
