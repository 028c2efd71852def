"""How the log grows: a leaf for each effect, appended in that effect's own transaction.

`log_state` is one row. Who appends updates it first, so that on PostgreSQL appenders take turns until each
has committed, as SQLite's single writer lets them anyway; always the last lock an effect takes. Its frontier
(the roots of the complete subtrees, in the order of `merkle.root_needs`) spares reading any node.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from exchange.adapters.database.effects import Compute, Many, Statement, Work
from exchange.core.log import merkle
from exchange.core.log.entry import write_entry
from exchange.errors import ConflictError
from exchange.flows.records import Leaf, SignedCheckpoint

GROW = "UPDATE log_state SET size = size + ? WHERE id = 0 RETURNING size, frontier"
PUT_FRONTIER = "UPDATE log_state SET frontier = ? WHERE id = 0"
PUT_CHECKPOINT = """
    INSERT INTO log_checkpoint (size, root, note) VALUES (?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING size"""
ROOT_AT = "SELECT root, note FROM log_checkpoint WHERE size = ?"
PUT_ENTRY = "INSERT INTO log_entry (position, entry, content, salt) VALUES (?, ?, ?, ?)"
PUT_ABOUT = "INSERT INTO log_about (about, position) VALUES (?, ?)"
PUT_NODE = "INSERT INTO log_node (level, idx, hash) VALUES (?, ?, ?)"


def append(leaves: Sequence[Leaf]) -> Work[int]:
    """Append the leaves in their order; the position of the first. Nothing is done for none."""
    if not leaves:
        return -1
    entries = yield Compute(partial(entries_of, leaves))
    return (yield from append_entries(leaves, entries))


def logged(change: Statement, leaf: Leaf) -> Work[bool]:
    """One statement and its leaf; False, and no leaf, when it changed no row."""
    if not (yield change):
        return False
    yield from append([leaf])
    return True


Written: TypeAlias = tuple[bytes, str]
"""The entry of a leaf, and the text of its content."""


def entries_of(leaves: Sequence[Leaf]) -> list[Written]:
    """The log's entry for each leaf."""
    return [write_entry(leaf.kind, leaf.at, leaf.content, leaf.salt) for leaf in leaves]


def append_entries(leaves: Sequence[Leaf], entries: Sequence[Written]) -> Work[int]:
    """`append`, where the leaves' entries are made already."""
    grown = yield Statement(GROW, (len(leaves),))
    size, frontier = int(grown[0][0]) - len(leaves), bytes(grown[0][1])
    known = dict(zip(merkle.root_needs(size), _hashes(frontier), strict=True))
    nodes = merkle.append(size, [merkle.leaf_hash(entry) for entry, _ in entries], known)
    kept = zip(leaves, entries, strict=True)
    yield Many(
        PUT_ENTRY,
        [(at, entry, content, leaf.salt) for at, (leaf, (entry, content)) in enumerate(kept, size)],
    )
    about = [(name, size + n) for n, leaf in enumerate(leaves) for name in dict.fromkeys(leaf.about)]
    yield Many(PUT_ABOUT, about)
    yield Many(PUT_NODE, [(*node, made) for node, made in nodes.items()])
    reached = {**known, **nodes}
    edge = b"".join(reached[node] for node in merkle.root_needs(size + len(leaves)))
    yield Statement(PUT_FRONTIER, (edge,))
    return size


def put_checkpoint(made: SignedCheckpoint) -> Work[bytes]:
    """Keep a signed checkpoint; the note that stands for its size. ConflictError("log_forked") when another
    root was signed for that size before."""
    kept = yield Statement(PUT_CHECKPOINT, (made.size, made.root, made.note))
    if kept:
        return made.note
    before = yield Statement(ROOT_AT, (made.size,))
    root, note = (bytes(value) for value in before[0])
    if root != made.root:
        raise ConflictError("log_forked", f"another root is already signed for the log's size {made.size}")
    return note


def _hashes(frontier: bytes) -> list[bytes]:
    width = merkle.HASH_BYTES
    return [frontier[start : start + width] for start in range(0, len(frontier), width)]
