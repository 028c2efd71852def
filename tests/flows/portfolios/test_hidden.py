"""Whatever is hidden, chosen and ticked: a reader is shown just that, and nothing else is anywhere in it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core import strict_json
from exchange.core.portfolio.portfolio import GROUPINGS, Item, Kind, Portfolio
from exchange.flows.portfolios.records import Kept
from exchange.flows.portfolios.show import show
from tests.adapters.database.samples import START
from tests.portfolios import PortfolioTown
from tests.simulator import run

KEYS: dict[str, Kind] = {"one": "badge", "two": "badge", "said": "endorsement", "vouch": "vouch"}


@pytest.fixture(scope="module")
def town() -> PortfolioTown:
    return PortfolioTown()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(list(KEYS)),
    hidden=st.sets(st.sampled_from(list(KEYS))),
    chosen=st.none() | st.sets(st.sampled_from(list(KEYS))),
    grouping=st.sampled_from(GROUPINGS),
)
def test_nothing_else_is_in_it(
    town: PortfolioTown, order: list[str], hidden: set[str], chosen: set[str] | None, grouping: str
) -> None:
    ids = {"one": town.first, "two": town.second, "said": town.said.id, "vouch": town.vouch.id}
    items = tuple(Item(key=key, kind=KEYS[key], id=ids[key], hidden=key in hidden) for key in order)
    said = Portfolio(headline="Calm", items=items, grouping=grouping)  # type: ignore[arg-type]
    kept = Kept("p", town.ben.person.id, said, 1, START, START)
    shown, keys = run(show(town.ports, kept, "Ben", chosen))
    seen = {key for key in order if key not in hidden and (chosen is None or key in chosen)}
    if "one" not in seen:
        seen.discard("said")  # it would tell of the badge that it is of
    assert {one.key for one in shown.items} == seen
    text = strict_json.dump(shown.to_json("https://x", START)).decode()
    assert {key for key, id in ids.items() if id in text} == seen
    assert sorted(key for group in shown.groups for key in group.items) == sorted(seen - {"said"})
    assert set(keys) <= {ids[key] for key in order if key not in hidden}
