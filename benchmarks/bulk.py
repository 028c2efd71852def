"""Bulk awards beside their floor in one run: `python -m benchmarks.bulk [FOLDER] [--badges N] [--rounds N]`.

FOLDER must be on the disk that is to be measured; default: the current one. Ours is `award_many` as the
service runs it, on SQLite with WAL and `synchronous=FULL`: orders judged, ids and salts drawn, documents
built, schema, canonical form, pre-image, two status entries, log leaf and idempotency key on record, signed,
published.

The floor is a raw Ed25519 signature and a raw `executemany` of the same bytes, as many in a transaction, with
the same PRAGMAs: once as one row of one plain table, once as the very rows that ours leaves, with their
indices. Checking one's own output is measured in three ways, and what the safer ones would cost.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks import samples
from exchange.adapters.database.sqlite import SETTINGS
from exchange.app import open_ports
from exchange.core.keys.multikey import public_key_from_multikey
from exchange.flows import sign
from exchange.flows.badges.award import Order
from exchange.flows.badges.award_many import CHUNK, award_many
from exchange.flows.issuers.issuers import put_issuer
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Badge
from exchange.service import settle
from exchange.settings import load_settings

PROOFS = {"eddsa-rdfc-2022": (0.27, 0.40), "eddsa-jcs-2022": (0.52, 0.65), "jwt": (0.55, 0.70)}
TWO = {"eddsa-rdfc-2022": (1.25, 1.10), "eddsa-jcs-2022": (1.45, 1.20), "jwt": (1.45, 1.20)}
FILE = "exchange.sqlite3"
TABLES = ("badge", "status_slot", "log_entry", "log_about", "log_node", "once", "outbox")


@dataclass(frozen=True)
class Orders:
    """So many orders, made as they are read."""

    count: int
    proof: str
    name: str = "p"

    def __iter__(self) -> Iterator[Order]:
        for n in range(self.count):
            to = f"mailto:{self.name}{n}@example.org"
            yield Order("atlas", "lead", to, ("https://example.org/work",), proof=self.proof)


async def begin(ports: Ports) -> None:
    """One issuer with the achievement of the samples."""
    badge = samples.badge()
    profile = {name: value for name, value in badge["issuer"].items() if name != "id"}
    await put_issuer(ports, "atlas", profile)
    document = badge["credentialSubject"]["achievement"]
    await ports.store.put_achievement(
        Achievement("atlas", "lead", 1, document, "", b"", b"", "", None, False, ports.now(), "")
    )


async def with_ports(home: Path, work: Callable[[Ports], Awaitable[None]]) -> None:
    os.environ["EXCHANGE_HOME"] = str(home)
    async with open_ports(load_settings()) as ports:
        if not await ports.store.issuers():
            await begin(ports)
        await work(ports)


# --- ours -------------------------------------------------------------------------------------------------


class Taken(NamedTuple):
    """CPU seconds; seconds."""

    cpu: float
    seconds: float


def ours(home: Path, orders: Orders) -> Taken:
    taken: list[Taken] = []
    settle()

    async def work(ports: Ports) -> None:
        start, cpu = time.perf_counter(), time.process_time()
        await award(ports, orders)
        taken.append(Taken(time.process_time() - cpu, time.perf_counter() - start))

    asyncio.run(with_ports(home, work))
    return taken[0]


async def award(ports: Ports, orders: Orders) -> None:
    async for chunk in award_many(ports, orders, "bench"):
        assert all(made.problem is None and not made.again for made in chunk)


def watched(home: Path, orders: Orders) -> tuple[float, float]:
    """`longest_lag` of a run of its own: a thousand ticks a second cost 50 µs a badge."""
    found: list[tuple[float, float]] = []
    settle()

    async def work(ports: Ports) -> None:
        lag = asyncio.create_task(longest_lag())
        await asyncio.sleep(0.01)
        await award(ports, orders)
        lag.cancel()
        found.append(await lag)

    asyncio.run(with_ports(home, work))
    return found[0]


async def longest_lag() -> tuple[float, float]:
    """By how many ms a tick came late at most, and how long the loop's own thread worked between two ticks.

    The first includes waiting for a processor and for the interpreter's lock; the second is what holds the
    loop on any machine.
    """
    late = held = 0.0
    step = 0.001
    try:
        while True:
            before, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(step)
            late = max(late, time.perf_counter() - before - step)
            held = max(held, time.thread_time() - worked)
    except asyncio.CancelledError:
        return late * 1000, held * 1000


async def idle_lag(seconds: float) -> tuple[float, float]:
    """The same with nothing else to do: what the machine adds."""
    lag = asyncio.create_task(longest_lag())
    await asyncio.sleep(seconds)
    lag.cancel()
    return await lag


# --- the floor --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Floor:
    """CPU seconds: signatures alone, one plain table, the same rows in the same tables."""

    sign: float
    plain: float
    same: float


def floor(folder: Path, left: Path) -> Floor:
    """The floor under what a run of ours left in the database `left`."""
    with closing(sqlite3.connect(left)) as source:
        schema = [row[0] for row in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        rows = {table: source.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() for table in TABLES}
        names = [row[1] for row in source.execute("PRAGMA table_info(badge)")]
        others = {t: source.execute(f"SELECT * FROM {t}").fetchall() for t in ("issuer", "status_list")}
    count = len(rows["badge"])
    place, else_place = names.index("message"), names.index("unsigned")
    messages = [row[place] or row[else_place] for row in rows["badge"]]
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    start = time.process_time()
    for message in messages:
        key.sign(message)
    signing = time.process_time() - start
    rest = sum(_size(row) for table in TABLES[1:] for row in rows[table]) // count
    plain = [
        (row[0], b"".join(v for v in row[1:] if isinstance(v, bytes)), bytes(rest)) for row in rows["badge"]
    ]
    with closing(raw(folder / "plain.sqlite3")) as connection:
        connection.execute("CREATE TABLE badge (id TEXT PRIMARY KEY, bytes BLOB, rest BLOB)")
        one_table = insert(connection, {"badge": plain}, count)
    with closing(raw(folder / "same.sqlite3")) as connection:
        for statement in schema:
            if "sqlite_sequence" not in statement:
                connection.execute(statement)
        for table, kept in others.items():
            connection.executemany(_insert(table, kept), kept)
        same = insert(connection, rows, count)
    return Floor(signing, one_table, same)


def raw(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for name, value in SETTINGS.items():
        connection.execute(f"PRAGMA {name}={value}")
    return connection


AHEAD = {"log_entry": 100}
"""Rows by which a table runs ahead of those that refer to it."""


def insert(connection: sqlite3.Connection, tables: dict[str, list[tuple[object, ...]]], count: int) -> float:
    """CPU seconds: each transaction takes the same share of every table."""
    chunks = -(-count // CHUNK)
    start = time.process_time()
    for n in range(chunks):
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in tables.items():
            ahead = AHEAD.get(table, 0)
            start_at = n * len(rows) // chunks + (ahead if n else 0)
            some = rows[start_at : (n + 1) * len(rows) // chunks + ahead]
            if not some:
                continue
            connection.executemany(_insert(table, rows), some)
        connection.execute("COMMIT")
    return time.process_time() - start


def _insert(table: str, rows: list[tuple[object, ...]]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"


def _size(row: tuple[object, ...]) -> int:
    return sum(len(value) if isinstance(value, bytes | str) else 4 for value in row)


# --- more rows of the table -------------------------------------------------------------------------------


def two_processes(home: Path, count: int, proof: str) -> float:
    """CPU seconds of two processes that share the work and the file."""

    async def nothing(ports: Ports) -> None:
        """The issuer is on record before they begin."""

    asyncio.run(with_ports(home, nothing))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        halves = [(home, Orders(count // 2, proof, name)) for name in ("a", "b")]
        return sum(taken.cpu for taken in pool.starmap(ours, halves))


def peak(home: Path, count: int) -> float:
    """The most memory (MB, resident) of a process that awards so many badges."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak, (home, count))


