"""Several processes on one database, and processes that are killed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.adapters.database import open_store
from exchange.adapters.database.effects import Statement
from tests.adapters.database import samples

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]


@contextmanager
def awarding(url: str, tasks: int, each: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.adapters.database.award_many", url, str(tasks), str(each)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def begin(url: str) -> None:
    store = await open_store(url)
    await store.put_issuer(samples.issuer())
    await store.close()


async def test_processes_that_share_a_database_share_no_index_and_meet_no_lock(database_url: str) -> None:
    await begin(database_url)
    with awarding(database_url, 32, 3) as first, awarding(database_url, 32, 3) as second:
        results = [await asyncio.to_thread(process.communicate, timeout=60) for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], [error for _, error in results]
    assert [error for _, error in results] == ["", ""]
    store = await open_store(database_url)
    badges = await store.badges(limit=1000)
    assert len(badges) == 2 * 32 * 3
    assert len({slot for badge in badges for slot in badge.slots}) == 2 * len(badges)
    lists = "SELECT purpose, reserved, version FROM status_list ORDER BY purpose"
    rows = await store.engine.read(Statement(lists))
    assert [tuple(row) for row in rows] == [("revocation", 192, 1), ("suspension", 192, 193)]
    await store.close()


async def test_a_killed_process_loses_nothing_it_had_acknowledged(database_url: str) -> None:
    await begin(database_url)
    acknowledged: set[str] = set()
    for round in range(3):
        with awarding(database_url, 8, 1_000_000) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            for _ in range(20 + round):
                acknowledged.add(process.stdout.readline().strip())
            process.kill()
            acknowledged |= {line.strip() for line in process.stdout if line.endswith("\n")}
    store = await open_store(database_url)
    badges = {badge.id: badge for badge in await store.badges(limit=100_000)}
    assert len(acknowledged) >= 60
    assert acknowledged <= set(badges)
    assert all(badge.signed == badge.id.encode() and len(badge.slots) == 2 for badge in badges.values())
    assert all([len(await store.history(id)) == 1 for id in acknowledged])
    effects = """SELECT (SELECT sum(version - 1) FROM status_list), (SELECT count(*) FROM status_change),
                        (SELECT count(*) FROM status_slot WHERE is_set)"""
    ((versions, changes, bits),) = await store.engine.read(Statement(effects))
    assert versions == changes == bits >= len(acknowledged)
    for left in await store.unfinished(samples.minutes(1)):  # a kill between intent and signature
        await store.publish(left.id, left.id.encode())
    assert await store.unfinished(samples.minutes(1)) == []
    given = await store.engine.read(Statement("SELECT list_id, list_index FROM status_slot"))
    assert len({tuple(row) for row in given}) == len(given) >= 2 * len(acknowledged)
    await store.close()
