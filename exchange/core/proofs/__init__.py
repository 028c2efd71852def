"""Proofs: how a credential is bound to the key of who says it.

`prepare` gives the exact bytes that go on record before signing and the message the key signs; `seal` joins
them with the signature. Verifying takes a key that was already bound to the issuer (`core.keys.did`).
"""

from __future__ import annotations

import re

import msgspec

from exchange.core.keys.multibase import base58btc_decode, base64url_decode
from exchange.errors import InputError


class Prepared(msgspec.Struct, frozen=True):
    """A credential one signature short of done.

    `unsigned` are the bytes that `seal` completes; `message` is what the key signs; `proof` names the suite
    (`eddsa-rdfc-2022`, …) or is `jwt`.
    """

    proof: str
    unsigned: bytes
    message: bytes


_PROOF_VALUE = re.compile(rb',"proofValue":"z([1-9A-HJ-NP-Za-km-z]+)"(?=\}\]?\}$)')


def unsigned_of(signed: bytes) -> bytes:
    """The bytes that were on record before `signed`, a credential of ours, was sealed; others as they are."""
    if signed[:1] != b"{":
        return signed.rpartition(b".")[0]
    return _PROOF_VALUE.sub(b"", signed)


def signature_of(signed: bytes) -> bytes:
    """The raw signature that `signed`, a credential of ours, was sealed with; `b""` of others."""
    try:
        if signed[:1] != b"{":
            return base64url_decode(signed.rpartition(b".")[2])
        value = _PROOF_VALUE.search(signed)
        return base58btc_decode(value[1].decode()) if value else b""
    except InputError:
        return b""