def _peak(home: Path, count: int) -> float:
    ours(home, Orders(count, "eddsa-rdfc-2022"))
    status = Path("/proc/self/status").read_text()  # ru_maxrss would be the parent's, if that had more
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def checks(home: Path) -> dict[str, float]:
    """CPU µs a badge of each way to check one's own output."""
    found: dict[str, float] = {}

    async def work(ports: Ports) -> None:
        badges: list[Badge] = await ports.store.badges("atlas", 500)
        (key,) = await ports.store.keys("atlas")
        row = await ports.store.issuer("atlas")
        assert row
        public = public_key_from_multikey(key.multikey)
        private = Ed25519PrivateKey.from_private_bytes(sha256(b"").digest())
        signature = private.sign(badges[0].message)
        own = await sign.own_controller(ports, row)
        ways: dict[str, Callable[[Badge], object]] = {
            "sign once more": lambda badge: private.sign(badge.message),
            "key.verify": lambda badge: public.verify(signature, badge.message),
            "the strict verifier": lambda badge: sign._self_check(badge.signed or b"", own, ports),
        }
        for name, way in ways.items():
            start = time.process_time_ns()
            for badge in badges:
                way(badge)
            found[name] = (time.process_time_ns() - start) / len(badges) / 1000

    asyncio.run(with_ports(home, work))
    return found


