"""ID tokens, good ones and ones with a named fault, signed by keys of a provider that exists only here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.core.keys.public_key import public_key_of
from exchange.core.sign_in.id_token import ALGORITHMS

ISSUER = "https://login.example.org"
CLIENT = "exchange"
SECRET = "the secret of the client: ü/+&="
NONCE = "nonce-of-this-sign-in-0123456789-0123456789"
ACCESS = "access-token-of-this-sign-in"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
KID = "2026-11"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@cache
def private_key(alg: str, name: str = "") -> Any:
    """A private key for `alg`, another one for each name."""
    if alg in ("RS256", "PS256"):
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1()) if alg == "ES256" else ed25519.Ed25519PrivateKey.generate()


def jwk(alg: str, kid: str | None = KID, name: str = "", **members: Any) -> dict[str, Any]:
    """The public half as the provider publishes it."""
    public = public_key_of(private_key(alg, name).public_key()).jwk
    return {**public, "alg": alg, "use": "sig", **({} if kid is None else {"kid": kid}), **members}


def sign(alg: str, message: bytes, name: str = "") -> bytes:
    key = private_key(alg, name)
    if alg == "RS256":
        return bytes(key.sign(message, padding.PKCS1v15(), hashes.SHA256()))
    if alg == "PS256":
        return bytes(key.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()))
    if alg in ("EdDSA", "Ed25519"):
        return bytes(key.sign(message))
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def at_hash(alg: str, access_token: str) -> str:
    digest = (hashlib.sha512 if alg in ("EdDSA", "Ed25519") else hashlib.sha256)(
        access_token.encode()
    ).digest()
    return base64url(digest[: len(digest) // 2])


@dataclass
class Token:
    """An ID token in the making."""

    alg: str = "RS256"
    header: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    """The name of the key that signs; only that of `""` is published."""

    signature: bytes | None = None
    raw: str | None = None

    def text(self) -> str:
        if self.raw is not None:
            return self.raw
        header = {"alg": self.alg, "kid": KID, "typ": "JWT", **self.header}
        parts = (
            {name: value for name, value in part.items() if value is not ...}
            for part in (header, self.claims)
        )
        message = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        signature = sign(self.alg, message.encode(), self.key) if self.signature is None else self.signature
        return f"{message}.{base64url(signature)}"


def good(alg: str = "RS256", now: datetime = NOW, **claims: Any) -> Token:
    """A token that answers the sign-in above; `...` takes a claim away."""
    seconds = int(now.timestamp())
    usual = {"iss": ISSUER, "aud": CLIENT, "sub": "ana", "nonce": NONCE, "iat": seconds, "exp": seconds + 300}
    return Token(alg, claims={**usual, **claims})


def _claims(**claims: Any) -> Callable[[Token], None]:
    return lambda token: token.claims.update(claims)


def _header(**header: Any) -> Callable[[Token], None]:
    return lambda token: token.header.update(header)


def _ago(**seconds: int) -> Callable[[Token], None]:
    """Claims as far from the token's own `iat` as said."""
    return lambda token: token.claims.update(
        {name: token.claims["iat"] + after for name, after in seconds.items()}
    )


def _without_signature(token: Token) -> None:
    token.header["alg"], token.signature = "none", b""


def _by_hmac(secret: Callable[[], bytes]) -> Callable[[Token], None]:
    """Signed with what everybody, or the client, knows: for libraries that let the header choose."""

    def bend(token: Token) -> None:
        token.header["alg"] = "HS256"
        token.signature = b""
        message = token.text().rpartition(".")[0]
        token.signature = hmac.digest(secret(), message.encode(), "sha256")

    return bend


def _public_pem() -> bytes:
    key = private_key("RS256").public_key()
    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def _other_key(**header: Any) -> Callable[[Token], None]:
    def bend(token: Token) -> None:
        token.key = "of somebody else"
        token.header.update(header)

    return bend


def _tampered(token: Token) -> None:
    header, _, signature = token.text().split(".")
    changed = base64url(json.dumps({**token.claims, "sub": "eve"}).encode())
    token.raw = f"{header}.{changed}.{signature}"


def _twice(token: Token) -> None:
    inner = json.dumps(token.claims)[:-1] + ', "sub": "eve"}'
    message = f"{token.text().partition('.')[0]}.{base64url(inner.encode())}"
    token.raw = f"{message}.{base64url(sign(token.alg, message.encode()))}"


def _loosely(token: Token) -> None:
    text = token.text()
    token.raw = f"{text[:-9]}\n{text[-9:]}"


def _raw(text: str) -> Callable[[Token], None]:
    return lambda token: setattr(token, "raw", text)


