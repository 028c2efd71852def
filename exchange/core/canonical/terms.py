"""Whether every word of a document is defined, without writing its quads: for JCS and JWT proofs.

Those signatures cover the JSON itself, but what the JSON means still hangs on its contexts; an undefined term
would mean nothing to whoever reads it as linked data (OB 3.0 §8.2, VCDM 2.0 §2.1).
"""

from __future__ import annotations

from typing import Any

from exchange.core.canonical.compiled import GRAPH, LIST, LITERAL, REFERENCE, SKIP, Slot
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.effort import Effort
from exchange.core.canonical.nquads import number
from exchange.core.canonical.walk import MAX_DEPTH, walk
from exchange.errors import ExchangeError

_NODES = frozenset((LITERAL, REFERENCE, LIST, GRAPH))


def check_terms(document: dict[str, Any], contexts: Contexts = SHIPPED, effort: Effort | None = None) -> None:
    """Raise what `rdf.canonize` raises for `document`'s words and identifiers; no quads are kept.

    InputError (undefined_term, undefined_type, relative_iri …) with a JSON Pointer, CannotTellError
    ("unknown_context", "unusual_json_ld", "too_much_work").
    """
    try:
        if _surely_fine(document, contexts.compiled.root, 1):
            return
    except (ExchangeError, TypeError):
        pass  # the walk finds it again, and knows where
    walk(document, contexts, effort)


def _surely_fine(node: dict[str, Any], slot: Slot, depth: int) -> bool:
    """Whether the walk would pass `node`, as far as that is plain to see; False means: ask the walk."""
    if len(node) == 1 and "id" in node:
        return slot.references is not None and bool(slot.references[node["id"]])
    types = node.get("type")
    key = tuple(types) if type(types) is list else types
    if "@context" in node:
        context = node["@context"]
        key = ("@context", tuple(context) if type(context) is list else context), key
    record = slot.children.get(key)
    if record is None or depth > MAX_DEPTH:
        return False
    state = record[0]
    for key, value in node.items():
        term = state.get(key)
        if term is None:
            return False
        kind, _, _, iris, below = term
        if type(value) is str:
            if kind == REFERENCE:
                iris[value]
            elif kind != LITERAL and (kind != SKIP or (key == "id" and not state.iris[value])):
                return False
        elif kind in _NODES:
            for item in value if type(value) is list else (value,):
                if type(item) is dict:
                    if not _surely_fine(item, below, depth + 1):
                        return False
                elif kind == GRAPH:
                    return False
                elif type(item) is not str:
                    number(item, below.datatype)
                elif below.inner == REFERENCE:
                    iris[item]
        elif kind != SKIP or type(value) is not list or key == "id":
            return False
    return True
