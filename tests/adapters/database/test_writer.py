"""SQLite's one writer: many effects, one flush; each on its own all the same."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.adapters.database.effects import Effect, Statement, Work
from exchange.adapters.database.sqlite import SQLite
from exchange.errors import ConflictError, ExchangeError, UnavailableError

pytestmark = pytest.mark.anyio


@pytest.fixture
async def engine(tmp_path: Path, anyio_backend: str) -> AsyncIterator[SQLite]:
    engine = SQLite(tmp_path / "one.sqlite3")
    await engine.start()
    await engine.write(lambda: one("CREATE TABLE note (text TEXT PRIMARY KEY NOT NULL, body BLOB)"))
    yield engine
    await engine.close()


def one(sql: str, *args: object) -> Work[None]:
    yield Statement(sql, args)


def note(text: str, then: Callable[[], None] = lambda: None) -> Effect[str]:
    def work() -> Work[str]:
        yield Statement("INSERT INTO note (text) VALUES (?)", (text,))
        then()
        return text

    return work


def refuse() -> None:
    raise ConflictError("refused", "this effect is refused")


async def notes(engine: SQLite) -> set[str]:
    return {row[0] for row in await engine.read(Statement("SELECT text FROM note"))}


def traced(engine: SQLite) -> list[str]:
    statements: list[str] = []
    engine._writer._connection.set_trace_callback(statements.append)
    return statements


async def grouped(engine: SQLite, *effects: Effect[Any]) -> list[Any]:
    """What the effects come to when they arrive during one flush."""
    flushing, flushed = threading.Event(), threading.Event()

    def hold() -> Work[None]:
        flushing.set()
        flushed.wait(10)
        yield Statement("SELECT 1")

    first = asyncio.ensure_future(engine.write(hold))
    await asyncio.to_thread(flushing.wait, 10)
    waiting = asyncio.gather(*(engine.write(effect) for effect in effects), return_exceptions=True)
    await asyncio.sleep(0)
    flushed.set()
    await first
    return await waiting


async def test_effects_that_arrive_during_a_flush_share_the_next(engine: SQLite) -> None:
    statements = traced(engine)
    assert await grouped(engine, note("a"), note("b"), note("c")) == ["a", "b", "c"]
    assert statements.count("COMMIT") == 2
    assert await notes(engine) == {"a", "b", "c"}


async def test_an_effect_that_fails_takes_no_neighbour_with_it(engine: SQLite) -> None:
    statements = traced(engine)
    unfit = "INSERT INTO note (text) VALUES (NULL)"
    done = await grouped(
        engine, note("a"), note("b", refuse), note("a"), lambda: one(unfit), lambda: one("not SQL"), note("c")
    )
    assert (done[0], done[5]) == ("a", "c")
    assert [getattr(error, "code", type(error)) for error in done[1:5]] == [
        "refused",
        "conflict",
        "conflict",
        sqlite3.OperationalError,  # a bug of ours is not dressed up as anything else
    ]
    assert await notes(engine) == {"a", "c"}
    assert statements.count("COMMIT") == 2


async def test_nobody_is_answered_before_the_flush_that_holds_the_effect(tmp_path: Path) -> None:
    engine = SQLite(tmp_path / "slow.sqlite3")
    await engine.start()
    await engine.write(lambda: one("CREATE TABLE note (text TEXT PRIMARY KEY)"))
    may_commit, committing = threading.Event(), threading.Event()

    def before_commit(statement: str) -> None:
        if statement == "COMMIT":
            committing.set()
            may_commit.wait(10)

    engine._writer._connection.set_trace_callback(before_commit)
    pending = asyncio.ensure_future(engine.write(note("a")))
    await asyncio.to_thread(committing.wait, 10)
    await asyncio.sleep(0.01)
    assert not pending.done()
    assert await notes(engine) == set()
    may_commit.set()
    assert await pending == "a"
    assert await notes(engine) == {"a"}
    await engine.close()


async def test_an_effect_that_reads_first_is_not_overtaken(engine: SQLite) -> None:
    def overtake() -> None:
        other = sqlite3.connect(engine.path, timeout=0)  # as another process
        try:
            other.execute("INSERT INTO note (text) VALUES ('2')")
        except sqlite3.OperationalError as locked:
            refused.append(str(locked))
        other.close()

    def count() -> Work[None]:
        ((before,),) = yield Statement("SELECT count(*) FROM note")
        overtake()
        yield Statement("INSERT INTO note (text) VALUES (?)", (str(before + 1),))

    refused: list[str] = []
    await engine.write(note("1"))
    await engine.write(count)
    assert await notes(engine) == {"1", "2"}
    assert refused == ["database is locked"]


async def test_a_cancelled_task_leaves_no_lock_and_its_queued_effect_undone(engine: SQLite) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def linger() -> None:
        begun.set()
        go_on.wait(10)

    first = asyncio.ensure_future(engine.write(note("first", linger)))
    await asyncio.to_thread(begun.wait, 10)
    second = asyncio.ensure_future(engine.write(note("second")))
    await asyncio.sleep(0)
    for task in (first, second):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    go_on.set()
    assert await engine.write(note("third")) == "third"
    assert await notes(engine) == {"first", "third"}  # what was begun is finished, what waited is not begun


async def test_a_storm_of_cancellations_loses_nothing_that_was_acknowledged(engine: SQLite) -> None:
    chance = random.Random(7)
    acknowledged: set[str] = set()
    first = asyncio.Event()

    async def client(name: str) -> None:
        for n in range(5):
            acknowledged.add(await engine.write(note(f"{name}-{n}")))
            first.set()

    tasks = [asyncio.ensure_future(client(str(k))) for k in range(100)]
    await first.wait()
    while not all(task.done() for task in tasks):
        chance.choice(tasks).cancel()
        await asyncio.sleep(0)
    assert await engine.write(note("after")) == "after"
    assert acknowledged <= await notes(engine)
    other = sqlite3.connect(engine.path, timeout=0)  # as another process: nobody holds the lock
    other.execute("INSERT INTO note (text) VALUES ('other')")
    other.commit()
    other.close()


async def test_a_full_disk_is_said_and_writing_goes_on_when_there_is_room(engine: SQLite) -> None:
    connection = engine._writer._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages}").fetchone()
    large = "INSERT INTO note (text, body) VALUES ('large', zeroblob(100000))"
    with pytest.raises(UnavailableError) as full:
        await engine.write(lambda: one(large))
    assert full.value.code == "database_unavailable"
    assert "full" in full.value.message
    assert await notes(engine) == set()
    connection.execute("PRAGMA max_page_count=1000000").fetchone()
    assert await engine.write(note("small")) == "small"
    assert await notes(engine) == {"small"}


class UnsafeDisk:
    """A connection whose next flush fails, as the kernel reports it; later ones would seem to succeed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.fails = True

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if sql == "COMMIT" and self.fails:
            self.fails = False
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return self._connection.execute(sql, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


async def test_after_a_failed_flush_nothing_is_acknowledged_any_more(engine: SQLite) -> None:
    assert await engine.write(note("before")) == "before"
    engine._writer._connection = UnsafeDisk(engine._writer._connection)  # type: ignore[assignment]
    for text in ("during", "after"):
        with pytest.raises(UnavailableError) as failed:
            await engine.write(note(text))
        assert failed.value.code == "database_unavailable"
    assert await notes(engine) == {"before"}  # reading goes on


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    engine = SQLite(tmp_path / "closed.sqlite3")
    await engine.start()
    waiting = asyncio.ensure_future(engine.write(lambda: one("CREATE TABLE note (text TEXT)")))
    await asyncio.sleep(0)
    await engine.close()
    await waiting  # what was submitted is finished
    await engine.close()
    for call in (engine.write(note("a")), engine.read(Statement("SELECT 1"))):
        with pytest.raises(ExchangeError) as closed:
            await call
        assert closed.value.code == "database_unavailable"


async def test_each_event_loop_gets_its_own_answers(engine: SQLite) -> None:
    def elsewhere(name: str) -> list[str]:
        async def several() -> list[str]:
            return await asyncio.gather(*(engine.write(note(f"{name}{n}")) for n in range(20)))

        return asyncio.run(several())

    answers = await asyncio.gather(*(asyncio.to_thread(elsewhere, name) for name in "ab"))
    assert answers == [[f"{name}{n}" for n in range(20)] for name in "ab"]
    assert len(await notes(engine)) == 40


async def test_an_effect_that_fails_alone_leaves_nothing_and_no_open_transaction(engine: SQLite) -> None:
    statements = traced(engine)
    with pytest.raises(ConflictError):
        await engine.write(note("a", refuse))
    assert await notes(engine) == set()
    assert await engine.write(note("b")) == "b"
    assert await notes(engine) == {"b"}
    assert [line.split()[0] for line in statements if line.startswith(("ROLL", "COMM", "SAVE"))] == [
        "ROLLBACK",
        "COMMIT",
    ]
