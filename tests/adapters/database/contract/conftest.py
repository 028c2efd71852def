"""Stores that know somebody."""

from __future__ import annotations

import pytest

from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.people_samples import ANA, BEN, address, leaf


@pytest.fixture
async def known(any_store: Store) -> Store:
    """A store that knows one issuer."""
    await any_store.put_issuer(samples.issuer())
    return any_store


@pytest.fixture
async def people(any_store: Store) -> Store:
    """A store that knows one issuer and two people."""
    await any_store.put_issuer(samples.issuer(), leaf())
    await any_store.put_person(ANA, [address("ana")])
    await any_store.put_person(BEN, [address("ben", verified=False)])
    return any_store


@pytest.fixture
async def peers(people: Store) -> Store:
    """A store that knows who speaks for the exchange, and two people."""
    await people.put_issuer(samples.issuer(EXCHANGE), leaf())
    return people
