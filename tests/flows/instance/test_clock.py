"""A clock that is wrong: nothing is signed, changed or put on record; what is there can be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.errors import UnavailableError
from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.instance.sweep import sweep
from exchange.flows.ports import Ports
from tests.faults.house import TEAM
from tests.flows.badges.test_round_trip import verdict
from tests.simulator import START, World, run

ORDER = Order("team", "lead", "mailto:ana@example.org")


@pytest.fixture
def world() -> World:
    from exchange.flows.issuers.sync import sync

    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def refused(flow: object) -> str:
    with pytest.raises(UnavailableError) as error:
        run(flow)  # type: ignore[arg-type]
    assert error.value.code == "clock_wrong"
    return error.value.message


def drifting(ports: Ports, seconds: float) -> Ports:
    return replace(ports, drift=lambda: timedelta(seconds=seconds))


def test_a_clock_behind_the_log_signs_and_changes_nothing(world: World) -> None:
    badge = run(award(world.ports, ORDER))
    size = run(world.store.log_size())
    world.later(seconds=-61)
    assert "by 61 seconds" in refused(award(world.ports, ORDER))
    for change in (status.suspend, status.revoke):
        refused(change(world.ports, badge.key, "a reason"))
    assert run(world.store.log_size()) == size
    assert run(world.store.history(badge.key)) == []
    assert [found.id for found in run(world.store.badges())] == [badge.key]
    assert run(world.store.unfinished(START + timedelta(days=1))) == []


def test_within_a_minute_all_goes_on(world: World) -> None:
    run(award(world.ports, ORDER))
    world.later(seconds=-59)
    run(award(world.ports, ORDER))
    run(award(drifting(world.ports, 59), ORDER))
    world.later(days=400)  # a quiet year is no fault of the clock
    badge = run(award(world.ports, ORDER))
    assert verdict(world, badge.signed).outcome == "valid"


@pytest.mark.parametrize(("seconds", "said"), [(61, "set ahead"), (-7200, "set back")])
def test_a_clock_that_was_moved_while_we_ran_signs_nothing(world: World, seconds: int, said: str) -> None:
    size = run(world.store.log_size())
    assert said in refused(award(drifting(world.ports, seconds), ORDER))
    assert run(world.store.log_size()) == size
    run(award(world.ports, ORDER))  # set right, it goes on


def test_what_a_crash_left_waits_for_a_right_clock(world: World) -> None:
    badge = run(award(world.ports, ORDER))
    left = replace(world.store._badges[badge.key], signed=None)
    world.store._badges[badge.key] = left
    world.later(minutes=1)
    assert run(sweep(drifting(world.ports, 3600))) == 0
    assert run(sweep(world.ports)) == 1
    assert run(world.store.badge(badge.key)).signed == badge.signed  # type: ignore[union-attr]
