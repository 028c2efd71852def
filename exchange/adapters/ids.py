"""Ids, in the order they are made."""

from __future__ import annotations

import secrets
import time
import uuid


def new_id() -> str:
    """A UUIDv7 (RFC 9562, section 5.7): the millisecond, which a badge tells anyway, then 74 random bits.

    Ids without order would have every badge rewrite a page of each tree of the database that knows it: with
    these, neighbours share pages.
    """
    moment, random = time.time_ns() // 1_000_000, secrets.randbits(74)
    return str(uuid.UUID(int=moment << 80 | 7 << 76 | random >> 62 << 64 | 2 << 62 | random & (1 << 62) - 1))
