"""Fsck: the whole check of the log, and of what is on record against it.

In this order; each part names the table and the row of whatever it finds:

1. The tree: every entry and every hash above it (`core.log.fsck`).
2. What entries commit to: content, salt, and under which names an entry is found.
3. `log_state`: the size, and the right edge of the tree.
4. Every signed checkpoint: its signature, its row, and the tree it was signed for.
5. Effects (`effects`): whatever is on record has its entry, and whatever was logged is on record.

Everything is read in pages, so that memory does not grow with the log. Nothing is written, no key is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from exchange.core.log import merkle
from exchange.core.log.checkpoint import verify_checkpoint
from exchange.core.log.fsck import Damage, check_tree, completed_at
from exchange.core.log.merkle import Node
from exchange.core.log.signed_note import VerifierKey
from exchange.errors import ExchangeError
from exchange.flows.endorsements.logged import ENDORSED
from exchange.flows.instance.restore import logs
from exchange.flows.log.effects import check_effects
from exchange.flows.log.found import LOWEST, MOST, Found, Opened, opened, text_of
from exchange.flows.log.log import CLAIM_KINDS, STATUS_KINDS, about_of
from exchange.flows.ports import Ports
from exchange.flows.records import SignedCheckpoint

T = TypeVar("T")
PAGE = 1000


async def fsck(ports: Ports) -> Found:
    """Everything that is wrong with the log, and everything on record that contradicts it."""
    found = Found()
    count = await ports.store.log_count()
    state = await ports.store.log_state()
    size = await _size(ports, state, count, found)
    await _check_tree(ports, size, count, found)
    await _check_contents(ports, size, found)
    if state is not None:
        await _check_frontier(ports, size, state[1], found)
    await _check_checkpoints(ports, size, found)
    await check_effects(ports, found)
    found.figures = {"entries": count, **found.figures}
    return found


async def _size(ports: Ports, state: tuple[int, bytes] | None, count: int, found: Found) -> int:
    """How many entries there should be. Where the size on record is not the number of entries, the frontier
    tells which of the two was changed."""
    if state is None:
        found.add("log_state_missing", "log_state", 0, "The row with the log's size and frontier is gone.")
        return count
    size, frontier = state
    if size == count:
        return count
    wanted = merkle.root_needs(count)
    nodes = await ports.store.log_nodes(wanted)
    if b"".join(nodes.get(node, b"") for node in wanted) == frontier or not 0 <= size <= merkle.MAX_SIZE:
        said = (
            f"The log's size is on record as {size}, but it has {count} entries and the frontier of {count}."
        )
        found.add("log_size_changed", "log_state", 0, said)
        return count
    return size


# --- 1. the tree ------------------------------------------------------------------------------------------


async def _check_tree(ports: Ports, size: int, count: int, found: Found) -> None:
    """`check_tree` reads its rows like any iterator: in a thread, which asks the loop for the next page."""
    loop = asyncio.get_running_loop()

    def wait(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def leaves() -> Iterator[tuple[int, bytes]]:
        after = LOWEST
        while page := wait(ports.store.log_rows(after, PAGE)):
            yield from ((row.position, merkle.leaf_hash(row.entry)) for row in page)
            after = page[-1].position

    def nodes() -> Iterator[tuple[Node, bytes]]:
        start = 0
        while start < size:
            # Where the size is far beyond what is stored, the rest is one step.
            end = min(start + PAGE, size) if start < count else size
            page = wait(ports.store.log_nodes_between(start, end))
            found.figures["hashes"] = found.figures.get("hashes", 0) + len(page)
            yield from sorted(page.items(), key=lambda row: completed_at(row[0]))
            start = end
        yield from ((node, b"") for node in wait(ports.store.log_strays(size)))

    damages = await asyncio.to_thread(lambda: list(islice(check_tree(size, leaves(), nodes()), MOST)))
    for damage in damages:
        await _tell(ports, damage, size, found)


async def _tell(ports: Ports, damage: Damage, size: int, found: Found) -> None:
    node = damage.level, damage.index
    code = damage.code
    if code == "leaf_mismatch":
        code = await _which(ports, node, size)
    if code.startswith("entry") or code == "log_cut_off":
        found.entries.add(damage.index)
        found.add(code, "log_entry", damage.index, Damage(code, *node).message)
        return
    if code == "leaf_mismatch":
        found.entries.add(damage.index)
    found.nodes.add(node)
    found.add(code, "log_node", f"{damage.level},{damage.index}", Damage(code, *node).message)


async def _which(ports: Ports, node: Node, size: int) -> Any:
    """Of a leaf and its entry, without a sound hash above them: which one was changed, if the entry still
    opens, or if the frontier tells."""
    rows = await ports.store.log_rows(node[1] - 1, 1)
    hashed = (await ports.store.log_nodes([node])).get(node)
    _, frontier = await ports.store.log_state() or (0, b"")
    if rows and node[1] == size - 1 and frontier[-merkle.HASH_BYTES :] == merkle.leaf_hash(rows[0].entry):
        return "node_changed"
    if hashed is not None and node[1] == size - 1 and frontier[-merkle.HASH_BYTES :] == hashed:
        return "entry_changed"
    return "leaf_mismatch"


# --- 2. what entries commit to ----------------------------------------------------------------------------


async def _check_contents(ports: Ports, size: int, found: Found) -> None:
    after = LOWEST
    awards = changes = 0
    while page := await ports.store.log_rows(after, PAGE):
        after = page[-1].position
        sound: list[Opened] = []
        for row in page:
            if row.position in found.entries:
                continue
            try:
                sound.append(opened(row))
            except ExchangeError as error:
                found.entries.add(row.position)
                said = f"Entry {row.position} does not fit its content and salt: {error.message}"
                found.add("entry_content_changed", "log_entry", row.position, said)
        awards += sum(one.said.kind in ("award", "endorse") for one in sound)
        changes += sum(one.said.kind in (*STATUS_KINDS, "withdraw") for one in sound)
        await _check_names(ports, sound, found)
        await _check_badges_of(ports, sound, found)
    for position, name in await ports.store.log_stray_abouts(MOST):
        row_name = f"{position},{text_of(name)}"
        found.add("about_unexpected", "log_about", row_name, f"There is no entry {position} to be found so.")
    found.figures |= {"awards": awards, "changes": changes}


async def _check_names(ports: Ports, sound: list[Opened], found: Found) -> None:
    """Each entry is found under the names its content tells, and no others."""
    named: dict[int, set[bytes]] = {}
    for position, name in await ports.store.log_abouts([one.row.position for one in sound]):
        named.setdefault(position, set()).add(name)
    for one in sound:
        there = named.get(one.row.position, set())
        wanted = about_of(one.said.kind, one.content, ports.bases) if one.content is not None else None
        if wanted is None:
            continue
        names = {name.encode() for name in wanted}
        position = one.row.position
        for lost in sorted(map(text_of, names - there)):
            found.lost.add(lost)
            said = f"Entry {position} is not found under {lost} any more."
            found.add("about_missing", "log_about", f"{position},{lost}", said)
        for extra in sorted(map(text_of, there - names)):
            said = f"Entry {position} is not about {extra}."
            found.add("about_unexpected", "log_about", f"{position},{extra}", said)


async def _check_badges_of(ports: Ports, sound: list[Opened], found: Found) -> None:
    """The badges that the log speaks of are on record."""
    about: dict[str, int] = {}
    for one in sound:
        if one.content is not None and one.said.kind in ("award", *STATUS_KINDS, *CLAIM_KINDS, *ENDORSED):
            (badge, *_) = about_of(one.said.kind, one.content, ports.bases) or ("",)
            about[badge.removeprefix("badge:")] = one.row.position
    for id in sorted(about.keys() - await ports.store.known_badges(list(about))):
        said = f"Entry {about[id]} of the log is about the badge {id}, which is not on record."
        found.add("badge_missing", "badge", id, said)


# --- 3. and 4. the edge, and what was signed --------------------------------------------------------------


async def _check_frontier(ports: Ports, size: int, frontier: bytes, found: Found) -> None:
    wanted = merkle.root_needs(size)
    width = merkle.HASH_BYTES
    nodes = await ports.store.log_nodes(wanted)
    parts = [frontier[start : start + width] for start in range(0, len(frontier), width)]
    wrong = len(frontier) != width * len(wanted) or any(
        part != nodes.get(node) for node, part in zip(wanted, parts, strict=True) if node not in found.nodes
    )
    if wrong and not any(finding.code == "log_cut_off" for finding in found.findings):
        said = (
            "The frontier on record is not the right edge of the tree: what is appended next would not fit."
        )
        found.add("frontier_changed", "log_state", 0, said)


async def _check_checkpoints(ports: Ports, size: int, found: Found) -> None:
    keys = [log.key for log in await logs(ports)]
    intact = not found.nodes and not found.entries
    after, count, fitting = LOWEST, 0, 0
    while page := await ports.store.checkpoints(after, PAGE):
        after = page[-1].size
        for row in page:
            count += 1
            if _check_note(row, keys, found) and await _fits(ports, row, size, fitting, intact, found):
                fitting = row.size
    found.figures["checkpoints"] = count


def _check_note(row: SignedCheckpoint, keys: Sequence[VerifierKey], found: Found) -> bool:
    """The note is signed by the log, or by one that was closed, and its row says what it says."""
    try:
        said = verify_checkpoint(row.note, keys)
    except ExchangeError as error:
        found.add(
            "checkpoint_changed", "log_checkpoint", row.size, f"The note of {row.size}: {error.message}"
        )
        return False
    if (said.size, said.root) != (row.size, row.root):
        message = f"The row says another size or root than its note, which is of {said.size} entries."
        found.add("checkpoint_changed", "log_checkpoint", row.size, message)
        return False
    return True


async def _fits(
    ports: Ports, row: SignedCheckpoint, size: int, fitting: int, intact: bool, found: Found
) -> bool:
    """The tree of that size has the root that was signed; only an intact tree can say so."""
    if row.size > size:
        message = f"{row.size} entries were signed for, but the log has {size}: it was cut off, or restored."
        found.add("log_truncated", "log_checkpoint", row.size, message)
        return False
    try:
        root = merkle.root(row.size, await ports.store.log_nodes(merkle.root_needs(row.size)))
    except ExchangeError:
        root = b""
    if root == row.root:
        return True
    if intact:
        message = (
            f"Between entry {fitting} and entry {row.size} the log was rewritten, with the hashes above: "
            f"it has not the root that was signed for {row.size}."
        )
        found.add("log_rewritten", "log_checkpoint", row.size, message)
    else:
        message = f"The damaged tree cannot be compared with what was signed for {row.size}."
        found.add("checkpoint_unchecked", "log_checkpoint", row.size, message, "unknown")
    return False
