"""Whether what an exchange stands on is in order: one place for `exchange doctor` and the operator's page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

from exchange.core.dates import format_date
from exchange.core.log.entry import read_entry
from exchange.core.verdict.finding import Finding, finding_from
from exchange.errors import ExchangeError, InputError
from exchange.flows.instance import restore
from exchange.flows.instance.backup import last_backup
from exchange.flows.instance.ports import Machine
from exchange.flows.instance.standing import standing
from exchange.flows.issuers.keys import check_keys
from exchange.flows.log.log import check_log
from exchange.flows.ports import Mailer, Ports

OLD = timedelta(days=7)
"""How old the last backup may be."""

SLACK = timedelta(seconds=60)
"""How far the clock may be behind what is on record, and how old an intent is when a crash has left it."""

LATE = timedelta(minutes=15)
"""How long a mail may wait."""

SHOWN = 5
SAMPLE = {"@context": "https://www.w3.org/ns/credentials/v2", "id": "urn:uuid:0", "name": "A sample"}


async def check_instance(ports: Ports, skip: str = "") -> AsyncIterator[Finding]:
    """Everything that can be seen from inside, without asking another machine but the one that keeps keys.
    `skip`: the scheme of keys that are not tried."""
    if ports.machine is not None:
        for finding in check_machine(ports.machine):
            yield finding
    async for finding in check_stored(ports, skip):
        yield finding


def check_machine(machine: Machine) -> Iterator[Finding]:
    """The home is its owner's only, there is room on its disk, and somebody keeps the clock right."""
    exposed = machine.exposed()
    for path, mode in exposed:
        yield Finding("home_exposed", "error", f"Others can read {path}. Do: chmod {mode} {path}", path)
    room = machine.room()
    if not exposed:
        yield Finding("home", "ok", f"{room.place} can be read by its owner only.")
    yield check_disk(machine)
    yield check_in_step(machine)


def check_disk(machine: Machine) -> Finding:
    """The room on the disk of the home."""
    room = machine.room()
    free = f"{room.free // 2**20:,}"
    if room.free < room.needed:
        said = f"Only {free} MB are free on the disk of {room.place}. Make room: else nothing is written."
        return Finding("disk_full", "error", said)
    return Finding("disk", "ok", f"{free} MB are free on the disk of {room.place}.")


def check_in_step(machine: Machine) -> Finding:
    """Whether somebody keeps the clock right: the only sign of one that is ahead where the database is a
    file."""
    in_step = machine.in_step()
    if in_step is None:
        said = "Whether somebody keeps the clock right cannot be told here."
        return Finding("clock_alone", "unknown", said)
    if not in_step:
        message = (
            "Nobody keeps the clock of this machine right, as far as its kernel knows, so one that is ahead "
            "would not be noticed. Run an NTP client (chrony, systemd-timesyncd)."
        )
        return Finding("clock_alone", "warning", message)
    return Finding("clock_in_step", "ok", "The kernel says that its clock is kept in step.")


async def check_stored(ports: Ports, skip: str = "") -> AsyncIterator[Finding]:
    """What can only be seen with the database open."""
    told = ", ".join(f"{name} {fact}" for name, fact in ports.store.facts().items())
    yield Finding("database", "ok", f"The database answers: {told}.")
    for check in (check_standing, check_issuers, check_addresses, check_group_rules):
        async for finding in check(ports):
            yield finding
    for finding in [*await check_keys(ports, skip), *await check_log(ports)]:
        yield finding
    async for finding in check_outbox(ports):
        yield finding
    yield await check_worker(ports)


async def check_standing(ports: Ports) -> AsyncIterator[Finding]:
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


async def check_clock(ports: Ports) -> Finding:
    """The clock is not behind what it said before. Everything is written in UTC, whatever the time zone."""
    now = ports.now()
    newest = await newest_time(ports)
    said, here = format_date(now), f"{now.astimezone():%H:%M %Z}"
    if newest is not None and now < newest - SLACK:
        behind = (
            f"The clock says {said} (UTC; here it is {here}), but {format_date(newest)} is on record "
            "already. Set it before anything is signed; or if it is right now and was ahead before: "
            "exchange clock confirm --reason TEXT"
        )
        return Finding("clock_behind", "error", behind)
    return Finding("clock", "ok", f"The clock says {said} (UTC; here it is {here}).")


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
    except InputError as error:
        damaged = (
            f"The checkpoint beside the database, checkpoints/last in the home, is none of this log: "
            f"{error.message} The next one takes its place: exchange log checkpoint, after the next effect. "
            "Until then only one that you keep elsewhere can tell whether the database is the newest."
        )
        return Finding(error.code, "error", damaged)
    except ExchangeError as error:
        return finding_from(error)
    if found.missing:
        behind = (
            "The log does not have what the checkpoint beside the database vouches for. A start makes this "
            "exchange read-only for that; then acknowledge it, or put the right database in its place."
        )
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


