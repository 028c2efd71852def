"""Batches: an award to many, judged first, confirmed by the digest of what was seen, then carried out.

Nothing is signed before `confirm`. That judges every row once more: what has changed since, a badge that
somebody got meanwhile or a new version of it, makes another digest, and is refused to be looked at again.
Then `carry_out.py` does the work, on whichever node comes first, in the right of who confirmed it.

A draft that nobody touches for a day is forgotten, and what is done or was paused is 30 days later: rosters
name people, and the badges they got are on record by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exchange.core import urls
from exchange.core.dates import format_date, is_over, parse_date
from exchange.core.plain_text import plain
from exchange.core.roster import Judged, Known, Row, digest, folded, judge
from exchange.core.verdict.secured import read_secured
from exchange.errors import ConflictError, InputError, NotFoundError
from exchange.flows.badges.award import Order, find_achievement
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer, signer
from exchange.flows.orders.pick import addresses_of
from exchange.flows.orders.records import Batch, BatchRow, Holding, RowState
from exchange.flows.people.rights import Verb, check, may
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement
from exchange.flows.sign import PROOFS

DRAFT_LIFE = timedelta(days=1)
LIFE = timedelta(days=30)
PAGE = 50
_GRACE = timedelta(minutes=1)
"""How far the clocks of two nodes may differ."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch with how many of its rows are in which state, and the badge as people call it."""

    batch: Batch
    counts: Mapping[RowState, int]
    name: str

    @property
    def total(self) -> int:
        """Rows that are or will be carried out."""
        return self.left + self.over

    @property
    def left(self) -> int:
        return self.counts.get("ready", 0)

    @property
    def over(self) -> int:
        return self.counts.get("awarded", 0) + self.counts.get("failed", 0)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a row: the badge's URL and its position in the log, if it was awarded."""

    row: BatchRow
    id: str = ""
    position: int | None = None


async def draft(ports: Ports, order: Order, rows: Sequence[Row], unread: Sequence[str] = ()) -> Batch:
    """Judge a roster and keep it, to be fixed or confirmed; `order` says all but who, and how long a badge is
    valid whose row says nothing of that. Nothing is signed. `unread` are columns that were passed over.

    InputError: roster_empty, unknown_proof. As `award`: unknown_issuer, unknown_achievement,
    achievement_retired, ForbiddenError; UnavailableError of a read-only exchange.
    """
    await issuer(ports, order.issuer)
    check(ports, "award", order.issuer)
    achievement = await find_achievement(ports, order)
    if order.proof not in PROOFS:
        raise InputError("unknown_proof", f"proof is one of {', '.join(PROOFS)}.", "proof")
    if not rows:
        raise InputError("roster_empty", "There is nobody in the roster.", "roster")
    await check_writable(ports)
    now = ports.now()
    about = (ports.new_id(), order.issuer, order.achievement, achievement.version, order.proof, order.mail)
    until = format_date(order.valid_until) if order.valid_until else ""
    rows = [row if row.until or not until else replace(row, until=until) for row in rows]
    note = f"Nobody reads the columns {plain(', '.join(unread), 200)}." if unread else ""
    empty = Batch(*about, ports.who.person, "draft", "", note, now, now)
    return await _keep(ports, *await _judged(ports, empty, achievement, rows, ()))


async def fix(
    ports: Ports, id: str, rows: Sequence[Row] = (), skip: Collection[int] = (), take: Collection[int] = ()
) -> Batch:
    """Put `rows` in the place of those with their numbers, `skip` some, and `take` back in what was skipped;
    all are judged anew. ConflictError("batch_begun"), NotFoundError: unknown_batch, unknown_row;
    ForbiddenError."""
    batch = await find_batch(ports, id, "award")
    known = {row.number: row for row in await ports.store.batch_rows(batch.id)}
    if unknown := sorted({*(row.number for row in rows), *skip, *take} - known.keys()):
        raise NotFoundError("unknown_row", f"The roster has no row {unknown[0]}.")
    if batch.state != "draft":
        raise _begun(batch)
    await check_writable(ports)
    given = {number: _given(row) for number, row in known.items()} | {row.number: row for row in rows}
    left_out = ({n for n, row in known.items() if row.state == "skipped"} | set(skip)) - set(take)
    achievement = await find_achievement(ports, _order(batch))
    batch = replace(batch, version=achievement.version)
    return await _keep(ports, *await _judged(ports, batch, achievement, [*given.values()], left_out))


