"""RDFC-1.0 of a JSON-LD document: the bytes that the `…-rdfc-…` proof suites hash."""

from __future__ import annotations

from typing import Any

from exchange.core.canonical import Exact
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.effort import BYTES, GENERAL, Effort
from exchange.core.canonical.errors import Unusual
from exchange.core.canonical.rdfc import canonical
from exchange.core.canonical.walk import walk
from exchange.core.common import Common


def canonize(
    document: dict[str, Any],
    *,
    contexts: Contexts = SHIPPED,
    exact: Exact | None = None,
    algorithm: str = "sha256",
    effort: Effort | None = None,
    common: Common | None = None,
) -> bytes:
    """The canonical N-Quads of `document` (VC-DI-EDDSA §3.2.3: JSON-LD to RDF, then RDFC-1.0).

    Documents out of the fast walk's profile go to `exact`, when the caller may use one. `algorithm` is
    RDFC-1.0's own hash: "sha256" or "sha384" (P-384 suites). `effort` is what is
    left for it; `common` are parts that it shares with others.
    Raises InputError (undefined_term, undefined_type, relative_iri, illegal_iri, rekeyed_term,
    protected_term_redefined, poison_graph …) with the place as a JSON Pointer, CannotTellError
    ("unknown_context", "too_much_work"), and without `exact` CannotTellError("unusual_json_ld").
    """
    effort = effort or Effort()
    try:
        dataset = walk(document, contexts, effort, common)
    except Unusual:
        if exact is None:
            raise
        effort.spend(GENERAL)
        return exact(algorithm, document)
    quads = canonical(dataset, algorithm, effort=effort)
    effort.spend(len(quads) // BYTES)
    return quads
