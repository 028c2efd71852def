"""Damage in a stored log: each row that was changed, lost or added is found, and is the one named."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.canonical import jcs
from exchange.core.log import entry as log_entry
from exchange.core.log import merkle
from exchange.core.log.checkpoint import verify_checkpoint
from exchange.core.log.fsck import Damage, check_tree, completed_at
from exchange.core.log.merkle import Node
from exchange.core.strict_json import parse
from exchange.errors import ExchangeError
from tests.core.notes import LOG, signed_checkpoint
from tests.core.trees import MOST, entry, flipped, nodes_of

sizes = st.integers(1, 70)
changes = st.tuples(st.integers(0, 31), st.integers(1, 255))


def entries_of(size: int) -> dict[int, bytes]:
    return {number: entry(number) for number in range(size)}


def found(size: int, entries: Mapping[int, bytes], nodes: Mapping[Node, bytes]) -> list[Damage]:
    """What is found in these two tables, read as a caller reads them."""
    leaves = ((number, merkle.leaf_hash(entries[number])) for number in sorted(entries))
    return list(check_tree(size, leaves, sorted(nodes.items(), key=lambda row: completed_at(row[0]))))


def named(damage: Iterable[Damage]) -> set[tuple[str, int, int]]:
    return {(one.code, one.level, one.index) for one in damage}


@pytest.mark.parametrize("size", [*range(18), 255, 256, MOST])
def test_nothing_is_found_in_an_intact_tree(size: int) -> None:
    assert found(size, entries_of(size), nodes_of(size)) == []


def test_nodes_come_in_the_order_in_which_appends_write_them() -> None:
    written: list[Node] = []
    for size in range(40):
        written += merkle.append(size, [merkle.leaf_hash(entry(size))], nodes_of(40))
    assert sorted(nodes_of(40), key=completed_at) == written


# --- one row ---


@given(sizes, st.integers(0, 69), changes)
def test_a_changed_entry_is_the_only_one_named(size: int, number: int, change: tuple[int, int]) -> None:
    number %= size
    entries = entries_of(size)
    entries[number] = flipped(entries[number], *change)
    # Over the last leaf of an odd number nothing is stored that could tell the entry from its hash.
    code = "leaf_mismatch" if number == size - 1 and size % 2 else "entry_changed"
    assert named(found(size, entries, nodes_of(size))) == {(code, 0, number)}


@given(sizes, st.integers(0, 200), changes)
def test_a_changed_node_is_the_only_one_named(size: int, which: int, change: tuple[int, int]) -> None:
    nodes = dict(nodes_of(size))
    node = list(nodes)[which % len(nodes)]
    nodes[node] = flipped(nodes[node], *change)
    code = "leaf_mismatch" if node == (0, size - 1) and size % 2 else "node_changed"
    assert named(found(size, entries_of(size), nodes)) == {(code, *node)}


@given(sizes, st.integers(0, 200))
def test_a_lost_node_is_the_only_one_named(size: int, which: int) -> None:
    nodes = dict(nodes_of(size))
    node = list(nodes)[which % len(nodes)]
    del nodes[node]
    assert named(found(size, entries_of(size), nodes)) == {("node_missing", *node)}


@given(st.integers(2, 70), st.integers(0, 69))
def test_a_lost_entry_is_the_only_one_named(size: int, number: int) -> None:
    entries = entries_of(size)
    del entries[number % size]
    assert named(found(size, entries, nodes_of(size))) == {("entry_missing", 0, number % size)}


@given(sizes, st.integers(0, 70), st.integers(0, 200))
def test_a_node_that_does_not_belong_there_is_the_only_one_named(size: int, level: int, index: int) -> None:
    node = (level, index)
    if node not in nodes_of(size):
        nodes = {**nodes_of(size), node: bytes(32)}
        assert named(found(size, entries_of(size), nodes)) == {("node_unexpected", *node)}


@pytest.mark.parametrize(
    "node", [(-1, 0), (-1, -1), (0, -1), (4, 0), (0, 9), (0, 2**62), (60, 2**40), (10**9, 0)]
)
@pytest.mark.parametrize("place", [0, 5, 99])
def test_an_address_that_a_database_sorts_anywhere_hides_no_other_row(node: Node, place: int) -> None:
    leaves = [(number, merkle.leaf_hash(entry(number))) for number in range(9)]
    rows = sorted(nodes_of(9).items(), key=lambda row: completed_at(row[0]))
    rows.insert(place, (node, bytes(32)))
    assert named(check_tree(9, leaves, rows)) == {("node_unexpected", *node)}


@pytest.mark.parametrize("number", [-1, 9, 10, 2**62])
def test_an_entry_that_does_not_belong_there_is_the_only_one_named(number: int) -> None:
    entries = {**entries_of(9), number: b"added"}
    assert named(found(9, entries, nodes_of(9))) == {("entry_unexpected", 0, number)}


def test_a_row_that_comes_twice_is_named_once() -> None:
    leaves = [(number, merkle.leaf_hash(entry(number))) for number in range(9)]
    rows = sorted(nodes_of(9).items(), key=lambda row: completed_at(row[0]))
    assert named(check_tree(9, [*leaves[:4], *leaves[3:]], rows)) == {("entry_unexpected", 0, 3)}
    assert named(check_tree(9, leaves, [*rows[:6], *rows[5:]])) == {("node_unexpected", *rows[5][0])}


@pytest.mark.parametrize("value", [None, b"", bytes(31), bytes(33), "text", 7])
@pytest.mark.parametrize("node", [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_a_column_that_holds_no_hash_is_named(node: Node, value: object) -> None:
    nodes = {**nodes_of(9), node: value}
    assert named(found(9, entries_of(9), nodes)) == {("node_changed", *node)}  # type: ignore[arg-type]


# --- several rows ---


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3])
def test_of_many_changes_at_once_none_is_missed(share: float) -> None:
    rng = random.Random(share)
    entries, nodes = entries_of(MOST), dict(nodes_of(MOST))
    changed: set[Node] = set()
    for number in entries:
        if rng.random() < share:
            entries[number] = flipped(entries[number], rng.randrange(99), rng.randrange(1, 256))
            changed.add((0, number))
    for node in nodes:
        if rng.random() < share:
            nodes[node] = flipped(nodes[node], rng.randrange(32), rng.randrange(1, 256))
            changed.add(node)
    places = {(one.level, one.index) for one in found(MOST, entries, nodes)}
    assert changed <= places
    # Where damaged rows touch, a sound neighbour may be named too; few are.
    assert len(places - changed) <= share * len(changed)


def test_an_entry_and_its_hash_that_were_both_changed_are_named_at_their_place() -> None:
    entries, nodes = {**entries_of(16), 5: b"another"}, {**nodes_of(16), (0, 5): bytes(32)}
    assert named(found(16, entries, nodes)) == {("leaf_mismatch", 0, 5)}


def test_an_entry_and_the_hashes_above_it_edited_together_are_narrowed_down() -> None:
    entries, nodes = entries_of(16), dict(nodes_of(16))
    entries[5] = b"rewritten"
    edited = merkle.append(0, [merkle.leaf_hash(one) for one in entries.values()], {})
    nodes[(0, 5)], nodes[(1, 2)] = edited[(0, 5)], edited[(1, 2)]
    assert named(found(16, entries, nodes)) == {("subtree_changed", 2, 1)}


def test_a_log_rewritten_as_a_whole_fits_itself_but_no_earlier_root() -> None:
    entries = {**entries_of(16), 5: b"rewritten"}
    nodes = merkle.append(0, [merkle.leaf_hash(one) for one in entries.values()], {})
    assert found(16, entries, nodes) == []
    assert merkle.root(5, nodes) == merkle.root(5, nodes_of(16))
    assert merkle.root(6, nodes) != merkle.root(6, nodes_of(16))


@pytest.mark.parametrize("kept", [0, 1, 8, 11])
def test_a_log_that_was_cut_off_is_named_where_it_ends(kept: int) -> None:
    damage = found(12, entries_of(kept), nodes_of(kept))
    assert named(damage) == {("log_cut_off", 0, kept)}
    assert named(found(2**63, entries_of(kept), nodes_of(kept))) == named(damage)


def test_a_log_that_lost_its_entries_or_its_hashes_names_each() -> None:
    assert named(found(6, {}, nodes_of(6))) == {("entry_missing", 0, number) for number in range(6)}
    assert named(found(6, entries_of(6), {})) == {("node_missing", *node) for node in nodes_of(6)}


def test_a_log_that_is_longer_than_it_says_names_each() -> None:
    more = {("entry_unexpected", 0, number) for number in (4, 5)}
    more |= {("node_unexpected", *node) for node in nodes_of(6).keys() - nodes_of(4).keys()}
    assert named(found(4, entries_of(6), nodes_of(6))) == more


def test_damage_is_told_in_a_sentence() -> None:
    assert Damage("node_changed", 3, 7).message == (
        "The hash at level 3, index 7 is not what the log below it gives."
    )
    assert Damage("entry_missing", 0, 41).message == "Entry 41 is missing."


# --- all tables of a log ---


@dataclass
class Tables:
    """What a log stores. The content of every seventh entry was erased with its salt."""

    entries: dict[int, bytes]
    nodes: dict[Node, bytes]
    contents: dict[int, tuple[bytes, bytes]]
    checkpoints: dict[int, bytes]


def tables_of(size: int) -> Tables:
    at = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    tables = Tables({}, {}, {}, {})
    for number in range(size):
        content, salt = {"number": number}, random.Random(number).randbytes(16)
        tables.entries[number] = log_entry.build_entry("award", at, log_entry.commit(content, salt))
        leaf = merkle.leaf_hash(tables.entries[number])
        tables.nodes |= merkle.append(number, [leaf], tables.nodes)
        if number % 7:
            tables.contents[number] = (jcs.canonicalize(content), salt)
        if number % 10 == 9:
            root = merkle.root(number + 1, tables.nodes)
            tables.checkpoints[number + 1] = signed_checkpoint(number + 1, root)
    return tables


def places_found(size: int, tables: Tables) -> Iterator[tuple[str, Any]]:
    """The table and key of each damaged row: what `exchange log fsck` puts together."""
    for damage in found(size, tables.entries, tables.nodes):
        if damage.code.startswith("entry") or damage.code == "leaf_mismatch":
            yield "entries", damage.index
        if not damage.code.startswith("entry"):
            yield "nodes", (damage.level, damage.index)
    for number, (content, salt) in tables.contents.items():
        try:
            log_entry.open_entry(tables.entries[number], parse(content), salt)
        except (ExchangeError, KeyError):
            yield "contents", number
    for at_size, note in tables.checkpoints.items():
        try:
            signed = verify_checkpoint(note, [LOG.key])
            sound = signed.size == at_size and signed.root == merkle.root(at_size, tables.nodes)
        except ExchangeError:
            sound = False
        if not sound:
            yield "checkpoints", at_size


def change_one_byte(tables: Tables, rng: random.Random) -> tuple[str, Any]:
    """Change one byte of one row, its key included; the row it was."""
    name = rng.choice(["entries", "nodes", "contents", "checkpoints"])
    rows: dict[Any, Any] = getattr(tables, name)
    key = rng.choice(list(rows))
    value, change = rows[key], rng.randrange(1, 256)
    if name in ("entries", "nodes") and not rng.randrange(5):
        bit = 1 << rng.randrange(20)
        other: Any = key ^ bit if name == "entries" else (key[0], key[1] ^ bit)
        if other not in rows:  # two rows never have one key
            rows[other] = rows.pop(key)
            return name, key
    if name == "contents":
        which = rng.randrange(2)
        parts = [
            flipped(part, rng.randrange(99), change) if n == which else part for n, part in enumerate(value)
        ]
        rows[key] = tuple(parts)
    else:
        rows[key] = flipped(value, rng.randrange(999), change)
    return name, key


def test_a_thousand_changes_of_one_byte_are_all_found_and_located() -> None:
    size, rng = 53, random.Random(6962)
    intact = tables_of(size)
    assert list(places_found(size, intact)) == []
    missed = []
    for _ in range(1000):
        tables = deepcopy(intact)
        changed = change_one_byte(tables, rng)
        if changed not in set(places_found(size, tables)):
            missed.append(changed)
    assert missed == []
