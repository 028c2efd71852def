"""One walk over a document that writes its RDF quads by the compiled contexts (JSON-LD 1.1 API §5.1, §8.1).

The profile: every key a defined term, `id` and `type` for the keywords, `@context` of known URLs, absolute
IRIs, no null. A text may be a value object with `@language` and `@direction`, as VCDM 2.0 §11.1 allows for
names and descriptions. What breaks JSON-LD or leaves something unsigned is an InputError with the place as a
JSON Pointer; what is merely out of the profile is `Unusual`.
"""

from __future__ import annotations

from typing import Any

from exchange.core.canonical.compiled import (
    GRAPH,
    JSON,
    LIST,
    LITERAL,
    REFERENCE,
    SKIP,
    Meter,
    Record,
    Slot,
    Term,
    language_suffix,
)
from exchange.core.canonical.contexts import Contexts
from exchange.core.canonical.effort import BYTES, Effort
from exchange.core.canonical.errors import Unusual, within
from exchange.core.canonical.jcs import canonicalize
from exchange.core.canonical.nquads import (
    RDF,
    Iris,
    escape,
    legal_language,
    number,
    quoted,
)
from exchange.core.canonical.rdfc import Dataset, Node
from exchange.core.common import Common
from exchange.errors import ExchangeError, InputError

MAX_DEPTH = 64
LONG = 256
"""Bytes of an id above which its repetition, once a statement, is paid for before it is written."""


def walk(
    document: dict[str, Any], contexts: Contexts, effort: Effort | None = None, common: Common | None = None
) -> Dataset:
    """The RDF dataset of `document`, which is plain JSON values with an `@context`. `common`: the parts that
    it shares with others.

    InputError (undefined_term, undefined_type, relative_iri, illegal_iri, rekeyed_term,
    protected_term_redefined, invalid_language, json_too_deep), CannotTellError("unknown_context",
    "too_much_work"), `Unusual`.
    """
    if type(document) is not dict or "@context" not in document:
        raise InputError("context_missing", "A JSON-LD document is an object with an @context.")
    made = _Walk(effort or Effort(), common)
    made.effort.spend(1)
    made.node(document, contexts.compiled.root, None, 1)
    return made


