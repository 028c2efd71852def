"""Publish: a draft becomes the next version of its achievement, frozen from then on, as `sync` makes them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from exchange.errors import AlreadyDoneError, ConflictError, NotFoundError
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.drafts import badge_of, find_draft
from exchange.flows.issuers.sync import Act, BadgeStep, compare_badge, mark, version
from exchange.flows.log.log import achievement_leaf
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Once


@dataclass(frozen=True, slots=True)
class Publication:
    """The newest version as it is now, and what was done: `keep` when the draft said nothing new."""

    act: Act
    achievement: Achievement


async def preview(ports: Ports, slug: str, name: str) -> Achievement:
    """The version that publishing would make. Nothing is written. As `publish`, but for conflicts."""
    draft = await find_draft(ports, slug, name)
    badge = await asyncio.to_thread(badge_of, ports, draft)
    step = compare_badge(ports, slug, await ports.store.achievement(slug, name), badge)
    return await version(ports, replace(step, act="update" if step.known else "create"), "desk")


async def publish(
    ports: Ports, slug: str, name: str, revision: int | None = None, once: Once | None = None
) -> Publication:
    """Make the draft a version, and let go of the draft, at once. `revision`: the one that was looked at.

    A draft that says what the newest version says makes none. NotFoundError "unknown_issuer",
    "unknown_draft"; InputError("draft_incomplete"); ConflictError "draft_changed", "version_exists".
    """
    check(ports, "design", slug)
    try:
        if once is not None:
            await ports.store.check_once(once)
        return await _publish(ports, slug, name, revision, once)
    except AlreadyDoneError as done:
        known = await ports.store.achievement(slug, name, int(done.answer))
        assert known is not None  # noqa: S101  # for mypy: versions stay
        return Publication("update" if known.version > 1 else "create", known)


async def _publish(
    ports: Ports, slug: str, name: str, revision: int | None, once: Once | None
) -> Publication:
    draft = await find_draft(ports, slug, name)
    await check_writable(ports)
    if revision is not None and revision != draft.revision:
        said = "Somebody else saved this draft in the meantime. Look at it once more before you publish it."
        raise ConflictError("draft_changed", said)
    badge = await asyncio.to_thread(badge_of, ports, draft)
    step = compare_badge(ports, slug, await ports.store.achievement(slug, name), badge)
    if step.act in ("create", "update"):
        made = await version(ports, step, "desk")
        leaf = achievement_leaf(made, made.created_at, ports.new_salt())
        once = once and replace(once, answer=str(made.version))
        await ports.store.put_achievement(made, leaf, draft.revision, once)
        return Publication(step.act, made)
    return await _as_it_was(ports, step, once)


async def retire(ports: Ports, slug: str, name: str) -> Achievement:
    """Award it no more; what was awarded stays as valid as it was, and a draft brings it back.

    NotFoundError("unknown_achievement"), ConflictError("already_retired").
    """
    check(ports, "design", slug)
    known = await ports.store.achievement(slug, name)
    if known is None:
        raise NotFoundError("unknown_achievement", f"There is no badge {slug}/{name} here.")
    if known.retired_at is not None:
        raise ConflictError("already_retired", f"{slug}/{name} is awarded no more; nothing was changed.")
    await check_writable(ports)
    await mark(ports, BadgeStep("retire", slug, known, None), known, "desk")
    return replace(known, retired_at=ports.now(), origin="desk")


async def _as_it_was(ports: Ports, step: BadgeStep, once: Once | None) -> Publication:
    assert step.known is not None  # noqa: S101  # for mypy: nothing is kept that is not there
    await mark(ports, step, step.known, step.known.origin if step.act == "keep" else "desk")
    once = once and replace(once, answer=str(step.known.version))
    await ports.store.remove_draft(step.issuer, step.known.slug, once)
    return Publication(step.act, replace(step.known, retired_at=None))
