"""The exchange as it is run: a database on disk, real keys, a real port, and a token for all of it."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.app import open_ports
from exchange.edge.application import build_litestar
from exchange.flows.issuers.sync import sync
from exchange.flows.people import people
from exchange.flows.people.records import SCOPES
from exchange.flows.people.roles import grant
from exchange.flows.ports import Ports
from exchange.flows.sign_in import tokens
from exchange.resources import data_path
from exchange.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True)
class LiveExchange:
    """`token` is an operator's who owns every issuer but `campus`, good for every scope."""

    url: str
    app: Any
    ports: Ports
    token: str
    loop: asyncio.AbstractEventLoop

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        """The result of a flow, in the loop of the service."""
        return asyncio.run_coroutine_threadsafe(flow, self.loop).result(30)


@contextmanager
def live_exchange(home: Path) -> Iterator[LiveExchange]:
    """One with the shipped issuers, until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        port = listener.getsockname()[1]
        environ = {"EXCHANGE_HOME": str(home), "EXCHANGE_PORT": str(port)}
        world = open_ports(Settings.from_environ(environ, checkout=True))

        def run(flow: Coroutine[Any, Any, T]) -> T:
            return asyncio.run_coroutine_threadsafe(flow, loop).result(60)

        ports = run(world.__aenter__())
        app = build_litestar(ports)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
        try:
            token = run(_furnish(ports))
            serving = asyncio.run_coroutine_threadsafe(server.serve(sockets=[listener]), loop)
            yield LiveExchange(ports.base_url, app, ports, token, loop)
            loop.call_soon_threadsafe(ports.hub.close)
            server.should_exit = True
            serving.result(10)
        finally:
            run(world.__aexit__(None, None, None))
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()


async def _furnish(ports: Ports) -> str:
    catalogues = load_catalogues(data_path("issuers"))
    await sync(ports, catalogues)
    person = await people.add(ports, "Olga Operator", "olga@example.org", "olga")
    await people.set_operator(ports, person.id, True)
    for catalogue in [one for one in catalogues if one.slug != "campus"]:  # which others speak for
        await grant(ports, catalogue.slug, person.id, "owner")
    _, secret = await tokens.add(ports, person.id, "a program", SCOPES)
    return secret
