"""Whose key it is: documents that are not the issuer's, do not list the key, or list one that anybody has."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.keys.multikey import public_key_from_multikey
from tests.core.signers import Issuer
from tests.hostile.forge import (
    ATLAS,
    MALLORY,
    MIRA,
    Attack,
    Json,
    assert_refused,
    bare,
    dumped,
    judged,
    page,
    proven,
    token,
)

WEB = "did:web:team.example"
WEB_URL = "https://team.example/.well-known/did.json"
SITE = "https://team.example/issuer"
JWKS = "https://team.example/.well-known/jwks.json"
NIST = Issuer("nist", "P-384")


def by(issuer: str, method: str, key: Issuer = ATLAS) -> bytes:
    """A badge of `issuer`, signed with a key that is said to be at `method`."""
    return dumped(proven(bare(issuer={**bare()["issuer"], "id": issuer}), key, verificationMethod=method))


def method(issuer: str, key: Issuer = ATLAS, **changed: Any) -> Json:
    made = {
        "id": f"{issuer}#key",
        "type": "Multikey",
        "controller": issuer,
        "publicKeyMultibase": key.multikey,
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def controller(issuer: str, key: Issuer = ATLAS, **changed: Any) -> Json:
    """A controller document that lists the key by reference."""
    made = {
        "id": issuer,
        "verificationMethod": [method(issuer, key)],
        "assertionMethod": [f"{issuer}#key"],
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def _jwk(key: Issuer, **changed: Any) -> Json:
    return {**public_key_from_multikey(key.multikey).jwk, **changed}


def _rsa(bits: int, exponent: int) -> Json:
    modulus = (1 << (bits - 1)) | (1 << 5) | 1
    number = base64url_encode(modulus.to_bytes(bits // 8))
    return {
        "kty": "RSA",
        "n": number,
        "e": base64url_encode(exponent.to_bytes((exponent.bit_length() + 7) // 8)),
    }


def _by_jwk(**jwk: Any) -> Json:
    return controller(
        WEB,
        verificationMethod=[
            {"id": f"{WEB}#key", "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": jwk},
        ],
    )


X, Y = (_jwk(MIRA)[name] for name in ("x", "y"))
OFF_CURVE = base64url_encode((int.from_bytes(base64url_decode(Y)) ^ 1).to_bytes(32))

DOCUMENTS: dict[str, tuple[Any, str]] = {
    "of another id": (controller("did:web:else.example"), "controller_mismatch"),
    "without an id": (controller(WEB, id=None), "controller_mismatch"),
    "whose id is a list": (controller(WEB, id=[WEB]), "controller_mismatch"),
    "that lists the key for authentication only": (
        controller(WEB, assertionMethod=None, authentication=[f"{WEB}#key"]),
        "key_not_authorised",
    ),
    "that has the key and lists it for nothing": (
        controller(WEB, assertionMethod=None),
        "key_not_authorised",
    ),
    "that lists another key": (controller(WEB, assertionMethod=[f"{WEB}#other"]), "key_not_authorised"),
    "that lists the key and does not have it": (
        controller(WEB, verificationMethod=None),
        "key_not_authorised",
    ),
    "that lists a key which says it is another's": (
        controller(WEB, verificationMethod=[method(WEB, controller=MALLORY.did)]),
        "controller_mismatch",
    ),
    "that lists a key without a controller": (
        controller(WEB, verificationMethod=[method(WEB, controller=None)]),
        "controller_mismatch",
    ),
    "that has two keys of one name": (
        controller(WEB, verificationMethod=[method(WEB), method(WEB, MALLORY)]),
        "did_malformed",
    ),
    "whose key expired": (
        controller(WEB, verificationMethod=[method(WEB, expires="2026-11-21T11:00:00Z")]),
        "key_expired",
    ),
    "whose key was revoked": (
        controller(WEB, verificationMethod=[method(WEB, revoked="2026-11-21T11:59:59Z")]),
        "key_revoked",
    ),
    "whose key expired before the calendar": (
        controller(WEB, verificationMethod=[method(WEB, expires="0001-01-01T00:00:00+14:00")]),
        "date_malformed",
    ),
    "whose key expires at no date": (
        controller(WEB, verificationMethod=[method(WEB, expires="never")]),
        "date_malformed",
    ),
    "with another's key": (controller(WEB, MALLORY), "signature_invalid"),
    "with a key of another curve": (controller(WEB, NIST), "key_kind_mismatch"),
    "with the private half beside it": (
        controller(WEB, verificationMethod=[method(WEB, secretKeyMultibase="z3u2")]),
        "weak_key",
    ),
    "with a key of small order": (
        controller(
            WEB,
            verificationMethod=[
                method(WEB, publicKeyMultibase="z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP")
            ],
        ),
        "weak_key",
    ),
    "with RSA of 1024 bits": (_by_jwk(**_rsa(1024, 65537)), "weak_key"),
    "with RSA of 2047 bits": (_by_jwk(**_rsa(2040, 65537)), "weak_key"),
    "with RSA of 16384 bits": (_by_jwk(**_rsa(16384, 65537)), "key_malformed"),
    "with RSA and e = 1": (_by_jwk(**_rsa(2048, 1)), "weak_key"),
    "with RSA and e = 2": (_by_jwk(**_rsa(2048, 2)), "weak_key"),
    "with RSA and e of 600 bits": (_by_jwk(**_rsa(2048, 2**600 + 1)), "weak_key"),
    "with an even RSA modulus": (
        _by_jwk(**{**_rsa(2048, 3), "n": base64url_encode(b"\x80" + bytes(255))}),
        "weak_key",
    ),
    "with RSA and leading zeros": (
        _by_jwk(**{**_rsa(2048, 3), "e": base64url_encode(b"\0\x03")}),
        "key_malformed",
    ),
    "with a point not on the curve": (_by_jwk(**_jwk(MIRA, y=OFF_CURVE)), "key_malformed"),
    "with the point at infinity": (
        _by_jwk(**_jwk(MIRA, x=base64url_encode(bytes(32)), y=base64url_encode(bytes(32)))),
        "key_malformed",
    ),
    "with coordinates of 31 and 33 bytes": (
        _by_jwk(**_jwk(MIRA, x=base64url_encode(bytes(31)), y=base64url_encode(bytes(33)))),
        "key_malformed",
    ),
    "with a symmetric key": (_by_jwk(kty="oct", k="AAAA"), "key_malformed"),
    "with a private JWK": (_by_jwk(**_jwk(ATLAS, d="AAAA")), "weak_key"),
    "with a key for encryption": (_by_jwk(**_jwk(ATLAS, use="enc")), "key_malformed"),
    "with a key that may not verify": (_by_jwk(**_jwk(ATLAS, key_ops=["sign"])), "key_malformed"),
    "with a key for another algorithm": (_by_jwk(**_jwk(ATLAS, alg="ES256")), "key_malformed"),
    "with a curve that is not its type's": (_by_jwk(**_jwk(ATLAS, kty="EC")), "key_malformed"),
    "with a key of a kind nobody knows": (
        controller(WEB, verificationMethod=[method(WEB, type="QuantumKey2099")]),
        "unsupported_key",
    ),
    "with a thousand keys": (
        controller(WEB, verificationMethod=[method(WEB)] * 1000),
        "document_malformed",
    ),
    "that is a list": ([controller(WEB)], "document_malformed"),
    "that is no JSON": (b"<html>", "document_malformed"),
    "with a name twice": (
        dumped(controller(WEB))[:-1] + b',"assertionMethod":["did:web:team.example#key"]}',
        "document_malformed",
    ),
    "65 deep": (b'{"id":' + b"[" * 65 + b"]" * 65 + b"}", "document_malformed"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_controller_document(name: str) -> None:
    document, code = DOCUMENTS[name]
    attack = Attack(by(WEB, f"{WEB}#key"), code, page(WEB_URL, document))
    assert assert_refused(attack).credential is None


@pytest.mark.parametrize(
    ("status", "content_type"),
    [(500, "application/json"), (404, "application/json"), (204, ""), (200, "text/html"), (200, ""), (0, "")],
)
def test_a_controller_document_that_did_not_come(status: int, content_type: str) -> None:
    web = page(WEB_URL, controller(WEB), content_type, status)
    code = "document_malformed" if status == 200 else "document_unreachable"
    assert_refused(Attack(by(WEB, f"{WEB}#key"), code, web, "indeterminate"))


METHODS: dict[str, tuple[str, str]] = {
    "of another did:web": ("did:web:evil.example#key", "key_not_authorised"),
    "of a did:web that begins alike": ("did:web:team.example.evil.example#key", "key_not_authorised"),
    "of a did:web below it": ("did:web:team.example:users:mallory#key", "key_not_authorised"),
    "of a did:key": (MALLORY.method, "key_not_authorised"),
    "with the key in its fragment": (f"{WEB}#{ATLAS.multikey}", "key_not_authorised"),
    "without a fragment": (WEB, "key_not_authorised"),
    "with two fragments": (f"{WEB}#key#key", "key_not_authorised"),
    "with a query": (f"{WEB}?versionId=1#key", "key_not_authorised"),
    "in capitals": ("did:web:TEAM.example#key", "key_not_authorised"),
    "percent-encoded": ("did:web:%74eam.example#key", "key_not_authorised"),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_method(name: str) -> None:
    named, code = METHODS[name]
    evil = controller(named.partition("#")[0])
    web = {
        **page(WEB_URL, controller(WEB)),
        **page("https://evil.example/.well-known/did.json", evil),
        **page("https://team.example.evil.example/.well-known/did.json", evil),
        **page("https://team.example/users/mallory/did.json", evil),
    }
    assert assert_refused(Attack(by(WEB, named), code, web)).credential is None


DIDS: dict[str, str] = {
    "an address": "did:web:127.0.0.1",
    "an address as one number": "did:web:2130706433",
    "a hexadecimal address": "did:web:0x7f.1",
    "an IPv6 address": "did:web:%5B%3A%3A1%5D",
    "a path upwards": "did:web:team.example:..:..:etc",
    "an encoded path upwards": "did:web:team.example:%2e%2e",
    "an encoded slash": "did:web:team.example:a%2Fb",
    "an encoded backslash": "did:web:team.example:a%5Cb",
    "an encoded query": "did:web:team.example:a%3Fb",
    "an encoded fragment": "did:web:team.example:a%23b",
    "an encoded at": "did:web:user%40team.example",
    "a slash": "did:web:team.example/x",
    "a user": "did:web:user@team.example",
    "port 0": "did:web:team.example%3A0",
    "a port too high": "did:web:team.example%3A99999",
    "no host": "did:web:",
    "an empty segment": "did:web:team.example::a",
    "letters that look alike": "did:web:teаm.example",
    "a line feed": "did:web:team.example\n",
}


@pytest.mark.parametrize("name", DIDS)
def test_a_did_web_that_leads_elsewhere(name: str) -> None:
    did = DIDS[name]
    everything = {
        url: page(url, controller(did))[url]
        for url in ("https://team.example/did.json", "https://127.0.0.1/.well-known/did.json", WEB_URL)
    }
    verdict = judged(
        Attack(token(bare(issuer={**bare()["issuer"], "id": did}), kid=f"{did}#key"), "", everything)
    )
    assert verdict.outcome != "valid"
    assert verdict.credential is None


SITES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a key pasted into the fragment": (
        f"{SITE}#{ATLAS.multikey}",
        {SITE: {"id": SITE}},
        "key_not_authorised",
    ),
    "a page that is a profile": (
        f"{SITE}#key",
        {SITE: {"id": SITE, "type": "Profile"}},
        "key_not_authorised",
    ),
    "a document of another issuer at the same origin": (
        "https://team.example/mallory#key",
        {
            SITE: controller(SITE, MIRA),
            JWKS: {"keys": []},
            "https://team.example/mallory": controller("https://team.example/mallory"),
        },
        "key_not_authorised",
    ),
    "a key that was uploaded to the origin": (
        "https://team.example/uploads/key.json",
        {SITE: {"id": SITE}, JWKS: {"keys": []}, "https://team.example/uploads/key.json": _jwk(ATLAS)},
        "key_not_authorised",
    ),
    "a key of another origin": (
        "https://evil.example/key",
        {SITE: {"id": SITE}, JWKS: {"keys": []}, "https://evil.example/key": _jwk(ATLAS)},
        "key_not_authorised",
    ),
    "a key of an origin that begins alike": (
        "https://team.example.evil.example/key",
        {SITE: {"id": SITE}, JWKS: {"keys": []}, "https://team.example.evil.example/key": _jwk(ATLAS)},
        "key_not_authorised",
    ),
    "a URL with a user in it": (
        "https://team.example@evil.example/key",
        {SITE: {"id": SITE}, JWKS: {"keys": []}, "https://team.example@evil.example/key": _jwk(ATLAS)},
        "key_not_authorised",
    ),
    "plain http": (
        "http://team.example/issuer#key",
        {SITE: {"id": SITE}, JWKS: {"keys": []}, "http://team.example/issuer": controller(SITE)},
        "key_not_authorised",
    ),
}


@pytest.mark.parametrize("name", SITES)
def test_an_https_issuer(name: str) -> None:
    named, found, code = SITES[name]
    web = {url: document for key, body in found.items() for url, document in page(key, body).items()}
    assert assert_refused(Attack(by(SITE, named), code, web)).credential is None


@pytest.mark.parametrize("issuer", ["did:web:team.example", "https://team.example/issuer"])
def test_an_honest_issuer_is_believed(issuer: str) -> None:
    url = WEB_URL if issuer == WEB else SITE
    attack = Attack(by(issuer, f"{issuer}#key"), "", page(url, controller(issuer)))
    assert judged(attack).outcome == "valid", judged(attack).findings
