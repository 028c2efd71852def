"""Effects that are done together: in one transaction, apart when one is refused, never twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from exchange.adapters.database.effects import Statement, Work
from exchange.adapters.database.sqlite import SQLite
from exchange.adapters.database.together import Together
from exchange.errors import InputError, UnavailableError

pytestmark = pytest.mark.anyio


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SQLite]:
    engine = SQLite(tmp_path / "x.sqlite3")
    await engine.start()
    await engine.run_ddl("CREATE TABLE note (n INT PRIMARY KEY NOT NULL)")
    yield engine
    await engine.close()


class Notes:
    """Writes numbers down; every call is remembered."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def many(self, numbers: Sequence[int]) -> Work[list[int]]:
        self.calls.append(list(numbers))
        for n in numbers:
            if n == 13:
                raise InputError("thirteen", "Not that one.")
            yield Statement("INSERT INTO note VALUES (?)", (n,))
        return [n * 10 for n in numbers]


async def notes(engine: SQLite) -> list[int]:
    return [row[0] for row in await engine.read(Statement("SELECT n FROM note ORDER BY n"))]


async def test_what_waits_together_is_one_effect(engine: SQLite) -> None:
    kept = Notes()
    together: Together[int, int] = Together(engine, kept.many)
    assert await asyncio.gather(*(together.do(n) for n in range(100, 140))) == [
        n * 10 for n in range(100, 140)
    ]
    assert kept.calls == [list(range(100, 140))]
    assert await notes(engine) == list(range(100, 140))
    assert await together.do(99) == 990  # one alone goes at once
    assert kept.calls[1:] == [[99]]


async def test_one_that_is_refused_is_refused_alone(engine: SQLite) -> None:
    kept = Notes()
    together: Together[int, int] = Together(engine, kept.many)
    said = await asyncio.gather(*(together.do(n) for n in (1, 13, 2)), return_exceptions=True)
    assert [said[0], said[2]] == [10, 20]
    assert isinstance(said[1], InputError)
    assert await notes(engine) == [1, 2]
    assert kept.calls == [[1, 13, 2], [1], [13], [2]]


async def test_nobody_joins_what_could_not_begin(engine: SQLite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool without a free connection says so before the effect; whoever comes later is in the next one."""
    kept = Notes()
    together: Together[int, int] = Together(engine, kept.many)

    async def no_connection(effect: object) -> object:
        raise UnavailableError("database_unavailable", "No connection is free.")

    with monkeypatch.context() as cut:
        cut.setattr(engine, "write", no_connection)
        with pytest.raises(UnavailableError):
            await together.do(1)
    assert await asyncio.wait_for(together.do(2), 5) == 20
    assert kept.calls == [[2]]
    assert await notes(engine) == [2]


async def test_who_waits_for_what_is_broken_off_is_told(
    engine: SQLite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken_off(effect: object) -> object:
        raise asyncio.CancelledError

    monkeypatch.setattr(engine, "write", broken_off)
    together: Together[int, int] = Together(engine, Notes().many)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(together.do(1), 5)
    assert await notes(engine) == []


async def test_what_may_have_been_kept_is_not_tried_again(
    engine: SQLite, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Notes()
    together: Together[int, int] = Together(engine, kept.many)

    honest = engine._writer._connection

    class Doubtful:
        def __getattr__(self, name: str) -> object:
            return getattr(honest, name)

        def execute(self, sql: str, *args: object) -> object:
            if sql == "COMMIT":
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR  # type: ignore[misc]
                raise error
            return honest.execute(sql, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(engine._writer, "_connection", Doubtful())
    said = await asyncio.gather(*(together.do(n) for n in (1, 2)), return_exceptions=True)
    assert [type(one) for one in said] == [UnavailableError, UnavailableError]
    assert kept.calls == [[1, 2]]
    assert await notes(engine) == []
