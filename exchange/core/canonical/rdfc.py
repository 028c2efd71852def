"""RDFC-1.0 (W3C RDF Dataset Canonicalization): canonical labels for blank nodes, within bounded work.

Most badges need only the first part, where the hash of what stands next to a blank node is its own. Identical
neighbourhoods need Hash N-Degree Quads, which is exponential in the worst case: a two-kilobyte document can
ask for hours. The work is counted, and beyond the budget the document is refused as poison.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from exchange.core.canonical.effort import Effort
from exchange.errors import InputError

Node = str | int
"""A term: its N-Quads text, or the number of a blank node."""

Quad = tuple[Node, str, Node, int | None]
"""Subject, ` <predicate> `, object, blank graph. An empty object means it is already in the second text."""

BUDGET = 10_000
"""Units of N-degree work, each some three microseconds. A badge with forty endorsements whose proofs are all
alike takes 120, and two hundred equal results without ids 200; a clique of ten would take millions."""

_DEEPEST = 200
_HASHES: dict[str, Callable[[bytes], hashlib._Hash]] = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}
_NOTHING = {digest: digest(b"").hexdigest() for digest in _HASHES.values()}


class Dataset:
    """RDF quads as N-Quads text, kept apart by the blank nodes in them.

    `lines`: whole quads without a blank node. `tails[n]`: what follows blank node n as the subject,
    ` <p> "x" .\\n`. `heads[n]`: what precedes n as the last term, `<s> <p> `. `mixed`: quads with two
    blank nodes or more.
    """

    __slots__ = ("heads", "lines", "mixed", "tails")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tails: list[list[str]] = []
        self.heads: list[list[str]] = []
        self.mixed: list[Quad] = []

    def blank(self) -> int:
        """A new blank node."""
        number = len(self.tails)
        self.tails.append([])
        self.heads.append([])
        return number

    def add(self, subject: Node, predicate: str, value: Node, graph: int | None) -> None:
        """One quad; `predicate` with a space on either side."""
        if graph is None:
            if isinstance(subject, str):
                if isinstance(value, str):
                    self.lines.append(f"{subject}{predicate}{value} .\n")
                else:
                    self.heads[value].append(subject + predicate)
            elif isinstance(value, str):
                self.tails[subject].append(f"{predicate}{value} .\n")
            else:
                self.mixed.append((subject, predicate, value, None))
        elif isinstance(subject, str) and isinstance(value, str):
            self.heads[graph].append(f"{subject}{predicate}{value} ")
        else:
            self.mixed.append((subject, predicate, value, graph))


def canonical(
    dataset: Dataset, algorithm: str = "sha256", budget: int = BUDGET, effort: Effort | None = None
) -> bytes:
    """The dataset's canonical N-Quads, UTF-8, sorted by code point, each line ending in a newline.

    `algorithm` is the hash inside RDFC-1.0, "sha256" or "sha384". InputError("poison_graph") when labelling
    takes more than `budget`, InputError("lone_surrogate") for text that is not Unicode, CannotTellError
    ("too_much_work") when `effort`, shared with other documents, is at its end. RDFC-1.0 §4.
    """
    try:
        labels = _labels(dataset, _HASHES[algorithm], budget, effort or Effort())
        lines = dataset.lines.copy()
        for label, tails, heads in zip(labels, dataset.tails, dataset.heads, strict=True):
            for tail in tails:
                lines.append(label + tail)
            for head in heads:
                lines.append(f"{head}{label} .\n")
        if dataset.mixed:
            lines += [_written(quad, labels) for quad in dataset.mixed]
        lines.sort()
        if len(set(lines)) < len(lines):
            lines = list(dict.fromkeys(lines))
        return "".join(lines).encode()
    except UnicodeEncodeError as error:
        raise InputError("lone_surrogate", "A text holds half of a surrogate pair.") from error


def _written(quad: Quad, labels: list[str]) -> str:
    subject, middle, value, graph = quad
    start = subject if isinstance(subject, str) else labels[subject]
    end = value if isinstance(value, str) else labels[value]
    return f"{start}{middle}{end} .\n" if graph is None else f"{start}{middle}{end} {labels[graph]} .\n"


def _labels(
    dataset: Dataset, digest: Callable[[bytes], hashlib._Hash], budget: int, effort: Effort
) -> list[str]:
    """§4.4.3: the canonical label of every blank node, by its number."""
    count = len(dataset.tails)
    if count < 2:
        return ["_:c14n0"] * count
    first = first_degree_hashes(dataset, digest)
    labels = {hashed: f"_:c14n{rank}" for rank, hashed in enumerate(sorted(first))}
    if len(labels) == count and _NOTHING[digest] not in labels:  # each has its own, as mostly
        return [labels[hashed] for hashed in first]
    by_hash: dict[str, list[int]] = {}
    for node, hashed in enumerate(first):
        by_hash.setdefault(hashed, []).append(node)
    absent = by_hash.pop(_NOTHING[digest], ())  # nodes that came to stand in no quad
    issued: dict[int, str] = {}
    for hashed in sorted(by_hash):
        if len(by_hash[hashed]) == 1:
            issued[by_hash[hashed][0]] = f"_:c14n{len(issued)}"
    if len(issued) + len(absent) < count:
        _NDegree(dataset, digest, first, issued, budget, effort).issue(by_hash)
    return [issued.get(node, "") for node in range(count)]


def first_degree_quads(dataset: Dataset) -> list[list[str]]:
    """§4.6.3 steps 1–4 for every blank node: its quads with itself as `_:a` and all others as `_:z`, sorted.

    Each quad counts once, but two quads that read alike this way both count.
    """
    near = [
        [f"_:a{tail}" for tail in set(tails)] + [f"{head}_:a .\n" for head in set(heads)]
        for tails, heads in zip(dataset.tails, dataset.heads, strict=True)
    ]
    for quad in set(dataset.mixed):
        subject, _, value, graph = quad
        for node in {subject, value, graph}:
            if isinstance(node, int):
                near[node].append(_written(quad, _Seen(node)))
    for quads in near:
        quads.sort()
    return near


class _Seen(list[str]):
    """Labels as one blank node sees them: itself `_:a`, any other `_:z`."""

    def __init__(self, node: int) -> None:
        super().__init__()
        self._node = node

    def __getitem__(self, node: object) -> str:  # type: ignore[override]
        return "_:a" if node == self._node else "_:z"


def first_degree_hashes(dataset: Dataset, digest: Callable[[bytes], hashlib._Hash]) -> list[str]:
    """§4.6 Hash First Degree Quads for every blank node."""
    if dataset.mixed:
        near = ["".join(quads) for quads in first_degree_quads(dataset)]
    else:
        # The same texts sooner: what starts with an IRI sorts before what starts with the blank node.
        near = [
            "".join(sorted(f"{head}_:a .\n" for head in set(heads))) + "_:a".join(("", *sorted(set(tails))))
            if len(heads) > 1
            else (f"{heads[0]}_:a .\n" if heads else "") + "_:a".join(("", *sorted(set(tails))))
            for tails, heads in zip(dataset.tails, dataset.heads, strict=True)
        ]
    return [digest(text.encode()).hexdigest() for text in near]


class _NDegree:
    """§4.7 and §4.8: Hash Related Blank Node and Hash N-Degree Quads, with the work counted."""

    def __init__(
        self,
        dataset: Dataset,
        digest: Callable[[bytes], hashlib._Hash],
        first: list[str],
        issued: dict[int, str],
        budget: int,
        effort: Effort,
    ) -> None:
        self._digest = digest
        self._first = first
        self._issued = issued
        self._left = budget
        self._effort = effort
        self._quads: list[list[Quad]] = [[] for _ in first]
        for quad in dict.fromkeys(dataset.mixed):
            for node in {quad[0], quad[2], quad[3]}:
                if isinstance(node, int):
                    self._quads[node].append(quad)

    def issue(self, by_hash: dict[str, list[int]]) -> None:
        """§4.4.3 step 5: labels for the nodes that share a first-degree hash."""
        for hashed in sorted(by_hash):
            if len(by_hash[hashed]) == 1:
                continue
            results = [
                self._hash(node, {node: "_:b0"}, 0) for node in by_hash[hashed] if node not in self._issued
            ]
            for _, temporary in sorted(results, key=lambda result: result[0]):
                for node in temporary:
                    self._issued.setdefault(node, f"_:c14n{len(self._issued)}")

    def _spend(self, units: int) -> None:
        self._left -= units
        self._effort.spend(units)
        if self._left < 0:
            raise InputError(
                "poison_graph",
                "The blank nodes of this document are so alike that labelling them takes too much work. "
                "Give the repeated objects an id.",
            )

    def _hash(self, node: int, issuer: dict[int, str], depth: int) -> tuple[str, dict[int, str]]:
        self._spend(1 + len(self._quads[node]) // 4 if depth < _DEEPEST else self._left + 1)
        data = []
        related_by_hash = self._related(node, issuer)
        for hashed in sorted(related_by_hash):
            path, issuer = self._shortest(related_by_hash[hashed], issuer, depth)
            data += [hashed, path]
        return self._digest("".join(data).encode()).hexdigest(), issuer

    def _related(self, node: int, issuer: dict[int, str]) -> dict[str, list[int]]:
        """§4.8.3 steps 1–3. One neighbour may stand in a list several times, as the algorithm has it."""
        related: dict[str, list[int]] = {}
        for subject, middle, value, graph in self._quads[node]:
            predicate = middle[1 : middle.index(" ", 1)]
            for position, other in (("s", subject), ("o", value), ("g", graph)):
                if isinstance(other, int) and other != node:
                    known = self._issued.get(other) or issuer.get(other) or self._first[other]
                    text = f"g{known}" if position == "g" else f"{position}{predicate}{known}"
                    related.setdefault(self._digest(text.encode()).hexdigest(), []).append(other)
        return related

    def _shortest(self, nodes: list[int], issuer: dict[int, str], depth: int) -> tuple[str, dict[int, str]]:
        """§4.8.3 step 5: over all orders of `nodes`, the least path and the labels it issued."""
        best = ""
        chosen = issuer
        for order in _orders(nodes):
            self._spend(1 + (len(order) + len(issuer)) // 16)
            found = self._path(order, dict(issuer), best, depth)
            if found is not None and (not best or found[0] < best):
                best, chosen = found
        return best, chosen

    def _path(
        self, order: list[int], issuer: dict[int, str], best: str, depth: int
    ) -> tuple[str, dict[int, str]] | None:
        """§4.8.3 steps 5.4.4–5.4.5; None as soon as the path cannot beat `best`."""
        path = ""
        deeper = []
        for node in order:
            label = self._issued.get(node)
            if label is None:
                if node not in issuer:
                    deeper.append(node)
                    issuer[node] = f"_:b{len(issuer)}"
                label = issuer[node]
            path += label
            if best and len(path) >= len(best) and path > best:
                return None
        for node in deeper:
            label = issuer[node]
            hashed, issuer = self._hash(node, issuer, depth + 1)
            path += f"{label}<{hashed}>"
            if best and len(path) >= len(best) and path > best:
                return None
        return path, issuer


def _orders(nodes: list[int]) -> Iterator[list[int]]:
    """Every different order of `nodes`; equal entries are not told apart: six equal ones have one order."""
    order = sorted(nodes)
    while True:
        yield order
        pivot = len(order) - 2
        while pivot >= 0 and order[pivot] >= order[pivot + 1]:
            pivot -= 1
        if pivot < 0:
            return
        swap = len(order) - 1
        while order[swap] <= order[pivot]:
            swap -= 1
        order = order.copy()
        order[pivot], order[swap] = order[swap], order[pivot]
        order[pivot + 1 :] = reversed(order[pivot + 1 :])
