"""Read-only: whatever the reason, nothing is signed or written, everything is read, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from exchange.errors import UnavailableError
from exchange.flows.badges import show, status
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.verify import verify
from exchange.flows.instance.standing import Hold, check_writable, standing
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.issuers import put_issuer
from exchange.flows.issuers.sync import sync
from exchange.flows.log import log
from exchange.flows.ports import Ports
from exchange.flows.records import HELD, Once
from tests.flows.badges.test_round_trip import verdict
from tests.simulator import World, run
from tests.team import LEAD, TEAM

FULL = "The disk of the database is full. Make room on it."
ORDER = Order("team", "lead", "mailto:ana@example.org")
Act = Callable[[Ports, str], Coroutine[Any, Any, object]]


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def hold(world: World, **said: Any) -> None:
    world.store._meta[HELD] = Hold("restored", **said).to_text()


def fill_disk(world: World) -> None:
    world.store.broken = FULL


WRITES: dict[str, Act] = {
    "award": lambda ports, key: award(ports, ORDER),
    "award once": lambda ports, key: award(ports, ORDER, Once("k", "d", ports.now())),
    "revoke": lambda ports, key: status.revoke(ports, key, "Because"),
    "suspend": lambda ports, key: status.suspend(ports, key, "Because"),
    "reinstate": lambda ports, key: status.reinstate(ports, key, "Because"),
    "sync": lambda ports, key: sync(ports, [replace(TEAM, badges=(replace(LEAD, source='{"a":1}'),))]),
    "put issuer": lambda ports, key: put_issuer(ports, "team", {"type": ["Profile"], "name": "Other"}),
    "checkpoint": lambda ports, key: log.checkpoint(ports),
    "log key": lambda ports, key: log.log_key(ports),
}


@pytest.mark.parametrize("stop", [hold, fill_disk])
@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES)
def test_nothing_that_signs_or_writes_goes_through(world: World, act: Act, stop: Any) -> None:
    badge = run(award(world.ports, ORDER))
    stop(world)
    before, keys = world.store.kept(), len(world.keys.private)
    with pytest.raises(UnavailableError) as refused:
        run(act(world.ports, badge.key))
    assert refused.value.code == "read_only"
    assert "restore --acknowledge" in refused.value.message or "Make room" in refused.value.message
    assert world.store.kept() == before
    assert (len(world.keys.private), world.witness.note) == (keys, None)


@pytest.mark.parametrize("stop", [hold, fill_disk])
def test_what_is_there_is_shown_and_verified(world: World, stop: Any) -> None:
    good, bad = (run(award(world.ports, ORDER)) for _ in range(2))
    run(status.revoke(world.ports, bad.key, "Wrong person"))
    for badge in (good, bad):
        verdict(world, badge.signed)  # signs the lists
    proof = run(log.award_proof(world.ports, good.key))
    run(status.suspend(world.ports, run(award(world.ports, ORDER)).key, "The log grows"))
    verdict(world, good.signed)
    stop(world)
    assert verdict(world, good.signed).outcome == "valid"
    assert verdict(world, bad.signed).outcome == "invalid"
    assert run(show.badge(world.ports, good.key)).verdict.outcome == "valid"
    assert run(log.award_proof(world.ports, good.key)).checkpoint == proof.checkpoint
    assert run(sweep(world.ports)) == 0


def test_a_list_is_served_as_signed_last_until_it_expires_and_then_nobody_can_tell(world: World) -> None:
    badge = run(award(world.ports, ORDER))
    verdict(world, badge.signed)
    row = run(world.store.badge(badge.key)).slots[0]  # type: ignore[union-attr]
    signed = run(status.published_list(world.ports, row.list_id))
    hold(world)
    world.later(hours=23)
    assert run(status.published_list(world.ports, row.list_id)) == signed
    assert verdict(world, badge.signed).outcome == "valid"
    world.later(hours=2)
    assert run(status.published_list(world.ports, row.list_id)) == signed
    assert verdict(world, badge.signed).outcome == "indeterminate"


def test_a_list_that_misses_a_bit_on_record_is_not_served_as_if_it_did_not(world: World) -> None:
    badge = run(award(world.ports, ORDER))
    verdict(world, badge.signed)
    slot = next(s for s in run(world.store.badge(badge.key)).slots if s.purpose == "revocation")  # type: ignore[union-attr]
    found = world.store._lists[slot.list_id]
    found.bits.add(slot.index)
    found.row = replace(found.row, version=found.row.version + 1)  # a crash before the list was signed
    hold(world)
    with pytest.raises(UnavailableError, match="read-only"):
        run(status.published_list(world.ports, slot.list_id))
    assert verdict(world, badge.signed).outcome == "indeterminate"


def test_a_list_that_was_never_signed_cannot_be_told(world: World) -> None:
    badge = run(award(world.ports, ORDER))
    hold(world)
    assert run(verify(world.ports, badge.signed)).outcome == "indeterminate"
    assert run(show.badge(world.ports, badge.key)).verdict.outcome == "indeterminate"


@pytest.mark.parametrize(
    ("said", "message", "remedy"),
    [
        ({"missing": 1}, "at least 1 entry of", "--acknowledge --missing 1"),
        ({"missing": 12}, "at least 12 entries of", "--acknowledge --missing 12"),
        (
            {"whole": True},
            "nothing that the newest checkpoint",
            "--newest if you know that nothing was signed after that checkpoint: then the log goes on",
        ),
        ({}, "no checkpoint at hand tells", "--acknowledge"),
    ],
)
def test_a_hold_says_what_is_known_and_what_to_do(
    world: World, said: dict[str, Any], message: str, remedy: str
) -> None:
    hold(world, **said)
    found = run(standing(world.ports))
    assert found
    assert message in found.message
    assert found.remedy.endswith(remedy)


def test_who_may_write_is_told_nothing(world: World) -> None:
    assert run(standing(world.ports)) is None
    run(check_writable(world.ports))
    world.store._meta[HELD] = ""
    assert run(standing(world.ports)) is None
