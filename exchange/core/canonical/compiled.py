"""The compiled contexts: tables that say for every JSON key which quads its value makes.

A `State` is an active context as a node sees it: key → `Term`. A `Slot` is where the values of a term go; its
`children` lead from a node's `type` (and `@context`, if it has one) to the node's State. Both fill themselves
from PyLD's context processing when a document first needs an entry, and are only read after that. What a
stranger can make them hold, and make one document cost, is bounded.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from exchange.core.canonical.effort import COMPILING, Effort
from exchange.core.canonical.errors import Unusual, refusal, rekeyed, unknown_context
from exchange.core.canonical.nquads import I18N, RDF, XSD, Iris, checked_iri, legal_iri
from exchange.errors import InputError

if TYPE_CHECKING:
    from exchange.core.canonical.contexts import Contexts
    from exchange.core.canonical.processor import Active, StrictProcessor

LITERAL, REFERENCE, SKIP, JSON, LIST, GRAPH, UNUSUAL = range(7)
"""What a term's value becomes: a literal; an IRI when it is a string; nothing (`id`, `type`, `@context`); a
JSON literal; an RDF list; a node in a graph of its own; or a form this walk declines."""

Term = tuple[int, str, str, "Iris", "Slot"]
"""Kind, ` <predicate> `, what follows a string literal's text (its closing quote and datatype, ` .\\n`), the
table from a string to its IRI, and where node values go."""

Record = tuple["State", tuple[str, ...]]
"""A node's State and its type quads, each ` <rdf:type> <T> .\\n`."""

MOST_STATES = 400
"""Above this many states the tables are dropped and built anew: a bound on memory (SPEED.md T13)."""

WORK_PER_DOCUMENT = 100
"""Contexts one document may cause to be processed, counted in type-scoped ones of about a millisecond."""

_NESTED_CONTEXT = 8
_MOST_CONTEXTS = 12
_MOST_CHILDREN = 512
_LONGEST_KEY = 400

ONE_NAME = {"https://w3id.org/security#expiration": "expires"}
"""IRIs that known contexts have two terms for, and the one that is read. Who adds security/v1 to a document's
contexts could otherwise call `expires` `expiration`: same quads, same signature, no expiry to be seen."""

RDF_TYPE = f" <{RDF}type> "


class Meter:
    """The compiling one document may still cause, at the cost of the effort it shares with others."""

    __slots__ = ("effort", "left")

    def __init__(self, effort: Effort) -> None:
        self.left = WORK_PER_DOCUMENT
        self.effort = effort

    def spend(self, units: int) -> None:
        self.left -= units
        self.effort.spend(units * COMPILING)
        if self.left < 0:
            raise Unusual("too many combinations of types and contexts in one document")


class State(dict[str, Term]):
    """The terms a node may use; a term is worked out when it is first asked for.

    Asking for a key that the contexts do not define raises InputError("undefined_term").
    """

    __slots__ = ("_compiled", "active", "iris")

    def __init__(self, compiled: Compiled, active: Active, iris: Iris) -> None:
        nowhere = Slot(compiled, None, None)
        for key in ("id", "type", "@context"):
            self[key] = (SKIP, "", "", iris, nowhere)
        self._compiled = compiled
        self.active = active
        self.iris = iris

    def __missing__(self, key: str) -> Term:
        return self._compiled.term(self, key)


class Slot:
    """Where the node values of a term go.

    `children`: (`@context` and) `type` → Record. `references`: the IRI table for nodes that are only an id.
    `datatype`: of numbers, None for JSON-LD's own. `inner`: LITERAL or REFERENCE, for list items.
    """

    __slots__ = ("active", "children", "compiled", "datatype", "inner", "maps", "references", "term")

    def __init__(self, compiled: Compiled, active: Active | None, term: str | None) -> None:
        self.compiled = compiled
        self.active = active
        self.term = term
        self.children: dict[Hashable, Record] = {}
        self.references: Iris | None = None
        self.datatype: str | None = None
        self.inner = LITERAL
        self.maps = False

    def record(self, node: dict[str, Any], meter: Meter) -> Record:
        """The Record of `node`, worked out if it is not among `children` yet."""
        return self.compiled.record(self, node, meter)


class Words(Iris):
    """The IRI table of a term whose strings are vocabulary words (`@type: @vocab`), such as proofPurpose."""

    def __init__(self, compiled: Compiled, active: Active) -> None:
        super().__init__()
        self._compiled = compiled
        self._active = active

    def __missing__(self, value: object) -> str:
        if type(value) is not str:
            raise InputError("undefined_term", "A vocabulary word must be a string.")
        iri = self._compiled.word(self._active, value)
        if iri is None:
            raise InputError(
                "undefined_term", f"The word {value[:80]!r} is not defined by the document's contexts."
            )
        if len(self) < _MOST_CHILDREN and len(value) <= _LONGEST_KEY:
            self[value] = f"<{iri}>"
        return f"<{iri}>"


