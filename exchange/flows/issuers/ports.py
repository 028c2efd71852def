"""What the store keeps of issuers' work: achievements, drafts of them, pictures, and proofs of domains."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from exchange.flows.issuers.records import AchievementDraft, DomainProof
from exchange.flows.records import Achievement, Leaf, Once


class IssuerStore(Protocol):
    """The part of the store with what issuers design."""

    async def achievement(self, issuer: str, slug: str, version: int | None = None) -> Achievement | None:
        """That version, or the newest."""

    async def achievements(self, issuer: str, *, retired: bool = False) -> list[Achievement]:
        """The newest version of each that can be awarded, by slug; with `retired`, of the others too."""

    async def put_achievement(
        self, achievement: Achievement, leaf: Leaf, draft: int = 0, once: Once | None = None
    ) -> None:
        """Insert a version, and with `draft` (a revision) let go of the draft it was made from.

        ConflictError("version_exists") if it is there: versions are frozen; ConflictError("draft_changed").
        AlreadyDoneError, ReusedKeyError.
        """

    async def mark_achievement(self, achievement: Achievement, leaf: Leaf) -> None:
        """Store the `source`, `retired_at` and `origin` of a version on record; nothing else of it changes.

        NotFoundError("unknown_achievement").
        """

    async def draft(self, issuer: str, slug: str) -> AchievementDraft | None: ...

    async def drafts(self, issuer: str) -> list[AchievementDraft]:
        """All of that issuer, by slug."""

    async def put_draft(self, draft: AchievementDraft, once: Once | None = None) -> None:
        """Keep revision 1 of a new draft, or the next one of a draft that is there.

        ConflictError("draft_exists") when there is one already; ConflictError("draft_changed") when the one
        on record is not the revision before. AlreadyDoneError, ReusedKeyError.
        """

    async def remove_draft(self, issuer: str, slug: str, once: Once | None = None) -> bool:
        """False when there was none. AlreadyDoneError, ReusedKeyError."""

    async def check_once(self, once: Once) -> None:
        """AlreadyDoneError, ReusedKeyError when its key was used before."""

    async def put_issuer_picture(self, issuer: str, digest: str, image: bytes) -> None:
        """Keep a picture under its digest, for good; nothing happens if it is there."""

    async def issuer_picture(self, issuer: str, digest: str) -> bytes | None: ...

    async def domain_proof(self, issuer: str) -> DomainProof | None: ...

    async def domain_proofs(self, before: datetime) -> list[DomainProof]:
        """Those of which the domain was asked last before that moment, the oldest first."""

    async def put_domain_proof(self, proof: DomainProof, leaf: Leaf | None) -> None:
        """Replace what was found before; with a leaf when it is something else."""
