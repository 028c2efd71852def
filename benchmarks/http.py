"""A credential and a badge's page beside a bare Litestar route: `python -m benchmarks.http [FOLDER]`.

One server process under uvicorn with uvloop and httptools, as `exchange serve` runs it, holds all routes; a
client in another process keeps some connections busy with raw sockets. What is compared is the server's CPU
time a request, in turns, medians over rounds. Requests a second are those of this client, which shares the
machine with the server.
"""

from __future__ import annotations

import multiprocessing
import socket
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import uvicorn
from litestar import Litestar, get
from litestar.types import Receive, Scope, Send

from benchmarks.bulk import Orders, with_ports
from exchange.edge.application import build_litestar
from exchange.flows.badges.award_many import award_many
from exchange.flows.ports import Ports

BADGES, CONNECTIONS, ROUNDS = 500, 8, 9
BARE, CREDENTIAL, PAGE = "bare Litestar route, the same bytes", "credential by its id", "badge's page"
REQUESTS = {BARE: 4_000, CREDENTIAL: 4_000, PAGE: 200}
ACCEPT = {PAGE: "text/html"}


def serve(folder: Path, pipe: Connection) -> None:
    """Say the port and the paths; then answer each message with the CPU time used so far."""

    async def work(ports: Ports) -> None:
        keys: list[str] = []
        async for chunk in award_many(ports, Orders(BADGES, "eddsa-rdfc-2022"), "http"):
            keys += [made.key for made in chunk]
        badge = await ports.store.badge(keys[0])
        assert badge
        assert badge.signed
        body = badge.signed

        @get("/bare", media_type="application/vc")
        async def bare() -> bytes:
            return body

        app = build_litestar(ports)
        alone = Litestar([bare], openapi_config=None, logging_config=None)

        async def both(scope: Scope, receive: Receive, send: Send) -> None:
            await (alone if scope.get("path") == "/bare" else app)(scope, receive, send)  # type: ignore[arg-type]

        sock = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            both, loop="uvloop", http="httptools", log_level="warning", server_header=False, lifespan="off"
        )
        server = uvicorn.Server(config)
        threading.Thread(target=_tell, args=(pipe, server), daemon=True).start()
        pipe.send((sock.getsockname()[1], ["/bare"], [f"/badges/{key}" for key in keys]))
        await server.serve(sockets=[sock])

    import uvloop

    uvloop.run(with_ports(folder, work))


def _tell(pipe: Connection, server: uvicorn.Server) -> None:
    while pipe.recv():
        pipe.send(time.process_time())
    server.should_exit = True


def ask(port: int, paths: list[str], count: int, accept: str) -> int:
    """So many requests over some connections; the bytes of the bodies."""
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    received = 0
    for start in range(0, count, CONNECTIONS):
        for n, sock in enumerate(sockets):
            path = paths[(start + n) % len(paths)]
            request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n"
            sock.sendall(request.encode())
        received += sum(_answer(sock) for sock in sockets)
    for sock in sockets:
        sock.close()
    return received


def _answer(sock: socket.socket) -> int:
    data = sock.recv(65_536)
    while b"\r\n\r\n" not in data:
        data += sock.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += sock.recv(65_536)
    return length


def main() -> None:
    base = sys.argv[1] if len(sys.argv) > 1 else "."
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base) as folder:
        server = context.Process(target=serve, args=(Path(folder).resolve(), its))
        server.start()
        port, bare, badges = mine.recv()
        cases = {BARE: bare, CREDENTIAL: badges, PAGE: badges}
        cost: dict[str, list[float]] = {name: [] for name in cases}
        rate: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(ROUNDS):
            for name, paths in cases.items():
                mine.send(True)
                before, began = mine.recv(), time.perf_counter()
                ask(port, paths, REQUESTS[name], ACCEPT.get(name, "application/vc"))
                rate[name].append(REQUESTS[name] / (time.perf_counter() - began))
                mine.send(True)
                cost[name].append((mine.recv() - before) / REQUESTS[name] * 1e6)
        mine.send(False)
        server.join(10)
        server.kill()
    for name in cases:
        of_bare = median(cost[BARE]) / median(cost[name])
        print(
            f"  {name:36} {median(cost[name]):8.1f} µs of the server's CPU, {of_bare:.2f} of bare, ", end=""
        )
        print(f"{median(rate[name]):7,.0f} requests/s")
    print("  credential, of the bare route: must 0.50, aim 0.70")


if __name__ == "__main__":
    main()
