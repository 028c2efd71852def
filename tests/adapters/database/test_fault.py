"""What a database reports of itself: full, broken, failed for good, and nearly full."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from pathlib import Path

import pytest

from exchange.adapters.database import fault, open_store
from exchange.adapters.database.fault import AGAIN_SECONDS, ROOM, Fault, floor_of, little_room
from exchange.adapters.database.sqlite import SQLite
from exchange.errors import UnavailableError
from tests.adapters.database.test_writer import UnsafeDisk, engine, note, one

__all__ = ["engine"]

pytestmark = pytest.mark.anyio
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What a test sets the monotonic clock to."""
    now = [1000.0]
    monkeypatch.setattr(fault.time, "monotonic", lambda: now[0])
    return now


def test_what_passes_is_said_for_a_while_and_what_stays_for_good(clock: list[float]) -> None:
    found = Fault()
    assert found.said is None
    found.passes("full")
    assert found.said == "full"
    clock[0] += AGAIN_SECONDS
    assert found.said is None
    found.passes("full")
    found.over()
    assert found.said is None
    found.stays("failed")
    found.passes("full")
    found.over()
    clock[0] += 1e6
    assert found.said == "failed"


async def test_a_full_disk_stops_writing_until_something_was_written(
    engine: SQLite, clock: list[float]
) -> None:
    connection = engine._writer._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages}").fetchone()
    with pytest.raises(UnavailableError):
        await engine.write(lambda: one("INSERT INTO note (text, body) VALUES ('a', zeroblob(100000))"))
    assert "full" in (engine.fault() or "")
    clock[0] += AGAIN_SECONDS
    assert engine.fault() is None
    with pytest.raises(UnavailableError):
        await engine.write(lambda: one("INSERT INTO note (text, body) VALUES ('a', zeroblob(100000))"))
    assert engine.fault()
    connection.execute("PRAGMA max_page_count=1000000").fetchone()
    await engine.write(note("small"))
    assert engine.fault() is None


async def test_after_a_failed_flush_it_says_so_until_the_process_ends(
    engine: SQLite, clock: list[float]
) -> None:
    engine._writer._connection = UnsafeDisk(engine._writer._connection)  # type: ignore[assignment]
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await engine.write(note("a"))
        clock[0] += 1e6
        assert "start the service again" in (engine.fault() or "")


@pytest.mark.parametrize(
    ("code", "said", "stays"),
    [
        (sqlite3.SQLITE_IOERR_WRITE, "reports errors", False),
        (sqlite3.SQLITE_READONLY, "cannot be written to", False),
        (sqlite3.SQLITE_CORRUPT, "damaged", True),
        (sqlite3.SQLITE_BUSY, "", False),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, "", False),
    ],
)
async def test_each_failure_is_told_from_the_others(
    engine: SQLite, clock: list[float], code: int, said: str, stays: bool
) -> None:
    error = sqlite3.OperationalError("from the driver")
    error.sqlite_errorcode = code
    engine._writer._take_note(error)
    assert said in (engine.fault() or "")
    assert (engine.fault() is None) == (said == "")
    clock[0] += AGAIN_SECONDS
    assert (engine.fault() is not None) == stays


def test_a_twentieth_of_a_small_disk_will_do() -> None:
    assert floor_of(10**12) == ROOM
    assert floor_of(2 * 2**20) == 2 * 2**20 // 20


async def test_a_disk_that_is_nearly_full_is_noticed_before_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(f"sqlite://{tmp_path / 'a.sqlite3'}")
    assert store.fault() is None
    monkeypatch.setattr(fault.shutil, "disk_usage", lambda path: Usage(10**12, 10**12 - ROOM + 1, ROOM - 1))
    assert (
        store.fault()
        == "Only 63 MB are free on the disk of the database, and 64 are needed. Make room on it."
    )
    await store.put_meta("a", "b")  # what is no promise is still written
    await store.close()
    assert little_room(tmp_path / "nowhere") is not None
