"""Confirm: the operator says that the clock is right now, where the log says that it is behind.

It was ahead once, so what was done then is on record as done at a time that is still to come.
`clock.py` goes by the newest entry of the log. So one more entry, of now, says that the clock was
confirmed and why, and all goes on after it: which entries a wrong clock made can be seen for ever, and their
positions say in which order. What was signed to hold from a later time on does not hold until then: status
lists are signed anew, and badges are named, to be revoked and awarded again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from exchange.core.dates import format_date
from exchange.core.plain_text import plain
from exchange.errors import ConflictError
from exchange.flows.instance.clock import CONFIRMED, check_drift, later_entry
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.keys import check_reason
from exchange.flows.ports import Ports
from exchange.flows.records import Leaf

_PAGE = 100
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What it came to: the number of the `entry`, how late the log had been (`newest`), and the keys of the
    `badges` that bear a time still to come, the newest first."""

    entry: int
    newest: datetime
    badges: list[str]


async def confirm_clock(ports: Ports, reason: str) -> Confirmed:
    """Go by the clock as it is, on record. InputError("reason_missing"); ConflictError("clock_not_behind");
    UnavailableError: read_only, clock_wrong when it does not keep step with the machine or the database.
    """
    check_reason(reason)
    await check_writable(ports)
    check_drift(ports)
    now, newest = ports.now(), await later_entry(ports)
    if newest is None:
        raise ConflictError(
            "clock_not_behind", "The clock is not behind the log: there is nothing to confirm."
        )
    content: dict[str, object] = {"newest": format_date(newest), "reason": plain(reason, 500)}
    leaf = Leaf("clock", now, content, ports.new_salt().encode(), (CONFIRMED,))
    entry = await ports.store.confirm_clock(now, leaf)
    return Confirmed(entry, newest, await _still_to_come(ports, now))


async def _still_to_come(ports: Ports, now: datetime) -> list[str]:
    """Badges on record as intended later than now, the unsigned ones too."""
    unsigned = await ports.store.unfinished(_NEVER)
    found = [badge.id for badge in unsigned if badge.intended_at > now]
    page = await ports.store.badges(limit=_PAGE)
    while later := [badge.id for badge in page if badge.intended_at > now]:
        found += later
        page = await ports.store.badges(limit=_PAGE, before=later[-1]) if len(later) == _PAGE else []
    return found
