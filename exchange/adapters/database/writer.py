"""SQLite's one writer: a thread that lets effects which arrive together share one flush of the disk.

While a commit is being flushed, the next effects gather; they become the next group. Each runs in its own
savepoint, so that one that fails takes nothing with it, and each caller is answered only after the flush
that holds its effect. Of an effect that is alone, the transaction is the savepoint: SQLite would copy every
page before it changes. Nothing here belongs to a task: a cancelled caller leaves no lock behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from exchange.adapters.database.effects import Compute, Effect, Many, Step, T
from exchange.adapters.database.failures import DAMAGED, DAMAGED_SAID, translated
from exchange.adapters.database.fault import Fault
from exchange.errors import UnavailableError

GROUP = 256  # effects in one transaction at most: bounds how long others wait for the lock
BREATH = 0.0002  # seconds between commits, in which another process may take the lock
# After a failed flush the kernel may call the pages clean: a second try would seem to succeed (TRUST.md 10).
_FLUSH_FAILED = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}
# What a disk may get over: primary result codes, and what to say of them.
_PASSING = {
    sqlite3.SQLITE_FULL: "The disk of the database is full. Make room on it.",
    sqlite3.SQLITE_IOERR: "The disk of the database reports errors. Look at the disk before anything else.",
    sqlite3.SQLITE_READONLY: "The database file cannot be written to. Look at its owner, mode and disk.",
}
LASTING = (
    "The disk failed to keep what was written. Look at the disk, then start the service again; until then "
    "nothing is written."
)


@dataclass(slots=True)
class _Job:
    effect: Effect[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Owns the connection that writes. `submit` from any event loop; `close` once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        self._flush_failed: BaseException | None = None
        self.fault = Fault()
        # A daemon: an interpreter that exits need not wait, since whatever was not flushed was not answered.
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        self._thread.start()

    def submit(self, effect: Effect[T]) -> asyncio.Future[T]:
        if self._closed:
            raise UnavailableError("database_unavailable", "the database is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(effect, loop, future))
        return future

    def close(self) -> None:
        """Finish what was submitted, then close the connection; blocks for that long."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()
            self._connection.close()

    def _run(self) -> None:
        last = False
        while not last:
            group = [self._jobs.get()]
            with contextlib.suppress(Empty):
                while group[-1] is not None and len(group) < GROUP:
                    group.append(self._jobs.get_nowait())
            last = group[-1] is None
            jobs = [job for job in group if job is not None]
            if jobs:
                self._commit(jobs)
                _answer(jobs)
                time.sleep(BREATH)

    def _commit(self, jobs: list[_Job]) -> None:
        """One transaction. A group that fails as a whole has changed nothing."""
        try:
            if self._flush_failed:
                raise self._flush_failed
            self._connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                if not job.future.cancelled():
                    self._attempt(job, alone=len(jobs) == 1)
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")
            if any(job.error is None and not job.future.cancelled() for job in jobs):
                self.fault.over()
            for job in jobs:
                self._take_note(job.error)
        except BaseException as error:
            self._take_note(error)
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            for job in jobs:
                job.result, job.error = None, error

    def _take_note(self, error: BaseException | None) -> None:
        """What an effect or a group failed of decides whether anything more is written, and how soon."""
        code = getattr(error, "sqlite_errorcode", None) or 0
        if code in _FLUSH_FAILED:
            self._flush_failed = error
            self.fault.stays(LASTING)
        elif code & 0xFF in DAMAGED:
            self.fault.stays(DAMAGED_SAID)
        elif code & 0xFF in _PASSING:
            self.fault.passes(_PASSING[code & 0xFF])

    def _attempt(self, job: _Job, *, alone: bool) -> None:
        execute = self._connection.execute
        if not alone:
            execute("SAVEPOINT effect")
        try:
            work = job.effect()
            try:
                step = next(work)
                while True:
                    step = work.send(self._carry_out(step))
            except StopIteration as end:
                job.result = end.value
        except Exception as error:
            if (
                not self._connection.in_transaction
            ):  # SQLite has given up the whole transaction: disk full, I/O
                raise
            job.error = error
            execute("ROLLBACK" if alone else "ROLLBACK TO effect")
        if not alone:
            execute("RELEASE effect")

    def _carry_out(self, step: Step) -> Any:
        if isinstance(step, Compute):
            return step.function()
        if isinstance(step, Many):
            return self._connection.executemany(*step).rowcount
        return self._connection.execute(*step).fetchall()


def _answer(jobs: list[_Job]) -> None:
    """Wake the callers, with one call for each event loop."""
    for loop in {job.loop for job in jobs}:
        with contextlib.suppress(RuntimeError):  # that loop is gone, and so is whoever waited
            loop.call_soon_threadsafe(_deliver, [job for job in jobs if job.loop is loop])


def _deliver(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(translated(job.error))