class Compiled:
    """The tables of one registry of contexts. Safe to share between threads."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self._lock = threading.RLock()
        self._processor_: StrictProcessor | None = None
        self._forget()

    def _forget(self) -> None:
        self.states = 0
        self._iris: dict[frozenset[str], Iris] = {}
        # By the identity of an active context, which is kept here so that it stays one.
        self._below: dict[int, tuple[Active, dict[Hashable, Record]]] = {}
        self._shared: dict[tuple[int, tuple[str, ...]], State] = {}
        self.root = Slot(self, None, None)

    @property
    def _processor(self) -> StrictProcessor:
        if self._processor_ is None:
            from exchange.core.canonical.processor import StrictProcessor

            self._processor_ = StrictProcessor(self._contexts)
        return self._processor_

    # States: what a node sees

    def record(self, slot: Slot, node: dict[str, Any], meter: Meter) -> Record:
        """The Record for `node` as a value of `slot`; remembered under its `record_key`."""
        key = record_key(node)
        with self._lock:
            if self.states >= MOST_STATES:
                self._forget()
                self._processor_ = None
            if slot.maps:
                raise Unusual("a map of values by language, index, id or type")
            active = self._base(slot)
            slot.children = self._children(active)
            if "@context" in node:
                active = self._with_context(active, node["@context"], meter)
            types = _types(node)
            record = slot.children.get(key) or self._record(active, types, meter)
            if len(slot.children) < _MOST_CHILDREN and _size(key) <= _LONGEST_KEY:
                slot.children[key] = record
            return record

    def _base(self, slot: Slot) -> Active:
        """The active context in which the nodes of a slot begin (JSON-LD 1.1 API §5.1.2 steps 3–8)."""
        if slot.active is None:
            return self._processor.initial()
        if any(entry and entry["@id"] == "@value" for entry in slot.active["mappings"].values()):
            raise Unusual("a context with its own name for @value")
        base: Active = slot.active.get("previousContext", slot.active)
        context = _scoped(slot.active, slot.term)
        return base if context is None else self._processor.property_scoped(base, context)

    def _children(self, active: Active) -> dict[Hashable, Record]:
        return self._below.setdefault(id(active), (active, {}))[1]

    def _with_context(self, active: Active, context: object, meter: Meter) -> Active:
        urls = [context] if isinstance(context, str) else context
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            raise Unusual("an @context written inside the document")
        if len(urls) > _MOST_CONTEXTS:
            raise Unusual("an @context with very many entries")
        for url in urls:
            if url not in self._contexts:
                raise unknown_context(url, "/@context")
        meter.spend(_NESTED_CONTEXT)
        with _protected("/@context"):
            made = self._processor.local(active, list(urls))
        return active if _same(active, made) else made

    def _record(self, active: Active, types: Sequence[str] | None, meter: Meter) -> Record:
        if types is not None and self._processor.word(active, "type") != "@type":
            raise Unusual('a context that does not define "type" as @type')
        texts = dict.fromkeys(f"{RDF_TYPE}<{self._type(active, name)}> .\n" for name in types or ())
        scoped = tuple(name for name in sorted(set(types or ())) if _scoped(active, name))
        state = self._shared.get((id(active), scoped))
        if state is None:
            meter.spend(1 + len(scoped))
            self._children(active)
            node = active
            for name in scoped:
                with _protected("/type"):
                    node = self._processor.type_scoped(node, _scoped(active, name))
            if self._processor.word(node, "id") != "@id" or (
                types is not None and self._processor.word(node, "type") != "@type"
            ):
                raise Unusual('a context that does not define "id" as @id')
            state = self._shared[id(active), scoped] = State(self, node, self._table(node))
            self.states += 1
        return state, tuple(texts)

    def _type(self, active: Active, name: str) -> str:
        iri = self._processor.word(active, name)
        if not isinstance(iri, str) or not legal_iri(iri):
            raise InputError(
                "undefined_type",
                f"The type {name[:80]!r} is not defined by the document's contexts.",
                "/type",
            )
        if name not in active["mappings"] and _has_name(active, iri):
            raise rekeyed(name, "/type")
        return iri

    def _table(self, active: Active) -> Iris:
        from exchange.core.canonical.processor import prefixes

        found = prefixes(active)
        return self._iris.setdefault(found, Iris(found))

    # Terms: what a key means

    def term(self, state: State, key: str) -> Term:
        """The Term of `key`; remembered in `state`. InputError("undefined_term") or `Unusual`."""
        with self._lock:
            active = state.active
            entry = active["mappings"].get(key)
            if key.startswith("@") or (entry is None and ":" in key):
                raise Unusual(f"the key {key[:80]!r}, a keyword or an IRI where a term is expected")
            iri = self._processor.word(active, key)
            if not isinstance(iri, str) or not (legal_iri(iri) or iri.startswith("@")):
                raise InputError(
                    "undefined_term", f"The term {key[:80]!r} is not defined by the document's contexts."
                )
            if iri.startswith("@"):
                raise Unusual(f"the key {key[:80]!r}, another name for {iri}")
            if ONE_NAME.get(iri, key) != key:
                raise rekeyed(key)
            term = self._term(active, key, iri)
            if entry is not None or (len(state) < _MOST_CHILDREN and len(key) <= _LONGEST_KEY):
                state[key] = term
            return term

    def _term(self, active: Active, key: str, iri: str) -> Term:
        context = _scoped(active, key)
        inside = active if context is None else self._processor.property_scoped(active, context)
        # Containers go by the context around the term, coercion by the one inside (PyLD, jsonld.js alike).
        entry = active["mappings"].get(key) or {}
        containers = set(entry.get("@container", ()))
        coerced = inside["mappings"].get(key) or {}
        datatype = coerced.get("@type")
        slot = Slot(self, inside, key)
        slot.maps = bool(containers & {"@language", "@index", "@id", "@type"})
        iris = self._table(inside)
        if self._processor.word(inside, "id") == "@id":
            slot.references = iris
        kind, suffix = LITERAL, '"'
        if datatype in ("@id", "@vocab"):
            kind = REFERENCE
            iris = iris if datatype == "@id" else Words(self, inside)
        elif datatype == "@json":
            kind = JSON
        elif datatype in (None, "@none"):
            suffix = _language_suffix(inside, key)
        else:
            slot.datatype = checked_iri(datatype, frozenset())
            suffix = '"' if datatype == XSD + "string" else f'"^^<{datatype}>'
        slot.inner = kind
        if "@list" in containers:
            kind = LIST if kind in (LITERAL, REFERENCE) else UNUSUAL
        elif "@graph" in containers:
            kind = GRAPH if containers <= {"@graph", "@set"} else UNUSUAL
        if (
            entry.get("reverse")
            or "@nest" in entry
            or datatype in (XSD + "double", RDF + "langString")
            or ("@list" in containers) != ("@list" in coerced.get("@container", ()))
            or (self._processor.word(inside, key) or "@").startswith("@")
        ):
            kind = UNUSUAL
        return kind, f" <{iri}> ", f"{suffix} .\n", iris, slot

    def word(self, active: Active, value: str) -> str | None:
        """The IRI of a vocabulary word or an absolute IRI; None when it is neither."""
        with self._lock:
            iri = self._processor.word(active, value)
            if not isinstance(iri, str) or not legal_iri(iri):
                return None
            if value not in active["mappings"] and _has_name(active, iri):
                raise rekeyed(value)
            return iri


@contextmanager
def _protected(at: str) -> Iterator[None]:
    """Turn PyLD's complaint about a redefined protected term into ours."""
    from pyld.jsonld import JsonLdError

    try:
        yield
    except JsonLdError as error:
        raise refusal(error, at) from error


