"""A client of the web application on ports of its own.

To build an application takes half a second, and there are thousands of tests: whoever has closed their client
leaves the application to the next one, who ties it to other ports.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from exchange.edge.application import build_litestar
from exchange.flows.people.records import NOBODY
from exchange.flows.ports import Ports

_IDLE: defaultdict[str, list[Litestar]] = defaultdict(list)


class Served(TestClient[Litestar]):
    """Asks an exchange that has these ports."""

    def __init__(self, ports: Ports) -> None:
        self._place = ports.base_url
        idle = _IDLE[self._place]
        application = idle.pop() if idle else build_litestar(ports)
        site = application.dependencies["site"].dependency()  # type: ignore[union-attr]
        object.__setattr__(site, "ports", replace(ports, who=NOBODY))
        super().__init__(application)

    def __exit__(self, *args: Any) -> None:
        super().__exit__(*args)
        _IDLE[self._place].append(self.app)
