"""Signatures that stood: whether a key made this very text never changes, so it is found out once.

Whose key it is, what it may sign, dates and status are never kept: they are judged each time. What did not
stand is not kept either, so that nothing a stranger sends takes room from what is asked for again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from exchange.core.keys.public_key import PublicKey

MOST = 50_000
"""Of some 200 bytes each."""


class Stood:
    """What the caller of the verifier keeps from one judgement to the next; safe from any thread."""

    def __init__(self, most: int = MOST) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._most = most

    def once(self, raw: bytes, key: PublicKey, verify: Callable[[], None]) -> None:
        """Have `verify` find out that this key signed this very text, unless it did so before; what it raises
        passes through, and is not kept."""
        name = sha256(raw).digest() + key.kind.encode() + key.material
        if name in self._seen:
            return
        verify()
        self._seen[name] = None
        while len(self._seen) > self._most:
            try:
                self._seen.popitem(last=False)
            except KeyError:  # another thread was sooner
                return
