"""The part of `Store` that holds what is to be delivered; as there, every method is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from exchange.flows.records import Delivery, Parcel


class Outbox(Protocol):
    """What is on its way, and what was given up."""

    async def post(self, parcels: Sequence[Parcel]) -> None:
        """Put parcels on record by themselves, in their order. ConflictError("conflict") for a known id."""

    async def post_after(self, name: str, was: str | None, now: str, parcels: Sequence[Parcel]) -> bool:
        """Post parcels and set what is kept under `name` (as `put_meta`) to `now`, at once; False, and
        neither, unless it is still as it `was` (None: nothing kept)."""

    async def lease_parcel(
        self, channel: str, lease: str, now: datetime, until: datetime, avoid: Sequence[str] = ()
    ) -> Delivery | None:
        """The parcel that has been due for longest, those that expire before all others (somebody waits for
        them at a screen). It is nobody else's `until` then; one attempt more.

        Not those whose badge is unsigned, that follow an undelivered one of their subject, or whose
        destination is one to `avoid`.
        """

    async def mark_sent(self, parcel: str, at: datetime) -> None:
        """It was delivered, whoever holds the lease by now: the reason is erased, and of a mail recipient and
        payload too."""

    async def put_back(self, parcel: str, lease: str, due_at: datetime, reason: str) -> bool:
        """It was not delivered and is due again then; False when the lease is another's by now."""

    async def give_up(self, parcel: str, lease: str, at: datetime, reason: str) -> bool:
        """It will not be delivered; a secret in it is erased. False when the lease is another's by now."""

    async def undelivered(self, limit: int, channel: str = "mail") -> list[Delivery]:
        """Those of a channel that were given up, then those that wait, each the oldest first."""

    async def delivered(self, subject: str, limit: int = 100) -> list[datetime]:
        """When parcels of a subject were delivered, the newest first, as far as that is still on record."""

    async def count_undelivered(self, channel: str = "mail") -> tuple[int, int]:
        """How many wait, and how many were given up."""

    async def retry_parcels(self, now: datetime, parcel: str | None = None) -> int:
        """Let what was given up or put back (all of it, or one parcel) be due now, as if it were new; how
        many. What was erased stays given up."""

    async def forget_parcels(self, before: datetime) -> None:
        """Forget those that were delivered or given up before."""