async def confirm(ports: Ports, id: str, seen: str, *, skip_wrong: bool = False) -> Batch:
    """Begin: `seen` is the digest of what was looked at. What is wrong is left out, if `skip_wrong` says so.

    ConflictError: roster_changed (it is judged anew then, to be looked at), rows_wrong, batch_begun.
    InputError("nothing_to_award"). NotFoundError("unknown_batch"), ForbiddenError, and UnavailableError as
    `award`.
    """
    batch = await find_batch(ports, id, "award")
    if batch.state != "draft":
        if batch.digest == seen:
            return batch  # sent twice
        raise _begun(batch)
    await check_writable(ports)
    await signer(ports, batch.issuer)
    since = ports.now() - _GRACE
    anew, rows = await _again(ports, batch)
    if anew.digest != seen:
        if anew.digest != batch.digest:
            await _keep(ports, anew, rows)
        raise _changed()
    wrong = sum(row.state == "wrong" for row in rows)
    if wrong and not skip_wrong:
        raise ConflictError("rows_wrong", f"{wrong} rows are wrong: fix them, or skip them.")
    if not any(row.state == "ready" for row in rows):
        raise InputError("nothing_to_award", "There is no row left by which anything would be awarded.")
    try:
        await ports.store.begin_batch(id, seen, ports.who.person, ports.now(), since)
    except ConflictError as error:  # another batch, or an award, came between for one of these people
        if error.code != "conflict":
            raise
        await _keep(ports, *await _again(ports, batch))
        raise _changed() from error
    batch = await find_batch(ports, id, "award")
    if batch.state == "draft":
        raise _changed()
    if batch.digest != seen:
        raise _begun(batch)
    ports.work.ring()
    return batch


async def pause(ports: Ports, id: str) -> Batch:
    """Stop after the chunk that is under way. ConflictError("not_running"), as `progress`."""
    batch = await find_batch(ports, id, "award")
    if not await ports.store.move_batch(id, "running", "paused", ports.now()):
        raise ConflictError("not_running", "This batch does not run, so there is nothing to pause.")
    return await find_batch(ports, batch.id, "award")


async def resume(ports: Ports, id: str) -> Batch:
    """Go on, in the right of who resumes it. ConflictError("not_paused"), as `progress`."""
    batch = await find_batch(ports, id, "award")
    await check_writable(ports)
    if not await ports.store.move_batch(id, "paused", "running", ports.now(), by=ports.who.person):
        raise ConflictError("not_paused", "This batch is not paused, so there is nothing to resume.")
    ports.work.ring()
    return await find_batch(ports, batch.id, "award")


async def discard(ports: Ports, id: str) -> Batch:
    """Forget a draft. ConflictError("batch_begun"), as `progress`."""
    batch = await find_batch(ports, id, "award")
    if not await ports.store.discard_batch(id):
        raise _begun(batch)
    return batch


async def progress(ports: Ports, id: str) -> Progress:
    """How far it is. NotFoundError("unknown_batch"), ForbiddenError."""
    batch = await find_batch(ports, id, "read")
    counts = await ports.store.batch_counts([id])
    return Progress(batch, counts[id], await _name(ports, batch))


async def rows(
    ports: Ports, id: str, after: int = 0, states: Sequence[RowState] = (), limit: int = PAGE
) -> list[BatchRow]:
    """A page of its rows by number. As `progress`."""
    await find_batch(ports, id, "read")
    return await ports.store.batch_rows(id, after, limit, states)


async def listed(ports: Ports, before: str | None = None) -> tuple[list[Progress], str | None]:
    """A page of the batches that who acts may read, newest first, and the `before` of the next page."""
    readable = None if may(ports.who, "read") else [s for s in ports.who.roles if may(ports.who, "read", s)]
    found = await ports.store.batches(readable, PAGE + 1, before)
    counts = await ports.store.batch_counts([batch.id for batch in found[:PAGE]])
    page = [Progress(one, counts[one.id], await _name(ports, one)) for one in found[:PAGE]]
    return page, found[PAGE - 1].id if len(found) > PAGE else None


