"""What peers sign with keys of their own: endorsements and vouches, as rows that everything else knows.

Such a thing takes its place in a status list while it is a draft, and becomes a row of `badge` with its
signature at once, so that status lists, the log, backups and erasing need no second look at it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from exchange.adapters.database import slots as status_slots
from exchange.adapters.database import writes
from exchange.adapters.database.effects import Statement, Work
from exchange.errors import ConflictError
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.records import Ending, Intent, Leaf, StatusSlot

PUT_SLOT = """
    INSERT INTO status_slot (list_id, purpose, list_index, badge, is_set)
    VALUES (?, 'revocation', ?, NULL, ?)"""
OWN_SLOT = "UPDATE status_slot SET badge = ? WHERE list_id = ? AND list_index = ? AND badge IS NULL"
END = tuple(
    f"UPDATE {table} SET state = ?, ended_at = ? WHERE id = ? AND state = 'signed'"  # noqa: S608
    for table in ("endorsement", "vouch")
)
STANDING_WITH = """
    SELECT id FROM endorsement WHERE did = ? AND signed_at >= ? AND state = 'signed'
    UNION ALL
    SELECT v.id FROM vouch v LEFT JOIN status_slot s ON s.badge = v.id AND s.purpose = 'revocation'
    WHERE v.did = ? AND v.signed_at >= ? AND v.state = 'signed' AND COALESCE(s.is_set, FALSE) = FALSE
    UNION ALL
    SELECT b.id FROM badge b JOIN status_slot s ON s.badge = b.id AND s.purpose = 'revocation'
    WHERE lower(b.recipient) = lower(?) AND b.issuer = 'exchange' AND b.achievement = 'key'
    AND s.is_set = ?"""
SUSPENDED = "(COALESCE({p}.halted, '') <> '')"
"""Whether the profile of somebody, who may be nobody (`LEFT JOIN person {p}`), is suspended. Who only left,
and whose account is suspended, is believed as before."""


def reserve(base: str, chance: random.Random, url_id: Callable[[], str], list_size: int) -> Work[StatusSlot]:
    """A place in a list of the exchange, for a draft: `keep_slot` once the draft is there."""
    (slot,) = yield from status_slots.reserve(EXCHANGE, base, "revocation", 1, chance, url_id, list_size)
    return slot


def keep_slot(slot: StatusSlot) -> Work[None]:
    """The place is taken for good, whether or not its draft is ever signed."""
    yield Statement(PUT_SLOT, (slot.list_id, slot.index, False))


def check_other(by: str, holder: str) -> None:
    """ConflictError("own_badge") where the two have become one since this was written."""
    if by == holder:
        raise ConflictError("own_badge", "Whom this is about and who signed it are one account now.")


def put_signed(one: Intent, signed: bytes, list_id: str, index: int) -> Work[None]:
    """Its bytes, as a row that status, log and backups know."""
    said = (one.id, one.kind, one.issuer, one.achievement, one.version, one.recipient, one.proof, one.key_id)
    last = (one.unsigned, b"", one.intended_at, one.claim, one.remind_at, one.valid_until, one.renews)
    yield Statement(writes.INTEND, (*said, *last))
    yield Statement(writes.PUBLISH, (signed, one.id))
    yield Statement(OWN_SLOT, (one.id, list_id, index))


def end(one: Ending, state: str) -> Work[list[Leaf]]:
    """Set the bit of whichever it is; the leaf of it, none for one that is set already."""
    change = one.change
    if not (yield from writes.set_bit(change)):
        return []
    for sql in END:
        yield Statement(sql, (state, change.at, change.badge))
    return [one.leaf]


def standing_with(did: str, since: datetime) -> Work[set[str]]:
    """What was signed with a key from then on and stands, once nobody can sign with it any more; and the
    credentials of that key."""
    args = (did, since, did, since, did, False)
    return {row[0] for row in (yield Statement(STANDING_WITH, args))}
