"""The first Open Badges 3.0 context, which badges of 2022 to 2024 name and no package ships.

Told as what 3.0.1 changed in it, so that those badges can be verified: links were typed where they are now
ids, four terms had other names, two were missing. The whole is pinned by the sha256 of its RFC 8785 form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.core.canonical import jcs
from exchange.errors import UnavailableError

_OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"

URLS = (
    "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context/ob_v3p0.jsonld",
)

_SHA256 = "2c54acaa1cffda2420be32ab61f0a2082051211131c6337686f36f2537aa859b"

_ABSENT = (
    "Achievement/image",
    "AchievementSubject/image",
    "Profile/image",
    "Profile/address/@type",
    "awardedDate",
)

_OTHERWISE = {
    "Achievement/alignment/@type": _OB + "Alignment",
    "Achievement/creator/@id": _OB + "Profile",
    "Achievement/otherIdentifier/@type": _OB + "IdentifierEntry",
    "Achievement/related/@type": _OB + "Related",
    "Achievement/resultDescription/@type": _OB + "ResultDescription",
    "AchievementSubject/achievement/@id": _OB + "Achievement",
    "AchievementSubject/identifier/@type": _OB + "IdentityObject",
    "AchievementSubject/result/@type": _OB + "Result",
    "AchievementSubject/source/@type": _OB + "Profile",
    "Alignment/@id": "https://schema.org/Alignment",
    "Profile/address/@id": _OB + "Address",
    "Profile/otherIdentifier/@type": _OB + "IdentifierEntry",
    "Profile/parentOrg/@type": "xsd:string",
    "Profile/phone/@id": _OB + "PhoneNumber",
    "ResultDescription/rubricCriterionLevel/@type": _OB + "RubricCriterionLevel",
    "alignment/@type": _OB + "Alignment",
    "endorsement/@type": _OB + "EndorsementCredential",
    "image/@type": _OB + "Image",
}


@dataclass(frozen=True, slots=True)
class FirstRelease:
    """The first release made of `successor`, the 3.0.1 context. `read` as of a pinned file."""

    successor: Any

    def read(self) -> bytes:
        """The document's bytes; UnavailableError("context_unavailable") if it is not the published one."""
        document: dict[str, Any] = json.loads(self.successor.read())
        terms = document["@context"]
        for path in _ABSENT:
            holder, name = _place(terms, path)
            del holder[name]
        for path, value in _OTHERWISE.items():
            holder, name = _place(terms, path)
            holder[name] = value
        if hashlib.sha256(jcs.canonicalize(document)).hexdigest() != _SHA256:
            raise UnavailableError(
                "context_unavailable",
                "The first Open Badges 3.0 context cannot be made of the 3.0.1 at hand.",
            )
        return json.dumps(document).encode()


def _place(terms: Mapping[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The object that holds the last step of `path`; the steps between are terms of a type's own context."""
    *steps, last = path.split("/")
    holder: Any = terms
    for depth, step in enumerate(steps):
        holder = holder[step] if depth == 0 else holder["@context"][step]
    if steps and not last.startswith("@"):
        holder = holder["@context"]
    return holder, last
