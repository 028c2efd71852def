"""A world in which there is something to award to many."""

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