async def check_issuers(ports: Ports) -> AsyncIterator[Finding]:
    """Every issuer has its key, and its id is the one that the public address asks for."""
    issuers = await ports.store.issuers()
    if not issuers:
        yield Finding("issuers", "ok", "There are no issuers yet: exchange issuers sync.")
    for issuer in issuers:
        keys = await ports.store.keys(issuer.slug)
        active = sum(key.state == "active" for key in keys)
        missing = [key for key in keys if ports.machine is not None and ports.machine.lacks(key.uri)]
        if missing:
            gone = f"{issuer.slug}: the key file {missing[0].uri} is gone from the home; restore it."
            yield Finding("key_missing", "error", gone, issuer.slug)
        elif not active:
            message = (
                f"{issuer.slug} has no active key, of {len(keys)} in all. "
                f"Do: exchange keys rotate {issuer.slug}"
            )
            yield Finding("no_active_key", "error", message, issuer.slug)
        elif issuer.did.startswith("did:web:") is not ports.public:
            message = (
                f"{issuer.slug} signs as {issuer.did}, which does not fit {ports.base_url}. "
                "Do: exchange issuers sync"
            )
            yield Finding("issuer_id", "warning", message, issuer.slug)
        else:
            said = f"{issuer.slug} signs as {issuer.did} (keys: {len(keys)}, active: {active})."
            yield Finding("issuer", "ok", said)


async def check_addresses(ports: Ports) -> AsyncIterator[Finding]:
    """What can be earned at a public exchange is found at its public address."""
    for issuer in await ports.store.issuers() if ports.public else ():
        found = await ports.store.achievements(issuer.slug)
        elsewhere = [one for one in found if not str(one.document["id"]).startswith(f"{ports.base_url}/")]
        if elsewhere:
            message = (
                f"{issuer.slug}: {len(elsewhere)} of {len(found)} badges still name another address, such as "
                f"{elsewhere[0].document['id']}. Do: exchange issuers sync, with the folder they came from"
            )
            yield Finding("achievement_address", "warning", message, issuer.slug)


async def check_group_rules(ports: Ports) -> AsyncIterator[Finding]:
    """What the rules about a company's groups name is there: else they give nothing, and nobody is told."""
    teams = {team.slug for team in await ports.store.teams()}
    issuers = {issuer.slug for issuer in await ports.store.issuers()}
    for slug in sorted({rule.team for rule in ports.group_rules if rule.team} - teams):
        message = (
            f"The rules of EXCHANGE_OIDC_GROUPS name a team {slug}, and there is none: its groups put nobody "
            f"there. Do: exchange teams add {slug} --name TEXT, or mend the file"
        )
        yield Finding("group_team_unknown", "warning", message, slug)
    for slug in sorted({rule.issuer for rule in ports.group_rules if rule.issuer} - issuers):
        message = (
            f"The rules of EXCHANGE_OIDC_GROUPS name an issuer {slug}, and there is none: its groups give "
            "nobody a role there. Begin it, or mend the file"
        )
        yield Finding("group_issuer_unknown", "warning", message, slug)


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
        said = f"{waiting} mails wait, none for long." if waiting else "No mail waits."
        yield Finding("outbox", "ok", said)


async def check_worker(ports: Ports) -> Finding:
    """The killable process for unusual JSON-LD starts and answers."""
    if ports.exact is None:
        return Finding("worker", "unknown", "There is no worker for unusual JSON-LD on this machine.")
    try:
        await asyncio.to_thread(ports.exact, "sha256", SAMPLE)
    except ExchangeError as error:
        return finding_from(error)
    return Finding("worker", "ok", "The worker for unusual JSON-LD answers.")