FAULTS: dict[str, tuple[Callable[[Token], None], str, str]] = {
    "tampered": (_tampered, "id_token_signature", ""),
    "alg none": (_without_signature, "id_token_refused", "/alg"),
    "HS256 with the public key": (_by_hmac(_public_pem), "id_token_refused", "/alg"),
    "HS256 with the client's secret": (_by_hmac(SECRET.encode), "id_token_refused", "/alg"),
    "alg is a list": (_header(alg=["RS256"]), "id_token_refused", "/alg"),
    "no alg": (_header(alg=...), "id_token_refused", "/alg"),
    "alg of another kind of key": (_header(alg="ES256"), "id_token_signature", ""),
    "alg of another padding": (_header(alg="PS256"), "id_token_signature", ""),
    "another key": (_other_key(), "id_token_signature", ""),
    "key in the header": (_other_key(jwk=jwk("RS256", name="of somebody else")), "id_token_signature", ""),
    "key at an address": (_other_key(jku="https://evil.example/keys"), "id_token_signature", ""),
    "unknown kid": (_header(kid="1999-01"), "id_token_signature", ""),
    "a critical header": (_header(crit=["exp"], exp=1), "id_token_refused", "/crit"),
    "a payload as it is": (_header(crit=["b64"], b64=False), "id_token_refused", "/crit"),
    "an access token": (_header(typ="at+jwt"), "id_token_refused", "/typ"),
    "a logout token": (_header(typ="logout+jwt"), "id_token_refused", "/typ"),
    "another issuer": (_claims(iss="https://evil.example"), "id_token_refused", "/iss"),
    "issuer with a slash more": (
        lambda token: _claims(iss=token.claims["iss"] + "/")(token),
        "id_token_refused",
        "/iss",
    ),
    "no issuer": (_claims(iss=...), "id_token_refused", "/iss"),
    "another audience": (_claims(aud="another"), "id_token_refused", "/aud"),
    "no audience": (_claims(aud=...), "id_token_refused", "/aud"),
    "audience as an object": (_claims(aud={CLIENT: 1}), "id_token_refused", "/aud"),
    "part of the audience's name": (_claims(aud=f"{CLIENT}-2"), "id_token_refused", "/aud"),
    "several audiences without azp": (_claims(aud=[CLIENT, "another"]), "id_token_refused", "/azp"),
    "another azp": (_claims(aud=[CLIENT, "another"], azp="another"), "id_token_refused", "/azp"),
    "another azp for us alone": (_claims(azp="another"), "id_token_refused", "/azp"),
    "expired": (_ago(exp=-61), "id_token_refused", "/exp"),
    "no exp": (_claims(exp=...), "id_token_refused", "/exp"),
    "exp is a text": (_claims(exp="2027-01-01T00:00:00Z"), "id_token_refused", "/exp"),
    "exp beyond the calendar": (_claims(exp=1e300), "id_token_refused", "/exp"),
    "exp is true": (_claims(exp=True), "id_token_refused", "/exp"),
    "from a time to come": (_ago(iat=90), "id_token_refused", "/iat"),
    "no iat": (_claims(iat=...), "id_token_refused", "/iat"),
    "not yet": (_ago(nbf=90), "id_token_refused", "/nbf"),
    "another nonce": (_claims(nonce=NONCE[::-1]), "id_token_refused", "/nonce"),
    "no nonce": (_claims(nonce=...), "id_token_refused", "/nonce"),
    "nonce is a list": (_claims(nonce=[NONCE]), "id_token_refused", "/nonce"),
    "at_hash of another access token": (
        _claims(at_hash=at_hash("RS256", "x")),
        "id_token_refused",
        "/at_hash",
    ),
    "at_hash is empty": (_claims(at_hash=""), "id_token_refused", "/at_hash"),
    "no subject": (_claims(sub=...), "id_token_refused", "/sub"),
    "empty subject": (_claims(sub=""), "id_token_refused", "/sub"),
    "subject is a number": (_claims(sub=7), "id_token_refused", "/sub"),
    "subject is too long": (_claims(sub="x" * 256), "id_token_refused", "/sub"),
    "subject is not ASCII": (_claims(sub="аna"), "id_token_refused", "/sub"),
    "subject twice": (_twice, "id_token_malformed", ""),
    "a line break in the signature": (_loosely, "id_token_malformed", ""),
    "two parts": (_raw("e30.e30"), "id_token_malformed", ""),
    "five parts": (_raw("e30.e30.e30.e30.e30"), "id_token_malformed", ""),
    "empty": (_raw(""), "id_token_malformed", ""),
    "not base64": (_raw("*.*.*"), "id_token_malformed", ""),
    "claims are a list": (_raw("e30.W10.AA"), "id_token_malformed", ""),
    "far too long": (_claims(padding="x" * 70_000), "id_token_malformed", ""),
}
"""Each fault: what bends a good RS256 token, and the code and place of the error that must come of it."""


def keys(*more: dict[str, Any]) -> dict[str, Any]:
    """The JWK set with one key of each algorithm."""
    return {"keys": [jwk(alg) for alg in ALGORITHMS] + list(more)}
