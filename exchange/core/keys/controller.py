"""What a controlled identifier document (CID 1.0) or an origin's JWK set says about a key.

These documents come from strangers: every member is looked at before it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from exchange.core.dates import is_over, parse_date
from exchange.core.keys.multikey import (
    PublicKey,
    base58btc_decode,
    public_key_from_jwk,
    public_key_from_multikey,
)
from exchange.core.keys.public_key import ed25519_key
from exchange.errors import CannotTellError, ExchangeError, InputError

MAX_KEYS = 64

_SECRETS = (
    "secretKeyMultibase",
    "secretKeyJwk",
    "privateKeyMultibase",
    "privateKeyJwk",
    "privateKeyBase58",
    "privateKeyHex",
    "privateKeyPem",
)


def key_in_document(
    document: Mapping[str, Any], method_id: str | None, purpose: str, now: datetime
) -> PublicKey:
    """The key that the document lists under `purpose` as `method_id`, or the only one when that is None.

    `document["id"]` must have been compared with where the document was found. Raises InputError
    `key_not_authorised`, `controller_mismatch`, `key_expired`, `key_revoked`, `date_malformed`,
    `did_malformed` and those of the key readers; CannotTellError `key_not_named`, `document_malformed`,
    `unsupported_key`. Controlled Identifiers 1.0, section 3.3.
    """
    listed = [(_id(entry, document), entry) for entry in _entries(document, purpose)]
    if method_id is None:
        method_id = _only([name for name, _ in listed])
    if method_id not in (name for name, _ in listed):
        with suppress(CannotTellError):  # whatever else is there, it is not listed
            for method in _defined(document, method_id):
                _check_not_revoked(method, now)  # then that is why
        message = f"{document['id']!s:.200} does not list {method_id:.200} under {purpose}."
        raise InputError("key_not_authorised", message)
    by_value = [entry for name, entry in listed if name == method_id and isinstance(entry, Mapping)]
    methods = by_value + _defined(document, method_id)
    if not methods:
        raise InputError(
            "key_not_authorised", f"{method_id:.200} is listed, but its key is not in the document."
        )
    if any(method != methods[0] for method in methods):
        raise InputError("did_malformed", f"The document defines {method_id:.200} in more than one way.")
    return _key_of(methods[0], str(document["id"]), now)


def key_in_set(keys: list[Mapping[str, Any]], names: tuple[str, ...]) -> PublicKey | None:
    """The one key in a JWK set (RFC 7517) whose `kid` is among `names`, None if there is none."""
    named = [jwk for jwk in keys if jwk.get("kid") in names]
    if len(named) > 1:
        raise CannotTellError("key_not_named", f"The JWK set has {len(named)} keys named {names[0]:.200}.")
    return public_key_from_jwk(named[0]) if named else None


def usable_keys(keys: list[Mapping[str, Any]]) -> list[PublicKey]:
    """Those keys of a JWK set that may verify signatures and that we can use."""
    usable: list[PublicKey] = []
    for jwk in keys:
        try:
            usable.append(public_key_from_jwk(jwk))
        except ExchangeError:
            continue  # an encryption key or a curve we do not know beside the signing keys is ordinary
    return usable


def _entries(document: Mapping[str, Any], name: str) -> Iterator[Any]:
    value = document.get(name)
    entries = value if isinstance(value, list) else [] if value is None else [value]
    if len(entries) > MAX_KEYS:
        raise CannotTellError(
            "document_malformed", f"The document has more than {MAX_KEYS} entries in {name}."
        )
    return iter(entries)


def _defined(document: Mapping[str, Any], method_id: str) -> list[Mapping[str, Any]]:
    return [
        method
        for method in _entries(document, "verificationMethod")
        if isinstance(method, Mapping) and _id(method, document) == method_id
    ]


def _id(entry: Any, document: Mapping[str, Any]) -> str:
    """The absolute id of a method, given by reference or by value; `""` when it has none."""
    name = entry.get("id") if isinstance(entry, Mapping) else entry
    if not isinstance(name, str):
        return ""
    return f"{document['id']}{name}" if name.startswith("#") else name


def _only(names: list[str]) -> str:
    if len(set(names)) != 1:
        message = f"The proof does not say which of the issuer's {len(set(names))} keys made it."
        raise CannotTellError("key_not_named", message)
    return names[0]


def _key_of(method: Mapping[str, Any], controller: str, now: datetime) -> PublicKey:
    if method.get("controller") != controller:
        raise InputError(
            "controller_mismatch", f"The key is in the document of {controller:.200}, but not its own."
        )
    _check_not_revoked(method, now)
    expires = _moment(method, "expires")
    if expires is not None and is_over(expires, now):
        raise InputError("key_expired", f"The key expired on {expires.isoformat()}.")
    if any(name in method for name in _SECRETS):
        raise InputError(
            "weak_key", "The document publishes the key's private half: anybody can sign with it."
        )
    match method.get("type"):
        case "Multikey":
            return public_key_from_multikey(_text(method, "publicKeyMultibase"))
        case "JsonWebKey" | "JsonWebKey2020":
            return public_key_from_jwk(method.get("publicKeyJwk"))
        case "Ed25519VerificationKey2020":
            key = public_key_from_multikey(_text(method, "publicKeyMultibase"))
            if key.kind != "Ed25519":
                raise InputError("key_malformed", f"An Ed25519VerificationKey2020 holds a key on {key.kind}.")
            return key
        case "Ed25519VerificationKey2018":
            return ed25519_key(base58btc_decode(_text(method, "publicKeyBase58")))
        case kind:
            raise CannotTellError(
                "unsupported_key", f"Verification methods of type {kind!s:.80} are not supported."
            )


def _check_not_revoked(method: Mapping[str, Any], now: datetime) -> None:
    revoked = _moment(method, "revoked")
    if revoked is not None and revoked <= now:
        raise InputError("key_revoked", f"The key was revoked on {revoked.isoformat()}.")


def _text(method: Mapping[str, Any], name: str) -> str:
    text = method.get(name)
    if not isinstance(text, str):
        raise InputError("key_malformed", f"The verification method has no text in {name}.")
    return text


def _moment(method: Mapping[str, Any], name: str) -> datetime | None:
    text = method.get(name)
    if text is None:
        return None
    if not isinstance(text, str):
        raise InputError("date_malformed", f"The date in {name} of the verification method is no text.")
    return parse_date(text)
