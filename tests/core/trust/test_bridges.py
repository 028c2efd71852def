"""The bridge map: who endorses across teams, and that nothing of a small cell can be worked out."""

from __future__ import annotations

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.core.trust.bridges import SMALLEST, Bridge, cells, public_map
from tests.core.trust.graph import FACTS, LEGAL, PAYMENTS, SEARCH

teams = st.sampled_from(["a", "b", "c", "d"])
maps = st.dictionaries(st.tuples(teams, teams), st.integers(0, 6), max_size=16)


def test_cells_count_different_endorsers_as_the_teams_were() -> None:
    assert cells(FACTS) == {
        (LEGAL, PAYMENTS): 1,
        (PAYMENTS, PAYMENTS): 2,
        (SEARCH, PAYMENTS): 3,  # Dora, Ivy, and Ben for Zoe
        (SEARCH, SEARCH): 6,  # Dora and five more
    }


def test_cells_under_three_are_on_no_public_page() -> None:
    shown = public_map(cells(FACTS))
    assert shown.bridges == (Bridge(SEARCH, PAYMENTS, 3), Bridge(SEARCH, SEARCH, 6))
    assert shown.from_team == {SEARCH: 9}
    assert shown.to_team == {PAYMENTS: 3, SEARCH: 6}


@given(maps, st.data())
def test_nothing_of_a_hidden_cell_can_be_worked_out(
    found: dict[tuple[str, str], int], data: st.DataObject
) -> None:
    """Whatever the hidden cells were instead, one by one or all at once, the public map is the same."""
    public = msgspec.json.encode(public_map(found))
    hidden = [pair for pair in ((one, other) for one in "abcd" for other in "abcd") if found.get(pair, 0) < 3]
    assume(hidden)
    others = {pair: data.draw(st.integers(0, SMALLEST - 1)) for pair in hidden}
    assert msgspec.json.encode(public_map(found | others)) == public


@given(maps)
def test_totals_are_those_of_what_is_shown(found: dict[tuple[str, str], int]) -> None:
    public = public_map(found)
    shown = {(one.endorser_team, one.holder_team): one.endorsers for one in public.bridges}
    assert shown == {pair: count for pair, count in found.items() if count >= SMALLEST}
    assert sum(public.from_team.values()) == sum(public.to_team.values()) == sum(shown.values())
    assert all(count >= SMALLEST for count in (*public.from_team.values(), *public.to_team.values()))
