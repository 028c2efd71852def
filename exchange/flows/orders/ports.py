"""The part of `Store` about orders that take a while; as there, every method is one transaction.

Nothing of it is in a backup: some of it may have been carried out since that was made. Who puts one back
gives the roster once more, and its dry run says who has the badge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from exchange.flows.orders.records import Batch, BatchRow, BatchState, Held, HeldState, Holding, RowState


class OrderStore(Protocol):
    """Batches with their rows, and held awards."""

    async def put_batch(self, batch: Batch, rows: Sequence[BatchRow]) -> None:
        """Insert a draft with its rows, or put them in place of what it was. ConflictError("batch_begun")."""

    async def batch(self, id: str) -> Batch | None: ...
    async def batches(
        self, issuers: Sequence[str] | None, limit: int, before: str | None = None
    ) -> list[Batch]:
        """Of these issuers, or of all, newest first; `before` (an id) pages on."""

    async def batch_rows(
        self, id: str, after: int = 0, limit: int = 20_000, states: Sequence[RowState] = ()
    ) -> list[BatchRow]:
        """By their numbers, those greater than `after`; in one of the states, if some are given."""

    async def batch_counts(self, ids: Sequence[str]) -> Mapping[str, Mapping[RowState, int]]:
        """How many rows of each batch are in which state."""

    async def begin_batch(self, id: str, digest: str, by: str, at: datetime, since: datetime) -> bool:
        """Let a draft run, if its digest is this one; what is wrong in it is skipped, and of rows that mean
        nobody only the codes of their faults stay. False: it is another, or no draft.

        ConflictError("conflict"), and nothing is changed, when one of its recipients is to get the badge by
        another batch that was begun, or was awarded it after `since`: of any number that begin at once, one
        does.
        """

    async def move_batch(
        self,
        id: str,
        before: BatchState,
        after: BatchState,
        at: datetime,
        reason: str = "",
        by: str | None = None,
    ) -> bool:
        """Let it be `after` if it is `before`, and nobody's, in the right of `by` if that is given; False if
        it is not."""

    async def discard_batch(self, id: str) -> bool:
        """Forget a draft; False if it is none."""

    async def lease_batch(self, lease: str, now: datetime, until: datetime) -> Batch | None:
        """One that runs and is nobody's just now; until then it is that lease's."""

    async def keep_lease(self, id: str, lease: str, until: datetime, reason: str = "") -> bool:
        """Move the end of a lease on; False if the batch does not run any more, or is another's."""

    async def note_rows(self, id: str, rows: Sequence[BatchRow], at: datetime) -> None:
        """Keep what came of rows: their state, faults and badge. What was erased meanwhile stays away."""

    async def holders(self, issuer: str, achievement: str, recipients: Sequence[str]) -> list[Holding]:
        """Who of the recipients has that badge, not revoked, in any version and whatever letters; or (with no
        badge) is about to get it by a batch that runs or is paused."""

    async def award_positions(self, badges: Sequence[str]) -> Mapping[str, int]:
        """Where in the log these badges (keys) were awarded."""

    async def put_held(self, held: Held) -> None:
        """Insert it; one of that id stays as it is."""

    async def held(self, id: str) -> Held | None: ...
    async def helds(self, issuers: Sequence[str] | None, limit: int) -> list[Held]:
        """Of these issuers, or of all: those that still wait for a person or a signature first, the oldest
        first."""

    async def decide_held(self, id: str, state: HeldState, by: str, at: datetime, reason: str = "") -> bool:
        """Approve or refuse one that waits; False if it does not."""

    async def note_held(self, id: str, badge: str) -> None:
        """Keep which badge became of an approved one."""

    async def forget_orders(self, drafts: datetime, others: datetime) -> None:
        """Forget drafts that were not touched since `drafts`, and everything else since `others` that does
        not run."""

    async def orders_for(self, recipient: str) -> list[str]:
        """`batch/ID/NUMBER` and `held/ID` of what was ordered for that recipient, in whatever letters."""
