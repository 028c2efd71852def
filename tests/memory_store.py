"""The `Store` in memory: the same answers as the database, held to them by the same contract tests."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from exchange.core.log import merkle
from exchange.core.log.entry import build_entry, commit
from exchange.core.log.fsck import completed_at
from exchange.core.strict_json import dump
from exchange.errors import (
    AlreadyDoneError,
    ConflictError,
    ExchangeError,
    NotFoundError,
    ReusedKeyError,
    UnavailableError,
)
from exchange.flows.people.records import Erasure
from exchange.flows.records import (
    HELD,
    Achievement,
    Badge,
    Draft,
    Intent,
    Issuer,
    Leaf,
    LogRecord,
    LogRow,
    Once,
    Parcel,
    Published,
    Purpose,
    RotationLeaves,
    SignedCheckpoint,
    SigningKey,
    SigningStop,
    StatusChange,
    StatusList,
    StatusSlot,
)
from tests.memory_outbox import MemoryOutbox
from tests.memory_people import MemoryPeople
from tests.memory_recipients import MemoryRecipients
from tests.memory_webhooks import MemoryWebhooks


@dataclass
class _List:
    row: StatusList
    taken: set[int] = field(default_factory=set)
    bits: set[int] = field(default_factory=set)
    closed: bool = False

    @property
    def open(self) -> bool:
        return not self.closed and len(self.taken) * 2 < self.row.size


@dataclass
class MemoryStore(MemoryRecipients, MemoryWebhooks, MemoryOutbox, MemoryPeople):
    """Nothing awaits inside a method, so each is one transaction. Indices are the same in each run."""

    list_size: int = 131_072
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    broken: str | None = None
    held_open: bool = False
    scrubbed: bool = True
    _erased: set[str] = field(default_factory=set)
    _keys: dict[str, SigningKey] = field(default_factory=dict)
    _achievements: dict[tuple[str, str, int], Achievement] = field(default_factory=dict)
    _lists: dict[str, _List] = field(default_factory=dict)
    _changes: list[StatusChange] = field(default_factory=list)
    _stops: dict[str, SigningStop] = field(default_factory=dict)
    _once: dict[str, Once] = field(default_factory=dict)
    _log: list[tuple[LogRecord, tuple[str, ...]]] = field(default_factory=list)
    _nodes: dict[merkle.Node, bytes] = field(default_factory=dict)
    _checkpoints: dict[int, SignedCheckpoint] = field(default_factory=dict)

    async def issuer(self, slug: str) -> Issuer | None:
        return copy.deepcopy(self._issuers.get(slug))

    async def issuers(self) -> list[Issuer]:
        return [copy.deepcopy(self._issuers[slug]) for slug in sorted(self._issuers)]

    async def put_issuer(self, issuer: Issuer, leaf: Leaf | None = None) -> bool:
        known = self._issuers.get(issuer.slug)
        if known and (known.did, dump(known.profile)) == (issuer.did, dump(issuer.profile)):
            return False
        self._issuers[issuer.slug] = copy.deepcopy(issuer)
        for found in self._lists.values():
            if found.row.issuer == issuer.slug and found.row.did != issuer.did:
                found.closed = True
        self._append(leaf)
        return True

    async def keys(self, issuer: str | None = None) -> list[SigningKey]:
        mine = (key for key in self._keys.values() if issuer in (None, key.issuer))
        return sorted(mine, key=lambda key: (key.created_at, key.id))

    async def put_key(self, key: SigningKey, leaf: Leaf | None = None) -> None:
        self._needs(key.issuer)
        others = (k for k in self._keys.values() if k.issuer == key.issuer and k.id != key.id)
        if key.state == "active" and any(other.state == "active" for other in others):
            raise ConflictError("active_key_exists", f"{key.issuer} already signs with another key")
        self._keys[key.id] = replace(self._keys.get(key.id, key), state=key.state)
        self._append(leaf)

    async def rotate(
        self, key_id: str, issuer: Issuer, at: datetime, leaves: RotationLeaves | None = None
    ) -> None:
        new = self._keys.get(key_id)
        if new is None or (new.issuer, new.state) != (issuer.slug, "pending"):
            raise ConflictError("key_not_pending", f"{key_id} is no pending key of {issuer.slug}")
        retired = [key for key in await self.keys(issuer.slug) if key.state == "active"]
        for key in retired:
            self._keys[key.id] = replace(key, state="verify-only")
        self._keys[key_id] = replace(new, state="active", activated_at=at)
        changed = await self.put_issuer(issuer)
        for leaf in leaves([key.multikey for key in retired], changed) if leaves else ():
            self._append(leaf)

    async def revoke_key(
        self, key_id: str, at: datetime, position: int | None, reason: str, leaf: Leaf | None = None
    ) -> bool:
        key = self._keys.get(key_id)
        if key is None:
            raise NotFoundError("unknown_key", f"there is no key {key_id}")
        if key.state == "revoked":
            return False
        changes = {"revoked_at": at, "revoked_position": position, "revoked_reason": reason}
        self._keys[key_id] = replace(key, state="revoked", **changes)  # type: ignore[arg-type]
        for found in self._lists.values():
            if found.row.issuer == key.issuer:
                self._sign_anew(found)
        self._append(leaf)
        return True

    async def signed_by(
        self, key: SigningKey, after: datetime | None = None, limit: int = 100
    ) -> tuple[int, list[str]]:
        mine = [
            badge
            for badge in await self.badges(key.issuer, limit=len(self._badges))
            if badge.key_id == key.id and (after is None or badge.intended_at > after)
        ]
        return len(mine), [badge.id for badge in mine[:limit]]

    async def stops(self) -> list[SigningStop]:
        return [self._stops[issuer] for issuer in sorted(self._stops)]

    async def put_stop(self, stop: SigningStop, leaf: Leaf | None = None) -> None:
        self._stops[stop.issuer] = stop
        self._append(leaf)

    async def remove_stop(self, issuer: str, leaf: Leaf | None = None) -> bool:
        if self._stops.pop(issuer, None) is None:
            return False
        self._append(leaf)
        return True

    async def confirm_clock(self, at: datetime, leaf: Leaf) -> int:
        for found in self._lists.values():
            if found.row.signed_at is not None and found.row.signed_at > at:
                self._sign_anew(found)
        return self._append(leaf)

    def _sign_anew(self, found: _List) -> None:
        version = found.row.version + 1
        found.row = replace(found.row, version=version, signed_version=0, signed=None, signed_at=None)

    async def achievement(self, issuer: str, slug: str, version: int | None = None) -> Achievement | None:
        if version is None:
            version = max((v for i, s, v in self._achievements if (i, s) == (issuer, slug)), default=0)
        return copy.deepcopy(self._achievements.get((issuer, slug, version)))

    async def achievements(self, issuer: str, *, retired: bool = False) -> list[Achievement]:
        slugs = sorted({s for i, s, _ in self._achievements if i == issuer})
        newest = [await self.achievement(issuer, slug) for slug in slugs]
        return [one for one in newest if one is not None and (retired or one.retired_at is None)]

    async def put_achievement(self, achievement: Achievement, leaf: Leaf | None = None) -> None:
        self._needs(achievement.issuer)
        key = (achievement.issuer, achievement.slug, achievement.version)
        if key in self._achievements:
            raise ConflictError("version_exists", f"{key} is already on record; a version never changes")
        self._achievements[key] = copy.deepcopy(achievement)
        self._append(leaf)

    async def mark_achievement(self, achievement: Achievement, leaf: Leaf | None = None) -> None:
        key = (achievement.issuer, achievement.slug, achievement.version)
        if key not in self._achievements:
            raise NotFoundError("unknown_achievement", f"{key} is not on record")
        self._achievements[key] = replace(
            self._achievements[key], source=achievement.source, retired_at=achievement.retired_at
        )
        self._append(leaf)

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
        slots = tuple(self._reserve(draft.issuer, purpose, url_id) for purpose in draft.purposes)
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

    def _reserve(self, issuer: str, purpose: Purpose, url_id: Callable[[], str]) -> StatusSlot:
        mine = (one for one in self._lists.values() if (one.row.issuer, one.row.purpose) == (issuer, purpose))
        found = next((one for one in mine if one.open), None) or self._begin_list(issuer, purpose, url_id())
        while (index := self.chance.randrange(self.list_size)) in found.taken:
            pass
        found.taken.add(index)
        return StatusSlot(found.row.id, purpose, index)

    def _begin_list(self, issuer: str, purpose: Purpose, id: str) -> _List:
        if id in self._lists:
            raise ConflictError("id_taken", f"a status list with the id {id} is already there")
        self._needs(issuer)
        did = self._issuers[issuer].did
        self._lists[id] = _List(StatusList(id, issuer, purpose, self.list_size, 1, 0, None, None, did))
        return self._lists[id]

    def _check_once(self, asked: Once) -> None:
        kept = self._once.get(asked.key)
        if kept is not None and kept.digest != asked.digest:
            raise ReusedKeyError("idempotency_key_reused", "This Idempotency-Key was used before.")
        if kept is not None:
            raise AlreadyDoneError(kept.answer)

    async def forget_once(self, before: datetime) -> None:
        self._once = {key: once for key, once in self._once.items() if once.at >= before}

    # --- the log ---

    async def append(self, leaf: Leaf) -> int:
        return self._append(leaf)

    def _append(self, leaf: Leaf | None) -> int:
        if leaf is None:
            return -1
        entry = build_entry(leaf.kind, leaf.at, commit(leaf.content, leaf.salt))
        position = len(self._log)
        self._nodes |= merkle.append(position, [merkle.leaf_hash(entry)], self._nodes)
        self._log.append((LogRecord(position, entry, copy.deepcopy(leaf.content), leaf.salt), leaf.about))
        return position

    async def put_checkpoint(self, made: SignedCheckpoint) -> bytes:
        kept = self._checkpoints.setdefault(made.size, made)
        if kept.root != made.root:
            raise ConflictError("log_forked", f"another root is already signed for size {made.size}")
        return kept.note

    async def checkpoint(self) -> SignedCheckpoint | None:
        return self._checkpoints[max(self._checkpoints)] if self._checkpoints else None

    async def checkpoints(self, after: int, limit: int) -> list[SignedCheckpoint]:
        return [self._checkpoints[size] for size in sorted(self._checkpoints) if size > after][:limit]

    async def log_size(self) -> int:
        return len(self._log)

    async def log_frontier(self) -> bytes:
        return b"".join(self._nodes[node] for node in merkle.root_needs(len(self._log)))

    async def log_record(self, position: int) -> LogRecord | None:
        return self._log[position][0] if 0 <= position < len(self._log) else None

    async def log_records(self, start: int, limit: int) -> list[LogRecord]:
        return [record for record, _ in self._log[start : start + limit]]

    async def log_about(self, about: str) -> list[LogRecord]:
        return [record for record, names in self._log if about in names]

    async def log_nodes(self, wanted: Sequence[merkle.Node]) -> dict[merkle.Node, bytes]:
        return {node: self._nodes[node] for node in wanted if node in self._nodes}

    async def log_nodes_between(self, start: int, end: int) -> dict[merkle.Node, bytes]:
        return {node: made for node, made in self._nodes.items() if start < completed_at(node)[0] <= end}

    async def log_strays(self, size: int) -> list[merkle.Node]:
        return sorted(node for node in self._nodes if completed_at(node)[0] > size)

    async def log_state(self) -> tuple[int, bytes] | None:
        return len(self._log), await self.log_frontier()

    async def log_count(self) -> int:
        return len(self._log)

    async def log_rows(self, after: int, limit: int) -> list[LogRow]:
        return [_row(record) for record, _ in self._log if record.position > after][:limit]

    async def log_rows_about(self, names: Sequence[str]) -> list[tuple[str, LogRow]]:
        return [
            (name, _row(record)) for name in sorted(names) for record, about in self._log if name in about
        ]

    async def log_abouts(self, positions: Sequence[int]) -> list[tuple[int, bytes]]:
        return [
            (record.position, name.encode())
            for record, about in self._log
            for name in sorted(about)
            if record.position in positions
        ]

    async def log_stray_abouts(self, limit: int) -> list[tuple[int, bytes]]:
        return []

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
        if badge is None or badge.signed is None:
            return None
        return Published(badge.id, badge.issuer, badge.achievement, badge.version, badge.proof, badge.signed)

    async def badges(
        self, issuer: str | None = None, limit: int = 50, before: str | None = None
    ) -> list[Badge]:
        def age(badge: Badge) -> tuple[datetime, str]:
            return badge.intended_at, badge.id

        published = [b for b in self._badges.values() if b.signed is not None and issuer in (None, b.issuer)]
        if before is not None:
            last = self._badges.get(before)
            published = [badge for badge in published if last is not None and age(badge) < age(last)]
        return sorted(published, key=age, reverse=True)[:limit]

    async def badges_to(self, recipient: str) -> list[Badge]:
        mine = (b for b in self._badges.values() if b.recipient.lower() == recipient.lower())
        return sorted((b for b in mine if b.signed is not None), key=lambda b: (b.intended_at, b.id))

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

    # --- erasing ---

    async def awarded_to(self, recipient: str) -> list[str]:
        return sorted(b.id for b in self._badges.values() if b.recipient.lower() == recipient.lower())

    async def erase(self, erasure: Erasure, leaves: Sequence[Leaf] = ()) -> None:
        addresses = self._erase_people(erasure)
        for id in erasure.badges:
            if id in self._badges:
                addresses.add(self._badges[id].recipient.removeprefix("mailto:").lower())
                empty = {"recipient": "", "unsigned": b"", "message": b"", "signed": None}
                self._badges[id] = replace(self._badges[id], **empty)  # type: ignore[arg-type]
                self._erased.add(id)
        subjects = {f"badge:{id}" for id in erasure.badges}
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
            if not any(id in once.answer for id in erasure.badges)
        }
        self._tickets = {key: one for key, one in self._tickets.items() if one.address not in addresses}
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

    async def set_bits(self, list_id: str) -> Sequence[int]:
        return sorted(self._lists[list_id].bits) if list_id in self._lists else []

    async def put_signed_list(self, list_id: str, version: int, signed: bytes, at: datetime) -> None:
        if list_id not in self._lists:
            raise NotFoundError("unknown_status_list", f"there is no status list {list_id}")
        found = self._lists[list_id]
        if (version, at) >= (found.row.signed_version, found.row.signed_at or at):
            found.row = replace(found.row, signed_version=version, signed=signed, signed_at=at)

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

    def _needs(self, issuer: str) -> None:
        if issuer not in self._issuers:
            raise ConflictError("conflict", f"there is no issuer {issuer}")


def _row(record: LogRecord) -> LogRow:
    content = None if record.content is None else dump(record.content)
    return LogRow(record.position, record.entry, content, record.salt)
