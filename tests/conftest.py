"""Fixtures that tests on every floor share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from exchange.core.canonical import Exact
from exchange.core.canonical.contexts import Contexts

# No example is a timed test: a busy machine is not a fault.
settings.register_profile("exchange", deadline=None)
settings.load_profile("exchange")


@pytest.fixture(scope="session")
def exact_here() -> Callable[[Contexts], Exact]:
    """The general route without a worker around it: `exact_here(contexts)` is an `Exact`."""
    from exchange.core.canonical.general import canonize_exactly

    return lambda contexts: lambda algorithm, document: canonize_exactly(document, contexts, algorithm)
