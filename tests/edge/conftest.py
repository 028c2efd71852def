"""One fresh exchange for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.edge.served import lending
from tests.edge.shop import Shop
from tests.edge.town import Town


@pytest.fixture(autouse=True)
def _applications() -> Iterator[None]:
    """Whatever outlives the test has been lent before: fixtures of a wider scope come first."""
    with lending():
        yield


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with shop.client:
        yield shop


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    with town.shop.client:
        yield town
