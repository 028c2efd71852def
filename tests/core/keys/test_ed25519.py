"""Ed25519 as we verify it (libsodium) beside OpenSSL, also where implementations are known to differ.

The signatures are made from the curve up, by who has the private key: only they can make the odd ones.
"""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.public_key import ed25519_key
from exchange.errors import InputError

Point = tuple[int, int]

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
MESSAGE = b"what is signed"
SCALAR = 0x1234567
IDENTITY: Point = (0, 1)


def x_of(y: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    return x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P


BASE: Point = (P - x_of(4 * pow(5, -1, P) % P), 4 * pow(5, -1, P) % P)
BASE = BASE if BASE[0] % 2 == 0 else (P - BASE[0], BASE[1])
ORDER_8_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
ORDER_8: Point = (x_of(ORDER_8_Y), ORDER_8_Y)


def add(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def times(n: int, point: Point) -> Point:
    result = IDENTITY
    for bit in bin(n)[2:]:
        result = add(result, result)
        result = add(result, point) if bit == "1" else result
    return result


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


KEY = times(SCALAR, BASE)
MIXED = add(KEY, ORDER_8)


def sign(key: Point, nonce: int, beside: Point = IDENTITY) -> bytes:
    """RFC 8032 §5.1.6 with a nonce of our choice; `beside` is added to R."""
    r = encode(add(times(nonce, BASE), beside))
    h = int.from_bytes(hashlib.sha512(r + encode(key) + MESSAGE).digest(), "little")
    return r + ((nonce + h * SCALAR) % L).to_bytes(32, "little")


def more(signature: bytes, number: int) -> bytes:
    return signature[:32] + (int.from_bytes(signature[32:], "little") + number).to_bytes(32, "little")


def openssl(key: bytes, signature: bytes, message: bytes = MESSAGE) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


CASES = {
    "as it should be": (KEY, sign(KEY, 99), True),
    "S of another message": (KEY, more(sign(KEY, 99), 1), False),
    "S written with the order added": (KEY, more(sign(KEY, 99), L), False),
    "R with a point of order 8 added": (KEY, sign(KEY, 99, ORDER_8), False),
    **{f"a key with a point of order 8 added, {n}": (MIXED, sign(MIXED, n), None) for n in range(90, 106)},
}


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_openssl(case: str) -> None:
    key, signature, expected = CASES[case]
    ours = ed25519_key(encode(key)).verify(signature, MESSAGE)
    assert ours == openssl(encode(key), signature)
    assert expected in (None, ours)


def test_some_signatures_of_a_mixed_key_verify_and_some_do_not() -> None:
    """Else the cases above would not tell cofactored and cofactorless verification apart."""
    assert {openssl(encode(MIXED), sign(MIXED, n)) for n in range(90, 106)} == {True, False}


def test_refuses_a_nonce_of_small_order_where_openssl_does_not() -> None:
    signature = sign(KEY, 0)
    assert openssl(encode(KEY), signature)
    assert not ed25519_key(encode(KEY)).verify(signature, MESSAGE)


@pytest.mark.parametrize("length", [0, 32, 63, 65, 64 + len(MESSAGE)])
def test_a_signature_has_64_bytes_wherever_the_message_begins(length: int) -> None:
    signed = sign(KEY, 99) + MESSAGE
    assert ed25519_key(encode(KEY)).verify(signed[:64], signed[64:])
    assert not ed25519_key(encode(KEY)).verify(signed[:length], signed[length:])


def test_a_key_off_the_curve_verifies_nothing() -> None:
    off = next(y for y in range(2, 99) if x_of(y) ** 2 % P != (y * y - 1) * pow(D * y * y + 1, -1, P) % P)
    assert not ed25519_key(off.to_bytes(32, "little")).verify(sign(KEY, 99), MESSAGE)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_no_altered_signature_is_told_otherwise(key: bytes, message: bytes, bit: int) -> None:
    altered = bytearray(sign(KEY, 99))
    altered[bit // 8] ^= 1 << bit % 8
    assert not ed25519_key(encode(KEY)).verify(bytes(altered), MESSAGE)
    try:
        stranger = ed25519_key(key)
    except InputError:
        return
    assert stranger.verify(sign(KEY, 99), message) == openssl(key, sign(KEY, 99), message) is False
