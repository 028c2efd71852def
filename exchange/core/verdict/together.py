"""Together: many documents, of which each is judged as `judge` would judge it alone.

All are read, then all proofs are checked, then all the rest: one kind of work after the other takes a seventh
less than one document after the other. What was asked for is brought between rounds, and what was read by
then, and proven without asking for anything, is not looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from exchange.core.canonical.effort import Effort
from exchange.core.verdict.documents import Documents
from exchange.core.verdict.finding import finding_from
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.secured import Proven, Secured, check_proof, opened, read_secured
from exchange.core.verdict.verdict import Asking, Verdict, conclude, judge_secured
from exchange.errors import ExchangeError

Judged = tuple[int, Verdict, tuple[str, ...]]
"""The number of a text, its verdict, and the URLs that it asked for in vain."""


class Together:
    """The texts (JSON or compact JWS, UTF-8), each with an effort of its own for all rounds."""

    def __init__(self, texts: Sequence[bytes], policy: Policy, now: datetime) -> None:
        self._texts = texts
        self._policies = [replace(policy, effort=Effort()) for _ in texts]
        self._now = now
        self._read: dict[int, Secured | Verdict] = {}
        self._proven: dict[int, Proven] = {}

    def judge(self, numbers: Sequence[int], documents: Documents) -> list[Judged]:
        """The verdicts on those with these numbers, in their order, up to the first that asks for something:
        those after it may need just that too."""
        asking = {number: Asking(documents) for number in numbers}
        for number in numbers:
            if number not in self._read:
                self._read[number] = self._opened(number)
        for number in numbers:
            self._prove(number, asking[number])
        judged: list[Judged] = []
        for number in numbers:
            verdict = self._concluded(number, asking[number])
            judged.append((number, verdict, tuple(asking[number].wanted)))
            if asking[number].wanted:
                break
        return judged

    def _opened(self, number: int) -> Secured | Verdict:
        try:
            return opened(read_secured(self._texts[number], self._policies[number].common))
        except ExchangeError as error:
            return conclude([finding_from(error)], "unknown", None)

    def _prove(self, number: int, asking: Asking) -> None:
        """Of a plain document: what is to be said of the form of others may cost them effort before that."""
        secured = self._read[number]
        if number in self._proven or isinstance(secured, Verdict) or not secured.plain:
            return
        proven = check_proof(secured, asking, self._policies[number], self._now)
        if not asking.wanted:
            self._proven[number] = proven

    def _concluded(self, number: int, asking: Asking) -> Verdict:
        secured = self._read[number]
        if isinstance(secured, Verdict):
            return secured
        proven = self._proven.get(number)
        return judge_secured(secured, asking, self._policies[number], self._now, proven=proven)
