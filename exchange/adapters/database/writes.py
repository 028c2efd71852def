"""What the store changes, as effects: each generator below is one transaction on either engine.

Races are settled by the statements themselves: an UPDATE that names what it expects and returns what it
found, and unique indexes. So none of it needs locks by hand, and SQLite's single writer needs nothing more.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from exchange.adapters.database import log_writes, outbox, speaking
from exchange.adapters.database import slots as status_slots
from exchange.adapters.database.effects import Compute, Many, Statement, Work
from exchange.errors import (
    AlreadyDoneError,
    ConflictError,
    ExchangeError,
    NotFoundError,
    ReusedKeyError,
    UnavailableError,
)
from exchange.flows.records import (
    Achievement,
    Draft,
    Intent,
    Leaf,
    Once,
    Parcel,
    Purpose,
    StatusChange,
    StatusSlot,
)

T = TypeVar("T")

RETIRED = "SELECT id FROM signing_key WHERE state IN ('verify-only', 'revoked') AND id IN "
INTEND = """
    INSERT INTO badge (id, kind, issuer, achievement, version, recipient, proof, key_id, unsigned, message,
                       intended_at, claim, remind_at, reminded, valid_until, renews)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)"""
BADGE_IDS = "SELECT id FROM badge WHERE id IN "
PUBLISH = "UPDATE badge SET signed = ? WHERE id = ? AND signed IS NULL AND erased IS NULL"
SIGNED = "SELECT id, signed FROM badge WHERE id IN "
SLOT = "SELECT list_id, is_set FROM status_slot WHERE badge = ? AND purpose = ?"
SET_BIT = (
    "UPDATE status_slot SET is_set = ? WHERE badge = ? AND purpose = ? AND is_set <> ? RETURNING list_id"
)
COUNT_UP = "UPDATE status_list SET version = version + 1 WHERE id = ?"
MARK = "UPDATE badge SET state = ? WHERE id = ? AND state NOT IN ('erased', 'revoked')"
REMEMBER = "INSERT INTO status_change (badge, purpose, is_set, reason, at) VALUES (?, ?, ?, ?, ?)"
PUT_SIGNED_LIST = """
    UPDATE status_list SET signed = ?, signed_version = ?, signed_at = ?
    WHERE id = ? AND (signed_version < ? OR (signed_version = ? AND signed_at <= ?)) RETURNING id"""
PUT_ONCE = """
    INSERT INTO once (key, digest, answer, at) VALUES {values} ON CONFLICT DO NOTHING RETURNING key"""
ONCE = "SELECT key, digest, answer FROM once WHERE key IN "
AT_A_TIME = 500
"""Values in one IN list."""
FORGET_ONCE = "DELETE FROM once WHERE at < ?"
LIST_EXISTS = "SELECT id FROM status_list WHERE id = ?"
MARK_ACHIEVEMENT = """
    UPDATE achievement SET source = ?, retired_at = ?, origin = ?
    WHERE issuer = ? AND slug = ? AND version = ? RETURNING version"""


def mark_achievement(achievement: Achievement, leaf: Leaf | None) -> Work[None]:
    place = (achievement.issuer, achievement.slug, achievement.version)
    said = (achievement.source, achievement.retired_at, achievement.origin)
    marked = yield Statement(MARK_ACHIEVEMENT, (*said, *place))
    if not marked:
        name = f"{achievement.issuer}/{achievement.slug}@{achievement.version}"
        raise NotFoundError("unknown_achievement", f"{name} is not on record")
    yield from log_writes.append([leaf] if leaf else [])


def intend_many(
    drafts: Sequence[Draft], chance: random.Random, url_id: Callable[[], str], list_size: int
) -> Work[list[Intent | ExchangeError]]:
    """Give the drafts their status entries and put them on record with their leaves; what each became.

    A draft whose key was used before becomes the AlreadyDoneError or ReusedKeyError that says so, and leaves
    nothing. Locks are taken in one order by everybody: keys, peers, status lists, the
    log.
    """
    became: dict[int, Intent | ExchangeError] = {}
    became.update((yield from _remember_all([draft.once for draft in drafts])))
    new = [draft for n, draft in enumerate(drafts) if n not in became]
    for did in sorted({draft.speaks for draft in new if draft.speaks}):
        yield from speaking.check_key(did)
    slots = yield from _reserve(new, chance, url_id, list_size)
    intents, leaves, entries = yield Compute(partial(_written, new, slots))
    yield from _record(intents)
    yield from status_slots.put([(slot, intent.id) for intent in intents for slot in intent.slots])
    yield from outbox.post([parcel for draft in new for parcel in draft.parcels])
    yield from log_writes.append_entries(leaves, entries)
    became.update(zip((n for n in range(len(drafts)) if n not in became), intents, strict=True))
    return [became[n] for n in range(len(drafts))]


def _reserve(
    drafts: Sequence[Draft], chance: random.Random, url_id: Callable[[], str], list_size: int
) -> Work[list[tuple[StatusSlot, ...]]]:
    """For each draft an entry for each of its purposes."""
    wanted = Counter((draft.issuer, draft.base, purpose) for draft in drafts for purpose in draft.purposes)
    found: dict[tuple[str, str, Purpose], Iterator[StatusSlot]] = {}
    for (issuer, base, purpose), count in sorted(wanted.items(), key=lambda one: one[0][:2]):
        slots = yield from status_slots.reserve(issuer, base, purpose, count, chance, url_id, list_size)
        found[issuer, base, purpose] = iter(slots)
    return [
        tuple(next(found[draft.issuer, draft.base, purpose]) for purpose in draft.purposes)
        for draft in drafts
    ]


def _written(
    drafts: Sequence[Draft], slots: Sequence[tuple[StatusSlot, ...]]
) -> tuple[list[Intent], list[Leaf], list[log_writes.Written]]:
    written = [draft.write(given) for draft, given in zip(drafts, slots, strict=True)]
    leaves = [leaf for _, leaf in written]
    return [intent for intent, _ in written], leaves, log_writes.entries_of(leaves)


def _remember_all(asked: Sequence[Once | None]) -> Work[dict[int, ExchangeError]]:
    """Keep the keys with their answers; which of them, by number, were used before, and how."""
    first: dict[str, Once] = {}
    for once in asked:
        if once is not None:
            first.setdefault(once.key, once)
    fresh: set[str] = set()
    keys = sorted(first)  # two who bring the same keys wait for each other in one order
    for start in range(0, len(keys), AT_A_TIME):
        rows = [first[key] for key in keys[start : start + AT_A_TIME]]
        values = [value for row in rows for value in (row.key, row.digest, row.answer, row.at)]
        kept = yield Statement(PUT_ONCE.format(values=", ".join(["(?, ?, ?, ?)"] * len(rows))), values)
        fresh.update(row[0] for row in kept)
    old = yield from _where_in(ONCE, [key for key in keys if key not in fresh])
    known = {key: (digest, answer) for key, digest, answer in old}
    known |= {key: (first[key].digest, first[key].answer) for key in fresh}
    return {
        n: said_before(once, *known[once.key])
        for n, once in enumerate(asked)
        if once is not None and not (once is first[once.key] and once.key in fresh)
    }


def remember_once(asked: Once) -> Work[None]:
    """Keep the key with its answer; raises as `check_once` when somebody was faster."""
    for error in (yield from _remember_all([asked])).values():
        raise error


def check_once(asked: Once) -> Work[None]:
    """AlreadyDoneError for a key that is there with the same question, ReusedKeyError with another."""
    for _, digest, answer in (yield from _where_in(ONCE, [asked.key])):
        raise said_before(asked, digest, answer)


def remembering(asked: Once | None, effect: Callable[[], Work[T]]) -> Work[T]:
    """An effect together with its key, if it has one; one that says False changed nothing, and keeps none.

    AlreadyDoneError, ReusedKeyError.
    """
    if asked is None:
        return (yield from effect())
    yield from check_once(asked)
    done = yield from effect()
    if done is not False:
        yield from remember_once(asked)
    return done


def said_before(asked: Once, digest: str, answer: str) -> ExchangeError:
    """What a key says that is kept already, with that question and answer."""
    if digest == asked.digest:
        return AlreadyDoneError(answer)
    message = "This Idempotency-Key was used for another request."
    return ReusedKeyError("idempotency_key_reused", message, "Idempotency-Key")


def _record(intents: Sequence[Intent]) -> Work[None]:
    # In this transaction: else a badge could name a list of the issuer's next id, which never speaks for it.
    if (yield from _where_in(RETIRED, list({intent.key_id for intent in intents}))):
        message = "The key that was to sign was retired just now; nothing was done. Try again."
        raise UnavailableError("key_retired", message)
    there = yield from _where_in(BADGE_IDS, [intent.id for intent in intents])
    if there:
        raise ConflictError("id_taken", f"a badge with the id {there[0][0]} is already on record")
    yield Many(
        INTEND,
        [
            (
                *(intent.id, intent.kind, intent.issuer, intent.achievement, intent.version),
                *(intent.recipient, intent.proof, intent.key_id, intent.unsigned),
                # A JWT's message is its unsigned bytes: they are kept once.
                *(b"" if intent.message == intent.unsigned else intent.message, intent.intended_at),
                *(intent.claim, intent.remind_at, intent.valid_until, intent.renews),
            )
            for intent in intents
        ],
    )


def publish_many(signed: Sequence[tuple[str, bytes]]) -> Work[None]:
    """Store what the intents became, all or none; then what is on record must be what was handed in."""
    ordered = sorted(signed)  # two who publish the same wait for each other in one order
    if (yield Many(PUBLISH, [(body, id) for id, body in ordered])) == len(ordered):
        return
    kept = dict((yield from _where_in(SIGNED, [id for id, _ in ordered])))
    for id, body in ordered:
        if id not in kept:
            raise NotFoundError("unknown_badge", f"no badge was intended with the id {id}")
        if kept[id] != body:
            raise ConflictError(
                "already_signed", f"the badge {id} is already published with another signature"
            )


def publish_each(signed: Sequence[tuple[str, bytes]]) -> Work[list[None]]:
    """`publish_many` for as many callers, who each get their answer."""
    yield from publish_many(signed)
    return [None] * len(signed)


def _where_in(select: str, values: Sequence[str]) -> Work[list[Any]]:
    """The rows of a query that ends in an IN list, some hundred values at a time."""
    rows: list[Any] = []
    for start in range(0, len(values), AT_A_TIME):
        some = values[start : start + AT_A_TIME]
        rows += yield Statement(f"{select}({', '.join('?' * len(some))})", some)
    return rows


def set_status(change: StatusChange, leaf: Leaf, asked: Once | None, parcels: Sequence[Parcel]) -> Work[bool]:
    if asked:
        yield from check_once(asked)
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
    if not (yield from set_bit(change)):  # another node was faster
        return False
    yield from outbox.post(parcels)
    yield from log_writes.append([leaf])
    if asked:
        yield from remember_once(asked)
    return True


def set_bit(change: StatusChange) -> Work[bool]:
    """The bit, the version of its list, what the row says and its history; False for one that stands so."""
    lists = yield Statement(SET_BIT, (change.on, change.badge, change.purpose, change.on))
    if not lists:
        return False
    yield Statement(COUNT_UP, (lists[0][0],))
    yield Statement(MARK, (state_after(change.purpose, change.on), change.badge))
    yield Statement(REMEMBER, (change.badge, change.purpose, change.on, change.reason, change.at))
    return True


def state_after(purpose: Purpose, on: bool) -> str:
    """What a badge's row says of it after such a change. A revoked one is never changed again."""
    return "revoked" if purpose == "revocation" else "suspended" if on else ""


def put_signed_list(list_id: str, version: int, signed: bytes, at: datetime) -> Work[None]:
    args = (signed, version, at, list_id, version, version, at)
    stored = yield Statement(PUT_SIGNED_LIST, args)
    if not stored and not (yield Statement(LIST_EXISTS, (list_id,))):
        raise NotFoundError("unknown_status_list", f"there is no status list {list_id}")
