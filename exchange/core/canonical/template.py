"""Canonical RDF in bulk: what a batch of badges has in common is canonicalised once.

Badges of one achievement differ in a few texts and ids. A `Template` keeps the finished lines of everything
else, and of each blank node whose neighbourhood does not vary the finished hash; a document costs what its
own lines cost. Whatever does not fit, or leaves two blank nodes alike, goes the way of every document.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import eq, itemgetter
from typing import Any

from orjson import dumps

from exchange.core.canonical.compiled import REFERENCE, Meter
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.effort import Effort
from exchange.core.canonical.nquads import Iris, quoted
from exchange.core.canonical.rdf import canonize
from exchange.core.canonical.rdfc import Dataset, first_degree_quads
from exchange.core.canonical.walk import walk
from exchange.errors import ExchangeError, InputError

Render = Callable[[Sequence[str]], list[str]]
"""The values of a document, then the labels of its blank nodes → some lines, without their newlines."""


class Template:
    """The canonical form of documents that are like a sample everywhere but at some places.

    Make one with `Template.of`. Safe to share between threads.
    """

    def __init__(self, shape: _Shape, tables: list[Iris | None], dataset: Dataset, mark: str) -> None:
        self._shape = shape
        self._tables = tables
        self._contexts = SHIPPED
        slot = re.compile(f'["<]{re.escape(mark)}([0-9]+):[">]')
        blanks = [f"_:{mark}{node}" for node in range(len(dataset.tails))]
        wanted = re.compile(f"{slot.pattern}|_:{re.escape(mark)}([0-9]+)")

        def render(lines: list[str]) -> Render:
            return _render([line[:-1] for line in lines], wanted, len(tables))

        near = first_degree_quads(dataset)
        self._near = [render(quads) if any(map(slot.search, quads)) else None for quads in near]
        if not all(near):
            raise InputError("template_varying", "A sample with an empty object in a graph has no template.")
        self._hashes = [_hash([line[:-1] for line in quads]) for quads in near]
        own = [
            [blanks[node] + tail for tail in tails] + [f"{head}{blanks[node]} .\n" for head in heads]
            for node, (tails, heads) in enumerate(zip(dataset.tails, dataset.heads, strict=True))
        ]
        fixed = [line for line in dataset.lines if not slot.search(line)]
        moving = [line for line in dataset.lines if slot.search(line)]
        moving += [_mixed(quad, blanks) for quad in dataset.mixed]
        moving += [line for lines, varies in zip(own, self._near, strict=True) if varies for line in lines]
        self._fixed = sorted({line[:-1] for line in fixed})
        self._moving = render(moving)
        self._settled = [
            None if varies else _Settled(render(lines)) for lines, varies in zip(own, self._near, strict=True)
        ]

    @classmethod
    def of(cls, sample: dict[str, Any], varying: Sequence[str], *, contexts: Contexts = SHIPPED) -> Template:
        """The template of documents that differ from `sample` in the strings at the JSON Pointers `varying`.

        A place must hold a text or an identifier; InputError("template_varying") for others (types, words of
        a vocabulary, numbers, absent members). Raises what `rdf.canonize` raises for the sample itself.
        """
        canonize(sample, contexts=contexts)
        mark = "urn:varying:"
        while mark.encode() in dumps(sample):
            mark = mark[:-1] + "x:"
        marked = copy.deepcopy(sample)
        paths = [_steps(pointer) for pointer in varying]
        tables = []
        for number, (path, pointer) in enumerate(zip(paths, varying, strict=True)):
            tables.append(_table(sample, path, pointer, contexts))
            holder = marked
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = f"{mark}{number}:"
        made = cls(_Shape.of(marked, mark), tables, walk(marked, contexts), mark)
        made._contexts = contexts
        return made

    def canonize(self, document: dict[str, Any]) -> bytes:
        """What `rdf.canonize(document)` gives or raises, sooner when the document fits the template."""
        values = [""] * len(self._tables)
        filled = self.fill(values) if self._shape.fits(document, values) else None
        return canonize(document, contexts=self._contexts) if filled is None else filled

    def fill(self, values: Sequence[str]) -> bytes | None:
        """`canonize` of the sample with `values`, in the order of `varying`; None when only the walk can
        tell: two blank nodes are alike, or a value is not what its place asks for."""
        try:
            lines = self._lines(values)
        except (ExchangeError, UnicodeEncodeError):
            return None
        if lines is None:
            return None
        return ("\n".join(lines) + "\n").encode() if lines else b""

    def _lines(self, values: Sequence[str]) -> list[str] | None:
        """The canonical lines; None when two blank nodes share a hash."""
        texts = [
            quoted(value) if table is None else table[value]
            for value, table in zip(values, self._tables, strict=True)
        ]
        hashes = []
        for hashed, near in zip(self._hashes, self._near, strict=True):
            if near is not None:
                quads = sorted(near(texts))
                if len(set(quads)) < len(quads):
                    return None  # one quad said twice, or two that read alike
                hashed = _hash(quads)
            hashes.append(hashed)
        ranks = {hashed: rank for rank, hashed in enumerate(sorted(hashes))}
        if len(ranks) < len(hashes):
            return None  # two blank nodes alike
        texts += [f"_:c14n{ranks[hashed]}" for hashed in hashes]
        lines = self._fixed + self._moving(texts)
        for settled, hashed in zip(self._settled, hashes, strict=True):
            if settled is not None:
                lines += settled.lines(ranks[hashed], texts)
        lines.sort()
        if True in map(eq, lines, islice(lines, 1, None)):
            lines = list(dict.fromkeys(lines))
        return lines


@dataclass(slots=True)
class _Settled:
    """A blank node whose own lines vary in nothing but its label: its lines for each label it ever had."""

    render: Render
    known: dict[int, list[str]] = field(default_factory=dict)

    def lines(self, rank: int, texts: Sequence[str]) -> list[str]:
        found = self.known.get(rank)
        if found is None:
            found = self.known[rank] = self.render(texts)
        return found


@dataclass(slots=True)
class _Shape:
    """An object or array with varying strings somewhere below.

    `same`: member → its JSON bytes, where nothing varies. `varying`: member → number of the value. `below`:
    member → a shape again. Bytes are compared and not values, for which 1, 1.0 and True are one.
    """

    kind: type[list[Any]] | type[dict[str, Any]]
    size: int
    same: list[tuple[Any, bytes]]
    varying: list[tuple[Any, int]]
    below: list[tuple[Any, _Shape]]

    @classmethod
    def of(cls, value: Any, mark: str) -> _Shape:
        shape = cls(type(value), len(value), [], [], [])
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(member, str) and member.startswith(mark):
                shape.varying.append((key, int(member[len(mark) : -1])))
            elif mark.encode() in (raw := dumps(member)):
                shape.below.append((key, cls.of(member, mark)))
            else:
                shape.same.append((key, raw))
        return shape

    def fits(self, value: Any, values: list[str]) -> bool:
        """Whether `value` has this shape; its varying strings go into `values`."""
        if type(value) is not self.kind or len(value) != self.size:
            return False
        try:
            for key, number in self.varying:
                text = values[number] = value[key]
                if type(text) is not str:
                    return False
            for key, raw in self.same:
                if dumps(value[key]) != raw:
                    return False
            return all(shape.fits(value[key], values) for key, shape in self.below)
        except (KeyError, TypeError):
            return False


def _render(lines: list[str], wanted: re.Pattern[str], labels: int) -> Render:
    """A function that writes `lines` with their slots filled: all in one formatting."""
    numbers: list[int] = []

    def slot(match: re.Match[str]) -> str:
        value, label = match.groups()
        numbers.append(int(value) if value is not None else labels + int(label))
        return "\0"

    text = wanted.sub(slot, "\n".join(lines)).replace("%", "%%").replace("\0", "%s")
    if not lines:
        return lambda texts: []
    if not numbers:
        return lambda texts: text.replace("%%", "%").split("\n")
    if len(numbers) == 1:
        only = numbers[0]
        return lambda texts: (text % (texts[only],)).split("\n")
    pick = itemgetter(*numbers)
    return lambda texts: (text % pick(texts)).split("\n")


def _hash(lines: list[str]) -> str:
    return hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()


def _mixed(quad: tuple[Any, ...], blanks: list[str]) -> str:
    subject, middle, value, graph = quad
    start = blanks[subject] if isinstance(subject, int) else subject
    end = blanks[value] if isinstance(value, int) else value
    return f"{start}{middle}{end} .\n" if graph is None else f"{start}{middle}{end} {blanks[graph]} .\n"


def _steps(pointer: str) -> list[Any]:
    """A JSON Pointer's steps; array places as numbers."""
    return [
        int(step) if step.isdecimal() else step.replace("~1", "/").replace("~0", "~")
        for step in pointer.split("/")[1:]
    ]


def _table(sample: dict[str, Any], path: list[Any], pointer: str, contexts: Contexts) -> Iris | None:
    """The IRI table for the identifiers at `path`; None when texts stand there."""
    slot = contexts.compiled.root
    value: Any = sample
    table: Iris | None = None
    try:
        for step in path:
            if not isinstance(value, dict | list):
                raise _not_varying(pointer)
            member = value[step]
            if isinstance(value, dict):
                state, _ = slot.record(value, Meter(Effort()))
                term = state[step]
                slot = term[4]
                table = term[3] if slot.inner == REFERENCE else None
                if step == "id":
                    table = state.iris
                elif step in ("type", "@context"):
                    raise _not_varying(pointer)
            value = member
    except (KeyError, IndexError, TypeError) as error:
        raise _not_varying(pointer) from error
    if type(value) is not str or (table is not None and type(table) is not Iris):
        raise _not_varying(pointer)
    return table


def _not_varying(pointer: str) -> InputError:
    return InputError("template_varying", "Only a text or an identifier may vary in a template.", pointer)
