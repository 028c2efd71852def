"""Signatures: each verifies its own and no other; and keys with which anybody could sign."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.multikey import (
    PublicKey,
    base58btc_encode,
    base64url_encode,
    public_key_from_jwk,
    public_key_from_multikey,
    public_key_of,
)
from exchange.core.keys.public_key import CURVES
from tests.core.keys.test_multikey import ED25519, MESSAGE, P256, P384, RSA, outcome, p1363

# --- signatures


def signed(kind: str) -> tuple[PublicKey, bytes]:
    if kind == "Ed25519":
        return public_key_of(ED25519.public_key()), ED25519.sign(MESSAGE)
    if kind == "RSA":
        return public_key_of(RSA.public_key()), RSA.sign(MESSAGE, PKCS1v15(), hashes.SHA256())
    private = P256 if kind == "P-256" else P384
    return public_key_of(private.public_key()), p1363(private)


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "RSA"])
def test_verifies_its_own_signature_and_no_other(kind: str) -> None:
    key, signature = signed(kind)
    assert key.verify(signature, MESSAGE)
    assert not key.verify(signature, MESSAGE + b".")
    for at in (0, len(signature) // 2, len(signature) - 1):
        assert not key.verify(signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :], MESSAGE)
    for wrong in (
        b"",
        signature[:-1],
        signature + b"\0",
        b"\0" + signature,
        signature * 2,
        bytes(len(signature)),
    ):
        assert not key.verify(wrong, MESSAGE)


@given(st.sampled_from(["Ed25519", "P-256", "P-384", "RSA"]), st.binary(max_size=300))
def test_no_bytes_crash_a_verifier(kind: str, signature: bytes) -> None:
    assert not signed(kind)[0].verify(signature, MESSAGE)


@pytest.mark.parametrize("kind", ["P-256", "P-384"])
def test_refuses_halves_out_of_range(kind: Any) -> None:
    key, signature = signed(kind)
    size, order = CURVES[kind].size, CURVES[kind].order
    r, s = signature[:size], signature[size:]
    zero, n, top = bytes(size), order.to_bytes(size), b"\xff" * size
    assert not key.verify(r + b"\0" + s, MESSAGE)
    for wrong in (zero + s, r + zero, zero + zero, n + s, r + n, n + n, top + top, zero + n):
        assert not key.verify(wrong, MESSAGE)
    assert key.verify(
        r + (order - int.from_bytes(s)).to_bytes(size), MESSAGE
    )  # either s is one, by the standard


def test_refuses_a_der_signature_where_raw_is_due() -> None:
    key = public_key_of(P256.public_key())
    assert not key.verify(P256.sign(MESSAGE, ec.ECDSA(hashes.SHA256())), MESSAGE)


def test_refuses_the_hash_of_another_curve() -> None:
    r, s = decode_dss_signature(P256.sign(MESSAGE, ec.ECDSA(hashes.SHA384())))
    assert not public_key_of(P256.public_key()).verify(r.to_bytes(32) + s.to_bytes(32), MESSAGE)


# --- keys with which anybody signs

FIELD = 2**255 - 19
D = -121665 * pow(121666, -1, FIELD) % FIELD
Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    t = D * a[0] * b[0] * a[1] * b[1] % FIELD
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, FIELD) % FIELD
    return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, FIELD) % FIELD


def times(scalar: int, point: Point) -> Point:
    result = (0, 1)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def point_at(y: int) -> Point | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    for root in (x, x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD):
        if root * root % FIELD == square:
            return root, y
    return None


def small_order_points() -> set[Point]:
    """The eight points of order 1, 2, 4 and 8: multiples of a point times the prime order."""
    prime = 2**252 + 27742317777372353535851937790883648493
    y = 2
    while True:
        point = point_at(y)
        if point is not None:
            generator = times(prime, point)
            if times(4, generator) != (0, 1):
                return {times(n, generator) for n in range(8)}
        y += 1


def encodings(point: Point) -> set[bytes]:
    """Every 32 bytes that a lenient decoder takes for this point: y or y + p, and both signs if x is 0."""
    signs = {point[0] & 1} if point[0] else {0, 1}
    values = {point[1], point[1] + FIELD} if point[1] + FIELD < 2**255 else {point[1]}
    return {(y | sign << 255).to_bytes(32, "little") for y in values for sign in signs}


def test_refuses_every_encoding_of_every_ed25519_point_of_small_order() -> None:
    points = small_order_points()
    weak = set().union(*map(encodings, points))
    assert (len(points), len(weak)) == (8, 14)
    for material in weak:
        assert outcome(public_key_from_multikey, "z" + base58btc_encode(b"\xed\x01" + material)) == "weak_key"
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(material)}
        assert outcome(public_key_from_jwk, jwk) == "weak_key"


def test_the_identity_point_would_have_verified_anything() -> None:
    """Why the refusal is needed: below us this signature, made without a key, passes for any message."""
    identity = (1).to_bytes(32, "little")
    base = (4 * pow(5, -1, FIELD) % FIELD).to_bytes(32, "little")
    for message in (b"one", b"another"):
        ed25519.Ed25519PublicKey.from_public_bytes(identity).verify(base + identity, message)


def test_refuses_ed25519_keys_not_written_canonically() -> None:
    for y in range(FIELD, 2**255):
        for sign in (0, 1):
            material = (y | sign << 255).to_bytes(32, "little")
            assert (
                outcome(public_key_from_multikey, "z" + base58btc_encode(b"\xed\x01" + material))
                == "weak_key"
            )
