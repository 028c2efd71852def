"""The part of `MemoryStore` about vouches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from exchange.core.vouches import check_budget
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.endorsements.records import EXCHANGE, Joining
from exchange.flows.records import Badge, Ending, Intent, Leaf, Parcel
from exchange.flows.vouches.records import SealedVouch, Shown, Vouch, VouchDraft
from tests.memory_trust import MemoryTrust


@dataclass
class MemoryVouches(MemoryTrust):
    """As in `MemoryStore`, nothing awaits inside a method."""

    _vouches: dict[str, Vouch] = field(default_factory=dict)

    async def prepare_vouch(self, draft: VouchDraft, url_id: Callable[[], str]) -> Vouch:
        made = draft.write(self._reserve(EXCHANGE, draft.base, "revocation", url_id))
        self._vouches[made.id] = made
        return made

    async def forget_vouch_drafts(self, before: datetime) -> None:
        drafts = [one for one in self._vouches.values() if one.state == "drafted"]
        for one in drafts:
            if one.drafted_at < before:
                del self._vouches[one.id]

    async def give_vouch(self, sealed: SealedVouch) -> bool:
        draft = self._vouches.get(sealed.id)
        if draft is None:
            raise NotFoundError("unknown_draft", f"There is no draft {sealed.id} any more.")
        if draft.state != "drafted":
            return False
        self._check_key(draft.did)
        self._check_other(draft.giver, draft.holder)
        if (draft.giver, draft.holder) != sealed.between:
            message = "One of the two has just become one with another account. Try again."
            raise ConflictError("conflict", message)
        before = await self.vouches_between(draft.giver, draft.holder)
        merged = sealed.judge([one.given() for one in before])
        mine = await self.vouches_by(draft.giver)
        if draft.kind != "thanks":
            ends = sorted(one.until for one in mine if one.given().in_use(sealed.at))
            check_budget(len(ends), sealed.budget, ends[0] if ends else None)
        if merged:
            self._end_endorsement(sealed.end(merged), "superseded")
        said = {f.name: getattr(sealed.intent, f.name) for f in fields(Intent) if f.name != "slots"}
        self._badges[draft.id] = Badge(**said, signed=sealed.signed, slots=(draft.slot,))
        self._vouches[draft.id] = replace(
            draft,
            state="signed",
            signed_at=sealed.at,
            supersedes=merged,
            unsigned=b"",
            signed=sealed.signed,
            unasked=sealed.unasked,
        )
        self._post(sealed.parcels)
        self._append(sealed.leaf)
        return True

    def _end_endorsement(self, one: Ending, state: str) -> bool:
        if not super()._end_endorsement(one, state):
            return False
        badge = one.change.badge
        if (known := self._vouches.get(badge)) and known.state == "signed":
            self._vouches[badge] = replace(known, state=state, ended_at=one.change.at)  # type: ignore[arg-type]
        return True

    def _standing_with(self, did: str, since: datetime) -> set[str]:
        given = [one for one in self._given() if one.did == did and one.state == "signed" and not one.is_set]
        return super()._standing_with(did, since) | {
            one.id for one in given if one.signed_at and one.signed_at >= since
        }

    async def withdraw_vouch(self, ended: Ending, parcels: Sequence[Parcel] = ()) -> bool:
        if not self._end_endorsement(ended, "withdrawn"):
            return False
        self._post(parcels)
        return True

    async def settle_vouch(self, id: str, shown: Shown, leaf: Leaf) -> bool:
        known = self._vouches.get(id)
        if known is None or known.state == "drafted" or (known.shown == shown and not known.unasked):
            return False
        self._vouches[id] = replace(known, shown=shown, unasked=False)
        self._append(leaf)
        return True

    async def every_vouch(self, after: str, limit: int) -> list[Vouch]:
        return sorted((one for one in self._given() if one.id > after), key=lambda one: one.id)[:limit]

    async def vouch(self, id: str) -> Vouch | None:
        one = self._vouches.get(id)
        return self._now(one) if one else None

    def _now(self, one: Vouch) -> Vouch:
        is_set = one.slot.index in self._lists[one.slot.list_id].bits
        return replace(one, is_set=is_set, suspended=self._is_suspended(one.giver))

    def _given(self) -> list[Vouch]:
        found = [self._now(one) for one in self._vouches.values() if one.state != "drafted"]
        return sorted(found, key=lambda one: (one.signed_at or one.drafted_at, one.id))

    async def vouches_by(self, person: str) -> list[Vouch]:
        return [one for one in reversed(self._given()) if one.giver == person]

    async def vouches_for(self, person: str) -> list[Vouch]:
        return [one for one in reversed(self._given()) if one.holder == person]

    async def vouches_between(self, one: str, other: str) -> list[Vouch]:
        two = {(one, other), (other, one)}
        return [row for row in self._given() if (row.giver, row.holder) in two]

    def _check_joining(self, source: str, target: str, joining: Joining) -> None:
        """ConflictError unless what stands after it could be one person's."""
        ended = {one.change.badge for one in joining.endings}
        who = {source: target}
        said = [
            (who.get(one.endorser, one.endorser), one)
            for one in self._endorsements.values()
            if one.state == "signed" and one.id not in ended
        ]
        mine = [(one.kind, one.subject) for by, one in said if by == target]
        to_self = any(by == target == who.get(one.holder, one.holder) for by, one in said)
        given = [
            replace(one, giver=who.get(one.giver, one.giver), holder=who.get(one.holder, one.holder)).given()
            for one in self._given()
            if {one.giver, one.holder} & {source, target} and one.id not in ended
        ]
        taken_back = {one.id for one, _ in joining.taken_back}
        theirs = {
            one.address
            for one in self._addresses.values()
            if one.person in (source, target) and one.verified_at and not one.former
        }
        asked = any(
            one.state == "asked"
            and one.holder in (source, target)
            and (one.person in (source, target) or one.address in theirs)
            and one.id not in taken_back
            for one in self._requests.values()
        )
        if asked or to_self or len(set(mine)) < len(mine) or not joining.is_one(given):
            raise ConflictError("conflict", "One of the accounts has signed something just now. Begin again.")

    def _merge_endorsements(self, source: str, target: str) -> None:
        super()._merge_endorsements(source, target)
        for id, one in list(self._vouches.items()):
            if one.giver == source and one.state == "drafted":
                del self._vouches[id]
                continue
            who = {name: target for name in ("giver", "holder") if getattr(one, name) == source}
            self._vouches[id] = replace(one, **who)  # type: ignore[arg-type]

    def _erase_endorsements(
        self, accounts: Sequence[str], badges: Sequence[str], addresses: set[str]
    ) -> None:
        super()._erase_endorsements(accounts, badges, addresses)
        gone = set(accounts)
        self._vouches = {
            id: one
            for id, one in self._vouches.items()
            if not gone & {one.giver, one.holder} and id not in badges
        }
