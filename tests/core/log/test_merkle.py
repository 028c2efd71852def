"""The log's Merkle tree against the published vectors, the recursive definitions and sigstore's verifier."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.log import merkle
from exchange.core.log.merkle import Node
from exchange.errors import InputError, UnavailableError
from tests.core.trees import (
    CT_ENTRIES,
    CT_NODES,
    CT_ROOTS,
    LEAVES,
    MOST,
    entry,
    flipped,
    naive_path,
    naive_proof,
    naive_root,
    nodes_of,
    with_one_flipped,
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


# --- refusing ---


@given(places(), changes, st.sampled_from(["leaf", "root", "proof"]))
def test_one_byte_changed_and_the_inclusion_proof_is_refused(
    place: tuple[int, int], change: tuple[int, int, int], what: str
) -> None:
    index, size = place
    leaf, root, proof = LEAVES[index], naive_root(0, size), list(inclusion(index, size))
    which, *at = change
    if what == "proof" and proof:
        proof = with_one_flipped(proof, which, *at)
    elif what == "leaf":
        leaf = flipped(leaf, *at)
    else:
        root = flipped(root, *at)
    assert code_of(merkle.verify_inclusion, leaf, index, size, proof, root) == "inclusion_proof_wrong"


@given(places(), st.integers(0, MOST))
def test_an_inclusion_proof_holds_for_no_other_index(place: tuple[int, int], other: int) -> None:
    index, size = place
    proof = inclusion(index, size)
    if other != index:
        refused = code_of(merkle.verify_inclusion, LEAVES[index], other, size, proof, naive_root(0, size))
        assert refused in ("inclusion_proof_wrong", "log_proof_malformed")


@pytest.mark.parametrize("prefix", [b"", b"\0", b"\1"])
def test_a_node_is_never_proven_as_an_entry(prefix: bytes) -> None:
    # Without the prefixes, two neighbouring hashes could be shown as an entry of a tree one level lower.
    children = prefix + LEAVES[4] + LEAVES[5]
    lower, root = inclusion(5, 8)[1:], naive_root(0, 8)
    merkle.verify_inclusion(merkle.node_hash(LEAVES[4], LEAVES[5]), 2, 4, lower, root)  # were it a leaf hash
    refused = code_of(merkle.verify_inclusion, merkle.leaf_hash(children), 2, 4, lower, root)
    assert refused == "inclusion_proof_wrong"


@given(growths(), changes, st.sampled_from(["old root", "new root", "proof"]))
def test_one_byte_changed_and_the_consistency_proof_is_refused(
    growth: tuple[int, int], change: tuple[int, int, int], what: str
) -> None:
    old_size, size = growth
    old_root, root, proof = naive_root(0, old_size), naive_root(0, size), list(consistency(old_size, size))
    which, *at = change
    if what == "proof" and proof:
        proof = with_one_flipped(proof, which, *at)
    elif what == "new root" and old_size:  # the empty tree is the beginning of any
        root = flipped(root, *at)
    else:
        old_root = flipped(old_root, *at)
    refused = code_of(merkle.verify_consistency, old_size, old_root, size, root, proof)
    assert refused == "consistency_proof_wrong"


def test_two_roots_of_one_size_are_never_consistent() -> None:
    root, other = naive_root(0, 8), naive_root(1, 9)
    assert code_of(merkle.verify_consistency, 8, root, 8, other, []) == "consistency_proof_wrong"
    assert code_of(merkle.verify_consistency, 0, merkle.EMPTY_ROOT, 0, root, []) == "consistency_proof_wrong"
    merkle.verify_consistency(8, root, 8, root, [])


@given(growths(), st.integers(0, MOST - 1))
def test_a_rewritten_entry_makes_the_old_root_inconsistent(growth: tuple[int, int], rewritten: int) -> None:
    old_size, size = growth
    if not rewritten < old_size:
        return
    leaves = list(LEAVES[:size])
    leaves[rewritten] = merkle.leaf_hash(b"another entry")
    nodes = merkle.append(0, leaves, {})
    proof, root = merkle.consistency_proof(old_size, size, nodes), merkle.root(size, nodes)
    refused = code_of(merkle.verify_consistency, old_size, naive_root(0, old_size), size, root, proof)
    assert refused == "consistency_proof_wrong"


GOOD = (LEAVES[5], 5, 8, inclusion(5, 8), naive_root(0, 8))
MISSHAPEN: dict[str, dict[int, Any]] = {
    "index beyond": {1: 8},
    "index negative": {1: -1},
    "index enormous": {1: 10**400},
    "size zero": {1: 0, 2: 0},
    "size negative": {2: -8},
    "size enormous": {2: 10**400},
    "size of 64 bits": {2: 2**63},
    "size of another height": {2: 9},
    "no proof": {3: ()},
    "one hash less": {3: GOOD[3][:-1]},
    "one hash more": {3: (*GOOD[3], bytes(32))},
    "a million hashes": {3: (bytes(32),) * 1_000_000},
    "a short hash": {3: (*GOOD[3][:-1], bytes(31))},
    "a long hash": {3: (*GOOD[3][:-1], bytes(33))},
    "an empty hash": {3: (b"", *GOOD[3][1:])},
    "a text as a hash": {3: ("x" * 32, *GOOD[3][1:])},
    "an empty leaf": {0: b""},
    "an empty root": {4: b""},
    "a long root": {4: GOOD[4] + b"\0"},
}


@pytest.mark.parametrize("fault", MISSHAPEN)
def test_a_misshapen_inclusion_proof_is_refused(fault: str) -> None:
    merkle.verify_inclusion(*GOOD)
    arguments = [MISSHAPEN[fault].get(place, value) for place, value in enumerate(GOOD)]
    assert code_of(merkle.verify_inclusion, *arguments) == "log_proof_malformed"


def test_a_tree_too_large_to_be_is_refused_though_the_hashes_fit() -> None:
    proof, root = [bytes([level]) * 32 for level in range(64)], LEAVES[0]
    for value in proof:
        root = merkle.node_hash(root, value)
    assert code_of(merkle.verify_inclusion, LEAVES[0], 0, 2**64, proof, root) == "log_proof_malformed"
    assert code_of(merkle.verify_consistency, 1, LEAVES[0], 2**64, root, proof) == "log_proof_malformed"


@given(
    st.binary(max_size=34),
    st.integers(),
    st.integers(),
    st.lists(st.binary(max_size=34) | st.binary(min_size=32, max_size=32), max_size=9),
    st.binary(max_size=34),
)
def test_no_shape_of_a_proof_does_more_than_be_refused(
    leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes
) -> None:
    with suppress(InputError):
        merkle.verify_inclusion(leaf, index, size, proof, root)
        assert (leaf, index, size, proof) == (root, 0, 1, [])  # a tree of one leaf
    with suppress(InputError):
        merkle.verify_consistency(index, leaf, size, root, proof)
        assert (leaf, index, proof) in ((root, size, []), (merkle.EMPTY_ROOT, 0, []))


@given(places(), st.lists(st.binary(min_size=32, max_size=32), max_size=12))
def test_no_made_up_hashes_prove_anything(place: tuple[int, int], proof: list[bytes]) -> None:
    index, size = place
    root = naive_root(0, size)
    with pytest.raises(InputError):
        merkle.verify_inclusion(merkle.leaf_hash(b"never logged"), index, size, proof, root)
    with pytest.raises(InputError):
        merkle.verify_consistency(index + 1, bytes(32), size, root, proof)


# --- a second opinion ---


@pytest.fixture(scope="module")
def sigstore_accepts() -> Any:
    """Whether sigstore's verifier, which shares no code with ours, takes an inclusion proof."""
    oracle = pytest.importorskip("sigstore._internal.merkle", reason="sigstore is not installed")
    from sigstore.errors import VerificationError

    def accepts(body: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
        inner = SimpleNamespace(log_index=index, tree_size=size, hashes=proof, root_hash=root)
        logged = SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=inner, canonicalized_body=body))
        try:
            oracle.verify_merkle_inclusion(logged)
        except VerificationError:
            return False
        return True

    return accepts


def ours_accepts(body: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    try:
        merkle.verify_inclusion(merkle.leaf_hash(body), index, size, proof, root)
    except InputError:
        return False
    return True


@given(places())
def test_sigstore_accepts_every_proof_we_make(sigstore_accepts: Any, place: tuple[int, int]) -> None:
    index, size = place
    assert sigstore_accepts(entry(index), index, size, list(inclusion(index, size)), naive_root(0, size))


@given(places(), places(), changes, st.sampled_from(["nothing", "place", "order", "length", "byte"]))
def test_sigstore_and_we_agree_on_every_other_proof(
    sigstore_accepts: Any,
    place: tuple[int, int],
    other: tuple[int, int],
    change: tuple[int, int, int],
    what: str,
) -> None:
    (index, size), root = place, naive_root(0, place[1])
    proof = list(inclusion(index, size))
    if what == "place":
        index, size = other
    elif what == "order":
        proof.reverse()
    elif what == "length":
        proof = proof[1:] if change[0] % 2 else [*proof, root]
    elif what == "byte" and proof:
        proof = with_one_flipped(proof, *change)
    arguments = (entry(place[0]), index, size, proof, root)
    assert ours_accepts(*arguments) == sigstore_accepts(*arguments)
