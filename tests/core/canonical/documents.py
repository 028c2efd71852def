"""A small badge to change in one place, and the two routes it can take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.general import canonize_exactly
from exchange.core.canonical.rdf import canonize
from tests.core.strategies import CONTEXT

Json = dict[str, Any]
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
WITH_EXAMPLES = SHIPPED.extended({EXAMPLES: {"@context": {"@vocab": EXAMPLES + "#"}}})

ROUTES: dict[str, Callable[[Json], bytes]] = {
    "walk": lambda document: canonize(document, contexts=WITH_EXAMPLES),
    "general": lambda document: canonize_exactly(document, WITH_EXAMPLES),
}


def badge(**changed: Any) -> Json:
    """A small badge; a member given as None is left out."""
    document: Json = {
        "@context": CONTEXT,
        "id": "urn:uuid:0c07c1ce-57cb-41af-bef2-1b932b986873",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Teamwork",
        "issuer": {"id": "https://example.edu/issuers/1", "type": ["Profile"], "name": "Example"},
        "validFrom": "2025-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:example:1",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://example.edu/a/1",
                "type": ["Achievement"],
                "name": "Teamwork",
                "description": "Works well in teams",
                "criteria": {"narrative": "Was seen to."},
            },
        },
    }
    document.update(changed)
    return {name: value for name, value in document.items() if value is not None}


def achievement(**changed: Any) -> Json:
    """A small badge with some properties of its achievement changed."""
    document = badge()
    document["credentialSubject"]["achievement"].update(changed)
    return document
