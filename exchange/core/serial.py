"""Badges in series: what all badges of one achievement have in common is made and canonicalised once.

A `Series` builds what `build_badge` builds and canonicalises it to what `rdf.canonize` gives, in a third of
the time. Badges differ in structure too (evidence or none, a narrative or none): each structure has its template.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.core.canonical.template import Template
from exchange.core.credential import BadgeMould

_MOST = 32
"""Structures that are remembered; badges of further ones go the way of every document."""


class Series(BadgeMould):
    """The badges of one issuer and achievement. One thread at a time."""

    def __init__(self, issuer: Mapping[str, Any], achievement: Mapping[str, Any]) -> None:
        super().__init__(issuer, achievement)
        self._templates: dict[tuple[str, ...], Template] = {}

    def canonize(self, document: dict[str, Any]) -> bytes | None:
        """The canonical N-Quads; None for one structure too many. Raises as `rdf.canonize`."""
        structure = structure_of(document)
        template = self._templates.get(structure)
        if template is None:
            if len(self._templates) == _MOST:
                return None
            template = self._templates[structure] = Template.of(document, structure)
        return template.canonize(document)


def structure_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The places, as JSON Pointers, at which badges of one achievement differ from one another."""
    subject, status = document["credentialSubject"], document.get("credentialStatus", [])
    pointers = ["/id", *(f"/{name}" for name in ("validFrom", "validUntil") if name in document)]
    pointers += [f"/credentialSubject/{name}" for name in ("id", "narrative") if name in subject]
    if "identifier" in subject:
        pointers += [f"/credentialSubject/identifier/0/{name}" for name in ("identityHash", "salt")]
    pointers += [f"/evidence/{n}/id" for n in range(len(document.get("evidence", [])))]
    for n in range(len(status)) if isinstance(status, list) else ():
        at = f"/credentialStatus/{n}"
        pointers += [f"{at}/id", f"{at}/statusListIndex", f"{at}/statusListCredential"]
    return tuple(pointers)
