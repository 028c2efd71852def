"""The Merkle tree of the log (RFC 6962 §2.1, RFC 9162 §2.1, SHA-256), without a place to keep it.

A tree is kept as the hashes of its complete subtrees, addressed by `(level, index)`: level 0 are the leaf
hashes, and the node above `(l, 2i)` and `(l, 2i+1)` is `(l+1, i)`. A complete subtree never changes, so each
address is written once, in the transaction of the append that completes it; a tree of n leaves has fewer than
2n nodes. What is incomplete, the right edge, is folded from complete ones whenever it is wanted.

Every computation comes in two steps: `…_needs` names the nodes it wants, so that a caller can fetch them
with one query, and the computation takes them as a mapping, in which more may be. UnavailableError
("log_node_missing") when one is not in it: the store has lost it, and `fsck` tells where else.
The verifiers take values only, from anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import chain

from exchange.errors import InputError, UnavailableError

Node = tuple[int, int]
"""The address of a complete subtree: `(level, index)`. It spans the leaves from `index << level` on."""
Nodes = Mapping[Node, bytes]

HASH_BYTES = 32
MAX_SIZE = 2**63 - 1
"""What a database can count, and so the most steps a proof may take: 63."""
EMPTY_ROOT = sha256().digest()


def is_hash(value: object) -> bool:
    """Whether `value` can be a hash of this tree."""
    return isinstance(value, bytes) and len(value) == HASH_BYTES


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf. Its prefix keeps a node from being shown as an entry (§2.1)."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above `left` and `right`."""
    return sha256(b"\1" + left + right).digest()


# --- growing ----------------------------------------------------------------------------------------------


def append(size: int, leaf_hashes: Sequence[bytes], nodes: Nodes) -> dict[Node, bytes]:
    """The nodes to write, and no others, when `leaf_hashes` are appended to a tree of `size` leaves.

    It wants the frontier, `root_needs(size)`. The leaf hashes are among what it gives; about one hash is
    computed for each leaf.
    InputError("log_hash_malformed") for a leaf hash that has not 32 bytes.
    """
    _check_size(size)
    _check_size(size + len(leaf_hashes))
    if not all(map(is_hash, leaf_hashes)):
        raise InputError("log_hash_malformed", f"A leaf hash has {HASH_BYTES} bytes.")
    new: dict[Node, bytes] = {}
    level, first, row = 0, size, list(leaf_hashes)
    while row:  # the nodes that this level gains, from index `first` on
        new.update(zip([(level, first + place) for place in range(len(row))], row, strict=True))
        if first & 1:
            row.insert(0, _stored((level, first - 1), nodes))
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        level, first = level + 1, first >> 1
    return new


def root_needs(size: int) -> tuple[Node, ...]:
    """The nodes that `root` wants: the frontier, largest first, one for each bit of `size` that is set.

    These are the complete subtrees that a tree of `size` leaves is made of.
    """
    _check_size(size)
    levels = reversed(range(size.bit_length()))
    return tuple((level, (size >> level) - 1) for level in levels if size >> level & 1)


def root(size: int, nodes: Nodes) -> bytes:
    """The root hash of the first `size` leaves."""
    return _fold(root_needs(size), nodes) if size else EMPTY_ROOT


# --- proving ----------------------------------------------------------------------------------------------


