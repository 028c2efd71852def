"""Many signatures at once: each made twice, and none used when the two are not alike."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.adapters.keys.local import LocalSigner
from exchange.errors import UnavailableError

pytestmark = pytest.mark.anyio


class UnsafeKey:
    """Signs, but the fifth time a bit of the signature flips."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._count = itertools.count(1)

    def sign(self, message: bytes) -> bytes:
        signature = self._key.sign(message)
        return signature if next(self._count) != 5 else bytes([signature[0] ^ 1]) + signature[1:]


async def test_many_signatures_are_those_of_one_after_the_other() -> None:
    key = Ed25519PrivateKey.generate()
    messages = [b"%d" % n for n in range(40)]
    signatures = await LocalSigner("file:x", "z6Mk", key).sign_many(messages)
    assert signatures == [key.sign(message) for message in messages]


async def test_a_bit_that_flips_in_one_of_many_is_seen_and_nothing_is_given_out() -> None:
    key: Any = UnsafeKey(Ed25519PrivateKey.generate())
    with pytest.raises(UnavailableError) as failed:
        await LocalSigner("file:x", "z6Mk", key).sign_many([b"a", b"b", b"c"])
    assert failed.value.code == "self_check_failed"
