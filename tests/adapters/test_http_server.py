"""Heads of requests: as long and as slow as they may be, and no more; what is right is answered."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from exchange.adapters import http_server
from exchange.adapters.http_server import MAX_HEAD, BoundedHttp

pytestmark = pytest.mark.anyio
GOOD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"


class Served:
    """A server that counts what reaches its application."""

    def __init__(self) -> None:
        self.asked = 0
        self.sock = socket.create_server(("127.0.0.1", 0))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.asked += 1
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask(self, raw: bytes) -> bytes:
        """All that is answered until the connection is closed."""
        read, write = await asyncio.open_connection(*self.sock.getsockname())
        try:
            write.write(raw)
            return await asyncio.wait_for(read.read(), 10)
        except ConnectionError:
            return b""
        finally:
            write.close()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    server = uvicorn.Server(uvicorn.Config(served, http=BoundedHttp, lifespan="off", log_level="error"))  # type: ignore[arg-type]
    running = asyncio.create_task(server._serve([served.sock]))
    yield served
    server.should_exit = True
    await running


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(GET + b"Cookie: " + b"a=b; " * 200_000 + b"\r\n\r\n", id="one header"),
        pytest.param(GET.replace(b"/ ", b"/?" + b"a=b&" * 12_000 + b" ", 1) + b"\r\n", id="an address"),
        pytest.param(GET + b"X: y\r\n" * 20_000 + b"\r\n", id="many headers"),
        pytest.param(GET + b"Cookie: " + b"a" * 1_000_000, id="a header without an end"),
    ],
)
async def test_a_head_without_measure_is_refused_and_reaches_nobody(served: Served, raw: bytes) -> None:
    assert (await served.ask(raw))[:12] in (b"HTTP/1.1 400", b"")
    assert served.asked == 0
    assert (await served.ask(GOOD)).startswith(b"HTTP/1.1 204")
    assert served.asked == 1


async def test_what_is_long_but_right_is_answered_and_one_request_counts_not_for_the_next(
    served: Served,
) -> None:
    long = b"X: " + b"a" * (MAX_HEAD // 2) + b"\r\n"
    told = await served.ask(GET + long + b"\r\n" + GET + long + b"\r\n" + GOOD + b"")
    assert told.count(b"HTTP/1.1 204") == served.asked == 3
    body = GOOD.replace(b": 3", b": 500000").replace(b"abc", b"a" * 500_000)
    assert (await served.ask(body)).startswith(b"HTTP/1.1 204")


async def test_a_head_that_never_ends_is_not_waited_for(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "HEAD_SECONDS", 0.05)
    assert [await served.ask(raw) for raw in (b"", b"GET / HT", GET)] == [b"", b"", b""]
    assert served.asked == 0
    assert (await served.ask(GOOD)).startswith(b"HTTP/1.1 204")
