"""A public key as a value: what it verifies, how it is written, and why it is refused.

A key is looked at before it is used. With a point of small order, or with RSA of a short modulus or exponent
1, anybody can sign; such keys never become a `PublicKey`, so no signature is tried on them.

Ed25519 is verified by libsodium (PyNaCl), in half the time OpenSSL takes; all else by OpenSSL. The two agree,
also where RFC 8032 §5.1.7 leaves a choice; only a signature whose R has small order, which nobody makes by
chance, is refused by libsodium alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import nacl.exceptions
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.bindings import crypto_sign_open

from exchange.core.keys.multibase import base58btc_encode, base64url_encode
from exchange.errors import CannotTellError, InputError

Kind = Literal["Ed25519", "P-256", "P-384", "RSA"]
CurveName = Literal["P-256", "P-384"]
Key = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

MULTICODEC: dict[bytes, Kind] = {
    b"\xed\x01": "Ed25519",
    b"\x80\x24": "P-256",
    b"\x81\x24": "P-384",
    b"\x85\x24": "RSA",
}
_PREFIX = {kind: prefix for prefix, kind in MULTICODEC.items()}


@dataclass(frozen=True, slots=True)
class Curve:
    """A NIST curve; `size` is the bytes of a coordinate and of each half of a signature (IEEE P1363)."""

    curve: ec.EllipticCurve
    size: int
    order: int
    hash: hashes.HashAlgorithm


CURVES: dict[CurveName, Curve] = {
    "P-256": Curve(
        ec.SECP256R1(),
        32,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        hashes.SHA256(),
    ),
    "P-384": Curve(
        ec.SECP384R1(),
        48,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        hashes.SHA384(),
    ),
}

# The points of small order on edwards25519 have these y (two x each, but for ±1).
_FIELD = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y = frozenset({0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8})


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that passed the checks below; two are equal when kind and material are.

    `material` is what a Multikey carries: 32 bytes for Ed25519, the compressed point for P-256 and P-384, the
    DER of an RSAPublicKey (RFC 8017) for RSA. `key` is what OpenSSL made of it, None for Ed25519.
    """

    kind: Kind
    material: bytes
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey | None = field(default=None, repr=False, compare=False)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` is this key's over `message`.

        Ed25519: 64 bytes (RFC 8032). P-256 with SHA-256 and P-384 with SHA-384: r ‖ s (IEEE P1363). RSA:
        PKCS #1 v1.5 with SHA-256 (RS256).
        """
        key = self.key
        try:
            if key is None:
                return _verify_ed25519(self.material, signature, message)
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, message, PKCS1v15(), hashes.SHA256())
            else:
                return _verify_ecdsa(key, CURVES[self.kind], signature, message)  # type: ignore[index]
        except InvalidSignature:
            return False
        return True

    @property
    def multikey(self) -> str:
        """The value of `publicKeyMultibase`, with its `z` (Controlled Identifiers 1.0, section 2.2.2)."""
        return "z" + base58btc_encode(_PREFIX[self.kind] + self.material)

    @property
    def jwk(self) -> dict[str, str]:
        """The required members of its JsonWebKey (RFC 7517, RFC 8037)."""
        key = self.key
        if key is None:
            return {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(self.material)}
        if isinstance(key, rsa.RSAPublicKey):
            numbers = key.public_numbers()
            return {"kty": "RSA", "n": _unsigned(numbers.n), "e": _unsigned(numbers.e)}
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
        half = len(point) // 2
        x, y = base64url_encode(point[:half]), base64url_encode(point[half:])
        return {"kty": "EC", "crv": self.kind, "x": x, "y": y}


def _verify_ed25519(material: bytes, signature: bytes, message: bytes) -> bool:
    if len(signature) != 64:  # what follows is cut at 64 bytes: else a part of the message could be either
        return False
    try:
        crypto_sign_open(signature + message, material)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


def _verify_ecdsa(key: ec.EllipticCurvePublicKey, curve: Curve, signature: bytes, message: bytes) -> bool:
    r, s = int.from_bytes(signature[: curve.size]), int.from_bytes(signature[curve.size :])
    if len(signature) != 2 * curve.size or not (0 < r < curve.order and 0 < s < curve.order):
        return False
    key.verify(encode_dss_signature(r, s), message, ec.ECDSA(curve.hash))
    return True


def _unsigned(number: int) -> str:
    return base64url_encode(number.to_bytes((number.bit_length() + 7) // 8))


def ed25519_key(material: bytes) -> PublicKey:
    """The key of 32 bytes; InputError `key_malformed` or `weak_key`. RFC 8032."""
    if len(material) != 32:
        raise InputError("key_malformed", f"An Ed25519 key has 32 bytes, not {len(material)}.")
    y = int.from_bytes(material, "little") & (2**255 - 1)
    if y >= _FIELD or y in _SMALL_ORDER_Y:
        raise InputError("weak_key", "The Ed25519 key is a point of small order, or not written canonically.")
    return PublicKey("Ed25519", material)


def ec_key(curve: CurveName, point: bytes) -> PublicKey:
    """The key of a point, compressed or not (SEC 1); InputError("key_malformed") if it is off the curve."""
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[curve].curve, point)
    except (ValueError, UnsupportedAlgorithm):
        raise InputError("key_malformed", f"The key is not a point on the curve {curve}.") from None
    return PublicKey(curve, key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint), key)


def rsa_key(n: int, e: int) -> PublicKey:
    """The key of modulus and exponent; InputError("weak_key"), also for one too large to be cheap."""
    if not 2048 <= n.bit_length() <= 8192:
        raise InputError("weak_key", f"The RSA modulus has {n.bit_length()} bits; 2048 to 8192 are accepted.")
    if not (n & 1 and e & 1 and 3 <= e < 2**32):
        raise InputError("weak_key", "An RSA key has an odd modulus and an odd exponent from 3 to 2^32.")
    key = rsa.RSAPublicNumbers(e, n).public_key()
    return PublicKey("RSA", key.public_bytes(Encoding.DER, PublicFormat.PKCS1), key)


def public_key_of(key: Key) -> PublicKey:
    """A key of `cryptography` as our value, after the same checks; CannotTellError("unsupported_key")."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return ed25519_key(key.public_bytes_raw())
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        return rsa_key(numbers.n, numbers.e)
    for name, curve in CURVES.items():
        if key.curve.name == curve.curve.name:
            return ec_key(name, key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    raise CannotTellError("unsupported_key", f"Keys on the curve {key.curve.name} are not supported.")
