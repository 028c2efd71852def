"""The PostgreSQL engine: begun again when asked, never short of a connection, never quietly undurable."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator
from functools import partial

import asyncpg  # type: ignore[import-untyped]
import pytest

from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.database.effects import Statement, Work, only
from exchange.adapters.database.erase import _erase
from exchange.adapters.database.postgres import CONNECTIONS, PERSONAL, TRIES, Postgres, numbered
from exchange.errors import ConflictError, UnavailableError
from exchange.flows.people.records import Erasure
from tests.adapters.database import samples

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

AGAIN = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '{}'; END $$"


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[Postgres]:
    store = await open_store(postgres_url)
    assert isinstance(store.engine, Postgres)
    await store.engine.write(partial(only, Statement("DELETE FROM meta")))
    yield store.engine
    await store.close()


def count_up(slowly: bool = False) -> Work[None]:
    yield Statement("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    rows = yield Statement("SELECT value FROM meta WHERE name = 'count'")
    yield Statement("UPDATE meta SET value = ? WHERE name = 'count'", (str(int(rows[0][0]) + 1),))


async def test_an_effect_is_begun_again_when_the_server_asks(engine: Postgres) -> None:
    for state in ("40001", "40P01"):
        begun: list[int] = []

        def effect(state: str = state, begun: list[int] = begun) -> Work[str]:
            begun.append(1)
            yield Statement("INSERT INTO meta (name, value) VALUES (?, 'x')", (f"{state}-{len(begun)}",))
            if len(begun) < 3:
                yield Statement(AGAIN.format(state))
            return "done"

        assert await engine.write(effect) == "done"
        assert len(begun) == 3
    rows = await engine.read(Statement("SELECT name FROM meta ORDER BY name"))
    assert [row[0] for row in rows] == ["40001-3", "40P01-3"]


async def test_a_server_that_asks_for_ever_is_not_obeyed_for_ever(
    engine: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "random", lambda: 0.0)
    begun: list[int] = []

    def effect() -> Work[None]:
        begun.append(1)
        yield Statement(AGAIN.format("40001"))

    with pytest.raises(UnavailableError) as gave_up:
        await engine.write(effect)
    assert gave_up.value.code == "database_unavailable"
    assert len(begun) == TRIES


async def test_no_update_is_lost_where_effects_read_before_they_write(engine: Postgres) -> None:
    await engine.write(partial(only, Statement("INSERT INTO meta (name, value) VALUES ('count', '0')")))
    await asyncio.gather(*(engine.write(count_up) for _ in range(8)))
    rows = await engine.read(Statement("SELECT value FROM meta"))
    assert rows[0][0] == "8"


async def test_a_storm_of_cancellations_costs_no_connection(engine: Postgres) -> None:
    chance = random.Random(7)
    acknowledged: set[str] = set()
    first = asyncio.Event()

    async def client(name: str) -> None:
        for n in range(5):
            text = f"{name}-{n}"
            sql = "INSERT INTO meta (name, value) VALUES (?, 'x')"
            await engine.write(partial(only, Statement(sql, (text,))))
            acknowledged.add(text)
            first.set()

    tasks = [asyncio.ensure_future(client(str(k))) for k in range(100)]
    await first.wait()
    while not all(task.done() for task in tasks):
        chance.choice(tasks).cancel()
        await asyncio.sleep(0.0002)
    for _ in range(100):
        if engine.pool.get_idle_size() == engine.pool.get_size():
            break
        await asyncio.sleep(0.01)
    assert engine.pool.get_idle_size() == engine.pool.get_size()
    sleep = Statement("SELECT pg_sleep(0.05)")
    await asyncio.gather(*(engine.write(partial(only, sleep)) for _ in range(CONNECTIONS)))
    stuck = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    assert (await engine.read(Statement(stuck)))[0][0] == 0
    kept = {row[0] for row in await engine.read(Statement("SELECT name FROM meta"))}
    assert acknowledged <= kept


async def test_connections_that_the_server_ended_are_replaced(postgres: str, postgres_url: str) -> None:
    store = await open_store(postgres_url)
    ((pid,),) = await store.engine.read(Statement("SELECT pg_backend_pid()"))
    outside = await asyncpg.connect(postgres)
    await outside.execute("SELECT pg_terminate_backend($1)", pid)
    await outside.close()
    with contextlib.suppress(UnavailableError):  # the one call that may notice
        await store.put_meta("a", "b")
    await store.put_meta("a", "b")
    assert await store.meta("a") == "b"
    await store.close()


async def test_a_refused_effect_leaves_nothing_behind(engine: Postgres) -> None:
    def effect() -> Work[None]:
        yield Statement("INSERT INTO meta (name, value) VALUES ('a', 'b')")
        raise ConflictError("refused", "this effect is refused")

    with pytest.raises(ConflictError):
        await engine.write(effect)
    with pytest.raises(asyncpg.PostgresSyntaxError):  # a bug of ours is not dressed up as anything else
        await engine.write(partial(only, Statement("not SQL")))
    assert await engine.read(Statement("SELECT * FROM meta")) == []


async def test_a_server_that_acknowledges_too_early_is_refused(postgres_url: str) -> None:
    with pytest.raises(UnavailableError) as refused:
        await open_store(f"{postgres_url}&synchronous_commit=off")
    assert refused.value.code == "database_not_durable"


async def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path: object) -> None:
    with pytest.raises(UnavailableError) as refused:
        await open_store(f"postgresql://ada:secret@/books?host={tmp_path}")
    assert refused.value.code == "database_unavailable"
    assert "secret" not in str(refused.value)


async def test_a_text_with_nul_is_refused_as_the_callers_fault(engine: Postgres) -> None:
    store = DatabaseStore(engine, chance=random.Random(1))
    with pytest.raises(Exception) as refused:
        await store.put_meta("a", "b\x00")
    assert getattr(refused.value, "code", refused.value) == "value_not_storable"


async def test_the_doctor_is_told_what_it_needs(postgres_url: str) -> None:
    store = await open_store(postgres_url, chance=random.Random(1))
    await store.put_issuer(samples.issuer())
    facts = store.facts()
    assert facts["engine"] == "postgresql"
    assert facts["synchronous_commit"] == "on"
    assert set(facts) == {"engine", "version", "path", "synchronous_commit", "fsync", "schema"}
    await store.close()


def test_question_marks_become_numbers() -> None:
    assert numbered("SELECT ? WHERE a = ? AND b <> ?") == "SELECT $1 WHERE a = $2 AND b <> $3"
    assert numbered("SELECT 1") == "SELECT 1"


def test_every_table_that_an_erasure_writes_in_is_written_anew_afterwards() -> None:
    erasure = Erasure("e", ("ann",), ("badge",), ("count",), ("held/h", "batch/b/1"))
    work, written, rows = _erase(erasure, ()), set[str](), [("ann@example.org", b"")]
    with contextlib.suppress(StopIteration):
        step = next(work)
        while True:
            assert isinstance(step, Statement)
            written |= set(re.findall(r"(?:DELETE FROM|UPDATE)\s+([a-z_]+)\s+(?:SET|WHERE)", step.sql))
            step = work.send(rows)
    assert {"badge", "person", "held", "batch_row"} <= written
    assert written <= set(PERSONAL)
