"""Related resources: what a credential pins by digest must be what lies there (VCDM 2.0 §5.3).

Nothing is fetched for this: a digest is compared with what is at hand, which is what was fetched for other
reasons and the contexts that are known here byte for byte.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from exchange.core.canonical.contexts import Contexts
from exchange.core.keys.multibase import multibase_decode
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

_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
_MULTIHASH = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}

Digest = tuple[str, bytes]
"""The name of a hash function and the digest it made."""


def check_related(document: Mapping[str, Any], documents: Documents, contexts: Contexts) -> list[Finding]:
    """One finding for each related resource: its digest fits, does not, is none, or could not be compared.

    Errors: digest_malformed, digest_mismatch. Cannot tell: related_too_many. One that is not at hand is
    a warning, related_unseen.
    """
    return list(_check_each(document.get("relatedResource"), documents, contexts))


def _check_each(value: Any, documents: Documents, contexts: Contexts) -> Iterator[Finding]:
    for index, resource in enumerate(as_list(value)):
        at = f"/relatedResource/{index}" if isinstance(value, list) else "/relatedResource"
        if index >= _MOST:
            many = f"More than {_MOST} related resources; the rest was not compared."
            yield Finding("related_too_many", "unknown", many, at)
            return
        if isinstance(resource, dict) and isinstance(resource.get("id"), str):
            yield _check_one(resource, _body(resource["id"], documents, contexts), at)


def _body(url: str, documents: Documents, contexts: Contexts) -> bytes | None:
    if url in documents and documents[url].status == 200:
        return documents[url].body
    return contexts.published(url) if url in PUBLISHED else None


def _check_one(resource: Mapping[str, Any], body: bytes | None, at: str) -> Finding:
    name = f"{resource['id']:.200}"
    try:
        digests = [
            *map(_from_sri, as_list(resource.get("digestSRI"))),
            *map(_from_multibase, as_list(resource.get("digestMultibase"))),
        ]
    except InputError as error:
        return Finding(error.code, "error", error.message, at + error.at)
    if body is None:
        unseen = f"{name} was pinned by its digest, but is not at hand to be compared."
        return Finding("related_unseen", "warning", unseen, at)
    if all(_hash(algorithm, body) == digest for algorithm, digest in digests):
        return Finding("related_same", "ok", f"{name} is what it was when this was signed.", at)
    changed = f"{name} is not what its digest says: one of the two was changed."
    return Finding("digest_mismatch", "error", changed, at)


@lru_cache(maxsize=16)
def _hash(algorithm: str, body: bytes) -> bytes:
    """Remembered, so that nobody has one megabyte hashed ten thousand times."""
    return hashlib.new(algorithm, body).digest()


def _from_sri(value: Any) -> Digest:
    """Subresource Integrity §3.1: `sha384-` and base64."""
    algorithm, _, text = value.partition("-") if isinstance(value, str) else ("", "", "")
    try:
        digest = b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if _SIZES.get(algorithm) != len(digest):
        raise _malformed(value, "/digestSRI", "sha256-, sha384- or sha512- and the digest in base64")
    return algorithm, digest


def _from_multibase(value: Any) -> Digest:
    """VC-DI §2.6: a multihash; a bare SHA-256, as VCDM 2.0 shows it, is read too."""
    try:
        data = multibase_decode(value) if isinstance(value, str) else b""
    except InputError:
        data = b""
    algorithm = _MULTIHASH.get(data[:2])
    if algorithm is not None and len(data) == 2 + _SIZES[algorithm]:
        return algorithm, data[2:]
    if len(data) == _SIZES["sha256"]:
        return "sha256", data
    raise _malformed(value, "/digestMultibase", "a multihash of SHA-2 in multibase")


def _malformed(value: Any, at: str, form: str) -> InputError:
    return InputError("digest_malformed", f"{value!a:.80} is no digest; it must be {form}.", at)
