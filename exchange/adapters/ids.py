"""Ids, in the order they are made, and salts."""

from __future__ import annotations

import os
import time

import pybase64

_SIZE, _AT_ONCE = 16, 64
_drawn: list[bytes] = []
os.register_at_fork(after_in_child=_drawn.clear)  # else two processes would give the same ids


def new_id() -> str:
    """A UUIDv7 (RFC 9562, section 5.7): the millisecond, which a badge tells anyway, then 74 random bits.

    Ids without order would have every badge rewrite a page of each tree of the database that knows it: with
    these, neighbours share pages.
    """
    moment, random = f"{time.time_ns() // 1_000_000:012x}", _random().hex()
    return f"{moment[:8]}-{moment[8:]}-7{random[:3]}-{_VARIANT[random[3]]}{random[4:7]}-{random[7:19]}"


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""Two bits that say what the rest is, and two random ones."""


def new_salt() -> str:
    """128 random bits in base64url."""
    return pybase64.b64encode(_random(), b"-_")[:22].decode()


def _random() -> bytes:
    """16 bytes of the kernel's, drawn some at a time: a badge takes five of them."""
    while True:
        try:
            return _drawn.pop()  # each is given to one thread
        except IndexError:
            more = os.urandom(_SIZE * _AT_ONCE)
            _drawn.extend(more[at : at + _SIZE] for at in range(0, len(more), _SIZE))
