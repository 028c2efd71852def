"""Exchanges broken on purpose: a harness that does not catch them proves nothing.

`break_it(NAME)` changes this process, for a worker that is about to start; `ACCOMPLICES` is SQL that takes
the database's own guard away, where one would keep the fault from being seen.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from exchange.adapters.database import log_writes, outbox, sqlite, store, writer, writes
from exchange.adapters.database import slots as status_slots
from exchange.adapters.database.effects import Effect, Statement, T, Work
from exchange.adapters.database.postgres import Postgres, _drive
from exchange.errors import ExchangeError, UnavailableError
from exchange.flows import sign
from exchange.flows.badges import status
from exchange.flows.issuers import issuers
from exchange.flows.issuers.issuers import active_key
from exchange.flows.ports import Ports
from exchange.flows.records import Draft, Intent, Leaf, Parcel, Purpose, StatusSlot

ACCOMPLICES: dict[str, tuple[str, ...]] = {"index-outside": ("DROP INDEX status_slot_index",)}
SLOW_FLUSH = 0.02  # seconds, as on a disk that turns: so that a short run meets the gap
NEXT_INDEX = "SELECT coalesce(max(list_index), -1) + 1 FROM status_slot WHERE purpose = ?"


def break_it(name: str) -> None:
    _one_by_one()
    FAULTS[name]()


def _one_by_one() -> None:
    """Single awards by the calls for many, which the faults below take hold of."""

    async def intend(self: store.DatabaseStore, draft: Draft, url_id: Callable[[], str]) -> Intent:
        (became,) = await self.intend_many([draft], url_id)
        if isinstance(became, ExchangeError):
            raise became
        return became

    async def publish(self: store.DatabaseStore, badge_id: str, signed: bytes) -> None:
        await self.publish_many([(badge_id, signed)])

    store.DatabaseStore.intend = intend  # type: ignore[method-assign]
    store.DatabaseStore.publish = publish  # type: ignore[method-assign]


def _acknowledge_early() -> None:
    """Answers when the last statement has run, before its commit is flushed."""
    attempt, run = writer.Writer._attempt, Postgres.write

    def hasty(self: writer.Writer, job: Any, *, alone: bool) -> None:
        attempt(self, job, alone=alone)
        if (
            getattr(job.effect, "func", None) is writes.publish_many
        ):  # an intent is read back before it is signed
            writer._answer([job])
            time.sleep(SLOW_FLUSH)

    async def hasty_write(self: Postgres, effect: Effect[T]) -> T:
        if getattr(effect, "func", None) is not writes.publish_many:
            return await run(self, effect)
        try:
            connection = await self.pool.acquire(timeout=5)
            transaction = connection.transaction()
            await transaction.start()
            result = await _drive(connection, effect())
        except Exception as error:
            raise UnavailableError("database_unavailable", str(error)) from error

        async def finish() -> None:
            await asyncio.sleep(SLOW_FLUSH)
            with suppress(Exception):
                await transaction.commit()
            with suppress(Exception):
                await self.pool.release(connection)

        tasks.add(asyncio.ensure_future(finish()))
        return result

    tasks: set[Any] = set()
    writer.Writer._attempt = hasty  # type: ignore[method-assign]
    Postgres.write = hasty_write  # type: ignore[method-assign]


def _write_after(late: list[Any], effect: Callable[[list[Any]], Work[Any]], some: int = 1) -> None:
    """After an effect, what it has left in `late` is written in its own transaction, `some` at least."""

    def then(method: Callable[..., Any]) -> Callable[..., Any]:
        async def both(self: store.DatabaseStore, *args: Any) -> Any:
            result = await method(self, *args)
            if len(late) >= some and (left := [late.pop() for _ in range(len(late))]):
                await self.engine.write(partial(effect, left))
            return result

        return both

    for name in ("intend_many", "set_status"):
        setattr(store.DatabaseStore, name, then(getattr(store.DatabaseStore, name)))


def _mail_outside() -> None:
    """Posts in a transaction of its own, after the effect's."""
    honest = outbox.post
    late: list[Parcel] = []

    def later(parcels: Sequence[Parcel]) -> Work[None]:
        late.extend(parcels)
        yield Statement("SELECT 1")

    outbox.post = later
    _write_after(late, honest)


def _log_outside(some: int = 1) -> None:
    """Writes each leaf, or `some` together, in a transaction of its own, after the effect's."""
    honest, entries_of = log_writes.append_entries, log_writes.entries_of
    late: list[Leaf] = []

    def append(leaves: Sequence[Leaf]) -> Work[int]:
        return (yield from honest(leaves, entries_of(leaves)))

    def later(leaves: Sequence[Leaf], entries: Sequence[bytes] = ()) -> Work[int]:
        late.extend(leaves)
        yield Statement("SELECT 1")
        return 0

    async def alone(self: store.DatabaseStore, leaf: Leaf) -> int:
        return await self.engine.write(partial(append, [leaf]))

    log_writes.append = log_writes.append_entries = later
    _write_after(late, append, some)
    store.DatabaseStore.append = alone  # type: ignore[method-assign]


