"""An authenticator in a few lines: makes passkeys and answers with them, rightly or with a named fault.

What a browser does to the answer (client data, JSON) it does too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from exchange.core.keys.multibase import base64url_encode

PRESENT, VERIFIED, ELIGIBLE, SYNCED, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass(frozen=True)
class Known:
    """A passkey as it is on record."""

    id: str
    handle: str
    public_key: bytes
    counter: int


def new_key(alg: int) -> Any:
    if alg == -8:
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1()) if alg == -7 else rsa.generate_private_key(65537, 2048)


def cose(alg: int, key: Any) -> dict[int, Any]:
    """The public half as COSE has it (RFC 9053)."""
    if alg == -8:
        return {1: 1, 3: alg, -1: 6, -2: key.public_key().public_bytes_raw()}
    numbers = key.public_key().public_numbers()
    if alg == -7:
        return {1: 2, 3: alg, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
    return {1: 3, 3: alg, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}


@dataclass
class Authenticator:
    """One passkey. Each member may be set to what is wrong; the signature then covers the wrong thing."""

    alg: int = -7
    key: Any = None
    id: bytes = b"the id of one passkey"
    origin: str = "http://localhost:8000"
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    handle: bytes | None = None
    type: str | None = None
    client: dict[str, Any] = field(default_factory=dict)
    """Members of the client data beyond, or instead of, the usual ones."""

    attestation: dict[str, Any] = field(default_factory=lambda: {"fmt": "none", "attStmt": {}})
    public: dict[int, Any] | None = None

    def __post_init__(self) -> None:
        self.key = self.key or new_key(self.alg)

    def but(self, **changes: Any) -> Authenticator:
        """The same passkey with something else about it."""
        return replace(self, **changes)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer of `navigator.credentials.create`."""
        key = cbor2.dumps(cose(self.alg, self.key) if self.public is None else self.public)
        data = self._data(ATTESTED) + bytes(16) + len(self.id).to_bytes(2) + self.id + key
        client = self._client("webauthn.create", options)
        attestation = {**self.attestation, "authData": data}
        response = {"clientDataJSON": client, "attestationObject": cbor2.dumps(attestation)}
        return self._answer(response, {"transports": ["internal", "smoke signals"]})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer of `navigator.credentials.get`."""
        data, client = self._data(0), self._client("webauthn.get", options)
        signature = self.sign(data + hashlib.sha256(client).digest())
        response = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer(response | ({} if self.handle is None else {"userHandle": self.handle}), {})

    def _data(self, more: int) -> bytes:
        rp_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_hash + bytes([self.flags | more]) + self.counter.to_bytes(4)

    def _client(self, type: str, options: dict[str, Any]) -> bytes:
        said = {
            "type": self.type or type,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
            **self.client,
        }
        return json.dumps(said).encode()

    def sign(self, message: bytes) -> bytes:
        if self.alg == -8:
            return bytes(self.key.sign(message))
        if self.alg == -7:
            return bytes(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return bytes(self.key.sign(message, padding.PKCS1v15(), hashes.SHA256()))

    def _answer(self, response: dict[str, bytes], more: dict[str, Any]) -> dict[str, Any]:
        id = base64url_encode(self.id)
        encoded = {name: base64url_encode(value) for name, value in response.items()}
        return {"id": id, "rawId": id, "type": "public-key", "response": {**encoded, **more}}
