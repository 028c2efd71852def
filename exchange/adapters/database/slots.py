"""Status entries: random indices never given out before, any number at once.

A list is open until half of it is given out, so a random index is free at least every second time. Taking
some locks the list's row until the transaction ends; the unique index of (list, index) is the last guard.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from exchange.adapters.database.effects import Many, Statement, Work
from exchange.errors import ConflictError
from exchange.flows.records import Purpose, StatusSlot

TAKE = """
    UPDATE status_list SET reserved = reserved + ?, open = (reserved + ?) * 2 < size
    WHERE issuer = ? AND base = ? AND purpose = ? AND open RETURNING id, size, reserved"""
GIVE_BACK = "UPDATE status_list SET reserved = ? WHERE id = ?"
OPEN_LIST = """
    INSERT INTO status_list (id, issuer, base, purpose, size, reserved, open, version, signed_version, did)
    VALUES (?, ?, ?, ?, ?, 0, ?, 1, 0, COALESCE((SELECT did FROM issuer WHERE slug = ?), ''))
    ON CONFLICT DO NOTHING RETURNING id"""
HAS_OPEN_LIST = "SELECT id FROM status_list WHERE issuer = ? AND base = ? AND purpose = ? AND open"
TAKEN = "SELECT list_index FROM status_slot WHERE list_id = ? AND list_index IN "
PUT_SLOT = """
    INSERT INTO status_slot (list_id, purpose, list_index, badge, is_set) VALUES (?, ?, ?, ?, FALSE)"""
MOST = 512
"""Indices asked for in one query."""


def reserve(
    issuer: str,
    base: str,
    purpose: Purpose,
    count: int,
    chance: random.Random,
    url_id: Callable[[], str],
    list_size: int,
) -> Work[list[StatusSlot]]:
    """`count` entries in the issuer's open list under this base URL or, where that gets half full, new ones.

    They are promised, not on record: who reserves them puts them there (`put`) in the same transaction.
    """
    slots: list[StatusSlot] = []
    while (wanted := count - len(slots)) > 0:
        taken = yield Statement(TAKE, (wanted, wanted, issuer, base, purpose))
        if not taken:
            yield from _open_list(issuer, base, purpose, url_id(), list_size)
            continue
        list_id, size, reserved = taken[0]
        if over := max(0, reserved - (size + 1) // 2):
            yield Statement(GIVE_BACK, (reserved - over, list_id))
        indices = yield from _draw(list_id, size, wanted - over, chance)
        slots += [StatusSlot(list_id, purpose, index) for index in indices]
    return slots


def put(slots: Sequence[tuple[StatusSlot, str]]) -> Work[None]:
    """Record the entries, each with the badge it belongs to. Their rows stay, so none is given again."""
    rows = [(slot.list_id, slot.purpose, slot.index, badge) for slot, badge in slots]
    yield Many(PUT_SLOT, rows)


def _draw(list_id: str, size: int, count: int, chance: random.Random) -> Work[list[int]]:
    """`count` random indices that are free, in the order of the draw; what is gone is drawn anew."""
    free: dict[int, None] = {}
    while (wanted := min(MOST, count - len(free))) > 0:
        # Of 64 bits, no remainder is more likely than another by one in 2^40.
        drawn = dict.fromkeys(number % size for number in memoryview(chance.randbytes(8 * wanted)).cast("Q"))
        new = [index for index in drawn if index not in free]
        places = ", ".join("?" * len(new))
        gone = {row[0] for row in (yield Statement(f"{TAKEN}({places})", (list_id, *new)))} if new else ()
        free |= dict.fromkeys(index for index in new if index not in gone)
    return list(free)


def _open_list(issuer: str, base: str, purpose: Purpose, list_id: str, size: int) -> Work[None]:
    """Begin a list, unless another node was first."""
    opened = yield Statement(OPEN_LIST, (list_id, issuer, base, purpose, size, True, issuer))
    if not opened:
        others = yield Statement(HAS_OPEN_LIST, (issuer, base, purpose))
        if not others:
            raise ConflictError("id_taken", f"a status list with the id {list_id} is already there")
