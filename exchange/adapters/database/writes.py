"""What the store changes, as effects: each generator below is one transaction on either engine.

Races are settled by the statements themselves: an UPDATE that names what it expects and returns what it
found, and unique indexes. So none of it needs locks by hand, and SQLite's single writer needs nothing more.
"""

from __future__ import annotations

import random
from datetime import datetime

from exchange.adapters.database.effects import Statement, Work
from exchange.errors import ConflictError, NotFoundError, UnavailableError
from exchange.flows.records import Intent, Issuer, Purpose, StatusChange, StatusSlot, Ticket

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
TIE_SLOT = """
    UPDATE status_slot SET badge = ? WHERE list_id = ? AND list_index = ? AND purpose = ? AND badge IS NULL
    RETURNING list_index"""
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
TAKE_TICKET = "DELETE FROM ticket WHERE hash = ? RETURNING hash, kind, expires_at"
LIST_EXISTS = "SELECT id FROM status_list WHERE id = ?"
PUT_ISSUER = """
    INSERT INTO issuer (slug, did, profile, updated_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (slug) DO UPDATE
    SET did = EXCLUDED.did, profile = EXCLUDED.profile, updated_at = EXCLUDED.updated_at"""
CLOSE_LISTS = "UPDATE status_list SET open = ? WHERE issuer = ? AND open AND did <> ?"
RETIRE = "UPDATE signing_key SET state = 'verify-only' WHERE issuer = ? AND state = 'active'"
ACTIVATE = """
    UPDATE signing_key SET state = 'active', activated_at = ?
    WHERE id = ? AND issuer = ? AND state = 'pending' RETURNING id"""
REVOKE_KEY = """
    UPDATE signing_key SET state = 'revoked', revoked_at = ?, revoked_position = ?, revoked_reason = ?
    WHERE id = ? AND state <> 'revoked' RETURNING issuer"""
KEY_EXISTS = "SELECT id FROM signing_key WHERE id = ?"
SIGN_LISTS_ANEW = """
    UPDATE status_list SET version = version + 1, signed_version = 0, signed = NULL, signed_at = NULL
    WHERE issuer = ?"""
PUT_STOP = """
    INSERT INTO signing_stop (issuer, reason, at) VALUES (?, ?, ?)
    ON CONFLICT (issuer) DO UPDATE SET reason = EXCLUDED.reason, at = EXCLUDED.at"""
REMOVE_STOP = "DELETE FROM signing_stop WHERE issuer = ? RETURNING issuer"


def put_issuer(issuer: Issuer, profile: str) -> Work[None]:
    """Insert or replace. A list speaks as one id for good, so those of another one take no more badges."""
    yield Statement(PUT_ISSUER, (issuer.slug, issuer.did, profile, issuer.updated_at))
    yield Statement(CLOSE_LISTS, (False, issuer.slug, issuer.did))


def rotate(key_id: str, issuer: Issuer, profile: str, at: datetime) -> Work[None]:
    yield Statement(RETIRE, (issuer.slug,))
    if not (yield Statement(ACTIVATE, (at, key_id, issuer.slug))):
        raise ConflictError("key_not_pending", f"the key {key_id} is no pending key of {issuer.slug}")
    yield from put_issuer(issuer, profile)


def revoke_key(key_id: str, at: datetime, position: int | None, reason: str) -> Work[bool]:
    revoked = yield Statement(REVOKE_KEY, (at, position, reason, key_id))
    if not revoked:
        if not (yield Statement(KEY_EXISTS, (key_id,))):
            raise NotFoundError("unknown_key", f"there is no key {key_id}")
        return False
    # A list it signed proves nothing now: rather none than one that makes good badges look forged.
    yield Statement(SIGN_LISTS_ANEW, (revoked[0][0],))
    return True


def reserve(issuer: str, purpose: Purpose, chance: random.Random) -> Work[StatusSlot | None]:
    """A slot in the open list; None when none is open. Its row stays, so it is never given again."""
    lists = yield Statement(TAKE_FROM_OPEN_LIST, (issuer, purpose))
    if not lists:
        return None
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


def intend(intent: Intent) -> Work[None]:
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
    for slot in intent.slots:
        tied = yield Statement(TIE_SLOT, (intent.id, slot.list_id, slot.index, slot.purpose))
        if not tied:
            raise ConflictError(
                "slot_taken",
                f"entry {slot.index} of status list {slot.list_id} is not reserved for this badge",
            )


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


def set_status(change: StatusChange) -> Work[bool]:
    slots = yield Statement(SLOT, (change.badge, change.purpose))
    if not slots:
        raise NotFoundError(
            "unknown_badge", f"no badge {change.badge} has a status entry for {change.purpose}"
        )
    _, is_set = slots[0]
    if is_set == change.on:
        return False
    if change.purpose == "revocation" and not change.on:
        raise ConflictError(
            "revocation_is_final", f"the badge {change.badge} is revoked; that cannot be undone"
        )
    lists = yield Statement(SET_BIT, (change.on, change.badge, change.purpose, change.on))
    if not lists:  # another node was faster
        return False
    yield Statement(COUNT_UP, (lists[0][0],))
    yield Statement(REMEMBER, (change.badge, change.purpose, change.on, change.reason, change.at))
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
