"""Whether a key is its issuer's: the decision on which every verdict stands (TRUST.md, lesson 1).

Whoever makes a proof writes the key's URL into it, so that URL alone proves nothing. A key counts when the
issuer's own identifier is the key (did:key, did:jwk), or when the document found at the issuer's identifier
(did:web, https) names itself, lists the key for the purpose, and the key names that document as its
controller. For an https issuer, a key of the same origin counts too if the origin's JWK set has it (OB 3.0).

Documents come in as values, and `urls_for` says which are needed: nothing is fetched here. Decentralized
Identifiers 1.0; Controlled Identifiers 1.0; the methods did:key, did:jwk and did:web.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from exchange.core.dates import format_date
from exchange.core.keys.controller import MAX_KEYS, key_in_document, key_in_set, usable_keys
from exchange.core.keys.multikey import (
    PublicKey,
    base64url_decode,
    public_key_from_jwk,
    public_key_from_multikey,
)
from exchange.core.strict_json import parse
from exchange.core.verdict.documents import Documents, body_of
from exchange.errors import CannotTellError, ExchangeError, InputError

_MAX_CHARS = 4096
_SIGNING = ("assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation")

_URL = r"[^\s\\#?<>\"{}|^`]*"
_HTTPS = re.compile(
    rf"(https://[a-z0-9.-]{{1,253}}(?::[1-9][0-9]{{0,4}})?)(/{_URL})?(\?{_URL})?(#{_URL})?", re.I | re.A
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DID_WEB = re.compile(
    rf"did:web:((?:{_LABEL}\.)*({_LABEL}))(?:%3a([1-9][0-9]{{0,4}}))?((?::(?:[a-z0-9._-]|%[0-9a-f]{{2}})+)*)",
    re.I | re.A,
)
_UNSAFE = frozenset("/\\?#@:% ")
_DID = re.compile(r"did:([a-z0-9]+):[^\s#]+", re.A)
_JSON = re.compile(r"(?:application|text)/(?:json|(?:did|cid|[a-z0-9.+-]+\+json))\s*(?:;.*)?", re.I | re.A)

# Why it may still be another document that has the key.
_LOOK_FURTHER = frozenset(
    {
        "document_unreachable",
        "document_malformed",
        "controller_mismatch",
        "key_not_authorised",
        "key_not_named",
    }
)


def urls_for(issuer_id: str, verification_method: str | None, *, relaxed: bool = False) -> tuple[str, ...]:
    """The URLs whose documents `authorised_key` wants for these arguments; none when it needs no document.

    Never raises: for what is malformed there is nothing to fetch, and `authorised_key` says what is wrong.
    """
    controller = _controller(issuer_id, verification_method, relaxed)
    try:
        document = _document_url(controller)
    except ExchangeError:
        return ()
    origin = _origin(controller)
    if verification_method is None:
        return (document,) if origin is None else (document, _jwk_set_url(origin))
    base = verification_method.partition("#")[0]
    if base in ("", controller):
        return (document,)
    if origin is None or (":" in base and _origin(base) != origin):
        return ()
    further = [base] if ":" in base else []
    return tuple(dict.fromkeys([document, _jwk_set_url(origin), *further]))


def authorised_key(
    issuer_id: str,
    verification_method: str | None,
    documents: Documents,
    now: datetime,
    *,
    purpose: str = "assertionMethod",
    relaxed: bool = False,
) -> PublicKey:
    """The key that `verification_method` names, if the issuer lets it sign for `purpose` at `now`.

    None names the issuer's only key. `relaxed` (test profile only) takes the method's own controller for the
    issuer. Raises InputError `key_not_authorised`, `controller_mismatch`, `key_expired`, `key_revoked`,
    `did_malformed`, `weak_key`, `key_malformed`; CannotTellError `unknown_did_method`, `unsupported_key`,
    `document_unreachable`, `document_malformed`, `key_not_named`. Controlled Identifiers 1.0, section 3.3.
    """
    controller = _controller(issuer_id, verification_method, relaxed)
    if verification_method is not None and verification_method.startswith("#"):
        verification_method = controller + verification_method
    if controller.startswith("did:key:"):
        key, method = _did_key(controller), f"{controller}#{controller[8:]}"
    elif controller.startswith("did:jwk:"):
        key, method = _did_jwk(controller), f"{controller}#0"
    else:
        return _listed_key(controller, verification_method, documents, now, purpose)
    if verification_method not in (None, method) or purpose not in _SIGNING:
        raise _not_authorised(controller, verification_method)
    return key


def controller_document(identifier: str, documents: Documents) -> dict[str, Any]:
    """The document that speaks for `identifier`.

    Made from the identifier itself (did:key, did:jwk) or found at it (did:web, https). Raises as
    `authorised_key`; InputError("controller_mismatch") when the document names another id.
    """
    if identifier.startswith("did:key:"):
        return build_did_document(identifier, [_did_key(identifier).multikey])
    if identifier.startswith("did:jwk:"):
        name = f"{identifier}#0"
        method = {"id": name, "type": "JsonWebKey", "controller": identifier}
        return {
            "id": identifier,
            "verificationMethod": [{**method, "publicKeyJwk": _did_jwk(identifier).jwk}],
            "assertionMethod": [name],
        }
    url = _document_url(identifier)
    document = _json_object(documents, url)
    if document.get("id") != identifier:
        raise InputError("controller_mismatch", f"The document at {url:.200} is not about {identifier:.200}.")
    return document


def build_did_document(
    did: str, multikeys: Sequence[str], revoked: Mapping[str, datetime] = MappingProxyType({})
) -> dict[str, Any]:
    """A DID document that lets each of `multikeys` make assertions for `did`. DID Core, section 5.

    The `revoked` ones are named with the moment (Controlled Identifiers 1.0, section 2.2) and may assert
    nothing, so that a verifier who does not look at the moment refuses them too.
    """
    methods = [
        {"id": f"{did}#{key}", "type": "Multikey", "controller": did, "publicKeyMultibase": key}
        for key in (*multikeys, *revoked)
    ]
    for method in methods:
        if method["publicKeyMultibase"] in revoked:
            method["revoked"] = format_date(revoked[method["publicKeyMultibase"]])
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods if "revoked" not in method],
    }


def did_key(multikey: str) -> str:
    """The did:key of a public Multikey; raises as `public_key_from_multikey`."""
    public_key_from_multikey(multikey)
    return f"did:key:{multikey}"


def did_web(url: str) -> str:
    """The did:web whose document lies under an https URL; InputError("did_malformed") when there is none."""
    match = _HTTPS.fullmatch(url)
    if match is None or match[3] or match[4]:
        raise InputError("did_malformed", f"{url:.200} is not an https URL of host and path only.")
    host, path = match[1][8:].lower().replace(":", "%3A"), (match[2] or "").removesuffix("/")
    if ":" in path:
        raise InputError("did_malformed", f"The path of {url:.200} holds a colon; did:web cannot say that.")
    did = f"did:web:{host}{path.replace('/', ':')}"
    did_web_url(did)
    return did


def did_web_url(did: str) -> str:
    """Where the document of a did:web lies; InputError("did_malformed") for addresses, tricks and typos."""
    match = _DID_WEB.fullmatch(did) if len(did) <= _MAX_CHARS else None
    if match is None or not did.startswith("did:web:"):
        raise InputError("did_malformed", f"{did:.200} is not a did:web.")
    host, last, port, path = match.groups()
    # The last part of an IP address, in whatever notation, is a number.
    if last.isdigit() or last[:2] in ("0x", "0X") or len(host) > 253:
        raise InputError("did_malformed", f"{did:.200} names an address, not a host.")
    if port is not None and int(port) > 65535:
        raise InputError("did_malformed", f"{did:.200} names a port that does not exist.")
    for segment in path.split(":")[1:]:
        plain = unquote(segment)
        if plain in (".", "..") or not plain.isprintable() or not _UNSAFE.isdisjoint(plain):
            raise InputError("did_malformed", f"{did:.200} leaves its path with the segment {segment:.40}.")
    where = path.replace(":", "/") or "/.well-known"
    return f"https://{host}{f':{port}' if port else ''}{where}/did.json"


def _controller(issuer_id: str, verification_method: str | None, relaxed: bool) -> str:
    if relaxed and verification_method is not None and ":" in verification_method:
        return verification_method.partition("#")[0]
    return issuer_id


def _not_authorised(controller: str, verification_method: str | None) -> InputError:
    message = f"The key {verification_method!s:.200} is not one of the issuer's, {controller:.200}."
    return InputError("key_not_authorised", message)


def _did_key(did: str) -> PublicKey:
    return public_key_from_multikey(did[8:])


@lru_cache(maxsize=256)
def _did_jwk(did: str) -> PublicKey:
    if len(did) > _MAX_CHARS:
        raise InputError("did_malformed", f"A DID has at most {_MAX_CHARS} characters here.")
    try:
        jwk = parse(base64url_decode(did[8:]))
    except InputError as error:
        raise InputError(
            "did_malformed", f"The did:jwk does not hold a JsonWebKey. {error.message}"
        ) from None
    if isinstance(jwk, dict) and jwk.get("use") == "enc":
        raise InputError("key_not_authorised", "The did:jwk is a key for encryption; it signs nothing.")
    return public_key_from_jwk(jwk)


def _listed_key(
    controller: str, verification_method: str | None, documents: Documents, now: datetime, purpose: str
) -> PublicKey:
    """The key of a controller that has a document."""
    _document_url(controller)  # says what is wrong with the identifier
    origin = _origin(controller)
    base = (verification_method or "").partition("#")[0]
    if base == controller or (origin is None and verification_method is None):
        return key_in_document(controller_document(controller, documents), verification_method, purpose, now)
    if origin is None or (":" in base and _origin(base) != origin):
        raise _not_authorised(controller, verification_method)
    try:
        return key_in_document(controller_document(controller, documents), verification_method, purpose, now)
    except ExchangeError as error:
        if error.code not in _LOOK_FURTHER or purpose != "assertionMethod":
            raise
        unlisted = error
    try:
        return _key_in_jwk_set(controller, _jwk_set_url(origin), verification_method, documents)
    except InputError:
        # That one place denies it settles nothing while the other could not be read.
        if isinstance(unlisted, CannotTellError):
            raise unlisted from None
        raise


def _key_in_jwk_set(
    controller: str, url: str, verification_method: str | None, documents: Documents
) -> PublicKey:
    """The key that the origin's JWK set has under this name, or that lies at this URL and is in the set."""
    found = documents.get(url)
    if found is not None and found.status in (404, 410):
        raise _not_authorised(controller, verification_method)
    keys = _json_object(documents, url).get("keys")
    if not isinstance(keys, list) or len(keys) > MAX_KEYS or not all(isinstance(key, dict) for key in keys):
        raise CannotTellError(
            "document_malformed", f"{url:.200} is not a JWK set of at most {MAX_KEYS} keys."
        )
    if verification_method is None:
        usable = usable_keys(keys)
        if len(usable) != 1:
            raise CannotTellError("key_not_named", f"The proof does not say which key of {url:.200} made it.")
        return usable[0]
    base, _, fragment = verification_method.partition("#")
    key = key_in_set(keys, (verification_method, fragment) if base == url else (verification_method,))
    if key is None and ":" in base and base != url:
        jwk = _json_object(documents, base)
        key = public_key_from_jwk(jwk) if "kty" in jwk else None
        key = key if key in usable_keys(keys) else None
    if key is None:
        raise _not_authorised(controller, verification_method)
    return key


