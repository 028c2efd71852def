"""A portfolio follows its badges by their histories alone, and only towards the worse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.flows.embeds.portfolio_value import PortfolioValue, bits_of, portfolio_value
from exchange.flows.records import Purpose, StatusChange
from tests.edge.portfolios.made import BADGE, ENDORSEMENT, NOW, VOUCH, other, shown

BADGES = ("b1", "b2", "e1", "v1")
WHOLE = shown(BADGE, other(BADGE, key="i2", page="/badges/b2"), ENDORSEMENT, VOUCH)


def change(badge: str, purpose: Purpose = "revocation", *, on: bool = True, hours: int = 0) -> StatusChange:
    return StatusChange(badge, purpose, on, "Why\x00", NOW + timedelta(hours=hours))


def value(*history: StatusChange, of: Any = WHOLE) -> PortfolioValue:
    found = portfolio_value(of, BADGES, history)
    assert found is not None
    return found


def states(found: PortfolioValue | None) -> list[str]:
    assert found is not None
    return [item.state for item in found.shown.items]


def test_a_bit_that_is_set_makes_a_tombstone_of_that_item_and_of_no_other() -> None:
    before = value()
    after = before.changed([change("b2")])
    assert states(after) == ["valid", "revoked", "valid", "valid"]
    assert after is not None
    assert (after.shown.items[1].since, after.shown.items[1].reason) == (NOW, "Why\ufffd")
    assert after.revision != before.revision
    again = after.changed([change("b2")])
    assert again is after
    both = after.changed([change("b2"), change("b1", "suspension")])
    assert states(both) == ["suspended", "revoked", "valid", "valid"]


def test_what_is_final_comes_before_what_is_for_now() -> None:
    after = value().changed([change("b1"), change("b1", "suspension", hours=1)])
    assert states(after)[0] == "revoked"


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([change("e1")], id="a peer took back what they said"),
        pytest.param([change("v1")], id="a vouch was withdrawn"),
    ],
)
def test_what_is_more_than_a_bit_is_judged_anew(history: list[StatusChange]) -> None:
    assert value().changed(history) is None


def test_nothing_is_called_good_by_a_row() -> None:
    held = shown(other(BADGE, state="suspended"))
    before = portfolio_value(held, ("b1",), [change("b1", "suspension")])
    assert before is not None
    assert before.changed([change("b1", "suspension"), change("b1", "suspension", on=False)]) is None


def test_what_moved_while_it_was_judged_is_judged_again() -> None:
    assert portfolio_value(WHOLE, BADGES, [change("b1")]) is None
    assert portfolio_value(WHOLE, BADGES, [change("b1"), change("b1", on=False)]) is not None


def test_others_that_moved_in_the_same_lists_change_nothing() -> None:
    before = value()
    assert before.changed([]) is before
    assert before.changed([change("b3")]) is before


def test_bits_are_those_that_the_last_change_left() -> None:
    history = [change("b1", "suspension"), change("b1", "suspension", on=False), change("b2")]
    assert {badge: set(bits) for badge, bits in bits_of(history).items()} == {
        "b1": set(),
        "b2": {"revocation"},
    }
