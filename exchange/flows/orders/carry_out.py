"""Carry out: the batches that were confirmed, a chunk at a time, on whichever node leases one first.

It begins again by itself after a crash: the lease runs out, another process takes it, and what was awarded
but not noted is found by its key in `once` (`award_many.py`), so nobody gets a badge twice. A pause, a stop
of signing or a lost right holds from the next chunk on. Chunks are small and there is a breath after each,
since everybody else's requests come first.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exchange.core.orders import until_of
from exchange.core.roster import Fault
from exchange.errors import ExchangeError, ForbiddenError, InputError, UnavailableError
from exchange.flows.badges.award import Order
from exchange.flows.badges.award_many import Made, award_many
from exchange.flows.bell import rung_within
from exchange.flows.instance.standing import standing
from exchange.flows.orders.records import Batch, BatchRow
from exchange.flows.people.records import Principal
from exchange.flows.ports import Ports

_log = logging.getLogger("exchange")


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard to work: `breath` seconds for every second of work; after a `turn` another batch may come."""

    chunk: int = 50
    breath: float = 0.5
    turn: timedelta = timedelta(seconds=2)
    lease: timedelta = timedelta(seconds=30)
    wait: timedelta = timedelta(seconds=15)
    look_seconds: float = 5.0


PACE = Pace()


async def carry_out_for_ever(ports: Ports, pace: Pace = PACE) -> None:
    """Until cancelled: at once what is confirmed in this process, within seconds what others leave."""
    name = ports.new_id()
    with ports.work.listen() as rung:
        while True:
            rung.clear()
            try:
                while await carry_out_turn(ports, name, pace):
                    pass
            except ExchangeError as error:
                _log.warning("no batch is carried out just now: %s", error)
            except Exception:
                _log.exception("no batch is carried out just now; it is tried again in a while")
            await rung_within(rung, pace.look_seconds)


async def carry_out_due(ports: Ports, pace: Pace = PACE) -> int:
    """Everything that can be done just now; in how many turns."""
    turns, name = 0, ports.new_id()
    while await carry_out_turn(ports, name, pace):
        turns += 1
    return turns


async def carry_out_turn(ports: Ports, name: str, pace: Pace = PACE) -> bool:
    """Lease what has waited longest and work at it for a turn, under that name; False if nothing is due."""
    if await standing(ports):
        return False
    now = ports.now()
    batch = await ports.store.lease_batch(name, now, now + pace.lease)
    if batch is None:
        return False
    due, reason = None, ""
    try:
        due, reason = await _work(ports, batch, name, pace)
    except Exception as error:
        _log.exception("batch %s met a fault in exchange itself", batch.id)
        due, reason = ports.now() + pace.wait, f"A fault in exchange itself: {type(error).__name__}."
    finally:  # also when the service ends: the next one need not wait until the lease is over
        await ports.store.keep_lease(batch.id, name, due or ports.now(), reason)
    return True


async def _work(ports: Ports, batch: Batch, name: str, pace: Pace) -> tuple[datetime | None, str]:
    """Chunk after chunk until the turn is over; when it is due again, and why not before."""
    loop, end = asyncio.get_running_loop(), ports.now() + pace.turn
    while ports.now() <= end:
        rows = await ports.store.batch_rows(batch.id, limit=pace.chunk, states=("ready",))
        if not rows:
            await ports.store.move_batch(batch.id, "running", "done", ports.now())
            break
        began = loop.time()
        try:
            done = await _carry_out(await _in_whose_right(ports, batch), batch, rows)
        except UnavailableError as error:
            return ports.now() + pace.wait, error.message
        except ForbiddenError:
            await _stop(ports, batch, "Who confirmed it may not award here any more. Who may can resume it.")
            break
        except InputError:  # every row was judged by rules that held then
            await _stop(ports, batch, "What the badge asks for has changed. Begin a batch for who is left.")
            break
        except ExchangeError as error:
            await _stop(ports, batch, error.message)
            break
        await ports.store.note_rows(batch.id, done, ports.now())
        if not await ports.store.keep_lease(batch.id, name, ports.now() + pace.lease):
            break  # paused, or another's
        await asyncio.sleep((loop.time() - began) * pace.breath)
    return None, ""


async def _stop(ports: Ports, batch: Batch, reason: str) -> None:
    await ports.store.move_batch(batch.id, "running", "paused", ports.now(), reason)


async def _carry_out(ports: Ports, batch: Batch, rows: list[BatchRow]) -> list[BatchRow]:
    late = {row.number: _noted_late(row) for row in rows if _is_late(row, ports.now())}
    good = [row for row in rows if row.number not in late]
    orders = [
        Order(
            *(batch.issuer, batch.achievement, row.recipient, row.evidence, row.narrative),
            valid_until=until_of(row.until),
            proof=batch.proof,
            mail=batch.mail,
            version=batch.version,
        )
        for row in good
    ]
    made = [one async for some in award_many(ports, orders, batch.id, chunk=len(rows)) for one in some]
    noted = {row.number: _noted(row, one) for row, one in zip(good, made, strict=True)}
    return [*late.values(), *noted.values()]


def _is_late(row: BatchRow, now: datetime) -> bool:
    """Whether its badge would be over by now: the batch was paused for long."""
    until = until_of(row.until)
    return until is not None and until <= now


def _noted_late(row: BatchRow) -> BatchRow:
    fault = Fault("valid_until_past", "valid_until", "The day until which it was to be valid is over.")
    return replace(row, state="failed", faults=(fault,))


def _noted(row: BatchRow, made: Made) -> BatchRow:
    if made.problem is not None:
        fault = Fault(made.problem.code, made.problem.at, made.problem.message)
        return replace(row, state="failed", faults=(fault,))
    return replace(row, state="awarded", badge=made.key)


async def _in_whose_right(ports: Ports, batch: Batch) -> Ports:
    """Who confirmed it, with the roles they have now; the shell can do anything."""
    if not batch.made_by:
        return ports
    person = await ports.store.person(batch.made_by)
    good = person is not None and person.state == "active"
    roles = await ports.store.roles_of(batch.made_by) if good else {}
    return replace(ports, who=Principal(batch.made_by, "none", roles=roles))
