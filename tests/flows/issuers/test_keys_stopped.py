"""Stop and resume: nothing is signed meanwhile, and badges can be checked all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.errors import UnavailableError
from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.instance import sweep
from exchange.flows.issuers import keys
from tests.flows.badges.test_round_trip import problems
from tests.flows.two_issuers import (
    STOLEN,
    active,
    awarded,
    bare,
    outside,
    refused,
    states,
    web,
    world,
)
from tests.simulator import World, run

__all__ = ["bare", "web", "world"]


@pytest.mark.parametrize("who", ["team", None])
def test_a_stop_stops_everything_that_is_signed_and_changes_nothing(world: World, who: str | None) -> None:
    badge, theirs = awarded(world), awarded(world, "other")
    run(keys.stop(world.ports, who, "The key may be known."))
    acts = [
        award(world.ports, Order("team", "lead", "mailto:ana@example.org")),
        status.revoke(world.ports, badge.id, "why"),
        status.suspend(world.ports, badge.id, "why"),
    ]
    before = run(world.store.badges())
    for act in acts:
        error = refused(act)
        assert (error.code, error.status) == ("signing_stopped", 503)
        assert "The key may be known." in error.message
    assert run(world.store.unfinished(world.now.replace(year=2100))) == []
    assert (run(world.store.badges()), run(world.store.history(badge.key))) == (before, [])
    if who is None:
        assert refused(status.revoke(world.ports, theirs.id, "why")).code == "signing_stopped"
    else:
        run(status.revoke(world.ports, theirs.id, "the wrong Ana"))
    run(keys.resume(world.ports, who))
    run(status.revoke(world.ports, badge.id, "why"))
    assert problems(outside(world, badge.signed)) == {"revoked"}
    assert run(world.store.stops()) == []


def test_while_stopped_badges_are_checked_by_the_lists_of_before(world: World) -> None:
    """The list had never been asked for: a stop signs it, as the last thing."""
    badge = awarded(world)
    run(keys.stop(world.ports, None, "drill"))
    signed_at = world.now
    assert outside(world, badge.signed).outcome == "valid"
    world.later(hours=13)  # due, but nothing is signed
    assert outside(world, badge.signed).outcome == "valid"
    row = run(world.store.badge(badge.key))
    assert row is not None
    lists = [run(world.store.status_list(slot.list_id)) for slot in row.slots]
    assert {one.signed_at for one in lists if one} == {signed_at}
    world.later(hours=12)  # over: it is still served, and says so itself
    assert problems(outside(world, badge.signed)) == {"status_list_expired"}
    run(keys.resume(world.ports, None))
    assert outside(world, badge.signed).outcome == "valid"


def test_a_list_that_is_known_to_be_wrong_is_not_served_while_it_cannot_be_signed(world: World) -> None:
    badge = awarded(world)
    assert outside(world, badge.signed).outcome == "valid"
    world.keys.broken = True
    with pytest.raises(UnavailableError):
        run(status.revoke(world.ports, badge.id, "the wrong Ana"))
    assert outside(world, badge.signed).outcome == "indeterminate"
    world.keys.broken = False
    assert problems(outside(world, badge.signed)) == {"revoked"}


def test_a_key_that_is_away_for_some_hours_harms_no_badge(world: World) -> None:
    badge = awarded(world)
    assert outside(world, badge.signed).outcome == "valid"
    world.later(hours=13)
    world.keys.broken = True
    assert outside(world, badge.signed).outcome == "valid"


def test_a_stop_stops_the_sweep_and_what_waited_is_signed_as_it_was_intended(world: World) -> None:
    world.keys.broken = True
    with pytest.raises(UnavailableError):
        awarded(world)
    world.keys.broken = False
    run(keys.stop(world.ports, "team", "drill"))
    world.later(minutes=1)
    assert run(sweep.sweep(world.ports)) == 0
    (left,) = run(world.store.unfinished(world.now))
    run(keys.resume(world.ports, "team"))
    assert run(sweep.sweep(world.ports)) == 1
    (badge,) = run(world.store.badges())
    assert replace(badge, signed=None) == left
    assert outside(world, badge.signed or b"").outcome == "valid"


def test_a_compromise_is_mended_in_four_steps(web: World) -> None:
    """stop, rotate, revoke, resume: nothing is signed in between, and all is well afterwards."""
    lost, badge = active(web), awarded(web)
    run(keys.stop(web.ports, "team", STOLEN))
    run(keys.rotate(web.ports, "team"))
    run(keys.revoke_key(web.ports, lost.id, STOLEN))
    assert states(web) == ["revoked", "active"]
    assert refused(award(web.ports, Order("team", "lead", "mailto:a@example.org"))).code == "signing_stopped"
    run(keys.resume(web.ports, "team"))
    assert problems(outside(web, badge.signed)) == {"key_revoked"}
    assert outside(web, awarded(web).signed).outcome == "valid"


def test_a_stop_that_is_not_there_is_not_taken_away(world: World) -> None:
    run(keys.stop(world.ports, "team", "drill"))
    error = refused(keys.resume(world.ports, None))
    assert error.code == "not_stopped"
    assert "team" in error.message
    assert len(run(world.store.stops())) == 1
    assert refused(keys.stop(world.ports, "team", "x" * 501)).code == "reason_missing"
