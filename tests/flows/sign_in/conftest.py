"""An exchange that has one issuer."""

from __future__ import annotations

import pytest

from exchange.flows.issuers.sync import sync
from tests.simulator import World, run
from tests.team import TEAM


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world
