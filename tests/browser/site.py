"""The web application on a real port, over a world that tests change while it runs."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import uvicorn

from exchange.adapters.catalogues.draw import Pillow
from exchange.edge.application import build_litestar
from exchange.edge.instance.styleguide import styleguide
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.issuers.sync import sync
from exchange.flows.people.records import Browser, Person
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import Introduction, first_operator, make_link, redeem
from tests.edge.shop import SCHOOL
from tests.simulator import World

T = TypeVar("T")


@dataclass(frozen=True)
class LiveSite:
    """`url` is where it listens. Flows run in the site's own loop; the browser's driver has another."""

    url: str
    world: World
    ports: Ports
    loop: asyncio.AbstractEventLoop

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        """The result of a flow in the world of this site."""
        return asyncio.run_coroutine_threadsafe(flow, self.loop).result(20)

    def award(self, to: str = "mailto:ana@example.org", **more: Any) -> Awarded:
        """A signed badge with evidence and a story."""
        order = Order(
            "school",
            "incident-lead",
            to,
            evidence=("https://example.org/report",),
            narrative="Led the *checkout outage*: 47 minutes, four teams, one timeline.",
            **more,
        )
        return self.run(award(self.ports, order))

    def operator(self) -> Person:
        """Who runs this site; its first operator, if nobody did yet."""
        if known := self.run(first_operator(self.ports)):
            return known
        secret = self.run(make_link(self.ports)).rpartition("#")[2]
        olga = Introduction("Olga Operator", "olga@example.org")
        return self.run(redeem(self.ports, secret, Browser(), olga)).person

    def sign_in_as(self, page: Any, id: str) -> None:
        """Somebody else, who has an account."""
        person = self.run(self.ports.store.person(id))
        page.goto(self.run(make_link(self.ports, person)))
        page.click("#sign-in button")
        page.wait_for_selector(".desk, .account")

    def sign_in(self, page: Any) -> None:
        """The operator, in that page's browser."""
        page.goto(self.run(make_link(self.ports)))
        enter(page)


def enter(page: Any) -> None:
    """Hand in the link that is ready; whoever is the first at this site says who she is."""
    page.click("#sign-in button")
    page.wait_for_selector(".desk, #name")
    if page.query_selector("#name"):
        page.fill("#name", "Olga Operator")
        page.fill("#address", "olga@example.org")
        page.click("form.panel button")
    page.wait_for_selector(".desk")


@contextmanager
def live_site(**world: Any) -> Iterator[LiveSite]:
    """A site with one issuer and one badge to earn, until the block ends; `world` as `World` has it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        world = World(base_url=f"http://localhost:{listener.getsockname()[1]}", **world)
        site = LiveSite(world.base_url, world, replace(world.ports, draw=Pillow()), loop)
        site.run(sync(site.ports, [SCHOOL]))
        app = build_litestar(site.ports, extra_handlers=[styleguide])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
        serving = asyncio.run_coroutine_threadsafe(server.serve(sockets=[listener]), loop)
        try:
            yield site
        finally:
            loop.call_soon_threadsafe(site.ports.hub.close)
            server.should_exit = True
            serving.result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()