async def receipt(ports: Ports, id: str) -> tuple[Progress, list[Receipt]]:
    """What came of each row. As `progress`."""
    said = await progress(ports, id)
    found = await ports.store.batch_rows(id)
    positions = await ports.store.award_positions([row.badge for row in found if row.badge])
    return said, [
        Receipt(row, urls.badge(ports.base_url, row.badge), positions.get(row.badge))
        if row.badge
        else Receipt(row)
        for row in found
    ]


async def find_batch(ports: Ports, id: str, verb: Verb) -> Batch:
    """NotFoundError("unknown_batch"), ForbiddenError unless who acts may do that at its issuer."""
    batch = await ports.store.batch(id)
    if batch is None:
        raise NotFoundError("unknown_batch", f"There is no batch {id!r:.60} here; drafts are kept for a day.")
    check(ports, verb, batch.issuer)
    return batch


async def judge_rows(
    ports: Ports, achievement: Achievement, rows: Sequence[Row], skipped: Collection[int] = ()
) -> tuple[Judged, ...]:
    """Every row, by what is on record just now."""
    handles = await addresses_of(ports, (row.to for row in rows))
    bare = Known(achievement.slug, achievement.evidence_required, handles, {}, ports.now())
    first = await asyncio.to_thread(judge, rows, bare, skipped)
    recipients = [one.recipient for one in first if one.recipient]
    holders = await _holders(ports, achievement, recipients)
    return await asyncio.to_thread(judge, rows, replace(bare, holders=holders), skipped) if holders else first


async def _holders(ports: Ports, achievement: Achievement, recipients: Sequence[str]) -> dict[str, str]:
    found = await ports.store.holders(achievement.issuer, achievement.slug, recipients)
    return await asyncio.to_thread(_good, found, ports.now())


def _good(found: Sequence[Holding], now: datetime) -> dict[str, str]:
    """Without the badges that are over: who has one of those may get another."""
    good: dict[str, str] = {}
    for one in found:
        end = read_secured(one.signed).document.get("validUntil") if one.signed else None
        if not (end and is_over(parse_date(end), now)):
            good[folded(one.recipient)] = one.badge
    return good


async def _judged(
    ports: Ports, batch: Batch, achievement: Achievement, rows: Sequence[Row], skipped: Collection[int]
) -> tuple[Batch, list[BatchRow]]:
    """The batch with the digest of what these rows would do, and its rows."""
    judged = await judge_rows(ports, achievement, rows, skipped)
    about = (batch.issuer, batch.achievement, str(batch.version), batch.proof, str(batch.mail))
    found = await asyncio.to_thread(digest, about, judged, skipped)
    kept = [_kept(one, one.row.number in skipped) for one in judged]
    return replace(batch, digest=found), kept


def _kept(one: Judged, skipped: bool) -> BatchRow:
    state: RowState = "skipped" if skipped else "wrong" if one.faults else "ready"
    row = one.row
    said = (row.number, row.to, row.evidence, row.narrative)
    return BatchRow(*said, one.recipient, state, one.faults, until=row.until)


async def _again(ports: Ports, batch: Batch) -> tuple[Batch, list[BatchRow]]:
    kept = await ports.store.batch_rows(batch.id)
    skipped = {row.number for row in kept if row.state == "skipped"}
    achievement = await find_achievement(ports, _order(batch))
    anew = replace(batch, version=achievement.version)
    return await _judged(ports, anew, achievement, [_given(row) for row in kept], skipped)


async def _keep(ports: Ports, batch: Batch, rows: Sequence[BatchRow]) -> Batch:
    batch = replace(batch, changed_at=ports.now())
    await ports.store.put_batch(batch, rows)
    return batch


async def _name(ports: Ports, batch: Batch) -> str:
    achievement = await ports.store.achievement(batch.issuer, batch.achievement, batch.version)
    return str(achievement.document.get("name", batch.achievement)) if achievement else batch.achievement


def _order(batch: Batch) -> Order:
    return Order(batch.issuer, batch.achievement, "", proof=batch.proof, mail=batch.mail)


def _given(row: BatchRow) -> Row:
    return Row(row.number, row.to, row.evidence, row.narrative, row.until)


def _changed() -> ConflictError:
    return ConflictError(
        "roster_changed", "The roster, or what it would do, has changed since. Look at it once more."
    )


def _begun(batch: Batch) -> ConflictError:
    return ConflictError("batch_begun", "This batch was begun; its rows stay as they are.")