# --- the report -------------------------------------------------------------------------------------------


def report(folder: Path, proof: str, count: int, rounds: int) -> None:
    must, aim = PROOFS[proof]
    runs, floors, takes, two, lags = [], [], [], [], []
    for n in range(rounds):
        home = folder / f"{proof}-{n}"
        taken = ours(home, Orders(count, proof))
        takes.append(taken)
        runs.append(taken.cpu)
        place = folder / f"{proof}-floor-{n}"
        place.mkdir()
        floors.append(floor(place, home / FILE))
        lags.append(watched(folder / f"{proof}-watched-{n}", Orders(count // 2, proof)))
        two.append(two_processes(folder / f"{proof}-two-{n}", count, proof) / taken.cpu)
    each = 1e6 / count
    signing, plain, same = (
        median(getattr(one, part) for one in floors) for part in ("sign", "plain", "same")
    )
    of_plain = median((one.sign + one.plain) / cpu for one, cpu in zip(floors, runs, strict=True))
    of_same = median((one.sign + one.same) / cpu for one, cpu in zip(floors, runs, strict=True))
    rate = count / median(one.seconds for one in takes)
    print(f"\n{proof}: ours {median(runs) * each:.0f} µs CPU, {rate:,.0f} badges/s")
    print(f"  floor: sign {signing * each:.0f} µs, one table {plain * each:.0f}, same rows {same * each:.0f}")
    print(f"  of the floor, one table   {of_plain:5.2f}   must {must:.2f}  aim {aim:.2f}")
    print(f"  of the floor, same rows   {of_same:5.2f}   must {must:.2f}  aim {aim:.2f}")
    print("  two processes, total CPU  {:5.2f}   must {:.2f}  aim {:.2f}".format(median(two), *TWO[proof]))
    seconds = median(taken.seconds for taken in takes)
    late, _ = asyncio.run(idle_lag(seconds))
    came, held = max(late for late, _ in lags), max(held for _, held in lags)
    print(f"  event loop held at most   {held:5.1f} ms  must 20")
    print(f"    and late by             {came:5.1f} ms  (a loop with nothing to do: {late:.1f})")
    for name, micros in checks(folder / f"{proof}-0").items():
        extra = 0.0 if name == "sign once more" else micros - signing * each
        fraction = (signing + same) / (median(runs) + extra / each)
        print(f"    every badge checked by {name:20} {micros:5.0f} µs: {fraction:.2f} of the same rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path())
    parser.add_argument("--badges", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    random.seed(3)
    print(f"{args.badges:,} badges, chunks of {CHUNK}; CPU µs a badge, medians of {args.rounds} rounds")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=args.folder.resolve()) as name:
        folder = Path(name)
        for proof in PROOFS:
            report(folder, proof, args.badges, args.rounds)
        few, many = peak(folder / "few", args.badges // 10), peak(folder / "many", args.badges)
        counts = f"{few:.0f} MB for {args.badges // 10:,} badges, {many:.0f} MB for {args.badges:,}"
        print(f"\nmemory at most: {counts}")


if __name__ == "__main__":
    main()
