"""A clock that was ahead: the operator confirms that it is right now, and all goes on, on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.badges import status
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.instance.confirm import confirm_clock
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.log.log import position_at
from tests.flows.badges.test_round_trip import problems
from tests.flows.two_issuers import outside
from tests.simulator import START, World, run
from tests.team import TEAM

REASON = "The battery of the clock was empty."
ORDER = Order("team", "lead", "mailto:ana@example.org")


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def ahead_for_a_while(world: World) -> tuple[Awarded, Awarded]:
    """(a badge of before, one that was awarded while the clock was ten days ahead, as its lists were)."""
    early = run(award(world.ports, ORDER))
    world.later(days=10)
    late = run(award(world.ports, ORDER))
    run(status.suspend(world.ports, late.key, "being looked at"))
    assert outside(world, early.signed).outcome == "valid"
    world.later(days=-10, minutes=5)
    return early, late


def test_after_a_confirmation_all_goes_on_and_it_is_on_record(world: World) -> None:
    early, late = ahead_for_a_while(world)
    for act in (award(world.ports, ORDER), status.revoke(world.ports, early.key, "why")):
        with pytest.raises(UnavailableError) as refused:
            run(act)
        assert refused.value.code == "clock_wrong"
        assert "exchange clock confirm" in refused.value.message
    size = run(world.store.log_size())
    done = run(confirm_clock(world.ports, f" {REASON}\n"))
    assert (done.entry, done.newest, done.badges) == (size, START + timedelta(days=10), [late.key])
    record = run(world.store.log_record(size))
    assert record is not None
    assert record.content == {"newest": "2026-12-01T09:30:00Z", "reason": REASON}
    assert outside(world, run(award(world.ports, ORDER)).signed).outcome == "valid"
    assert outside(world, early.signed).outcome == "valid"  # its lists are not those of the days to come
    assert "not_yet_valid" in problems(outside(world, late.signed))
    run(status.revoke(world.ports, late.key, "dated by a wrong clock"))
    assert run(fsck(world.ports)).findings == []


def test_a_badge_that_was_left_unsigned_is_named_too(world: World) -> None:
    _, late = ahead_for_a_while(world)
    world.store._badges[late.key] = replace(world.store._badges[late.key], signed=None)
    assert run(confirm_clock(world.ports, REASON)).badges == [late.key]


def test_however_many_badges_bear_a_later_time_all_are_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.flows.instance.confirm._PAGE", 2)
    run(award(world.ports, ORDER))
    world.later(days=1)
    late = [run(award(world.ports, ORDER)).key for _ in range(5)]
    world.later(days=-1)
    assert sorted(run(confirm_clock(world.ports, REASON)).badges) == sorted(late)


def test_a_position_is_told_by_the_order_of_entries_and_not_by_what_a_wrong_clock_said(world: World) -> None:
    ahead_for_a_while(world)
    entry = run(confirm_clock(world.ports, REASON)).entry
    confirmed = world.now
    world.later(minutes=1)
    run(award(world.ports, ORDER))
    size = run(world.store.log_size())
    # After the confirmation: whatever was before it, and whatever time that bears, is older.
    assert run(position_at(world.ports, confirmed + timedelta(seconds=30))) == entry + 1
    assert run(position_at(world.ports, world.now + timedelta(seconds=30))) == size
    # Before it: nothing is called older that may not be.
    records = [run(world.store.log_record(n)) for n in range(entry)]
    wrong = next(n for n, one in enumerate(records) if one and b'"2026-12-01' in one.entry)
    assert run(position_at(world.ports, confirmed)) == wrong
    assert run(position_at(world.ports, START)) == 0


def drifting(world: World) -> None:
    world.drift = timedelta(seconds=61)


def held(world: World) -> None:
    world.store.broken = "The disk of the database is full. Make room on it."


def nothing(world: World) -> None:
    """As it is."""


@pytest.mark.parametrize(
    ("prepare", "reason", "family", "code"),
    [
        (drifting, REASON, UnavailableError, "clock_wrong"),
        (held, REASON, UnavailableError, "read_only"),
        (nothing, "  ", InputError, "reason_missing"),
        (lambda world: world.later(days=10), REASON, ConflictError, "clock_not_behind"),
        (lambda world: world.later(days=10, seconds=-60), REASON, ConflictError, "clock_not_behind"),
    ],
    ids=["moved while it ran", "read-only", "no reason", "ahead again", "within a minute"],
)
def test_what_cannot_be_confirmed_leaves_nothing(
    world: World, prepare: object, reason: str, family: type[ExchangeError], code: str
) -> None:
    ahead_for_a_while(world)
    world.later(minutes=-5)
    prepare(world)  # type: ignore[operator]
    size = run(world.store.log_size())
    with pytest.raises(family) as refused:
        run(confirm_clock(world.ports, reason))
    assert refused.value.code == code
    assert run(world.store.log_size()) == size
