"""Documents that say whose key it is, honest or not, for the tests of `did` and `controller`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import strategies as st

from exchange.core.keys.did import authorised_key, did_key
from exchange.core.keys.multikey import public_key_of
from exchange.core.verdict.documents import Document, Documents
from exchange.errors import CannotTellError, InputError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALICE = public_key_of(ed25519.Ed25519PrivateKey.from_private_bytes(b"alice" * 6 + b"!!").public_key())
MALLORY = public_key_of(ed25519.Ed25519PrivateKey.from_private_bytes(b"mallo" * 6 + b"ry").public_key())
P256 = public_key_of(ec.derive_private_key(99, ec.SECP256R1()).public_key())

ALICE_DID = did_key(ALICE.multikey)
MALLORY_DID = did_key(MALLORY.multikey)

WEB = "did:web:example.org:issuers:team"
WEB_URL = "https://example.org/issuers/team/did.json"
SITE = "https://example.org/issuers/team"
JWKS = "https://example.org/.well-known/jwks.json"


def documents(*found: tuple[str, Any], status: int = 200, kind: str = "application/json") -> Documents:
    return {
        url: Document(url, status, kind, body if isinstance(body, bytes) else json.dumps(body).encode())
        for url, body in found
    }


def method(whose: str, key: Any = ALICE, /, **changes: Any) -> dict[str, Any]:
    made = {
        "id": f"{whose}#key",
        "type": "Multikey",
        "controller": whose,
        "publicKeyMultibase": key.multikey,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def by_value(whose: str, key: Any = ALICE, /, **changes: Any) -> dict[str, Any]:
    return {"id": whose, "assertionMethod": [method(whose, key, **changes)]}


def by_reference(whose: str, reference: Any = None, /, **changes: Any) -> dict[str, Any]:
    made = method(whose, **changes)
    return {"id": whose, "verificationMethod": [made], "assertionMethod": [reference or made["id"]]}


def outcome(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What the call returns, or the code of the error it raises, with `?` when it means *cannot tell*."""
    try:
        return call(*arguments, **options)
    except CannotTellError as error:
        return error.code + "?"
    except InputError as error:
        return error.code


def web(document: Any, name: str | None = f"{WEB}#key", **options: Any) -> Any:
    return outcome(authorised_key, WEB, name, documents((WEB_URL, document)), NOW, **options)


def site(found: Documents, name: str | None = f"{SITE}#key", **options: Any) -> Any:
    return outcome(authorised_key, SITE, name, found, NOW, **options)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from([WEB, f"{WEB}#key", "#key"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "controller", "publicKeyMultibase", "publicKeyJwk", "expires", "kid", "x"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)
