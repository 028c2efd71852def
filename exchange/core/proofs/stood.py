"""Signatures that stood: whether a key made this very text never changes, so it is found out once.

Whose key it is, what it may sign, dates and status are never kept: they are judged each time. What did not
stand is not kept either, so that nothing a stranger sends takes room from what is asked for again.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256

from exchange.core.keys.public_key import PublicKey

MOST = 50_000
"""Of some 200 bytes each."""


class Stood:
    """What the caller of the verifier keeps from one judgement to the next; safe from any thread."""

    def __init__(self, most: int = MOST) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._most = most

    def knows(self, raw: bytes, key: PublicKey) -> bool:
        """Whether this key was found to have signed this very text."""
        return _name(raw, key) in self._seen

    def add(self, raw: bytes, key: PublicKey) -> None:
        """It was, just now."""
        self._seen[_name(raw, key)] = None
        while len(self._seen) > self._most:
            try:
                self._seen.popitem(last=False)
            except KeyError:  # another thread was sooner
                return


def _name(raw: bytes, key: PublicKey) -> bytes:
    return sha256(raw).digest() + key.kind.encode() + key.material
