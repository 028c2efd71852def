"""What the tests of the log's Merkle tree share: places in it, and proofs made from just what they need."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from exchange.core.log import merkle
from exchange.core.log.merkle import Node
from exchange.errors import InputError
from tests.core.trees import (
    MOST,
    nodes_of,
)

sizes = st.integers(1, MOST)
changes = st.tuples(st.integers(0, 10**6), st.integers(0, 31), st.integers(1, 255))


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int]:
    """An index and a size it is below."""
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    """Two sizes of which the first is not the larger."""
    size = draw(sizes)
    return draw(st.integers(0, size)), size


def only(needs: tuple[Node, ...]) -> dict[Node, bytes]:
    """Exactly the nodes that were asked for, so that reading another one fails."""
    stored = nodes_of(MOST)
    return {node: stored[node] for node in needs}


def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    return merkle.inclusion_proof(index, size, only(merkle.inclusion_needs(index, size)))


def consistency(old_size: int, new_size: int) -> tuple[bytes, ...]:
    return merkle.consistency_proof(old_size, new_size, only(merkle.consistency_needs(old_size, new_size)))


def code_of(verify: Any, *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        verify(*arguments)
    return caught.value.code
