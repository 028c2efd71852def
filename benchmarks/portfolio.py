"""The public value of a portfolio beside a bare Litestar route, its first build, and an embed's first paint.

    python -m benchmarks.portfolio [FOLDER] [--rows N]… [--no-paint]

One issuer, a holder with 200 badges, and portfolios of 5, 50 and 200 of them behind links, in a database of
10,000 and of 1,000,000 badges of others, with their status entries, their lines in the log and portfolios of
their own; rows of others are generated in SQL, on SQLite. One server process under uvicorn with uvloop and
httptools, as `exchange serve` runs it, holds all routes; a client in another process keeps some connections
busy with raw sockets. What is compared is the server's CPU time a request, in turns, medians over rounds.

A first build is what `show` and the encoding take, in the server: *cold* while nothing of these badges was
ever verified there, *known* where their signatures were (a portfolio that changed, or is a minute old). The
first paint is Chromium's own figure (`first-contentful-paint`) in a frame on a page at another port.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import shutil
import socket
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import uvicorn
from litestar import Litestar, get
from litestar.types import Receive, Scope, Send

from benchmarks.bulk import Orders, with_ports
from benchmarks.http import ask
from exchange.adapters.database.effects import Statement, only
from exchange.core.portfolio.portfolio import Item, Portfolio
from exchange.edge.application import build_litestar
from exchange.flows.badges.award_many import award_many
from exchange.flows.embeds.hub import Hub
from exchange.flows.people.records import Address, Person
from exchange.flows.portfolios.kept import kept_by_secret
from exchange.flows.portfolios.records import Kept, Link
from exchange.flows.ports import Ports
from exchange.flows.sign_in.secrets import hash_of
from exchange.service import settle

SIZES = (5, 50, 200)
ROWS = (10_000, 1_000_000)
ROUNDS, BUILDS, PAINTS = 7, 15, 7
BARE, EMBED, SHARED, PAGE = "bare route, the same bytes", "embed's value", "link's value", "page"
REQUESTS = {BARE: 2_000, EMBED: 2_000, SHARED: 2_000, PAGE: 24}
ACCEPT = {PAGE: "text/html"}
OTHERS = (
    """
    INSERT INTO badge (id, kind, issuer, achievement, version, recipient, proof, key_id, unsigned, message,
                       signed, intended_at, state, valid_until, renews, claim)
    SELECT printf('%08x-o', i), 'badge', 'atlas', 'lead', 1, 'mailto:o' || (i % 100000) || '@example.org',
           'jwt', 'key', randomblob(64), x'00', randomblob(64), '2026-01-01 00:00:00+00:00', '', NULL, '',
           'accepted'
    FROM n""",
    """
    INSERT INTO status_slot (list_id, purpose, list_index, badge, is_set)
    SELECT 'others-' || (i / 60000), 'revocation', i % 60000, printf('%08x-o', i), 0 FROM n""",
    """
    INSERT INTO log_entry (position, entry, content, salt)
    SELECT -1 - i, x'00', NULL, NULL FROM n""",
    """
    INSERT INTO log_about (about, position)
    SELECT 'badge:' || printf('%08x-o', i), -1 - i FROM n""",
    """
    INSERT INTO person (id, name, created_at, language, operator, state, picture_digest, halted)
    SELECT 'o' || i, 'Other ' || i, '2026-01-01 00:00:00+00:00', '', 0, 'active', '', ''
    FROM n WHERE i % 10 = 0""",
    """
    INSERT INTO address (address, person, verified_at, is_primary, former)
    SELECT 'o' || i || '@example.org', 'o' || i, '2026-01-01 00:00:00+00:00', 1, 0 FROM n WHERE i % 10 = 0""",
    """
    INSERT INTO portfolio (id, person, said, revision, made_at, changed_at)
    SELECT 'o' || i, 'o' || i, '{{"headline":"x"}}', 1, '2026-01-01 00:00:00+00:00',
           '2026-01-01 00:00:00+00:00' FROM n WHERE i % 10 = 0""",
    """
    INSERT INTO portfolio_link (id, portfolio, label, hash, items, receipt, made_at, opened)
    SELECT 'o' || i, 'o' || i, 'x', 'hash-' || i, NULL, 0, '2026-01-01 00:00:00+00:00', 0
    FROM n WHERE i % 10 = 0""",
)
LISTS = """
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {rows} / 60000)
    INSERT INTO status_list (id, issuer, purpose, size, reserved, open, version, signed_version, did, base)
    SELECT 'others-' || i, 'atlas', 'revocation', 131072, 60000, FALSE, 1, 0, '', '' FROM n"""
NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {rows})"


def secret(size: int) -> str:
    return f"secret-of-{size:03}"


async def fill(ports: Ports, rows: int) -> None:
    """The holder's badges and links first, then what is others'."""
    keys: list[str] = []
    async for chunk in award_many(ports, Orders(max(SIZES), "eddsa-rdfc-2022"), "portfolio"):
        keys += [made.key for made in chunk]
    store, now = ports.store, ports.now()
    await store.put_person(Person("ben", "Ben Holder", now), [Address("ben@example.org", "ben", now)])
    await _run(ports, "UPDATE badge SET claim = 'accepted', recipient = 'mailto:ben@example.org'")
    for size in SIZES:
        items = tuple(Item(key=f"k{n}", kind="badge", id=key) for n, key in enumerate(keys[:size]))
        said = Portfolio(headline=f"A portfolio of {size} badges", items=items)
        await store.put_portfolio(Kept(f"p{size}", "ben", said, 1, now, now))
        await store.put_portfolio_link(
            Link(f"l{size}", f"p{size}", "Board", hash_of(secret(size)), None, False, now)
        )
    await _run(ports, LISTS.format(rows=rows))
    for sql in OTHERS:
        into, select, rest = sql.format().partition("SELECT")
        await _run(ports, f"{into}{NUMBERS.format(rows=rows)} {select}{rest}")
    await _run(ports, "ANALYZE")


async def _run(ports: Ports, sql: str) -> None:
    await ports.store.engine.write(lambda: only(Statement(sql)))  # type: ignore[attr-defined]


async def builds(ports: Ports, size: int, *, cold: bool) -> list[float]:
    """CPU ms of some first builds; `cold`: with nothing verified before."""
    took, hub = [], Hub()
    for turn in range(BUILDS + 1):
        known, hub = hub, Hub()
        if not cold:
            hub.stood = known.stood
        fresh = replace(ports, hub=hub)
        began = time.process_time()
        made = await kept_by_secret(fresh, secret(size))
        made.value.served(ports.base_url, ports.now())
        if turn:
            took.append((time.process_time() - began) * 1000)
    assert made.value.shown.counts == {"valid": size}
    return took


def serve(folder: Path, rows: int, pipe: Connection) -> None:
    """Fill it, say the port, what first builds take; then answer each message with the CPU time so far."""

    async def work(ports: Ports) -> None:
        began = time.perf_counter()
        await fill(ports, rows)
        print(f"  filled in {time.perf_counter() - began:.0f} s", flush=True)
        settle()
        first = {
            (size, cold): median(await builds(ports, size, cold=cold))
            for cold in (True, False)
            for size in SIZES
        }
        bodies = {}
        for size in SIZES:
            known = await kept_by_secret(ports, secret(size))
            bodies[str(size)] = known.value.served(ports.base_url, ports.now()).body

        @get("/bare/{size:str}", media_type="application/json")
        async def bare(size: str) -> bytes:
            return bodies[size]

        app = build_litestar(ports)
        alone = Litestar([bare], openapi_config=None, logging_config=None)

        async def both(scope: Scope, receive: Receive, send: Send) -> None:
            target: Any = alone if str(scope.get("path", "")).startswith("/bare") else app
            await target(scope, receive, send)

        sock = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            both, loop="uvloop", http="httptools", log_level="warning", server_header=False, lifespan="off"
        )
        server = uvicorn.Server(config)
        threading.Thread(target=_tell, args=(pipe, server), daemon=True).start()
        pipe.send((sock.getsockname()[1], first, {size: len(body) for size, body in bodies.items()}))
        gc.collect()
        gc.freeze()
        await server.serve(sockets=[sock])

    import uvloop

    uvloop.run(with_ports(folder, work))


def _tell(pipe: Connection, server: uvicorn.Server) -> None:
    with suppress(EOFError):
        while pipe.recv():
            pipe.send(time.process_time())
    server.should_exit = True


def path(name: str, size: int) -> str:
    return {
        BARE: f"/bare/{size}",
        EMBED: f"/embed/portfolios/{secret(size)}.json",
        SHARED: f"/p/{secret(size)}.json",
        PAGE: f"/p/{secret(size)}",
    }[name]


def requests(mine: Connection, port: int) -> dict[tuple[str, int], float]:
    """µs of the server's CPU a request."""
    cases = [(name, size) for size in SIZES for name in REQUESTS]
    cost: dict[tuple[str, int], list[float]] = {case: [] for case in cases}
    for _ in range(ROUNDS):
        for name, size in cases:
            mine.send(True)
            before = mine.recv()
            count = REQUESTS[name] * min(50, size) // size
            count = max(8, count - count % 8)
            ask(port, [path(name, size)], count, ACCEPT.get(name, "application/json"))
            mine.send(True)
            cost[name, size].append((mine.recv() - before) / count * 1e6)
    return {case: median(values) for case, values in cost.items()}


