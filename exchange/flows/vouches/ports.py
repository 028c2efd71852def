"""The part of `Store` about vouches; as there, every method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from exchange.flows.records import Ending, Leaf, Parcel
from exchange.flows.vouches.records import SealedVouch, Shown, Vouch, VouchDraft


class VouchStore(Protocol):
    """Who vouches for whom. However many try at once, on whichever nodes, nobody has more in use than their
    budget; a place is free from the moment on that its vouch is withdrawn, or over."""

    async def prepare_vouch(self, draft: VouchDraft, url_id: Callable[[], str]) -> Vouch:
        """Put a draft on record with a status entry never given out before. It takes no place, and has no
        leaf."""

    async def forget_vouch_drafts(self, before: datetime) -> None:
        """Forget what was drafted before and never signed; status entries stay taken."""

    async def give_vouch(self, sealed: SealedVouch) -> bool:
        """Make a draft a vouch that stands, with everything that belongs to it. False (nothing is done) when
        it is signed already; NotFoundError("unknown_draft"), UnavailableError("key_retired"),
        ConflictError("vouches_in_use") for one above the budget, "conflict" where it is not `between` the two
        any more; and what `judge` raises."""

    async def withdraw_vouch(self, ended: Ending, parcels: Sequence[Parcel] = ()) -> bool:
        """Set its bit, with the leaf; False when it does not stand any more."""

    async def settle_vouch(self, id: str, shown: Shown, leaf: Leaf) -> bool:
        """Show or hide one that was given, with the leaf; False when it is so already."""

    async def every_vouch(self, after: str, limit: int) -> list[Vouch]:
        """By id, those greater than `after`, but for drafts."""

    async def vouch(self, id: str) -> Vouch | None:
        """Drafted ones too."""

    async def vouches_by(self, person: str) -> list[Vouch]:
        """What somebody gave, the newest first."""

    async def vouches_for(self, person: str) -> list[Vouch]:
        """What somebody got, the newest first."""

    async def vouches_between(self, one: str, other: str) -> list[Vouch]:
        """What the two gave each other, the oldest first."""
