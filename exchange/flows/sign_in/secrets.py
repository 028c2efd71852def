"""Secrets that people and programs hold: the store has only their hashes."""

from __future__ import annotations

import hashlib

TOKEN_PREFIX = "xbt_"  # noqa: S105  # so that who finds one in a file knows what it is
CODE_DIGITS = 6


def hash_of(secret: str) -> str:
    """The SHA-256 (hex) of a secret. It was drawn from 256 bits, so a slow hash would protect nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def code_of(secret: str) -> str:
    """Six digits to be typed, drawn from a secret that is used for nothing else."""
    number = int.from_bytes(hashlib.sha256(secret.encode()).digest(), "big")
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def hash_of_code(nonce: str, code: str) -> str:
    """A code is short: only with the nonce of the browser that asked is its hash worth anything."""
    return hash_of(f"{nonce} {code}")