class _Host(BaseHTTPRequestHandler):
    """A page elsewhere, with the frame in it."""

    def do_GET(self) -> None:
        body = self.server.page.encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # the browser was closed meanwhile
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


FRAME = "performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)[0]"
WHEN = f"""() => new Promise((done) => {{
  const look = () => {{ const at = {FRAME}; at === undefined ? setTimeout(look, 5) : done(at); }};
  look(); }})"""


def paints(port: int, size: int) -> list[float]:
    """ms from the frame's own start to its first contentful paint, each in a browser that has nothing yet."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import ARGS, NAMES

    program = next(filter(None, map(shutil.which, NAMES)))
    host = ThreadingHTTPServer(("127.0.0.1", 0), _Host)
    source = f"http://127.0.0.1:{port}/embed/portfolios/{secret(size)}"
    host.page = (  # type: ignore[attr-defined]
        f'<!doctype html><title>A page</title><iframe src="{source}" width="480" height="600"></iframe>'
    )
    threading.Thread(target=host.serve_forever, daemon=True).start()
    took = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGS)
        for turn in range(PAINTS + 1):
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"http://localhost:{host.server_address[1]}/")
            frame = next(one for one in page.frames if one.url.startswith(source))
            at = frame.evaluate(WHEN)
            if turn:  # the first is the browser's own start
                took.append(float(at))
            context.close()
        browser.close()
    host.shutdown()
    return took


def measure(base: str, rows: int, paint: bool) -> None:
    print(f"{rows:,} badges of others", flush=True)
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base) as folder:
        server = context.Process(target=serve, args=(Path(folder).resolve(), rows, its))
        server.start()
        its.close()  # so that what ends there ends here
        port, first, sizes = mine.recv()
        cost = requests(mine, port)
        for size in SIZES:
            bare = cost[BARE, size]
            cold, known = first[size, True], first[size, False]
            print(f"  {size:3} badges, {sizes[str(size)]:,} bytes")
            print(f"    first build: cold {cold:.1f} ms of CPU, known {known:.1f}")
            for name in REQUESTS:
                took = cost[name, size]
                print(f"    {name:28} {took:9.1f} µs of the server's CPU, {bare / took:.2f} of bare")
        for size in SIZES if paint else ():
            shown = paints(port, size)
            print(f"  first paint of {size:3} badges: {median(shown):.0f} ms, at most {max(shown):.0f}")
        mine.send(False)
        server.join(10)
        server.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=".")
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--no-paint", action="store_true")
    args = parser.parse_args()
    for rows in args.rows or ROWS:
        measure(args.folder, rows, not args.no_paint)
    print("must: value 0.6 of bare, first build 15 ms, first paint 300 ms, each with 50 badges")


if __name__ == "__main__":
    main()
