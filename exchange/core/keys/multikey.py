"""Keys as Multikey text (Controlled Identifiers 1.0, section 2.2.2): multicodec prefix and key, in base58btc.

The door to keys for the rest of the core: `PublicKey` and the readers of both forms are found here.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from exchange.core.keys.jwk import public_key_from_jwk
from exchange.core.keys.multibase import (
    base58btc_decode,
    base58btc_encode,
    base64url_decode,
    base64url_encode,
    multibase_decode,
)
from exchange.core.keys.public_key import (
    CURVES,
    MULTICODEC,
    CurveName,
    Key,
    Kind,
    PublicKey,
    ec_key,
    ed25519_key,
    public_key_of,
    rsa_key,
)
from exchange.errors import CannotTellError, InputError

__all__ = [
    "Kind",
    "PrivateKey",
    "PublicKey",
    "base58btc_decode",
    "base58btc_encode",
    "base64url_decode",
    "base64url_encode",
    "multibase_decode",
    "multikey_of",
    "private_key_from_multikey",
    "public_key_from_jwk",
    "public_key_from_multikey",
    "public_key_of",
]

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

_PRIVATE_CURVES: dict[bytes, CurveName] = {b"\x86\x26": "P-256", b"\x87\x26": "P-384"}
_PRIVATE_ED25519 = b"\x80\x26"
_FOREIGN = {
    b"\xe7\x01": "secp256k1",
    b"\xea\x01": "BLS12-381 G1",
    b"\xeb\x01": "BLS12-381 G2",
    b"\xec\x01": "X25519",
    b"\xee\x01": "BLS12-381 G1G2",
    b"\x82\x24": "P-521",
    b"\x83\x24": "Ed448",
}


@lru_cache(maxsize=1024)
def public_key_from_multikey(text: str) -> PublicKey:
    """The key of a `publicKeyMultibase`.

    Raises InputError `multibase_malformed`, `key_malformed` or `weak_key`; CannotTellError `unsupported_key`.
    """
    data = _decoded(text)
    kind, material = MULTICODEC.get(data[:2]), data[2:]
    if kind == "Ed25519":
        return ed25519_key(material)
    if kind == "RSA":
        return _rsa_key_from_der(material)
    if kind is not None:
        if len(material) != CURVES[kind].size + 1:
            raise InputError(
                "key_malformed", f"A Multikey on {kind} is a compressed point, not {len(material)} bytes."
            )
        return ec_key(kind, material)
    if data[:2] == _PRIVATE_ED25519 or data[:2] in _PRIVATE_CURVES:
        raise InputError("weak_key", "A private key is published where a public key belongs.")
    name = _FOREIGN.get(data[:2], f"with the prefix {data[:2].hex() or 'nothing'}")
    raise CannotTellError("unsupported_key", f"Keys {name} are not supported.")


def private_key_from_multikey(text: str) -> PrivateKey:
    """The key of a `secretKeyMultibase` (Ed25519, P-256, P-384).

    Older Ed25519 ones carry the public half too; it must fit then. Raises InputError `multibase_malformed` or
    `key_malformed`.
    """
    data = _decoded(text)
    prefix, secret = data[:2], data[2:]
    if prefix == _PRIVATE_ED25519 and len(secret) in (32, 64):
        key = ed25519.Ed25519PrivateKey.from_private_bytes(secret[:32])
        if secret[32:] in (b"", key.public_key().public_bytes_raw()):
            return key
    if prefix in _PRIVATE_CURVES:
        curve, number = CURVES[_PRIVATE_CURVES[prefix]], int.from_bytes(secret)
        if len(secret) == curve.size and 0 < number < curve.order:
            return ec.derive_private_key(number, curve.curve)
    raise InputError("key_malformed", "This is no private Multikey of Ed25519, P-256 or P-384.")


def multikey_of(key: Key) -> str:
    """The Multikey of a `cryptography` public key; `weak_key` and `unsupported_key` as for a stranger's."""
    return public_key_of(key).multikey


def _decoded(text: str) -> bytes:
    if text[:1] != "z":
        raise InputError("multibase_malformed", "A Multikey begins with z (base58btc).")
    return base58btc_decode(text[1:])


def _rsa_key_from_der(der: bytes) -> PublicKey:
    try:
        loaded = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        loaded = None
    if isinstance(loaded, rsa.RSAPublicKey):
        numbers = loaded.public_numbers()
        key = rsa_key(numbers.n, numbers.e)
        if key.material == der:
            return key
    raise InputError("key_malformed", "An RSA Multikey holds the DER of an RSAPublicKey.")
