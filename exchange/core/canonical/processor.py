"""PyLD, made strict: the JSON-LD processor behind the compiled tables and behind the general route.

Only this module imports PyLD. Differences from `pyld.jsonld.JsonLdProcessor`:
- nothing is resolved against a base: a relative identifier or an undefined type is an error, where PyLD
  invents `http://example.org/base/…`;
- a context that was processed with leave to override protected terms (a property-scoped one) is never
  reused, from PyLD's cache, where no such leave is given;
- `@direction` reaches RDF as an i18n datatype, as the deployed Data Integrity implementations have it
  (w3c/vc-data-integrity issue 366), and `@json` values are spelled by our RFC 8785.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyld.context_resolver import ContextResolver
from pyld.jsonld import JsonLdProcessor

from exchange.core.canonical.contexts import Contexts
from exchange.core.canonical.errors import unknown_context
from exchange.core.canonical.jcs import canonicalize
from exchange.core.canonical.nquads import RDF, checked_iri, legal_iri, legal_language
from exchange.errors import InputError

Active = Mapping[str, Any]
"""An active context (JSON-LD 1.1 API §4.1), as PyLD keeps it; never written to once made."""


class StrictProcessor(JsonLdProcessor):  # type: ignore[misc]
    """A processor over a closed registry of contexts. Not for concurrent use."""

    def __init__(self, contexts: Contexts) -> None:
        super().__init__(on_property_dropped=_refuse_dropped)
        self._contexts = contexts
        self.options: dict[str, Any] = {
            "base": "",
            "documentLoader": self._load,
            "isFrame": False,
            "processingMode": "json-ld-1.1",
            "rdfDirection": "i18n-datatype",
        }
        # PyLD caches a processed context without remembering whether it was allowed to override.
        self._resolvers = {allowed: ContextResolver({}, self._load) for allowed in (False, True)}
        self.options["contextResolver"] = self._resolvers[False]

    def _load(self, url: str, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if url not in self._contexts:
            raise unknown_context(url)
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": self._contexts[url],
        }

    def _process_context(
        self,
        active_ctx: Active,
        local_ctx: Any,
        options: Mapping[str, Any],
        override_protected: bool = False,
        propagate: bool = True,
        validate_scoped: bool = True,
        cycles: set[str] | None = None,
    ) -> Active:
        options = {**options, "contextResolver": self._resolvers[override_protected]}
        processed: Active = super()._process_context(
            active_ctx, local_ctx, options, override_protected, propagate, validate_scoped, cycles
        )
        return processed

    def _expand_iri(
        self,
        active_ctx: Active,
        value: Any,
        base: str | None = None,
        vocab: bool = False,
        local_ctx: Any = None,
        defined: Any = None,
    ) -> Any:
        expanded = super()._expand_iri(active_ctx, value, None, vocab, local_ctx, defined)
        if base is None or not isinstance(value, str):
            return expanded
        if not vocab:
            return value if value.startswith("_:") else checked_iri(value, prefixes(active_ctx))
        if not isinstance(expanded, str) or not legal_iri(expanded):
            raise InputError("undefined_type", f"{value[:80]!r} is not defined by the document's contexts.")
        return expanded

    def _object_to_rdf(self, item: Any, issuer: Any, triples: Any, options: Any) -> Any:
        if isinstance(item, dict) and item.get("@type") == "@json":
            text = canonicalize(item["@value"]).decode()
            return {"type": "literal", "value": text, "datatype": RDF + "JSON"}
        if isinstance(item, dict) and not legal_language(item.get("@language", "en")):
            raise InputError(
                "invalid_language", f"{item['@language'][:40]!r} is not a language tag (BCP 47)."
            )
        return super()._object_to_rdf(item, issuer, triples, options)

    # The steps of context processing that the tables are built from, under names of ours.

    def initial(self) -> Active:
        """The active context before any `@context`."""
        active: Active = self._get_initial_context(self.options)
        return active

    def local(self, active: Active, context: Any) -> Active:
        """`active` after an `@context` entry."""
        return self._process_context(active, context, self.options)

    def type_scoped(self, active: Active, context: Any) -> Active:
        """`active` after the scoped context of one of the node's types; it does not reach nested nodes."""
        return self._process_context(active, context, self.options, propagate=False)

    def property_scoped(self, active: Active, context: Any) -> Active:
        """`active` after a term's own context, which may override protected terms."""
        return self._process_context(active, context, self.options, override_protected=True)

    def word(self, active: Active, value: str) -> Any:
        """`value` as a term, keyword or IRI relative to the vocabulary; itself when it is none of these."""
        return self._expand_iri(active, value, vocab=True)


def prefixes(active: Active) -> frozenset[str]:
    """The terms that a compact IRI could start with."""
    return frozenset(term for term, entry in active["mappings"].items() if entry and entry["_prefix"])


def scoped(active: Active, term: str | None) -> Any:
    """The scoped context of `term`; None when it has none, False when it is `null`."""
    return JsonLdProcessor.get_context_value(active, term, "@context")


def _refuse_dropped(key: str | None) -> None:
    raise InputError("undefined_term", f"The term {key!r} is not defined by the document's contexts.")
