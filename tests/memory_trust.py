"""The part of `MemoryStore` about what signed endorsements say, taken together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from exchange.core.trust.facts import Fact, State
from exchange.flows.endorsements.records import KeptFact, Tie
from tests.memory_endorsements import MemoryEndorsements


@dataclass
class MemoryTrust(MemoryEndorsements):
    """As in `MemoryStore`, nothing awaits inside a method."""

    async def facts_about(self, subjects: Sequence[str], person: str = "") -> list[Fact]:
        return self._public(
            lambda fact: fact.subject in subjects or (person != "" and person in (fact.holder, fact.subject))
        )

    async def facts_around(self, ties: Sequence[Tie]) -> list[Fact]:
        found: dict[str, Fact] = {}
        for tie in ties:
            of_endorser = [
                fact
                for fact in self._public(lambda fact: fact.holder == tie.endorser)  # noqa: B023
                if fact.state == "valid"
            ]
            others = [fact for fact in of_endorser if fact.endorser not in (tie.endorser, tie.holder)]
            first = [next((fact for fact in of_endorser if fact.endorser == tie.holder), None)]
            first += [next((fact for fact in others if skill in fact.skills), None) for skill in tie.skills]
            found |= {fact.id: fact for fact in first if fact is not None}
        return list(found.values())

    async def kept_facts(self, ids: Sequence[str]) -> dict[str, KeptFact]:
        return {
            id: KeptFact(
                msgspec.structs.replace(self._facts[id], state=self._stands(id)),
                tuple(sorted(self._facts[id].skills)),
            )
            for id in ids
            if id in self._facts and id in self._endorsements
        }

    def _public(self, about: Callable[[Fact], bool]) -> list[Fact]:
        known = (
            msgspec.structs.replace(fact, state=self._stands(id))
            for id, fact in self._facts.items()
            if id in self._endorsements
            and self._endorsements[id].shown == "shown"
            and not self._endorsements[id].barred
            and about(fact)
        )
        return sorted(known, key=lambda fact: (fact.at, fact.id))

    def _stands(self, id: str) -> State:
        one = self._endorsements[id]
        if one.state == "superseded":
            return "superseded"
        is_set = one.slot.index in self._lists[one.slot.list_id].bits
        if is_set or one.state != "signed":
            return "withdrawn"
        return "suspended" if self._is_suspended(one.endorser) else "valid"
