"""Endorsements, put into a store with all that belongs to them, by what their documents say."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import TYPE_CHECKING

from exchange.core.trust.facts import Fact
from exchange.flows.endorsements.records import EXCHANGE, Endorsement, EndorsementDraft, Sealed, Shown
from exchange.flows.records import Ending, Intent, Leaf, StatusChange, StatusSlot
from tests.adapters.database import samples

if TYPE_CHECKING:
    from exchange.flows.ports import Store

_list_ids = (f"exchange-list-{n}" for n in itertools.count())


def leaf(kind: str, id: str, at: datetime = samples.START) -> Leaf:
    return Leaf(kind, at, {"endorsement": id}, bytes(16), (f"badge:{id}",))


def ending(id: str, at: datetime = samples.START) -> Ending:
    return Ending(StatusChange(id, "revocation", True, "", at), leaf("withdraw", id, at))


async def endorsed(store: Store, fact: Fact, shown: Shown = "shown") -> str:
    """Its key. Accounts are called as the last part of their profiles."""
    id, endorser, holder = (url.rpartition("/")[2] for url in (fact.id, fact.endorser, fact.holder))

    def draft(slot: StatusSlot) -> Endorsement:
        return Endorsement(
            id=id,
            endorser=endorser,
            issuer="",
            holder=holder,
            kind="badge",
            subject=f"{fact.subject} {id}",  # so that none supersedes another unasked
            request="",
            did=fact.did,
            custody=fact.custody,
            state="drafted",
            shown="waiting",
            supersedes="",
            unsigned=b"unsigned",
            slot=slot,
            drafted_at=fact.at,
        )

    made = await store.prepare_endorsement(EndorsementDraft(samples.BASE, draft), lambda: next(_list_ids))
    intent = Intent(
        id=id,
        kind="endorsement",
        issuer=EXCHANGE,
        achievement="badge",
        version=0,
        recipient=fact.holder,
        proof="jwt",
        key_id=fact.did,
        unsigned=b"unsigned",
        message=b"",
        slots=(made.slot,),
        intended_at=fact.at,
    )
    await store.endorse(
        Sealed(
            id,
            intent,
            b"signed",
            leaf("endorse", id),
            lambda earlier: (ending(earlier).change, ending(earlier).leaf),
            fact.at,
            fact=fact,
        )
    )
    if shown != "waiting":
        await store.settle_endorsement(id, shown, fact.at, leaf("show", id))
    return id
