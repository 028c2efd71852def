"""Whether this machine's clock can be believed; with a wrong one nothing is signed.

Every signature is preceded by an entry of the log, so the newest entry says how late it is at least: a clock
more than a minute before it was set back, or another node's went ahead. And while a process runs, its clock
must keep step with the machine's steady one, which nobody can set.

Not to be seen from here: a clock that was already ahead, or back but after the newest entry, when the process
started. What it signs by then stays on record as made at that time; set right, it waits until it is later.
"""

from __future__ import annotations

from datetime import timedelta

from exchange.core.log_entry import read_entry
from exchange.errors import UnavailableError
from exchange.flows.ports import Ports

TOLERANCE = timedelta(seconds=60)


async def check_clock(ports: Ports) -> None:
    """UnavailableError("clock_wrong") when the clock is off by more than a minute.

    To be called after the time was read that will be on record: so a clock that is moved in between is seen.
    """
    drift = ports.drift()
    if abs(drift) > TOLERANCE:
        raise _wrong(f"was set {'ahead' if drift > timedelta(0) else 'back'} while this ran", abs(drift))
    last = await ports.store.log_record(await ports.store.log_size() - 1)
    if last is not None and (behind := read_entry(last.entry).at - ports.now()) > TOLERANCE:
        raise _wrong("is behind the newest entry of the log", behind)


def _wrong(what: str, by: timedelta) -> UnavailableError:
    return UnavailableError(
        "clock_wrong",
        f"The clock of this machine {what}, by {by.total_seconds():.0f} seconds. Nothing is signed or "
        "changed until it is right: set it, and start the exchange again.",
    )