def take_given(
    issuer: str, base: str, purpose: Purpose, indices: Sequence[int], url_id: Callable[[], str], size: int
) -> Work[list[StatusSlot]]:
    """As `slots.reserve`, but with indices that somebody chose before."""
    slots = []
    for index in indices:
        while not (lists := (yield Statement(status_slots.TAKE, (1, 1, issuer, base, purpose)))):
            yield from status_slots._open_list(issuer, base, purpose, url_id(), size)
        slots.append(StatusSlot(lists[0][0], purpose, index))
    return slots


def _index_outside() -> None:
    """Reads the next free index first, and takes it in another transaction."""

    async def intend_many(
        self: store.DatabaseStore, drafts: Sequence[Draft], url_id: Callable[[], str]
    ) -> list[Intent | ExchangeError]:
        purposes = drafts[0].purposes
        picked = {purpose: (await self._read(NEXT_INDEX, purpose))[0][0] for purpose in purposes}
        return await self.engine.write(partial(with_indices, drafts, url_id, picked, self._list_size))

    def with_indices(
        drafts: Sequence[Draft], url_id: Callable[[], str], picked: dict[Purpose, int], size: int
    ) -> Work[list[Intent | ExchangeError]]:
        given: list[list[StatusSlot]] = []
        for purpose, first in picked.items():
            indices = range(first, first + len(drafts))
            first_of = drafts[0]
            given.append(
                (yield from take_given(first_of.issuer, first_of.base, purpose, indices, url_id, size))
            )
        intents, leaves, entries = writes._written(drafts, list(zip(*given, strict=True)))
        yield from writes._record(intents)
        yield from status_slots.put([(slot, intent.id) for intent in intents for slot in intent.slots])
        yield from outbox.post([one for draft in drafts for one in draft.parcels])
        yield from log_writes.append_entries(leaves, entries)
        return [*intents]

    store.DatabaseStore.intend_many = intend_many  # type: ignore[method-assign]


def _synchronous(level: int) -> None:
    """Lets SQLite answer before the disk has it, and does not look."""
    sqlite.SETTINGS["synchronous"] = level


def _write_after_failed_flush() -> None:
    """Tries again after a flush that failed, as if nothing had been lost, and tells nobody of a fault."""
    writer._FLUSH_FAILED.clear()
    writer._PASSING.pop(sqlite3.SQLITE_IOERR)


def _sign_in_transaction() -> None:
    """Signs as soon as the bytes are known, while the transaction that records them is still open."""

    async def eager(ports: Ports, draft: Draft) -> bytes:
        uri = (await active_key(ports, draft.issuer)).uri

        def write(slots: tuple[StatusSlot, ...]) -> tuple[Intent, Leaf]:
            intent, leaf = draft.write(slots)
            with suppress(StopIteration):
                ports.keys.sign(uri, intent.message).send(None)
            return intent, leaf

        return await honest(ports, replace(draft, write=write))

    honest = sign.sign
    sign.sign = eager


def _believe_any_clock() -> None:
    """Signs whatever the time is."""

    async def believe(ports: Ports) -> None:
        return None

    sign.check_clock = status.check_clock = believe


def _stop_unread() -> None:
    """Signs whatever was stopped."""

    async def believe(ports: Ports, slug: str) -> None:
        return None

    sign.check_signing = issuers.check_signing = believe


def _publish_late(after: timedelta) -> None:
    """Signs a list anew as a timer would, and not when a bit of it has changed."""
    honest = status.published_list

    async def late(ports: Ports, list_id: str) -> bytes:
        row = await ports.store.status_list(list_id)
        if row is None or row.signed is None or row.signed_at is None:
            return await honest(ports, list_id)
        return row.signed if ports.now() - row.signed_at < after else await honest(ports, list_id)

    status.published_list = late


FAULTS: dict[str, Callable[[], None]] = {
    "acknowledge-early": _acknowledge_early,
    "log-outside": _log_outside,
    "log-gathered": partial(_log_outside, 20),
    "mail-outside": _mail_outside,
    "index-outside": _index_outside,
    "synchronous-off": partial(_synchronous, 0),
    "synchronous-normal": partial(_synchronous, 1),
    "write-after-failed-flush": _write_after_failed_flush,
    "believe-any-clock": _believe_any_clock,
    "sign-in-transaction": _sign_in_transaction,
    "stop-unread": _stop_unread,
    "publish-late": partial(_publish_late, timedelta(seconds=30)),
    "never-renew": partial(_publish_late, timedelta(hours=24)),
}
