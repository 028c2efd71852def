"""What is known of one endorsement before it is summed up: what its document says, and how it stands.

Everything but `state` is in the signed document, `state` is what verifying it came to. So whoever has the
same public documents has the same facts, whichever exchange they ask, and whatever became of the teams since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

State = Literal["valid", "expired", "superseded", "suspended", "withdrawn", "unclear", "invalid"]
"""`unclear`: it could not be determined. `invalid`: it does not verify, so nothing that it says is believed.
`suspended`: the profile of its endorser is."""

_GRAVITY: dict[State, int] = {
    "withdrawn": 0,
    "superseded": 1,
    "suspended": 2,
    "expired": 3,
    "unclear": 4,
    "valid": 5,
    "invalid": 6,
}


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One endorsement. `endorser` and `holder` are profile ids (of an endorser whom nobody knows, the DID),
    teams are their ids as both were when it was signed, `skills` the ids of skills, or their names where they
    have none; `at` is when it was signed."""

    id: str
    state: State
    endorser: str
    did: str
    custody: Literal["holder", "exchange"]
    holder: str
    subject: str
    relationship: str
    at: datetime
    skills: tuple[str, ...] = ()
    endorser_team: str | None = None
    holder_team: str | None = None
    supersedes: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What is asked about: a badge, the badges of a portfolio, by their ids; or a `person`, by their
    profile's, with everything that they hold."""

    subjects: frozenset[str]
    person: str | None = None

    def has(self, fact: Fact) -> bool:
        if fact.subject in self.subjects:
            return True
        return self.person is not None and self.person in (fact.holder, fact.subject)


@dataclass(frozen=True, slots=True)
class Settled:
    """Every endorsement once, in the order of their signing: by its document's id, with the gravest that was
    found of it; `invalid` are the ids of those which do not verify."""

    facts: tuple[Fact, ...]
    invalid: tuple[str, ...]

    def in_state(self, state: State) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.state == state)


def settled(facts: Iterable[Fact]) -> Settled:
    """Whatever order they come in, and however often each: the same. What a later one of the same endorser
    about the same thing replaces is superseded, whatever else became of it."""
    found: dict[str, Fact] = {}
    invalid = set()
    for fact in facts:
        if fact.state == "invalid":
            invalid.add(fact.id)
        elif (other := found.get(fact.id)) is None or _order(fact) < _order(other):
            found[fact.id] = fact
    replaced = {fact.supersedes for fact in found.values() if _replaces(fact, found)}
    facts = (
        msgspec.structs.replace(fact, state="superseded") if fact.id in replaced else fact
        for fact in found.values()
    )
    return Settled(tuple(sorted(facts, key=lambda fact: (fact.at, fact.id))), tuple(sorted(invalid)))


def _order(fact: Fact) -> tuple[int, bytes]:
    return _GRAVITY[fact.state], msgspec.json.encode(fact)


def _replaces(fact: Fact, found: dict[str, Fact]) -> bool:
    """Whether it is the later version of one that is there. What is unclear replaces nothing."""
    earlier = found.get(fact.supersedes or "")
    return (
        earlier is not None
        and fact.state != "unclear"
        and (earlier.endorser, earlier.subject) == (fact.endorser, fact.subject)
        and earlier.at <= fact.at
        and earlier.id != fact.id
    )
