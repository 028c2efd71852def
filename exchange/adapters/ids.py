"""Ids, in the order they are made."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """A UUIDv7 (RFC 9562, section 5.7): the millisecond, which a badge tells anyway, then 74 random bits.

    Ids without order would have every badge rewrite a page of each tree of the database that knows it: with
    these, neighbours share pages.
    """
    moment, random = f"{time.time_ns() // 1_000_000:012x}", os.urandom(10).hex()
    return f"{moment[:8]}-{moment[8:]}-7{random[:3]}-{_VARIANT[random[3]]}{random[4:7]}-{random[7:19]}"


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""Two bits that say what the rest is, and two random ones."""
