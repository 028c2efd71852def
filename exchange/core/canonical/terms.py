"""Whether every word of a document is defined, without writing its quads: for JCS and JWT proofs.

Those signatures cover the JSON itself, but what the JSON means still hangs on its contexts; an undefined term
would mean nothing to whoever reads it as linked data (OB 3.0 §8.2, VCDM 2.0 §2.1).
"""

from __future__ import annotations

from typing import Any

from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.walk import walk


def check_terms(document: dict[str, Any], contexts: Contexts = SHIPPED) -> None:
    """Raise what `rdf.canonize` raises for `document`'s words and identifiers; no quads are kept.

    InputError (undefined_term, undefined_type, relative_iri …) with a JSON Pointer, CannotTellError
    ("unknown_context", "unusual_json_ld").
    """
    walk(document, contexts)
