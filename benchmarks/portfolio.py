"""scratch"""
from __future__ import annotations

import asyncio
import cProfile
import pstats
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bulk import Orders, with_ports
from exchange.adapters.database.effects import Statement, only
from exchange.core.portfolio.portfolio import Item, Portfolio
from exchange.flows.badges.award_many import award_many
from exchange.flows.people.records import Address, Person
from exchange.flows.portfolios.records import Kept, Link
from exchange.flows.portfolios.show import shown_by_secret
from exchange.flows.ports import Ports
from exchange.flows.sign_in.secrets import hash_of
from exchange.core import strict_json

SIZES = (5, 50, 200)


async def fill(ports: Ports) -> None:
    keys = []
    async for chunk in award_many(ports, Orders(200, "eddsa-rdfc-2022"), "portfolio"):
        keys += [made.key for made in chunk]
    store, now = ports.store, ports.now()
    await store.put_person(Person("ben", "Ben Holder", now))
    for n in range(200):
        pass
    await store.engine.write(lambda: only(Statement("UPDATE badge SET claim = 'accepted', recipient = 'mailto:ben@example.org'")))
    await store.put_address(Address("ben@example.org", "ben", now))
    for size in SIZES:
        said = Portfolio(headline=f"{size} badges", items=tuple(Item(key=f"k{n}", kind="badge", id=key) for n, key in enumerate(keys[:size])))
        await store.put_portfolio(Kept(f"p{size}", "ben", said, 1, now, now))
        await store.put_portfolio_link(Link(f"l{size}", f"p{size}", "x", hash_of(f"secret-{size}"), None, False, now))


async def main(ports: Ports) -> None:
    await fill(ports)
    for size in SIZES:
        took = []
        for _ in range(10):
            cpu = time.process_time()
            shown, _ = await shown_by_secret(ports, f"secret-{size}")
            a = time.process_time()
            body = strict_json.dump(shown.to_json(ports.base_url, ports.now()))
            took.append((round((a - cpu) * 1000, 1), round((time.process_time() - a) * 1000, 2)))
        print(size, shown.counts, len(body), took)
    if len(sys.argv) > 1:
        p = cProfile.Profile()
        from exchange.flows.badges import verify
        real = asyncio.to_thread
        async def direct(f, *a): return f(*a)
        asyncio.to_thread = direct
        verify.asyncio.to_thread = direct
        p.enable()
        for _ in range(5):
            shown, _ = await shown_by_secret(ports, "secret-50")
        p.disable()
        pstats.Stats(p).sort_stats(sys.argv[1]).print_stats(60)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(with_ports(Path(folder), main))
