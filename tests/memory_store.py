"""The `Store` in memory: the same answers as the database, held to them by the same contract tests."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import count
from typing import Any

from exchange.errors import (
    AlreadyDoneError,
    ConflictError,
    ExchangeError,
    NotFoundError,
    ReusedKeyError,
    UnavailableError,
)
from exchange.flows.embeds.ports import BadgeMarks
from exchange.flows.people.records import Erasure
from exchange.flows.records import (
    HELD,
    Badge,
    Claim,
    Draft,
    Intent,
    Leaf,
    Once,
    Parcel,
    Published,
    Purpose,
    Reminder,
    SigningKey,
    StatusChange,
    StatusList,
    StatusSlot,
)
from tests.memory_endorsements import MemoryEndorsements
from tests.memory_imported import MemoryImported
from tests.memory_issuers import KeptList, MemoryIssuers
from tests.memory_log import MemoryLog
from tests.memory_orders import MemoryOrders
from tests.memory_outbox import MemoryOutbox
from tests.memory_portfolios import MemoryPortfolios
from tests.memory_recipients import MemoryRecipients
from tests.memory_reports import MemoryReports
from tests.memory_webhooks import MemoryWebhooks


@dataclass
class MemoryStore(
    MemoryRecipients,
    MemoryWebhooks,
    MemoryOrders,
    MemoryOutbox,
    MemoryLog,
    MemoryPortfolios,
    MemoryImported,
    MemoryReports,
    MemoryEndorsements,
    MemoryIssuers,
):
    """Nothing awaits inside a method, so each is one transaction. Indices are the same in each run."""

    list_size: int = 131_072
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    broken: str | None = None
    held_open: bool = False
    scrubbed: bool = True
    _erased: set[str] = field(default_factory=set)
    _changes: list[StatusChange] = field(default_factory=list)
    _once: dict[str, Once] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """All that it holds, to be compared: its counters as they stand, and nothing of what it draws by."""
        held = {name: value for name, value in copy.deepcopy(vars(self)).items() if name != "chance"}
        return {name: repr(value) if isinstance(value, count) else value for name, value in held.items()}

    async def signed_by(
        self, key: SigningKey, after: datetime | None = None, limit: int = 100
    ) -> tuple[int, list[str]]:
        mine = [
            badge
            for badge in await self.badges(key.issuer, limit=len(self._badges))
            if badge.key_id == key.id and (after is None or badge.intended_at > after)
        ]
        return len(mine), [badge.id for badge in mine[:limit]]

    async def intend(self, draft: Draft, url_id: Callable[[], str]) -> Intent:
        (became,) = await self.intend_many([draft], url_id)
        if isinstance(became, ExchangeError):
            raise became
        return became

    async def intend_many(
        self, drafts: Sequence[Draft], url_id: Callable[[], str]
    ) -> list[Intent | ExchangeError]:
        before = copy.deepcopy(self._lists), self._badges, self._once, self._log, self._nodes, self._outbox
        _, self._badges, self._once, self._log, self._nodes, self._outbox = [copy.copy(one) for one in before]
        became: list[Intent | ExchangeError] = []
        try:
            for draft in drafts:
                try:
                    became.append(self._intend(draft, url_id))
                except (AlreadyDoneError, ReusedKeyError) as error:
                    became.append(error)
        except BaseException:
            self._lists, self._badges, self._once, self._log, self._nodes, self._outbox = before
            raise
        return became

    def _intend(self, draft: Draft, url_id: Callable[[], str]) -> Intent:
        if draft.once:
            self._check_once(draft.once)
        if draft.speaks:
            self._check_key(draft.speaks)
        slots = tuple(self._reserve(draft.issuer, draft.base, purpose, url_id) for purpose in draft.purposes)
        intent, leaf = draft.write(slots)
        key = self._keys.get(intent.key_id)
        if key is not None and key.state in ("verify-only", "revoked"):
            raise UnavailableError("key_retired", f"the key of {intent.id} was retired")
        if intent.id in self._badges:
            raise ConflictError("id_taken", f"a badge with the id {intent.id} is already on record")
        self._needs(intent.issuer)
        if len(set(draft.purposes)) < len(draft.purposes):
            raise ConflictError("conflict", "two slots for one purpose")
        self._append(leaf)
        same = {f.name: getattr(intent, f.name) for f in fields(Intent) if f.name != "slots"}
        by_purpose = sorted(slots, key=lambda slot: slot.purpose)
        self._badges[intent.id] = Badge(**same, signed=None, slots=tuple(by_purpose))
        self._post(draft.parcels)
        if draft.once:
            self._once[draft.once.key] = draft.once
        return intent

    def _reserve(self, issuer: str, base: str, purpose: Purpose, url_id: Callable[[], str]) -> StatusSlot:
        wanted = (issuer, base, purpose)
        lists = (one for one in self._lists.values() if one.open)
        mine = (one for one in lists if (one.row.issuer, one.row.base, one.row.purpose) == wanted)
        found = next(mine, None) or self._begin_list(issuer, base, purpose, url_id())
        while (index := int.from_bytes(self.chance.randbytes(8), "little") % self.list_size) in found.taken:
            pass
        found.taken.add(index)
        return StatusSlot(found.row.id, purpose, index)

    def _begin_list(self, issuer: str, base: str, purpose: Purpose, id: str) -> KeptList:
        if id in self._lists:
            raise ConflictError("id_taken", f"a status list with the id {id} is already there")
        self._needs(issuer)
        did = self._issuers[issuer].did
        row = StatusList(id, issuer, purpose, self.list_size, 1, 0, None, None, did, base)
        self._lists[id] = KeptList(row)
        return self._lists[id]

    async def check_once(self, once: Once) -> None:
        self._check_once(once)

    def _keep_once(self, asked: Once | None) -> None:
        if asked is not None:
            self._once[asked.key] = asked

    def _check_once(self, asked: Once | None) -> None:
        if asked is None:
            return
        kept = self._once.get(asked.key)
        if kept is not None and kept.digest != asked.digest:
            raise ReusedKeyError("idempotency_key_reused", "This Idempotency-Key was used before.")
        if kept is not None:
            raise AlreadyDoneError(kept.answer)

    async def forget_once(self, before: datetime) -> None:
        self._once = {key: once for key, once in self._once.items() if once.at >= before}

    async def every_badge(self, after: str, limit: int) -> list[Badge]:
        return [self._badges[id] for id in sorted(self._badges) if id > after][:limit]

    async def known_badges(self, ids: Sequence[str]) -> set[str]:
        return set(ids) & self._badges.keys()

    async def histories(self, badge_ids: Sequence[str]) -> list[StatusChange]:
        return [change for id in sorted(set(badge_ids)) for change in await self.history(id)]

    async def publish(self, badge_id: str, signed: bytes) -> None:
        self._publish(badge_id, signed)

    async def publish_many(self, signed: Sequence[tuple[str, bytes]]) -> None:
        before = dict(self._badges)
        try:
            for badge_id, body in signed:
                self._publish(badge_id, body)
        except ExchangeError:
            self._badges = before
            raise

    def _publish(self, badge_id: str, signed: bytes) -> None:
        badge = self._badges.get(badge_id)
        if badge is None:
            raise NotFoundError("unknown_badge", f"no badge was intended with the id {badge_id}")
        if badge.signed not in (None, signed):
            raise ConflictError("already_signed", f"the badge {badge_id} has another signature")
        self._badges[badge_id] = replace(badge, signed=signed)

    async def badge(self, badge_id: str) -> Badge | None:
        return self._badges.get(badge_id)

    async def published(self, badge_id: str) -> Published | None:
        badge = self._badges.get(badge_id)
        if badge is None or badge.signed is None or badge.kind != "badge":
            return None
        return Published(badge.id, badge.issuer, badge.achievement, badge.version, badge.proof, badge.signed)

    async def badges(
        self, issuer: str | None = None, limit: int = 50, before: str | None = None
    ) -> list[Badge]:
        def age(badge: Badge) -> tuple[datetime, str]:
            return badge.intended_at, badge.id

        signed = (b for b in self._badges.values() if b.signed is not None and b.kind == "badge")
        published = [b for b in signed if issuer in (None, b.issuer)]
        if before is not None:
            last = self._badges.get(before)
            published = [badge for badge in published if last is not None and age(badge) < age(last)]
        return sorted(published, key=age, reverse=True)[:limit]

    async def badges_to(self, recipient: str) -> list[Badge]:
        mine = (b for b in self._badges.values() if b.recipient.lower() == recipient.lower())
        return sorted((b for b in mine if b.signed is not None), key=lambda b: (b.intended_at, b.id))

    async def settle_claim(
        self,
        badge: str,
        claim: Claim,
        at: datetime,
        leaf: Leaf,
        ticket: str = "",
        parcels: Sequence[Parcel] = (),
    ) -> bool:
        if ticket and ticket not in self._tickets:
            raise ConflictError("ticket_spent", "This link was used before.")
        known = self._badges.get(badge)
        if known is None or badge in self._erased:
            raise NotFoundError("unknown_badge", f"there is no badge {badge}")
        self._tickets.pop(ticket, None)
        if known.claim == claim:
            return False
        self._badges[badge] = replace(known, claim=claim, claimed_at=at, remind_at=None)
        self._tickets = {key: one for key, one in self._tickets.items() if one.badge != badge}
        self._post(parcels)
        self._append(leaf)
        return True

    async def due_reminders(self, now: datetime, limit: int) -> list[Badge]:
        signed = [badge for badge in self._badges.values() if badge.signed is not None]
        due = [(b.remind_at, b.id) for b in signed if b.remind_at and b.remind_at <= now]
        return [self._badges[id] for _, id in sorted(due)[:limit]]

    async def remind(self, reminders: Sequence[Reminder]) -> None:
        for one in reminders:
            badge = self._badges[one.badge]
            if (badge.reminded, badge.claim) == (one.reminded, "offered") and badge.remind_at:
                count = one.reminded + (one.parcel is not None)
                self._badges[one.badge] = replace(badge, reminded=count, remind_at=one.next_at)
                self._post([one.parcel] if one.parcel else [])

    async def unfinished(self, older_than: datetime) -> list[Badge]:
        left = (
            b
            for b in self._badges.values()
            if b.signed is None and b.intended_at < older_than and b.id not in self._erased
        )
        return sorted(left, key=lambda badge: (badge.intended_at, badge.id))

    async def set_status(
        self, change: StatusChange, leaf: Leaf, once: Once | None = None, parcels: Sequence[Parcel] = ()
    ) -> bool:
        if once:
            self._check_once(once)
        badge = self._badges.get(change.badge)
        slot = next((s for s in (badge.slots if badge else ()) if s.purpose == change.purpose), None)
        if slot is None:
            raise NotFoundError("unknown_badge", f"no badge {change.badge} has an entry for {change.purpose}")
        found = self._lists[slot.list_id]
        if (slot.index in found.bits) == change.on:
            return False
        others = [s for s in (badge.slots if badge else ()) if s.purpose == "revocation" != change.purpose]
        revoked = any(other.index in self._lists[other.list_id].bits for other in others)
        if revoked or (change.purpose == "revocation" and not change.on):
            raise ConflictError("revocation_is_final", f"the badge {change.badge} is revoked; that is final")
        (found.bits.add if change.on else found.bits.remove)(slot.index)
        found.row = replace(found.row, version=found.row.version + 1)
        self._changes.append(change)
        self._post(parcels)
        self._append(leaf)
        if once:
            self._once[once.key] = once
        return True

    # --- orders ---

    def _is_revoked(self, badge: Badge) -> bool:
        return any(
            slot.purpose == "revocation" and slot.index in self._lists[slot.list_id].bits
            for slot in badge.slots
        )

    def _awarded_at(self, badge: str) -> int | None:
        return next((record.position for record, names in self._log if f"badge:{badge}" in names), None)

    # --- erasing ---

    async def awarded_to(self, recipient: str) -> list[str]:
        return sorted(b.id for b in self._badges.values() if b.recipient.lower() == recipient.lower())

    async def erase(self, erasure: Erasure, leaves: Sequence[Leaf] = ()) -> None:
        addresses = self._erase_people(erasure)
        for id in erasure.badges:
            if id in self._badges:
                addresses.add(self._badges[id].recipient.removeprefix("mailto:").lower())
                empty = {"recipient": "", "unsigned": b"", "message": b"", "signed": None}
                unclaimed = {"claim": "", "claimed_at": None, "remind_at": None, "reminded": 0}
                self._badges[id] = replace(self._badges[id], **empty, **unclaimed)  # type: ignore[arg-type]
                self._erased.add(id)
        subjects = {f"badge:{id}" for id in erasure.badges}
        subjects |= {f"suspension:{id}" for id in erasure.accounts}
        reports = self._reports.values()
        subjects |= {f"report:{one.id}" for one in reports if one.subject in erasure.badges}
        for n, (record, names) in enumerate(self._log):
            if subjects & set(names):
                self._log[n] = replace(record, content=None, salt=None), names
        self._outbox = [
            row
            for row in self._outbox
            if row.delivery.parcel.recipient.lower() not in addresses
            and row.delivery.parcel.subject not in subjects
        ]
        self._changes = [
            replace(one, reason="") if one.badge in erasure.badges else one for one in self._changes
        ]
        self._once = {
            key: once
            for key, once in self._once.items()
            if not any(id in once.answer for id in (*erasure.badges, *erasure.accounts))
            and key.partition(":")[0] not in erasure.accounts
        }
        self._tickets = {
            key: one
            for key, one in self._tickets.items()
            if one.address not in addresses and one.badge not in erasure.badges
        }
        self._erase_orders(erasure.orders, addresses, erasure.badges)
        self._erase_endorsements(erasure.accounts, erasure.badges, addresses)
        self.scrubbed = False
        for leaf in leaves:
            self._append(leaf)

    async def scrub(self) -> bool:
        self.scrubbed = not self.held_open
        return self.scrubbed

    async def history(self, badge_id: str) -> list[StatusChange]:
        return [change for change in self._changes if change.badge == badge_id]

    async def status_list(self, list_id: str) -> StatusList | None:
        return self._lists[list_id].row if list_id in self._lists else None

    async def status_lists(self, issuer: str) -> list[str]:
        return sorted(id for id, found in self._lists.items() if found.row.issuer == issuer)

    async def badge_marks(self, badges: Sequence[str]) -> BadgeMarks:
        known = [self._badges[id] for id in badges if id in self._badges]
        lists = {
            badge.id: {slot.list_id: self._lists[slot.list_id].row.version for slot in badge.slots}
            for badge in known
            if badge.signed is not None and badge.slots
        }
        return BadgeMarks(lists, await self.log_count() if lists else 0)

    async def list_versions(self, lists: Sequence[str]) -> dict[str, int]:
        return {id: self._lists[id].row.version for id in lists if id in self._lists}

    async def set_bits(self, list_id: str) -> Sequence[int]:
        return sorted(self._lists[list_id].bits) if list_id in self._lists else []

    async def put_signed_list(self, list_id: str, version: int, signed: bytes, at: datetime) -> None:
        if list_id not in self._lists:
            raise NotFoundError("unknown_status_list", f"there is no status list {list_id}")
        found = self._lists[list_id]
        if (version, at) >= (found.row.signed_version, found.row.signed_at or at):
            found.row = replace(found.row, signed_version=version, signed=signed, signed_at=at)

    def facts(self) -> dict[str, str]:
        return {"engine": "memory"}

    def fault(self) -> str | None:
        return self.broken

    async def release(self, held: str, leaf: Leaf, meta: Mapping[str, str]) -> None:
        if self._meta.get(HELD) != held:
            raise ConflictError("hold_changed", "the hold has changed")
        for one in self._lists.values():
            one.closed = True
        self._meta |= {HELD: "", **meta}
        self._append(leaf)

    async def meta(self, name: str) -> str | None:
        return self._meta.get(name)

    async def put_meta(self, name: str, value: str) -> None:
        self._meta[name] = value

    async def post_after(self, name: str, was: str | None, now: str, parcels: Sequence[Parcel]) -> bool:
        if self._meta.get(name) != was:
            return False
        self._post(parcels)
        self._meta[name] = now
        return True

    async def settle_meta(self, name: str, value: str) -> str:
        return self._meta.setdefault(name, value)
