"""The ID token: who signed in, as the provider signed it (OpenID Connect Core 1.0 §2 and §3.1.3.7).

The recipe, and the code below in the same order:

1. It is a compact JWS of a bearable size, its header and claims strict JSON.
2. Its `alg` is one of ours; `none` and whatever a shared secret makes are not. Its `typ`, if any, is JWT;
   nothing in its header is critical.
3. The key is one the provider publishes for that algorithm; a `kid` decides which. Header keys are ignored.
4. The signature fits.
5. `iss` is the provider, `aud` holds us, and `azp` is us if it is there; several audiences need it.
6. It is not over (`exp`), nor from a time to come (`iat`, `nbf`), a minute's difference of clocks granted.
7. `nonce` is the one of this sign-in, so it answers this browser and no other.
8. `at_hash`, if it is there, is that of the access token it came with.
9. `sub` is a text of 1 to 255 ASCII characters.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry, deserialize_compact

from exchange.core.dates import is_over, is_yet_to_come
from exchange.core.keys.jwk import public_key_from_jwk
from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.strict_json import parse
from exchange.errors import ExchangeError, InputError

_KINDS = {"RS256": "RSA", "PS256": "RSA", "ES256": "P-256", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}
ALGORITHMS = tuple(_KINDS)
"""What an ID token may be signed with."""

_MOST = 65_536
_KEYS = 100


class _Registry(JWSRegistry):
    """Our algorithms without the library's warning about the name EdDSA (RFC 9864), which providers use."""

    max_header_length = 8_192
    max_payload_length = _MOST

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


_REGISTRY = _Registry(algorithms=ALGORITHMS, strict_check_header=False)


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """One of the keys a provider publishes; `alg` is None where it may be used for any that fits."""

    kind: str
    kid: str | None
    alg: str | None
    key: Key


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must answer to."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    now: datetime


def read_keys(document: Any) -> tuple[ProviderKey, ...]:
    """The keys of a JWK set (RFC 7517 §5) that may verify ID tokens; others, weak ones too, are passed over.

    InputError("keys_malformed") when it is no JWK set.
    """
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or len(keys) > _KEYS:
        raise InputError("keys_malformed", f"This is no JWK set of at most {_KEYS} keys.")
    return tuple(_usable(keys))


def _usable(keys: list[Any]) -> Iterator[ProviderKey]:
    for jwk in keys:
        try:
            # Without `alg`: our own judge of keys does not know PS256.
            public = public_key_from_jwk({name: jwk[name] for name in jwk if name != "alg"})
            kid, alg = jwk.get("kid"), jwk.get("alg")
            yield ProviderKey(public.kind, kid, alg, JWKRegistry.import_key(dict(public.jwk)))
        except (ExchangeError, JoseError, TypeError):
            continue


def verify_id_token(token: str, keys: tuple[ProviderKey, ...], expected: Expected) -> dict[str, Any]:
    """The claims of an ID token that passed the recipe above.

    InputError: "id_token_malformed", "id_token_signature" (no key of `keys` has signed it: they may be old),
    "id_token_refused" with `at` pointing to the claim.
    """
    header, claims = _take_apart(token)
    alg = header.get("alg")
    if alg not in ALGORITHMS:
        raise _refused("alg", f"it is signed with {alg!r:.40}, which proves nothing here")
    if str(header.get("typ", "JWT")).lower() not in ("jwt", "application/jwt"):
        raise _refused("typ", "it is a token of another kind")
    if "crit" in header:
        raise _refused("crit", "it asks for what we do not know")
    _check_signature(token, header, keys)
    _check_parties(claims, expected)
    _check_times(claims, expected.now)
    if not _same(claims.get("nonce"), expected.nonce):
        raise _refused("nonce", "it answers another sign-in")
    if "at_hash" in claims and not _same(claims["at_hash"], _half_hash(alg, expected.access_token)):
        raise _refused("at_hash", "it came with another access token")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.isascii() or not 0 < len(subject) <= 255:
        raise _refused("sub", "it does not say who signed in")
    return claims


def _take_apart(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MOST:
        raise InputError("id_token_malformed", "The provider's ID token is no compact JWS, or too long.")
    try:
        header, claims = (parse(base64url_decode(part)) for part in parts[:2])
        base64url_decode(parts[2])  # strictly: one token has one spelling
    except InputError as error:
        raise InputError(
            "id_token_malformed", f"The provider's ID token cannot be read: {error.message}"
        ) from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise InputError("id_token_malformed", "The provider's ID token holds no claims.")
    return header, claims


def _check_signature(token: str, header: Mapping[str, Any], keys: tuple[ProviderKey, ...]) -> None:
    alg, kid = header["alg"], header.get("kid")
    fitting = [
        one
        for one in keys
        if one.kind == _KINDS[alg] and one.alg in (None, alg) and (kid is None or one.kid == kid)
    ]
    # OpenID Connect Core §10.1: with several keys there must be a kid. Trying each in turn helps nobody else.
    if len(fitting) == 1:
        try:
            deserialize_compact(token, fitting[0].key, registry=_REGISTRY)
            return
        except JoseError:
            pass
    raise InputError("id_token_signature", "No key that the provider publishes has signed its ID token.")


def _check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise _refused("iss", "another provider issued it")
    said = claims.get("aud")
    audience = said if isinstance(said, list) else [said]
    if expected.client_id not in audience:
        raise _refused("aud", "it is for another application")
    if ("azp" in claims or len(audience) > 1) and claims.get("azp") != expected.client_id:
        raise _refused("azp", "it was made for another application")


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    if is_over(_moment(claims, "exp"), now):
        raise _refused("exp", "it is over, or a clock is wrong")
    for name in ("iat", "nbf"):
        if (name == "iat" or name in claims) and is_yet_to_come(_moment(claims, name), now):
            raise _refused(name, "it is from a time to come, or a clock is wrong")


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    """A NumericDate (RFC 7519 §2)."""
    value = claims.get(name)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise _refused(name, "it does not say when")


def _half_hash(alg: str, access_token: str) -> str:
    """`at_hash` (§3.1.3.6): the left half of the hash that the signature uses."""
    digest = (hashlib.sha512 if _KINDS[alg] == "Ed25519" else hashlib.sha256)(access_token.encode()).digest()
    return base64url_encode(digest[: len(digest) // 2])


def _same(said: Any, expected: str) -> bool:
    return isinstance(said, str) and hmac.compare_digest(said.encode(), expected.encode())


def _refused(name: str, why: str) -> InputError:
    return InputError(
        "id_token_refused", f"The provider's ID token is not accepted: {why}. Begin again.", f"/{name}"
    )
