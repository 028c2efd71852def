"""The rows of orders that take a while (batches of many awards, awards that wait for a second person), and of
claim codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from exchange.core.roster import Fault
from exchange.errors import ConflictError

BatchState = Literal["draft", "running", "paused", "done"]
RowState = Literal["ready", "wrong", "skipped", "awarded", "failed"]
HeldState = Literal["waiting", "approved", "refused"]
UseState = Literal["waiting", "granted", "awarded", "refused"]


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


@dataclass(frozen=True, slots=True)
class Code:
    """A way to a badge for people whose address is unknown: at most `quota` of them, until `expires_at` or
    until it is closed; with `approval`, after somebody of the issuer has said yes.

    `word` is in the link that all of them use, None where each has a code of their own. `taken` counts who
    has a place. `title` is for its issuer, to tell one from another.
    """

    id: str
    issuer: str
    achievement: str
    title: str
    word: str | None
    quota: int
    taken: int
    approval: bool
    expires_at: datetime
    created_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CodeUse:
    """Somebody, by their account's id, who has a place: waiting for a yes, granted (the badge is about to be
    awarded), awarded, or refused."""

    id: str
    code: str
    person: str
    state: UseState
    at: datetime
    badge: str | None = None


def why_not(code: Code, at: datetime) -> ConflictError:
    """Why nobody gets a place by it any more."""
    if code.closed_at is not None:
        return ConflictError("code_closed", "Its issuer has closed this code.")
    if code.expires_at <= at:
        return ConflictError("code_over", f"This code was good until {code.expires_at:%Y-%m-%d}.")
    return ConflictError("code_used_up", f"All {code.quota} badges of this code have been taken.")
