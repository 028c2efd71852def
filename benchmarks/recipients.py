"""The recipients table of an issuer with 1,000,000 badges: each page as the desk asks for it.

    python -m benchmarks.recipients [--rows N] [--body BYTES]

On SQLite and PostgreSQL. Rows are generated in SQL: every badge signed, 1 in 50 revoked, 1 in 100 suspended,
half of them with an end from a year ago to a year ahead, 1 in 5 with a mail in the outbox. A body is
shorter than a real one, so that the disk has room; what a filter looks at is in an index without bodies.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.database.effects import Statement, only
from exchange.flows.recipients.records import Wanted
from exchange.flows.records import Issuer
from tests.adapters.postgres_server import NotHereError, postgres_server

START = datetime(2025, 11, 26, tzinfo=UTC)
NOW = START + timedelta(days=365)
BADGES = {
    "sqlite": """
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {rows})
        INSERT INTO badge (id, kind, issuer, achievement, version, recipient, proof, key_id, unsigned,
                           message, signed, intended_at, state, valid_until, renews, claim)
        SELECT printf('%08x-0000-7000-8000-000000000000', i), 'badge', 'team', 'badge-' || (i % 20), 1,
               'mailto:' || substr('abcdefghijklmnopqrstuvwxyz', i * 7919 % 26 + 1, 1) || (i * 7919 % {rows})
                         || '@example.org',
               'eddsa-rdfc-2022', 'key', randomblob({body}), x'00', randomblob({body}),
               strftime('%Y-%m-%d %H:%M:%S+00:00', '2025-11-26',
                        '+' || (i * 31536000 / {rows}) || ' seconds'),
               CASE WHEN i % 50 = 0 THEN 'revoked' WHEN i % 100 = 1 THEN 'suspended' ELSE '' END,
               CASE WHEN i % 2 = 0 THEN strftime('%Y-%m-%d %H:%M:%S+00:00', '2025-11-26',
                    '+' || (i * 7919 % 63072000) || ' seconds') END, '', {claim}
        FROM n""",
    "postgres": """
        INSERT INTO badge (id, kind, issuer, achievement, version, recipient, proof, key_id, unsigned,
                           message, signed, intended_at, state, valid_until, renews, claim)
        SELECT lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000000', 'badge', 'team',
               'badge-' || (i % 20), 1,
               'mailto:' || substr('abcdefghijklmnopqrstuvwxyz', (i * 7919 % 26 + 1)::int, 1)
                         || (i * 7919 % {rows}) || '@example.org',
               'eddsa-rdfc-2022', 'key', decode(repeat(md5(i::text), {body} / 16), 'hex'), '\\x00',
               decode(repeat(md5(i::text), {body} / 16), 'hex'),
               timestamptz '2025-11-26 00:00:00+00' + (i * 31536000 / {rows}) * interval '1 second',
               CASE WHEN i % 50 = 0 THEN 'revoked' WHEN i % 100 = 1 THEN 'suspended' ELSE '' END,
               CASE WHEN i % 2 = 0 THEN timestamptz '2025-11-26 00:00:00+00'
                    + (i * 7919 % 63072000) * interval '1 second' END, '', {claim}
        FROM generate_series(0::bigint, {rows} - 1) i""",
}
CLAIM = "CASE WHEN i % 500 = 3 THEN 'declined' WHEN i % 10 < 6 THEN 'accepted' ELSE 'offered' END"
MAILS = """
    INSERT INTO outbox (parcel, channel, subject, destination, recipient, payload, posted_at, due_at,
                        attempts, lease, reason, sent_at)
    SELECT id, 'mail', 'badge:' || id, '', '', '', intended_at, intended_at, 1, '', '', intended_at
    FROM badge WHERE achievement IN ('badge-1', 'badge-2', 'badge-3', 'badge-4')"""
TEAM = Wanted("team")
Ask = Callable[[DatabaseStore], Awaitable[object]]


def page(wanted: Wanted, before: str | None = None) -> Ask:
    return lambda store: store.recipients(wanted, NOW, 51, before)


def key(i: int) -> str:
    return f"{i:08x}-0000-7000-8000-000000000000"


async def everything(store: DatabaseStore) -> int:
    """All ids, as the preview of a change of everything reads them."""
    count, last = 0, None
    while found := await store.matching(TEAM, NOW, 5_000, last):
        last: str | None = found[-1].badge
        count += len(found)
    return count


def cases(rows: int) -> Mapping[str, Ask]:
    nobody = replace(TEAM, achievement="badge-99")
    return {
        "first page": page(TEAM),
        "in the middle": page(TEAM, key(rows // 2)),
        "last page": page(TEAM, key(40)),
        "valid": page(replace(TEAM, status="valid")),
        "expiring within 30 days": page(replace(TEAM, status="expiring")),
        "expired": page(replace(TEAM, status="expired")),
        "revoked": page(replace(TEAM, status="revoked")),
        "revoked, last page": page(replace(TEAM, status="revoked"), key(1_000)),
        "accepted": page(replace(TEAM, claim="accepted")),
        "offered": page(replace(TEAM, claim="offered")),
        "offered, but nobody took it": page(replace(TEAM, claim="expired")),
        "declined, last page": page(replace(TEAM, claim="declined"), key(20_000)),
        "declined, and suspended": page(replace(TEAM, claim="declined", status="suspended")),
        "one achievement, never claimed": page(replace(TEAM, achievement="badge-7", claim="expired")),
        "one achievement": page(replace(TEAM, achievement="badge-7")),
        "one achievement, suspended": page(replace(TEAM, achievement="badge-1", status="suspended")),
        "an achievement that nobody has": page(nobody),
        "a week, a year ago": page(replace(TEAM, until=START + timedelta(days=7))),
        "recipient, one": page(replace(TEAM, to="mailto:a7919@")),
        "recipient, a few hundred": page(replace(TEAM, to="mailto:a791")),
        "recipient, two letters": page(replace(TEAM, to="mailto:a7")),
        "recipient, 1 in 26": page(replace(TEAM, to="mailto:a")),
        "recipient, 1 in 26, declined": page(replace(TEAM, to="mailto:a", claim="declined")),
        "all ids, for a change of everything": everything,
    }


async def fill(store: DatabaseStore, rows: int, body: int) -> None:
    await store.put_issuer(Issuer("team", "did:key:z6Mk", {"name": "Team"}, START))
    kind = store.engine.engine_type
    for sql in (BADGES[kind].format(rows=rows, body=body, claim=CLAIM), MAILS):
        await _run(store, sql)


async def _run(store: DatabaseStore, sql: str) -> None:
    if store.engine.engine_type == "sqlite":
        await store.engine.write(lambda: only(Statement(sql)))
        return
    async with store.engine.pool.acquire() as connection:  # type: ignore[attr-defined]
        await connection.execute("SET statement_timeout = 0")
        await connection.execute(sql, timeout=3_600)
        await connection.execute("VACUUM (ANALYZE) badge", timeout=3_600)
        await connection.execute("VACUUM (ANALYZE) outbox", timeout=3_600)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[DatabaseStore]:
    store = await open_store(url)
    try:
        yield store
    finally:
        await store.close()


async def measure(url: str, rows: int, body: int, rounds: int) -> dict[str, float]:
    async with opened(url) as store:
        began = time.perf_counter()
        await fill(store, rows, body)
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
        found = {}
        for name, ask in cases(rows).items():
            took = []
            for _ in range(1 if ask is everything else rounds):
                began = time.perf_counter()
                await ask(store)
                took.append((time.perf_counter() - began) * 1000)
            found[name] = statistics.median(took)
            print(f"{name:40} {found[name]:10.1f} ms   (first {took[0]:.1f})", flush=True)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--body", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", choices=("sqlite", "postgres"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.only != "postgres":
            print("SQLite")
            url = f"sqlite://{Path(folder) / 'exchange.sqlite3'}"
            asyncio.run(measure(url, args.rows, args.body, args.rounds))
        if args.only == "sqlite":
            return
        try:
            with postgres_server() as url:
                print("PostgreSQL")
                asyncio.run(measure(url, args.rows, args.body, args.rounds))
        except NotHereError as reason:
            print(f"PostgreSQL is left out: {reason}")


if __name__ == "__main__":
    main()
