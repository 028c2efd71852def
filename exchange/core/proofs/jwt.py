"""VC-JWT: a credential secured as a compact JWS (OB 3.0 §8.2 External Proof; VC-JOSE-COSE §3).

The two texts differ (STANDARDS.md A6). `typ` decides: `JWT` or none → the rules of Open Badges, whose claims
are required and must agree; `vc+jwt` → the rules of VC-JOSE-COSE, whose claims are optional but must agree.
Header keys (`jwk`, `jku`, `x5u`, `x5c`) never decide which key is used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from exchange.core import strict_json
from exchange.core.credentials.plain import is_plain
from exchange.core.dates import LEEWAY, parse_date
from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.keys.public_key import PublicKey
from exchange.core.proofs import Prepared
from exchange.core.verdict.finding import Finding
from exchange.errors import CannotTellError, InputError

ALGORITHMS: Mapping[str, str] = {
    "EdDSA": "Ed25519",
    "Ed25519": "Ed25519",
    "ES256": "P-256",
    "ES384": "P-384",
    "RS256": "RSA",
}
"""JOSE algorithm → kind of key. What is not listed is not verified; `none` and HMAC are refused by name."""

_ISSUED = {"Ed25519": "EdDSA", "P-256": "ES256"}
_TYPES = {None: "ob", "JWT": "ob", "vc+jwt": "jose", "vc+ld+json+jwt": "jose", "vc+ld+jwt": "jose"}
_PRESENTED = {None: "vp", "JWT": "vp", "vp+jwt": "vp", "vp+ld+json+jwt": "vp", "vp+ld+jwt": "vp"}
_REGISTERED = ("iss", "sub", "jti", "nbf", "exp", "iat")
_ADDRESSED = ("aud", "nonce")
"""Whom a presentation is for, and which question it answers; a credential is for everyone."""
_FORBIDDEN = ("crit", "b64", "jku", "x5u", "x5c", "enc", "zip")
_MAX_HEADER = 4096


class Jwt(msgspec.Struct, frozen=True):
    """A compact JWS taken apart, nothing of it believed yet.

    `rules` is `ob`, `jose`, or `vp` for a presentation; `credential` is the document with the JWT's own
    claims taken out; `claims` are those. `plain`: what `is_plain` says of the credential.
    """

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    credential: dict[str, Any]
    rules: str
    signing_input: bytes
    signature: bytes
    plain: bool

    @property
    def kid(self) -> str | None:
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None


def is_compact(text: bytes) -> bool:
    """Whether `text` has the three parts of a compact JWS (RFC 7515 §7.1)."""
    first = text.find(b".")
    second = text.find(b".", first + 1)
    return first >= 0 and second >= 0 and text.find(b".", second + 1) < 0


def peek_jwt(text: bytes, *, presented: bool = False) -> Jwt:
    """Take a compact JWS apart. Untrusted: nothing is verified. `presented`: it is of a presentation.

    InputError: jwt_malformed, jwt_algorithm_forbidden, jwt_header_forbidden, jwt_type;
    CannotTellError("unknown_algorithm").
    """
    if not is_compact(text):
        parts = text.count(b".") + 1
        raise InputError("jwt_malformed", f"A compact JWS has three parts, this has {parts}.")
    signing_input, _, sealed = text.rpartition(b".")
    encoded, _, body = signing_input.partition(b".")
    if len(encoded) > _MAX_HEADER:
        raise InputError("jwt_malformed", "The JWS header is larger than 4 KB.", "/header")
    header = _header(encoded, presented)
    payload = _json_object(body, "payload", max_depth=None)
    signature = _decode(sealed, "signature")
    registered = (*_REGISTERED, *_ADDRESSED) if presented else _REGISTERED
    claims = {name: payload[name] for name in registered if name in payload}
    _check_claim_types(claims)
    if "aud" in payload and not presented:
        raise InputError(
            "jwt_audience", "The token is addressed to somebody (aud); a badge is for everyone.", "/aud"
        )
    credential = _presentation_of(payload, claims) if presented else _credential_of(payload, claims)
    plain = is_plain(credential)
    if not plain:
        strict_json.check_depth(payload)
    return Jwt(
        header=header,
        claims=claims,
        credential=credential,
        rules=(_PRESENTED if presented else _TYPES)[header.get("typ")],
        signing_input=signing_input,
        signature=signature,
        plain=plain,
    )


def _decode(part: bytes, name: str) -> bytes:
    try:
        return base64url_decode(part)
    except InputError as error:
        message = f"The JWS {name} is not base64url: {error.message}"
        raise InputError("jwt_malformed", message, f"/{name}") from None


@lru_cache(maxsize=128)
def _header(part: bytes, presented: bool) -> Mapping[str, Any]:
    """The header, checked; the tokens of one key have the same, so the last ones are remembered."""
    header = _json_object(part, "header")
    _check_header(header, _PRESENTED if presented else _TYPES)
    return header


def _json_object(part: bytes, name: str, max_depth: int | None = 64) -> dict[str, Any]:
    value = strict_json.parse(_decode(part, name), max_depth=max_depth)
    if not isinstance(value, dict):
        raise InputError("jwt_malformed", f"The JWS {name} is not a JSON object.", f"/{name}")
    return value


def _check_header(header: Mapping[str, Any], types: Mapping[str | None, str]) -> None:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise InputError("jwt_malformed", "The JWS header names no algorithm.", "/header/alg")
    if algorithm.lower() == "none" or algorithm.startswith("HS"):
        raise InputError(
            "jwt_algorithm_forbidden",
            f"alg {algorithm:.20} proves nothing: anybody can make such a token.",
            "/header/alg",
        )
    if algorithm not in ALGORITHMS:
        raise CannotTellError("unknown_algorithm", f"We cannot verify alg {algorithm:.20}.", "/header/alg")
    typ = header.get("typ")
    if not (typ is None or isinstance(typ, str)) or typ not in types:
        what = "credential" if types is _TYPES else "presentation"
        raise InputError("jwt_type", f"typ {typ!r:.40} is not that of a {what}.", "/header/typ")
    for name in _FORBIDDEN:
        if name in header:
            raise InputError(
                "jwt_header_forbidden",
                f"The JWS header may not carry {name}; it was not followed.",
                f"/header/{name}",
            )
    if "kid" in header and not isinstance(header["kid"], str):
        raise InputError("jwt_malformed", "kid is not a text.", "/header/kid")


def _check_claim_types(claims: Mapping[str, Any]) -> None:
    for name, value in claims.items():
        if name in ("nbf", "exp", "iat"):
            fits, form = type(value) in (int, float) and 0 <= value < 253402300800, "a time in seconds"
        elif name == "aud":
            listed = value if isinstance(value, list) else [value]
            fits, form = all(isinstance(audience, str) for audience in listed), "one or more texts"
        else:
            fits, form = isinstance(value, str), "a text"
        if not fits:
            raise InputError("jwt_claim_malformed", f"The claim {name} is not {form}.", f"/{name}")


def _credential_of(payload: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    """The credential itself: the payload without the JWT's claims, or the `vc` claim of VCDM 1.1."""
    if "vp" in payload:
        raise InputError("jwt_presentation", "This is a presentation, not a credential.", "/vp")
    if "vc" not in payload:
        return {name: value for name, value in payload.items() if name not in claims}
    credential = payload["vc"]
    contexts = credential.get("@context") if isinstance(credential, dict) else None
    first = contexts[0] if isinstance(contexts, list) and contexts else contexts
    if first != "https://www.w3.org/2018/credentials/v1":
        raise InputError("jwt_vc_claim", "A vc claim is only for credentials of VCDM 1.1.", "/vc")
    if "@context" in payload:
        raise InputError(
            "jwt_vc_claim", "The token holds two credentials, one of them in its vc claim.", "/vc"
        )
    return _filled_from_claims(dict(credential), claims)


