"""Fixtures of the tests with other implementations."""

from __future__ import annotations

import pytest

from tests.interop.sides import Ours


@pytest.fixture(scope="session", params=["did:key", "did:web"])
def ours(request: pytest.FixtureRequest) -> Ours:
    """Our exchange, once with issuers that are their own key and once with issuers that have a document."""
    return Ours(public=request.param == "did:web")
