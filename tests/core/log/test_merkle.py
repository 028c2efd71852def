"""The log's Merkle tree against the published vectors, the recursive definitions and sigstore's verifier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.log import merkle
from exchange.core.log.merkle import Node
from exchange.errors import UnavailableError
from tests.core.log.merkle_cases import code_of, consistency, growths, inclusion, only, places
from tests.core.trees import (
    CT_ENTRIES,
    CT_NODES,
    CT_ROOTS,
    LEAVES,
    MOST,
    naive_path,
    naive_proof,
    naive_root,
    nodes_of,
)

# --- the published vectors ---


def test_published_nodes_and_roots_are_ours() -> None:
    nodes = merkle.append(0, [merkle.leaf_hash(one) for one in CT_ENTRIES], {})
    published = {
        (level, index): value for level, row in enumerate(CT_NODES) for index, value in enumerate(row)
    }
    assert {node: value.hex() for node, value in nodes.items()} == published
    assert [merkle.root(size, nodes).hex() for size in range(9)] == CT_ROOTS
    assert merkle.EMPTY_ROOT.hex() == CT_ROOTS[0]


# From the same tests as the vectors above; the index counts from 0.
CT_INCLUSION = [
    (0, 8, [CT_NODES[0][1], CT_NODES[1][1], CT_NODES[2][1]]),
    (5, 8, [CT_NODES[0][4], CT_NODES[1][3], CT_NODES[2][0]]),
    (2, 3, [CT_NODES[1][0]]),
    (1, 5, [CT_NODES[0][0], CT_NODES[1][1], CT_NODES[0][4]]),
]
CT_CONSISTENCY = [
    (1, 1, []),
    (1, 8, [CT_NODES[0][1], CT_NODES[1][1], CT_NODES[2][1]]),
    (6, 8, [CT_NODES[1][2], CT_NODES[1][3], CT_NODES[2][0]]),
    (2, 5, [CT_NODES[1][1], CT_NODES[0][4]]),
    (6, 7, [CT_NODES[1][2], CT_NODES[0][6], CT_NODES[2][0]]),
]


@pytest.mark.parametrize(("index", "size", "path"), CT_INCLUSION)
def test_published_inclusion_proofs_are_made_and_verify(index: int, size: int, path: list[str]) -> None:
    leaves = [merkle.leaf_hash(one) for one in CT_ENTRIES]
    proof = merkle.inclusion_proof(index, size, merkle.append(0, leaves, {}))
    assert [one.hex() for one in proof] == path
    merkle.verify_inclusion(leaves[index], index, size, proof, bytes.fromhex(CT_ROOTS[size]))


@pytest.mark.parametrize(("old_size", "new_size", "path"), CT_CONSISTENCY)
def test_published_consistency_proofs_are_made_and_verify(
    old_size: int, new_size: int, path: list[str]
) -> None:
    nodes = merkle.append(0, [merkle.leaf_hash(one) for one in CT_ENTRIES], {})
    proof = merkle.consistency_proof(old_size, new_size, nodes)
    assert [one.hex() for one in proof] == path
    old_root, new_root = (bytes.fromhex(CT_ROOTS[size]) for size in (old_size, new_size))
    merkle.verify_consistency(old_size, old_root, new_size, new_root, proof)


# --- growing ---


def test_growing_one_by_one_is_the_recursive_definition_at_every_size() -> None:
    nodes: dict[Node, bytes] = {}
    for size in range(MOST + 1):
        root = merkle.root(size, {node: nodes[node] for node in merkle.root_needs(size)})
        assert root == naive_root(0, size)
        if size < MOST:
            needs = merkle.root_needs(size)
            new = merkle.append(size, LEAVES[size : size + 1], {node: nodes[node] for node in needs})
            assert len(new) == ((size + 1) & -(size + 1)).bit_length()
            assert not nodes.keys() & new.keys()
            nodes |= new
    assert len(nodes) == 2 * MOST - MOST.bit_count()


@given(st.lists(st.integers(0, 40), max_size=12))
def test_growing_by_any_batches_writes_the_same_nodes(batches: list[int]) -> None:
    nodes: dict[Node, bytes] = {}
    size = 0
    for count in batches:
        count = min(count, MOST - size)
        needed = {node: nodes[node] for node in merkle.root_needs(size)}
        new = merkle.append(size, LEAVES[size : size + count], needed)
        assert not nodes.keys() & new.keys()
        nodes |= new
        size += count
    assert nodes == nodes_of(size)


def test_an_append_changes_neither_its_leaves_nor_the_nodes_it_was_given() -> None:
    leaves, known = list(LEAVES[7:9]), only(merkle.root_needs(7))
    before = (list(leaves), dict(known))
    new = merkle.append(7, leaves, known)
    assert (leaves, known) == before
    assert merkle.append(7, [], known) == {}
    assert set(new) == {(0, 7), (0, 8), (1, 3), (2, 1), (3, 0)}


@pytest.mark.parametrize("leaf", [b"", bytes(31), bytes(33)], ids=["empty", "short", "long"])
def test_append_refuses_what_is_no_hash(leaf: bytes) -> None:
    assert code_of(merkle.append, 0, [bytes(32), leaf], {}) == "log_hash_malformed"


@pytest.mark.parametrize("stored", [None, b"", bytes(31)], ids=["lost", "empty", "short"])
def test_a_node_that_the_store_lost_is_named(stored: bytes | None) -> None:
    nodes = dict(nodes_of(8))
    del nodes[(1, 2)]
    if stored is not None:
        nodes[(1, 2)] = stored
    for compute in (
        lambda: merkle.root(6, nodes),
        lambda: merkle.append(7, LEAVES[7:8], nodes),
        lambda: merkle.inclusion_proof(6, 8, nodes),
        lambda: merkle.consistency_proof(6, 8, nodes),
    ):
        with pytest.raises(UnavailableError) as caught:
            compute()
        assert (caught.value.code, caught.value.at) == ("log_node_missing", "level 1 index 2")
    assert merkle.inclusion_proof(5, 8, nodes) == inclusion(5, 8)  # this one does not rest on it


@pytest.mark.parametrize(
    ("size", "count"), [(-1, 1), (merkle.MAX_SIZE, 1), (merkle.MAX_SIZE + 1, 0), (10**400, 1)]
)
def test_a_log_does_not_grow_beyond_what_can_be_counted(size: int, count: int) -> None:
    assert code_of(merkle.append, size, [bytes(32)] * count, {}) == "log_size_out_of_range"


# --- proving ---


@pytest.mark.parametrize("size", range(1, 41))
def test_every_proof_of_a_small_tree_is_the_recursive_definition_and_verifies(size: int) -> None:
    root = naive_root(0, size)
    for index in range(size):
        proof = inclusion(index, size)
        assert list(proof) == naive_path(index, 0, size)
        merkle.verify_inclusion(LEAVES[index], index, size, proof, root)
    for old_size in range(size + 1):
        proof = consistency(old_size, size)
        assert list(proof) == (naive_proof(old_size, size) if 0 < old_size < size else [])
        merkle.verify_consistency(old_size, naive_root(0, old_size), size, root, proof)


@given(places())
def test_every_inclusion_proof_is_the_recursive_definition_and_verifies(place: tuple[int, int]) -> None:
    index, size = place
    proof = inclusion(index, size)
    assert list(proof) == naive_path(index, 0, size)
    merkle.verify_inclusion(LEAVES[index], index, size, proof, naive_root(0, size))


@given(growths())
def test_every_consistency_proof_is_the_recursive_definition_and_verifies(growth: tuple[int, int]) -> None:
    old_size, size = growth
    proof = consistency(old_size, size)
    assert list(proof) == (naive_proof(old_size, size) if 0 < old_size < size else [])
    merkle.verify_consistency(old_size, naive_root(0, old_size), size, naive_root(0, size), proof)


@given(st.integers(1, merkle.MAX_SIZE), st.data())
def test_no_proof_needs_more_than_two_nodes_a_level(size: int, data: st.DataObject) -> None:
    index, old_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    height = (size - 1).bit_length()
    for needs in (merkle.inclusion_needs(index, size), merkle.consistency_needs(old_size, size)):
        assert len(set(needs)) == len(needs) <= 2 * height + 1
        assert all((place + 1) << level <= size for level, place in needs)  # complete, so stored


def test_an_inclusion_proof_at_a_million_needs_at_most_forty_nodes() -> None:
    most = max(len(merkle.inclusion_needs(index, 1_000_000)) for index in range(0, 1_000_000, 997))
    assert most <= 40


@pytest.mark.parametrize(("index", "size"), [(0, 0), (8, 8), (-1, 8), (0, merkle.MAX_SIZE + 1), (10**400, 8)])
def test_there_is_no_proof_for_what_is_not_in_the_log(index: int, size: int) -> None:
    code = "log_size_out_of_range" if size > merkle.MAX_SIZE else "log_index_out_of_range"
    assert code_of(merkle.inclusion_needs, index, size) == code
    assert code_of(merkle.inclusion_proof, index, size, nodes_of(8)) == code


@pytest.mark.parametrize(("old_size", "size"), [(9, 8), (-1, 8), (1, merkle.MAX_SIZE + 1), (10**400, 8)])
def test_there_is_no_consistency_with_what_is_not_older(old_size: int, size: int) -> None:
    assert code_of(merkle.consistency_needs, old_size, size) == "log_size_out_of_range"
    assert code_of(merkle.consistency_proof, old_size, size, nodes_of(8)) == "log_size_out_of_range"
