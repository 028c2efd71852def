"""The company of `tests/portfolios.py`, with its web application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exchange.flows.people.records import Browser
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.described import DescribedClient
from tests.edge.shop import PAGE
from tests.endorsing import Peer
from tests.portfolios import PortfolioTown
from tests.simulator import run

SAME_SITE = {"sec-fetch-site": "same-origin"}
JSON = {"accept": "application/json"}


@dataclass
class Site(PortfolioTown):
    """Ben's browser is signed in."""

    client: DescribedClient = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.client = DescribedClient(self.world.ports)
        self.headers = self.as_(self.ben)

    def as_(self, peer: Peer) -> dict[str, str]:
        opened = run(open_session(self.ports, peer.person, "link", Browser()))
        return {**PAGE, **SAME_SITE, "cookie": f"exchange_session={opened.session}"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={**self.headers, **headers}, follow_redirects=False)

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> Any:
        headers = {**self.headers, **more.pop("headers", {})}
        return self.client.post(path, data=data, headers=headers, follow_redirects=False, **more)

    def send(self, path: str, body: Any = None, peer: Peer | None = None) -> Any:
        headers = {**(self.as_(peer) if peer else self.headers), **JSON}
        return self.client.post(path, json=body, headers=headers)