def _presentation_of(payload: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    """The presentation itself: the payload without the JWT's claims (VC-JOSE-COSE §3.1.2)."""
    for name in ("vc", "vp"):
        if name in payload:
            raise InputError(
                "jwt_vp_claim", f"A {name} claim is not how a presentation is signed.", f"/{name}"
            )
    return {name: value for name, value in payload.items() if name not in claims}


def _filled_from_claims(credential: dict[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
    """VCDM 1.1 §6.3.1: members may be left out of `vc` where a claim says the same."""
    if "iss" in claims:
        credential.setdefault("issuer", claims["iss"])
    if "jti" in claims:
        credential.setdefault("id", claims["jti"])
    for claim, member in (("nbf", "issuanceDate"), ("exp", "expirationDate")):
        if claim in claims:
            moment = datetime.fromtimestamp(claims[claim], UTC)
            credential.setdefault(member, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    subject = credential.get("credentialSubject")
    if "sub" in claims and isinstance(subject, dict) and "id" not in subject:
        credential["credentialSubject"] = {"id": claims["sub"], **subject}
    return credential


def verify_jwt(jwt: Jwt, key: PublicKey) -> None:
    """Whether `key` signed it, and whether it is of the kind that `alg` names.

    InputError("key_kind_mismatch") or ("signature_invalid").
    """
    algorithm = jwt.header["alg"]
    if key.kind != ALGORITHMS[algorithm]:
        raise InputError(
            "key_kind_mismatch", f"alg {algorithm} does not fit a {key.kind} key.", "/header/alg"
        )
    if not key.verify(jwt.signature, jwt.signing_input):
        raise InputError(
            "signature_invalid",
            "The signature does not fit the content: it was changed, or another key made it.",
        )


def check_claims(jwt: Jwt, now: datetime) -> list[Finding]:
    """Every claim that is missing or disagrees with the credential (OB 3.0 §8.2.4.1; VC-JOSE-COSE §3.1.3)."""
    findings = []
    repeated = expected_claims(jwt.credential)
    agreed = jwt.claims == {name: value for name, value in repeated.items() if value is not None}
    for name, expected in () if agreed else repeated.items():
        member = _REPEATED[name]
        if name in jwt.claims:
            if not _agrees(jwt.claims[name], expected) and not (name == "exp" and jwt.rules == "jose"):
                findings.append(
                    Finding(
                        "jwt_claim_mismatch",
                        "error",
                        f"The claim {name} is not the same as {member}.",
                        f"/{name}",
                    )
                )
        elif jwt.rules == "ob" and expected is not None:
            findings.append(
                Finding(
                    "jwt_claim_missing",
                    "error",
                    f"The claim {name} is missing; it repeats {member}.",
                    f"/{name}",
                )
            )
    if "exp" in jwt.claims and now.timestamp() > jwt.claims["exp"] + LEEWAY.total_seconds():
        findings.append(Finding("expired", "error", "The token's own time is over (exp).", "/exp"))
    if "jwk" in jwt.header:
        findings.append(
            Finding(
                "jwt_header_key_ignored",
                "ok",
                "The key in the header was ignored; the issuer's own was used.",
                "/jwk",
            )
        )
    return findings


def check_presented(jwt: Jwt, now: datetime, domain: str | None, challenge: str | None) -> list[Finding]:
    """Every way in which a presentation's token disagrees with it, is not for us, answers another question or
    does not hold now (VC-JOSE-COSE §3.1.2; RFC 7519 §4.1)."""
    claims, leeway = jwt.claims, LEEWAY.total_seconds()
    audience = claims.get("aud", [])
    audience = [audience] if isinstance(audience, str) else audience
    holder = jwt.credential.get("holder")
    holder = holder.get("id") if isinstance(holder, dict) else holder
    rules = (
        ("jwt_claim_mismatch", "iss", claims.get("iss", holder) == holder, "is not the holder"),
        ("jwt_claim_mismatch", "jti", claims.get("jti") in (None, jwt.credential.get("id")), "is not the id"),
        ("expired", "exp", now.timestamp() <= claims.get("exp", math.inf) + leeway, "is over"),
        ("not_yet_valid", "nbf", now.timestamp() >= claims.get("nbf", 0) - leeway, "is yet to come"),
        ("proof_domain_mismatch", "aud", domain in (audience or [None]), "names another domain"),
        ("proof_challenge_mismatch", "nonce", challenge in (None, claims.get("nonce")), "is another one"),
    )
    return [
        Finding(code, "error", f"The claim {name} {fault}.", f"/{name}")
        for code, name, holds, fault in rules
        if not holds
    ]


_REPEATED = {
    "iss": "issuer.id",
    "sub": "credentialSubject.id",
    "jti": "id",
    "nbf": "validFrom",
    "exp": "validUntil",
}
"""Claim → the member of the credential that it repeats."""


def expected_claims(credential: Mapping[str, Any]) -> dict[str, Any]:
    """What the claims that repeat the credential must say; None where it says nothing."""
    issuer = credential.get("issuer")
    subject = credential.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and len(subject) == 1 else subject
    return {
        "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "sub": subject.get("id") if isinstance(subject, dict) else None,
        "jti": credential.get("id"),
        "nbf": seconds_of(credential.get("validFrom", credential.get("issuanceDate"))),
        "exp": seconds_of(credential.get("validUntil", credential.get("expirationDate"))),
    }


def seconds_of(text: Any) -> int | None:
    """A moment as claims write it; None for what is none."""
    try:
        return None if text is None else math.floor(parse_date(text).timestamp())
    except InputError:
        return None


def _agrees(claim: Any, expected: Any) -> bool:
    if isinstance(claim, int | float):
        return expected is not None and math.floor(claim) == expected
    return bool(claim == expected)


def prepare_jwt(credential: Mapping[str, Any], key_kind: str, kid: str) -> Prepared:
    """The signing input for `credential` by the rules of Open Badges 3.0 (typ `JWT`, all claims present)."""
    if key_kind not in _ISSUED:
        raise InputError("suite_not_issued", f"A VC-JWT is not made with a key of the kind {key_kind}.")
    claims = {name: value for name, value in expected_claims(credential).items() if value is not None}
    return join_jwt(new_header(key_kind, kid), strict_json.dump({**credential, **claims}))


def new_header(key_kind: str, kid: str) -> bytes:
    """The header of the tokens of one key, in base64url."""
    return base64url_encode(strict_json.dump({"alg": _ISSUED[key_kind], "kid": kid, "typ": "JWT"})).encode()


def join_jwt(header: bytes, payload: bytes) -> Prepared:
    """The signing input of a payload's JSON."""
    signing_input = header + b"." + base64url_encode(payload).encode()
    return Prepared("jwt", signing_input, signing_input)


def seal_jwt(prepared: Prepared, signature: bytes) -> bytes:
    """The compact JWS: the recorded signing input, a dot, the signature."""
    return prepared.unsigned + b"." + base64url_encode(signature).encode()
