"""The part of `MemoryStore` about issuers, their keys and stops, and what they award."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.core.strict_json import dump
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.records import (
    Achievement,
    Issuer,
    Leaf,
    RotationLeaves,
    SigningKey,
    SigningStop,
    StatusList,
)
from tests.memory_people import MemoryPeople


@dataclass
class KeptList:
    row: StatusList
    taken: set[int] = field(default_factory=set)
    bits: set[int] = field(default_factory=set)
    closed: bool = False

    @property
    def open(self) -> bool:
        return not self.closed and len(self.taken) * 2 < self.row.size


@dataclass
class MemoryIssuers(MemoryPeople):
    """As in `MemoryStore`, nothing awaits inside a method."""

    _keys: dict[str, SigningKey] = field(default_factory=dict)
    _achievements: dict[tuple[str, str, int], Achievement] = field(default_factory=dict)
    _lists: dict[str, KeptList] = field(default_factory=dict)
    _stops: dict[str, SigningStop] = field(default_factory=dict)

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

    def _sign_anew(self, found: KeptList) -> None:
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

    def _needs(self, issuer: str) -> None:
        if issuer not in self._issuers:
            raise ConflictError("conflict", f"there is no issuer {issuer}")
