"""The rows of orders that take a while: batches of many awards, and awards that wait for a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from exchange.core.roster import Fault

BatchState = Literal["draft", "running", "paused", "done"]
RowState = Literal["ready", "wrong", "skipped", "awarded", "failed"]
HeldState = Literal["waiting", "approved", "refused"]


@dataclass(frozen=True, slots=True)
class Batch:
    """An award of one badge to many.

    A draft was judged, and nothing is signed before it is confirmed by its `digest`. `made_by` is the account
    that did, `""` for the shell, and in whose right it is carried out. `reason`: what was passed over in a
    draft, or why it does not go on, or was put off; `""` if all is well. `changed_at`: when something last
    happened to it.
    """

    id: str
    issuer: str
    achievement: str
    version: int
    proof: str
    mail: bool
    made_by: str
    state: BatchState
    digest: str
    reason: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row: as it was given, whom it means (`recipient`, an identifier), and what came of it.

    ready (is or will be awarded) → awarded, with the key of its `badge`, or failed; wrong by its `faults`, or
    skipped: nothing is done.
    """

    number: int
    to: str
    evidence: tuple[str, ...]
    narrative: str
    recipient: str
    state: RowState
    faults: tuple[Fault, ...] = ()
    badge: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """That a `recipient` has a badge that is not revoked; `badge` is `""` if it is only ordered."""

    recipient: str
    badge: str
    signed: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """An award that a second person has to approve; nothing of it is signed before.

    `given` is the order as JSON text. `asked_by`, `decided_by`: accounts, `""` for the shell.
    """

    id: str
    issuer: str
    achievement: str
    recipient: str
    given: str
    asked_by: str
    asked_at: datetime
    state: HeldState = "waiting"
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""
    badge: str | None = None