class _Walk(Dataset):
    """One walk's dataset so far."""

    __slots__ = ("common", "effort", "meter")

    def __init__(self, effort: Effort, common: Common | None) -> None:
        super().__init__()
        self.effort = effort
        self.common = common
        self.meter: Meter | None = None

    def node(self, node: dict[str, Any], slot: Slot, graph: int | None, depth: int) -> Node:
        """Write the quads of a node object, a value of `slot`; the term it is known by.

        `prefix` and `out` say how a quad whose object is text is written: what comes first, and where to.
        In a graph, quads are written as if in none and given their graph at the end.
        """
        named = "id" in node
        if self.common is not None and id(node) in self.common.parts and named and graph is None:
            return self._part(self.common, node, slot, depth)
        if named and len(node) == 1:
            return _identifier(slot.references, node["id"])
        types = node.get("type")
        if types is None and "@value" in node:
            return self._text(node, slot)
        if depth > MAX_DEPTH:
            raise InputError("json_too_deep", f"The document is nested deeper than {MAX_DEPTH} levels.")
        key = tuple(types) if type(types) is list else types
        if "@context" in node:
            context = node["@context"]
            key = ("@context", tuple(context) if type(context) is list else context), key
        try:
            record = slot.children.get(key)
        except TypeError:  # something other than strings in them, which is about to be refused
            record = None
        state, texts = record or self._record(node, slot)
        subject: Node
        if named:
            subject = prefix = _identifier(state.iris, node["id"])
            out = self.lines
            if len(prefix) > LONG:
                self.effort.spend(len(prefix) * _values(node) // BYTES)
        else:
            subject, prefix = self.blank(), ""
            out = self.tails[subject]
        if graph is not None:
            out = []
        for text in texts:
            out.append(prefix + text)

        try:
            for member, value in node.items():
                kind, predicate, suffix, iris, slot = state[member]
                if kind == LITERAL and type(value) is str:
                    if not value.isprintable() or '"' in value or "\\" in value:
                        value = escape(value)
                    out.append(f'{prefix}{predicate}"{value}{suffix}')
                elif kind == REFERENCE and type(value) is str:
                    out.append(f"{prefix}{predicate}{iris[value]} .\n")
                elif kind > REFERENCE:
                    if kind != SKIP or value is None:
                        self._special(state[member], value, subject, graph, depth)
                else:
                    for item in value if type(value) is list else (value,):
                        if type(item) is dict:
                            target = self.node(item, slot, graph, depth + 1)
                        else:
                            target = _scalar(state[member], item)
                        if type(target) is str:
                            out.append(f"{prefix}{predicate}{target} .\n")
                        elif named and graph is None:
                            self.heads[target].append(prefix + predicate)  # type: ignore[index]
                        else:
                            self.add(subject, predicate, target, graph)
        except ExchangeError as error:
            if type(value) is list and member in state and kind <= REFERENCE:
                within(error, next(place for place, one in enumerate(value) if one is item))
            within(error, member)
            raise
        if graph is not None and named:
            self.heads[graph] += [text[:-2] for text in out]
        elif graph is not None:
            self.mixed += [(subject, text[:-3], "", graph) for text in out]
        return subject

    def _part(self, common: Common, node: dict[str, Any], slot: Slot, depth: int) -> Node:
        """A node that others have too. What it writes hangs on nothing but its place in the contexts, and is
        kept where it cost no more than the walk and ties no blank nodes to each other; since it has an id,
        nothing around it is written into what it holds."""
        name = id(node), (slot, depth)
        if name in common.found:
            subject, lines, tails, heads = common.found[name]
            self.lines += lines
            self.tails += tails
            self.heads += heads
            return subject  # type: ignore[no-any-return]
        line, blank, mixed, left = len(self.lines), len(self.tails), len(self.mixed), self.effort.left
        self.common = None
        made = self.node(node, slot, None, depth)
        self.common = common
        if len(self.mixed) == mixed and self.effort.left == left:
            common.found[name] = made, self.lines[line:], self.tails[blank:], self.heads[blank:]
        return made

    def _record(self, node: dict[str, Any], slot: Slot) -> Record:
        """What the contexts say about a node that was not seen before."""
        self.meter = self.meter or Meter(self.effort)
        return slot.record(node, self.meter)

    def _text(self, node: dict[str, Any], slot: Slot) -> str:
        """The literal of a value object (JSON-LD 1.1 §9.5)."""
        value, language, direction = (node.get(name) for name in ("@value", "@language", "@direction"))
        if slot.maps or type(value) is not str or not node.keys() <= {"@value", "@language", "@direction"}:
            raise Unusual("a value object with more than a text, its language and its direction")
        if "@language" in node and not (type(language) is str and legal_language(language)):
            raise InputError("invalid_language", "This is not a language tag (BCP 47).", "/@language")
        if "@direction" in node and direction not in ("ltr", "rtl"):
            raise InputError("json_ld_malformed", 'A direction is "ltr" or "rtl".', "/@direction")
        return quoted(value)[:-1] + language_suffix(language and language.lower(), direction)

    def _special(self, term: Term, value: object, subject: Node, graph: int | None, depth: int) -> None:
        """The terms that make more than one plain quad a value."""
        kind, predicate, _, _, _ = term
        if kind == JSON:
            text = quoted(canonicalize(value).decode())
            self.add(subject, predicate, f"{text}^^<{RDF}JSON>", graph)
        elif kind == LIST:
            head = self._list(term, value if type(value) is list else [value], graph, depth)
            self.add(subject, predicate, head, graph)
        elif kind == GRAPH:
            if type(value) is not list:
                self._graph(term, value, subject, graph, depth)
                return
            for place, item in enumerate(value):
                try:
                    self._graph(term, item, subject, graph, depth)
                except ExchangeError as error:
                    within(error, place)
                    raise
        else:
            raise Unusual("a term of a kind that is not read here, or without a value")

    def _graph(self, term: Term, item: object, subject: Node, graph: int | None, depth: int) -> None:
        """A value in a blank graph of its own, as proofs are (JSON-LD 1.1 §4.9)."""
        _, predicate, _, iris, slot = term
        inner = self.blank()
        self.add(subject, predicate, inner, graph)
        if type(item) is str and slot.inner == REFERENCE:
            iris[item]  # names the graph's only node, which has no quads
        elif type(item) is dict and "@value" not in item:
            self.node(item, slot, inner, depth + 1)
        else:
            raise Unusual("a literal in a graph of its own")

    def _list(self, term: Term, items: list[Any], graph: int | None, depth: int) -> Node:
        """An RDF list, the head of its cells."""
        slot = term[4]
        head: Node = f"<{RDF}nil>"
        for place in reversed(range(len(items))):
            try:
                item = items[place]
                value = self.node(item, slot, graph, depth + 1) if type(item) is dict else _scalar(term, item)
            except ExchangeError as error:
                within(error, place)
                raise
            cell = self.blank()
            self.add(cell, f" <{RDF}first> ", value, graph)
            self.add(cell, f" <{RDF}rest> ", head, graph)
            head = cell
        return head


def _scalar(term: Term, value: Any) -> str:
    """The term of a string, number or boolean."""
    _, _, suffix, iris, slot = term
    if type(value) is str:
        return iris[value] if slot.inner == REFERENCE else quoted(value)[:-1] + suffix[:-3]
    if type(value) is list:
        raise Unusual("an array in an array")
    return number(value, slot.datatype)


def _values(node: dict[str, Any]) -> int:
    return sum(len(value) if type(value) is list else 1 for value in node.values())


def _identifier(table: Iris | None, value: Any) -> str:
    """The IRI of a node's `id`."""
    if table is None:
        raise Unusual("a document that is only an id")
    try:
        return table[value] if type(value) is str else table.__missing__(value)
    except ExchangeError as error:
        within(error, "id")
        raise
