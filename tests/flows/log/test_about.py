"""About: an address is found however its domain is typed, what was logged before there was one form too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.core import orders
from exchange.core.credentials.identity import normal_address
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.award_many import award_many
from exchange.flows.badges.status import revoke
from exchange.flows.issuers.sync import sync
from exchange.flows.log.about import about
from exchange.flows.log.fsck import fsck
from exchange.flows.ports import Ports
from tests.flows.badges.test_round_trip import verdict
from tests.simulator import World, run
from tests.team import TEAM

ORDER = Order("team", "lead", "Ann@Example.ORG")


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def kinds(world: World, who: str) -> list[str]:
    return [one.entry.kind for one in run(about(world.ports, who)).told]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("mailto:Ann@Example.ORG", "mailto:Ann@example.org"),
        ("mailto:ann@example.org", "mailto:ann@example.org"),
        ("mailto:a@b@Example.org", "mailto:a@b@example.org"),
        ("mailto:Ann@BÜCHER.example", "mailto:Ann@BÜCHER.example"),
        ("mailto:Ann", "mailto:Ann"),
        ("Ann@Example.org", "Ann@Example.org"),
        ("did:web:Example.ORG", "did:web:Example.ORG"),
        ("https://Ann@Example.ORG/Me", "https://Ann@Example.ORG/Me"),
        ("", ""),
    ],
)
def test_only_the_domain_of_an_address_has_one_form(typed: str, written: str) -> None:
    assert normal_address(typed) == written
    assert normal_address(written) == written


@pytest.mark.parametrize("who", ["mailto:Ann@example.org", "Ann@EXAMPLE.org", "  mailto:Ann@Example.ORG "])
def test_an_address_is_found_however_its_domain_is_typed(world: World, who: str) -> None:
    made = run(award(world.ports, ORDER))
    run(revoke(world.ports, made.key, "the wrong Ann"))
    assert kinds(world, who) == ["award", "revoke"]
    assert run(about(world.ports, who)).who == "mailto:Ann@example.org"
    assert kinds(world, "mailto:ann@example.org") == []  # whether that is she, only her host knows
    assert run(fsck(world.ports)).findings == []


def test_it_is_one_recipient_in_a_batch(world: World) -> None:
    orders = [ORDER, replace(ORDER, to="mailto:Ann@example.org"), replace(ORDER, to="mailto:ann@example.org")]

    async def all_of(ports: Ports) -> list[bool]:
        return [made.again async for chunk in award_many(ports, orders, "May") for made in chunk]

    assert run(all_of(world.ports)) == [False, True, False]


@pytest.mark.parametrize("asked", ["Ann@Example.ORG", "mailto:Ann@example.org", "Ann@example.ORG"])
def test_a_badge_is_theirs_however_the_domain_is_typed(world: World, asked: str) -> None:
    made = run(award(world.ports, ORDER))
    assert "recipient_matches" in verdict(world, made.signed, recipient=asked).codes
    assert "recipient_matches" not in verdict(world, made.signed, recipient="Bob@example.org").codes


def test_what_was_logged_in_other_letters_is_found_by_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(orders, "normal_address", lambda identifier: identifier)
        run(award(world.ports, ORDER))
    run(award(world.ports, ORDER))
    assert kinds(world, "Ann@Example.ORG") == ["award", "award"]
    assert kinds(world, "Ann@example.org") == ["award"]