def record_key(node: dict[str, Any]) -> Hashable:
    """Under what a Slot remembers a node's Record: its `type`, and its `@context` when it has one.

    No list of types has a tuple for its first, so none can pass for a node with an `@context`. The walk has
    this written out in its loop, for speed.
    """
    types = node.get("type")
    key: Hashable = tuple(types) if type(types) is list else types
    if "@context" in node:
        context = node["@context"]
        key = ("@context", tuple(context) if type(context) is list else context), key
    return key


def _has_name(active: Active, iri: str) -> bool:
    return any(entry and entry["@id"] == iri for entry in active["mappings"].values())


def _types(node: dict[str, Any]) -> list[str] | None:
    types = node.get("type")
    if types is None:
        if "type" in node:
            raise Unusual("a null, which JSON-LD drops unsigned; leave the member out")
        return None
    names = types if isinstance(types, list) else [types]
    if not all(isinstance(name, str) for name in names):
        raise InputError("undefined_type", "A type must be a string.", "/type")
    return names


def _language_suffix(active: Active, key: str) -> str:
    from pyld.jsonld import JsonLdProcessor

    language = JsonLdProcessor.get_context_value(active, key, "@language")
    direction = JsonLdProcessor.get_context_value(active, key, "@direction")
    return language_suffix(language, direction)


def language_suffix(language: str | None, direction: str | None) -> str:
    """What follows the text of a literal in a language; with a base direction it is an i18n datatype."""
    if direction:
        return f'"^^<{I18N}{language or ""}_{direction}>'
    return f'"@{language}' if language else '"'


def _scoped(active: Active, term: str | None) -> Any:
    from exchange.core.canonical.processor import scoped

    return scoped(active, term)


def _same(one: Active, other: Active) -> bool:
    """Whether two active contexts mean the same, so that an `@context` said twice makes no new states."""
    names = ("mappings", "@vocab", "@language", "@direction", "previousContext")
    return all(one.get(name) == other.get(name) for name in names)


def _size(key: Hashable) -> int:
    if isinstance(key, tuple):
        return sum(map(_size, key))
    return len(key) if isinstance(key, str) else 0
