"""What holds an instance read-only, in the database itself, and the one transaction that lets it go on."""

from __future__ import annotations

from collections.abc import Mapping

from exchange.adapters.database import log_writes
from exchange.adapters.database.effects import Statement, Work
from exchange.errors import ConflictError
from exchange.flows.records import HELD, Leaf

PUT = """
    INSERT INTO meta (name, value) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value"""
LET_GO = "UPDATE meta SET value = '' WHERE name = ? AND value = ? RETURNING name"
CLOSE_LISTS = "UPDATE status_list SET open = ? WHERE open"


def release(held: str, leaf: Leaf, meta: Mapping[str, str]) -> Work[None]:
    """Take the hold off. The open lists are closed: an index that was given out after a backup is unknown
    here, and only a list begun from now on is sure not to give it again."""
    if not (yield Statement(LET_GO, (HELD, held))):
        raise ConflictError("hold_changed", "What holds this exchange read-only has changed: look again.")
    yield Statement(CLOSE_LISTS, (False,))
    for name, value in meta.items():
        yield Statement(PUT, (name, value))
    yield from log_writes.append([leaf])
