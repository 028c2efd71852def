"""Keys as JsonWebKey (RFC 7517, 7518, 8037): public members in, and nothing that contradicts them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from exchange.core.keys.multibase import base64url_decode
from exchange.core.keys.public_key import CURVES, CurveName, Kind, PublicKey, ec_key, ed25519_key, rsa_key
from exchange.errors import CannotTellError, InputError

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_ALGORITHMS: dict[Kind, tuple[str, ...]] = {
    "Ed25519": ("EdDSA", "Ed25519"),
    "P-256": ("ES256", "ESP256"),
    "P-384": ("ES384", "ESP384"),
    "RSA": ("RS256",),
}
_FOREIGN_CURVES = ("secp256k1", "P-521", "Ed448", "X25519", "X448")


def public_key_from_jwk(jwk: object) -> PublicKey:
    """The key of a public JsonWebKey that may verify signatures.

    Raises InputError `key_malformed` (also for a symmetric key, a `use` other than sig, the `alg` of another
    key) or `weak_key` (also when private members are published); CannotTellError `unsupported_key`.
    """
    if not isinstance(jwk, Mapping):
        raise InputError("key_malformed", "A JsonWebKey is an object.")
    kind = _kind(jwk)
    if not _PRIVATE_MEMBERS.isdisjoint(jwk):
        raise InputError("weak_key", "The JsonWebKey publishes its private half: anybody can sign with it.")
    if jwk.get("use", "sig") != "sig":
        raise InputError("key_malformed", "The JsonWebKey is not for signatures (its use is not sig).")
    if "key_ops" in jwk and not (isinstance(jwk["key_ops"], list) and "verify" in jwk["key_ops"]):
        raise InputError("key_malformed", "The JsonWebKey is not for verifying (its key_ops lack verify).")
    if "alg" in jwk and jwk["alg"] not in _ALGORITHMS[kind]:
        raise InputError(
            "key_malformed", f"The JsonWebKey is for another algorithm than {_ALGORITHMS[kind][0]}."
        )
    if kind == "Ed25519":
        return _ed25519(_text(jwk, "x"))
    if kind == "RSA":
        return _rsa(_text(jwk, "n"), _text(jwk, "e"))
    return _point(kind, _text(jwk, "x"), _text(jwk, "y"))


def _kind(jwk: Mapping[str, Any]) -> Kind:
    """What `kty` and `crv` agree on."""
    kty, crv = jwk.get("kty"), jwk.get("crv")
    if kty == "oct":
        raise InputError(
            "key_malformed", "The JsonWebKey is a symmetric key; it proves nothing about its holder."
        )
    if kty == "RSA" and crv is None:
        return "RSA"
    if kty == "OKP" and crv == "Ed25519":
        return "Ed25519"
    for name in CURVES:
        if kty == "EC" and crv == name:
            return name
    if kty in ("EC", "OKP") and crv in _FOREIGN_CURVES:
        raise CannotTellError("unsupported_key", f"Keys on the curve {crv} are not supported.")
    raise InputError("key_malformed", "The kty and crv of the JsonWebKey name no key we know.")


def _text(jwk: Mapping[str, Any], name: str) -> str:
    text = jwk.get(name)
    if not isinstance(text, str) or not 0 < len(text) <= 1400:
        raise InputError(
            "key_malformed", f"The member {name} of the JsonWebKey is missing, or no text of that size."
        )
    return text


@lru_cache(maxsize=256)
def _ed25519(x: str) -> PublicKey:
    return ed25519_key(_bytes(x))


@lru_cache(maxsize=256)
def _point(curve: CurveName, x: str, y: str) -> PublicKey:
    size = CURVES[curve].size
    if len(point := _bytes(x) + _bytes(y)) != 2 * size or len(_bytes(x)) != size:
        raise InputError("key_malformed", f"The coordinates of a key on {curve} have {size} bytes each.")
    return ec_key(curve, b"\x04" + point)


@lru_cache(maxsize=64)
def _rsa(n: str, e: str) -> PublicKey:
    modulus, exponent = _bytes(n), _bytes(e)
    if modulus[0] == 0 or exponent[0] == 0:
        raise InputError("key_malformed", "The numbers of an RSA JsonWebKey have no leading zero bytes.")
    return rsa_key(int.from_bytes(modulus), int.from_bytes(exponent))


def _bytes(text: str) -> bytes:
    try:
        return base64url_decode(text)
    except InputError:
        raise InputError(
            "key_malformed", "A number of the JsonWebKey is not base64url without padding."
        ) from None
