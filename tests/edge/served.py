"""A client of the web application on ports of its own.

To build an application takes half a second, and there are thousands of tests: each test leaves those that it
used to the next one, who ties them to other ports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from exchange.edge.application import build_litestar
from exchange.flows.people.records import NOBODY
from exchange.flows.ports import Ports

_IDLE: defaultdict[str, list[Litestar]] = defaultdict(list)
_LENT: list[tuple[str, Litestar]] = []


class Served(TestClient[Litestar]):
    """Asks an exchange that has these ports, until it is closed or the test ends."""

    def __init__(self, ports: Ports) -> None:
        idle = _IDLE[ports.base_url]
        application = idle.pop() if idle else build_litestar(ports)
        site = application.dependencies["site"].dependency()  # type: ignore[union-attr]
        object.__setattr__(site, "ports", replace(ports, who=NOBODY))
        self._loan = ports.base_url, application
        _LENT.append(self._loan)
        super().__init__(application)

    def __exit__(self, *args: Any) -> None:
        super().__exit__(*args)
        if self._loan in _LENT:
            _give_back(_LENT.index(self._loan))


def _give_back(place: int) -> None:
    base_url, application = _LENT.pop(place)
    _IDLE[base_url].append(application)


@contextmanager
def lending() -> Iterator[None]:
    """What is lent while this lasts is given back at its end, closed or not."""
    before = len(_LENT)
    yield
    while len(_LENT) > before:
        _give_back(-1)
