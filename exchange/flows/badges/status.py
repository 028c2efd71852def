"""Revoke, suspend, reinstate: change one bit, say why, and publish the list that shows it."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from exchange.core import urls
from exchange.core.plain_text import plain
from exchange.core.status import bitstring, status
from exchange.core.strict_json import dump, parse
from exchange.errors import AlreadyDoneError, ConflictError, InputError, NotFoundError, UnavailableError
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer, speaking_key
from exchange.flows.log.log import status_leaf
from exchange.flows.mail.post import status_mail
from exchange.flows.people.rights import Verb, check
from exchange.flows.ports import Ports
from exchange.flows.records import Badge, Issuer, Once, Published, Purpose, StatusChange, StatusList
from exchange.flows.sign import sign_document
from exchange.flows.webhooks.webhooks import status_events

VALIDITY = timedelta(hours=24)
"""How long a signed list may be believed; it is signed again at half of that."""

MAX_REASON = 500

TTL = timedelta(minutes=1)
"""How long a verifier may keep a list before it looks again."""


async def revoke(
    ports: Ports, badge: str, reason: str, once: Once | None = None, *, mail: bool = True
) -> StatusChange:
    """Take a badge back for good; with `mail`, who has it is told, as with the other two."""
    return await _change(ports, "revoke", badge, reason, once, mail)


async def suspend(
    ports: Ports, badge: str, reason: str, once: Once | None = None, *, mail: bool = True
) -> StatusChange:
    """Put a badge on hold; `reinstate` undoes it."""
    return await _change(ports, "suspend", badge, reason, once, mail)


async def reinstate(
    ports: Ports, badge: str, reason: str, once: Once | None = None, *, mail: bool = True
) -> StatusChange:
    """End a suspension."""
    return await _change(ports, "reinstate", badge, reason, once, mail)


BITS: dict[Verb, tuple[Purpose, bool]] = {
    "revoke": ("revocation", True),
    "suspend": ("suspension", True),
    "reinstate": ("suspension", False),
}
_ALREADY: dict[Verb, tuple[str, str]] = {
    "revoke": ("already_revoked", "revoked"),
    "suspend": ("already_suspended", "suspended"),
    "reinstate": ("already_not_suspended", "not suspended"),
}


async def _change(
    ports: Ports, verb: Verb, name: str, reason: str, once: Once | None, mail: bool
) -> StatusChange:
    purpose, on = BITS[verb]
    check_reason(reason)
    badge = await find_badge(ports, name, unsigned=True)
    check(ports, verb, badge.issuer)
    await check_writable(ports)
    lists = [slot.list_id for slot in badge.slots if slot.purpose == purpose]
    for list_id in lists:
        # What cannot be published now is not done now: an answer means that everybody can see it.
        await speaking_key(ports, await _speaker(ports, await _list(ports, list_id)))
    change = StatusChange(badge.id, purpose, on, plain(reason, MAX_REASON), ports.now())
    await check_clock(ports)
    leaf = status_leaf(change, urls.badge(ports.base_url, badge.id), ports.new_salt())
    once = once and replace(once, answer=dump(_kept(change)).decode())
    try:
        told = status_mail(ports, change, badge.recipient) if mail else ()
        told += status_events(ports, await ports.store.webhooks(badge.issuer), change)
        changed = await ports.store.set_status(change, leaf, once, told)
    except AlreadyDoneError as done:
        change, changed = _change_of(parse(done.answer.encode())), True
    if not changed:
        code, state = _ALREADY[verb]
        raise ConflictError(code, f"The badge is already {state}; nothing was changed.")
    ports.bell.ring()
    for list_id in lists:
        await published_list(ports, list_id)
    return change


def check_reason(reason: str) -> None:
    """InputError("reason_missing") unless it says why."""
    if not plain(reason, MAX_REASON) or len(reason) > MAX_REASON:
        raise InputError("reason_missing", "Say why, in at most 500 characters.", "reason")


def _kept(change: StatusChange) -> dict[str, object]:
    """What an Idempotency-Key keeps of a change."""
    return {**asdict(change), "at": change.at.isoformat()}


def _change_of(kept: dict[str, Any]) -> StatusChange:
    return StatusChange(**{**kept, "at": datetime.fromisoformat(kept["at"])})


async def is_on(ports: Ports, badge: Badge, purpose: Purpose) -> bool:
    """Whether the badge's last change for this purpose set the bit."""
    changes = [change for change in await ports.store.history(badge.id) if change.purpose == purpose]
    return bool(changes) and changes[-1].on


async def find_badge(ports: Ports, name: str, *, unsigned: bool = False) -> Badge:
    """A badge of this exchange by its URL or bare key; NotFoundError("unknown_badge").

    `unsigned`: also one that a crash left without its signature: somebody may have seen that, so it can be
    revoked.
    """
    key = urls.badge_key(ports.bases, name)
    found = await ports.store.badge(key) if key else None
    if found is None or found.kind != "badge" or (found.signed is None and not unsigned):
        raise NotFoundError("unknown_badge", f"There is no badge {name!r:.120} here.")
    return found


async def find_published(ports: Ports, name: str) -> Published:
    """As `find_badge`, for who wants to show it: a third of the work."""
    key = urls.badge_key(ports.bases, name)
    found = await ports.store.published(key) if key else None
    if found is None:
        raise NotFoundError("unknown_badge", f"There is no badge {name!r:.120} here.")
    return found


async def published_list(ports: Ports, list_id: str) -> bytes:
    """The signed list as it is now: made anew if a bit changed or half of its life is over.

    Nothing is signed while signing is stopped or the key is away, lists neither. But one whose bits are right
    is served all the same, and its own dates say to every verifier for how long it may be believed. The same
    holds for a read-only instance; but where a bit on record is missing in the list, nobody is told that a
    badge is good.
    """
    row = await _list(ports, list_id)
    if row.signed is None or row.signed_version != row.version:
        return await _sign_anew(ports, row)
    if not _is_old(ports, row):
        return row.signed
    try:
        return await _sign_anew(ports, row)
    except UnavailableError as error:
        logging.getLogger("exchange").warning("the status list %s grows old: %s", list_id, error)
        return row.signed


async def _list(ports: Ports, list_id: str) -> StatusList:
    row = await ports.store.status_list(list_id)
    if row is None:
        raise NotFoundError("unknown_status_list", f"There is no status list {list_id!r:.80} here.")
    return row


async def _speaker(ports: Ports, row: StatusList) -> Issuer:
    """The issuer under the id that the badges of this list bear, which may be one it had before."""
    owner = await issuer(ports, row.issuer)
    return replace(owner, did=row.did or owner.did)


async def _sign_anew(ports: Ports, row: StatusList) -> bytes:
    now = ports.now()
    owner = await _speaker(ports, row)
    document = status.build_status_list_credential(
        url=urls.status_list(row.base or ports.base_url, row.id),
        issuer_id=owner.did,
        purpose=row.purpose,
        encoded=bitstring.encode(await ports.store.set_bits(row.id), row.size),
        valid_from=now,
        valid_until=now + VALIDITY,
        ttl_ms=int(TTL.total_seconds() * 1000),
    )
    signed = await sign_document(ports, owner, document)
    await ports.store.put_signed_list(row.id, row.version, signed, now)
    return signed


def _is_old(ports: Ports, row: StatusList) -> bool:
    return row.signed_at is None or ports.now() - row.signed_at > VALIDITY / 2
