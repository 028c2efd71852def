"""What is wrong with a stored log, and where: the pure part of `exchange log fsck`.

The promise is that of 1,000 random one-byte changes in the log's tables each one is found, and its row named.
No single hash can do that; each column has a check that covers all of its bytes:

- an entry, or the hash of a node: `check_tree`, below;
- the number of an entry, the address of a node: `check_tree` misses it in one place and meets it in another;
- what an entry commits to, and its salt: `log_entry.open_entry`, row by row (erased ones have neither);
- a checkpoint: `checkpoint.verify_checkpoint` with the log's key, and its root is `merkle.root` at its size;
- any other column (a time, a kind, the log's size) must repeat what one of these says, and be compared to it.

So a column of the log's tables that nothing covers is a hole. What a hash cannot find is a rewriting of an
entry and of everything above it; the first signed checkpoint that no longer fits tells between which sizes.

A changed node contradicts both its children and its parent. To name the one that was changed, a contradiction
waits for the node above: whichever of the two values that one was made of is the true one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from exchange.core.log.merkle import Node, is_hash, node_hash

DamageCode = Literal[
    "entry_changed",
    "entry_missing",
    "entry_unexpected",
    "node_changed",
    "node_missing",
    "node_unexpected",
    "leaf_mismatch",
    "subtree_changed",
    "log_cut_off",
]

_MESSAGES: dict[DamageCode, str] = {
    "entry_changed": "Entry {index} is not what was logged: its hash and the one above agree on another.",
    "entry_missing": "Entry {index} is missing.",
    "entry_unexpected": "There is an entry numbered {index}, where none belongs.",
    "node_changed": "The hash at level {level}, index {index} is not what the log below it gives.",
    "node_missing": "The hash at level {level}, index {index} is missing.",
    "node_unexpected": "There is a hash at level {level}, index {index}, where none belongs.",
    "leaf_mismatch": "Entry {index} and its hash contradict each other; one or both were changed.",
    "subtree_changed": "Below level {level}, index {index} the log was changed together with its hashes.",
    "log_cut_off": "Entry {index} is missing, and everything after it.",
}

_MAX_VALUES = 8
"""What is kept of a node's possible values; only where many neighbours are damaged there are more."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One place where the log is not what it was.

    `level` and `index` are a node's address (`merkle.Node`); an entry has level 0 and its number.
    """

    code: DamageCode
    level: int
    index: int

    @property
    def message(self) -> str:
        """One plain sentence."""
        return _MESSAGES[self.code].format(level=self.level, index=self.index)


def completed_at(node: Node) -> tuple[int, int]:
    """The order in which nodes are written: by the size of the tree that completes one, then by level.

    In SQL: `ORDER BY (index + 1) * (1 << level), level`; of a mapping:
    `sorted(nodes.items(), key=lambda row: completed_at(row[0]))`.
    """
    level, index = node
    return (index + 1) << level, level


def check_tree(
    size: int, leaves: Iterable[tuple[int, bytes]], nodes: Iterable[tuple[Node, bytes]]
) -> Iterator[Damage]:
    """Every place where a stored tree of `size` leaves contradicts itself; nothing when it is intact.

    `leaves` are the numbers of the stored entries with their `merkle.leaf_hash`, ascending; `nodes` are the
    stored nodes with their addresses, level 0 included, as `completed_at` orders them. Both are read once,
    side by side, and no more is kept than the right edge of the tree.

    Each row that was changed, lost or added is named, and no other where no two damaged rows touch: an entry
    by entry_changed and a node by node_changed; a leaf without a sound node above it by leaf_mismatch.
    subtree_changed: the rows below fit each other but not what stands above, so they were edited together.
    log_cut_off stands for all rows from its index on.
    """
    entries = _Rows(
        (((0, number), leaf) for number, leaf in leaves), size, "entry_missing", "entry_unexpected"
    )
    # A damaged column may hold anything, text too; what is no hash is as wrong as a wrong one.
    hashes = ((node, value if is_hash(value) else b"") for node, value in nodes)
    stored = _Rows(hashes, size, "node_missing", "node_unexpected")
    edge: list[_Subtree] = []
    for index in range(size):
        if entries.at_end and stored.at_end:
            yield Damage("log_cut_off", 0, index)
            break
        below = yield from entries.take((0, index))
        value = yield from stored.take((0, index))
        subtree = _subtree((0, index), [below] if below else [], value)
        while edge and edge[-1].node[0] == subtree.node[0]:
            level, place = subtree.node
            above = (level + 1, place >> 1)
            value = yield from stored.take(above)
            subtree = yield from _joined(edge.pop(), subtree, above, value)
        edge.append(subtree)
    for subtree in edge:
        yield from _without_help(subtree)
    yield from entries.rest()
    yield from stored.rest()


class _Rows:
    """Rows in order of completion, with what is missing among them and what does not belong there."""

    def __init__(
        self, rows: Iterable[tuple[Node, bytes]], size: int, missing: DamageCode, unexpected: DamageCode
    ) -> None:
        self._rows = iter(rows)
        self._size = size
        self._missing, self._unexpected = missing, unexpected
        self._next = next(self._rows, None)

    @property
    def at_end(self) -> bool:
        return self._next is None

    def take(self, node: Node) -> Generator[Damage, None, bytes | None]:
        """The value stored for `node`, or None; rows before it are named as unexpected."""
        while self._next is not None and self._next[0] != node:
            if self._belongs(self._next[0]) and completed_at(self._next[0]) > completed_at(node):
                break
            yield Damage(self._unexpected, *self._next[0])
            self._next = next(self._rows, None)
        if self._next is None or self._next[0] != node:
            yield Damage(self._missing, *node)
            return None
        value = self._next[1]
        self._next = next(self._rows, None)
        return value

    def rest(self) -> Iterator[Damage]:
        """Everything that is left does not belong there."""
        while self._next is not None:
            yield Damage(self._unexpected, *self._next[0])
            self._next = next(self._rows, None)

    def _belongs(self, node: Node) -> bool:
        level, index = node
        return 0 <= level < 64 and 0 <= index < self._size and completed_at(node)[0] <= self._size


@dataclass(frozen=True, slots=True)
class _Subtree:
    """A complete subtree: what its hash may be.

    `values` has one when what lies below and what is stored agree, none when all of it is lost. `told` is set
    when what was wrong with its children was named already.
    """

    node: Node
    values: tuple[bytes, ...]
    stored: bytes | None
    told: bool = False


def _subtree(node: Node, below: list[bytes], stored: bytes | None, told: bool = False) -> _Subtree:
    values = below if stored is None or stored in below else [*below[: _MAX_VALUES - 1], stored]
    return _Subtree(node, tuple(values), stored, told)


def _joined(
    left: _Subtree, right: _Subtree, node: Node, stored: bytes | None
) -> Generator[Damage, None, _Subtree]:
    """The subtree of two, at `node`; names what is wrong with the two as far as the hash above tells."""
    below: list[bytes] = []
    for left_value, right_value in product(left.values, right.values):
        value = node_hash(left_value, right_value)
        if value == stored:
            yield from _settled(left, left_value)
            yield from _settled(right, right_value)
            return _Subtree(node, (value,), stored)
        below.append(value)
    told = len(left.values) > 1 or len(right.values) > 1
    yield from _without_help(left)
    yield from _without_help(right)
    return _subtree(node, below, stored, told)


def _settled(subtree: _Subtree, value: bytes) -> Iterator[Damage]:
    """What was changed in a subtree whose hash was `value`."""
    if len(subtree.values) < 2:
        return
    level, index = subtree.node
    if value != subtree.stored:
        yield Damage("node_changed", level, index)
    elif not subtree.told:
        yield Damage("subtree_changed" if level else "entry_changed", level, index)


def _without_help(subtree: _Subtree) -> Iterator[Damage]:
    """What is told of a subtree in doubt when nothing above it can settle the matter."""
    if len(subtree.values) > 1:
        yield Damage("node_changed" if subtree.node[0] else "leaf_mismatch", *subtree.node)
