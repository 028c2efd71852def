"""The store, side by side in one run: `python -m benchmarks.store [FOLDER] [--only-log]`.

FOLDER must be on the disk that is to be measured (a memory file system flatters every figure); default: the
current one. All on SQLite with WAL and `synchronous=FULL`: what is acknowledged has been flushed.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from piccolo.columns import Bytea, Integer, Serial, Text
from piccolo.engine.sqlite import SQLiteEngine, TransactionType
from piccolo.table import Table

from exchange.adapters.database import DatabaseStore, log_writes, open_store, writer
from exchange.adapters.database.effects import Many, Statement, Work
from exchange.adapters.ids import new_id
from exchange.core.log import merkle
from exchange.flows.records import Draft, Intent, Issuer, Leaf, StatusSlot
from exchange.service import settle

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TRANSACTIONS, AT_ONCE = 320, 64
ENTRIES, BATCH, LOOPS = 1_000_000, 5_000, 40
CONTENT: dict[str, object] = {
    "badge": f"https://b.example.org/badges/{uuid.UUID(int=5)}",
    "sha256": "ab" * 32,
}
SALT = bytes(range(22))
UNSIGNED, SIGNED = random.Random(1).randbytes(3900), random.Random(2).randbytes(4000)


class Counter(Table):
    id: Serial
    value = Integer()


class Badge(Table):
    id = Text(primary_key=True)
    unsigned = Bytea()
    signed = Bytea()


# --- contended read-then-write transactions ---


def count_up() -> Work[None]:
    ((value,),) = yield Statement("SELECT value FROM counter WHERE id = 1")
    yield Statement("UPDATE counter SET value = ? WHERE id = 1", (value + 1,))


async def stock_count_up(engine: SQLiteEngine, kind: TransactionType) -> None:
    async with engine.transaction(kind):
        row = await Counter.select(Counter.value).where(Counter.id == 1).first()
        assert row
        await Counter.update({Counter.value: row["value"] + 1}).where(Counter.id == 1)


async def contended(transaction: Callable[[], Awaitable[None]]) -> tuple[float, int, float]:
    """(seconds, refused, slowest) of 320 transactions, 64 at a time."""
    slots, slowest, refused = asyncio.Semaphore(AT_ONCE), 0.0, 0

    async def one() -> None:
        nonlocal slowest, refused
        async with slots:
            start = time.perf_counter()
            try:
                await transaction()
            except sqlite3.OperationalError:
                refused += 1
            slowest = max(slowest, time.perf_counter() - start)

    start = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(TRANSACTIONS)))
    return time.perf_counter() - start, refused, slowest


async def bench_contention(folder: Path) -> None:
    print(f"\n{TRANSACTIONS} read-then-write transactions, {AT_ONCE} at a time")
    store = await open_store(f"sqlite://{folder}/contended.sqlite3")
    await store.engine.run_ddl("CREATE TABLE counter (id INTEGER PRIMARY KEY, value INT)")
    await store.engine.run_ddl("INSERT INTO counter VALUES (1, 0)")
    seconds, refused, slowest = await contended(lambda: store.engine.write(count_up))
    assert (await store.engine.read(Statement("SELECT value FROM counter")))[0][0] == TRANSACTIONS
    print(f"  {'ours':24} {seconds:7.3f} s  locked {refused:3}  slowest {slowest * 1000:6.0f} ms")
    await store.close()
    engine = SQLiteEngine(path=f"{folder}/contended.sqlite3")
    Counter._meta.db = engine
    for kind in (TransactionType.immediate, TransactionType.deferred):
        taken, refused, slowest = await contended(partial(stock_count_up, engine, kind))
        line = f"{taken:7.3f} s  locked {refused:3}  slowest {slowest * 1000:6.0f} ms"
        print(f"  {'Piccolo ' + kind.value:24} {line}  × ours {taken / seconds:6.0f}")


# --- acknowledged awards ---


async def award(store: DatabaseStore) -> None:
    id, to = new_id(), f"mailto:{new_id()}@example.org"

    def write(slots: tuple[StatusSlot, ...]) -> tuple[Intent, Leaf]:
        said = Intent(id, "badge", "team", "a", 1, to, "jwt", "k", UNSIGNED, bytes(64), slots, NOW)
        return said, Leaf("award", NOW, CONTENT, SALT, (f"badge:{id}",))

    await store.intend(Draft("team", "", ("revocation", "suspension"), write), new_id)
    await store.publish(id, SIGNED)


async def awards(url: str, clients: int, each: int) -> tuple[float, list[float]]:
    """(awards a second, seconds of each): two acknowledged effects an award, signing left out."""
    store = await open_store(url)
    await store.put_issuer(Issuer("team", "did:key:z", {}, NOW))
    latencies: list[float] = []

    async def client() -> None:
        for _ in range(each):
            start = time.perf_counter()
            await award(store)
            latencies.append(time.perf_counter() - start)

    await award(store)
    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.perf_counter() - start
    await store.close()
    return clients * each / seconds, sorted(latencies)


def awards_in_a_process(url: str, clients: int, each: int) -> tuple[float, list[float]]:
    return asyncio.run(awards(url, clients, each))


def report(name: str, rate: float, latencies: list[float], base: float) -> None:
    p50, p99 = latencies[len(latencies) // 2] * 1000, latencies[int(len(latencies) * 0.99)] * 1000
    print(f"  {name:38} {rate:7.0f}/s  p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  × {rate / base:5.1f}")


async def bench_awards(folder: Path) -> None:
    print("\nacknowledged awards (an intent with its entries and leaf, a publication: two effects)")
    group = writer.GROUP
    writer.GROUP = 1
    base, latencies = await awards(f"sqlite://{folder}/one.sqlite3", 64, 8)
    report("64 clients, one commit each", base, latencies, base)
    writer.GROUP = group
    for clients, each in ((1, 200), (8, 100), (64, 64)):
        rate, latencies = await awards(f"sqlite://{folder}/group.sqlite3", clients, each)
        report(f"{clients} clients, group commit", rate, latencies, base)
    url = f"sqlite://{folder}/group.sqlite3"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = pool.starmap(awards_in_a_process, [(url, 32, 64)] * 2)
    for n, (rate, latencies) in enumerate(results, 1):
        report(f"32 clients, process {n} of 2 on one file", rate, latencies, base)


# --- the log in the database ---


def leaves(count: int) -> list[Leaf]:
    return [Leaf("award", NOW, CONTENT, SALT, (f"badge:{new_id()}",)) for _ in range(count)]


async def bench_log(folder: Path, size: int) -> None:
    """What the log adds to an effect, and what a proof costs, in a log of `size` entries."""
    store = await open_store(f"sqlite://{folder}/log.sqlite3")
    start = time.process_time()
    for _ in range(size // BATCH):
        await store.engine.write(partial(log_writes.append, leaves(BATCH)))
    each = (time.process_time() - start) / size * 1e6
    print(f"\nthe log at {await store.log_size():,} entries (grown {BATCH:,} at a time, {each:.0f} µs each)")
    await report_log(store)
    await store.close()


async def _effects(store: DatabaseStore, rows: int, logged: Sequence[Sequence[Leaf]]) -> float:
    """CPU µs of an effect that keeps so many rows of its own, flushed, and appends these leaves."""

    def effect(leaves: Sequence[Leaf]) -> Work[None]:
        values = [(new_id(), "digest", "answer", NOW) for _ in range(rows)]
        yield Many("INSERT INTO once (key, digest, answer, at) VALUES (?, ?, ?, ?)", values)
        yield from log_writes.append(leaves)

    start = time.process_time_ns()
    for leaves in logged:
        await store.engine.write(partial(effect, leaves))
    return (time.process_time_ns() - start) / len(logged) / 1000


async def report_log(store: DatabaseStore) -> None:
    chance = random.Random(4)

    async def prove() -> None:
        size = await store.log_size()
        index = chance.randrange(size)
        nodes = await store.log_nodes(merkle.inclusion_needs(index, size))
        merkle.inclusion_proof(index, size, nodes)

    settle()
    for count in (1, 2, 8, 64, 250):
        bare, whole = [], []
        for _ in range(9):  # in turns: a busy machine drifts
            made = [leaves(count) for _ in range(LOOPS)]
            bare.append(await _effects(store, count, [[] for _ in made]))
            whole.append(await _effects(store, count, made))
        added = (median(whole) - median(bare)) / count
        print(
            f"  append {count:3} to an effect of as many rows   {added:8.1f} µs each  must 60  aim 30"
            f"  (the effect: {median(bare) / count:.0f})"
        )
    loops, name = 500, "inclusion proof"
    cpu = await cpu_micros(prove, loops)
    start = time.perf_counter()
    for _ in range(loops):
        await prove()
    taken = (time.perf_counter() - start) / loops * 1e6
    print(f"  {name:38} {cpu:8.1f} µs CPU, {taken:.0f} in all  must 1000  aim 300")


# --- reading one badge by its id ---


async def cpu_micros(call: Callable[[], Awaitable[object]], loops: int) -> float:
    times = []
    for _ in range(9):
        start = time.process_time_ns()
        for _ in range(loops):
            await call()
        times.append((time.process_time_ns() - start) / loops / 1000)
    return median(times)


async def bench_reads(folder: Path) -> None:
    print("\nread a badge by its id (CPU of this process)")
    url = f"sqlite://{folder}/read.sqlite3"
    store = await open_store(url)
    await store.put_issuer(Issuer("team", "did:key:z", {}, NOW))
    for _ in range(200):
        await award(store)
    (badge,) = await store.badges(limit=1)
    raw = sqlite3.connect(f"{folder}/read.sqlite3")

    async def plain() -> object:
        return raw.execute("SELECT signed FROM badge WHERE id = ?", (badge.id,)).fetchone()

    Badge._meta.db = SQLiteEngine(path=f"{folder}/read.sqlite3")
    ours = await cpu_micros(lambda: store.badge(badge.id), 500)
    cases = {
        "sqlite3, one column": await cpu_micros(plain, 500),
        "ours, the whole record with its slots": ours,
        "Piccolo, stock engine": await cpu_micros(
            lambda: Badge.select().where(Badge.id == badge.id).run(), 20
        ),
    }
    for name, micros in cases.items():
        print(f"  {name:38} {micros:8.1f} µs  × ours {micros / ours:6.1f}")
    raw.close()
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=".")
    parser.add_argument("--entries", type=int, default=ENTRIES, help="how long the log is to be")
    parser.add_argument("--only-log", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=args.folder) as name:
        folder = Path(name).resolve()
        for bench in () if args.only_log else (bench_contention, bench_awards, bench_reads):
            asyncio.run(bench(folder))
        asyncio.run(bench_log(folder, args.entries))


if __name__ == "__main__":
    main()
