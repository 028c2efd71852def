"""How issuers, their keys and their stops change: effects, as in `writes.py`."""

from __future__ import annotations

from datetime import datetime

from exchange.adapters.database import log_writes, tables
from exchange.adapters.database.effects import Statement, Work, compiled
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.records import Issuer, Leaf, RotationLeaves, SigningKey, SigningStop

PUT_ISSUER = """
    INSERT INTO issuer (slug, did, profile, updated_at, origin) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (slug) DO UPDATE SET did = EXCLUDED.did, profile = EXCLUDED.profile,
        updated_at = EXCLUDED.updated_at, origin = EXCLUDED.origin
    WHERE issuer.did <> EXCLUDED.did OR issuer.profile <> EXCLUDED.profile
        OR issuer.origin <> EXCLUDED.origin
    RETURNING slug"""
CLOSE_LISTS = "UPDATE status_list SET open = ? WHERE issuer = ? AND open AND did <> ?"
RETIRE = """
    UPDATE signing_key SET state = 'verify-only' WHERE issuer = ? AND state = 'active' RETURNING multikey"""
ACTIVATE = """
    UPDATE signing_key SET state = 'active', activated_at = ?
    WHERE id = ? AND issuer = ? AND state = 'pending' RETURNING id"""
REVOKE_KEY = """
    UPDATE signing_key SET state = 'revoked', revoked_at = ?, revoked_position = ?, revoked_reason = ?
    WHERE id = ? AND state <> 'revoked' RETURNING issuer"""
ACTIVE_KEY = "SELECT id FROM signing_key WHERE issuer = ? AND state = 'active' AND id <> ?"
KEY_EXISTS = "SELECT id FROM signing_key WHERE id = ?"
SIGN_LISTS_ANEW = """
    UPDATE status_list SET version = version + 1, signed_version = 0, signed = NULL, signed_at = NULL
    WHERE """
PUT_STOP = """
    INSERT INTO signing_stop (issuer, reason, at) VALUES (?, ?, ?)
    ON CONFLICT (issuer) DO UPDATE SET reason = EXCLUDED.reason, at = EXCLUDED.at"""
REMOVE_STOP = "DELETE FROM signing_stop WHERE issuer = ? RETURNING issuer"


def put_issuer(issuer: Issuer, profile: str, leaf: Leaf | None) -> Work[bool]:
    """Insert or replace. A list speaks as one id for good, so those of another one take no more badges.
    False, and no leaf, when the row says so already."""
    args = (issuer.slug, issuer.did, profile, issuer.updated_at, issuer.origin)
    changed = yield Statement(PUT_ISSUER, args)
    if not changed:
        return False
    yield Statement(CLOSE_LISTS, (False, issuer.slug, issuer.did))
    yield from log_writes.append([leaf] if leaf else [])
    return True


def put_key(key: SigningKey, leaf: Leaf | None) -> Work[None]:
    table = tables.SigningKey
    if key.state == "active":
        others = yield Statement(ACTIVE_KEY, (key.issuer, key.id))
        if others:
            message = f"{key.issuer} already signs with {others[0][0]}; retire that key first"
            raise ConflictError("active_key_exists", message)
    row = table(
        id=key.id,
        issuer=key.issuer,
        multikey=key.multikey,
        uri=key.uri,
        state=key.state,
        created_at=key.created_at,
        activated_at=key.activated_at,
        revoked_at=key.revoked_at,
        revoked_position=key.revoked_position,
        revoked_reason=key.revoked_reason,
    )
    yield compiled(table.insert(row).on_conflict(target=table.id, action="DO UPDATE", values=[table.state]))
    yield from log_writes.append([leaf] if leaf else [])


def rotate(
    key_id: str, issuer: Issuer, profile: str, at: datetime, leaves: RotationLeaves | None
) -> Work[None]:
    retired = yield Statement(RETIRE, (issuer.slug,))
    if not (yield Statement(ACTIVATE, (at, key_id, issuer.slug))):
        raise ConflictError("key_not_pending", f"the key {key_id} is no pending key of {issuer.slug}")
    changed = yield from put_issuer(issuer, profile, None)
    yield from log_writes.append(leaves([row[0] for row in retired], changed) if leaves else [])


def revoke_key(key_id: str, at: datetime, position: int | None, reason: str, leaf: Leaf | None) -> Work[bool]:
    revoked = yield Statement(REVOKE_KEY, (at, position, reason, key_id))
    if not revoked:
        if not (yield Statement(KEY_EXISTS, (key_id,))):
            raise NotFoundError("unknown_key", f"there is no key {key_id}")
        return False
    # A list it signed proves nothing now: rather none than one that makes good badges look forged.
    yield Statement(SIGN_LISTS_ANEW + "issuer = ?", (revoked[0][0],))
    yield from log_writes.append([leaf] if leaf else [])
    return True


def put_stop(stop: SigningStop, leaf: Leaf | None) -> Work[None]:
    yield Statement(PUT_STOP, (stop.issuer, stop.reason, stop.at))
    yield from log_writes.append([leaf] if leaf else [])


def remove_stop(issuer: str, leaf: Leaf | None) -> Work[bool]:
    if not (yield Statement(REMOVE_STOP, (issuer,))):
        return False
    yield from log_writes.append([leaf] if leaf else [])
    return True


def confirm_clock(at: datetime, leaf: Leaf) -> Work[int]:
    """A list that is signed as of a later time would stand before any that is signed now."""
    yield Statement(SIGN_LISTS_ANEW + "signed_at > ?", (at,))
    return (yield from log_writes.append([leaf]))
