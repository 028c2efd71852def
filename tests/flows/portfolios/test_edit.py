"""What the buttons of the editor, and the options of the command line, do to a portfolio."""

from __future__ import annotations

import pytest

from exchange.core.portfolio.portfolio import Item, Portfolio
from exchange.flows.portfolios.edit import changed

SAID = Portfolio(
    headline="Calm",
    items=tuple(Item(key=key, kind="badge", id=key, hidden=key == "c") for key in ("a", "b", "c")),
)
ACTS: dict[str, tuple[str, str, str]] = {
    "up": ("up", "b", "b a c*"),
    "the first up": ("up", "a", "a b c*"),
    "down": ("down", "b", "a c* b"),
    "the last down": ("down", "c", "a b c*"),
    "out": ("out", "b", "a c*"),
    "hide": ("hide", "a", "a* b c*"),
    "unhide": ("unhide", "c", "a b c"),
    "in": ("in", "vouch/v", "a b c* i0"),
    "nothing of that name": ("up", "x", "a b c*"),
    "nothing that can be done": ("burn", "a", "a b c*"),
}


@pytest.mark.parametrize(("act", "what", "after"), ACTS.values(), ids=list(ACTS))
def test_one_item_changes_its_place_and_the_others_stay(act: str, what: str, after: str) -> None:
    items = changed(SAID, act, what, lambda: "i0").items
    assert " ".join(f"{one.key}{'*' if one.hidden else ''}" for one in items) == after
