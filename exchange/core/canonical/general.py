"""The general route: any JSON-LD that means what it says, by way of PyLD, for what the fast walk declines.

Slow and with no bound on its time but the worker process it runs in. It is strict where that matters for a
verdict: nothing may be dropped, nothing relative, and no known term may be written under another name
(TRUST.md, lesson 9: what is judged is what is signed at the place where it is read). So inline contexts may
add terms, but neither rename nor redefine those of the contexts known here, and the keywords that move
values about (`@graph`, `@nest`, `@reverse` …) are declined here too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from pyld.jsonld import JsonLdError

from exchange.core.canonical.compiled import ONE_NAME
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.errors import Unusual, refusal, rekeyed
from exchange.core.canonical.nquads import RDF, XSD, legal_iri, quoted
from exchange.core.canonical.processor import Active, StrictProcessor
from exchange.core.canonical.rdfc import Dataset, Node, canonical
from exchange.errors import ExchangeError, InputError

MAX_DEPTH = 64
MAX_VALUES = 20_000
MAX_TEXT = 1_048_576
MAX_CONTEXTS = 40

Meanings = dict[str, set[str]]

_TEXT_KEYWORDS = frozenset(("@value", "@language", "@direction"))
_NAMED_KEYWORDS = {"id": "@id", "type": "@type"}


def canonize_exactly(
    document: Mapping[str, Any], contexts: Contexts = SHIPPED, algorithm: str = "sha256"
) -> bytes:
    """The canonical N-Quads of `document` (JSON-LD 1.1 API to RDF, then RDFC-1.0 with `algorithm`).

    Byte for byte what `rdf.canonize` gives, for more documents. Raises the same errors, mostly without a
    place, and CannotTellError("unusual_json_ld") for what even this route declines.
    """
    if not isinstance(document, Mapping) or "@context" not in document:
        raise InputError("context_missing", "A JSON-LD document is an object with an @context.")
    _check_bounds(document)
    processor = _Exact(contexts, document)
    try:
        graphs = processor.to_rdf(dict(document), processor.options)
    except JsonLdError as error:
        raise _ours(error) or refusal(error) from error
    except ExchangeError:
        raise
    except Exception as error:  # third-party code on a stranger's input: whatever it trips over is a decline
        raise Unusual(f"the JSON-LD processor stopped ({type(error).__name__})") from error
    return canonical(_dataset(graphs), algorithm)


class _Exact(StrictProcessor):
    """The strict processor, which also holds every key to the names of the known contexts."""

    def __init__(self, contexts: Contexts, document: Mapping[str, Any]) -> None:
        super().__init__(contexts)
        named = sorted({url for url in _urls(document) if url in contexts})
        self._iris, _ = _vocabulary(contexts, tuple(named))
        _, self._names = _vocabulary(contexts, tuple(contexts))

    def _expand_object(
        self, active_ctx: Active, active_property: Any, expanded: Any, element: Any, *more: Any, **named: Any
    ) -> None:
        for key in element:
            if key != "@context":
                self._check_key(active_ctx, key, element)
        super()._expand_object(active_ctx, active_property, expanded, element, *more, **named)

    def _check_key(self, active: Active, key: str, element: Mapping[str, Any]) -> None:
        iri = self.word(active, key)
        if isinstance(iri, str) and iri.startswith("@"):
            if key == iri:
                named = any(entry and entry["@id"] == iri for entry in active["mappings"].values())
                usual = _TEXT_KEYWORDS if "@value" in element else ("@id", "@type")
                if named or iri not in usual:
                    raise Unusual(f"the keyword {key}")
            elif _NAMED_KEYWORDS.get(key) != iri:
                raise Unusual(f"the key {key[:80]!r}, another name for {iri}")
            return
        if not isinstance(iri, str) or not legal_iri(iri):
            raise InputError(
                "undefined_term", f"The term {key[:80]!r} is not defined by the document's contexts."
            )
        if "@index" in (active["mappings"].get(key) or {}).get("@container", ()):
            raise Unusual("an index map, whose keys would not be signed")
        names = {ONE_NAME[iri]} if iri in ONE_NAME else self._names.get(iri, {key})
        if key not in names or iri not in self._iris.get(key, {iri}):
            raise rekeyed(key)

    def _expand_iri(
        self,
        active_ctx: Active,
        value: Any,
        base: str | None = None,
        vocab: bool = False,
        *more: Any,
        **named: Any,
    ) -> Any:
        expanded = super()._expand_iri(active_ctx, value, base, vocab, *more, **named)
        if base is not None and vocab and value not in self._names.get(expanded, {value}):
            raise rekeyed(value)
        return expanded

    def _expand_value(self, *arguments: Any) -> Any:
        try:
            return super()._expand_value(*arguments)
        except InputError as error:
            if error.code == "undefined_type":
                error.code = "undefined_term"
            raise


@lru_cache(maxsize=64)
def _vocabulary(contexts: Contexts, urls: tuple[str, ...]) -> tuple[Meanings, Meanings]:
    """What the terms of these contexts mean, scoped ones included: term → IRIs, and IRI → terms."""
    iris: Meanings = {}
    names: Meanings = {}
    processor = StrictProcessor(contexts)
    for url in urls:
        with suppress(JsonLdError):  # one that only makes sense after others; documents still may use it
            for active in _scopes(processor, processor.local(processor.initial(), url)):
                for name, entry in active["mappings"].items():
                    if entry and entry["@id"]:
                        iris.setdefault(name, set()).add(entry["@id"])
                        names.setdefault(entry["@id"], set()).add(name)
    return iris, names


def _scopes(processor: StrictProcessor, active: Active) -> Iterator[Active]:
    """`active` and what the scoped contexts of its terms make of it, two deep."""
    yield active
    for entry in active["mappings"].values():
        if entry and entry.get("@context"):
            scope = processor.property_scoped(active, entry["@context"])
            yield scope
            for name, inner in scope["mappings"].items():
                if inner and inner.get("@context") and name not in active["mappings"]:
                    yield processor.property_scoped(scope, inner["@context"])


def _check_bounds(document: Mapping[str, Any]) -> None:
    """Refuse what is too deep, too large or not plain JSON, before a general processor sees it."""
    values = text = contexts = 0
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for value in level:
            values += 1
            if isinstance(value, Mapping):
                contexts += (
                    len(value["@context"]) if isinstance(value.get("@context"), list) else "@context" in value
                )
                text += sum(map(len, value))
                deeper += value.values()
            elif isinstance(value, list):
                deeper += value
            elif isinstance(value, str):
                text += len(value)
            elif isinstance(value, float) and not math.isfinite(value):
                raise InputError("json_number", "A number is not finite.")
        if values > MAX_VALUES or text > MAX_TEXT:
            raise InputError("json_too_large", "The document is too large for the general JSON-LD route.")
        if contexts > MAX_CONTEXTS:
            raise Unusual("a document with very many contexts")
        level = deeper
        if not level:
            return
    raise InputError("json_too_deep", f"The document is nested deeper than {MAX_DEPTH} levels.")


def _urls(value: Any) -> Iterator[str]:
    """Every context URL anywhere in the document, inside inline contexts too."""
    if isinstance(value, Mapping):
        context = value.get("@context")
        yield from (
            entry for entry in (context if isinstance(context, list) else [context]) if isinstance(entry, str)
        )
        for member in value.values():
            yield from _urls(member)
    elif isinstance(value, list):
        for item in value:
            yield from _urls(item)


def _ours(error: BaseException | None) -> ExchangeError | None:
    """The error of ours that PyLD wrapped in its own."""
    while error is not None:
        if isinstance(error, ExchangeError):
            return error
        error = error.__cause__
    return None


def _dataset(graphs: Mapping[str, list[dict[str, Any]]]) -> Dataset:
    """PyLD's dataset as ours."""
    dataset = Dataset()
    blanks: dict[str, int] = {}

    def term(part: Mapping[str, Any]) -> Node:
        kind, value = part["type"], part["value"]
        if kind == "blank node":
            if value not in blanks:
                blanks[value] = dataset.blank()
            return blanks[value]
        if kind == "literal":
            return _literal(part)
        if not legal_iri(value):
            raise InputError("illegal_iri", f"{value[:80]!r} holds a character that no IRI may hold.")
        return f"<{value}>"

    for name, triples in sorted(graphs.items()):
        if name == "@default":
            graph = None
        elif name.startswith("_:"):
            graph = term({"type": "blank node", "value": name})
        else:
            raise Unusual("a named graph")
        for triple in triples:
            predicate = term(triple["predicate"])
            dataset.add(term(triple["subject"]), f" {predicate} ", term(triple["object"]), graph)  # type: ignore[arg-type]
    return dataset


def _literal(part: Mapping[str, Any]) -> str:
    text, datatype = quoted(part["value"]), part["datatype"]
    if datatype == RDF + "langString":
        return f"{text}@{part['language']}" if part.get("language") else text
    if datatype == XSD + "string":
        return text
    if not legal_iri(datatype):
        raise InputError("illegal_iri", f"The datatype {datatype[:80]!r} is not an absolute IRI.")
    return f"{text}^^<{datatype}>"
