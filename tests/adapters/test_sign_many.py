"""Many signatures at once: each made twice, and none used when the two are not alike."""

from __future__ import annotations

import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.adapters.keys import local
from exchange.adapters.keys.local import LocalSigner
from exchange.errors import UnavailableError

pytestmark = pytest.mark.anyio

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = LocalSigner("file:x", "z6Mk", KEY.private_bytes_raw() + KEY.public_key().public_bytes_raw())


async def test_signatures_are_those_of_another_library() -> None:
    messages = [bytes([n]) * n for n in range(40)]
    expected = [KEY.sign(message) for message in messages]
    assert await SIGNER.sign_many(messages) == expected
    assert [await SIGNER.sign(message) for message in messages] == expected


async def test_a_bit_that_flips_in_one_of_many_is_seen_and_nothing_is_given_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right, count = local.crypto_sign, itertools.count(1)

    def flips_a_bit(message: bytes, secret: bytes) -> bytes:
        signed = right(message, secret)
        return signed if next(count) != 5 else bytes([signed[0] ^ 1]) + signed[1:]

    monkeypatch.setattr(local, "crypto_sign", flips_a_bit)
    with pytest.raises(UnavailableError) as failed:
        await SIGNER.sign_many([b"a", b"b", b"c"])
    assert failed.value.code == "self_check_failed"
