"""Many signatures at once: another library verifies some, and none is used when one of those is wrong."""

from __future__ import annotations

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


@pytest.mark.parametrize("count", [1, 3, 250])
async def test_a_library_that_signs_wrongly_is_seen_and_nothing_is_given_out(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    right = local.crypto_sign

    def flips_a_bit(message: bytes, secret: bytes) -> bytes:
        signed = right(message, secret)
        return bytes([signed[0] ^ 1]) + signed[1:]

    monkeypatch.setattr(local, "crypto_sign", flips_a_bit)
    with pytest.raises(UnavailableError) as failed:
        await SIGNER.sign_many([bytes([n]) for n in range(count)])
    assert failed.value.code == "self_check_failed"


async def test_of_a_few_each_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    right = local.crypto_sign

    def fails_for_one(message: bytes, secret: bytes) -> bytes:
        signed = right(message, secret)
        return signed if message != b"c" else bytes([signed[0] ^ 1]) + signed[1:]

    monkeypatch.setattr(local, "crypto_sign", fails_for_one)
    assert len(await SIGNER.sign_many([b"a", b"b"])) == 2
    with pytest.raises(UnavailableError):
        await SIGNER.sign_many([b"a", b"b", b"c", b"d"])


async def test_nothing_to_sign_is_no_signature() -> None:
    assert await SIGNER.sign_many([]) == []
