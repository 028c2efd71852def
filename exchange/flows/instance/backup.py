"""Backup: the checkpoint that goes with one, and when the last one was made."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from exchange.core.dates import format_date, parse_date
from exchange.errors import UnavailableError
from exchange.flows.instance.standing import standing
from exchange.flows.log.log import checkpoint
from exchange.flows.ports import Ports

_LAST = "last_backup"


async def signed_checkpoint(ports: Ports) -> tuple[bytes, str]:
    """A checkpoint of the log as it is now, and `""`; or the last one there is, and why there is no new one.

    A backup is most wanted when something is wrong: that nothing can be signed must not stand in its way.
    """
    try:
        return await checkpoint(ports), ""
    except UnavailableError as error:
        last = await ports.store.checkpoint()
        return last.note if last else b"", error.message


async def note_backup(ports: Ports, at: datetime) -> None:
    """Remember when the last backup was made, unless nothing may be written just now."""
    with suppress(UnavailableError):
        if await standing(ports) is None:
            await ports.store.put_meta(_LAST, format_date(at))


async def last_backup(ports: Ports) -> datetime | None:
    """When the last backup was made."""
    kept = await ports.store.meta(_LAST)
    return parse_date(kept) if kept else None
