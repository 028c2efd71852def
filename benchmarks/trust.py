"""The trust summary of one portfolio, in a graph of 10,000 people and in one of 100,000.

    python -m benchmarks.trust [--people N] [--each N]

On SQLite; CPU time of this process, which runs on one core. Rows are generated in SQL: 10 endorsements for
each person, a fifth of them for the 1 in 100 whom many endorse; three badges each, two skills in each
endorsement, teams of eight, 1 in 50 withdrawn, 1 in 5 not shown. The portfolios are of the same sizes in both
graphs, so what is compared is the graph.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.database.effects import Statement, only
from exchange.core.trust.facts import About
from exchange.flows.endorsements.trust import Summary, summed_up
from exchange.flows.records import Issuer

NOW = datetime(2026, 11, 26, tzinfo=UTC)
BASE = "https://badges.example.org"
MANY = 100
"""One in so many is somebody whom many endorse."""
FIGURES = """
    CREATE TEMP TABLE figure AS
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {rows})
    SELECT i, holder, (holder + 1 + i * 7919 % ({people} - 1)) % {people} AS endorser,
           strftime('%Y-%m-%d %H:%M:%S+00:00', '2025-11-26',
                    '+' || (i * 15485863 % 31536000) || ' seconds') AS at
    FROM (SELECT i, CASE WHEN i % 5 < 4 THEN i * 104729 % {people}
                         ELSE (i / 5 * 31 % ({people} / {many})) * {many} END AS holder FROM n)"""
ROWS = (
    """
    INSERT INTO badge (id, kind, issuer, achievement, version, recipient, proof, key_id, unsigned, message,
                       signed, intended_at, claim, reminded, state, renews)
    SELECT printf('%08x-e', i), 'endorsement', 'exchange', 'badge', 0, '', 'jwt', 'did', x'00', x'00', x'00',
           at, '', 0, '', ''
    FROM figure""",
    """
    INSERT INTO status_slot (list_id, purpose, list_index, badge, is_set)
    SELECT 'list-' || (i / 60000), 'revocation', i % 60000, printf('%08x-e', i), i % 50 = 7 FROM figure""",
    """
    INSERT INTO endorsement (id, endorser, issuer, holder, kind, subject, request, did, custody, state, shown,
                             supersedes, unsigned, list_id, list_index, drafted_at, signed_at)
    SELECT printf('%08x-e', i), 'p' || endorser, '', 'p' || holder, 'badge', printf('%08x-b', i), '',
           'did:key:z' || endorser, 'holder', CASE WHEN i % 50 = 7 THEN 'withdrawn' ELSE 'signed' END,
           CASE WHEN i % 5 = 3 THEN 'waiting' ELSE 'shown' END, '', x'',
           'list-' || (i / 60000), i % 60000, at, at
    FROM figure""",
    """
    INSERT INTO endorsement_fact (id, document, subject, holder, endorser, did, custody, relationship,
                                  endorser_team, holder_team, skills, supersedes, at)
    SELECT printf('%08x-e', i), '{base}/endorsements/' || printf('%08x-e', i),
           '{base}/badges/' || holder || '-' || (i % 3), '{base}/profiles/' || holder,
           '{base}/profiles/' || endorser, 'did:key:z' || endorser, 'holder', 'same-team',
           '{base}/teams/' || (endorser / 8), '{base}/teams/' || (holder / 8),
           '["skill ' || (i % 7) || '", "skill ' || (i % 7 + 7) || '"]', '', at
    FROM figure""",
    """
    INSERT INTO endorsed_skill (holder, skill, at, document, endorser, endorsement)
    SELECT '{base}/profiles/' || holder, 'skill ' || (i % 7 + 7 * more), at,
           '{base}/endorsements/' || printf('%08x-e', i), '{base}/profiles/' || endorser, printf('%08x-e', i)
    FROM figure, (SELECT 0 AS more UNION ALL SELECT 1)""",
)


def badge(person: int, which: int) -> str:
    return f"{BASE}/badges/{person}-{which}"


def portfolio(person: int) -> About:
    return About(frozenset(badge(person, which) for which in range(3)))


def together(people: list[int]) -> About:
    return About(frozenset(badge(person, which) for person in people for which in range(3)))


async def fill(store: DatabaseStore, people: int, each: int) -> None:
    await store.put_issuer(Issuer("exchange", "did:key:z6Mk", {"name": "The exchange"}, NOW))
    names = {"rows": people * each, "people": people, "many": MANY, "base": BASE}
    lists = f"""
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {people * each // 60000})
        INSERT INTO status_list (id, issuer, purpose, size, reserved, open, version, signed_version, did,
                                 base)
        SELECT 'list-' || i, 'exchange', 'revocation', 131072, 60000, FALSE, 1, 0, '', '' FROM n"""
    for sql in (lists, FIGURES, *ROWS, "DROP TABLE figure", "ANALYZE"):
        statement = Statement(sql if sql is lists else sql.format(**names))
        await store.engine.write(lambda statement=statement: only(statement))


async def measure(people: int, each: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exchange.sqlite3"
        store = await open_store(f"sqlite://{path}")
        try:
            began = time.perf_counter()
            await fill(store, people, each)
            size = sum(file.stat().st_size for file in Path(folder).iterdir()) >> 20  # noqa: ASYNC240
            took = time.perf_counter() - began
            print(f"{people:,} people, {people * each:,} endorsements ({size:,} MiB, filled in {took:.0f} s)")
            usual = [person for person in range(people // 3, people // 3 + 60) if person % MANY]
            many = [MANY * n for n in range(min(20, people // MANY))]
            await report(store, "usual", [portfolio(person) for person in usual], rounds)
            await report(store, "one that many endorse", [portfolio(person) for person in many], rounds)
            await report(
                store,
                "the 30 badges of ten of those",
                [together(many[:10]), together(many[10:])],
                rounds,
            )
        finally:
            await store.close()


async def report(store: DatabaseStore, name: str, asked: list[About], rounds: int) -> None:
    took, wall, behind = [], [], []
    for _ in range(rounds):
        for about in asked:
            start, cpu = time.perf_counter(), time.process_time()
            summary = await summed_up(store, about, NOW + timedelta(days=1))
            took.append((time.process_time() - cpu) * 1000)
            wall.append((time.perf_counter() - start) * 1000)
            behind.append(documents(summary))
    worst = sorted(took)[int(len(took) * 0.99)]
    print(
        f"  {name:30} {statistics.median(behind):6.0f} documents   CPU {statistics.median(took):7.2f} ms"
        f"   p99 {worst:7.2f}   wall {statistics.median(wall):7.2f}",
        flush=True,
    )


def documents(summary: Summary) -> int:
    return len({id for line in summary.lines for id in line.credentials})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, action="append")
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    for people in args.people or (10_000, 100_000):
        asyncio.run(measure(people, args.each, args.rounds))


if __name__ == "__main__":
    main()
