"""One fresh exchange for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from exchange.core.canonical import Exact
from exchange.core.canonical.contexts import SHIPPED, Contexts
from tests.core.w3c import NOW
from tests.edge.shop import Shop
from tests.edge.vc_suite import Suite
from tests.simulator import World


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with shop.client:
        yield shop


@pytest.fixture
def suite(exact_here: Callable[[Contexts], Exact]) -> Iterator[Suite]:
    world = World(now=NOW)
    suite = Suite(world, replace(world.ports, exact=exact_here(SHIPPED)))
    with suite.client:
        yield suite
