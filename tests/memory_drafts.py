"""The part of `MemoryStore` with what issuers design."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.errors import ConflictError, NotFoundError
from exchange.flows.issuers.records import AchievementDraft, DomainProof
from exchange.flows.records import Achievement, Leaf, Once


@dataclass
class MemoryDrafts:
    """As in `MemoryStore`, nothing awaits inside a method."""

    _achievements: dict[tuple[str, str, int], Achievement] = field(default_factory=dict)
    _drafts: dict[tuple[str, str], AchievementDraft] = field(default_factory=dict)
    _issuer_pictures: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _domains: dict[str, DomainProof] = field(default_factory=dict)
    _once: dict[str, Once] = field(default_factory=dict)

    def _append(self, leaf: Leaf | None) -> int:
        raise NotImplementedError

    def _needs(self, issuer: str) -> None:
        raise NotImplementedError

    def _check_once(self, asked: Once) -> None:
        raise NotImplementedError

    async def achievement(self, issuer: str, slug: str, version: int | None = None) -> Achievement | None:
        if version is None:
            version = max((v for i, s, v in self._achievements if (i, s) == (issuer, slug)), default=0)
        return copy.deepcopy(self._achievements.get((issuer, slug, version)))

    async def achievements(self, issuer: str, *, retired: bool = False) -> list[Achievement]:
        slugs = sorted({s for i, s, _ in self._achievements if i == issuer})
        newest = [await self.achievement(issuer, slug) for slug in slugs]
        return [one for one in newest if one is not None and (retired or one.retired_at is None)]

    async def put_achievement(
        self, achievement: Achievement, leaf: Leaf | None = None, draft: int = 0, once: Once | None = None
    ) -> None:
        self._needs(achievement.issuer)
        if once:
            self._check_once(once)
        key = (achievement.issuer, achievement.slug, achievement.version)
        if key in self._achievements:
            raise ConflictError("version_exists", f"{key} is already on record; a version never changes")
        known = self._drafts.get(key[:2])
        if draft and (known is None or known.revision != draft):
            raise ConflictError("draft_changed", "somebody else saved this draft meanwhile")
        if draft:
            del self._drafts[key[:2]]
        self._achievements[key] = copy.deepcopy(achievement)
        self._append(leaf)
        if once:
            self._once[once.key] = once

    async def mark_achievement(self, achievement: Achievement, leaf: Leaf | None = None) -> None:
        key = (achievement.issuer, achievement.slug, achievement.version)
        if key not in self._achievements:
            raise NotFoundError("unknown_achievement", f"{key} is not on record")
        said = {name: getattr(achievement, name) for name in ("source", "retired_at", "origin")}
        self._achievements[key] = replace(self._achievements[key], **said)
        self._append(leaf)

    async def draft(self, issuer: str, slug: str) -> AchievementDraft | None:
        return self._drafts.get((issuer, slug))

    async def drafts(self, issuer: str) -> list[AchievementDraft]:
        return [self._drafts[key] for key in sorted(self._drafts) if key[0] == issuer]

    async def put_draft(self, draft: AchievementDraft, once: Once | None = None) -> None:
        self._needs(draft.issuer)
        if once:
            self._check_once(once)
        known = self._drafts.get((draft.issuer, draft.slug))
        if draft.revision == 1 and known is not None:
            raise ConflictError("draft_exists", f"{draft.issuer}/{draft.slug} has a draft already")
        if draft.revision > 1 and (known is None or known.revision != draft.revision - 1):
            raise ConflictError("draft_changed", "somebody else saved this draft meanwhile")
        self._drafts[draft.issuer, draft.slug] = draft
        if once:
            self._once[once.key] = once

    async def check_once(self, once: Once) -> None:
        self._check_once(once)

    async def remove_draft(self, issuer: str, slug: str, once: Once | None = None) -> bool:
        if once:
            self._check_once(once)
            self._once[once.key] = once
        return self._drafts.pop((issuer, slug), None) is not None

    async def put_issuer_picture(self, issuer: str, digest: str, image: bytes) -> None:
        self._needs(issuer)
        self._issuer_pictures.setdefault((issuer, digest), image)

    async def issuer_picture(self, issuer: str, digest: str) -> bytes | None:
        return self._issuer_pictures.get((issuer, digest))

    async def domain_proof(self, issuer: str) -> DomainProof | None:
        return self._domains.get(issuer)

    async def domain_proofs(self, before: datetime) -> list[DomainProof]:
        old = [one for one in self._domains.values() if one.checked_at < before]
        return sorted(old, key=lambda one: (one.checked_at, one.issuer))

    async def put_domain_proof(self, proof: DomainProof, leaf: Leaf | None = None) -> None:
        self._needs(proof.issuer)
        self._domains[proof.issuer] = proof
        self._append(leaf)