def _document_url(identifier: str) -> str:
    """Where the document of a did:web or an https identifier lies; raises for every other identifier."""
    if identifier.startswith("did:web:"):
        return did_web_url(identifier)
    if _origin(identifier) is not None:
        return identifier.partition("#")[0]
    if method := _DID.fullmatch(identifier):
        raise CannotTellError("unknown_did_method", f"The DID method {method[1]:.40} is not known here.")
    if identifier.startswith("did:"):
        raise InputError("did_malformed", f"{identifier:.200} is not a DID.")
    message = f"No key can be shown to belong to {identifier:.200}: it is neither a DID nor an https URL."
    raise InputError("key_not_authorised", message)


def _origin(url: str) -> str | None:
    """The origin of an https URL in lower case, without the port if it is 443; None for everything else."""
    match = _HTTPS.fullmatch(url) if len(url) <= _MAX_CHARS else None
    return match[1].lower().removesuffix(":443") if match else None


def _jwk_set_url(origin: str) -> str:
    return f"{origin}/.well-known/jwks.json"


def _json_object(documents: Documents, url: str) -> dict[str, Any]:
    """The JSON object at `url`; CannotTellError when it did not come, or something else came."""
    body = body_of(documents, url)
    if not _JSON.fullmatch(documents[url].content_type.strip()):
        kind = documents[url].content_type
        raise CannotTellError("document_malformed", f"{url:.200} answered with {kind!a:.80}, not with JSON.")
    try:
        document = parse(body)
    except InputError as error:
        raise CannotTellError("document_malformed", f"{url:.200} cannot be read. {error.message}") from None
    if not isinstance(document, dict):
        raise CannotTellError("document_malformed", f"{url:.200} holds JSON, but not an object.")
    return document
