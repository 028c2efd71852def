"""What issuers design: achievements, drafts of them, pictures of issuers, and proofs of their domains."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, Protocol

import orjson

from exchange.adapters.database import log_writes, tables, writes
from exchange.adapters.database.effects import Rows, Statement, Work, compiled, only
from exchange.adapters.database.engine import EffectEngine
from exchange.errors import ConflictError
from exchange.flows.issuers.records import AchievementDraft, DomainProof
from exchange.flows.records import Achievement, Leaf, Once

ACHIEVEMENTS = """
    SELECT issuer, slug, version, document, digest, image, svg, alt, valid_days, evidence_required,
           created_at, source, retired_at, origin
    FROM achievement a WHERE issuer = ?"""
NEWEST = """
    AND version = (SELECT max(version) FROM achievement n WHERE n.issuer = a.issuer AND n.slug = a.slug)"""
AWARDABLE = " AND retired_at IS NULL"
DRAFTS = "SELECT issuer, slug, source, image, svg, revision, updated_at FROM draft WHERE issuer = ?"
BEGIN_DRAFT = """
    INSERT INTO draft (issuer, slug, source, image, svg, revision, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING revision"""
SAVE_DRAFT = """
    UPDATE draft SET source = ?, image = ?, svg = ?, revision = ?, updated_at = ?
    WHERE issuer = ? AND slug = ? AND revision = ? RETURNING revision"""
END_DRAFT = "DELETE FROM draft WHERE issuer = ? AND slug = ? AND revision = ? RETURNING revision"
REMOVE_DRAFT = "DELETE FROM draft WHERE issuer = ? AND slug = ? RETURNING revision"
PUT_PICTURE = "INSERT INTO issuer_picture (issuer, digest, image) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
PICTURE = "SELECT image FROM issuer_picture WHERE issuer = ? AND digest = ?"
PROOFS = "SELECT issuer, domain, did, way, problem, checked_at FROM domain_proof "
PROOF = PROOFS + "WHERE issuer = ?"
OLD_PROOFS = PROOFS + "WHERE checked_at < ? ORDER BY checked_at, issuer"
PUT_PROOF = """
    INSERT INTO domain_proof (issuer, domain, did, way, problem, checked_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (issuer) DO UPDATE SET domain = EXCLUDED.domain, did = EXCLUDED.did, way = EXCLUDED.way,
        problem = EXCLUDED.problem, checked_at = EXCLUDED.checked_at"""
CHANGED = "somebody else saved this draft meanwhile"


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Achievements:
    """The part of the store with what issuers design."""

    async def achievement(
        self: _Database, issuer: str, slug: str, version: int | None = None
    ) -> Achievement | None:
        if version is None:
            rows = await self._read(ACHIEVEMENTS + NEWEST + " AND slug = ?", issuer, slug)
        else:
            rows = await self._read(ACHIEVEMENTS + " AND slug = ? AND version = ?", issuer, slug, version)
        return _achievement(rows[0]) if rows else None

    async def achievements(self: _Database, issuer: str, *, retired: bool = False) -> list[Achievement]:
        rows = await self._read(ACHIEVEMENTS + NEWEST + ("" if retired else AWARDABLE), issuer)
        return sorted((_achievement(row) for row in rows), key=lambda achievement: achievement.slug)

    # Where the port demands leaves, rows of tests about something else may do without.

    async def put_achievement(
        self: _Database,
        achievement: Achievement,
        leaf: Leaf | None = None,
        draft: int = 0,
        once: Once | None = None,
    ) -> None:
        table = tables.Achievement
        names = (column._meta.name for column in table._meta.non_default_columns)
        row = table(**{name: getattr(achievement, name) for name in names if name != "document"})
        row.document = orjson.dumps(achievement.document).decode()
        insert = table.insert(row).on_conflict(action="DO NOTHING").returning(table.version)
        await self.engine.write(partial(_publish, compiled(insert), achievement, leaf, draft, once))

    async def mark_achievement(self: _Database, achievement: Achievement, leaf: Leaf | None = None) -> None:
        await self.engine.write(partial(writes.mark_achievement, achievement, leaf))

    async def draft(self: _Database, issuer: str, slug: str) -> AchievementDraft | None:
        rows = await self._read(DRAFTS + " AND slug = ?", issuer, slug)
        return _draft(rows[0]) if rows else None

    async def drafts(self: _Database, issuer: str) -> list[AchievementDraft]:
        return sorted(map(_draft, await self._read(DRAFTS, issuer)), key=lambda one: one.slug)

    async def put_draft(self: _Database, draft: AchievementDraft, once: Once | None = None) -> None:
        await self.engine.write(partial(_put_draft, draft, once))

    async def remove_draft(self: _Database, issuer: str, slug: str, once: Once | None = None) -> bool:
        return bool(await self.engine.write(partial(_removed, issuer, slug, once)))

    async def check_once(self: _Database, once: Once) -> None:
        await self.engine.write(partial(writes.check_once, once))

    async def put_issuer_picture(self: _Database, issuer: str, digest: str, image: bytes) -> None:
        await self.engine.write(partial(only, Statement(PUT_PICTURE, (issuer, digest, image))))

    async def issuer_picture(self: _Database, issuer: str, digest: str) -> bytes | None:
        rows = await self._read(PICTURE, issuer, digest)
        return bytes(rows[0][0]) if rows else None

    async def domain_proof(self: _Database, issuer: str) -> DomainProof | None:
        rows = await self._read(PROOF, issuer)
        return DomainProof(*rows[0]) if rows else None

    async def domain_proofs(self: _Database, before: datetime) -> list[DomainProof]:
        return [DomainProof(*row) for row in await self._read(OLD_PROOFS, before)]

    async def put_domain_proof(self: _Database, proof: DomainProof, leaf: Leaf | None = None) -> None:
        await self.engine.write(partial(_put_proof, proof, leaf))


def _achievement(row: Any) -> Achievement:
    issuer, slug, version, document, *rest = row
    return Achievement(issuer, slug, version, orjson.loads(document), *rest)


def _draft(row: Any) -> AchievementDraft:
    issuer, slug, source, image, svg, revision, updated_at = row
    return AchievementDraft(issuer, slug, source, bytes(image), bytes(svg), revision, updated_at)


def _publish(
    insert: Statement, achievement: Achievement, leaf: Leaf | None, draft: int, once: Once | None
) -> Work[None]:
    if once:
        yield from writes.remember_once(once)
    if not (yield insert):
        name = f"{achievement.issuer}/{achievement.slug}@{achievement.version}"
        raise ConflictError("version_exists", f"{name} is already on record; a version never changes")
    if draft and not (yield Statement(END_DRAFT, (achievement.issuer, achievement.slug, draft))):
        raise ConflictError("draft_changed", CHANGED)
    yield from log_writes.append([leaf] if leaf else [])


def _put_draft(draft: AchievementDraft, once: Once | None) -> Work[None]:
    if once:
        yield from writes.remember_once(once)
    place = (draft.issuer, draft.slug)
    said = (draft.source, draft.image, draft.svg, draft.revision, draft.updated_at)
    if draft.revision == 1:
        if not (yield Statement(BEGIN_DRAFT, (*place, *said))):
            raise ConflictError("draft_exists", f"{draft.issuer}/{draft.slug} has a draft already")
    elif not (yield Statement(SAVE_DRAFT, (*said, *place, draft.revision - 1))):
        raise ConflictError("draft_changed", CHANGED)


def _removed(issuer: str, slug: str, once: Once | None) -> Work[int]:
    if once:
        yield from writes.remember_once(once)
    return len((yield Statement(REMOVE_DRAFT, (issuer, slug))))


def _put_proof(proof: DomainProof, leaf: Leaf | None) -> Work[None]:
    said = (proof.domain, proof.did, proof.way, proof.problem, proof.checked_at)
    yield Statement(PUT_PROOF, (proof.issuer, *said))
    yield from log_writes.append([leaf] if leaf else [])
