"""Since: what was logged of late, and of which badges and portfolios that may make another value.

It is read once for all that is watched, so that a look costs the same however much that is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from exchange.flows.portfolios.records import Logged

Concern = Literal["", "bits", "anew", "later"]
"""What the log has for a badge or portfolio: nothing; bits of its badges, which their histories tell;
something else of what is in it, so that it is judged anew at once; something that may concern it like many
others, a key, say, so that it is judged anew in its turn."""

_QUIET = frozenset(
    ("code", "document", "request", "role", "member", "webhook", "passkey", "token", "clock", "portfolio")
)
"""What entries of the log are about that change nothing of a portfolio (how one is published, its mark
says); accounts are named beside them."""
_BITS = ("revoke", "suspend", "reinstate")
"""Kinds of entries that set a bit of a badge, or take it back, and do nothing else."""


@dataclass(slots=True)
class Since:
    """By the key of what has a status, the lines about it; by the account that an endorsement is of, the last
    line about one; `whole`: the last entry that may change anything; `end`: from there on nothing was
    read."""

    named: dict[str, list[Logged]] = field(default_factory=dict)
    holders: dict[str, int] = field(default_factory=dict)
    whole: int = -1
    end: int = 0

    @classmethod
    def of(cls, logged: Sequence[Logged], most: int) -> Since:
        """Of these lines, of which `most` were asked for: with so many, what comes behind them is not known,
        and may be anything."""
        last = max((line.position for line in logged), default=-1)
        since = cls(whole=sys.maxsize if len(logged) >= most else -1, end=last + 1)
        entries: dict[int, list[Logged]] = {}
        for line in logged:
            entries.setdefault(line.position, []).append(line)
        for lines in entries.values():
            parted = [(*line.about.partition(":")[::2], line) for line in lines]
            if not any(kind in _QUIET for kind, _, _ in parted):
                for kind, key, line in parted:
                    since._add(kind, key, line)
        return since

    def _add(self, kind: str, key: str, line: Logged) -> None:
        if kind != "badge":  # what is not known here may change anything
            self.whole = max(self.whole, line.position)
            return
        self.named.setdefault(key, []).append(line)
        if line.holder:
            self.holders[line.holder] = max(line.position, self.holders.get(line.holder, -1))

    def concern(self, start: int, needs: frozenset[str], around: Iterable[str] = ()) -> Concern:
        """What there is from `start` on for what rests on these badges, endorsements and vouches. `around`
        are who endorses in a portfolio: what they are endorsed for themselves is told beside their words."""
        lines = [line for key in needs & self.named.keys() for line in self.named[key]]
        lines = [line for line in lines if line.position >= start]
        if any(line.kind not in _BITS for line in lines):
            return "anew"
        if self.whole >= start or any(self.holders.get(account, -1) >= start for account in around):
            return "anew" if lines else "later"
        return "bits" if lines else ""
