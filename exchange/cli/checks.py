"""What `exchange doctor` looks at besides settings and issuers: may it write, its disk, clock and backups."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from exchange.adapters.database.fault import floor_of
from exchange.core.dates import format_date
from exchange.core.log.entry import read_entry
from exchange.core.verdict.finding import Finding, finding_from
from exchange.errors import ExchangeError
from exchange.flows.instance import restore
from exchange.flows.instance.backup import last_backup
from exchange.flows.instance.standing import standing
from exchange.flows.ports import Mailer, Ports
from exchange.settings import Settings

OLD = timedelta(days=7)
"""How old the last backup may be."""

SLACK = timedelta(seconds=60)
"""How far the clock may be behind what is on record, and how old an intent is when a crash has left it."""

LATE = timedelta(minutes=15)
"""How long a mail may wait."""

SHOWN = 5

_TIME_ERROR = 5
"""adjtimex(2): the clock is not synchronized."""
_TIMEX_BYTES = 512
"""More than struct timex has; zeros ask for nothing but the state."""


async def check_standing(ports: Ports, settings: Settings) -> AsyncIterator[Finding]:
    """Whether this instance may write, and what could keep it from that."""
    if found := await standing(ports):
        yield Finding("read_only", "error", f"Read-only: {found.message} Do: {found.remedy}")
    else:
        yield Finding("writable", "ok", "Badges can be awarded and changed.")
    yield await check_clock(ports)
    yield await check_witness(ports)
    yield await check_backup(ports)
    async for finding in check_unsigned(ports):
        yield finding


def check_disk(home: Path) -> Finding:
    """The room on the disk of the home."""
    disk = shutil.disk_usage(home)
    free = f"{disk.free // 2**20:,} MB are free on the disk of {home}"
    if disk.free < floor_of(disk.total):
        return Finding("disk_full", "error", f"Only {free}. Make room: nothing is written until then.")
    return Finding("disk", "ok", f"{free}.")


async def check_clock(ports: Ports) -> Finding:
    """The clock is not behind what it said before. Everything is written in UTC, whatever the time zone."""
    now = ports.now()
    said = f"The clock says {format_date(now)} (UTC; here it is {now.astimezone():%H:%M %Z})"
    newest = await newest_time(ports)
    if newest is not None and now < newest - SLACK:
        behind = (
            f"{said}, but {format_date(newest)} is on record already. Set it before anything is signed; or "
            "if it is right now and was ahead before: exchange clock confirm --reason TEXT"
        )
        return Finding("clock_behind", "error", behind)
    return Finding("clock", "ok", f"{said}.")


def check_in_step() -> Finding:
    """Whether the kernel believes that somebody keeps its clock right: the only sign of a clock that is ahead
    where the database is a file. adjtimex(2) reads it without any right, in a container too."""
    state = _kernel_clock()
    if state == _TIME_ERROR:
        message = (
            "Nobody keeps the clock of this machine right, as far as its kernel knows, so one that is ahead "
            "would not be noticed. Run an NTP client (chrony, systemd-timesyncd)."
        )
        return Finding("clock_alone", "warning", message)
    if state < 0:
        return Finding(
            "clock_alone", "unknown", "Whether somebody keeps the clock right cannot be told here."
        )
    return Finding("clock_in_step", "ok", "The kernel says that its clock is kept in step.")


def _kernel_clock() -> int:
    """The state of the kernel's clock, -1 where it does not say."""
    libc = ctypes.CDLL(None)
    return libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)) if hasattr(libc, "adjtimex") else -1


async def newest_time(ports: Ports) -> datetime | None:
    """The time of the last entry of the log."""
    record = await ports.store.log_record(await ports.store.log_size() - 1)
    try:
        return read_entry(record.entry).at if record else None
    except ExchangeError:  # it was damaged, which is for `log fsck` to say
        return None


async def check_witness(ports: Ports) -> Finding:
    """The checkpoint beside the database can be read, and is one of this exchange."""
    try:
        note = await ports.witness.last()
        if note is None:
            return Finding("checkpoint", "ok", "No checkpoint was signed here yet.")
        found = await restore.compare(ports, note)
    except ExchangeError as error:
        return finding_from(error)
    if found.missing:
        behind = "The log does not have what the checkpoint beside the database vouches for."
        return Finding("checkpoint_ahead", "error", behind)
    return Finding("checkpoint", "ok", "The log has what the checkpoint beside the database vouches for.")


async def check_backup(ports: Ports) -> Finding:
    """When the last backup was made."""
    at = await last_backup(ports)
    if at is None:
        return Finding("no_backup", "warning", "There was no backup yet. Do: exchange backup FILE")
    if ports.now() - at > OLD:
        return Finding("old_backup", "warning", f"The last backup was made on {at:%Y-%m-%d}. Make another.")
    return Finding("backup", "ok", f"The last backup was made at {format_date(at)}.")


async def check_unsigned(ports: Ports) -> AsyncIterator[Finding]:
    """What a crash left between intent and signature."""
    left = await ports.store.unfinished(ports.now() - SLACK)
    if left:
        names = ", ".join(badge.id for badge in left[:SHOWN]) + (", …" if len(left) > SHOWN else "")
        message = (
            f"{len(left)} on record without a signature: {names}. A running service signs them within a "
            "minute; if it does not, its log says why. Or take one back: exchange revoke ID --reason TEXT"
        )
        yield Finding("unsigned", "warning", message)


async def check_mail(mailer: Mailer) -> Finding:
    """What carries mail takes it, or would."""
    try:
        return Finding("mail", "ok", await mailer.check())
    except ExchangeError as error:
        return finding_from(error)


async def check_outbox(ports: Ports) -> AsyncIterator[Finding]:
    """What was posted gets out."""
    waiting, given_up = await ports.store.count_undelivered()
    if given_up:
        message = f"{given_up} mails were given up: exchange mail list says why, mail retry tries again."
        yield Finding("mail_given_up", "warning", message)
    found = await ports.store.undelivered(given_up + 1)
    oldest = next((one for one in found if one.failed_at is None), None)
    if oldest is not None and ports.now() - oldest.parcel.posted_at > LATE:
        since = format_date(oldest.parcel.posted_at)
        message = f"{waiting} mails wait, the oldest since {since}. Start the service, or: exchange mail send"
        yield Finding("mail_waits", "warning", message)
    elif not given_up:
        yield Finding("outbox", "ok", f"{waiting} mails wait, none for long.")
