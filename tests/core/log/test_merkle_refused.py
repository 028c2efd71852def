"""No proof of the Merkle tree holds for anything but what it was made for; sigstore's verifier agrees."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.log import merkle
from exchange.errors import InputError
from tests.core.log.merkle_cases import changes, code_of, consistency, growths, inclusion, places
from tests.core.trees import (
    LEAVES,
    MOST,
    entry,
    flipped,
    naive_root,
    with_one_flipped,
)

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
