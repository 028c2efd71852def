"""One walk over a document that writes its RDF quads, by the compiled contexts (JSON-LD 1.1 API §5.1 and §8.1).

The profile: every key a defined term, `id` and `type` for the keywords, `@context` of known URLs, absolute
IRIs, no null. A text may be a value object with `@language` and `@direction`, as VCDM 2.0 §11.1 allows for
names and descriptions. What breaks JSON-LD or leaves something unsigned is an InputError with the place as a
JSON Pointer; what is merely out of the profile is `Unusual`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from exchange.core.canonical.compiled import (
    GRAPH,
    JSON,
    LIST,
    LITERAL,
    REFERENCE,
    SKIP,
    Meter,
    Slot,
    Term,
    language_suffix,
)
from exchange.core.canonical.contexts import Contexts
from exchange.core.canonical.errors import Unusual, within
from exchange.core.canonical.jcs import canonicalize
from exchange.core.canonical.nquads import (
    RDF,
    escape,
    legal_language,
    needs_escape,
    number,
    quoted,
)
from exchange.core.canonical.rdfc import Dataset, Node
from exchange.errors import ExchangeError, InputError

MAX_DEPTH = 64


def walk(document: dict[str, Any], contexts: Contexts) -> Dataset:
    """The RDF dataset of `document`, which is plain JSON values with an `@context`.

    InputError (undefined_term, undefined_type, relative_iri, illegal_iri, rekeyed_term,
    protected_term_redefined, invalid_language, json_too_deep), CannotTellError("unknown_context"), `Unusual`.
    """
    if type(document) is not dict or "@context" not in document:
        raise InputError("context_missing", "A JSON-LD document is an object with an @context.")
    made = _Walk()
    made.node(document, contexts.compiled.root, None, 1)
    return made.dataset


def record_key(node: dict[str, Any]) -> Hashable:
    """Under what a Slot remembers the Record of `node`: its `type`, and its `@context` when it has one."""
    types = node.get("type")
    key: Hashable = tuple(types) if type(types) is list else types
    if "@context" in node:
        context = node["@context"]
        key = "@context", tuple(context) if type(context) is list else context, key
    return key


class _Walk:
    """One walk's dataset so far."""

    __slots__ = ("dataset", "meter")

    def __init__(self) -> None:
        self.dataset = Dataset()
        self.meter = Meter()

    def node(self, node: dict[str, Any], slot: Slot, graph: int | None, depth: int) -> Node:
        """Write the quads of a node object; the term it is known by."""
        if depth > MAX_DEPTH:
            raise InputError("json_too_deep", f"The document is nested deeper than {MAX_DEPTH} levels.")
        named = "id" in node
        if named and len(node) == 1:
            return self._reference(node["id"], slot)
        key = record_key(node)
        try:
            record = slot.children.get(key)
        except TypeError:  # a member that is not a string, in `type` or `@context`
            record = slot.record(node, None, self.meter)
        state, types = record or slot.record(node, key, self.meter)

        dataset = self.dataset
        subject: Node
        if named:
            try:
                subject = prefix = state.iris[node["id"]]
            except (ExchangeError, TypeError) as error:
                raise _placed(error, "id") from error
            out, end = (dataset.lines, " .\n") if graph is None else (dataset.heads[graph], " ")
        else:
            subject, prefix = dataset.blank(), ""
            out, end = (dataset.tails[subject], " .\n") if graph is None else ([], "")
        for text in types:
            out.append(f"{prefix}{text}{end}")
        self._members(node.items(), state, subject, prefix, out, end, graph, depth, False)
        if graph is not None and not named:
            dataset.mixed += [(subject, text, "", graph) for text in out]
        return subject

    def _members(
        self,
        members: Iterable[tuple[str, Any]],
        state: dict[str, Term],
        subject: Node,
        prefix: str,
        out: list[str],
        end: str,
        graph: int | None,
        depth: int,
        array: bool,
    ) -> None:
        """Write the quads of a node's members, or of an array's items, each under the array's key.

        `prefix`, `out` and `end` are how a quad whose object is text is written: before it, where, after it.
        """
        key, value = "", None
        try:
            for key, value in members:
                kind, predicate, suffix, iris, slot = state[key]
                kept = type(value)
                if kept is str and kind <= REFERENCE:
                    if kind == LITERAL:
                        if needs_escape(value):
                            value = escape(value)
                        out.append(f'{prefix}{predicate}"{value}{suffix}{end}')
                    else:
                        out.append(f"{prefix}{predicate}{iris[value]}{end}")
                elif kind > REFERENCE:
                    if kind != SKIP:
                        self._special(state[key], value, subject, graph, depth)
                elif kept is dict:
                    target = (
                        self._text(value, slot)
                        if "@value" in value
                        else self.node(value, slot, graph, depth + 1)
                    )
                    if type(target) is str:
                        out.append(f"{prefix}{predicate}{target}{end}")
                    else:
                        self.dataset.add(subject, predicate, target, graph)
                elif kept is list:
                    items = [(key, item) for item in value]
                    self._members(items, state, subject, prefix, out, end, graph, depth + 1, True)
                else:
                    out.append(f"{prefix}{predicate}{number(value, slot.datatype)}{end}")
        except (ExchangeError, TypeError) as error:
            if array:
                raise _placed(error, [item is value for _, item in members].index(True)) from error
            raise _placed(error, key) from error

    def _reference(self, value: object, slot: Slot) -> str:
        if slot.references is None:
            raise Unusual("a document that is only an id")
        try:
            return slot.references[value]
        except (ExchangeError, TypeError) as error:
            raise _placed(error, "id") from error

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
            self.dataset.add(subject, predicate, f"{text}^^<{RDF}JSON>", graph)
        elif kind == LIST:
            head = self._list(term, value if type(value) is list else [value], graph, depth)
            self.dataset.add(subject, predicate, head, graph)
        elif kind == GRAPH:
            for place, item in enumerate(value if type(value) is list else [value]):
                try:
                    self._graph(term, item, subject, graph, depth)
                except (ExchangeError, TypeError) as error:
                    raise _placed(error, place) if type(value) is list else error
        else:
            raise Unusual("a term of a kind that is not read here")

    def _graph(self, term: Term, item: object, subject: Node, graph: int | None, depth: int) -> None:
        """A value in a blank graph of its own, as proofs are (JSON-LD 1.1 §4.9)."""
        _, predicate, _, iris, slot = term
        inner = self.dataset.blank()
        self.dataset.add(subject, predicate, inner, graph)
        if type(item) is str:
            iris[item]  # names the graph's only node, which has no quads
        elif type(item) is dict and "@value" not in item:
            self.node(item, slot, inner, depth + 1)
        else:
            raise Unusual("a literal in a graph of its own")

    def _list(self, term: Term, items: list[Any], graph: int | None, depth: int) -> Node:
        """An RDF list, the head of its cells."""
        head: Node = f"<{RDF}nil>"
        for place in reversed(range(len(items))):
            try:
                value = self._item(term, items[place], graph, depth)
            except (ExchangeError, TypeError) as error:
                raise _placed(error, place) from error
            cell = self.dataset.blank()
            self.dataset.add(cell, f" <{RDF}first> ", value, graph)
            self.dataset.add(cell, f" <{RDF}rest> ", head, graph)
            head = cell
        return head

    def _item(self, term: Term, item: Any, graph: int | None, depth: int) -> Node:
        _, _, suffix, iris, slot = term
        if type(item) is str:
            return iris[item] if slot.inner == REFERENCE else quoted(item)[:-1] + suffix
        if type(item) is dict:
            return self._text(item, slot) if "@value" in item else self.node(item, slot, graph, depth + 1)
        if type(item) is list:
            raise Unusual("a list in a list")
        return number(item, slot.datatype)


def _placed(error: Exception, step: str | int) -> ExchangeError:
    """`error` with one more step at the front of its pointer; a wrong type where a string belongs is named."""
    if not isinstance(error, ExchangeError):
        error = InputError("illegal_iri", "An identifier must be a string.")
    within(error, step)
    return error