def inclusion_needs(index: int, size: int) -> tuple[Node, ...]:
    """The nodes that `inclusion_proof` wants: at most twice as many as the tree is high."""
    _check_index(index, size)
    return _needs(_siblings((0, index), size), size)


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree of the first `size` leaves, lowest first (RFC 9162 §2.1.3).

    InputError("log_index_out_of_range") when there is no such leaf.
    """
    _check_index(index, size)
    return _hashes(_siblings((0, index), size), size, nodes)


def consistency_needs(old_size: int, new_size: int) -> tuple[Node, ...]:
    """The nodes that `consistency_proof` wants: at most twice as many as the tree is high."""
    return _needs(_consistency_path(old_size, new_size), new_size)


def consistency_proof(old_size: int, new_size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """That the first `old_size` of `new_size` leaves are what they were (RFC 9162 §2.1.4).

    Empty for 0 and for equal sizes. InputError("log_size_out_of_range") when the old tree is the larger.
    """
    return _hashes(_consistency_path(old_size, new_size), new_size, nodes)


def _consistency_path(old_size: int, new_size: int) -> list[Node]:
    """The nodes of a consistency proof: the last complete subtree of the old tree, and its way to the top.

    That subtree is left out when it is the whole old tree: the verifier has its hash.
    """
    _check_size(old_size)
    _check_size(new_size)
    if old_size > new_size:
        raise InputError(
            "log_size_out_of_range", f"A tree of {old_size} leaves is not older than one of {new_size}."
        )
    if old_size in (0, new_size):
        return []
    start = _last_subtree(old_size)
    path = _siblings(start, new_size)
    return [start, *path] if start[1] else path


def _last_subtree(size: int) -> Node:
    """The rightmost, smallest complete subtree of a tree of `size` leaves, which are not none."""
    level = (size & -size).bit_length() - 1
    return level, (size >> level) - 1


def _siblings(node: Node, size: int) -> list[Node]:
    """The siblings on the way from `node` to the root, lowest first; a left one has an even index.

    A node on the right edge that has no sibling rises as it is. The last sibling on the right may be
    incomplete: then its address stands for what there is of it.
    """
    level, index = node
    last = (size - 1) >> level
    siblings = []
    while last:
        if index ^ 1 <= last:
            siblings.append((level, index ^ 1))
        level, index, last = level + 1, index >> 1, last >> 1
    return siblings


def _parts(node: Node, size: int) -> tuple[Node, ...]:
    """The complete subtrees, left to right, of which `node` is made in a tree of `size` leaves."""
    level, index = node
    if (index + 1) << level <= size:
        return (node,)
    return tuple(node for node in root_needs(size) if node[0] < level)


def _needs(path: Sequence[Node], size: int) -> tuple[Node, ...]:
    return tuple(chain.from_iterable(_parts(node, size) for node in path))


def _hashes(path: Sequence[Node], size: int, nodes: Nodes) -> tuple[bytes, ...]:
    return tuple(_fold(_parts(node, size), nodes) for node in path)


def _fold(parts: Sequence[Node], nodes: Nodes) -> bytes:
    """The hash over complete subtrees that stand side by side, the larger ones left."""
    result = _stored(parts[-1], nodes)
    for node in reversed(parts[:-1]):
        result = node_hash(_stored(node, nodes), result)
    return result


def _stored(node: Node, nodes: Nodes) -> bytes:
    value = nodes.get(node)
    if value is None or not is_hash(value):
        level, index = node
        raise UnavailableError(
            "log_node_missing",
            "The log lacks a hash it wrote, so it proves nothing that rests on it; run `exchange log fsck`.",
            f"level {level} index {index}",
        )
    return value


# --- verifying --------------------------------------------------------------------------------------------


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """That the leaf with `leaf_hash` is number `index` in the tree of `size` leaves with this `root`.

    RFC 9162 §2.1.3.2. InputError: log_proof_malformed (no such place, a hash too long or too short, too many
    or too few of them); inclusion_proof_wrong.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise _malformed("There is no such leaf in a tree of that size.")
    path = _siblings((0, index), size)
    _check_proof(proof, len(path), leaf_hash, root)
    found = leaf_hash
    for (_, place), sibling in zip(path, proof, strict=True):
        found = node_hash(found, sibling) if place & 1 else node_hash(sibling, found)
    if found != root:
        raise InputError(
            "inclusion_proof_wrong", f"The proof does not lead from this entry at {index} to the root."
        )


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """That the tree with `new_root` begins with the one with `old_root` (RFC 9162 §2.1.4.2).

    The empty tree is the beginning of every tree, so with `old_size` 0 nothing is said about `new_root`.
    InputError: log_proof_malformed; consistency_proof_wrong when one of the roots is not what the proof
    gives, or two roots of one size differ: then the log was rewritten, or a root is forged.
    """
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise _malformed("A tree does not grow from the one size to the other.")
    for size, known in ((old_size, old_root), (new_size, new_root)):
        if size == 0 and known != EMPTY_ROOT:
            raise InputError("consistency_proof_wrong", "The root of a tree without leaves is another.")
    path = _consistency_path(old_size, new_size)
    _check_proof(proof, len(path), old_root, new_root)
    if old_size == 0:
        return
    steps = list(zip(path, proof, strict=True))
    old = new = old_root
    if steps and steps[0][0] == _last_subtree(old_size):
        old = new = steps.pop(0)[1]
    for (_, place), sibling in steps:
        if place & 1:
            new = node_hash(new, sibling)
        else:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
    if old != old_root or new != new_root:
        raise InputError(
            "consistency_proof_wrong",
            f"The tree of {new_size} leaves does not begin with that of {old_size}: one of them was changed.",
        )


def _check_proof(proof: Sequence[bytes], count: int, *ends: bytes) -> None:
    if len(proof) != count:
        raise _malformed(f"The proof has {len(proof)} hashes; for these sizes it has {count}.")
    if not all(map(is_hash, chain(proof, ends))):
        raise _malformed(f"A hash has not {HASH_BYTES} bytes.")


def _check_size(size: int) -> None:
    if not 0 <= size <= MAX_SIZE:
        raise InputError("log_size_out_of_range", f"A log has from 0 to {MAX_SIZE} entries.")


def _check_index(index: int, size: int) -> None:
    _check_size(size)
    if not 0 <= index < size:
        raise InputError("log_index_out_of_range", f"The log had {size} entries, so it had none at {index}.")


def _malformed(message: str) -> InputError:
    return InputError("log_proof_malformed", message)
