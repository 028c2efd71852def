"""Our own JSON-LD terms (`schemas/terms-v1.json`, docs/terms.md): shipped, pinned, and known by their bytes.

Every exchange serves them at an address of its own, so their URL says nothing. Their digest does: a context
URL that is known to nobody, but that the document itself pins by `relatedResource` with the digest of these
very bytes, is read as these terms. Whoever signed the document signed the pin. Everything else that is
unknown stays unknown, and nothing is ever fetched for it.

The terms mean IRIs of the form `urn:uuid:…#relationship` (RFC 9562, RFC 8141 §2.3.3). A badge outlives the
domain of who wrote its software, and an https namespace that somebody else buys one day would say what our
words mean; a name such as `urn:exchange:` is nobody's to take, for it is in no registry. A UUID is unique
without asking anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from functools import cache
from typing import Any

from exchange import resources
from exchange.core.digests import SIZES, digest_sri, from_multibase, from_sri
from exchange.errors import InputError, UnavailableError

NAMESPACE = "urn:uuid:0d962eeb-cfc9-42ca-90c6-bb0794c15d7e"
"""What the terms' IRIs begin with, and the name by which the registry of contexts has them."""

FILE = "terms-v1.json"
MEDIA_TYPE = "application/ld+json"

_SHA256 = "29ee090a397b1fba867886e20b862ded3444ea4d8a5a487e177bd2ae9ff471c0"
_MOST = 50
"""Related resources among which a pin is looked for; a document with more of them pins nothing here."""


class OurTerms:
    """The source of the context document, as the registry of contexts wants one."""

    def read(self) -> bytes:
        """The bytes that `GET /terms/v1` serves; UnavailableError("context_unavailable") if they changed."""
        try:
            raw = (resources.data_path("schemas") / FILE).read_bytes()
        except OSError as error:
            why = f"The file schemas/{FILE} cannot be read ({error.strerror}); install the package whole."
            raise UnavailableError("context_unavailable", why) from error
        if hashlib.sha256(raw).hexdigest() != _SHA256:
            changed = (
                f"The file schemas/{FILE} is not the one that was shipped. Signed documents pin its bytes: "
                "put it back, and give changed terms a new version and file."
            )
            raise UnavailableError("context_unavailable", changed)
        return raw


@cache
def terms_bytes() -> bytes:
    """The context document, byte for byte."""
    return OurTerms().read()


@cache
def terms_digest() -> str:
    """Its `digestSRI`."""
    return digest_sri(terms_bytes())


@cache
def _digests() -> Mapping[str, bytes]:
    return {name: hashlib.new(name, terms_bytes()).digest() for name in SIZES}


def pinned_terms(document: Mapping[str, Any], known: Container[str]) -> frozenset[str]:
    """The context URLs of `document` that it pins as our terms; mostly none.

    The URL must not be among the `known` ones, which mean what they always mean. One related resource, and no
    other, must have it for its id, and each digest it gives must be that of our bytes. Never raises.
    """
    urls = [url for url in _texts(document.get("@context")) if url not in known]
    resources_ = document.get("relatedResource")
    listed = resources_ if isinstance(resources_, list) else [resources_]
    if not urls or len(listed) > _MOST:
        return frozenset()
    pins: dict[str, list[Mapping[str, Any]]] = {}
    for resource in listed:
        if isinstance(resource, dict) and isinstance(resource.get("id"), str):
            pins.setdefault(resource["id"], []).append(resource)
    return frozenset(url for url in urls if len(pins.get(url, ())) == 1 and _is_ours(pins[url][0]))


def with_our_terms(value: Any, known: Container[str]) -> Any:
    """`value` with each context URL that is pinned as our terms replaced by the name they are known by here.

    The same object if there is none. For working out what words mean: what is signed is the document itself.
    """
    if isinstance(value, list):
        items = [with_our_terms(item, known) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if not isinstance(value, dict):
        return value
    members = {name: with_our_terms(member, known) for name, member in value.items() if name != "@context"}
    if "@context" in value:
        members = {"@context": our_context(value, known), **members}
    return value if all(members[name] is member for name, member in value.items()) else members


def our_context(document: Mapping[str, Any], known: Container[str], context: Any = None) -> Any:
    """The `@context` of `document` (or another that stands for it), the pinned URLs in it replaced; itself if
    none is pinned."""
    context = document.get("@context") if context is None else context
    pinned = pinned_terms(document, known) if "relatedResource" in document else frozenset()
    if not pinned or pinned.isdisjoint(_texts(context)):
        return context
    if isinstance(context, str):
        return NAMESPACE
    return [NAMESPACE if isinstance(url, str) and url in pinned else url for url in context]


def _texts(context: Any) -> list[str]:
    listed = context if isinstance(context, list) else [context]
    return [url for url in listed if isinstance(url, str)]


def _is_ours(resource: Mapping[str, Any]) -> bool:
    given = {name: resource[name] for name in ("digestSRI", "digestMultibase") if name in resource}
    try:
        digests = [
            read(value)
            for name, read in (("digestSRI", from_sri), ("digestMultibase", from_multibase))
            for value in (given[name] if isinstance(given.get(name), list) else [given.get(name)])
            if name in given
        ]
    except InputError:
        return False
    return bool(digests) and all(_digests()[algorithm] == digest for algorithm, digest in digests)
