"""Ids, in the order they are made."""

from __future__ import annotations

import secrets
import time


def new_id() -> str:
    """A UUIDv7 (RFC 9562, section 5.7): the millisecond, which a badge tells anyway, then 74 random bits.

    Ids without order would have every badge rewrite a page of each tree of the database that knows it: with
    these, neighbours share pages.
    """
    moment, random = time.time_ns() // 1_000_000, secrets.randbits(74)
    text = f"{moment << 80 | 7 << 76 | random >> 62 << 64 | 2 << 62 | random & (1 << 62) - 1:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
