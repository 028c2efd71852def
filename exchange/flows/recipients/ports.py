"""The part of `Store` that holds who has which badge; as there, every method is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from exchange.flows.recipients.records import Job, Match, Recipient, Wanted
from exchange.flows.records import Leaf, Once, Parcel, StatusChange

Effects = Mapping[str, tuple[StatusChange, Leaf, Sequence[Parcel]]]
"""By badge: its change, the leaf, and what tells of it."""


class RecipientStore(Protocol):
    """Badges by whom they were awarded to. Of who was erased nothing is found."""

    async def recipients(
        self, wanted: Wanted, now: datetime, limit: int, before: str | None = None
    ) -> list[Recipient]:
        """Newest first, after the badge `before`."""

    async def matching(
        self, wanted: Wanted, now: datetime, limit: int, before: str | None = None
    ) -> list[Match]:
        """The same rows in the same order, without what only a table shows: cheap for very many."""

    async def matches(self, issuer: str, badges: Sequence[str], now: datetime) -> list[Match]:
        """Those of these badges that are the issuer's, newest first."""

    async def count_ending(self, issuer: str, start: datetime, end: datetime) -> int:
        """How many valid badges end after `start` and not after `end`."""

    async def renewals(self, badges: Sequence[str]) -> dict[str, str]:
        """Which badge follows which of these, by the older one."""

    async def begin_job(self, job: Job, chunks: Sequence[Sequence[str]], once: Once | None = None) -> None:
        """Put a job on record with the badges it is about. AlreadyDoneError, ReusedKeyError."""

    async def job(self, id: str) -> Job | None: ...
    async def jobs_left(self) -> list[Job]:
        """Those that have not ended, the oldest first."""

    async def chunk_left(self, job: str) -> tuple[int, list[str]] | None:
        """The next badges of a job that are to be changed, by the chunk's number."""

    async def change_many(self, job: str, chunk: int, effects: Effects, at: datetime) -> dict[str, list[str]]:
        """Carry out a chunk of a job at once: as `set_status` for each of its badges that this still changes.

        What was changed, by the status list it is in. The chunk is done then, and a job without chunks has
        ended; nothing is done where somebody else was faster.
        """

    async def end_chunk(self, job: str, chunk: int, done: int, passed: int, at: datetime) -> bool:
        """Note that a chunk was carried out by other means; False when somebody else was faster."""
