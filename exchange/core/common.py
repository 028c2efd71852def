"""What documents that are judged together have in common: looked at once.

Badges of one portfolio share issuers, and often achievements. Such a part is the same as one before it only
if its JSON is, byte by byte: then each document gets that very object, and what follows from the part alone
is found out for the first of them. Whatever hangs on more than the part is no business of this room.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from orjson import dumps

T = TypeVar("T")

MOST, LONGEST = 100, 20_000
"""How many parts are kept, and how many bytes each may have; what does not fit is looked at each time."""


class Common:
    """The parts so far. `found` is what is known of them: by the identity of a part, and what was asked."""

    def __init__(self) -> None:
        self._known: dict[bytes, dict[str, Any]] = {}
        self.parts: set[int] = set()
        self.found: dict[tuple[int, Hashable], Any] = {}

    def share(self, document: dict[str, Any]) -> None:
        """Put in place of its issuer and its achievement those of documents before it that are the same."""
        self._share(document, "issuer")
        subject = document.get("credentialSubject")
        if type(subject) is dict:
            self._share(subject, "achievement")

    def _share(self, holder: dict[str, Any], name: str) -> None:
        part = holder.get(name)
        if type(part) is not dict:
            return
        try:
            raw = dumps(part)
        except TypeError:  # nested too deep: refused in a moment
            return
        known = self._known.get(raw)
        if known is not None:
            holder[name] = known
        elif len(self._known) < MOST and len(raw) <= LONGEST:
            self._known[raw] = part
            self.parts.add(id(part))

    def once(self, part: object, asked: Hashable, find: Callable[[], T]) -> T:
        """What `find` says of a part, or said when it was asked before; what it raises is not kept."""
        if id(part) not in self.parts:
            return find()
        name = id(part), asked
        if name not in self.found:
            self.found[name] = find()
        known: T = self.found[name]
        return known
