"""The rows of vouches: plain values, as in `flows/records.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from exchange.core.vouches import Given, Kind
from exchange.flows.endorsements.records import Custody
from exchange.flows.records import Ending, Intent, Leaf, Parcel, StatusSlot

Shown = Literal["shown", "hidden"]
State = Literal["drafted", "signed", "withdrawn", "superseded"]


@dataclass(frozen=True, slots=True)
class Vouch:
    """What `giver` gives to `holder`, both accounts: the version of an achievement, for a `family` of roles
    (`""` for none), until then. Once it is signed it is a badge with the same id, and `signed` are its bytes;
    until then `unsigned` are the exact bytes to be signed. `shown`: whether its holder displays it; `is_set`:
    its bit says that it does not stand; `suspended`: its giver is, which is read with it and never stored
    here; `unasked`: its holder had blocked its giver, so it is in no list of theirs, until they settle it."""

    id: str
    giver: str
    holder: str
    kind: Kind
    issuer: str
    achievement: str
    version: int
    family: str
    relationship: str
    did: str
    custody: Custody
    state: State
    supersedes: str
    unsigned: bytes
    slot: StatusSlot
    drafted_at: datetime
    until: datetime
    signed_at: datetime | None = None
    ended_at: datetime | None = None
    shown: Shown = "shown"
    is_set: bool = False
    signed: bytes | None = None
    suspended: bool = False
    unasked: bool = False

    def given(self) -> Given:
        """As the rules want it."""
        ended = self.ended_at or (self.until if self.is_set or self.state != "signed" else None)
        achievement = f"{self.issuer}/{self.achievement}"
        at = self.signed_at or self.drafted_at
        return Given(self.id, self.giver, self.holder, achievement, self.kind, at, self.until, ended)


@dataclass(frozen=True, slots=True)
class VouchDraft:
    """What is to be drafted as soon as its status entry is known. `write` may be called more than once, and
    must touch nothing else. `base` is the URL of this exchange that the list is named under."""

    base: str
    write: Callable[[StatusSlot], Vouch]


@dataclass(frozen=True, slots=True)
class SealedVouch:
    """A draft with its signature: the row of `badge` it becomes, and its leaf.

    `between` are giver and holder, as they were asked about: if either has become another account, it is not
    given. `judge` is asked with all that the two gave each other, as it is when nobody else can change it: it
    raises what forbids this one, and says the id of the one that this is a later version of, or `""`; `end`
    makes the end of that one. `budget` is how many vouches its giver may have in use, with this one;
    `unasked` is as in `Vouch`.
    """

    id: str
    intent: Intent
    signed: bytes
    leaf: Leaf
    judge: Callable[[Sequence[Given]], str]
    end: Callable[[str], Ending]
    budget: int
    at: datetime
    between: tuple[str, str]
    parcels: Sequence[Parcel] = field(default_factory=tuple)
    unasked: bool = False
