"""Related resources: what a credential pins by digest must be what lies there (VCDM 2.0 §5.3).

Nothing is fetched for this: a digest is compared with what is at hand, which is what was fetched for other
reasons and the contexts that are known here byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from exchange.core.canonical.contexts import Contexts
from exchange.core.canonical.our_terms import pinned_terms, terms_bytes
from exchange.core.digests import from_multibase, from_sri, hashed
from exchange.core.proofs.data_integrity import as_list
from exchange.core.verdict.documents import Documents
from exchange.core.verdict.finding import Finding
from exchange.errors import InputError

PUBLISHED = frozenset(
    {
        "https://www.w3.org/ns/credentials/v2",
        "https://w3id.org/security/data-integrity/v2",
        "https://w3id.org/security/multikey/v1",
    }
)
"""Contexts whose bytes their specifications fix for good (VCDM 2.0 §B.1, VC-DI); others change in place."""

_MOST = 50


def check_related(document: Mapping[str, Any], documents: Documents, contexts: Contexts) -> list[Finding]:
    """One finding for each related resource: its digest fits, does not, is none, or could not be compared.

    Errors: digest_malformed, digest_mismatch. Cannot tell: related_too_many. Warnings: related_unseen for one
    that is not at hand; endorsed_other_version where an endorsement pins what it endorses, which may be given
    out anew without making it less true that the earlier one was endorsed.
    """
    bodies = _Bodies(documents, contexts, pinned_terms(document, contexts))
    return [
        _of_what_is_endorsed(finding, document) if finding.code == "digest_mismatch" else finding
        for finding in _check_each(document.get("relatedResource"), bodies)
    ]


def _of_what_is_endorsed(finding: Finding, document: Mapping[str, Any]) -> Finding:
    resources = as_list(document.get("relatedResource"))
    resource = resources[int(finding.at.rpartition("/")[2])] if finding.at[-1].isdigit() else resources[0]
    endorsed = [one.get("id") for one in as_list(document.get("credentialSubject")) if isinstance(one, dict)]
    if "EndorsementCredential" not in as_list(document.get("type")) or endorsed != [resource["id"]]:
        return finding
    other = f"It endorses another version of {resource['id']:.200} than the one at hand."
    return Finding("endorsed_other_version", "warning", other, finding.at)


class _Bodies:
    """What is at hand to be compared."""

    def __init__(self, documents: Documents, contexts: Contexts, ours: frozenset[str]) -> None:
        self._documents = documents
        self._contexts = contexts
        self._ours = ours

    def get(self, url: str) -> bytes | None:
        if url in self._documents and self._documents[url].status == 200:
            return self._documents[url].body
        if url in self._ours:
            return terms_bytes()
        return self._contexts.published(url) if url in PUBLISHED else None


def _check_each(value: Any, bodies: _Bodies) -> Iterator[Finding]:
    for index, resource in enumerate(as_list(value)):
        at = f"/relatedResource/{index}" if isinstance(value, list) else "/relatedResource"
        if index >= _MOST:
            many = f"More than {_MOST} related resources; the rest was not compared."
            yield Finding("related_too_many", "unknown", many, at)
            return
        if isinstance(resource, dict) and isinstance(resource.get("id"), str):
            yield _check_one(resource, bodies.get(resource["id"]), at)


def _check_one(resource: Mapping[str, Any], body: bytes | None, at: str) -> Finding:
    name = f"{resource['id']:.200}"
    try:
        digests = [
            *map(from_sri, as_list(resource.get("digestSRI"))),
            *map(from_multibase, as_list(resource.get("digestMultibase"))),
        ]
    except InputError as error:
        return Finding(error.code, "error", error.message, at + error.at)
    if body is None:
        unseen = f"{name} was pinned by its digest, but is not at hand to be compared."
        return Finding("related_unseen", "warning", unseen, at)
    if all(hashed(algorithm, body) == digest for algorithm, digest in digests):
        return Finding("related_same", "ok", f"{name} is what it was when this was signed.", at)
    changed = f"{name} is not what its digest says: one of the two was changed."
    return Finding("digest_mismatch", "error", changed, at)
