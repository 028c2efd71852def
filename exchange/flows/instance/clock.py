"""Whether this machine's clock can be believed; with a wrong one nothing is signed.

Every signature is preceded by an entry of the log, so the newest entry says how late it is at least: a clock
more than a minute before it was set back, or another node's went ahead. And while a process runs, its clock
must keep step with the machine's steady one, which nobody can set, beginning where the clock of the
database's machine is: so a node of PostgreSQL that starts with a clock ahead signs nothing.

Not to be seen on SQLite, where there is no second clock and no network to ask: one that was ahead when the
process started. `exchange doctor` says whether the kernel believes itself to be kept in step (NTP). What is
signed by such a clock stays on record as made at that time; set right, the clock is then behind the log, and
an operator confirms it (`flows/instance/confirm.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from exchange.core.log.entry import read_entry
from exchange.errors import UnavailableError
from exchange.flows.ports import Ports

TOLERANCE = timedelta(seconds=60)
CONFIRMED = "clock"
"""Under which name the log has the entries in which the clock was confirmed."""


async def check_clock(ports: Ports) -> None:
    """UnavailableError("clock_wrong") when the clock is off by more than a minute.

    To be called after the time was read that will be on record: so a clock that is moved in between is seen.
    """
    check_drift(ports)
    if (newest := await later_entry(ports)) is not None:
        raise _wrong(
            "is behind the newest entry of the log",
            newest - ports.now(),
            "If it is right now and was ahead before: exchange clock confirm --reason TEXT",
        )


def check_drift(ports: Ports) -> None:
    """UnavailableError("clock_wrong") when it does not keep step with the clocks that nobody here can set."""
    drift = ports.drift()
    if abs(drift) > TOLERANCE:
        way, side = ("ahead", "ahead of") if drift > timedelta(0) else ("back", "behind")
        raise _wrong(f"was set {way} while this ran, or it is {side} the database's", abs(drift))


async def later_entry(ports: Ports) -> datetime | None:
    """The time of the newest entry of the log, if it is more than a minute later than the clock says."""
    last = await ports.store.log_record(await ports.store.log_size() - 1)
    newest = None if last is None else read_entry(last.entry).at
    return newest if newest is not None and newest - ports.now() > TOLERANCE else None


def _wrong(what: str, by: timedelta, remedy: str = "") -> UnavailableError:
    return UnavailableError(
        "clock_wrong",
        f"The clock of this machine {what}, by {by.total_seconds():.0f} seconds. Nothing is signed or "
        f"changed until it is right: set it, and start the exchange again. {remedy}".rstrip(),
    )
