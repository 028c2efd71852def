"""What the store changes, as effects: each generator below is one transaction on either engine.

Races are settled by the statements themselves: an UPDATE that names what it expects and returns what it
found, and unique indexes. So none of it needs locks by hand, and SQLite's single writer needs nothing more.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from exchange.adapters.database import log_writes
from exchange.adapters.database.effects import Statement, Work
from exchange.errors import AlreadyDoneError, ConflictError, NotFoundError, ReusedKeyError, UnavailableError
from exchange.flows.records import (
    Achievement,
    Draft,
    Intent,
    Leaf,
    Once,
    Purpose,
    StatusChange,
    StatusSlot,
    Ticket,
)

TAKE_FROM_OPEN_LIST = """
    UPDATE status_list SET reserved = reserved + 1, open = (reserved + 1) * 2 < size
    WHERE issuer = ? AND purpose = ? AND open RETURNING id, size"""
TAKE_INDEX = """
    INSERT INTO status_slot (list_id, purpose, list_index, is_set) VALUES (?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING list_index"""
OPEN_LIST = """
    INSERT INTO status_list (id, issuer, purpose, size, reserved, open, version, signed_version, did)
    VALUES (?, ?, ?, ?, 0, ?, 1, 0, COALESCE((SELECT did FROM issuer WHERE slug = ?), ''))
    ON CONFLICT DO NOTHING RETURNING id"""
HAS_OPEN_LIST = "SELECT id FROM status_list WHERE issuer = ? AND purpose = ? AND open"
RETIRED = "SELECT state FROM signing_key WHERE id = ? AND state IN ('verify-only', 'revoked')"
INTEND = """
    INSERT INTO badge (id, kind, issuer, achievement, version, recipient, proof, key_id, unsigned, message,
                       intended_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"""
TIE_SLOT = "UPDATE status_slot SET badge = ? WHERE list_id = ? AND list_index = ?"
PUBLISH = "UPDATE badge SET signed = ? WHERE id = ? AND signed IS NULL RETURNING id"
SIGNED = "SELECT signed FROM badge WHERE id = ?"
SLOT = "SELECT list_id, is_set FROM status_slot WHERE badge = ? AND purpose = ?"
SET_BIT = (
    "UPDATE status_slot SET is_set = ? WHERE badge = ? AND purpose = ? AND is_set <> ? RETURNING list_id"
)
COUNT_UP = "UPDATE status_list SET version = version + 1 WHERE id = ?"
REMEMBER = "INSERT INTO status_change (badge, purpose, is_set, reason, at) VALUES (?, ?, ?, ?, ?)"
PUT_SIGNED_LIST = """
    UPDATE status_list SET signed = ?, signed_version = ?, signed_at = ?
    WHERE id = ? AND (signed_version < ? OR (signed_version = ? AND signed_at <= ?)) RETURNING id"""
PUT_ONCE = """
    INSERT INTO once (key, digest, answer, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING key"""
ONCE = "SELECT digest, answer FROM once WHERE key = ?"
FORGET_ONCE = "DELETE FROM once WHERE at < ?"
TAKE_TICKET = "DELETE FROM ticket WHERE hash = ? RETURNING hash, kind, expires_at"
LIST_EXISTS = "SELECT id FROM status_list WHERE id = ?"
MARK_ACHIEVEMENT = """
    UPDATE achievement SET source = ?, retired_at = ? WHERE issuer = ? AND slug = ? AND version = ?
    RETURNING version"""


def mark_achievement(achievement: Achievement, leaf: Leaf | None) -> Work[None]:
    place = (achievement.issuer, achievement.slug, achievement.version)
    marked = yield Statement(MARK_ACHIEVEMENT, (achievement.source, achievement.retired_at, *place))
    if not marked:
        name = f"{achievement.issuer}/{achievement.slug}@{achievement.version}"
        raise NotFoundError("unknown_achievement", f"{name} is not on record")
    yield from log_writes.append([leaf] if leaf else [])


def intend(draft: Draft, chance: random.Random, url_id: Callable[[], str], list_size: int) -> Work[Intent]:
    """Give the draft its status entries and put it on record with its leaf; the intent it became."""
    if draft.once:
        yield from _remember_once(draft.once)
    slots = []
    for purpose in draft.purposes:
        slots.append((yield from _reserve(draft.issuer, purpose, chance, url_id, list_size)))
    intent, leaf = draft.write(tuple(slots))
    yield from _record(intent)
    for slot in slots:
        yield Statement(TIE_SLOT, (intent.id, slot.list_id, slot.index))
    yield from log_writes.append([leaf])
    return intent


def _reserve(
    issuer: str, purpose: Purpose, chance: random.Random, url_id: Callable[[], str], list_size: int
) -> Work[StatusSlot]:
    """A slot in the open list, or in one begun for it. Its row stays, so it is never given again."""
    while not (lists := (yield Statement(TAKE_FROM_OPEN_LIST, (issuer, purpose)))):
        yield from open_list(issuer, purpose, url_id(), list_size)
    list_id, size = lists[0]
    while True:  # the list is at most half full: two draws on average, however unlucky
        index = chance.randrange(size)
        taken = yield Statement(TAKE_INDEX, (list_id, purpose, index, False))
        if taken:
            return StatusSlot(list_id, purpose, index)


def open_list(issuer: str, purpose: Purpose, list_id: str, size: int) -> Work[None]:
    """Begin a list, unless another node was first."""
    opened = yield Statement(OPEN_LIST, (list_id, issuer, purpose, size, True, issuer))
    if not opened:
        others = yield Statement(HAS_OPEN_LIST, (issuer, purpose))
        if not others:
            raise ConflictError("id_taken", f"a status list with the id {list_id} is already there")


def _remember_once(asked: Once) -> Work[None]:
    """Keep the key with its answer; raises as `_check_once` when somebody was faster."""
    row = (asked.key, asked.digest, asked.answer, asked.at)
    if not (yield Statement(PUT_ONCE, row)):
        yield from _check_once(asked)


def _check_once(asked: Once) -> Work[None]:
    """AlreadyDoneError for a key that is there with the same question, ReusedKeyError with another."""
    before = yield Statement(ONCE, (asked.key,))
    for digest, answer in before:
        if digest != asked.digest:
            raise ReusedKeyError(
                "idempotency_key_reused",
                "This Idempotency-Key was used for another request.",
                "Idempotency-Key",
            )
        raise AlreadyDoneError(answer)


def _record(intent: Intent) -> Work[None]:
    # In this transaction: else a badge could name a list of the issuer's next id, which never speaks for it.
    if (yield Statement(RETIRED, (intent.key_id,))):
        message = f"The key that was to sign {intent.id} was retired just now; nothing was done. Try again."
        raise UnavailableError("key_retired", message)
    row = (
        *(intent.id, intent.kind, intent.issuer, intent.achievement, intent.version, intent.recipient),
        *(intent.proof, intent.key_id, intent.unsigned, intent.message, intent.intended_at),
    )
    inserted = yield Statement(INTEND, row)
    if not inserted:
        raise ConflictError("id_taken", f"a badge with the id {intent.id} is already on record")


def publish(badge_id: str, signed: bytes) -> Work[None]:
    published = yield Statement(PUBLISH, (signed, badge_id))
    if published:
        return
    before = yield Statement(SIGNED, (badge_id,))
    if not before:
        raise NotFoundError("unknown_badge", f"no badge was intended with the id {badge_id}")
    if before[0][0] != signed:
        raise ConflictError(
            "already_signed", f"the badge {badge_id} is already published with another signature"
        )


def set_status(change: StatusChange, leaf: Leaf, asked: Once | None) -> Work[bool]:
    if asked:
        yield from _check_once(asked)
    slots = yield Statement(SLOT, (change.badge, change.purpose))
    if not slots:
        raise NotFoundError(
            "unknown_badge", f"no badge {change.badge} has a status entry for {change.purpose}"
        )
    _, is_set = slots[0]
    if is_set == change.on:
        return False
    final = change.purpose == "revocation" and not change.on
    for _, revoked in (yield Statement(SLOT, (change.badge, "revocation"))):
        final = final or (revoked and change.purpose != "revocation")
    if final:
        raise ConflictError("revocation_is_final", f"the badge {change.badge} is revoked; that is final")
    lists = yield Statement(SET_BIT, (change.on, change.badge, change.purpose, change.on))
    if not lists:  # another node was faster
        return False
    yield Statement(COUNT_UP, (lists[0][0],))
    yield Statement(REMEMBER, (change.badge, change.purpose, change.on, change.reason, change.at))
    yield from log_writes.append([leaf])
    if asked:
        yield from _remember_once(asked)
    return True


def put_ticket(ticket: Ticket, now: datetime) -> Work[None]:
    yield Statement("DELETE FROM ticket WHERE expires_at <= ?", (now,))
    row = (ticket.hash, ticket.kind, ticket.expires_at)
    yield Statement("INSERT INTO ticket (hash, kind, expires_at) VALUES (?, ?, ?)", row)


def put_signed_list(list_id: str, version: int, signed: bytes, at: datetime) -> Work[None]:
    args = (signed, version, at, list_id, version, version, at)
    stored = yield Statement(PUT_SIGNED_LIST, args)
    if not stored and not (yield Statement(LIST_EXISTS, (list_id,))):
        raise NotFoundError("unknown_status_list", f"there is no status list {list_id}")
